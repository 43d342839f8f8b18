-- The law by day: regimes, areas, checklists, and what the table itself refuses.
begin;
create extension pgtap;
select plan(33);

select is(tcr.rule_set_on('2026-02-28'), 'R2001', 'the last day of the old regime');
select is(tcr.rule_set_on('2026-03-01'), 'R2026', 'the first day of the new one');
select is(tcr.rule_set_on('1999-01-01'), 'R2001', 'there is a regime for every day');
select is((select count(*)::integer from tcr.rule_check('{contract.required}')), 0, 'the shipped rules have no fault');
select is((select string_agg(id, ',') from tcr.rule_check('{contract.required,contract.nonsense}')), 'contract.nonsense', 'a rule nobody has');

-- Which day judges.
create function pg_temp.on_days(p_accepted date, p_registered date) returns tcr.contract language sql as
$$ select jsonb_populate_record(null::tcr.contract, jsonb_build_object('accepted_on', p_accepted, 'registered_on', p_registered)) $$;
select is(tcr.rules_day(pg_temp.on_days(null, null), '2026-03-05'), date '2026-03-05', 'before acceptance, today');
select is(tcr.rules_day(pg_temp.on_days('2026-02-20', null), '2026-11-05'), date '2026-02-20', 'pending at the switch: its acceptance');
select is(tcr.rules_day(pg_temp.on_days('2026-03-20', null), '2026-11-05'), date '2026-03-20', 'within one regime its acceptance');
update tcr.rule set value = 'decision' where id = 'switch.pending';
select is(tcr.rules_day(pg_temp.on_days('2026-02-20', null), '2026-11-05'), date '2026-11-05', 'or its decision, if the rule says so');
select is(tcr.rules_day(pg_temp.on_days('2026-02-20', '2026-02-27'), '2026-11-05'), date '2026-02-20', 'decided before the switch');
select is(tcr.rules_day(pg_temp.on_days('2026-02-20', '2026-03-02'), '2026-11-05'), date '2026-03-02', 'decided after it');
select is(tcr.rules_day(pg_temp.on_days('2026-03-20', null), '2026-11-05'), date '2026-03-20', 'no switch in between');

-- Areas and switches.
select is(tcr.parameter_for('route.province', '371302', '2026-11-05'), null, 'shipped switched off');
update tcr.rule set is_enabled = true where id = 'route.province' and region = '3713';
select is(tcr.parameter_for('route.province', '371302', '2026-11-05'), 'total_amount > 10000000.00', 'confirmed');
select is(tcr.parameter_for('route.province', '3713', '2026-11-05'), 'total_amount > 10000000.00', 'for the city itself');
select is(tcr.parameter_for('route.province', '370302', '2026-11-05'), null, 'not for another city');
select is(tcr.parameter_for('route.province', '37', '2026-11-05'), null, 'nor for the province');
select is(tcr.parameter_on('route.province', '2026-11-05'), null, 'nor everywhere');
select is(tcr.parameter_for('expert.threshold', '371302', '2026-02-28'), null, 'no expert threshold under the old rule');
select is(tcr.parameter_for('expert.threshold', '371302', '2026-03-01'), 'technology_amount >= 5000000.00', 'from the new rule on');

-- Checklists.
select ok('P03' = any (tcr.checklist_lines('503', '2026-02-28')) and not 'P03' = any (tcr.checklist_lines('503', '2026-03-01')),
    'P03 is of the old rule only');
select ok(not 'D04' = any (tcr.checklist_lines('101', '2026-03-01'))
    and exists (select from tcr.checklist_on('101', '2026-03-01') l where l.id = 'D04' and not l.is_required), 'D04 only explains');
select is((select array_agg(l.id) from tcr.checklist_on('301', '2026-03-01') l), (select array_agg(l.id) from tcr.checklist_on('201', '2026-03-01') l),
    'licences are judged as transfers are');
select is((select count(*)::integer from tcr.checklist_on('101', '2026-03-01') l where l.article like '%正式文本未见%' or l.article like '%征求意见稿%'), 0,
    'no article of a draft is given');
select isnt((select zh from tcr.checklist_on('101', '2026-02-28') l where l.id = 'G09'), (select zh from tcr.checklist_on('101', '2026-03-01') l where l.id = 'G09'),
    'mixed contracts are another thing under each rule');
select is((select article is null from tcr.refusal_reasons_on('2026-03-01') r where r.id = 'R02'), true, 'R02 has an article of the old rule only');
select matches((select article from tcr.refusal_reasons_on('2026-02-28') r where r.id = 'R02'), '第十四条', 'which it had');
update tcr.rule set is_enabled = false where id = 'DX1';
select ok(not 'DX1' = any (tcr.checklist_lines('101', '2026-03-01')), 'a line that is switched off');

-- Public lists.
select is((select count(*)::integer from tcr.codes_load() c where c.list = 'rule_checklist' and c.code = 'D01' and c.parent = 'DEV+'), 2, 'both validities of a line');
select is((select string_agg(coalesce(c.parent, ''), ',' order by c.valid_from nulls first) from tcr.codes_load() c where c.list = 'contract_type' and c.code = '3'), '2,',
    'licences were transfers');

-- What the table refuses, whoever writes.
set constraints all immediate;
select throws_ok($$insert into tcr.rule (id, kind, value, proof, source, zh, en, valid_from)
    values ('decision.limit', 'parameter', '9 working_day', 'practice', 'x', 'x', 'x', '2027-01-01')$$, 'TC011', null, 'two rows for one day');
select throws_ok($$insert into tcr.rule (id, kind, applies_to, proof, source, zh, en, valid_from)
    values ('P03', 'exclusion', 'TRN', 'practice', 'x', 'x', 'x', '2027-01-01')$$, 'TC011', null, 'an id of two kinds');
select throws_ok($$update tcr.rule set proof = 'final' where id = 'D04'$$, '23514', null, 'final without an article');
select * from finish();
rollback;

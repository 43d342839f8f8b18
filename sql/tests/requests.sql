-- What is asked for and decided about a registered contract stays as it was; holds and benefits are never taken out of the record.
begin;
create extension pgtap;
select plan(17);

-- A registered contract, made with the functions of the daemon.
insert into tcr.agency (name, kind, region) values ('申请测试', 'service_point', '371300');
insert into tcr.account (name, roles, agency_id) select 'request-agency', '{agency}', id from tcr.agency where name = '申请测试';
create temporary table made on commit drop as
    select * from tcr.contract_submit(
        array[(select id from tcr.account where name = 'request-agency')], '{request-1}', array['\x01'::bytea], '{request-made}',
        '{127.0.0.1}', '{false}', array['{}'], array['\x02'::bytea], array['\x33'::bytea], '{null}', '{null}', '{申请}', '{101}', '{05}',
        '{2026-01-05}', '{100000}', '{90000}', '{seller}', '{甲}', '{A}', '{371302}', '{null}', '{乙}', '{B}', '{370102}', '{null}',
        '{"A,B"}');
select tcr.act_by_system((select contract_id from made), 'accept', null);
update tcr.contract set status = 'registered', registered_on = tcr.today(), registration_number = '2026371301999998'
where id = (select contract_id from made);

create temporary table asked on commit drop as
    select tcr.act_request_store((select id from tcr.account where name = 'request-agency'), c, c, 'request_change', c.seq,
        '{"reason": "C1", "proposed": {"summary": "x"}}', null) as request
    from tcr.contract c where c.id = (select contract_id from made);
select is((select request ->> 'status' from asked), 'pending', 'a change is asked for');
select is((select request ->> 'on_behalf_of' from asked), 'agency', 'in the name of the agency');
select is((select jsonb_array_length(tcr.requests_pending(contract_id)) from made), 1, 'it is shown on the contract');
select is((select tcr.requests_pending(contract_id) -> 0 ? 'proposed' from made), false, 'without what is proposed');

select throws_ok($$insert into tcr.request (contract_id, agency_id, point_id, kind, reason, on_behalf_of, asked_by, asked_on, asked_seq)
    select contract_id, agency_id, point_id, kind, reason, on_behalf_of, asked_by, asked_on, asked_seq from tcr.request
    order by id desc limit 1$$, '23505', null, 'one of a kind at a time');
select throws_ok($$update tcr.request set proposed = '{}' where contract_id = (select contract_id from made)$$, 'TC001', null,
    'what was asked does not change');
select throws_ok($$update tcr.request set status = 'approved' where contract_id = (select contract_id from made)$$, '23514', null,
    'a decision has its release');
select lives_ok($$update tcr.request set status = 'rejected', decided_by = asked_by, decided_on = asked_on, decided_seq = asked_seq
    where contract_id = (select contract_id from made)$$, 'it is decided once');
select throws_ok($$update tcr.request set status = 'approved' where contract_id = (select contract_id from made)$$, 'TC001', null,
    'and not again');
select throws_ok('delete from tcr.request', 'TC001', null, 'a request is never deleted');
select throws_ok($$insert into tcr.request (contract_id, agency_id, point_id, kind, on_behalf_of, asked_by, asked_on, asked_seq)
    select contract_id, agency_id, point_id, 'redetermine', 'tax', asked_by, asked_on, asked_seq from tcr.request
    order by id desc limit 1$$, '23514', null, 'tax asks by a document');

-- The way out of registered leads to cancelled and revoked, and back from neither.
select lives_ok($$update tcr.contract set status = 'revoked' where id = (select contract_id from made)$$, 'registered to revoked');
select throws_ok($$update tcr.contract set status = 'registered' where id = (select contract_id from made)$$, 'TC002', null,
    'a revocation stays');
select throws_ok('delete from tcr.benefit', 'TC001', null, 'a benefit that was recorded stays');

-- Personal data of a proposal.
select is(tcr.detail_shown('{"proposed": {"a": 1}, "proposed_private": {"a": 1, "b": 2}}', false), '{"proposed": {"a": 1}}',
    'others read the proposal without personal data');
select is(tcr.detail_shown('{"proposed": {"a": 1}, "proposed_private": {"a": 1, "b": 2}}', true), '{"proposed": {"a": 1, "b": 2}}',
    'the owner reads all of it');

-- Holds.
insert into tcr.hold (party, is_private, reason, placed_by, placed_on, expires_on)
select p, p like '37%', '核查', (select id from tcr.account where name = 'request-agency'), tcr.today() - 10, tcr.today() + d
from (values ('A', 0), ('A', -1), ('C', 5), ('371302198001011234', 5)) v (p, d);
select results_eq($$select h ->> 'party' from jsonb_array_elements(tcr.holds_on('{A,B,371302198001011234}', tcr.today())) h$$,
    $$values ('A'), ('371302********1234')$$, 'holds in force today on these parties, up to their last day');
select * from finish();
rollback;

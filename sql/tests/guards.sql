-- The invariants hold in the database itself, whoever connects.
begin;
create extension pgtap;
select plan(17);

insert into tcr.agency (name, kind, region) values ('守卫测试', 'service_point', '371300');
insert into tcr.account (name, roles, agency_id) select 'guard-agency', '{agency}', id from tcr.agency where name = '守卫测试';
create temporary table made on commit drop as
    select * from tcr.contract_submit(
        array[(select id from tcr.account where name = 'guard-agency')], '{guard-1}', array['\x01'::bytea], '{guard-request}',
        '{127.0.0.1}', '{false}', array['{}'], array['\x02'::bytea], array['\x03'::bytea], '{null}', '{null}', '{守卫}', '{101}', '{05}',
        '{2026-01-05}', '{100000}', '{90000}', '{seller}', '{甲}', '{A}', '{371302}', '{null}', '{乙}', '{B}', '{370102}', '{null}',
        '{"A,B"}');
select is((select outcome from made), 'ok', 'a contract is filed');
select is((select filed_seq = seq and submitted_on = tcr.today() from tcr.contract where id = (select contract_id from made)), true,
    'it points to the release that holds its text');

select throws_ok('update tcr.contract set status = ''registered'' where id = (select contract_id from made)', 'TC002', null,
    'no way from submitted to registered');
select throws_ok('update tcr.contract set status = ''cancelled'' where id = (select contract_id from made)', 'TC002', null,
    'no way from submitted to cancelled');
select throws_ok('update tcr.contract_release set total_amount = 1 where contract_id = (select contract_id from made)', 'TC001', null,
    'a release never changes');
select throws_ok('delete from tcr.contract_release', 'TC001', null, 'a release is never deleted');
select throws_ok('delete from tcr.audit', 'TC001', null, 'an audit row is never deleted');
select throws_ok('update tcr.fact set total_amount = 0', 'TC001', null, 'a fact never changes');
select throws_ok('truncate tcr.audit', 'TC001', null, 'nor all of them at once');
select throws_ok('update tcr.contract set technology_amount = total_amount + 1 where id = (select contract_id from made)', '23514', null,
    'technology amount is at most the total');
select throws_ok('update tcr.contract set total_amount = 0, technology_amount = 0 where id = (select contract_id from made)', '23514',
    null, 'a total is above zero');

-- The same key: the first answer again; another request: refused; the same contract: refused.
create temporary table again on commit drop as
    select * from tcr.contract_submit(
        array_fill((select id from tcr.account where name = 'guard-agency'), '{3}'), '{guard-1,guard-1,guard-2}',
        array['\x01', '\x07', '\x08']::bytea[], '{r1,r2,r3}', '{p,p,p}', '{f,f,f}', array['{}','{}','{}'],
        array['\x02', '\x02', '\x02']::bytea[], array['\x03', '\x03', '\x03']::bytea[], '{null,null,null}', '{null,null,null}',
        '{守卫,守卫,守卫}', '{101,101,101}', '{05,05,05}', '{2026-01-05,2026-01-05,2026-01-05}', '{100000,100000,100000}',
        '{90000,90000,90000}', '{seller,seller,seller}', '{甲,甲,甲}', '{A,A,A}', '{371302,371302,371302}', '{null,null,null}',
        '{乙,乙,乙}', '{B,B,B}', '{370102,370102,370102}', '{null,null,null}', '{"A,B","A,B","A,B"}');
select results_eq('select item, outcome, coalesce(contract_id, 0) = (select contract_id from made) from again order by item',
    $$values (1, 'replay', true), (2, 'key_reused', true), (3, 'duplicate', false)$$, 'keys and duplicates');
select is((select other_id from again where item = 3), (select contract_id from made), 'an own duplicate is named');
select is((select value from tcr.sequence_counter), (select max(seq) from tcr.contract_release), 'refusals take no number of the sequence');

-- A full point says so.
select tcr.number_counter_lock(array[(select min(id) from tcr.registration_point)], 2026);
update tcr.number_counter set last_serial = 999998 where year = 2026 and point_id = (select min(id) from tcr.registration_point);
select matches(tcr.next_number((select min(id) from tcr.registration_point), '2026-05-01'), '^2026[0-9]{4}[0-9]{2}999999$',
    'the last number of a point and year');
select is(tcr.next_number((select min(id) from tcr.registration_point), '2026-05-01'), null, 'then it is full');

-- The service role calls functions and nothing else.
select results_eq(
    $$select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'tcr' and c.relkind in ('r', 'p', 'S', 'v')
        and (has_table_privilege('tcrd_service', c.oid, 'select') or (c.relkind <> 'S'
            and has_table_privilege('tcrd_service', c.oid, 'insert, update, delete, truncate')))$$,
    'values (0)', 'no table is open to the service role');
select * from finish();
rollback;

-- Receipts stay within the amounts of their contract, are verified once and reversed once, and nothing of them goes away: whoever
-- connects, the owner of the tables included.
begin;
create extension pgtap;
select plan(32);

-- A registered contract of 1000.00, 900.00 of it for technology, and its seller's second one.
insert into tcr.agency (name, kind, region) values ('到账测试', 'service_point', '371300');
insert into tcr.account (name, roles, agency_id) select 'receipt-agency', '{agency}', id from tcr.agency where name = '到账测试';
update tcr.sequence_counter set value = value + 1;
insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, project_name, contract_type, technical_field,
    signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code, party_codes, duplicate_key, accepted_on,
    registered_on, registration_number)
select -n, g.id, a.id, (select min(id) from tcr.registration_point), 'registered', s.value, s.value, '到账', '101', '05', '2026-01-05',
    100000, 90000, 'seller', '甲', 'S', '{}', ('\x0' || n)::bytea, '2026-01-06', '2026-01-06', '999937130100000' || n
from tcr.agency g, tcr.account a, tcr.sequence_counter s, generate_series(1, 2) n
where g.name = '到账测试' and a.name = 'receipt-agency';
insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body, body_sha256, point_id,
    agency_id, filed_as, route)
select s.value, -1, 'certify', 'registered', '2026-01-06', 0, 'x', s.value, '{}', '\x00', 1, 1, 'seller', 'point'
from tcr.sequence_counter s;

-- A receipt as its owner might write it, behind the back of the functions.
create function pg_temp.put(p_amount bigint, p_part bigint, p_costs text default '{}', p_contract bigint default -1,
    p_invoice text default null, p_status text default 'recorded') returns bigint language sql as $$
    insert into tcr.receipt (contract_id, status, seq, recorded_by, received_on, payer, amount, technology_part, costs, invoice_kind,
        invoice_number, seller)
    values (p_contract, p_status, 1, 1, '2026-02-01', '乙', p_amount, p_part, p_costs::jsonb,
        case when p_invoice is null then 'none' else 'ordinary' end, p_invoice, 'S')
    returning id
$$;

select throws_ok('select pg_temp.put(100001, 0)', 'TC092', null, 'not above the total amount');
select throws_ok('select pg_temp.put(100000, 90001)', 'TC092', null, 'not above the technology amount');
select throws_ok('select pg_temp.put(-5, 0)', '23514', null, 'no negative sum');
select throws_ok('select pg_temp.put(0, 0)', '23514', null, 'not of nothing');
select throws_ok('select pg_temp.put(10, 11)', '23514', null, 'a part is not above the whole');
select throws_ok('select pg_temp.put(10, -1)', '23514', null, 'no negative part');
select throws_ok('select pg_temp.put(100, 50, ''{"labour": 51}'')', '23514', null, 'income is not negative');
select throws_ok('select pg_temp.put(100, 50, ''{"labour": -1}'')', '23502', null, 'no negative cost');
select throws_ok('select pg_temp.put(100, 50, ''{"labour": 1.5}'')', '23502', null, 'no part of a fen');
select throws_ok('select pg_temp.put(100, 50, ''{"bribes": 1}'')', 'TC091', null, 'a known kind of cost');
select throws_ok('select pg_temp.put(100, 50, ''{}'', -1, null, ''verified'')', 'TC091', null, 'nothing begins as verified');

select lives_ok('select pg_temp.put(60000, 50000, ''{"labour": 10000, "material": 1}'', -1, ''I-1'')', 'within its bounds');
create temporary table made on commit drop as select max(id) as id from tcr.receipt;
select is((select income from tcr.receipt where id = (select id from made)), 39999::bigint, 'income is computed');
select throws_ok('select pg_temp.put(40001, 0)', 'TC092', null, 'the sum is what is bounded');
select throws_ok('select pg_temp.put(40000, 40001)', 'TC092', null, 'of the technology parts too');
select throws_ok('select pg_temp.put(1, 0, ''{}'', -1, ''I-1'')', '23505', null, 'an invoice once on a contract');
select throws_ok('select pg_temp.put(1, 0, ''{}'', -2, ''I-1'')', 'TC093', null, 'and once of a seller');

select throws_ok('update tcr.receipt set amount = 1 where id = (select id from made)', 'TC091', null, 'what was stated stays');
select throws_ok('update tcr.receipt set technology_part = 50001, status = ''verified'' where id = (select id from made)', 'TC091', null,
    'a verification does not raise');
select throws_ok('update tcr.receipt set costs = ''{"labour": 10001}'', status = ''verified'' where id = (select id from made)', 'TC091',
    null, 'nor a cost');
select throws_ok('update tcr.receipt set technology_part = 40000 where id = (select id from made)', 'TC091', null,
    'lowered by a verification only');
update tcr.contract set technology_amount = 45000 where id = -1;
select throws_ok('update tcr.receipt set status = ''verified'' where id = (select id from made)', 'TC092', null,
    'a lowered technology amount bounds what is verified after it');
select lives_ok('update tcr.receipt set status = ''verified'', technology_part = 45000 where id = (select id from made)', 'lowered, it fits');
select throws_ok('update tcr.receipt set status = ''recorded'' where id = (select id from made)', 'TC091', null, 'there is no way back');
select throws_ok('update tcr.contract set total_amount = 59999, technology_amount = 0 where id = -1', 'TC092', null,
    'a total does not fall below what was received');
select lives_ok('update tcr.contract set total_amount = 60000, technology_amount = 0 where id = -1', 'down to it, it does');
update tcr.receipt set status = 'reversed' where id = (select id from made);
select throws_ok('update tcr.receipt set status = ''verified'' where id = (select id from made)', 'TC091', null, 'reversed is for ever');
select lives_ok('select pg_temp.put(1, 0, ''{}'', -1, ''I-1'')', 'a reversed receipt frees its invoice');
select throws_ok('delete from tcr.receipt', 'TC001', null, 'no receipt goes away');
select throws_ok('truncate tcr.receipt cascade', 'TC001', null, 'nor all of them');
select throws_ok('update tcr.receipt_act set reason = ''x''', 'TC001', null, 'an act is never changed');
select throws_ok('delete from tcr.receipt_fact', 'TC001', null, 'a figure is never taken out');
select * from finish();
rollback;

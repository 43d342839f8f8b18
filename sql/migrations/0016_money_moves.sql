-- 0016_money_moves - money that arrived follows its contract (sql/functions/fact_add.sql). Before, an act left it where it was booked.

-- How much arrived on a contract until an act.
drop index tcr.receipt_fact_contract;
create index receipt_fact_contract on tcr.receipt_fact (contract_id, seq) include (technology_received, technology_income);

-- What was booked before stays: closed periods never move. Acts up to money_seq took no money along, and what was taken back after the end
-- of a registration was booked. The money that stood where its contract does not count is moved below, on the first open day; each move
-- has a number of the sequence, so an as_of before it tells what it told.
alter table tcr.cube_state add column money_seq bigint not null default 0;
create table tcr.money_move (
    seq bigint primary key,
    contract_id bigint not null,
    day date not null,
    from_seq bigint not null references tcr.contract_release, -- counts where the money stood
    to_seq bigint references tcr.contract_release, -- counts where it goes; null: the contract does not count any more
    technology_received bigint not null,
    technology_income bigint not null
);
create trigger append_only before update or delete or truncate on tcr.money_move
    for each statement execute function tcr.refuse_change();

insert into tcr.money_move (seq, contract_id, day, from_seq, to_seq, technology_received, technology_income)
select s.value + row_number() over (order by p.contract_id, o.seq), p.contract_id,
    greatest((now() at time zone 'Asia/Shanghai')::date, (select max(l.last_day) + 1 from tcr.closing l)), o.seq,
    case when n.status = 'registered' then n.seq end, p.received, p.income
from (
    select f.contract_id, f.figure_key, sum(f.technology_received)::bigint as received, sum(f.technology_income)::bigint as income
    from tcr.fact f where f.contract_id in (select m.contract_id from tcr.receipt_fact m)
    group by f.contract_id, f.figure_key having sum(f.technology_received) <> 0 or sum(f.technology_income) <> 0
) p
cross join lateral (select r.seq from tcr.contract_release r
    where r.contract_id = p.contract_id and r.registered_on is not null and r.figure_key = p.figure_key order by r.seq desc limit 1) o
cross join lateral (select r.seq, r.status, r.figure_key from tcr.contract_release r
    where r.contract_id = p.contract_id and r.registered_on is not null order by r.seq desc limit 1) n
cross join tcr.sequence_counter s
where n.status <> 'registered' or n.figure_key <> p.figure_key;

insert into tcr.fact (seq, contract_id, total_amount, technology_amount, technology_received, technology_income, agency_id, point_id,
    day, registered_on, count, sign, is_new, is_related, is_secret, contract_type, technical_field, filed_county, filed_district,
    seller_county, seller_district, buyer_county, buyer_district, seller_code, buyer_code, seller_type, buyer_type, ip_type, industry,
    plan_source, direction, size_class, unit, broker, event_name)
select m.seq, m.contract_id, 0, 0, v.sign * m.technology_received, v.sign * m.technology_income, r.agency_id, r.point_id, m.day,
    r.registered_on, 0, v.sign, false, r.is_related, r.is_secret, r.contract_type, r.technical_field,
    case r.filed_as when 'import_buyer' then r.buyer_region else r.seller_region end,
    case r.filed_as when 'import_buyer' then coalesce(r.buyer_zone, r.buyer_region) else coalesce(r.seller_zone, r.seller_region) end,
    r.seller_region, coalesce(r.seller_zone, r.seller_region), r.buyer_region, coalesce(r.buyer_zone, r.buyer_region), r.seller_code,
    r.buyer_code, r.seller_type, r.buyer_type, r.ip_type, r.industry, r.plan_source, r.direction, r.size_class, r.unit, r.broker,
    r.event_name
from tcr.money_move m
cross join lateral (values (-1, m.from_seq), (1, m.to_seq)) v (sign, seq)
join tcr.contract_release r on r.seq = v.seq;

update tcr.sequence_counter s set value = s.value + (select count(*) from tcr.money_move);
-- A record that never had a receipt has nothing to remember.
update tcr.cube_state set money_seq = (select s.value from tcr.sequence_counter s) where exists (select from tcr.receipt_fact);

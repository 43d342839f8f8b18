-- 0011_figures - figures in every dimension: what of a form they rest on, the signed deltas by year, the cubes, and reference values.

-- What the figures need of a form and no other column holds, as the daemon wrote it: texts with U+001F between them, in the order of
-- tcr.figure_part. A filing pays for one short text; the columns below are filled where a contract counts.
alter table tcr.contract add column dims text;

-- What a release counts with; null while it is not registered. The recomputation reads these columns and never a body.
alter table tcr.contract_release
    add column seller_code text,
    add column buyer_code text,
    add column seller_type text,
    add column buyer_type text,
    add column ip_type text, -- the first of the list
    add column industry text, -- that the technology serves
    add column plan_source text,
    add column direction text,
    add column size_class text,
    add column is_related boolean,
    add column is_secret boolean, -- asked for: never named in a list
    add column unit text, -- of the registering party
    add column broker text,
    add column event_name text; -- the matchmaking event

-- A release reads the dims of its contract, so every way that makes one fills these columns. The function is in sql/functions.
create function tcr.release_figure() returns trigger language plpgsql as $$
begin
    return new;
end
$$;
create trigger release_figure before insert on tcr.contract_release for each row
    when (new.registered_on is not null and new.direction is null) execute function tcr.release_figure();

-- Facts, now by the year that they are booked in. Rows are made from the columns of a release in the same function, so no foreign key
-- is checked per row; the nightly job proves them. County and district are null abroad.
alter table tcr.fact rename to fact_before;
alter index tcr.fact_pkey rename to fact_before_pkey;
create table tcr.fact (
    seq bigint not null,
    contract_id bigint not null,
    total_amount bigint not null,
    technology_amount bigint not null,
    technology_received bigint not null default 0,
    technology_income bigint not null default 0,
    agency_id bigint not null,
    point_id bigint not null,
    day date not null, -- when it is booked
    registered_on date not null,
    count integer not null,
    sign smallint not null check (sign in (-1, 1)),
    is_new boolean not null, -- the delta of the registration itself; everything else adjusts what was registered
    is_related boolean,
    is_secret boolean,
    contract_type text collate "C" not null,
    technical_field text collate "C" not null,
    filed_county text collate "C", -- of the registering party
    filed_district text collate "C",
    seller_county text collate "C",
    seller_district text collate "C",
    buyer_county text collate "C",
    buyer_district text collate "C",
    seller_code text collate "C",
    buyer_code text collate "C",
    seller_type text collate "C",
    buyer_type text collate "C",
    ip_type text collate "C",
    industry text collate "C",
    plan_source text collate "C",
    direction text collate "C" not null,
    size_class text collate "C" not null,
    unit text collate "C",
    broker text collate "C",
    event_name text collate "C",
    primary key (seq, sign, day),
    -- Money that arrived moves no count and no amount.
    check (count = sign or (count = 0 and total_amount = 0 and technology_amount = 0 and not is_new))
) partition by range (day);
create table tcr.fact_other partition of tcr.fact default;
do $$
begin
    for y in 2015 .. extract(year from now())::integer + 1 loop
        execute format('create table tcr.fact_%s partition of tcr.fact for values from (%L) to (%L)', y, y || '-01-01',
            (y + 1) || '-01-01');
    end loop;
end
$$;
create index fact_by_day on tcr.fact (day);
create index fact_by_agency on tcr.fact (agency_id, day);
create index fact_by_contract on tcr.fact (contract_id);
create trigger append_only before update or delete or truncate on tcr.fact
    for each statement execute function tcr.refuse_change();

-- What was registered before this migration: its dimensions come from the filed text, once.
alter table tcr.contract_release disable trigger append_only;
update tcr.contract t set dims = concat_ws(E'\x1f', coalesce(j.b #>> '{seller,party_type}', ''), coalesce(j.b #>> '{buyer,party_type}', ''),
    coalesce(j.b #>> '{ip_types,0}', ''), coalesce(j.b ->> 'service_industry', ''), coalesce(j.b ->> 'plan_source', ''),
    left(j.b ->> 'is_related', 1), left(coalesce(j.b ->> 'secrecy_requested', 'f'), 1), coalesce(j.b #>> '{seller,country}', '142'),
    coalesce(j.b #>> '{buyer,country}', '142'), coalesce(j.b #>> '{seller,unit}', ''), coalesce(j.b ->> 'broker', ''),
    coalesce(j.b #>> '{related,event}', ''))
from tcr.contract_release r cross join lateral (select r.body::jsonb as b) j
where r.seq = t.filed_seq and r.body is not null and t.dims is null;
update tcr.contract_release r set (seller_code, buyer_code, seller_type, buyer_type, ip_type, industry, plan_source, is_related, is_secret,
        unit, broker, event_name, direction, size_class)
    = (c.seller_code, c.buyer_code, nullif(d.p[1], ''), nullif(d.p[2], ''), nullif(d.p[3], ''), nullif(d.p[4], ''), nullif(d.p[5], ''),
        d.p[6] = 't', coalesce(d.p[7] = 't', false), nullif(d.p[10], ''), nullif(d.p[11], ''), nullif(d.p[12], ''),
        case when d.p[8] in ('110', '121', '143') or d.p[9] in ('110', '121', '143') then 'hmt'
            when r.seller_region is null or r.buyer_region is null then 'abroad'
            when r.seller_region = r.buyer_region then 'county'
            when left(r.seller_region, 4) = left(r.buyer_region, 4) then 'city'
            when left(r.seller_region, 2) = left(r.buyer_region, 2) then 'province' else 'country' end,
        's' || (1 + width_bucket(r.total_amount, '{100000000,1000000000,10000000000}'::bigint[])))
from tcr.contract c cross join lateral (select string_to_array(c.dims, E'\x1f') as p) d
where c.id = r.contract_id and r.registered_on is not null;
alter table tcr.contract_release enable trigger append_only;
insert into tcr.fact (seq, contract_id, total_amount, technology_amount, agency_id, point_id, day, registered_on, count, sign, is_new,
    is_related, is_secret, contract_type, technical_field, filed_county, filed_district, seller_county, seller_district, buyer_county,
    buyer_district, seller_code, buyer_code, seller_type, buyer_type, ip_type, industry, plan_source, direction, size_class, unit,
    broker, event_name)
select f.seq, f.contract_id, f.total_amount, f.technology_amount, f.agency_id, f.point_id, f.day, f.registered_on, f.count, f.sign,
    f.sign = 1 and r.event = 'certify', r.is_related, r.is_secret, f.contract_type, f.technical_field, f.filed_county, f.filed_district,
    f.seller_county, f.seller_district, f.buyer_county, f.buyer_district, f.seller_code, f.buyer_code, r.seller_type, r.buyer_type,
    r.ip_type, r.industry, r.plan_source, r.direction, r.size_class, r.unit, r.broker, r.event_name
from tcr.fact_before f join tcr.contract_release r on r.seq = f.seq;
drop table tcr.fact_before;

-- Money that arrived counts where its contract counts; the function is in sql/functions.
create function tcr.receipt_figure() returns trigger language plpgsql as $$
begin
    return null;
end
$$;
create trigger receipt_figure after insert on tcr.receipt_fact for each row execute function tcr.receipt_figure();
insert into tcr.fact (seq, contract_id, total_amount, technology_amount, technology_received, technology_income, agency_id, point_id,
    day, registered_on, count, sign, is_new, is_related, is_secret, contract_type, technical_field, filed_county, filed_district,
    seller_county, seller_district, buyer_county, buyer_district, seller_code, buyer_code, seller_type, buyer_type, ip_type, industry,
    plan_source, direction, size_class, unit, broker, event_name)
select m.seq, m.contract_id, 0, 0, m.technology_received, m.technology_income, r.agency_id, r.point_id, m.day, r.registered_on, 0, m.sign,
    false, r.is_related, r.is_secret, r.contract_type, r.technical_field,
    case r.filed_as when 'import_buyer' then r.buyer_region else r.seller_region end,
    case r.filed_as when 'import_buyer' then coalesce(r.buyer_zone, r.buyer_region) else coalesce(r.seller_zone, r.seller_region) end,
    r.seller_region, coalesce(r.seller_zone, r.seller_region), r.buyer_region, coalesce(r.buyer_zone, r.buyer_region), r.seller_code,
    r.buyer_code, r.seller_type, r.buyer_type, r.ip_type, r.industry, r.plan_source, r.direction, r.size_class, r.unit, r.broker,
    r.event_name
from tcr.receipt_fact m cross join lateral (select * from tcr.contract_release r where r.contract_id = m.contract_id
    and r.seq <= m.seq and r.registered_on is not null order by r.seq desc limit 1) r;

-- The cubes: sums of the facts up to rolled_seq, by month. A side is a party of the contract at its place: s the seller that registers,
-- o a seller that does not (an import), a the buyer that does not register, b the buyer that registers. So registered = s and b,
-- output = s and o, absorbed = a and b. new_ is the part that registrations brought. A cell may have several rows, one for each roll-up:
-- whoever reads adds up anyway, and a roll-up then costs what its facts cost.
drop table tcr.cube_area, tcr.cube_flow, tcr.cube_agency;
create table tcr.cube_area (
    count bigint not null, total_amount bigint not null, technology_amount bigint not null, technology_received bigint not null,
    technology_income bigint not null, new_count bigint not null, new_total_amount bigint not null, new_technology_amount bigint not null,
    month date not null,
    side text collate "C" not null check (side in ('s', 'o', 'a', 'b')),
    county text collate "C",
    district text collate "C",
    contract_type text collate "C" not null,
    technical_field text collate "C" not null,
    size_class text collate "C" not null,
    direction text collate "C" not null
);
create index cube_area_county on tcr.cube_area (county, month);

create table tcr.cube_party (
    count bigint not null, total_amount bigint not null, technology_amount bigint not null, technology_received bigint not null,
    technology_income bigint not null, new_count bigint not null, new_total_amount bigint not null, new_technology_amount bigint not null,
    month date not null,
    side text collate "C" not null check (side in ('s', 'o', 'a', 'b')),
    county text collate "C",
    district text collate "C",
    seller_type text collate "C",
    buyer_type text collate "C",
    industry text collate "C",
    plan_source text collate "C"
);
create index cube_party_county on tcr.cube_party (county, month);

create table tcr.cube_agency (
    count bigint not null, total_amount bigint not null, technology_amount bigint not null, technology_received bigint not null,
    technology_income bigint not null, new_count bigint not null, new_total_amount bigint not null, new_technology_amount bigint not null,
    month date not null,
    agency_id bigint not null,
    point_id bigint not null,
    side text collate "C" not null check (side in ('s', 'o', 'a', 'b')),
    county text collate "C",
    district text collate "C",
    contract_type text collate "C" not null
);
create index cube_agency_county on tcr.cube_agency (county, month);
create index cube_agency_agency on tcr.cube_agency (agency_id, month);

create table tcr.cube_flow (
    count bigint not null, total_amount bigint not null, technology_amount bigint not null, technology_received bigint not null,
    technology_income bigint not null, new_count bigint not null, new_total_amount bigint not null, new_technology_amount bigint not null,
    month date not null,
    seller_county text collate "C",
    seller_district text collate "C",
    buyer_county text collate "C",
    buyer_district text collate "C",
    contract_type text collate "C" not null,
    technical_field text collate "C" not null
);
create index cube_flow_seller on tcr.cube_flow (seller_county, month);
create index cube_flow_buyer on tcr.cube_flow (buyer_county, month);
update tcr.cube_state set rolled_seq = 0;

-- Reference values take a number of the sequence: a new one stands beside the older ones, and as_of finds the one of its time.
create table tcr.target (
    seq bigint primary key,
    region text not null check (region ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$'),
    year integer not null check (year between 1900 and 2199),
    measure text not null check (measure in ('count', 'total_amount', 'technology_amount')),
    basis text not null check (basis in ('registered', 'output', 'absorbed', 'local')),
    value bigint not null check (value >= 0), -- a number, or fen
    source text not null,
    day date not null
);
create index target_of on tcr.target (region, year, measure, basis, seq);
create table tcr.region_gdp (
    seq bigint primary key,
    region text not null check (region ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$'),
    year integer not null check (year between 1900 and 2199),
    value bigint not null check (value >= 0), -- fen
    source text not null,
    day date not null
);
create index region_gdp_of on tcr.region_gdp (region, year, seq);
create trigger append_only before update or delete or truncate on tcr.target
    for each statement execute function tcr.refuse_change();
create trigger append_only before update or delete or truncate on tcr.region_gdp
    for each statement execute function tcr.refuse_change();

-- The releases that carry a figure, with nothing but what they count: the nightly recomputation reads it alone.
drop index tcr.contract_release_figure;
create index contract_release_figure on tcr.contract_release (day) where registered_on is not null;

-- What a nightly job found wrong, for ever: nothing mends it silently.
create table tcr.figure_difference (
    id bigint generated always as identity primary key,
    job_run_id bigint references tcr.job_run,
    at timestamptz not null default now(),
    place text not null,
    cell text not null,
    expected text not null,
    found text not null,
    contracts text not null
);
create trigger append_only before update or delete or truncate on tcr.figure_difference
    for each statement execute function tcr.refuse_change();

-- State of the aggregate tcr.is_settled (sql/functions/statistics_closed.sql).
create type tcr.settling as (closing integer, contracts bigint, sellers text[], buyers text[]);

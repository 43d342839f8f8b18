-- fact_add - what a release counts with, and its signed delta in every dimension.

-- The columns that a figure rests on, from the contract as its act leaves it. dims has, with U+001F between them: seller_type,
-- buyer_type, ip_type, industry, plan_source, is_related, is_secret, seller_country, buyer_country, unit, broker, event_name.
create or replace function tcr.release_figure() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
    d text[];
begin
    select t.seller_code, t.buyer_code, string_to_array(t.dims, E'\x1f', '') into new.seller_code, new.buyer_code, d
    from tcr.contract t where t.id = new.contract_id;
    new.seller_type := d[1];
    new.buyer_type := d[2];
    new.ip_type := d[3];
    new.industry := d[4];
    new.plan_source := d[5];
    new.is_related := d[6] = 't';
    new.is_secret := coalesce(d[7] = 't', false);
    new.unit := d[10];
    new.broker := d[11];
    new.event_name := d[12];
    new.direction := tcr.figure_direction(new.seller_region, d[8], new.buyer_region, d[9]);
    new.size_class := tcr.figure_size(new.total_amount, new.registered_on);
    return new;
end
$$;

-- How far a contract goes (list direction). Hong Kong, Macao and Taiwan have customs codes of their own, and 71, 81, 82 as regions.
create or replace function tcr.figure_direction(p_seller text, p_seller_country text, p_buyer text, p_buyer_country text) returns text
language sql immutable as $$
    select case
        when p_seller_country in ('110', '121', '143') or p_buyer_country in ('110', '121', '143')
            or left(p_seller, 2) in ('71', '81', '82') or left(p_buyer, 2) in ('71', '81', '82') then 'hmt'
        when p_seller is null or p_buyer is null then 'abroad'
        when p_seller = p_buyer then 'county'
        when left(p_seller, 4) = left(p_buyer, 4) then 'city'
        when left(p_seller, 2) = left(p_buyer, 2) then 'province'
        else 'country' end
$$;

-- The size class of a total amount by the limits in force on the day of registration.
create or replace function tcr.figure_size(p_total bigint, p_day date) returns text
language sql stable as $$
    select 's' || width_bucket(p_total, string_to_array(tcr.parameter_on('size_class.limits', p_day), ',')::bigint[]) + 1
$$;

-- Book what acts did to the figures, in one statement for all that a transaction made: minus the release that counted before each, plus
-- the one that it made. Money that arrived goes along: out of the place that the contract leaves, into the one that it comes to. Only
-- registered contracts count; an act that leaves every counted value alone (a receipt, a request) books nothing here. The day is the
-- first open one (DESIGN.md 3.6).
create or replace function tcr.fact_book(p_seqs bigint[]) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_day date := greatest(tcr.today(), (select max(l.last_day) + 1 from tcr.closing l));
begin
    insert into tcr.fact (seq, sign, contract_id, day, registered_on, count, total_amount, technology_amount, technology_received,
        technology_income, is_new, contract_type, technical_field, agency_id, point_id, filed_county, filed_district, seller_county,
        seller_district, buyer_county, buyer_district, seller_code, buyer_code, seller_type, buyer_type, ip_type, industry, plan_source,
        direction, size_class, is_related, is_secret, unit, broker, event_name)
    select n.seq, x.sign, c.contract_id, v_day, c.registered_on, x.sign, x.sign * c.total_amount, x.sign * c.technology_amount,
        x.sign * m.received, x.sign * m.income, o.registered_on is null, c.contract_type, c.technical_field, c.agency_id, c.point_id,
        c.filed_county, c.filed_district, c.seller_county, c.seller_district, c.buyer_county, c.buyer_district, c.seller_code,
        c.buyer_code, c.seller_type, c.buyer_type, c.ip_type, c.industry, c.plan_source, c.direction, c.size_class, c.is_related,
        c.is_secret, c.unit, c.broker, c.event_name
    from unnest(p_seqs) s (seq)
    join tcr.contract_release n on n.seq = s.seq
    left join lateral (select p.seq, p.status, p.registered_on from tcr.contract_release p
        where p.contract_id = n.contract_id and p.seq < n.seq order by p.seq desc limit 1) o on true
    -- Nothing arrives before the registration: none of it is looked for then.
    cross join lateral (select coalesce(sum(f.technology_received), 0)::bigint as received,
            coalesce(sum(f.technology_income), 0)::bigint as income
        from tcr.receipt_fact f where o.registered_on is not null and f.contract_id = n.contract_id and f.seq < n.seq) m
    cross join lateral (values (o.seq, o.status, -1), (n.seq, n.status, 1)) x (seq, status, sign)
    join tcr.contract_release r on r.seq = x.seq
    cross join lateral tcr.release_counts(r) c
    where x.status = 'registered' and (o.status is distinct from 'registered' or n.status <> 'registered'
        or not tcr.releases_count_alike(o.seq, n.seq));
end
$$;

-- The columns of a release as facts have them: the registering party is the buyer of an import, else the seller; the district is the
-- zone if one is declared, else the county.
create or replace function tcr.release_counts(r tcr.contract_release)
returns table (contract_id bigint, registered_on date, total_amount bigint, technology_amount bigint, contract_type text,
    technical_field text, agency_id bigint, point_id bigint, filed_county text, filed_district text, seller_county text,
    seller_district text, buyer_county text, buyer_district text, seller_code text, buyer_code text, seller_type text,
    buyer_type text, ip_type text, industry text, plan_source text, direction text, size_class text, is_related boolean,
    is_secret boolean, unit text, broker text, event_name text)
language sql stable as $$
    select r.contract_id, r.registered_on, r.total_amount, r.technology_amount, r.contract_type, r.technical_field, r.agency_id,
        r.point_id, case r.filed_as when 'import_buyer' then r.buyer_region else r.seller_region end,
        case r.filed_as when 'import_buyer' then coalesce(r.buyer_zone, r.buyer_region) else coalesce(r.seller_zone, r.seller_region) end,
        r.seller_region, coalesce(r.seller_zone, r.seller_region), r.buyer_region, coalesce(r.buyer_zone, r.buyer_region),
        r.seller_code, r.buyer_code, r.seller_type, r.buyer_type, r.ip_type, r.industry, r.plan_source, r.direction, r.size_class,
        r.is_related, r.is_secret, r.unit, r.broker, r.event_name
$$;

create or replace function tcr.releases_count_alike(p_seq bigint, p_other bigint) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select count(distinct c::text) = 1 from tcr.contract_release r cross join lateral tcr.release_counts(r) c
        where r.seq in (p_seq, p_other));
end
$$;

-- Book money that arrived on a contract, where the contract counts as the act p_seq leaves it: no count and no amount moves. What is
-- taken back after the end of a registration went out of the figures with the contract.
create or replace function tcr.fact_receive(p_seq bigint, p_sign integer, p_contract_id bigint, p_day date, p_received bigint,
    p_income bigint) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    insert into tcr.fact (seq, sign, contract_id, day, registered_on, count, total_amount, technology_amount, technology_received,
        technology_income, is_new, contract_type, technical_field, agency_id, point_id, filed_county, filed_district,
        seller_county, seller_district, buyer_county, buyer_district, seller_code, buyer_code, seller_type, buyer_type, ip_type,
        industry, plan_source, direction, size_class, is_related, is_secret, unit, broker, event_name)
    select p_seq, p_sign, c.contract_id, p_day, c.registered_on, 0, 0, 0, p_received, p_income, false, c.contract_type,
        c.technical_field, c.agency_id, c.point_id, c.filed_county, c.filed_district, c.seller_county, c.seller_district,
        c.buyer_county, c.buyer_district, c.seller_code, c.buyer_code, c.seller_type, c.buyer_type, c.ip_type, c.industry,
        c.plan_source, c.direction, c.size_class, c.is_related, c.is_secret, c.unit, c.broker, c.event_name
    from tcr.contract_release r cross join lateral tcr.release_counts(r) c
    where r.seq = p_seq and r.contract_id = p_contract_id and r.status = 'registered';
end
$$;

create or replace function tcr.receipt_figure() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    perform tcr.fact_receive(new.seq, new.sign, new.contract_id, new.day, new.technology_received, new.technology_income);
    return null;
end
$$;

-- Partitions of the facts for these years; a year that already has facts in the partition for the rest stays there.
create or replace function tcr.fact_years(p_first integer, p_last integer) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    for y in p_first .. p_last loop
        if to_regclass('tcr.fact_' || y) is null
                and not exists (select from tcr.fact_other f where f.day >= make_date(y, 1, 1) and f.day < make_date(y + 1, 1, 1)) then
            execute format('create table tcr.fact_%s partition of tcr.fact for values from (%L) to (%L)', y, make_date(y, 1, 1),
                make_date(y + 1, 1, 1));
        end if;
    end loop;
end
$$;

-- 0014_recount - what lets the nightly job read every release, fact and cell once, and fast: the dimensions of a row as one number, the
-- values of a cell as one number. PostgreSQL makes them of the columns at every insert and update, so a column that somebody changes
-- changes them; indexes hold them beside the amounts.

-- A release: the dimensions that it counts with, in the order of tcr.fact_proof.
alter table tcr.contract_release
    add column figure_key bigint generated always as (case when registered_on is not null then hash_record_extended(row(
        contract_id, registered_on, agency_id, point_id, contract_type, technical_field,
        case filed_as when 'import_buyer' then buyer_region else seller_region end,
        case filed_as when 'import_buyer' then coalesce(buyer_zone, buyer_region) else coalesce(seller_zone, seller_region) end,
        seller_region, coalesce(seller_zone, seller_region), buyer_region, coalesce(buyer_zone, buyer_region), seller_code, buyer_code,
        seller_type, buyer_type, ip_type, industry, plan_source, direction, size_class, is_related, is_secret, unit, broker,
        event_name), 0) end) stored;
drop index tcr.contract_release_figure;
create index contract_release_figure on tcr.contract_release (contract_id, seq)
    include (day, event, status, total_amount, technology_amount, figure_key) where registered_on is not null;

-- The values of a cell as one number, smaller than the prime 2^31 - 1: linear, so that of a sum is the sum of theirs, up to multiples of
-- the prime. Rows keep what this function said: it is never changed.
create function tcr.cell_value(p_count bigint, p_total bigint, p_technology bigint, p_received bigint, p_income bigint,
    p_new_count bigint, p_new_total bigint, p_new_technology bigint) returns bigint
language sql immutable parallel safe as $$
    select (p_count % 2147483647 * 58412903 + p_total % 2147483647 * 101342587 + p_technology % 2147483647 * 87178291
        + p_received % 2147483647 * 122949823 + p_income % 2147483647 * 39916801 + p_new_count % 2147483647 * 113648713
        + p_new_total % 2147483647 * 74207281 + p_new_technology % 2147483647 * 96174569) % 2147483647
$$;

-- A row of a cube: its values by a weight that its cell has, which is as good as random.
alter table tcr.cube_area
    add column proof integer not null generated always as (((hash_record_extended(row('area'::text, month, side, county, district,
        contract_type, technical_field, size_class, direction), 0) & 2147483647) * tcr.cell_value(count, total_amount, technology_amount,
        technology_received, technology_income, new_count, new_total_amount, new_technology_amount) % 2147483647)::integer) stored;
alter table tcr.cube_party
    add column proof integer not null generated always as (((hash_record_extended(row('party'::text, month, side, county, district,
        seller_type, buyer_type, industry, plan_source), 0) & 2147483647) * tcr.cell_value(count, total_amount, technology_amount,
        technology_received, technology_income, new_count, new_total_amount, new_technology_amount) % 2147483647)::integer) stored;
alter table tcr.cube_agency
    add column proof integer not null generated always as (((hash_record_extended(row('agency'::text, month, side, county, district,
        agency_id, point_id, contract_type), 0) & 2147483647) * tcr.cell_value(count, total_amount, technology_amount,
        technology_received, technology_income, new_count, new_total_amount, new_technology_amount) % 2147483647)::integer) stored;
alter table tcr.cube_flow
    add column proof integer not null generated always as (((hash_record_extended(row('flow'::text, month, seller_county, seller_district,
        buyer_county, buyer_district, contract_type, technical_field), 0) & 2147483647) * tcr.cell_value(count, total_amount,
        technology_amount, technology_received, technology_income, new_count, new_total_amount, new_technology_amount)
        % 2147483647)::integer) stored;
drop index tcr.cube_area_county, tcr.cube_party_county, tcr.cube_agency_county, tcr.cube_flow_seller;
create index cube_area_county on tcr.cube_area (county, month) include (proof);
create index cube_party_county on tcr.cube_party (county, month) include (proof);
create index cube_agency_county on tcr.cube_agency (county, month) include (proof);
create index cube_flow_seller on tcr.cube_flow (seller_county, month) include (proof, count, total_amount, technology_amount);

-- A fact: its dimensions as in a release, and what it adds to the proofs of the cells that it belongs to.
alter table tcr.fact
    add column figure_key bigint,
    add column proof integer;
create function tcr.fact_proof() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
    v_month date := date_trunc('month', new.day::timestamp)::date;
    v_seller_files boolean := (new.filed_county, new.filed_district) is not distinct from (new.seller_county, new.seller_district);
    v_side text;
    v_weight bigint;
begin
    new.figure_key := hash_record_extended(row(new.contract_id, new.registered_on, new.agency_id, new.point_id, new.contract_type,
        new.technical_field, new.filed_county, new.filed_district, new.seller_county, new.seller_district, new.buyer_county,
        new.buyer_district, new.seller_code, new.buyer_code, new.seller_type, new.buyer_type, new.ip_type, new.industry,
        new.plan_source, new.direction, new.size_class, new.is_related, new.is_secret, new.unit, new.broker, new.event_name), 0);
    v_weight := hash_record_extended(row('flow'::text, v_month, new.seller_county, new.seller_district, new.buyer_county,
        new.buyer_district, new.contract_type, new.technical_field), 0) & 2147483647;
    if new.seller_county is not null then
        v_side := case when v_seller_files then 's' else 'o' end;
        v_weight := v_weight
            + (hash_record_extended(row('area'::text, v_month, v_side, new.seller_county, new.seller_district, new.contract_type,
                new.technical_field, new.size_class, new.direction), 0) & 2147483647)
            + (hash_record_extended(row('party'::text, v_month, v_side, new.seller_county, new.seller_district, new.seller_type,
                new.buyer_type, new.industry, new.plan_source), 0) & 2147483647)
            + (hash_record_extended(row('agency'::text, v_month, v_side, new.seller_county, new.seller_district, new.agency_id,
                new.point_id, new.contract_type), 0) & 2147483647);
    end if;
    if new.buyer_county is not null then
        v_side := case when v_seller_files then 'a' else 'b' end;
        v_weight := v_weight
            + (hash_record_extended(row('area'::text, v_month, v_side, new.buyer_county, new.buyer_district, new.contract_type,
                new.technical_field, new.size_class, new.direction), 0) & 2147483647)
            + (hash_record_extended(row('party'::text, v_month, v_side, new.buyer_county, new.buyer_district, new.seller_type,
                new.buyer_type, new.industry, new.plan_source), 0) & 2147483647)
            + (hash_record_extended(row('agency'::text, v_month, v_side, new.buyer_county, new.buyer_district, new.agency_id,
                new.point_id, new.contract_type), 0) & 2147483647);
    end if;
    new.proof := v_weight % 2147483647 * tcr.cell_value(new.count, new.total_amount, new.technology_amount, new.technology_received,
        new.technology_income, case when new.is_new then new.count else 0 end, case when new.is_new then new.total_amount else 0 end,
        case when new.is_new then new.technology_amount else 0 end) % 2147483647;
    return new;
end
$$;
create trigger fact_proof before insert or update on tcr.fact for each row execute function tcr.fact_proof();
alter table tcr.fact enable always trigger fact_proof;
alter table tcr.fact disable trigger append_only;
update tcr.fact set figure_key = 0;
alter table tcr.fact enable trigger append_only;
alter table tcr.fact
    alter column figure_key set not null,
    alter column proof set not null;
drop index tcr.fact_by_day;
create index fact_by_day on tcr.fact (day) include (seq, sign, is_new, count, total_amount, technology_amount, technology_received,
    technology_income, figure_key, proof);

-- fact_add - book the signed delta of one release in every dimension. The day is the first open one (DESIGN.md 3.6).
create or replace function tcr.fact_add(p_seq bigint, p_sign integer, p_contract tcr.contract) returns void
language sql volatile set search_path = pg_catalog as $$
    insert into tcr.fact (seq, sign, contract_id, day, registered_on, count, total_amount, technology_amount, contract_type,
        technical_field, agency_id, point_id, filed_county, filed_district, seller_county, seller_district, buyer_county,
        buyer_district, seller_code, buyer_code)
    select p_seq, p_sign, c.id, greatest(tcr.today(), (select max(l.last_day) + 1 from tcr.closing l)), c.registered_on,
        p_sign, p_sign * c.total_amount, p_sign * c.technology_amount, c.contract_type, c.technical_field, c.agency_id,
        c.point_id, f.region, coalesce(f.zone, f.region), c.seller_region, coalesce(c.seller_zone, c.seller_region),
        c.buyer_region, coalesce(c.buyer_zone, c.buyer_region), c.seller_code, c.buyer_code
    from (select (p_contract).*) c,
        lateral (select case c.filed_as when 'import_buyer' then c.buyer_region else c.seller_region end as region,
            case c.filed_as when 'import_buyer' then c.buyer_zone else c.seller_zone end as zone) f
$$;

-- What an act did to the figures: minus the contract as it counted before, plus as it counts now. Only registered contracts count.
-- An act that leaves the counted values alone (a receipt, a request) books nothing.
create or replace function tcr.fact_book(p_seq bigint, p_old tcr.contract, p_new tcr.contract) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    -- What moves without being a dimension or an amount.
    v_still text[] := '{seq,filed_seq,edits,body,due_on,due_is_provisional,assignee,rule_set,first_reviewer,changed_on,route,contract_no,
        project_name,signed_on,seller_name,buyer_name,party_codes,duplicate_key,row_key}';
begin
    if p_old.status = 'registered' and p_new.status = 'registered'
            and to_jsonb(p_old) - v_still = to_jsonb(p_new) - v_still then
        return;
    end if;
    if p_old.status = 'registered' then
        perform tcr.fact_add(p_seq, -1, p_old);
    end if;
    if p_new.status = 'registered' then
        perform tcr.fact_add(p_seq, 1, p_new);
    end if;
end
$$;

-- export - contracts as rows of a table, page by page, all pages as of one release: a contract that has moved since is shown by the
-- last release that it had then. Nothing is held open between two pages.

-- As of which release an export that begins now is written. No row: the account may not export.
create or replace function tcr.export_open(p_account_id bigint, p_method text) returns table (as_of_seq bigint)
language plpgsql stable security definer set search_path = pg_catalog as $$
begin
    return query select s.value from tcr.sequence_counter s where tcr.account_may(p_account_id, p_method);
end
$$;

-- The contracts after the id p_after, in the order of their ids: of the next p_scan that could be seen, those that the filters let
-- through. The first row has only last_id, where the next page goes on; null at the end. Every filter may be null. A contract without
-- a release up to p_as_of (a draft) is not there.
-- Names and codes of natural persons are shown to the agency that filed, and to nobody else.
create or replace function tcr.export_contracts(p_account_id bigint, p_method text, p_as_of bigint, p_after bigint, p_scan bigint,
    p_status text, p_contract_type text, p_technical_field text, p_district text, p_registered_from date, p_registered_to date,
    p_signed_from date, p_signed_to date)
returns table (last_id bigint, id bigint, registration_number text, status text, registered_on date, contract_no text,
    project_name text, contract_type text, technical_field text, signed_on date, filed_as text, seller_name text, seller_code text,
    seller_type text, seller_district text, buyer_name text, buyer_code text, buyer_type text, buyer_district text,
    total_amount bigint, technology_amount bigint, accepted_on date, agency text, registration_point text, seq bigint)
language plpgsql stable security definer set search_path = pg_catalog set jit = off as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    v_last bigint;
    v_sees text;
    v_filter text;
    v_own text; -- the agency's own contract
    v_rows text;
begin
    select * into v_account from tcr.account a where a.id = p_account_id;
    if not tcr.account_may(p_account_id, p_method) then
        return;
    end if;
    -- tcr.account_sees() for all contracts at once: what does not depend on the contract is decided here.
    v_sees := concat_ws(' or ',
        case when 'agency' = any (v_account.roles) then 'c.agency_id = $4' end,
        case when '{bureau,auditor}'::text[] && v_account.roles then 'c.filed_seq is not null and c.status <> ''draft'''
            else nullif(concat_ws(' or ',
                case when '{registrar,reviewer}'::text[] && v_account.roles
                    then 'c.point_id = $5 and c.filed_seq is not null and c.status <> ''draft''' end,
                case when 'county' = any (v_account.roles) then 'case c.filed_as when ''import_buyer'' then c.buyer_region'
                    ' else c.seller_region end = $6 and c.filed_seq is not null and c.status <> ''draft''' end), '') end);
    if v_sees = '' then
        return;
    end if;
    execute format('select max(c.id) from (select c.id from tcr.contract c where c.id > $1 %s order by c.id limit $2) c',
        case when v_account.roles <@ '{agency}' then 'and c.agency_id = $3' end)
    into v_last using p_after, p_scan, v_account.agency_id;
    last_id := v_last;
    return next;
    if v_last is null then
        return;
    end if;
    v_filter := concat(
        case when p_status is not null then ' and x.status = $7' end,
        case when p_contract_type is not null then ' and starts_with(x.contract_type, $8)' end,
        case when p_technical_field is not null then ' and x.technical_field = $9' end,
        case when p_district is not null then ' and case x.filed_as when ''import_buyer'' then coalesce(x.buyer_zone, x.buyer_region)'
            ' else coalesce(x.seller_zone, x.seller_region) end = $10' end,
        case when p_registered_from is not null then ' and x.registered_on >= $11' end,
        case when p_registered_to is not null then ' and x.registered_on <= $12' end);
    v_own := case when v_account.roles <@ '{agency}' then 'true' else 'coalesce(c.agency_id = $4, false)' end;
    v_rows := format(
        'select c.id, c.registration_number, c.status, c.registered_on, c.contract_no, c.project_name, c.contract_type,
            c.technical_field, c.signed_on, c.filed_as,
            case when %3$s or d.seller_type <> ''600'' then c.seller_name end as seller_name,
            case when %3$s or d.seller_type <> ''600'' then c.seller_code end as seller_code,
            nullif(d.seller_type, '''') as seller_type, coalesce(c.seller_zone, c.seller_region) as seller_district,
            case when %3$s or d.buyer_type <> ''600'' then c.buyer_name end as buyer_name,
            case when %3$s or d.buyer_type <> ''600'' then c.buyer_code end as buyer_code,
            nullif(d.buyer_type, '''') as buyer_type, coalesce(c.buyer_zone, c.buyer_region) as buyer_district,
            c.total_amount, c.technology_amount, c.accepted_on, c.agency_id, c.point_id, c.seq
        from tcr.contract c
        cross join lateral (select split_part(c.dims, E''\x1f'', 1) as seller_type, split_part(c.dims, E''\x1f'', 2) as buyer_type
            offset 0) d
        where c.id > $1 and c.id <= $2 and c.seq between 1 and $3 and (%1$s) %2$s',
        v_sees, replace(v_filter, 'x.', 'c.') || concat(case when p_signed_from is not null then ' and c.signed_on >= $13' end,
            case when p_signed_to is not null then ' and c.signed_on <= $14' end), v_own);
    if exists (select from tcr.contract c where c.id > p_after and c.id <= v_last and not c.seq between 1 and p_as_of) then
        v_rows := v_rows || format(
            ' union all
            select c.id, x.registration_number, x.status, x.registered_on, b.body ->> ''contract_no'', b.body ->> ''project_name'',
                x.contract_type, x.technical_field, b.signed_on, x.filed_as,
                case when %3$s or d.seller_type <> ''600'' then b.body #>> ''{seller,name}'' end,
                case when %3$s or d.seller_type <> ''600'' then coalesce(b.body #>> ''{seller,credit_code}'',
                    b.body #>> ''{seller,id_number}'') end,
                d.seller_type, coalesce(x.seller_zone, x.seller_region),
                case when %3$s or d.buyer_type <> ''600'' then b.body #>> ''{buyer,name}'' end,
                case when %3$s or d.buyer_type <> ''600'' then coalesce(b.body #>> ''{buyer,credit_code}'',
                    b.body #>> ''{buyer,id_number}'') end,
                d.buyer_type, coalesce(x.buyer_zone, x.buyer_region), x.total_amount, x.technology_amount, x.accepted_on,
                x.agency_id, x.point_id, x.seq
            from tcr.contract c
            cross join lateral (select * from tcr.contract_release r where r.contract_id = c.id and r.seq <= $3
                order by r.seq desc limit 1) x
            cross join lateral (select r.body::jsonb as body, (r.body::jsonb ->> ''signed_on'')::date as signed_on
                from tcr.contract_release r where r.seq = x.filed_seq offset 0) b
            cross join lateral (select b.body #>> ''{seller,party_type}'' as seller_type,
                b.body #>> ''{buyer,party_type}'' as buyer_type offset 0) d
            where c.id > $1 and c.id <= $2 and not c.seq between 1 and $3 and (%1$s) %2$s',
            v_sees, v_filter || concat(case when p_signed_from is not null then ' and b.signed_on >= $13' end,
                case when p_signed_to is not null then ' and b.signed_on <= $14' end), v_own);
    end if;
    return query execute format(
        'select null::bigint, e.id, e.registration_number, e.status, e.registered_on, e.contract_no, e.project_name, e.contract_type,
            e.technical_field, e.signed_on, e.filed_as, e.seller_name, e.seller_code, e.seller_type, e.seller_district, e.buyer_name,
            e.buyer_code, e.buyer_type, e.buyer_district, e.total_amount, e.technology_amount, e.accepted_on, g.name, p.name, e.seq
        from (%s) e
        left join tcr.agency g on g.id = e.agency_id
        left join tcr.registration_point p on p.id = e.point_id
        order by e.id', v_rows)
    using p_after, v_last, p_as_of, v_account.agency_id, v_account.point_id, v_account.region, p_status, p_contract_type,
        p_technical_field, p_district, p_registered_from, p_registered_to, p_signed_from, p_signed_to;
end
$$;

-- The settings keep one plan per connection that stays right while the tables grow: it is made when they may still be empty.
-- contract_submit - file new contracts, as submissions or as drafts. Items are independent; one row per item comes back.
-- outcome: ok, replay, forbidden, own_code, key_reused, duplicate (other_id is named when it is the caller's own), row_key, again
-- (the key was taken by a neighbour that was refused: repeat).
create or replace function tcr.contract_submit(
    p_account_id bigint[], p_key text[], p_request_sha256 bytea[], p_request_id text[], p_peer text[], p_is_draft boolean[],
    p_body text[], p_body_sha256 bytea[], p_duplicate_key bytea[], p_row_key text[], p_contract_no text[], p_project_name text[],
    p_contract_type text[], p_technical_field text[], p_signed_on date[], p_total_amount bigint[], p_technology_amount bigint[],
    p_filed_as text[], p_seller_name text[], p_seller_code text[], p_seller_region text[], p_seller_zone text[],
    p_buyer_name text[], p_buyer_code text[], p_buyer_region text[], p_buyer_zone text[], p_party_codes text[])
returns table (item integer, outcome text, contract_id bigint, seq bigint, status text, submitted_on date, other_id bigint)
language plpgsql volatile security definer
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    v_today date := tcr.today();
    v_claimed_request text[];
    v_claimed_contract bigint[];
    -- One place per item, null for a refused one, so that what follows needs no join.
    v_contract bigint[];
    v_agency bigint[];
    v_point bigint[];
    v_seq bigint[];
    v_base bigint;
    v_released integer;
begin
    -- The key is claimed first: a call with the same key in another transaction is waited for, and then replayed.
    with claimed as (
        insert into tcr.idempotency_key as k (account_id, key, request_sha256, contract_id, request_id)
        select d.account_id, d.key, d.sha, nextval('tcr.contract_id_seq'), d.request_id
        from (
            select distinct on (i.account_id, i.key) i.*
            from unnest(p_account_id, p_key, p_request_sha256, p_request_id, p_party_codes) with ordinality
                as i (account_id, key, sha, request_id, party_codes, ord)
            join tcr.filers(p_account_id) w on w.account_id = i.account_id
            where w.own_code is null or w.own_code = any (string_to_array(i.party_codes, ','))
            order by i.account_id, i.key, i.ord
        ) d
        on conflict do nothing
        returning k.request_id, k.contract_id
    )
    select array_agg(c.request_id), array_agg(c.contract_id) into v_claimed_request, v_claimed_contract from claimed c;

    -- From here on every other transaction that makes releases waits, so what is read below cannot change.
    select s.value into v_base from tcr.sequence_counter s where s.id for update;

    with item as (
        select i.ord, i.is_draft, i.duplicate_key, i.row_key, a.agency_id, c.contract_id,
            case i.filed_as when 'import_buyer' then i.buyer_region else i.seller_region end as region
        from unnest(p_account_id, p_request_id, p_is_draft, p_duplicate_key, p_row_key, p_filed_as, p_seller_region, p_buyer_region)
            with ordinality as i (account_id, request_id, is_draft, duplicate_key, row_key, filed_as, seller_region, buyer_region, ord)
        join unnest(v_claimed_request, v_claimed_contract) as c (request_id, contract_id) on c.request_id = i.request_id
        join tcr.account a on a.id = i.account_id
    ), place as (
        select r.region, tcr.point_for(r.region) as point_id -- once per region, not per item
        from (select distinct item.region from item) r
    ), good as (
        select i.ord, i.contract_id, i.agency_id, p.point_id, i.is_draft
        from item i join place p on p.region is not distinct from i.region
        where (i.is_draft or (
                not exists (select from item j where j.duplicate_key = i.duplicate_key and not j.is_draft and j.ord < i.ord)
                and not exists (select from tcr.contract d where d.duplicate_key = i.duplicate_key
                    and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled'))))
            and (i.row_key is null or (
                not exists (select from item j where j.agency_id = i.agency_id and j.row_key = i.row_key and j.ord < i.ord)
                and not exists (select from tcr.contract d where d.agency_id = i.agency_id and d.row_key = i.row_key
                    and d.status not in ('withdrawn', 'refused', 'cancelled'))))
    )
    select array_agg(g.contract_id order by o.ord), array_agg(g.agency_id order by o.ord), array_agg(g.point_id order by o.ord),
        array_agg(case when g.is_draft then -1 else v_base + g.release end order by o.ord), max(g.release)
    into v_contract, v_agency, v_point, v_seq, v_released
    from unnest(p_request_id) with ordinality as o (request_id, ord)
    left join (select good.*, case when not good.is_draft then count(*) filter (where not good.is_draft) over (order by good.ord) end
        as release from good) g on g.ord = o.ord;

    insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, edits, body, contract_no, project_name,
        contract_type, technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code,
        seller_region, seller_zone, buyer_name, buyer_code, buyer_region, buyer_zone, party_codes, duplicate_key, row_key, submitted_on)
    select i.contract_id, i.agency_id, i.account_id, i.point_id, case when i.seq < 0 then 'draft' else 'submitted' end, i.seq,
        nullif(i.seq, -1), (i.seq < 0)::integer, case when i.seq < 0 then p_body[i.ord] end, i.contract_no, i.project_name,
        i.contract_type, i.technical_field, i.signed_on, i.total_amount, i.technology_amount, i.filed_as, i.seller_name,
        i.seller_code, i.seller_region, i.seller_zone, i.buyer_name, i.buyer_code, i.buyer_region, i.buyer_zone,
        string_to_array(i.party_codes, ','), i.duplicate_key, i.row_key, case when i.seq > 0 then v_today end
    from unnest(v_contract, v_agency, p_account_id, v_point, v_seq, p_contract_no, p_project_name, p_contract_type, p_technical_field,
            p_signed_on, p_total_amount, p_technology_amount, p_filed_as, p_seller_name, p_seller_code, p_seller_region,
            p_seller_zone, p_buyer_name, p_buyer_code, p_buyer_region, p_buyer_zone, p_party_codes, p_duplicate_key, p_row_key)
        with ordinality as i (contract_id, agency_id, account_id, point_id, seq, contract_no, project_name, contract_type,
            technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code, seller_region,
            seller_zone, buyer_name, buyer_code, buyer_region, buyer_zone, party_codes, duplicate_key, row_key, ord)
    where i.contract_id is not null;

    insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body, body_sha256,
        point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
        seller_zone, buyer_region, buyer_zone, route)
    select i.seq, i.contract_id, 'submit', 'submitted', v_today, i.account_id, i.request_id, i.seq, i.body, i.body_sha256,
        i.point_id, i.agency_id, i.contract_type, i.technical_field, i.total_amount, i.technology_amount, i.filed_as,
        i.seller_region, i.seller_zone, i.buyer_region, i.buyer_zone, 'point'
    from unnest(v_seq, v_contract, p_account_id, p_request_id, p_body, p_body_sha256, v_point, v_agency, p_contract_type,
            p_technical_field, p_total_amount, p_technology_amount, p_filed_as, p_seller_region, p_seller_zone, p_buyer_region,
            p_buyer_zone)
        as i (seq, contract_id, account_id, request_id, body, body_sha256, point_id, agency_id, contract_type, technical_field,
            total_amount, technology_amount, filed_as, seller_region, seller_zone, buyer_region, buyer_zone)
    where i.seq > 0;

    insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
    select i.account_id, 'contract.submit', 'contract ' || i.contract_id, 'ok', i.request_id, i.peer
    from unnest(p_account_id, v_contract, p_request_id, p_peer) as i (account_id, contract_id, request_id, peer)
    where i.contract_id is not null;

    if v_released > 0 then
        update tcr.sequence_counter s set value = v_base + v_released where s.id;
    end if;
    if array_position(v_contract, null) is null then -- nothing to explain
        return query
        select i.ord::integer, 'ok', i.contract_id, i.seq, case when i.seq < 0 then 'draft' else 'submitted' end,
            case when i.seq > 0 then v_today end, null::bigint
        from unnest(v_contract, v_seq) with ordinality as i (contract_id, seq, ord);
        return;
    end if;
    delete from tcr.idempotency_key k
    using unnest(p_account_id, p_key, p_request_id, v_contract) as i (account_id, key, request_id, contract_id)
    where i.contract_id is null and i.request_id = any (v_claimed_request) and k.account_id = i.account_id and k.key = i.key;

    return query
    select i.ord::integer,
        case when i.request_id = k.request_id then 'ok'
            when i.request_id = any (v_claimed_request) then
                case when not i.is_draft and d.id is not null then 'duplicate' when i.row_key is not null then 'row_key' else 'again' end
            when w.account_id is null then 'forbidden'
            when not (w.own_code is null or w.own_code = any (string_to_array(i.party_codes, ','))) then 'own_code'
            when k.request_sha256 = i.sha then 'replay'
            when k.key is null then 'again'
            else 'key_reused' end,
        k.contract_id, coalesce(r.seq, -1), coalesce(r.status, 'draft'), r.day,
        case when d.agency_id = w.agency_id then d.id end
    from unnest(p_account_id, p_key, p_request_sha256, p_request_id, p_is_draft, p_duplicate_key, p_row_key, p_party_codes)
        with ordinality as i (account_id, key, sha, request_id, is_draft, duplicate_key, row_key, party_codes, ord)
    left join tcr.filers(p_account_id) w on w.account_id = i.account_id
    left join tcr.idempotency_key k on k.account_id = i.account_id and k.key = i.key
    left join tcr.contract_release r on r.contract_id = k.contract_id and r.request_id = k.request_id
    left join tcr.contract d on i.request_id = any (v_claimed_request) and k.key is null and d.duplicate_key = i.duplicate_key
        and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled')
    order by i.ord;
end
$$;

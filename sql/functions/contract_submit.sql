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
    v_ok_request text[];
    v_ok_contract bigint[];
    v_ok_seq bigint[];
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
    select s.value into v_base from tcr.sequence_counter s for update;

    with item as (
        select i.*, c.contract_id
        from unnest(p_account_id, p_request_id, p_is_draft, p_body, p_body_sha256, p_duplicate_key, p_row_key, p_contract_no,
                p_project_name, p_contract_type, p_technical_field, p_signed_on, p_total_amount, p_technology_amount, p_filed_as,
                p_seller_name, p_seller_code, p_seller_region, p_seller_zone, p_buyer_name, p_buyer_code, p_buyer_region,
                p_buyer_zone, p_party_codes, p_peer) with ordinality
            as i (account_id, request_id, is_draft, body, body_sha256, duplicate_key, row_key, contract_no, project_name,
                contract_type, technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code,
                seller_region, seller_zone, buyer_name, buyer_code, buyer_region, buyer_zone, party_codes, peer, ord)
        join unnest(v_claimed_request, v_claimed_contract) as c (request_id, contract_id) on c.request_id = i.request_id
    ), place as (
        select r.region, tcr.point_for(r.region) as point_id -- once per region, not per item
        from (select distinct case i.filed_as when 'import_buyer' then i.buyer_region else i.seller_region end as region from item i) r
    ), good as materialized (
        select i.*, a.agency_id, p.point_id, v_base + row_number() over (partition by i.is_draft order by i.ord) as seq
        from (
            select item.*,
                row_number() over (partition by item.duplicate_key, item.is_draft order by item.ord) as same_contract,
                row_number() over (partition by item.account_id, item.row_key order by item.ord) as same_row
            from item
        ) i
        join tcr.account a on a.id = i.account_id
        join place p on p.region is not distinct from case i.filed_as when 'import_buyer' then i.buyer_region else i.seller_region end
        where (i.is_draft or (i.same_contract = 1 and not exists (select from tcr.contract d
                where d.duplicate_key = i.duplicate_key and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled'))))
            and (i.row_key is null or (i.same_row = 1 and not exists (select from tcr.contract d
                where d.agency_id = a.agency_id and d.row_key = i.row_key
                    and d.status not in ('withdrawn', 'refused', 'cancelled'))))
    ), stored as (
        insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, edits, body, contract_no, project_name,
            contract_type, technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code,
            seller_region, seller_zone, buyer_name, buyer_code, buyer_region, buyer_zone, party_codes, duplicate_key, row_key,
            submitted_on)
        select g.contract_id, g.agency_id, g.account_id, g.point_id, case when g.is_draft then 'draft' else 'submitted' end,
            case when g.is_draft then -1 else g.seq end, case when not g.is_draft then g.seq end, g.is_draft::integer,
            case when g.is_draft then g.body end, g.contract_no, g.project_name, g.contract_type, g.technical_field, g.signed_on,
            g.total_amount, g.technology_amount, g.filed_as, g.seller_name, g.seller_code, g.seller_region, g.seller_zone,
            g.buyer_name, g.buyer_code, g.buyer_region, g.buyer_zone, string_to_array(g.party_codes, ','), g.duplicate_key,
            g.row_key, case when not g.is_draft then v_today end
        from good g
    ), released as (
        insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body, body_sha256,
            point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
            seller_zone, buyer_region, buyer_zone, route)
        select g.seq, g.contract_id, 'submit', 'submitted', v_today, g.account_id, g.request_id, g.seq, g.body, g.body_sha256,
            g.point_id, g.agency_id, g.contract_type, g.technical_field, g.total_amount, g.technology_amount, g.filed_as,
            g.seller_region, g.seller_zone, g.buyer_region, g.buyer_zone, 'point'
        from good g where not g.is_draft
    ), audited as (
        insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
        select g.account_id, 'contract.submit', 'contract ' || g.contract_id, 'ok', g.request_id, g.peer from good g
    )
    select array_agg(g.request_id), array_agg(g.contract_id), array_agg(case when g.is_draft then -1 else g.seq end),
        count(*) filter (where not g.is_draft)
    into v_ok_request, v_ok_contract, v_ok_seq, v_released
    from good g;

    if v_released > 0 then
        update tcr.sequence_counter set value = v_base + v_released;
    end if;
    if cardinality(v_ok_request) is distinct from cardinality(v_claimed_request) then
        delete from tcr.idempotency_key k
        using unnest(p_account_id, p_key, p_request_id) as i (account_id, key, request_id)
        where i.request_id = any (v_claimed_request) and i.request_id <> all (coalesce(v_ok_request, '{}'))
            and k.account_id = i.account_id and k.key = i.key;
    end if;
    if cardinality(v_ok_request) = cardinality(p_request_id) then -- nothing to explain
        return query
        select i.ord::integer, 'ok', o.contract_id, o.seq, case when o.seq < 0 then 'draft' else 'submitted' end,
            case when o.seq > 0 then v_today end, null::bigint
        from unnest(p_request_id) with ordinality as i (request_id, ord)
        join unnest(v_ok_request, v_ok_contract, v_ok_seq) as o (request_id, contract_id, seq) on o.request_id = i.request_id
        order by i.ord;
        return;
    end if;

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

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
language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_claimed_request text[];
    v_claimed_contract bigint[];
    v_refused_request text[];
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
            where tcr.account_may(i.account_id, 'contract.submit')
                and tcr.agency_may_file(i.account_id, i.party_codes)
            order by i.account_id, i.key, i.ord
        ) d
        order by d.account_id, d.key
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
    ), good as (
        select i.*, a.agency_id,
            tcr.point_for(case i.filed_as when 'import_buyer' then i.buyer_region else i.seller_region end) as point_id,
            v_base + row_number() over (partition by i.is_draft order by i.ord) as seq
        from (
            select item.*,
                row_number() over (partition by item.duplicate_key, item.is_draft order by item.ord) as same_contract,
                row_number() over (partition by item.account_id, item.row_key order by item.ord) as same_row
            from item
        ) i join tcr.account a on a.id = i.account_id
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
            g.row_key, case when not g.is_draft then tcr.today() end
        from good g
    ), released as (
        insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body, body_sha256,
            point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
            seller_zone, buyer_region, buyer_zone, route)
        select g.seq, g.contract_id, 'submit', 'submitted', tcr.today(), g.account_id, g.request_id, g.seq, g.body, g.body_sha256,
            g.point_id, g.agency_id, g.contract_type, g.technical_field, g.total_amount, g.technology_amount, g.filed_as,
            g.seller_region, g.seller_zone, g.buyer_region, g.buyer_zone, 'point'
        from good g where not g.is_draft
    ), audited as (
        insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
        select g.account_id, 'contract.submit', 'contract ' || g.contract_id, 'ok', g.request_id, g.peer from good g
    )
    select array_agg(i.request_id) filter (where g.contract_id is null), count(*) filter (where not g.is_draft)
    into v_refused_request, v_released
    from item i left join good g on g.contract_id = i.contract_id;

    if v_released > 0 then
        update tcr.sequence_counter set value = v_base + v_released;
    end if;
    if v_refused_request is not null then
        delete from tcr.idempotency_key k
        using unnest(p_account_id, p_key, p_request_id) as i (account_id, key, request_id)
        where i.request_id = any (v_refused_request) and k.account_id = i.account_id and k.key = i.key;
    end if;

    return query
    select i.ord::integer,
        case when i.request_id = any (v_refused_request) then
                case when not i.is_draft and d.id is not null then 'duplicate' when i.row_key is not null then 'row_key' else 'again' end
            when i.request_id = k.request_id then 'ok'
            when not tcr.account_may(i.account_id, 'contract.submit') then 'forbidden'
            when not tcr.agency_may_file(i.account_id, i.party_codes) then 'own_code'
            when k.request_sha256 = i.sha then 'replay'
            when k.key is null then 'again'
            else 'key_reused' end,
        k.contract_id, coalesce(r.seq, -1), coalesce(r.status, 'draft'), r.day,
        case when d.agency_id = a.agency_id then d.id end
    from unnest(p_account_id, p_key, p_request_sha256, p_request_id, p_is_draft, p_duplicate_key, p_row_key, p_party_codes)
        with ordinality as i (account_id, key, sha, request_id, is_draft, duplicate_key, row_key, party_codes, ord)
    left join tcr.account a on a.id = i.account_id
    left join tcr.idempotency_key k on k.account_id = i.account_id and k.key = i.key
    left join tcr.contract_release r on r.contract_id = k.contract_id and r.request_id = k.request_id
    left join tcr.contract d on i.request_id = any (v_refused_request) and d.duplicate_key = i.duplicate_key
        and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled')
    order by i.ord;
end
$$;

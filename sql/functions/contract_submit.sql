-- The settings keep one plan per connection that stays right while the tables grow: it is made when they may still be empty.
-- contract_submit - file new contracts, as submissions or as drafts. Items are independent; one row per item comes back.
-- outcome: ok, replay, forbidden, own_code, key_reused, duplicate (other_id is named when it is the caller's own), row_key, broker
-- (the text names one who is not active), again (the key was taken by a neighbour that was refused: repeat).
create or replace function tcr.contract_submit(
    p_account_id bigint[], p_key text[], p_request_sha256 bytea[], p_request_id text[], p_peer text[], p_is_draft boolean[],
    p_body text[], p_body_sha256 bytea[], p_duplicate_key bytea[], p_row_key text[], p_contract_no text[], p_project_name text[],
    p_contract_type text[], p_technical_field text[], p_signed_on date[], p_total_amount bigint[], p_technology_amount bigint[],
    p_filed_as text[], p_seller_name text[], p_seller_code text[], p_seller_region text[], p_seller_zone text[],
    p_buyer_name text[], p_buyer_code text[], p_buyer_region text[], p_buyer_zone text[], p_party_codes text[],
    p_dims text[] default null)
returns table (item integer, outcome text, contract_id bigint, seq bigint, status text, submitted_on date, other_id bigint,
    due_on date, due_is_provisional boolean, route text)
language plpgsql volatile security definer
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    v_today date := tcr.today();
    v_claimed bigint[]; -- these arrays have an element per item: null where it claimed no key
    v_id bigint[]; -- null where it stores nothing
    v_seq bigint[];
    v_agency_id bigint[];
    v_point_id bigint[];
    v_taken bytea[];
    v_brokerless bigint[]; -- items whose text names a broker who is none
    v_base bigint;
    v_stored integer;
    v_released integer;
    v_route text[];
    v_due date;
    v_provisional boolean;
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
    select array_agg(c.contract_id order by i.ord) into v_claimed
    from unnest(p_request_id) with ordinality as i (request_id, ord) left join claimed c on c.request_id = i.request_id;

    -- From here on every other transaction that makes releases waits, so what is read below cannot change.
    select s.value into v_base from tcr.sequence_counter s for update;

    select array_agg(d.duplicate_key) into v_taken from tcr.contract d
    where d.duplicate_key = any (p_duplicate_key) and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled');

    select array_agg(i.ord) into v_brokerless from unnest(p_body, p_is_draft) with ordinality as i (body, is_draft, ord)
    where not i.is_draft and strpos(i.body, '"broker":"') > 0 and not tcr.broker_is_active(tcr.body_broker(i.body));

    -- Who of them stores a contract, where it is decided, and the numbers of the releases: small rows, the texts stay behind.
    select array_agg(g.id order by g.ord), array_agg(case when g.is_draft then -1 else v_base + g.place end order by g.ord),
        array_agg(g.agency_id order by g.ord), array_agg(g.point_id order by g.ord), count(g.id),
        count(g.id) filter (where not g.is_draft)
    into v_id, v_seq, v_agency_id, v_point_id, v_stored, v_released
    from (
        select i.ord, i.is_draft, a.agency_id, p.point_id, case when i.is_good then i.id end as id,
            count(*) filter (where i.is_good) over (partition by i.is_draft order by i.ord) as place
        from (
            select c.*, c.id is not null
                and (c.is_draft or (c.same_contract = 1 and (v_taken is null or c.duplicate_key <> all (v_taken))))
                and (v_brokerless is null or c.ord <> all (v_brokerless))
                and (c.row_key is null or (c.same_row = 1 and not exists (select from tcr.account a join tcr.contract d
                    on d.agency_id = a.agency_id where a.id = c.account_id and d.row_key = c.row_key
                        and d.status not in ('withdrawn', 'refused', 'cancelled')))) as is_good
            from (
                select i.*, row_number() over (partition by i.id is null, i.duplicate_key, i.is_draft order by i.ord) as same_contract,
                    case when i.row_key is not null then
                        row_number() over (partition by i.id is null, i.account_id, i.row_key order by i.ord) end as same_row
                from unnest(v_claimed, p_account_id, p_is_draft, p_duplicate_key, p_row_key, p_filed_as, p_seller_region,
                        p_buyer_region) with ordinality
                    as i (id, account_id, is_draft, duplicate_key, row_key, filed_as, seller_region, buyer_region, ord)
            ) c
        ) i
        left join tcr.account a on a.id = i.account_id
        left join tcr.points_for(p_seller_region || p_buyer_region) p
            on p.region = coalesce(case i.filed_as when 'import_buyer' then i.buyer_region else i.seller_region end, '')
    ) g;

    -- Until when the submissions of today must be accepted or returned, and which of them are not the point's alone to decide.
    if v_released > 0 then
        select d.due_on, d.is_provisional into v_due, v_provisional from tcr.due_on('acceptance', v_today, v_today) d;
        v_route := tcr.routes_for(v_point_id, p_total_amount, p_technology_amount, v_today);
    end if;

    insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, edits, body, contract_no, project_name,
        contract_type, technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code,
        seller_region, seller_zone, buyer_name, buyer_code, buyer_region, buyer_zone, party_codes, duplicate_key, row_key,
        submitted_on, due_on, due_is_provisional, route, dims)
    select i.id, i.agency_id, i.account_id, i.point_id, case when i.is_draft then 'draft' else 'submitted' end, i.seq,
        case when not i.is_draft then i.seq end, i.is_draft::integer, case when i.is_draft then p_body[i.ord] end, i.contract_no,
        i.project_name, i.contract_type, i.technical_field, i.signed_on, i.total_amount, i.technology_amount, i.filed_as,
        i.seller_name, i.seller_code, i.seller_region, i.seller_zone, i.buyer_name, i.buyer_code, i.buyer_region, i.buyer_zone,
        string_to_array(i.party_codes, ','), i.duplicate_key, i.row_key, case when not i.is_draft then v_today end,
        case when not i.is_draft then v_due end, not i.is_draft and v_provisional,
        case when i.is_draft then 'point' else v_route[i.ord] end, p_dims[i.ord]
    from unnest(v_id, v_agency_id, v_point_id, v_seq, p_account_id, p_is_draft, p_duplicate_key, p_row_key, p_contract_no,
            p_project_name, p_contract_type, p_technical_field, p_signed_on, p_total_amount, p_technology_amount, p_filed_as,
            p_seller_name, p_seller_code, p_seller_region, p_seller_zone, p_buyer_name, p_buyer_code, p_buyer_region,
            p_buyer_zone, p_party_codes) with ordinality
        as i (id, agency_id, point_id, seq, account_id, is_draft, duplicate_key, row_key, contract_no, project_name,
            contract_type, technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code,
            seller_region, seller_zone, buyer_name, buyer_code, buyer_region, buyer_zone, party_codes, ord)
    where i.id is not null;

    if v_released > 0 then
        insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body, body_sha256,
            point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
            seller_zone, buyer_region, buyer_zone, due_on, due_is_provisional, route)
        select i.seq, i.id, 'submit', 'submitted', v_today, i.account_id, i.request_id, i.seq, i.body, i.body_sha256, i.point_id,
            i.agency_id, i.contract_type, i.technical_field, i.total_amount, i.technology_amount, i.filed_as, i.seller_region,
            i.seller_zone, i.buyer_region, i.buyer_zone, v_due, v_provisional, i.route
        from unnest(v_id, v_agency_id, v_point_id, v_seq, p_account_id, p_request_id, p_body, p_body_sha256, p_contract_type,
                p_technical_field, p_total_amount, p_technology_amount, p_filed_as, p_seller_region, p_seller_zone,
                p_buyer_region, p_buyer_zone, v_route)
            as i (id, agency_id, point_id, seq, account_id, request_id, body, body_sha256, contract_type, technical_field,
                total_amount, technology_amount, filed_as, seller_region, seller_zone, buyer_region, buyer_zone, route)
        where i.id is not null and i.seq > 0;
        update tcr.sequence_counter set value = v_base + v_released;
    end if;

    insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
    select i.account_id, 'contract.submit', 'contract ' || i.id, 'ok', i.request_id, i.peer
    from unnest(v_id, p_account_id, p_request_id, p_peer) as i (id, account_id, request_id, peer)
    where i.id is not null;

    if v_stored = cardinality(p_request_id) then -- nothing to explain
        return query
        select i.ord::integer, 'ok', i.id, i.seq, case when i.seq < 0 then 'draft' else 'submitted' end,
            case when i.seq > 0 then v_today end, null::bigint, case when i.seq > 0 then v_due end, i.seq > 0 and v_provisional,
            case when i.seq > 0 then i.route else 'point' end
        from unnest(v_id, v_seq, v_route) with ordinality as i (id, seq, route, ord);
        return;
    end if;

    delete from tcr.idempotency_key k
    using unnest(v_id, v_claimed, p_account_id, p_key) as i (id, claimed, account_id, key)
    where i.claimed is not null and i.id is null and k.account_id = i.account_id and k.key = i.key;

    return query
    select i.ord::integer,
        case when i.id is not null then 'ok'
            when i.claimed is not null then
                case when not i.is_draft and d.id is not null then 'duplicate' when i.ord = any (v_brokerless) then 'broker'
                    when i.row_key is not null then 'row_key' else 'again' end
            when w.account_id is null then 'forbidden'
            when not (w.own_code is null or w.own_code = any (string_to_array(i.party_codes, ','))) then 'own_code'
            when k.request_sha256 = i.sha then 'replay'
            when k.key is null then 'again'
            else 'key_reused' end,
        k.contract_id, coalesce(r.seq, -1), coalesce(r.status, 'draft'), r.day,
        case when d.agency_id = w.agency_id then d.id end, r.due_on, coalesce(r.due_is_provisional, false),
        coalesce(r.route, 'point')
    from unnest(v_id, v_claimed, p_account_id, p_key, p_request_sha256, p_request_id, p_is_draft, p_duplicate_key, p_row_key,
            p_party_codes) with ordinality
        as i (id, claimed, account_id, key, sha, request_id, is_draft, duplicate_key, row_key, party_codes, ord)
    left join tcr.filers(p_account_id) w on w.account_id = i.account_id
    left join tcr.idempotency_key k on k.account_id = i.account_id and k.key = i.key
    left join tcr.contract_release r on r.contract_id = k.contract_id and r.request_id = k.request_id
    left join tcr.contract d on i.claimed is not null and i.id is null and d.duplicate_key = i.duplicate_key
        and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled')
    order by i.ord;
end
$$;

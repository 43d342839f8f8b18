-- contract_act - acts on existing contracts: save, submit, recall, withdraw, accept, return, certify, refuse. One row per item.
-- outcome: ok, replay, forbidden, not_found, own_filing, employer, key_reused, stale, state, duplicate, row_key, number,
-- point_full, again.
-- p_columns holds columns of tcr.contract as they shall become (save, submit, certify), p_body the filed text (save, submit),
-- p_detail what the act brings along (reasons, faults, determined values, checklist).
-- Locks in this order: contracts by id, keys, number counters, the sequence.

-- Why the act cannot be, after role and visibility: null when it can.
create or replace function tcr.act_refusal(p_account tcr.account, p_contract tcr.contract, p_act text, p_if_match bigint,
    p_columns jsonb) returns text
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_new tcr.contract;
begin
    if p_act in ('accept', 'return', 'certify', 'refuse') then
        if p_contract.filed_by = p_account.id or p_contract.agency_id = p_account.agency_id then
            return 'own_filing';
        elsif p_account.employer_code = any (p_contract.party_codes) then
            return 'employer';
        end if;
    end if;
    if p_if_match is distinct from p_contract.seq then
        return 'stale';
    elsif p_act = 'save' and p_contract.status in ('draft', 'correction') then
        null;
    elsif not exists (select from tcr.transition t where t.act = p_act and t.from_status = p_contract.status) then
        return 'state';
    end if;
    if p_act in ('save', 'submit') then
        v_new := jsonb_populate_record(p_contract, p_columns);
        if p_act = 'submit' and exists (select from tcr.contract d where d.duplicate_key = v_new.duplicate_key
                and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled') and d.id <> p_contract.id) then
            return 'duplicate';
        elsif exists (select from tcr.contract d where d.agency_id = p_contract.agency_id and d.row_key = v_new.row_key
                and d.status not in ('withdrawn', 'refused', 'cancelled') and d.id <> p_contract.id) then
            return 'row_key';
        end if;
    end if;
    return null;
end
$$;

-- The contract as the act leaves it; seq is the release that the act makes, or 0 for a saved working copy.
create or replace function tcr.act_apply(p_contract tcr.contract, p_act text, p_seq bigint, p_columns jsonb, p_body text,
    p_number text) returns tcr.contract
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract := p_contract;
    v_today date := tcr.today();
begin
    if p_act = 'save' then
        -- The columns of a correction keep describing what was filed last.
        if c.status = 'draft' then
            c := jsonb_populate_record(c, p_columns);
        end if;
        c.body := p_body;
        c.edits := c.edits + 1;
        c.seq := -c.edits;
        return c;
    end if;
    if p_act in ('submit', 'certify') then
        c := jsonb_populate_record(c, p_columns);
    end if;
    select t.to_status into c.status from tcr.transition t where t.act = p_act and t.from_status = p_contract.status;
    c.seq := p_seq;
    case p_act
        when 'submit' then
            c.filed_seq := p_seq;
            c.body := null;
            c.submitted_on := v_today;
            c.point_id := tcr.point_for(case c.filed_as when 'import_buyer' then c.buyer_region else c.seller_region end);
        when 'return' then -- a return stops the clock
            c.accepted_on := null;
            c.due_on := null;
        when 'recall' then
            select r.body into c.body from tcr.contract_release r where r.seq = c.filed_seq;
        when 'certify' then
            c.registered_on := v_today;
            c.registration_number := p_number;
        else
            null;
    end case;
    if c.status = 'accepted' and p_contract.status <> 'accepted' then
        c.accepted_on := v_today;
        c.due_on := tcr.decision_due(v_today);
    end if;
    return c;
end
$$;

-- Write the contract and, for an act that makes one, its release.
create or replace function tcr.act_store(p_contract tcr.contract, p_act text, p_account bigint, p_request_id text, p_body text,
    p_body_sha256 bytea, p_detail jsonb) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    c alias for p_contract;
begin
    update tcr.contract t set (status, seq, filed_seq, edits, body, contract_no, project_name, contract_type, technical_field,
            signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code, seller_region, seller_zone, buyer_name,
            buyer_code, buyer_region, buyer_zone, party_codes, duplicate_key, row_key, point_id, submitted_on, accepted_on, due_on,
            registered_on, registration_number)
        = (c.status, c.seq, c.filed_seq, c.edits, c.body, c.contract_no, c.project_name, c.contract_type, c.technical_field,
            c.signed_on, c.total_amount, c.technology_amount, c.filed_as, c.seller_name, c.seller_code, c.seller_region,
            c.seller_zone, c.buyer_name, c.buyer_code, c.buyer_region, c.buyer_zone, c.party_codes, c.duplicate_key, c.row_key,
            c.point_id, c.submitted_on, c.accepted_on, c.due_on, c.registered_on, c.registration_number)
    where t.id = c.id;
    if p_act = 'save' then
        return;
    end if;
    insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body, body_sha256,
        detail, point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
        seller_zone, buyer_region, buyer_zone, accepted_on, due_on, registered_on, registration_number, route)
    values (c.seq, c.id, p_act, c.status, tcr.today(), p_account, p_request_id, coalesce(c.filed_seq, c.seq),
        case when coalesce(c.filed_seq, c.seq) = c.seq then coalesce(p_body, c.body) end,
        coalesce(p_body_sha256, (select r.body_sha256 from tcr.contract_release r where r.seq = c.filed_seq),
            sha256(convert_to(c.body, 'UTF8'))),
        p_detail, c.point_id, c.agency_id, c.contract_type, c.technical_field, c.total_amount, c.technology_amount, c.filed_as,
        c.seller_region, c.seller_zone, c.buyer_region, c.buyer_zone, c.accepted_on, c.due_on, c.registered_on,
        c.registration_number, c.route);
end
$$;

create or replace function tcr.contract_act(
    p_account_id bigint[], p_key text[], p_request_sha256 bytea[], p_request_id text[], p_peer text[], p_contract_id bigint[],
    p_if_match bigint[], p_act text[], p_method text[], p_columns jsonb[], p_body text[], p_body_sha256 bytea[], p_detail jsonb[],
    p_number text[], p_check_code text[])
returns table (item integer, outcome text, contract_id bigint, seq bigint, status text, agency_id bigint, submitted_on date,
    accepted_on date, due_on date, registered_on date, registration_number text, route text, check_code text, detail jsonb,
    body text, other_id bigint)
language plpgsql volatile security definer
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    v_claimed text[];
    v_seq bigint;
    v_refused text[] := '{}';
    v_outcome text[] := '{}';
    v_account tcr.account;
    c tcr.contract;
    k tcr.idempotency_key;
    v_number text;
    i record;
    r text;
begin
    perform from tcr.contract t where t.id = any (p_contract_id) order by t.id for update;
    with claimed as (
        insert into tcr.idempotency_key as k (account_id, key, request_sha256, contract_id, request_id)
        select distinct on (u.account_id, u.key) u.account_id, u.key, u.sha, u.contract_id, u.request_id
        from unnest(p_account_id, p_key, p_request_sha256, p_contract_id, p_request_id) with ordinality
            as u (account_id, key, sha, contract_id, request_id, ord)
        where u.key is not null
        order by u.account_id, u.key, u.ord
        on conflict do nothing
        returning k.request_id
    )
    select array_agg(q.request_id) into v_claimed from claimed q;
    if 'certify' = any (p_act) then
        perform tcr.number_counter_lock((select array_agg(distinct t.point_id) from tcr.contract t where t.id = any (p_contract_id)),
            extract(year from tcr.today())::integer);
    end if;
    select s.value into v_seq from tcr.sequence_counter s where s.id for update;

    for i in
        select * from unnest(p_account_id, p_key, p_request_sha256, p_request_id, p_peer, p_contract_id, p_if_match, p_act, p_method,
            p_columns, p_body, p_body_sha256, p_detail, p_number, p_check_code) with ordinality
            as u (account_id, key, sha, request_id, peer, contract_id, if_match, act, method, columns, body, body_sha256, detail,
                number, check_code, ord)
        order by u.ord
    loop
        select * into v_account from tcr.account a where a.id = i.account_id;
        select * into c from tcr.contract t where t.id = i.contract_id;
        r := null;
        if not tcr.account_may(i.account_id, i.method) then
            r := 'forbidden';
        elsif c.id is null or not tcr.account_sees(v_account, c) then
            r := 'not_found';
        elsif i.key is not null and not coalesce(i.request_id = any (v_claimed), false) then
            select * into k from tcr.idempotency_key q where q.account_id = i.account_id and q.key = i.key;
            r := case when k.key is null then 'again' when k.request_sha256 = i.sha then 'replay' else 'key_reused' end;
        else
            r := tcr.act_refusal(v_account, c, i.act, i.if_match, i.columns);
        end if;
        v_number := null;
        if r is null and i.act = 'certify' then
            if (select p.number_source from tcr.registration_point p where p.id = c.point_id) = 'tcrd' then
                v_number := tcr.next_number(c.point_id, tcr.today());
                r := case when i.number is not null then 'number' when v_number is null then 'point_full' end;
            else
                v_number := i.number;
                r := case when v_number is null or v_number !~ '^[0-9]{16}$'
                        or exists (select from tcr.contract t where t.registration_number = v_number) then 'number' end;
            end if;
        end if;
        if r is null then
            v_seq := v_seq + (i.act <> 'save')::integer;
            c := tcr.act_apply(c, i.act, v_seq, i.columns, i.body, v_number);
            perform tcr.act_store(c, i.act, i.account_id, i.request_id, i.body, i.body_sha256, i.detail);
            if i.act = 'certify' then
                insert into tcr.certificate (registration_number, contract_id, seq, check_code, issued_on, registrar_id)
                values (v_number, c.id, v_seq, i.check_code, c.registered_on, i.account_id);
                perform tcr.fact_add(v_seq, 1, c);
            end if;
            insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
            values (i.account_id, i.method, 'contract ' || c.id, 'ok', i.request_id, i.peer);
            r := 'ok';
        elsif i.request_id = any (v_claimed) then
            v_refused := v_refused || i.request_id;
        end if;
        v_outcome := v_outcome || r;
    end loop;

    update tcr.sequence_counter s set value = v_seq where s.id and s.value <> v_seq;
    if v_refused <> '{}' then
        delete from tcr.idempotency_key q using unnest(p_account_id, p_key, p_request_id) as u (account_id, key, request_id)
        where u.request_id = any (v_refused) and q.account_id = u.account_id and q.key = u.key;
    end if;

    return query
    select u.ord::integer, u.outcome, t.id, coalesce(e.seq, t.seq), coalesce(e.status, t.status), t.agency_id, t.submitted_on,
        coalesce(e.accepted_on, t.accepted_on), coalesce(e.due_on, t.due_on), e.registered_on, e.registration_number,
        coalesce(e.route, t.route), f.check_code, d.detail, coalesce(case when e.seq is null then t.body end, b.body),
        case when u.outcome = 'duplicate' then (select o.id from tcr.contract o
            where o.duplicate_key = (u.columns ->> 'duplicate_key')::bytea and o.agency_id = t.agency_id and o.id <> t.id
                and o.status not in ('draft', 'withdrawn', 'refused', 'cancelled')) end
    from unnest(v_outcome, p_account_id, p_key, p_request_id, p_contract_id, p_columns) with ordinality
        as u (outcome, account_id, key, request_id, contract_id, columns, ord)
    left join tcr.contract t on t.id = u.contract_id and u.outcome in ('ok', 'replay', 'duplicate', 'stale', 'state')
    left join tcr.idempotency_key q on u.outcome = 'replay' and q.account_id = u.account_id and q.key = u.key
    left join tcr.contract_release e on e.contract_id = t.id and e.request_id = coalesce(q.request_id, u.request_id)
    left join tcr.contract_release b on b.seq = coalesce(e.filed_seq, t.filed_seq)
    left join tcr.certificate f on f.contract_id = t.id and e.registration_number is not null
    left join lateral (select x.detail from tcr.contract_release x
        where x.contract_id = t.id and x.event = 'certify' and x.seq <= e.seq) d on true
    order by u.ord;
end
$$;

-- contract_act - the one engine of acts on existing contracts, whatever the room. One row per item. Each act is a row of tcr.act and
-- tcr.transition, makes a release, books what it did to the figures, and leaves an audit row, all in this transaction.
-- outcome: ok, replay, again (the key was taken by a neighbour that was refused), or why not: forbidden, not_found, key_reused,
-- own_filing, employer, stale, state, duplicate, row_key, point_full, or what the family of the act says (refusal tells more).
-- p_columns holds columns of tcr.contract as they shall become, p_body a new filed text, p_detail what the act brings along (reasons,
-- faults, determined values, checklist), p_child the request or receipt that is acted on.
-- Locks in this order: contracts by id, keys, number counters, the sequence.
--
-- A family of acts (act_core.sql is one) has three functions:
--   tcr.act_<family>_refusal(p_account tcr.account, p_contract tcr.contract, p_act text, p_columns jsonb, p_detail jsonb, p_child bigint)
--       returns jsonb: null when the act can be, else {"outcome", "faults"?: [{"pointer", "rule"}]} (server/api/refusal.h)
--   tcr.act_<family>_context(p_account tcr.account, p_contract tcr.contract, p_act text, p_child bigint) returns jsonb: an object with
--       what the step in C must know to judge the body
--   tcr.act_<family>_store(p_account_id bigint, p_old tcr.contract, p_new tcr.contract, p_act text, p_seq bigint, p_detail jsonb,
--       p_child bigint) returns jsonb: write the family's own rows after the release; the result is the object that is answered

-- Why the act cannot be, after role and visibility: null when it can.
create or replace function tcr.act_refusal(p_account tcr.account, p_contract tcr.contract, p_kind tcr.act, p_if_match bigint,
    p_columns jsonb, p_detail jsonb, p_child bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_new tcr.contract;
    v_refusal jsonb;
begin
    v_refusal := tcr.person_refusal(p_account, p_contract, p_kind.decides);
    if v_refusal is not null then
        return v_refusal;
    elsif p_if_match is distinct from p_contract.seq then
        return '{"outcome": "stale"}';
    elsif p_kind.act = 'save' and p_contract.status in ('draft', 'correction') then
        null;
    elsif not exists (select from tcr.transition t where t.act = p_kind.act and t.from_status = p_contract.status) then
        return tcr.state_refused(p_account, p_contract);
    end if;
    if p_columns is not null then
        v_new := jsonb_populate_record(p_contract, p_columns);
        if p_kind.act <> 'save' and v_new.duplicate_key is not null and exists (select from tcr.contract d
                where d.duplicate_key = v_new.duplicate_key and d.status not in ('draft', 'withdrawn', 'refused', 'cancelled')
                    and d.id <> p_contract.id) then
            return '{"outcome": "duplicate"}';
        elsif exists (select from tcr.contract d where d.agency_id = p_contract.agency_id and d.row_key = v_new.row_key
                and d.status not in ('withdrawn', 'refused', 'cancelled') and d.id <> p_contract.id) then
            return '{"outcome": "row_key"}';
        end if;
    end if;
    execute format('select tcr.act_%s_refusal($1, $2, $3, $4, $5, $6)', p_kind.family) into v_refusal
    using p_account, p_contract, p_kind.act, p_columns, p_detail, p_child;
    return v_refusal;
end
$$;

-- The contract as the act leaves it; p_seq is the release that the act makes, or 0 for a saved working copy.
create or replace function tcr.act_apply(p_contract tcr.contract, p_kind tcr.act, p_account_id bigint, p_seq bigint, p_columns jsonb,
    p_body text, p_detail jsonb, p_number text) returns tcr.contract
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract := p_contract;
    v_today date := tcr.today();
begin
    if p_kind.act = 'save' then
        -- The columns of a correction keep describing what was filed last.
        if c.status = 'draft' then
            c := jsonb_populate_record(c, p_columns);
        end if;
        c.body := p_body;
        c.edits := c.edits + 1;
        c.seq := -c.edits;
        return c;
    end if;
    if p_columns is not null then
        c := jsonb_populate_record(c, p_columns);
    end if;
    select t.to_status into c.status from tcr.transition t where t.act = p_kind.act and t.from_status = p_contract.status;
    c.seq := p_seq;
    if p_body is not null then
        c.filed_seq := p_seq;
        c.body := null;
    end if;
    if p_kind.registers then
        c.registered_on := coalesce((p_detail ->> 'decided_on')::date, v_today);
        c.registration_number := p_number;
    elsif p_contract.status = 'registered' and c.status = 'registered' and p_columns is not null then
        c.changed_on := v_today;
        c.route := tcr.route_for(c.point_id, c.total_amount, c.technology_amount, tcr.rules_day(p_contract, v_today));
    end if;
    if p_kind.registers or c.status = 'refused' then
        c.rule_set := tcr.rule_set_on(tcr.rules_day(p_contract, v_today));
    end if;
    if p_kind.family = 'core' then
        return tcr.act_core_apply(p_contract, c, p_kind.act, p_account_id, p_detail);
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
            due_is_provisional, registered_on, registration_number, route, assignee, rule_set, first_reviewer, changed_on, dims)
        = (c.status, c.seq, c.filed_seq, c.edits, c.body, c.contract_no, c.project_name, c.contract_type, c.technical_field,
            c.signed_on, c.total_amount, c.technology_amount, c.filed_as, c.seller_name, c.seller_code, c.seller_region,
            c.seller_zone, c.buyer_name, c.buyer_code, c.buyer_region, c.buyer_zone, c.party_codes, c.duplicate_key, c.row_key,
            c.point_id, c.submitted_on, c.accepted_on, c.due_on, c.due_is_provisional, c.registered_on, c.registration_number,
            c.route, c.assignee, c.rule_set, c.first_reviewer, c.changed_on, c.dims)
    where t.id = c.id;
    if p_act = 'save' then
        return;
    end if;
    insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body, body_sha256,
        detail, point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
        seller_zone, buyer_region, buyer_zone, accepted_on, due_on, due_is_provisional, registered_on, registration_number, route,
        rule_set, assignee)
    values (c.seq, c.id, p_act, c.status, tcr.today(), p_account, p_request_id, coalesce(c.filed_seq, c.seq),
        case when coalesce(c.filed_seq, c.seq) = c.seq then coalesce(p_body, c.body) end,
        coalesce(p_body_sha256, (select r.body_sha256 from tcr.contract_release r where r.seq = c.filed_seq),
            sha256(convert_to(c.body, 'UTF8'))),
        p_detail, c.point_id, c.agency_id, c.contract_type, c.technical_field, c.total_amount, c.technology_amount, c.filed_as,
        c.seller_region, c.seller_zone, c.buyer_region, c.buyer_zone, c.accepted_on, c.due_on, c.due_is_provisional, c.registered_on,
        c.registration_number, c.route, c.rule_set, c.assignee);
end
$$;

-- Do an act that was found possible: contract, release, certificate, the family's own rows. p_seq is the number of the release (0 for a
-- saved working copy). Returns what the family answers. Whoever calls it books the figures (tcr.fact_book): once for all of a batch.
create or replace function tcr.act_do(p_contract tcr.contract, p_kind tcr.act, p_account_id bigint, p_request_id text, p_seq bigint,
    p_columns jsonb, p_body text, p_body_sha256 bytea, p_detail jsonb, p_number text, p_check_code text, p_child bigint)
returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    c tcr.contract := tcr.act_apply(p_contract, p_kind, p_account_id, p_seq, p_columns, p_body, p_detail, p_number);
    v_papers jsonb := case when p_kind.act in ('certify', 'refuse') then tcr.attachment_evidence(p_contract.id) end;
    v_extra jsonb;
begin
    if v_papers <> '[]' then -- a decision names the papers that it saw
        p_detail := coalesce(p_detail, '{}') || jsonb_build_object('attachments', v_papers);
    end if;
    perform tcr.act_store(c, p_kind.act, p_account_id, p_request_id, p_body, p_body_sha256, p_detail);
    if p_kind.registers then
        insert into tcr.certificate (registration_number, contract_id, seq, check_code, issued_on, registrar_id)
        values (p_number, c.id, p_seq, p_check_code, c.registered_on, p_account_id);
    end if;
    perform tcr.findings_after(p_contract, c);
    execute format('select tcr.act_%s_store($1, $2, $3, $4, $5, $6, $7)', p_kind.family) into v_extra
    using p_account_id, p_contract, c, p_kind.act, p_seq, p_detail, p_child;
    return v_extra;
end
$$;

-- The number that a registering act gives: the point's next one, or the one that was typed in. Null: refused, p_refusal says why.
create or replace function tcr.act_number(p_contract tcr.contract, p_kind tcr.act, p_typed text, out number text, out refusal jsonb)
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_gives boolean := p_kind.act = 'certify'
        and (select p.number_source from tcr.registration_point p where p.id = p_contract.point_id) = 'tcrd';
begin
    if v_gives and p_typed is null then
        number := tcr.next_number(p_contract.point_id, tcr.today());
        refusal := case when number is null then '{"outcome": "point_full"}'::jsonb end;
    elsif v_gives or p_typed is null or p_typed !~ '^[0-9]{16}$'
            or exists (select from tcr.contract t where t.registration_number = p_typed) then
        refusal := tcr.faulty(tcr.fault('/registration_number', 'certify.number'));
    elsif tcr.number_is_given(p_typed, tcr.today()) then
        refusal := tcr.faulty(tcr.fault('/registration_number', 'certify.number_series'));
    else
        number := p_typed;
    end if;
end
$$;

create or replace function tcr.contract_act(
    p_account_id bigint[], p_key text[], p_request_sha256 bytea[], p_request_id text[], p_peer text[], p_contract_id bigint[],
    p_if_match bigint[], p_act text[], p_method text[], p_columns jsonb[], p_body text[], p_body_sha256 bytea[], p_detail jsonb[],
    p_number text[], p_check_code text[], p_child bigint[])
returns table (item integer, outcome text, other_id bigint, refusal jsonb, extra jsonb, contract_id bigint, seq bigint, status text,
    agency_id bigint, submitted_on date, accepted_on date, due_on date, due_is_provisional boolean, registered_on date,
    registration_number text, route text, rule_set text, assignee text, check_code text, detail jsonb, pending jsonb, body text)
language plpgsql volatile security definer
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    v_claimed text[];
    v_seq bigint;
    v_refused text[] := '{}';
    v_outcome text[] := '{}';
    v_refusal jsonb[] := '{}';
    v_extra jsonb[] := '{}';
    v_counted bigint[] := '{}';
    v_account tcr.account;
    c tcr.contract;
    k tcr.idempotency_key;
    a tcr.act;
    v_number text;
    i record;
    e jsonb;
    r jsonb;
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
            p_columns, p_body, p_body_sha256, p_detail, p_number, p_check_code, p_child) with ordinality
            as u (account_id, key, sha, request_id, peer, contract_id, if_match, act, method, columns, body, body_sha256, detail,
                number, check_code, child, ord)
        order by u.ord
    loop
        select * into v_account from tcr.account t where t.id = i.account_id;
        select * into c from tcr.contract t where t.id = i.contract_id;
        select * into a from tcr.act t where t.act = i.act;
        r := null;
        e := null;
        if not tcr.account_may(i.account_id, i.method) then
            r := '{"outcome": "forbidden"}';
        elsif c.id is null or not tcr.account_sees(v_account, c) then
            r := '{"outcome": "not_found"}';
        elsif i.key is not null and not coalesce(i.request_id = any (v_claimed), false) then
            select * into k from tcr.idempotency_key q where q.account_id = i.account_id and q.key = i.key;
            r := case when k.key is null then '{"outcome": "again"}' when k.request_sha256 = i.sha then '{"outcome": "replay"}'
                else '{"outcome": "key_reused"}' end::jsonb;
            e := k.answer;
        else
            r := tcr.act_refusal(v_account, c, a, i.if_match, i.columns, i.detail, i.child);
            if r is null and i.act = 'submit' and not tcr.broker_is_active(tcr.body_broker(i.body)) then
                r := tcr.faulty(tcr.fault('/broker', 'contract.broker'));
            end if;
        end if;
        v_number := null;
        if r is null and a.registers then
            select x.number, x.refusal into v_number, r from tcr.act_number(c, a, i.number) x;
        end if;
        if r is null then
            v_seq := v_seq + (i.act <> 'save')::integer;
            e := tcr.act_do(c, a, i.account_id, i.request_id, v_seq, i.columns, i.body, i.body_sha256, i.detail,
                v_number, i.check_code, i.child);
            if a.registers or c.status = 'registered' then
                v_counted := v_counted || v_seq;
            end if;
            if e is not null and i.key is not null then
                update tcr.idempotency_key q set answer = e where q.account_id = i.account_id and q.key = i.key;
            end if;
            insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
            values (i.account_id, i.method, 'contract ' || c.id, 'ok', i.request_id, i.peer);
            r := '{"outcome": "ok"}';
        elsif i.request_id = any (v_claimed) then
            v_refused := v_refused || i.request_id;
        end if;
        v_outcome := v_outcome || (r ->> 'outcome');
        v_refusal := v_refusal || case when r ? 'faults' then r end;
        v_extra := v_extra || e;
    end loop;
    if v_counted <> '{}' then
        perform tcr.fact_book(v_counted);
    end if;

    update tcr.sequence_counter s set value = v_seq where s.id and s.value <> v_seq;
    if v_refused <> '{}' then
        delete from tcr.idempotency_key q using unnest(p_account_id, p_key, p_request_id) as u (account_id, key, request_id)
        where u.request_id = any (v_refused) and q.account_id = u.account_id and q.key = u.key;
    end if;

    return query
    select u.ord::integer, u.outcome,
        case when u.outcome = 'duplicate' then (select o.id from tcr.contract o
            where o.duplicate_key = (u.columns ->> 'duplicate_key')::bytea and o.agency_id = t.agency_id and o.id <> t.id
                and o.status not in ('draft', 'withdrawn', 'refused', 'cancelled')) end,
        u.refusal, u.extra, t.id, coalesce(l.seq, t.seq), coalesce(l.status, t.status), t.agency_id, t.submitted_on,
        case when l.seq is null then t.accepted_on else l.accepted_on end, case when l.seq is null then t.due_on else l.due_on end,
        coalesce(l.due_is_provisional, t.due_is_provisional), l.registered_on, l.registration_number, coalesce(l.route, t.route),
        l.rule_set, (select x.name from tcr.account x where x.id = case when l.seq is null then t.assignee else l.assignee end),
        f.check_code, d.detail, null::jsonb, coalesce(case when l.seq is null then t.body end, b.body)
    from unnest(v_outcome, v_refusal, v_extra, p_account_id, p_key, p_request_id, p_contract_id, p_columns) with ordinality
        as u (outcome, refusal, extra, account_id, key, request_id, contract_id, columns, ord)
    left join tcr.contract t on t.id = u.contract_id and u.outcome in ('ok', 'replay', 'duplicate', 'stale', 'state')
    left join tcr.idempotency_key q on u.outcome = 'replay' and q.account_id = u.account_id and q.key = u.key
    left join tcr.contract_release l on l.contract_id = t.id and l.request_id = coalesce(q.request_id, u.request_id)
    left join tcr.contract_release b on b.seq = coalesce(l.filed_seq, t.filed_seq)
    left join tcr.certificate f on f.contract_id = t.id and l.registration_number is not null
    left join lateral (select x.detail from tcr.contract_release x where x.contract_id = t.id and x.seq <= l.seq
        and x.detail ? 'determined' order by x.seq desc limit 1) d on true
    order by u.ord;
end
$$;
-- The settings keep one plan per connection that stays right while the tables grow: it is made when they may still be empty.

-- An act of the daemon itself (a correction that nobody made in time): by account 0, seen by nobody before. Returns the release, or
-- null when the contract is not in a state for it any more.
create or replace function tcr.act_by_system(p_contract_id bigint, p_act text, p_detail jsonb) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_request_id text := replace(gen_random_uuid()::text, '-', '');
    c tcr.contract;
    a tcr.act;
    v_seq bigint;
begin
    select * into c from tcr.contract t where t.id = p_contract_id for update;
    select * into a from tcr.act t where t.act = p_act;
    if c.id is null or not exists (select from tcr.transition t where t.act = p_act and t.from_status = c.status) then
        return null;
    end if;
    update tcr.sequence_counter set value = value + 1 returning value into v_seq;
    perform tcr.act_do(c, a, 0, v_request_id, v_seq, null, null, null, p_detail, null, null, null);
    perform tcr.fact_book(array[v_seq]);
    insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
    values (0, 'contract.' || p_act, 'contract ' || p_contract_id, 'ok', v_request_id, 'local');
    return v_seq;
end
$$;

-- contract_read - one contract, its releases, pages of contracts; and what a decision needs to know beforehand.
-- Whoever may not see a contract gets no row, exactly as for one that does not exist.

-- What an open return asks for: the faults, and the day until which they are to be corrected. Null in any other state.
create or replace function tcr.correction_shown(p_contract tcr.contract) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    if p_contract.status <> 'correction' then
        return null;
    end if;
    return (select jsonb_build_object('faults', r.detail -> 'faults', 'correct_by', p_contract.due_on, 'returned_on', r.day)
        from tcr.contract_release r where r.contract_id = p_contract.id and r.event = 'return' order by r.seq desc limit 1);
end
$$;

-- Why a contract was refused: reasons with their texts as the rules of its day say them, and their article if it is final.
create or replace function tcr.refusal_shown(p_contract tcr.contract) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    if p_contract.status <> 'refused' then
        return null;
    end if;
    return (select jsonb_build_object('refused_on', coalesce(r.detail ->> 'decided_on', tcr.day_text(r.day)), 'reasons', (
            select jsonb_agg(jsonb_build_object('code', g.reason ->> 'code', 'note', g.reason ->> 'note', 'article', t.article,
                'zh', t.zh, 'en', t.en) order by g.ord)
            from jsonb_array_elements(r.detail -> 'reasons') with ordinality g (reason, ord)
            left join tcr.refusal_reasons_on(tcr.rules_day(p_contract, r.day)) t on t.id = g.reason ->> 'code'))
        from tcr.contract_release r where r.contract_id = p_contract.id and r.event in ('refuse', 'record_refusal')
        order by r.seq desc limit 1);
end
$$;

-- One contract as the account sees it. An owner sees the working copy of a draft or correction, others what was filed. Who decides sees
-- more than who filed: flags on parties.
create or replace function tcr.contract_get(p_account_id bigint, p_method text, p_contract_id bigint)
returns table (contract_id bigint, seq bigint, status text, agency_id bigint, submitted_on date, accepted_on date, due_on date,
    due_is_provisional boolean, registered_on date, registration_number text, route text, rule_set text, assignee text,
    check_code text, detail jsonb, pending jsonb, body text, shows_private boolean, shows_internal boolean, holds jsonb,
    correction jsonb, refusal jsonb)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select c.id, c.seq, c.status, c.agency_id, c.submitted_on, c.accepted_on, c.due_on, c.due_is_provisional, c.registered_on,
        c.registration_number, c.route, c.rule_set, s.name, f.check_code,
        (select x.detail from tcr.contract_release x where x.contract_id = c.id and x.detail ? 'determined' order by x.seq desc limit 1),
        tcr.requests_pending(c.id), coalesce(case when a.agency_id = c.agency_id then c.body end, r.body),
        a.agency_id = c.agency_id or ('registrar' = any (a.roles) and a.point_id = c.point_id) is true,
        v.is_internal, case when v.is_internal then tcr.holds_on(c.party_codes, tcr.today()) end,
        tcr.correction_shown(c), tcr.refusal_shown(c)
    from tcr.account a
    join tcr.contract c on c.id = p_contract_id and tcr.account_sees(a, c)
    cross join lateral (select '{registrar,reviewer,bureau,auditor}'::text[] && a.roles and a.agency_id is distinct from c.agency_id
        as is_internal) v
    left join tcr.contract_release r on r.seq = c.filed_seq
    left join tcr.certificate f on f.contract_id = c.id
    left join tcr.account s on s.id = c.assignee
    where a.id = p_account_id and tcr.account_may(a.id, p_method);
end
$$;

-- The same, with what was stored under an idempotency key and whether the act is a transition: for acts whose faults can only be found
-- with the contract in hand, so that key, If-Match and state are answered before faults. The path may name a child (a request, a
-- receipt) instead of the contract.
create or replace function tcr.contract_before_act(p_account_id bigint, p_method text, p_contract_id bigint, p_act text, p_key text,
    p_child_kind text, p_child bigint)
returns table (contract_id bigint, seq bigint, status text, body text, person_refusal jsonb, state_refusal jsonb, key_request_sha256 bytea,
    context jsonb)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    c tcr.contract;
    k tcr.act;
    v_context jsonb;
begin
    if p_child_kind is not null then
        execute format('select tcr.act_%s_contract($1)', p_child_kind) into p_contract_id using p_child;
    end if;
    select * into v_account from tcr.account a where a.id = p_account_id;
    select * into c from tcr.contract t where t.id = p_contract_id;
    select * into k from tcr.act t where t.act = p_act;
    if c.id is null or not tcr.account_sees(v_account, c) or not tcr.account_may(p_account_id, p_method) then
        return;
    end if;
    execute format('select tcr.act_%s_context($1, $2, $3, $4)', k.family) into v_context using v_account, c, p_act, p_child;
    return query
    select c.id, c.seq, c.status, coalesce(case when v_account.agency_id = c.agency_id then c.body end, r.body),
        tcr.person_refusal(v_account, c, k.decides),
        case when not exists (select from tcr.transition t where t.act = p_act and t.from_status = c.status)
            and not (p_act = 'save' and c.status in ('draft', 'correction')) then tcr.state_refused(v_account, c) end,
        q.request_sha256, v_context
    from (select) one
    left join tcr.contract_release r on r.seq = c.filed_seq
    left join tcr.idempotency_key q on q.account_id = p_account_id and q.key = p_key;
end
$$;

-- What was stored under a key, for a submission that has faults.
create or replace function tcr.idempotency_find(p_account_id bigint, p_key text)
returns table (request_sha256 bytea, contract_id bigint)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select k.request_sha256, k.contract_id from tcr.idempotency_key k where k.account_id = p_account_id and k.key = p_key;
end
$$;

create or replace function tcr.contract_history(p_account_id bigint, p_contract_id bigint, p_after bigint, p_limit integer)
returns table (seq bigint, event text, status text, at timestamptz, day date, account text, contract_type text,
    technical_field text, total_amount bigint, technology_amount bigint, accepted_on date, due_on date, registered_on date,
    registration_number text, detail jsonb, body text, body_sha256 text, shows_private boolean)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select r.seq, r.event, r.status, r.at, r.day, b.name, r.contract_type, r.technical_field, r.total_amount, r.technology_amount,
        r.accepted_on, r.due_on, r.registered_on, r.registration_number, tcr.detail_shown(r.detail, s.is_private), r.body, encode(r.body_sha256, 'hex'),
        s.is_private
    from tcr.account a
    join tcr.contract c on c.id = p_contract_id and tcr.account_sees(a, c)
    cross join lateral (select tcr.sees_private(a, c) as is_private) s
    join tcr.contract_release r on r.contract_id = c.id and r.seq > p_after
    left join tcr.account b on b.id = r.account_id
    where a.id = p_account_id and tcr.account_may(a.id, 'contract.history')
    order by r.seq
    limit least(p_limit, 100);
end
$$;

-- A page of contracts, newest first, below the id p_before (null: from the newest). Every filter may be null.
create or replace function tcr.contract_list(p_account_id bigint, p_before bigint, p_limit integer, p_status text,
    p_contract_type text, p_district text, p_party text, p_q text, p_assignee text, p_signed_from date, p_signed_to date,
    p_registered_from date, p_registered_to date, p_due_before date)
returns table (id bigint, seq bigint, status text, contract_no text, project_name text, contract_type text, technical_field text,
    signed_on date, total_amount bigint, technology_amount bigint, seller_name text, seller_region text, buyer_name text,
    buyer_region text, submitted_on date, accepted_on date, due_on date, registered_on date, registration_number text)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    -- One plan per combination of filters: a generic plan could not use the index of the filter that is given.
    return query execute format(
        'select c.id, c.seq, c.status, c.contract_no, c.project_name, c.contract_type, c.technical_field, c.signed_on,
            c.total_amount, c.technology_amount, c.seller_name, c.seller_region, c.buyer_name, c.buyer_region, c.submitted_on,
            c.accepted_on, c.due_on, c.registered_on, c.registration_number
        from tcr.account a join tcr.contract c on %s
        where a.id = $1 and tcr.account_may(a.id, ''contract.list'') and tcr.account_sees(a, c) %s
        order by c.id desc limit least($3, 200)',
        case when (select a.roles <@ '{agency}' from tcr.account a where a.id = p_account_id)
            then 'c.agency_id = a.agency_id' else 'true' end,
        concat(
            case when p_before is not null then ' and c.id < $2' end,
            case when p_status is not null then ' and c.status = $4' end,
            case when p_contract_type is not null then ' and c.contract_type like $5 || ''%''' end,
            case when p_district is not null then ' and coalesce(c.seller_zone, c.seller_region) = $6' end,
            case when p_party is not null then ' and $7 = any (c.party_codes)' end,
            case when p_q is not null then ' and (strpos(c.project_name, $8) > 0 or strpos(c.seller_name, $8) > 0
                or strpos(c.buyer_name, $8) > 0 or c.contract_no = $8 or c.registration_number = $8)' end,
            case when p_assignee is not null then ' and c.assignee = (select x.id from tcr.account x where x.name = $9 or x.id::text = $9 order by x.name = $9 desc limit 1)' end,
            case when p_signed_from is not null then ' and c.signed_on >= $10' end,
            case when p_signed_to is not null then ' and c.signed_on <= $11' end,
            case when p_registered_from is not null then ' and c.registered_on >= $12' end,
            case when p_registered_to is not null then ' and c.registered_on <= $13' end,
            case when p_due_before is not null then ' and c.due_on < $14' end))
    using p_account_id, p_before, p_limit, p_status, p_contract_type, p_district, p_party, p_q, p_assignee, p_signed_from,
        p_signed_to, p_registered_from, p_registered_to, p_due_before;
end
$$;

-- Which point would decide a contract from this region, from which amounts on not by itself, and until when, if it were accepted today.
create or replace function tcr.filing_outlook(p_account_id bigint, p_region text, p_broker text)
returns table (point_name text, province_is_total boolean, province_lowest bigint, expert_is_total boolean, expert_lowest bigint,
    decision_due date, decision_is_provisional boolean, expert_due date, expert_is_provisional boolean, broker_is_active boolean)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_today date := tcr.today();
begin
    return query
    select p.name, province.is_total, province.lowest, expert.is_total, expert.lowest,
        d.due_on, coalesce(d.is_provisional, false), e.due_on, coalesce(e.is_provisional, false), tcr.broker_is_active(p_broker)
    from tcr.registration_point p
    cross join lateral tcr.threshold_read(tcr.parameter_for('route.province', p.region, v_today)) province
    cross join lateral tcr.threshold_read(tcr.parameter_for('expert.threshold', p.region, v_today)) expert
    cross join lateral tcr.due_on('decision', v_today, v_today) d
    cross join lateral tcr.due_on('expert', v_today, v_today) e
    where p.id = tcr.point_for(nullif(p_region, '')) and tcr.account_may(p_account_id, 'contract.check');
end
$$;

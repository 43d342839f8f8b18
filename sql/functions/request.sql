-- request - what is asked for about a registered contract, and decided: the acts of the family request (contract_act.sql), and the
-- reads of requests. A change, correction or cancellation is asked for by the agency, a correction by a registrar as well; an objection
-- by a party through its agency, or entered for tax or finance by who keeps the record. The bureau revokes without being asked.

-- What a request becomes when it is approved: its act.
create or replace function tcr.request_act(p_kind text) returns text
language sql immutable set search_path = pg_catalog as $$
    select case p_kind when 'object' then 'redetermine' else p_kind end
$$;

create or replace function tcr.act_request_contract(p_child bigint) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select q.contract_id from tcr.request q where q.id = p_child);
end
$$;

-- A request as it is answered; members without a value are null. Personal data of what is proposed are for the owner and the deciding
-- registrar.
create or replace function tcr.request_object(p_request tcr.request, p_with_private boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', p_request.id::text, 'contract', p_request.contract_id::text, 'kind', p_request.kind,
        'status', p_request.status, 'reason', p_request.reason, 'note', p_request.note, 'proposed',
        case when p_with_private then coalesce(p_request.proposed_private, p_request.proposed) else p_request.proposed end,
        'papers', to_jsonb(p_request.papers), 'benefits', p_request.benefits, 'on_behalf_of', p_request.on_behalf_of,
        'document', p_request.document, 'asked_by', (select a.name from tcr.account a where a.id = p_request.asked_by),
        'asked_on', p_request.asked_on, 'asked_seq', p_request.asked_seq, 'due_on', p_request.due_on,
        'due_is_provisional', p_request.due_is_provisional,
        'decided_by', (select a.name from tcr.account a where a.id = p_request.decided_by), 'decided_on', p_request.decided_on,
        'decided_seq', p_request.decided_seq, 'decision_note', p_request.decision_note);
end
$$;

-- Shown on the contract: nothing of what is proposed, which may be personal data.
create or replace function tcr.requests_pending(p_contract_id bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('id', q.id::text, 'kind', q.kind, 'status', q.status, 'reason', q.reason,
            'on_behalf_of', q.on_behalf_of, 'asked_on', q.asked_on, 'due_on', q.due_on, 'due_is_provisional', q.due_is_provisional)
            order by q.id), '[]')
        from tcr.request q where q.contract_id = p_contract_id and q.status = 'pending');
end
$$;

-- The registrar's values of the last act that determined any.
create or replace function tcr.determined_values(p_contract_id bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select r.detail -> 'determined' from tcr.contract_release r
        where r.contract_id = p_contract_id and r.detail ? 'determined' order by r.seq desc limit 1);
end
$$;

-- What the step must know to judge a body.
create or replace function tcr.act_request_context(p_account tcr.account, p_contract tcr.contract, p_act text, p_child bigint)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    q tcr.request;
begin
    select * into q from tcr.request t where t.id = p_child;
    return jsonb_build_object('determined', tcr.determined_values(p_contract.id), 'is_own_agency',
        coalesce(p_account.agency_id = p_contract.agency_id, false), 'act', tcr.request_act(q.kind), 'kind', q.kind,
        'request_status', q.status, 'is_asker', q.asked_by = p_account.id, 'proposed',
        coalesce(q.proposed_private, q.proposed), 'reason', q.reason);
end
$$;

-- Is the like pending already? Then who asks, in whose name, and by which papers.
create or replace function tcr.request_ask_refusal(p_account tcr.account, p_contract tcr.contract, p_kind text, p_detail jsonb)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_is_own boolean := coalesce(p_account.agency_id = p_contract.agency_id, false);
    v_name text := p_detail ->> 'on_behalf_of';
    v_kind text := case when v_name in ('tax', 'finance') then 'redetermine' else p_kind end;
    v_faults jsonb := '[]';
    q tcr.request;
begin
    select * into q from tcr.request t where t.contract_id = p_contract.id and t.kind = v_kind and t.status = 'pending';
    if q.id is not null then
        return tcr.refused('state', 'refused.request_pending', q.id::text);
    elsif p_kind = 'object' and v_is_own <> (v_name = 'party') then
        v_faults := v_faults || tcr.fault('/on_behalf_of', 'request.on_behalf_of');
    end if;
    if p_detail -> 'papers' <> '[]' then
        v_faults := v_faults || (select coalesce(jsonb_agg(tcr.fault(format('/papers/%s', p.o - 1), 'request.paper')), '[]')
            from jsonb_array_elements_text(p_detail -> 'papers') with ordinality p (name, o)
            where not exists (select from tcr.attachment t where t.contract_id = p_contract.id and t.name = p.name and t.is_current));
    end if;
    return case when v_faults <> '[]' then tcr.faulty(v_faults) end;
end
$$;

-- Nobody makes their employer a party. Amounts that go up past a threshold are not approved by who certified the contract; above the
-- limit of the point other amounts need the number of the province's decision.
create or replace function tcr.request_route_refusal(p_account tcr.account, p_contract tcr.contract, p_columns jsonb, p_detail jsonb)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_new tcr.contract := jsonb_populate_record(p_contract, p_columns);
    v_day date := tcr.rules_day(p_contract, tcr.today());
    v_route text := tcr.route_for(p_contract.point_id, v_new.total_amount, v_new.technology_amount, v_day);
begin
    if p_account.employer_code = any (v_new.party_codes) then
        return tcr.refused('own_filing', 'refused.employer_becomes');
    elsif (v_new.total_amount, v_new.technology_amount) = (p_contract.total_amount, p_contract.technology_amount) then
        return null;
    elsif v_route = 'province' and p_detail ->> 'document' is null then
        return tcr.route_refused(v_new, 'refused.route_document');
    elsif v_route = 'expert' and not 'reviewer' = any (p_account.roles)
            and tcr.route_for(p_contract.point_id, p_contract.total_amount, p_contract.technology_amount, v_day) = 'point'
            and exists (select from tcr.certificate f where f.contract_id = p_contract.id and f.registrar_id = p_account.id) then
        return tcr.refused('own_filing', 'refused.certifier');
    end if;
    return null;
end
$$;

create or replace function tcr.act_request_refusal(p_account tcr.account, p_contract tcr.contract, p_act text, p_columns jsonb,
    p_detail jsonb, p_child bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    q tcr.request;
begin
    if p_act = 'revoke' then
        return null;
    elsif p_child is null then
        return tcr.request_ask_refusal(p_account, p_contract, replace(p_act, 'request_', ''), p_detail);
    end if;
    select * into q from tcr.request t where t.id = p_child and t.contract_id = p_contract.id;
    if q.id is null then
        return tcr.refused('not_found', 'refused.no_request');
    elsif p_act = 'request_withdraw' and q.asked_by <> p_account.id
            and not (coalesce(p_account.agency_id = q.agency_id, false) and q.on_behalf_of in ('agency', 'party')) then
        return tcr.refused('forbidden', 'refused.asker_withdraws');
    elsif p_act <> 'request_withdraw' and q.asked_by = p_account.id then
        return tcr.refused('own_filing', 'refused.asker_decides');
    elsif q.status <> 'pending' then
        return tcr.refused('state', 'refused.request_' || q.status);
    elsif p_act not in ('request_withdraw', 'request_reject', tcr.request_act(q.kind)) then
        return tcr.refused('state', 'refused.request_act');
    elsif p_columns is not null then
        return coalesce(tcr.received_refusal(p_contract, p_columns, '/determined/total_amount'),
            tcr.request_route_refusal(p_account, p_contract, p_columns, p_detail));
    end if;
    return null;
end
$$;

-- Benefits already taken on a registration that ends.
create or replace function tcr.benefits_store(p_contract_id bigint, p_seq bigint, p_benefits jsonb) returns void
language sql volatile set search_path = pg_catalog as $$
    insert into tcr.benefit (seq, item, contract_id, kind, year, amount)
    select p_seq, b.item, p_contract_id, b.value ->> 'kind', (b.value ->> 'year')::integer,
        replace(b.value ->> 'amount', '.', '')::bigint
    from jsonb_array_elements(p_benefits) with ordinality as b (value, item)
$$;

create or replace function tcr.act_request_store(p_account_id bigint, p_old tcr.contract, p_new tcr.contract, p_act text, p_seq bigint,
    p_detail jsonb, p_child bigint) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_today date := tcr.today();
    v_name text := p_detail ->> 'on_behalf_of';
    q tcr.request;
begin
    if p_child is null and p_act <> 'revoke' then
        insert into tcr.request (contract_id, agency_id, point_id, kind, reason, note, proposed, proposed_private, papers, benefits,
            on_behalf_of, document, asked_by, asked_on, asked_seq, due_on, due_is_provisional)
        select p_new.id, p_new.agency_id, p_new.point_id,
            case when v_name in ('tax', 'finance') then 'redetermine' else replace(p_act, 'request_', '') end, p_detail ->> 'reason',
            p_detail ->> 'note', p_detail -> 'proposed', p_detail -> 'proposed_private',
            coalesce((select array_agg(n order by o) from jsonb_array_elements_text(p_detail -> 'papers') with ordinality as p (n, o)), '{}'),
            p_detail -> 'benefits',
            coalesce(v_name, case when a.agency_id = p_new.agency_id then 'agency' else 'point' end), p_detail ->> 'document',
            a.id, v_today, p_seq, d.due_on, d.is_provisional
        from tcr.account a cross join lateral tcr.due_on('request', v_today, v_today) d
        where a.id = p_account_id
        returning * into q;
        return tcr.request_object(q, true);
    end if;
    if p_new.status <> 'registered' then
        perform tcr.benefits_store(p_new.id, p_seq, p_detail -> 'benefits');
        update tcr.request t set status = 'lapsed', decided_by = p_account_id, decided_on = v_today, decided_seq = p_seq
        where t.contract_id = p_new.id and t.status = 'pending' and t.id is distinct from p_child;
    end if;
    if p_act = 'revoke' then
        return jsonb_build_object('id', p_new.id::text, 'status', p_new.status, 'seq', p_seq, 'registration_number',
            p_new.registration_number, 'ground', p_detail ->> 'ground', 'note', p_detail ->> 'note', 'document', p_detail ->> 'document',
            'benefits', p_detail -> 'benefits');
    end if;
    update tcr.request t set decided_by = p_account_id, decided_on = v_today, decided_seq = p_seq, decision_note = p_detail ->> 'note',
        status = case p_act when 'request_withdraw' then 'withdrawn' when 'request_reject' then 'rejected' else 'approved' end
    where t.id = p_child returning * into q;
    return tcr.request_object(q, true) || jsonb_build_object('contract_status', p_new.status)
        || coalesce(jsonb_build_object('determined', p_detail -> 'determined'), '{}');
end
$$;

-- After a calendar was loaded: count provisional last days of open requests anew. Returns how many moved.
create or replace function tcr.requests_recount() returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_moved bigint;
begin
    update tcr.request t set due_on = d.due_on, due_is_provisional = d.is_provisional
    from tcr.request q
    cross join lateral tcr.due_on('request', q.asked_on, q.asked_on) d
    where t.id = q.id and t.status = 'pending' and t.due_is_provisional
        and (d.due_on, d.is_provisional) is distinct from (t.due_on, t.due_is_provisional);
    get diagnostics v_moved = row_count;
    return v_moved;
end
$$;

-- Reads ----------------------------------------------------------------------------------------------------------------

-- With the seq of the contract, which is what a decision must match.
create or replace function tcr.fetch_request_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select tcr.request_object(q, tcr.sees_private(p_account, c)) || jsonb_build_object('seq', c.seq)
        from tcr.request q join tcr.contract c on c.id = q.contract_id
        where q.id = (p_args ->> 'id')::bigint and tcr.account_sees(p_account, c));
end
$$;

-- Newest first.
create or replace function tcr.fetch_request_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_rows jsonb;
begin
    if p_args ->> 'status' not in ('pending', 'approved', 'rejected', 'withdrawn', 'lapsed') then
        return '{"bad_query": "status"}';
    elsif p_args ->> 'kind' not in ('change', 'cancel', 'correct', 'object', 'redetermine') then
        return '{"bad_query": "kind"}';
    end if;
    -- One plan per combination of filters: a generic plan could not use the index of the filter that is given.
    execute format(
        'select jsonb_agg(o.object order by o.id desc)
        from (select q.id, tcr.request_object(q, tcr.sees_private($1, c)) as object
            from tcr.request q join tcr.contract c on c.id = q.contract_id
            where tcr.account_sees($1, c) %s
            order by q.id desc limit ($2 ->> ''limit'')::integer + 1) o',
        concat(
            case when p_account.roles <@ '{agency}' then ' and q.agency_id = ($1).agency_id' end,
            case when p_args ->> 'cursor' is not null then ' and q.id < ($2 ->> ''cursor'')::bigint' end,
            case when p_args ->> 'status' is not null then ' and q.status = $2 ->> ''status''' end,
            case when p_args ->> 'kind' is not null then ' and q.kind = $2 ->> ''kind''' end,
            case when p_args ->> 'point' is not null then ' and q.point_id = ($2 ->> ''point'')::bigint' end,
            case when p_args ->> 'due_before' is not null then ' and q.due_on < ($2 ->> ''due_before'')::date' end,
            case when p_args ->> 'contract' is not null then ' and q.contract_id = ($2 ->> ''contract'')::bigint' end))
    into v_rows using p_account, p_args;
    return tcr.page(v_rows, p_args);
end
$$;

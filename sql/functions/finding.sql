-- finding - what registrars see of findings, and what they answer; what acceptance and certification leave behind.
-- Never shown to an agency: who filed a contract, or is employed by a party of it, does not see what speaks against it. Evidence names
-- organisations, titles, amounts and days; contacts and identity numbers are not in it.

-- May the account see findings of the contract? Like account_sees, without the agency's and the county's part.
create or replace function tcr.finding_sees(p_account tcr.account, p_contract tcr.contract) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(p_contract.filed_seq is not null and p_contract.status <> 'draft'
        and p_contract.filed_by <> p_account.id and p_contract.agency_id is distinct from p_account.agency_id
        and (p_account.employer_code is null or not p_account.employer_code = any (p_contract.party_codes))
        and (('{registrar,reviewer}'::text[] && p_account.roles and p_contract.point_id = p_account.point_id)
            or '{bureau,auditor}'::text[] && p_account.roles), false);
end
$$;

-- Does a contract wait for a decision?
create or replace function tcr.is_open(p_status text) returns boolean language sql immutable parallel safe as $$
    select p_status in ('submitted', 'correction', 'accepted', 'expert', 'forwarded')
$$;

-- The newest answer to a rule's finding, if it speaks of all the contracts that are found now.
create or replace function tcr.finding_answered(p_contract_id bigint, p_rule text, p_contracts bigint[]) returns tcr.finding_answer
language plpgsql stable set search_path = pg_catalog as $$
declare
    a tcr.finding_answer;
begin
    select * into a from tcr.finding_answer t
    where t.contract_id = p_contract_id and t.rule = p_rule order by t.id desc limit 1;
    return case when p_contracts <@ a.contracts then a end;
end
$$;

-- Does a finding stand in the way of certifying? Until it is answered; and for good, where the answer is that it is the same contract.
create or replace function tcr.finding_blocks(p_rule text, p_answer tcr.finding_answer) returns boolean
language sql immutable as $$
    select p_answer.id is null or (p_answer.verdict = 'confirmed' and p_rule like 'finding.same\_%')
$$;

-- Is the newest answer to a rule's finding that one of the contracts that are found now is the same contract? A further find beside it
-- does not undo that.
create or replace function tcr.finding_confirmed(p_contract_id bigint, p_rule text, p_contracts bigint[]) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return p_rule like 'finding.same\_%' and coalesce((select t.verdict = 'confirmed' and t.contracts && p_contracts
        from tcr.finding_answer t where t.contract_id = p_contract_id and t.rule = p_rule order by t.id desc limit 1), false);
end
$$;

-- The findings that stand before a certification: those that the registrar must answer, and those whose answer bars it until another
-- is given to the finding itself.
create or replace function tcr.findings_standing(p_contract tcr.contract, out unanswered text[], out confirmed text[])
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_day date := tcr.rules_day(p_contract, tcr.today());
begin
    select coalesce(array_agg(f.rule order by f.rule) filter (where f.is_confirmed), '{}'),
        coalesce(array_agg(f.rule order by f.rule) filter (where not f.is_confirmed
            and (tcr.finding_answered(p_contract.id, f.rule, f.contracts)).id is null
            and exists (select from tcr.rule r where r.id = f.rule and r.severity in ('waivable', 'refusal')
                and v_day between r.valid_from and r.valid_to)), '{}')
    into confirmed, unanswered
    from (select h.rule, h.contracts, tcr.finding_confirmed(p_contract.id, h.rule, h.contracts) as is_confirmed
        from tcr.findings_of(p_contract) h) f;
end
$$;

-- Findings that were answered as lines of the checklist, at the certification: the note there is an answer like any other.
create or replace function tcr.findings_waived(p_account_id bigint, p_contract tcr.contract, p_checklist jsonb) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    if not jsonb_path_exists(p_checklist, '$[*].rule ? (@ starts with "finding.")') then
        return;
    end if;
    insert into tcr.finding_answer (contract_id, rule, verdict, note, contracts, account_id)
    select p_contract.id, h.rule, 'cleared', l.line ->> 'note', h.contracts, p_account_id
    from tcr.findings_of(p_contract) h join jsonb_array_elements(p_checklist) l (line) on l.line ->> 'rule' = h.rule
    where l.line -> 'answer' = 'true' and l.line ->> 'note' is not null;
end
$$;

-- After an act of any family. Filing, saving and returning leave no marks: filing is the hot path, and what was returned is marked.
create or replace function tcr.findings_after(p_old tcr.contract, p_new tcr.contract) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    if p_new.status = 'draft' and p_old.status = 'submitted' then
        perform tcr.findings_mark_many(array[p_new.id]);
    elsif p_new.status not in ('draft', 'submitted', 'correction') and (p_new.status <> p_old.status
        or (p_new.signed_on, p_new.total_amount, p_new.technology_amount, p_new.contract_type, p_new.contract_no, p_new.project_name,
            p_new.seller_name, p_new.seller_code, p_new.buyer_name, p_new.buyer_code, p_new.party_codes)
        is distinct from (p_old.signed_on, p_old.total_amount, p_old.technology_amount, p_old.contract_type, p_old.contract_no,
            p_old.project_name, p_old.seller_name, p_old.seller_code, p_old.buyer_name, p_old.buyer_code, p_old.party_codes))
    then
        perform tcr.findings_accept(p_new);
    end if;
end
$$;

-- Mark the contract, and note what was found for the work list of its point, also on the open contracts that are the
-- other half of a near duplicate. A contract that is decided leaves the list.
create or replace function tcr.findings_accept(p_contract tcr.contract) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_today date := tcr.today();
begin
    perform tcr.findings_mark_many(array[p_contract.id]);
    if p_contract.status not in ('accepted', 'expert', 'forwarded') then
        update tcr.finding f set is_open = false where f.contract_id = p_contract.id and f.is_open;
        return;
    end if;
    with hit as materialized (
        select h.* from tcr.findings_of(p_contract) h
    ), gone as (
        delete from tcr.finding f where f.contract_id = p_contract.id and f.rule not in (select h.rule from hit h)
    )
    insert into tcr.finding as f (contract_id, rule, point_id, found_on, contracts, is_open)
    select p_contract.id, h.rule, p_contract.point_id, v_today, h.contracts,
        (tcr.finding_answered(p_contract.id, h.rule, h.contracts)).id is null
    from hit h
    union all
    select o.id, h.rule, o.point_id, v_today, array[p_contract.id],
        (tcr.finding_answered(o.id, h.rule, array[p_contract.id])).id is null
    from hit h cross join unnest(h.contracts) u (id) join tcr.contract o on o.id = u.id
    where h.rule like 'finding.same\_%' and o.status in ('accepted', 'expert', 'forwarded')
    on conflict (contract_id, rule) do update
        set point_id = excluded.point_id, found_on = case when f.is_open then f.found_on else excluded.found_on end,
            is_open = excluded.is_open or (f.is_open and f.contract_id <> p_contract.id),
            contracts = case when f.contract_id = p_contract.id then excluded.contracts
                else array(select distinct c from unnest(f.contracts || excluded.contracts) c order by c limit 20) end;
end
$$;

-- Answers as they are shown, the newest first.
create or replace function tcr.finding_answers(p_contract_id bigint, p_rule text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('verdict', t.verdict, 'note', t.note, 'other_contract', t.other_contract::text,
            'by', a.name, 'at', tcr.instant(t.at)) order by t.id desc), '[]')
        from tcr.finding_answer t join tcr.account a on a.id = t.account_id
        where t.contract_id = p_contract_id and t.rule = p_rule);
end
$$;

-- The contracts of a hit as evidence, nearest first.
create or replace function tcr.finding_evidence(p_hit tcr.finding_hit) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return p_hit.facts || jsonb_build_object('contracts', (select coalesce(jsonb_agg(jsonb_build_object('id', d.id::text,
            'registration_number', d.registration_number, 'status', d.status, 'agency', g.name, 'point', p.name,
            'contract_no', d.contract_no, 'project_name', d.project_name, 'contract_type', d.contract_type, 'signed_on', d.signed_on,
            'registered_on', d.registered_on, 'total_amount', tcr.money(d.total_amount),
            'technology_amount', tcr.money(d.technology_amount), 'matches', p_hit.matches -> d.id::text) order by u.ord), '[]')
        from unnest(p_hit.contracts) with ordinality u (id, ord) join tcr.contract d on d.id = u.id
        join tcr.agency g on g.id = d.agency_id join tcr.registration_point p on p.id = d.point_id));
end
$$;

-- GET /v1/contracts/{id}/findings: what is found now, and what was answered to what is found no more.
create or replace function tcr.fetch_finding_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract;
    v_day date;
begin
    select * into c from tcr.contract t where t.id = (p_args ->> 'id')::bigint;
    if c.id is null or not tcr.finding_sees(p_account, c) then
        return null;
    end if;
    v_day := tcr.rules_day(c, tcr.today());
    return jsonb_build_object('id', c.id::text, 'seq', c.seq, 'audit', 'contract ' || c.id, 'next', null, 'items', (
        select coalesce(jsonb_agg(jsonb_build_object('rule', r.id, 'zh', r.zh, 'en', r.en, 'severity', r.severity,
                'is_found', h.rule is not null,
                'is_open', h.rule is not null and tcr.finding_blocks(h.rule, tcr.finding_answered(c.id, h.rule, h.contracts)),
                'evidence', case when h.rule is not null then tcr.finding_evidence(h) end,
                'answer', n.answers -> 0, 'history', n.answers - 0) order by h.rule is null, r.id), '[]')
        from (select f.* from tcr.findings_of(c) f) h
        full join (select distinct t.rule from tcr.finding_answer t where t.contract_id = c.id) a on a.rule = h.rule
        join lateral (select * from tcr.rule k where k.id = coalesce(h.rule, a.rule) and k.severity is not null
            order by v_day between k.valid_from and k.valid_to desc, k.valid_from desc limit 1) r on true
        cross join lateral (select tcr.finding_answers(c.id, r.id) as answers) n));
end
$$;

-- GET /v1/findings: what waits for an answer, by the day of acceptance.
create or replace function tcr.fetch_finding_open(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog set plan_cache_mode = force_custom_plan as $$
declare
    v_limit integer := (p_args ->> 'limit')::integer;
    v_after bigint := coalesce((p_args ->> 'cursor')::bigint, 0);
    v_point bigint := (p_args ->> 'point')::bigint;
    v_rule text := p_args ->> 'rule';
    v_today date := tcr.today();
begin
    if not '{bureau,auditor}'::text[] && p_account.roles then
        if v_point <> p_account.point_id then
            return null;
        end if;
        v_point := p_account.point_id;
    end if;
    return tcr.page((
        select jsonb_agg(jsonb_build_object('id', q.id::text, 'rule', q.rule, 'zh', r.zh, 'en', r.en, 'severity', r.severity,
            'found_on', q.found_on, 'contracts', q.contracts, 'contract', jsonb_build_object('id', q.contract_id::text,
                'status', q.status, 'project_name', q.project_name, 'agency', q.agency, 'point', q.point, 'total_amount',
                tcr.money(q.total_amount), 'technology_amount', tcr.money(q.technology_amount), 'due_on', q.due_on)) order by q.id)
        from (
            select f.id, f.rule, f.found_on, f.contract_id, cardinality(f.contracts) as contracts, c.status, c.project_name, c.due_on,
                c.total_amount, c.technology_amount, g.name as agency, p.name as point
            from tcr.finding f join tcr.contract c on c.id = f.contract_id
            join tcr.agency g on g.id = c.agency_id join tcr.registration_point p on p.id = c.point_id
            where f.is_open and f.id > v_after and (v_point is null or f.point_id = v_point) and (v_rule is null or f.rule = v_rule)
                and tcr.is_open(c.status) and tcr.finding_sees(p_account, c)
            order by f.id limit v_limit + 1
        ) q
        join lateral (select * from tcr.rule k where k.id = q.rule and k.severity is not null
            order by v_today between k.valid_from and k.valid_to desc, k.valid_from desc limit 1) r on true), p_args);
end
$$;

-- What is answered before faults: no such finding rule, another version of the contract, or nothing to answer.
create or replace function tcr.refusal_finding_answer(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract;
begin
    select * into c from tcr.contract t where t.id = (p_args ->> 'id')::bigint;
    if c.id is null or not tcr.finding_sees(p_account, c) or p_args ->> 'rule' not like 'finding.%'
        or not exists (select from tcr.rule r where r.id = p_args ->> 'rule' and r.severity is not null)
    then
        return tcr.refused('not_found');
    elsif c.point_id is distinct from p_account.point_id then
        return tcr.refused('forbidden', 'refused.finding_point');
    elsif c.seq <> p_if_match then
        return tcr.refused('stale');
    elsif tcr.is_given_up(c.status) or not exists (select from tcr.findings_of(c) h where h.rule = p_args ->> 'rule') then
        return tcr.refused('state', 'refused.finding_gone');
    end if;
    return null;
end
$$;

-- POST /v1/contracts/{id}/findings/{rule}.
create or replace function tcr.store_finding_answer(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    c tcr.contract;
    h tcr.finding_hit;
    v_other bigint := (p_args ->> 'other_contract')::bigint;
    v_id bigint;
begin
    select * into c from tcr.contract t where t.id = (p_args ->> 'id')::bigint for no key update;
    if c.seq <> p_if_match then
        return tcr.refused('stale');
    end if;
    select f.* into h from tcr.findings_of(c) f where f.rule = p_args ->> 'rule';
    if h.rule is null then
        return tcr.refused('state', 'refused.finding_gone');
    elsif (p_args ->> 'verdict' = 'linked' and v_other is null) or (p_args ->> 'verdict' = 'cleared' and v_other is not null)
        or v_other <> all (h.contracts)
    then
        return tcr.faulty(tcr.fault('/other_contract', 'finding.other_contract'));
    end if;
    insert into tcr.finding_answer (contract_id, rule, verdict, note, other_contract, contracts, account_id)
    values (c.id, h.rule, p_args ->> 'verdict', p_args ->> 'note', v_other, h.contracts, p_account.id)
    returning id into v_id;
    update tcr.finding f set is_open = false where f.contract_id = c.id and f.rule = h.rule;
    return tcr.stored('contract ' || c.id || ' ' || h.rule, jsonb_build_object('contract_id', c.id::text, 'seq', c.seq, 'rule', h.rule,
        'answer', tcr.finding_answers(c.id, h.rule) -> 0));
end
$$;

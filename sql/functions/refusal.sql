-- refusal - who may not decide, what cannot be done now and what can, which way a decision goes: told by rows of the rules
-- (refused.*), with what is particular to the case in both languages. See server/api/refusal.h.

-- The method that does an act; null for those of the daemon itself.
create or replace function tcr.act_method(p_act text) returns text
language sql immutable as $$
    select case when p_act = 'lapse' then null
        when p_act = 'save' then 'contract.replace'
        when p_act = 'submit' then 'contract.submit_draft'
        when p_act = 'record_refusal' then 'contract.record_decision'
        when p_act in ('change', 'correct', 'redetermine', 'cancel') then 'request.approve'
        when p_act like 'request\_%' or p_act like 'receipt\_%' then replace(p_act, '_', '.')
        else 'contract.' || p_act end
$$;

-- Nobody decides what they or their agency filed, or what their employer is a party of.
create or replace function tcr.person_refusal(p_account tcr.account, p_contract tcr.contract, p_decides boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    if p_decides and (p_contract.filed_by = p_account.id or coalesce(p_contract.agency_id = p_account.agency_id, false)) then
        return tcr.refused('own_filing');
    elsif p_decides and coalesce(p_account.employer_code = any (p_contract.party_codes), false) then
        return tcr.refused('employer');
    end if;
    return null;
end
$$;

-- Not in this state: which it is, and what the account can do in it.
create or replace function tcr.state_refused(p_account tcr.account, p_contract tcr.contract) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_status tcr.code;
    v_zh text;
    v_en text;
begin
    select * into v_status from tcr.code o where o.list = 'contract_status' and o.code = p_contract.status limit 1;
    select string_agg(coalesce(o.name_zh, m.method), '、' order by m.method), string_agg(m.method, ', ' order by m.method)
    into v_zh, v_en
    from (
        select distinct r.method from tcr.transition t
        join tcr.act a on a.act = t.act
        join tcr.method_role r on r.method = tcr.act_method(t.act) and r.role = any (p_account.roles)
        where t.from_status = p_contract.status and tcr.person_refusal(p_account, p_contract, a.decides) is null) m
    left join tcr.code o on o.list = 'contract_act' and o.code = m.method;
    return tcr.refused('state', 'refused.state',
        format('当前为“%s”，%s', coalesce(v_status.name_zh, p_contract.status), coalesce('可以办理：' || v_zh, '本账户没有可以办理的事项')),
        format('it is %s; %s', p_contract.status, coalesce('possible now: ' || v_en, 'nothing is left to do for this account')));
end
$$;

-- The way of a decision, with the limit that says so.
create or replace function tcr.route_refused(p_contract tcr.contract, p_rule text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_limit text := tcr.parameter_for(case p_rule when 'refused.route_expert' then 'expert.threshold' else 'route.province' end,
        (select p.region from tcr.registration_point p where p.id = p_contract.point_id), tcr.rules_day(p_contract, tcr.today()));
    v_part text[] := regexp_match(v_limit, '^(total_amount|technology_amount) (>=|>) ([0-9]+\.[0-9]{2})$');
begin
    return tcr.refused('route', p_rule,
        case v_part[1] when 'total_amount' then '合同成交额' else '技术交易额' end || case v_part[2] when '>=' then '达到' else '超过' end
            || v_part[3] || '元',
        replace(v_part[1], '_', ' ') || ' ' || v_part[2] || ' ' || v_part[3]);
end
$$;

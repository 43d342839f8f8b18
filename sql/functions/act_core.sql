-- act_core - the acts of a filing until it is decided: what only they ask, change and leave behind. See contract_act.sql.

-- What stands before the registration of this contract beyond the lines of the checklist. lines: flags and findings that may be
-- waived with a reason, one word each as in the table of rules. confirmed: findings that were answered as the same contract.
create or replace function tcr.certify_lines(p_contract tcr.contract, out lines text[], out confirmed text[])
language plpgsql stable set search_path = pg_catalog as $$
begin
    select f.unanswered, f.confirmed into lines, confirmed from tcr.findings_standing(p_contract) f;
    if tcr.holds_on(p_contract.party_codes, tcr.today()) <> '[]' then
        lines := '{party.hold}'::text[] || lines;
    end if;
end
$$;

-- The papers that must be there before acceptance: a corrected submission is accepted by itself, so who decides asks once more.
create or replace function tcr.papers_missing(p_contract tcr.contract) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(tcr.fault('/attachments', 'accept.attachment_missing', m)), '[]')
        from unnest(tcr.attachment_missing(p_contract)) m);
end
$$;

-- A contract that was found to be another one gets no certificate, from the point or from the province.
create or replace function tcr.confirmed_faults(p_rules text[]) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(tcr.fault('/checklist', 'certify.confirmed', f.rule)), '[]') from unnest(p_rules) f (rule));
end
$$;

-- The first day by which a correction can be asked for: then its agency is warned before it lapses.
create or replace function tcr.correct_from() returns date
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (tcr.working_days_after(tcr.today(), 1)).due_on;
end
$$;

-- What a step must know to judge a body: the day and set of rules, and what the act itself asks.
create or replace function tcr.act_core_context(p_account tcr.account, p_contract tcr.contract, p_act text, p_child bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_day date := tcr.rules_day(p_contract, tcr.today());
    v_context jsonb := jsonb_build_object('rules_day', v_day, 'rule_set', tcr.rule_set_on(v_day), 'accepted_on', p_contract.accepted_on);
begin
    if p_act in ('certify', 'record_decision') then
        v_context := v_context || (select to_jsonb(l) from tcr.certify_lines(p_contract) l);
    end if;
    return v_context || case p_act when 'certify' then jsonb_build_object('papers_missing', tcr.attachment_missing(p_contract))
        when 'return' then jsonb_build_object('correct_from', tcr.correct_from()) else '{}' end;
end
$$;

-- The route of a contract by the values that who hands it on thinks right (detail.assessed); without any, by those filed.
create or replace function tcr.assessed_route(p_contract tcr.contract, p_detail jsonb) returns text
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_assessed jsonb := p_detail #> '{assessed,determined}';
begin
    return tcr.route_for(p_contract.point_id,
        coalesce(replace(v_assessed ->> 'total_amount', '.', '')::bigint, p_contract.total_amount),
        coalesce(replace(v_assessed ->> 'technology_amount', '.', '')::bigint, p_contract.technology_amount),
        tcr.rules_day(p_contract, tcr.today()));
end
$$;

-- Certify: on the right route, by the right person, with every line answered that is not for a machine to see. The step in C has judged
-- the form; this is the guard behind it.
create or replace function tcr.act_certify_refusal(p_account tcr.account, p_contract tcr.contract, p_columns jsonb, p_detail jsonb)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract := jsonb_populate_record(p_contract, p_columns);
    v_day date := tcr.rules_day(p_contract, tcr.today());
    v_route text := tcr.route_for(c.point_id, c.total_amount, c.technology_amount, v_day);
    v_lines text[];
    v_confirmed text[];
    v_faults jsonb;
begin
    if p_contract.status = 'accepted' and not 'registrar' = any (p_account.roles) then
        return tcr.refused('forbidden', 'refused.reviewer');
    elsif v_route = 'province' then
        return tcr.route_refused(p_contract, 'refused.route_province');
    elsif v_route = 'expert' and p_contract.status = 'accepted' then
        return tcr.route_refused(p_contract, 'refused.route_expert');
    elsif p_contract.status = 'expert' and p_contract.first_reviewer = p_account.id then
        return '{"outcome": "second"}';
    end if;
    select l.lines, l.confirmed into v_lines, v_confirmed from tcr.certify_lines(p_contract) l;
    select coalesce(jsonb_agg(tcr.fault('/checklist', w.line)), '[]') into v_faults
    from unnest(v_lines || tcr.checklist_lines(c.contract_type, v_day)) w (line)
    where not exists (select from jsonb_array_elements(coalesce(p_detail -> 'checklist', '[]')) l
        where l ->> 'rule' = w.line and l -> 'answer' = 'true');
    v_faults := v_faults || tcr.confirmed_faults(v_confirmed) || tcr.papers_missing(c);
    return case when v_faults <> '[]' then tcr.faulty(v_faults) end;
end
$$;

create or replace function tcr.act_core_refusal(p_account tcr.account, p_contract tcr.contract, p_act text, p_columns jsonb,
    p_detail jsonb, p_child bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_faults jsonb := '[]';
    v_assignee tcr.account;
begin
    case p_act
        when 'accept' then
            v_faults := tcr.papers_missing(p_contract);
        when 'certify' then
            return tcr.act_certify_refusal(p_account, p_contract, p_columns, p_detail);
        when 'record_decision' then
            v_faults := tcr.confirmed_faults((tcr.certify_lines(p_contract)).confirmed);
        when 'return' then
            if (p_detail ->> 'correct_by')::date < tcr.correct_from() then
                v_faults := v_faults || tcr.fault('/correct_by', 'return.correct_by', tcr.day_text(tcr.correct_from()));
            end if;
        when 'escalate' then
            if tcr.assessed_route(p_contract, p_detail) = 'province' then
                return tcr.route_refused(p_contract, 'refused.route_province');
            end if;
        when 'refuse' then
            if p_contract.status = 'expert' and p_contract.first_reviewer = p_account.id then
                return '{"outcome": "second"}';
            end if;
        when 'forward' then
            if tcr.assessed_route(p_contract, p_detail) <> 'province' then
                return tcr.route_refused(p_contract, 'refused.route_point');
            end if;
            v_faults := tcr.papers_missing(p_contract);
        when 'assign' then
            select * into v_assignee from tcr.account a where a.name = p_detail ->> 'assignee';
            if p_detail ->> 'assignee' is not null and (v_assignee.id is null or not v_assignee.is_active
                    or v_assignee.point_id is distinct from p_contract.point_id
                    or not v_assignee.roles && '{registrar,reviewer}'::text[]) then
                v_faults := v_faults || tcr.fault('/assignee', 'assign.account');
            elsif v_assignee.agency_id = p_contract.agency_id or v_assignee.id = p_contract.filed_by
                    or v_assignee.employer_code = any (p_contract.party_codes) then
                v_faults := v_faults || tcr.fault('/assignee', 'assign.own_filing');
            end if;
        else
            null;
    end case;
    return case when v_faults <> '[]' then tcr.faulty(v_faults) end;
end
$$;

-- The contract after a core act: p_contract before it, c with status, columns and number as the engine has set them.
create or replace function tcr.act_core_apply(p_contract tcr.contract, c tcr.contract, p_act text, p_account_id bigint, p_detail jsonb)
returns tcr.contract
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_today date := tcr.today();
begin
    if p_act = 'submit' then
        c.submitted_on := v_today;
        c.point_id := tcr.point_for(case c.filed_as when 'import_buyer' then c.buyer_region else c.seller_region end);
    elsif p_act = 'recall' then
        select r.body into c.body from tcr.contract_release r where r.seq = c.filed_seq;
    elsif p_act = 'return' then
        c.accepted_on := null;
    elsif p_act = 'assign' then
        c.assignee := (select a.id from tcr.account a where a.name = p_detail ->> 'assignee');
    elsif p_act = 'escalate' then
        c.first_reviewer := p_account_id;
        c.assignee := null;
    end if;
    if p_act in ('escalate', 'forward') then
        c.route := tcr.assessed_route(p_contract, p_detail);
    end if;
    if c.status = 'accepted' and p_contract.status <> 'accepted' then
        c.accepted_on := v_today;
    end if;
    if p_act in ('submit', 'accept', 'certify') then
        c.route := tcr.route_for(c.point_id, c.total_amount, c.technology_amount, tcr.rules_day(c, v_today));
    end if;
    return tcr.act_clock(p_contract, c, p_detail);
end
$$;

-- The clock of DESIGN.md section 6: each open state has a day by which somebody must act; a return stops the decision's clock, the
-- corrected submission starts it anew, the expert's review has a longer term from the same day of acceptance.
create or replace function tcr.act_clock(p_old tcr.contract, c tcr.contract, p_detail jsonb) returns tcr.contract
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_today date := tcr.today();
    v_kind text := case c.status when 'submitted' then 'acceptance' when 'correction' then 'correction'
        when 'accepted' then 'decision' when 'expert' then 'expert' end;
begin
    if c.status = p_old.status then
        return c;
    end if;
    select d.due_on, d.is_provisional into c.due_on, c.due_is_provisional
    from tcr.due_on(v_kind, case when v_kind in ('decision', 'expert') then c.accepted_on else v_today end,
        tcr.rules_day(c, v_today)) d
    where v_kind is not null;
    if c.status = 'correction' and p_detail ->> 'correct_by' is not null then
        c.due_on := (p_detail ->> 'correct_by')::date;
        c.due_is_provisional := false;
    end if;
    -- Rules without a term for experts (those of 2001): the term of the decision goes on.
    if c.status = 'expert' and c.due_on is null then
        c.due_on := p_old.due_on;
        c.due_is_provisional := p_old.due_is_provisional;
    end if;
    c.due_is_provisional := coalesce(c.due_is_provisional, false);
    -- The day a decision was due by stays on the decided case: whether it was late is asked for years.
    if c.status in ('registered', 'refused', 'cancelled', 'revoked') then
        c.due_on := p_old.due_on;
        c.due_is_provisional := false;
    end if;
    return c;
end
$$;

create or replace function tcr.act_core_store(p_account_id bigint, p_old tcr.contract, p_new tcr.contract, p_act text, p_seq bigint,
    p_detail jsonb, p_child bigint) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
begin
    if p_act = 'certify' then
        perform tcr.findings_waived(p_account_id, p_old, p_detail -> 'checklist');
    end if;
    return null;
end
$$;

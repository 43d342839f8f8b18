-- rules - what the rows of the law say on a day: rule sets, parameters, lines of the checklist, reasons of refusal.

-- The regime of a day: R2001 or R2026, or one that the bureau loaded.
create or replace function tcr.rule_set_on(p_day date) returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select s.id from tcr.rule_set s where p_day between s.valid_from and s.valid_to);
end
$$;

-- The row of a parameter for an area on a day: of those that are switched on, the one of the closest area; a null id without any.
create or replace function tcr.parameter_row(p_name text, p_region text, p_day date) returns tcr.rule
language plpgsql stable set search_path = pg_catalog as $$
declare
    r tcr.rule;
begin
    select * into r from tcr.rule t
    where t.id = p_name and t.kind = 'parameter' and t.is_enabled and p_day between t.valid_from and t.valid_to
        and left(coalesce(p_region, ''), length(t.region)) = t.region
    order by t.region desc limit 1;
    return r;
end
$$;

-- Its value, read without the detour over the row: asked for every filing.
create or replace function tcr.parameter_for(p_name text, p_region text, p_day date) returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select r.value from tcr.rule r
        where r.id = p_name and r.kind = 'parameter' and r.is_enabled and p_day between r.valid_from and r.valid_to
            and left(coalesce(p_region, ''), length(r.region)) = r.region
        order by r.region desc limit 1);
end
$$;

-- The day whose rules judge a contract: of its acceptance; before acceptance, today. Which of two regimes judges what was accepted
-- under the one and is decided under the other is the parameter switch.pending, as it holds on the day of the decision.
create or replace function tcr.rules_day(p_contract tcr.contract, p_today date) returns date
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_decided date := coalesce(p_contract.registered_on, p_today);
begin
    if p_contract.accepted_on is null then
        return v_decided;
    elsif tcr.rule_set_on(p_contract.accepted_on) = tcr.rule_set_on(v_decided) then
        return p_contract.accepted_on;
    end if;
    return case when tcr.parameter_on('switch.pending', v_decided) = 'decision' then v_decided else p_contract.accepted_on end;
end
$$;

-- The lines of the checklist for a type: criteria and exclusions of its group, and those of every type. Only articles of a final
-- source are given.
create or replace function tcr.checklist_on(p_contract_type text, p_day date)
returns table (id text, kind text, applies_to text, is_required boolean, article text, zh text, en text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select r.id, r.kind, r.applies_to, r.is_required, case when r.proof = 'final' then r.article end, r.zh, r.en
    from tcr.rule r
    where r.kind in ('criterion', 'exclusion') and r.is_enabled and p_day between r.valid_from and r.valid_to
        and (r.applies_to = 'GEN' or r.applies_to = (select t.applies_to from tcr.rule t
            where t.kind = 'type' and t.id = p_contract_type and p_day between t.valid_from and t.valid_to))
    order by r.applies_to <> 'GEN', r.kind, r.id;
end
$$;

-- The lines that must be answered.
create or replace function tcr.checklist_lines(p_contract_type text, p_day date) returns text[]
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(array_agg(l.id), '{}') from tcr.checklist_on(p_contract_type, p_day) l where l.is_required);
end
$$;

create or replace function tcr.refusal_reasons_on(p_day date) returns table (id text, article text, zh text, en text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select r.id, case when r.proof = 'final' then r.article end, r.zh, r.en
    from tcr.rule r where r.kind = 'refusal' and p_day between r.valid_from and r.valid_to order by r.id;
end
$$;

-- One row of the law as JSON, for answers. An article that is not final is shown with its proof, so nobody cites it.
create or replace function tcr.rule_json(r tcr.rule) returns jsonb language sql stable as $$
    select jsonb_build_object('id', r.id, 'kind', r.kind, 'region', nullif(r.region, ''), 'applies_to', r.applies_to,
        'severity', r.severity, 'is_required', case when r.kind in ('criterion', 'exclusion') then r.is_required end,
        'value', r.value, 'is_enabled', r.is_enabled, 'article', r.article, 'proof', r.proof, 'source', r.source,
        'zh', r.zh, 'en', r.en, 'valid_from', tcr.day_text(r.valid_from), 'valid_to', tcr.day_text(r.valid_to), 'batch', r.batch)
$$;

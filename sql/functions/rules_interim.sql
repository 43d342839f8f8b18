-- rules_interim - until the rules room is merged.
create or replace function tcr.rule_set_on(p_day date) returns text language sql stable as
$$ select case when p_day < '2026-03-01' then 'R2001' else 'R2026' end $$;
create or replace function tcr.rules_day(p_contract tcr.contract, p_today date) returns date language sql stable as
$$ select coalesce((p_contract).accepted_on, p_today) $$;
create or replace function tcr.parameter_for(p_name text, p_region text, p_day date) returns text language sql stable as
$$ select tcr.parameter_on(p_name, p_day) $$;
create or replace function tcr.due_on(p_kind text, p_from date, p_rules_day date, out due_on date, out is_provisional boolean)
language sql stable as
$$ select case p_kind when 'decision' then tcr.decision_due(p_from) when 'expert' then tcr.decision_due(tcr.decision_due(p_from)) else p_from + 7 end, false $$;
create or replace function tcr.attachment_missing(p_contract tcr.contract) returns text[] language sql stable as
$$ select '{}'::text[] $$;
create or replace function tcr.findings_accept(p_contract tcr.contract) returns void language sql volatile as $$ select $$;
create or replace function tcr.findings_unanswered(p_contract tcr.contract) returns text[] language sql stable as
$$ select '{}'::text[] $$;
create or replace function tcr.checklist_lines(p_contract_type text, p_day date) returns text[] language sql stable as
$$ select array_agg(c.code order by c.code) from tcr.code c where c.list = 'rule_checklist' and c.name_zh not like '(参考)%'
    and c.parent = any (case left(p_contract_type, 1) when '1' then '{GEN,DEV+,DEV-}'::text[] when '2' then '{GEN,TRF+,TRF-}' when '3' then '{GEN,TRF+,TRF-}'
    when '4' then '{GEN,CON+,CON-}' else case p_contract_type when '502' then '{GEN,MED+}'::text[] when '503' then '{GEN,TRN+,TRN-}' else '{GEN,SRV+,SRV-}' end end) $$;

-- codes_load, rules_load - the tables that a worker keeps in memory.

-- The code lists. Types, checklist lines and reasons of refusal are rows of the law and public lists as well; the parent of a line is
-- its group with + for a criterion and - for an exclusion.
create or replace function tcr.codes_load()
returns table (list text, code text, name_zh text, name_en text, parent text, valid_from date, valid_to date)
language sql stable security definer set search_path = pg_catalog as $$
    select c.list, c.code, c.name_zh, c.name_en, coalesce(c.parent, ''), nullif(c.valid_from, '-infinity'),
        nullif(c.valid_to, 'infinity')
    from tcr.code c
    union all
    select case r.kind when 'type' then 'contract_type' when 'refusal' then 'refusal_reason' else 'rule_checklist' end, r.id, r.zh, r.en,
        case when r.kind in ('type', 'refusal') then coalesce(r.parent, '')
            else r.applies_to || case when r.applies_to = 'GEN' then '' when r.kind = 'criterion' then '+' else '-' end end,
        nullif(r.valid_from, '-infinity'), nullif(r.valid_to, 'infinity')
    from tcr.rule r where r.kind in ('type', 'criterion', 'exclusion', 'refusal') and r.is_enabled
    order by 1, 2, 6 nulls first
$$;

-- Every row of the law with its validity: a contract is judged by the rules of another day than today.
create or replace function tcr.rules_load()
returns table (id text, severity text, article text, is_final boolean, zh text, en text, kind text, region text, applies_to text,
    is_required boolean, value text, is_enabled boolean, valid_from date, valid_to date)
language sql stable security definer set search_path = pg_catalog as $$
    select r.id, coalesce(r.severity, 'refusal'), coalesce(r.article, ''), r.proof = 'final', r.zh, r.en, r.kind, r.region,
        coalesce(r.applies_to, ''), r.is_required, coalesce(r.value, ''), r.is_enabled, nullif(r.valid_from, '-infinity'),
        nullif(r.valid_to, 'infinity')
    from tcr.rule r order by r.id, r.region, r.valid_from
$$;

-- Changes whenever one of the two does: a worker that sees another value than before loads both again. What it reads has a trigger
-- "moved", which tells the workers to look (0018_moved.sql).
create or replace function tcr.codes_version() returns text
language sql stable security definer set search_path = pg_catalog as $$
    select concat_ws(' ', (select max(b.number) from tcr.rule_batch b),
        (select count(*) from tcr.rule_batch b where b.undone_at is not null),
        (select max(p.loaded_at) from tcr.schema_part p))
$$;

-- reference_store - what tcrd migrate brings along: codes, rules, parameters, calendar, roles of methods, the installation.
-- Rows of the bureau's own survive: a validity that was narrowed, a row with another source, a code that is not shipped.

-- An empty or absent day is no limit.
create or replace function tcr.code_store(p_list text, p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with shipped as (
        select r.code, r.name_zh, r.name_en, nullif(r.parent, '') as parent, r.source,
            coalesce(nullif(r.valid_from, '')::date, '-infinity') as valid_from,
            coalesce(nullif(r.valid_to, '')::date, 'infinity') as valid_to
        from jsonb_to_recordset(p_rows)
            as r (code text, name_zh text, name_en text, parent text, source text, valid_from text, valid_to text)
    ), corrected as (
        update tcr.code c set name_zh = s.name_zh, name_en = s.name_en, parent = s.parent
        from shipped s
        where c.list = p_list and c.code = s.code and c.valid_from = s.valid_from and c.source = s.source
            and (c.name_zh, c.name_en, c.parent) is distinct from (s.name_zh, s.name_en, s.parent)
        returning 1
    ), added as (
        insert into tcr.code (list, code, name_zh, name_en, parent, source, valid_from, valid_to)
        select p_list, s.code, s.name_zh, s.name_en, s.parent, s.source, s.valid_from, s.valid_to from shipped s
        where not exists (select from tcr.code c where c.list = p_list and c.code = s.code)
        returning 1
    )
    select ((select count(*) from corrected) + (select count(*) from added))::integer
$$;

-- The rows of the law as the shipped files write them: rule (of the form), rule_set, contract_type, rule_checklist, refusal_reason,
-- parameter. An empty day is no limit.
create or replace function tcr.rule_shipped(p_file text, p_rows jsonb) returns setof tcr.rule
language sql stable set search_path = pg_catalog as $$
    select case p_file when 'rule_set' then 'rule_set' else coalesce(r.id, r.code, r.name) end,
        case p_file when 'rule' then 'form' when 'rule_set' then 'set' when 'contract_type' then 'type' when 'refusal_reason' then 'refusal'
            when 'parameter' then 'parameter' else case when r.parent like '%-' then 'exclusion' else 'criterion' end end,
        coalesce(r.region, ''), case p_file when 'contract_type' then nullif(r.parent, '') end,
        case p_file when 'rule_checklist' then rtrim(r.parent, '+-') else r.applies_to end,
        r.severity, coalesce(r.is_required, 'true')::boolean, case p_file when 'rule_set' then r.id else nullif(r.value, '') end,
        coalesce(r.is_enabled, 'true')::boolean, nullif(r.article, ''), r.proof, coalesce(r.source, 'tcrd'),
        coalesce(r.zh, r.name_zh), coalesce(r.en, r.name_en), coalesce(nullif(r.valid_from, '')::date, '-infinity'),
        coalesce(nullif(r.valid_to, '')::date, 'infinity'), null::bigint
    from jsonb_to_recordset(p_rows) as r (id text, code text, name text, region text, parent text, applies_to text, severity text,
        is_required text, value text, is_enabled text, article text, proof text, source text, zh text, en text, name_zh text,
        name_en text, valid_from text, valid_to text)
$$;

-- A shipped row corrects the row that it was before: same id, area and first day, same source, not written by a load. It is not put
-- beside a row of the bureau that holds on one of its days. What was switched on or off stays so, and an end that was brought forward.
create or replace function tcr.rule_store(p_file text, p_rows jsonb) returns integer
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_corrected integer;
    v_added integer;
begin
    with corrected as (
        update tcr.rule t
        set (parent, applies_to, severity, is_required, value, article, proof, zh, en, valid_to)
            = (s.parent, s.applies_to, s.severity, s.is_required, s.value, s.article, s.proof, s.zh, s.en, least(t.valid_to, s.valid_to))
        from tcr.rule_shipped(p_file, p_rows) s
        where t.id = s.id and t.kind = s.kind and t.region = s.region and t.valid_from = s.valid_from and t.source = s.source
            and t.batch is null
            and (t.parent, t.applies_to, t.severity, t.is_required, t.value, t.article, t.proof, t.zh, t.en, t.valid_to) is distinct from
                (s.parent, s.applies_to, s.severity, s.is_required, s.value, s.article, s.proof, s.zh, s.en, least(t.valid_to, s.valid_to))
        returning 1
    )
    select count(*) into v_corrected from corrected;
    with added as (
        insert into tcr.rule
        select s.* from tcr.rule_shipped(p_file, p_rows) s
        where not exists (select from tcr.rule t where t.id = s.id and t.region = s.region
            and t.valid_from <= s.valid_to and t.valid_to >= s.valid_from)
        returning 1
    )
    select count(*) into v_added from added;
    return v_corrected + v_added;
end
$$;

-- A year of which a day was loaded by hand stays as it is.
create or replace function tcr.calendar_store(p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with stored as (
        insert into tcr.calendar_day as t (day, kind, name_zh)
        select r.day, r.kind, r.name_zh from jsonb_to_recordset(p_rows) as r (day date, kind text, name_zh text)
        where not exists (select from tcr.calendar_day c where c.loaded_by is not null
            and extract(year from c.day) = extract(year from r.day))
        on conflict (day) do update set kind = excluded.kind, name_zh = excluded.name_zh
            where (t.kind, t.name_zh) is distinct from (excluded.kind, excluded.name_zh)
        returning 1
    )
    select count(*)::integer from stored
$$;

-- p_rows: [{"method": "contract.accept", "role": "registrar"}, ...], the whole table.
create or replace function tcr.method_role_store(p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with shipped as (
        select r.method, r.role from jsonb_to_recordset(p_rows) as r (method text, role text)
    ), dropped as (
        delete from tcr.method_role m
        where not exists (select from shipped s where s.method = m.method and s.role = m.role)
        returning 1
    ), added as (
        insert into tcr.method_role (method, role)
        select s.method, s.role from shipped s
        where not exists (select from tcr.method_role m where m.method = s.method and m.role = s.role)
        returning 1
    )
    select ((select count(*) from dropped) + (select count(*) from added))::integer
$$;

-- The area of the installation, and a first registration point for its city when there is none.
-- The area of a record that holds contracts stays: figures are relative to it. Returns the area that holds now.
create or replace function tcr.installation_store(p_region text) returns text
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_region text;
    v_city text := rpad(left(p_region, 4), 6, '0');
begin
    if not exists (select from tcr.code c where c.list = 'region_cn_all' and c.code = rpad(p_region, 6, '0')) then
        raise exception 'region % is not in the list region_cn_all', p_region using errcode = 'TC010';
    end if;
    insert into tcr.installation as i (region) values (p_region)
    on conflict (id) do update set region = excluded.region
        where i.region <> excluded.region and not exists (select from tcr.contract);
    select i.region into v_region from tcr.installation i;
    insert into tcr.registration_point (region, number_region, code, name)
    select left(p_region, 4), left(v_city, 4), '01',
        coalesce((select c.name_zh from tcr.code c where c.list = 'region_cn_all' and c.code = v_city limit 1), '')
            || '技术合同登记处'
    where not exists (select from tcr.registration_point);
    return v_region;
end
$$;

-- A record that holds contracts becomes no demonstration: sample contracts are never put beside real ones.
create or replace function tcr.demonstration_mark() returns boolean
language plpgsql volatile set search_path = pg_catalog as $$
begin
    update tcr.installation set is_demonstration = true
    where not is_demonstration and not exists (select from tcr.contract);
    return (select i.is_demonstration from tcr.installation i);
end
$$;

-- reference_store - what tcrd migrate brings along: codes, rules, parameters, calendar, roles of methods, the installation.
-- Rows of the bureau's own survive: a validity that was narrowed, a row with another source, a code that is not shipped.

create or replace function tcr.code_store(p_list text, p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with shipped as (
        select r.code, r.name_zh, r.name_en, nullif(r.parent, '') as parent, r.source
        from jsonb_to_recordset(p_rows) as r (code text, name_zh text, name_en text, parent text, source text)
    ), corrected as (
        update tcr.code c set name_zh = s.name_zh, name_en = s.name_en, parent = s.parent
        from shipped s
        where c.list = p_list and c.code = s.code and c.valid_from = '-infinity' and c.source = s.source
            and (c.name_zh, c.name_en, c.parent) is distinct from (s.name_zh, s.name_en, s.parent)
        returning 1
    ), added as (
        insert into tcr.code (list, code, name_zh, name_en, parent, source)
        select p_list, s.code, s.name_zh, s.name_en, s.parent, s.source from shipped s
        where not exists (select from tcr.code c where c.list = p_list and c.code = s.code)
        returning 1
    )
    select ((select count(*) from corrected) + (select count(*) from added))::integer
$$;

create or replace function tcr.rule_store(p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with stored as (
        insert into tcr.rule as t (id, severity, article, proof, zh, en)
        select r.id, r.severity, nullif(r.article, ''), r.proof, r.zh, r.en
        from jsonb_to_recordset(p_rows) as r (id text, severity text, article text, proof text, zh text, en text)
        on conflict (id, valid_from) do update
            set severity = excluded.severity, article = excluded.article, proof = excluded.proof, zh = excluded.zh, en = excluded.en
            where (t.severity, t.article, t.proof, t.zh, t.en)
                is distinct from (excluded.severity, excluded.article, excluded.proof, excluded.zh, excluded.en)
        returning 1
    )
    select count(*)::integer from stored
$$;

-- An empty day in the file is no limit. A shipped end of validity closes a row that had none.
create or replace function tcr.parameter_store(p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with stored as (
        insert into tcr.parameter as t (name, value, article, proof, source, valid_from, valid_to)
        select r.name, r.value, nullif(r.article, ''), r.proof, r.source, coalesce(nullif(r.valid_from, '')::date, '-infinity'),
            coalesce(nullif(r.valid_to, '')::date, 'infinity')
        from jsonb_to_recordset(p_rows)
            as r (name text, value text, article text, proof text, source text, valid_from text, valid_to text)
        on conflict (name, valid_from) do update
            set value = excluded.value, article = excluded.article, proof = excluded.proof,
                valid_to = case when t.valid_to = 'infinity' then excluded.valid_to else t.valid_to end
            where t.source = excluded.source and (t.value, t.article, t.proof, t.valid_to)
                is distinct from (excluded.value, excluded.article, excluded.proof,
                    case when t.valid_to = 'infinity' then excluded.valid_to else t.valid_to end)
        returning 1
    )
    select count(*)::integer from stored
$$;

create or replace function tcr.calendar_store(p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with stored as (
        insert into tcr.calendar_day as t (day, kind, name_zh)
        select r.day, r.kind, r.name_zh from jsonb_to_recordset(p_rows) as r (day date, kind text, name_zh text)
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

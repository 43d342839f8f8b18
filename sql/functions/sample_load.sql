-- sample_load - load made-up contracts into a demonstration. Called by tcrd sample as the owner of the schema (none of it is
-- security definer), all in one transaction: sample_lock, sample_filers, sample_points, sample_serials, sample_open, then COPY into the
-- tables, at last sample_close; around the COPY of an empty record sample_unindex and sample_index. What is refused is raised as TC010.
-- Every number (sequence, serial, id) and every column comes from the command, which knows the acts of each day before it makes the
-- first contract.

-- Is each day worked, when is a decision due on a contract accepted on it, which rule set holds, and from which amounts on does a
-- contract belong to the next size class?
create or replace function tcr.sample_days(p_first date, p_last date)
returns table (is_working boolean, due_on date, rule_set text, size_from text)
language sql stable set search_path = pg_catalog as $$
    select tcr.is_working_day(d::date), (tcr.due_on('decision', d::date, d::date)).due_on, tcr.rule_set_on(d::date),
        tcr.parameter_on('size_class.limits', d::date)
    from generate_series(p_first::timestamp, p_last::timestamp, '1 day') d order by d
$$;

-- The layouts of the registration number and when they hold.
create or replace function tcr.sample_layouts() returns table (layout text, valid_from date, valid_to date)
language sql stable set search_path = pg_catalog as $$
    select p.value, greatest(p.valid_from, '1900-01-01'), least(p.valid_to, '2199-12-31')
    from tcr.rule p where p.id = 'registration_number.layout' and p.region = '' and p.is_enabled order by p.valid_from
$$;

-- May this record take made-up contracts? Asked early; sample_open decides.
create or replace function tcr.sample_is_welcome() returns boolean
language sql stable set search_path = pg_catalog as $$
    select exists (select from tcr.installation i where i.is_demonstration) or not exists (select from tcr.contract)
$$;

-- Agencies that file, with accounts that nobody can use: they are disabled and have no credentials. They are service points,
-- because those file in the names of many sellers.
create or replace function tcr.sample_filers(p_count integer) returns table (agency_id bigint, account_id bigint)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    insert into tcr.agency (name, kind, region)
    select '演示技术合同服务点' || n, 'service_point', (select i.region from tcr.installation i) from generate_series(1, p_count) n
    on conflict (name) do nothing;
    insert into tcr.account (name, roles, agency_id, is_active)
    select 'sample-agency-' || n, '{agency}', g.id, false
    from generate_series(1, p_count) n join tcr.agency g on g.name = '演示技术合同服务点' || n
    on conflict (name) do nothing;
    return query
    select g.id, a.id from generate_series(1, p_count) n
    join tcr.agency g on g.name = '演示技术合同服务点' || n join tcr.account a on a.name = 'sample-agency-' || n
    order by n;
end
$$;

-- The registration point of each county and the account that decides there; a point for the city where none covers it.
create or replace function tcr.sample_points(p_counties text[])
returns table (point_id bigint, registrar_id bigint, number_region text, code text)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_city text;
begin
    for v_city in
        select distinct left(u.county, 4) from unnest(p_counties) u (county)
        where not exists (select from tcr.registration_point p where p.is_active and u.county like p.region || '%') order by 1
    loop
        insert into tcr.registration_point (region, number_region, code, name)
        values (v_city, v_city,
            (select to_char(n, 'FM00') from generate_series(1, 99) n where not exists (select from tcr.registration_point p
                where p.number_region = v_city and p.code = to_char(n, 'FM00')) order by n limit 1),
            coalesce((select c.name_zh from tcr.code c where c.list = 'region_cn_all'
                and c.code in (v_city || '00', left(v_city, 2) || '0000') and c.name_zh !~ '(^市辖区|^县|直辖县级行政区划)$'
                order by c.code desc limit 1), '') || '技术合同登记处');
    end loop;
    create temporary table sample_point on commit drop as select p.region, p.point_id from tcr.points_for(p_counties) p;
    insert into tcr.account (name, roles, point_id, is_active)
    select distinct 'sample-registrar-' || p.number_region || p.code, '{registrar}'::text[], p.id, false
    from pg_temp.sample_point s join tcr.registration_point p on p.id = s.point_id
    on conflict (name) do nothing;
    return query
    select p.id, a.id, p.number_region, p.code
    from unnest(p_counties) with ordinality u (county, o)
    join pg_temp.sample_point s on s.region = u.county
    join tcr.registration_point p on p.id = s.point_id
    join tcr.account a on a.name = 'sample-registrar-' || p.number_region || p.code
    order by u.o;
end
$$;

-- Lock the counters of these points and years, year by year in the order of p_years; the last serial of each.
create or replace function tcr.sample_serials(p_points bigint[], p_years integer[])
returns table (point_id bigint, year integer, last_serial bigint)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_year integer;
begin
    foreach v_year in array p_years loop
        perform tcr.number_counter_lock(p_points, v_year);
    end loop;
    return query
    select n.point_id, n.year, n.last_serial from tcr.number_counter n
    where n.point_id = any (p_points) and n.year = any (p_years);
end
$$;

-- Hold back whoever writes contracts. Is the record empty?
create or replace function tcr.sample_lock() returns boolean
language plpgsql volatile set search_path = pg_catalog as $$
begin
    lock table tcr.contract in share row exclusive mode;
    return not exists (select from tcr.contract) and not exists (select from tcr.contract_release)
        and not exists (select from tcr.fact) and not exists (select from tcr.certificate);
end
$$;

-- Lock the sequence, mark the record as a demonstration, open again the days that are to be loaded: figures of a demonstration
-- stand in the past, and a closed day takes no more facts. Returns the last number of the sequence, the days opened again, and the
-- first of p_count ids for contracts.
create or replace function tcr.sample_open(p_first date, p_count bigint) returns table (seq bigint, reopened bigint, first_id bigint)
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_seq bigint;
    v_reopened bigint;
begin
    select s.value into v_seq from tcr.sequence_counter s for update;
    if not tcr.demonstration_mark() then
        raise exception 'the record holds contracts and is no demonstration: nothing was stored' using errcode = 'TC010';
    end if;
    while tcr.income_terms_update(100000) > 0 loop end loop; -- the load brings its own terms
    perform tcr.fact_years(extract(year from p_first)::integer, extract(year from tcr.today())::integer);
    delete from tcr.closing l where l.last_day >= p_first;
    get diagnostics v_reopened = row_count;
    return query select v_seq, v_reopened,
        setval('tcr.contract_id_seq', nextval('tcr.contract_id_seq') + p_count - 1) - p_count + 1;
end
$$;

-- What stands around the tables of the record and is built again when they are full.
create or replace function tcr.sample_around() returns table (kind text, place regclass, name text, definition text)
language sql stable set search_path = pg_catalog as $$
    with t as (select unnest('{tcr.contract,tcr.contract_release,tcr.certificate,tcr.fact}'::regclass[]) as o)
    select case c.contype when 'f' then 'reference' else 'key' end, c.conrelid::regclass, c.conname::text, pg_get_constraintdef(c.oid)
    from pg_constraint c
    where c.conparentid = 0 and (c.contype in ('p', 'u', 'x') and c.conrelid in (select o from t)
        or c.contype = 'f' and (c.conrelid in (select o from t) or c.confrelid in (select o from t)))
    union all
    -- The index of a partitioned table is to reach its partitions.
    select 'index', i.indrelid::regclass, i.indexrelid::regclass::text, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
    from pg_index i
    where i.indrelid in (select o from t) and not exists (select from pg_constraint c where c.conindid = i.indexrelid
        and c.contype in ('p', 'u', 'x'))
$$;

-- Make ready an empty record: no keys, no indexes, no trigger that fills columns, and new files, which an aborted transaction takes
-- with it and whose rows COPY may freeze. A trigger that guards the record stays.
create or replace function tcr.sample_unindex() returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v record;
begin
    create temporary table sample_kept on commit drop as select * from tcr.sample_around();
    for v in select k.* from pg_temp.sample_kept k where k.kind = 'reference' loop
        execute format('alter table %s drop constraint %I', v.place, v.name);
    end loop;
    cluster tcr.contract using contract_pkey;
    cluster tcr.contract_release using contract_release_pkey;
    cluster tcr.certificate using certificate_pkey;
    for v in select k.* from pg_temp.sample_kept k where k.kind = 'key' loop
        execute format('alter table %s drop constraint %I', v.place, v.name);
    end loop;
    for v in select k.* from pg_temp.sample_kept k where k.kind = 'index' loop
        execute format('drop index %s', v.name);
    end loop;
    alter table tcr.contract_release disable trigger release_figure;
end
$$;

create or replace function tcr.sample_index() returns void
language plpgsql volatile set search_path = pg_catalog set maintenance_work_mem = '512MB' as $$
declare
    v record;
begin
    for v in select k.* from pg_temp.sample_kept k order by k.kind = 'reference', k.kind = 'index', k.place::text, k.name loop
        execute case v.kind when 'index' then v.definition
            else format('alter table %s add constraint %I %s', v.place, v.name, v.definition) end;
    end loop;
    alter table tcr.contract_release enable trigger release_figure;
end
$$;

-- The counters as the load leaves them, the marks of all contracts, and the audit row of the load.
create or replace function tcr.sample_close(p_seq bigint, p_points bigint[], p_years integer[], p_serials bigint[], p_object text,
    p_by text) returns void
language sql volatile set search_path = pg_catalog as $$
    update tcr.number_counter n set last_serial = u.serial
    from unnest(p_points, p_years, p_serials) u (point_id, year, serial)
    where n.point_id = u.point_id and n.year = u.year;
    update tcr.sequence_counter set value = p_seq;
    update tcr.income_term_state set seq = p_seq;
    select tcr.findings_rebuild();
    select tcr.admin_audit('sample.load', p_object, p_by);
$$;

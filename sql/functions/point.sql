-- point - the registration points (登记机构): where to go, when, and whom to call is public.

create or replace function tcr.point_json(p tcr.registration_point) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', p.id::text, 'version', p.version, 'code', p.code, 'region', p.region,
        'number_region', p.number_region, 'name', p.name, 'number_source', p.number_source, 'is_active', p.is_active,
        'address', p.address, 'phone', p.phone, 'opening_hours', p.opening_hours);
end
$$;

create or replace function tcr.fetch_point_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select tcr.point_json(p) from tcr.registration_point p where p.id = (p_args ->> 'id')::bigint);
end
$$;

-- for: the point that decides what is filed from a region.
create or replace function tcr.fetch_point_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    a record;
begin
    select * into a from jsonb_to_record(p_args) as x ("for" text, active boolean, "limit" integer, "cursor" bigint);
    return tcr.page((select jsonb_agg(tcr.point_json(l.p) order by (l.p).id) from (
        select p from tcr.registration_point p
        where p.id > coalesce(a.cursor, 0) and (a.active is null or p.is_active = a.active)
            and (a."for" is null or p.id = tcr.point_for(a."for"))
        order by p.id limit a.limit + 1) l), p_args);
end
$$;

-- What is wrong with a point beside the form of its values.
create or replace function tcr.point_faults(p tcr.registration_point) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_faults jsonb := '[]';
begin
    if p.code !~ '^[0-9]{2}$' then
        v_faults := v_faults || tcr.fault('/code', 'point.code');
    end if;
    if p.number_region !~ '^[0-9]{4}$' then
        v_faults := v_faults || tcr.fault('/number_region', 'point.number_region');
    end if;
    if not tcr.region_is_known(p.region) then
        v_faults := v_faults || tcr.fault('/region', 'region.unknown', p.region);
    end if;
    if exists (select from tcr.registration_point o where o.number_region = p.number_region and o.code = p.code
            and o.id is distinct from p.id) then
        v_faults := v_faults || tcr.fault('/code', 'point.code_used', p.number_region || p.code);
    end if;
    if not p.is_active and not exists (select from tcr.registration_point o where o.is_active and o.id is distinct from p.id) then
        v_faults := v_faults || tcr.fault('/is_active', 'point.last_active');
    end if;
    return v_faults;
end
$$;

create or replace function tcr.point_insert(p tcr.registration_point) returns tcr.registration_point
language sql volatile set search_path = pg_catalog as $$
    insert into tcr.registration_point (code, region, name, number_region, number_source, is_active, address, phone, opening_hours)
    values (p.code, p.region, p.name, p.number_region, p.number_source, p.is_active, p.address, p.phone, p.opening_hours)
    returning registration_point
$$;

create or replace function tcr.store_point_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    p tcr.registration_point := jsonb_populate_record(null::tcr.registration_point, p_args - 'id');
    v_faults jsonb;
begin
    p.number_region := coalesce(p.number_region, left(rpad(p.region, 6, '0'), 4));
    p.number_source := coalesce(p.number_source, 'tcrd');
    p.is_active := coalesce(p.is_active, true);
    v_faults := tcr.point_faults(p);
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    p := tcr.point_insert(p);
    return tcr.stored('point ' || p.id, tcr.point_json(p));
end
$$;

-- A registration number of a point and year whose serial is one digit repeated, and where in it the serial stands.
create or replace function tcr.number_bound(p tcr.registration_point, p_year integer, p_digit text, out number text, out serial_at integer,
    out serial_width integer)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_part text;
    v_kind text;
    v_width integer;
begin
    number := '';
    foreach v_part in array string_to_array(tcr.parameter_on('registration_number.layout', tcr.today()), ',') loop
        v_kind := split_part(v_part, ':', 1);
        v_width := split_part(v_part, ':', 2)::integer;
        if v_kind = 'serial' then
            serial_at := length(number) + 1;
            serial_width := v_width;
        end if;
        number := number || case v_kind when 'serial' then repeat(p_digit, v_width) else right(lpad(case v_kind
            when 'year' then p_year::text when 'region' then p.number_region when 'point' then p.code end, v_width, '0'), v_width) end;
    end loop;
end
$$;

-- From now on tcrd gives the numbers of a point that had them from the national system: it goes on behind the highest one of each
-- year, so no number is given twice.
create or replace function tcr.point_count_on(p tcr.registration_point) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_serial bigint;
    l record;
    h record;
begin
    for v_year in 2000..extract(year from tcr.today())::integer loop
        perform tcr.number_counter_lock(array[p.id], v_year);
        select * into l from tcr.number_bound(p, v_year, '0');
        select * into h from tcr.number_bound(p, v_year, '9');
        select max(substr(c.registration_number, l.serial_at, l.serial_width)::bigint) into v_serial from tcr.contract c
        where c.registration_number between l.number and h.number and length(c.registration_number) = length(l.number)
            and overlay(c.registration_number placing repeat('0', l.serial_width) from l.serial_at for l.serial_width) = l.number;
        update tcr.number_counter n set last_serial = v_serial
        where n.point_id = p.id and n.year = v_year and n.last_serial < v_serial;
    end loop;
end
$$;

create or replace function tcr.refusal_point_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.version_refusal((select p.version from tcr.registration_point p where p.id = (p_args ->> 'id')::bigint), p_if_match);
end
$$;

-- Code and regions stand in numbers and routes that were given: they never change.
create or replace function tcr.store_point_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    p tcr.registration_point := (select p from tcr.registration_point p where p.id = (p_args ->> 'id')::bigint);
    v_source text := p.number_source;
    v_faults jsonb;
begin
    p.name := p_args ->> 'name';
    p.number_source := coalesce(p_args ->> 'number_source', p.number_source);
    p.is_active := coalesce((p_args ->> 'is_active')::boolean, true);
    p.address := p_args ->> 'address';
    p.phone := p_args ->> 'phone';
    p.opening_hours := p_args ->> 'opening_hours';
    v_faults := tcr.point_faults(p);
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    if v_source = 'national' and p.number_source = 'tcrd' then
        perform tcr.point_count_on(p);
    end if;
    update tcr.registration_point t set (name, number_source, is_active, address, phone, opening_hours)
        = (p.name, p.number_source, p.is_active, p.address, p.phone, p.opening_hours)
    where t.id = p.id returning t.* into p;
    return tcr.stored('point ' || p.id, tcr.point_json(p));
end
$$;

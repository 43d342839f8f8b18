-- next_number - the next registration number of a point and year, gap-free; null when the point is full.
-- The caller holds the lock on the counter row (number_counter_lock) until the end of its transaction.
create or replace function tcr.number_counter_lock(p_points bigint[], p_year integer) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    insert into tcr.number_counter (point_id, year, last_serial)
    select distinct p, p_year, 0 from unnest(p_points) p order by p
    on conflict do nothing;
    perform from tcr.number_counter n where n.point_id = any (p_points) and n.year = p_year order by n.point_id for update;
end
$$;

-- The layout is a parameter of the law: parts and their widths in order, "year:4,region:4,point:2,serial:6".
create or replace function tcr.next_number(p_point bigint, p_day date) returns text
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_point tcr.registration_point;
    v_serial bigint;
    v_number text;
    v_part text;
    v_width integer;
    v_text text;
begin
    select * into v_point from tcr.registration_point p where p.id = p_point;
    select n.last_serial into v_serial from tcr.number_counter n
    where n.point_id = p_point and n.year = extract(year from p_day);
    loop
        v_serial := v_serial + 1;
        v_number := '';
        foreach v_part in array string_to_array(tcr.parameter_on('registration_number.layout', p_day), ',') loop
            v_width := split_part(v_part, ':', 2)::integer;
            v_text := case split_part(v_part, ':', 1)
                when 'year' then to_char(p_day, 'YYYY')
                when 'region' then v_point.number_region
                when 'point' then v_point.code
                when 'serial' then v_serial::text end;
            if split_part(v_part, ':', 1) = 'serial' and length(v_text) > v_width then
                return null;
            end if;
            v_number := v_number || right(lpad(v_text, v_width, '0'), v_width);
        end loop;
        -- Somebody may have typed this one in as a number of the province or of the national system.
        exit when not exists (select from tcr.contract c where c.registration_number = v_number);
    end loop;
    update tcr.number_counter n set last_serial = v_serial
    where n.point_id = p_point and n.year = extract(year from p_day);
    return v_number;
end
$$;

-- Is the number of a series that tcrd itself numbers, of whatever year? Typed in, it would leave a hole there.
create or replace function tcr.number_is_given(p_number text, p_day date) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_at integer := 1;
    v_region text;
    v_point text;
    v_part text;
    v_width integer;
begin
    foreach v_part in array string_to_array(tcr.parameter_on('registration_number.layout', p_day), ',') loop
        v_width := split_part(v_part, ':', 2)::integer;
        case split_part(v_part, ':', 1)
            when 'region' then v_region := substr(p_number, v_at, v_width);
            when 'point' then v_point := substr(p_number, v_at, v_width);
            else null;
        end case;
        v_at := v_at + v_width;
    end loop;
    return exists (select from tcr.registration_point p where p.number_source = 'tcrd'
        and right(lpad(p.number_region, length(v_region), '0'), length(v_region)) = v_region
        and right(lpad(p.code, length(v_point), '0'), length(v_point)) = v_point);
end
$$;

-- calendar_admin - the calendar of the State Council as the command line shows and loads it. Called by the owner of the schema only.

create or replace function tcr.calendar_show(p_year integer) returns table (day text, weekday text, kind text, name_zh text, state text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select tcr.day_text(d.day), '周' || substr('一二三四五六日', extract(isodow from d.day)::integer, 1), d.kind, d.name_zh,
        case when tcr.calendar_is_loaded(p_year) then 'final' else 'provisional 暂定' end
    from tcr.calendar_days(p_year) d order by d.day;
end
$$;

create or replace function tcr.calendar_rows(p_rows jsonb) returns table (line bigint, text text, day date, kind text, name_zh text)
language sql stable set search_path = pg_catalog as $$
    select e.ord + 1, e.item ->> 'day', tcr.day_of(e.item ->> 'day'), e.item ->> 'kind', e.item ->> 'name_zh'
    from jsonb_array_elements(p_rows) with ordinality e (item, ord)
$$;

-- What is wrong with a file: line (null: the file as a whole), text, and whether the load can be. A year should be whole: have every
-- holiday of the law, none with a hole in it; whoever loads one that is not is warned. Days around New Year that belong to the notice of
-- the neighbouring year may stand in the file as well.
create or replace function tcr.calendar_faults(p_rows jsonb) returns table (line bigint, fault text, is_fatal boolean)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_fixed date[];
    y integer;
begin
    return query
    select f.line, case
        when f.day is null or extract(year from f.day) not between 1990 and 2199 then 'day is a day, YYYY-MM-DD'
        when coalesce(f.kind, '') not in ('holiday', 'workday') then 'kind is holiday or workday'
        when coalesce(f.name_zh, '') = '' then 'name_zh is missing'
        when f.kind = 'workday' and extract(isodow from f.day) < 6 then f.text || ' is no weekend: it is worked anyway'
        else f.text || ' stands more than once' end, true
    from tcr.calendar_rows(p_rows) f
    where f.day is null or extract(year from f.day) not between 1990 and 2199 or coalesce(f.kind, '') not in ('holiday', 'workday')
        or coalesce(f.name_zh, '') = '' or (f.kind = 'workday' and extract(isodow from f.day) < 6)
        or exists (select from tcr.calendar_rows(p_rows) o where o.day = f.day and o.line < f.line)
    order by f.line;
    if found then
        return;
    end if;
    return query select null::bigint, 'the file has no day', true where not exists (select from tcr.calendar_rows(p_rows));
    -- A hole: a day that is not free between two holidays of one name, when they are close enough to be one holiday. Another holiday may
    -- fall into its days, as mid-autumn does into those of National Day.
    return query
    select null::bigint, format('%s has a hole: %s follows %s', h.name_zh, h.day, h.before), false
    from (select f.name_zh, f.day, lag(f.day) over (partition by f.name_zh order by f.day) as before
        from tcr.calendar_rows(p_rows) f where f.kind = 'holiday') h
    where h.day - h.before between 2 and 20 and h.day - h.before - 1 > (select count(*) from tcr.calendar_rows(p_rows) f
        where f.kind = 'holiday' and f.day > h.before and f.day < h.day) order by h.day;
    for y in select distinct extract(year from f.day)::integer from tcr.calendar_rows(p_rows) f order by 1 loop
        if not exists (select from tcr.calendar_rows(p_rows) f where f.day between make_date(y, 1, 20) and make_date(y, 12, 10)) then
            return query select null::bigint, format('%s is not whole, and its calendar is not loaded', y), true
            where not tcr.calendar_is_loaded(y);
            continue;
        end if;
        v_fixed := tcr.fixed_holidays(y);
        return query select null::bigint, format('%s is no holiday in the file', d), false from unnest(v_fixed) d
        where not exists (select from tcr.calendar_rows(p_rows) f where f.day = d and f.kind = 'holiday')
            and (extract(isodow from d) < 6 or exists (select from tcr.calendar_rows(p_rows) f where f.day = d)) order by d;
        -- Mid-autumn can fall into the days of National Day, which are then eight.
        return query select null::bigint, format('%s has no holiday %s', y, n), false from unnest('{春节,清明,端午,中秋}'::text[]) n
        where not exists (select from tcr.calendar_rows(p_rows) f
                where extract(year from f.day) = y and f.kind = 'holiday' and strpos(f.name_zh, n) > 0)
            and (n <> '中秋' or (select count(*) from tcr.calendar_rows(p_rows) f
                where extract(year from f.day) = y and f.kind = 'holiday' and f.name_zh like '国庆%') < 8);
    end loop;
end
$$;

-- Load a file: a whole year replaces what was there but for the days of New Year in December, which come with the next year's notice.
-- what: fault, warning, day (counts: new, changed, dropped) or moved (an open contract's last day). With a fault the caller rolls back.
create or replace function tcr.calendar_load(p_rows jsonb, p_by text) returns table (what text, line bigint, detail text)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_years integer[];
    v_stored integer;
    v_dropped integer;
begin
    lock table tcr.calendar_day in share row exclusive mode;
    return query select case when f.is_fatal then 'fault' else 'warning' end, f.line, f.fault from tcr.calendar_faults(p_rows) f;
    if exists (select from tcr.calendar_faults(p_rows) f where f.is_fatal) then
        return;
    end if;
    select array_agg(distinct extract(year from f.day)::integer) into v_years
    from tcr.calendar_rows(p_rows) f where f.day between make_date(extract(year from f.day)::integer, 1, 20)
        and make_date(extract(year from f.day)::integer, 12, 10);
    delete from tcr.calendar_day c
    where extract(year from c.day)::integer = any (v_years) and not (extract(month from c.day) = 12 and c.name_zh like '元旦%')
        and not exists (select from tcr.calendar_rows(p_rows) f where f.day = c.day);
    get diagnostics v_dropped = row_count;
    insert into tcr.calendar_day as t (day, kind, name_zh, loaded_by)
    select f.day, f.kind, f.name_zh, p_by from tcr.calendar_rows(p_rows) f
    on conflict (day) do update set kind = excluded.kind, name_zh = excluded.name_zh, loaded_by = excluded.loaded_by
        where (t.kind, t.name_zh) is distinct from (excluded.kind, excluded.name_zh);
    get diagnostics v_stored = row_count;
    if v_stored + v_dropped > 0 then
        perform tcr.admin_audit('calendar.load', 'calendar ' || array_to_string(v_years, ','), p_by);
    end if;
    return query select 'day', null::bigint, format('%s days new or changed, %s dropped', v_stored, v_dropped);
    perform tcr.requests_recount();
    return query
    select 'moved', null::bigint, format('contract %s (%s): %s -> %s%s', m.contract_id, m.status, m.old_due, m.new_due,
        case when m.is_provisional then ' 暂定 provisional' else '' end)
    from tcr.clock_recount() m;
end
$$;

-- For `tcrd calendar due`: one line, and the rule row that it was counted by. p_days: another number of days than the row has.
create or replace function tcr.calendar_due(p_from date, p_rules_day date, p_kind text, p_days integer)
returns table (due_on text, is_provisional boolean, rule text, proof text, article text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    r tcr.rule;
    d tcr.due;
begin
    if p_kind <> all (tcr.due_kinds()) then
        raise exception 'kind % is unknown: %', p_kind, array_to_string(tcr.due_kinds(), ', ') using errcode = 'TC010';
    end if;
    r := tcr.due_rule(p_kind, p_rules_day);
    if r.id is null then
        raise exception 'the rules of % set no term for %', p_rules_day, p_kind using errcode = 'TC010';
    elsif p_days is not null then
        r.value := p_days || ' ' || split_part(r.value, ' ', 2);
    end if;
    d := tcr.term_after(p_from, r.value, r.value like '%calendar_day'
        and coalesce(tcr.parameter_on('limit.roll', p_rules_day) = 'next_working_day', false));
    return query select tcr.day_text(d.due_on), d.is_provisional, concat_ws(' ', r.id, nullif(r.region, ''), r.value,
        tcr.rule_validity(r.valid_from, r.valid_to)), r.proof, r.article;
end
$$;

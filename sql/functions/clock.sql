-- clock - the statutory clock of DESIGN.md section 6: last days of terms, what is due, late or lapsed, how fast points decide.

-- Is the calendar of this year loaded? A day around New Year may come with the notice of the neighbouring year.
create or replace function tcr.calendar_is_loaded(p_year integer) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return exists (select from tcr.calendar_day c where c.day between make_date(p_year, 2, 1) and make_date(p_year, 11, 30));
end
$$;

-- The holidays of a year that fall on the same days every year; those of the lunar calendar are known by notice only.
create or replace function tcr.fixed_holidays(p_year integer) returns date[]
language plpgsql stable set search_path = pg_catalog as $$
begin
    return array(select d.day from tcr.code c
        cross join lateral (select make_date(p_year, left(c.code, 2)::integer, right(c.code, 2)::integer) as day) d
        where c.list = 'fixed_holiday' and d.day between c.valid_from and c.valid_to);
end
$$;

-- Weekends are free and holidays too, make-up days are worked (calendar_day has the State Council's notices).
create or replace function tcr.is_working_day(p_day date) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_kind text := (select c.kind from tcr.calendar_day c where c.day = p_day);
    v_year integer := extract(year from p_day);
begin
    if v_kind is not null then
        return v_kind = 'workday';
    elsif extract(isodow from p_day) > 5 then
        return false;
    end if;
    return tcr.calendar_is_loaded(v_year) or p_day <> all (tcr.fixed_holidays(v_year));
end
$$;

-- The last of p_days days after p_from, which itself does not count. Counting in working days through a year whose calendar is not
-- loaded goes by weekends and fixed holidays, and is provisional. p_roll: a calendar day that is free moves to the next worked one.
create or replace function tcr.days_after(p_from date, p_days integer, p_unit text, p_roll boolean) returns tcr.due
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_day date;
begin
    if p_unit = 'working_day' then
        return tcr.working_days_after(p_from, p_days);
    end if;
    v_day := p_from + p_days;
    if not p_roll then
        return (v_day, false);
    end if;
    return tcr.working_days_after(v_day - 1, 1);
end
$$;

create or replace function tcr.working_days_after(p_from date, p_days integer) returns tcr.due
language plpgsql stable set search_path = pg_catalog as $$
declare
    -- As if there were weekends and nothing else: from the Friday before a weekend, whole weeks, then the days that are left.
    v_weekday integer := least(extract(isodow from p_from)::integer, 5);
    v_day date := p_from - greatest(extract(isodow from p_from)::integer - 5, 0) + p_days / 5 * 7 + p_days % 5
        + case when v_weekday + p_days % 5 > 5 then 2 else 0 end;
    v_left integer := p_days;
    v_year integer;
    v_free date[];
    v_worked date[];
    v_provisional boolean := false;
begin
    -- Most terms meet no holiday and no make-up day.
    if (select extract(year from p_from) = extract(year from v_day)
            and exists (select from tcr.calendar_day c where c.day >= make_date(extract(year from v_day)::integer, 2, 1)
                and c.day <= make_date(extract(year from v_day)::integer, 11, 30))
            and not exists (select from tcr.calendar_day c where c.day > p_from and c.day <= v_day)) then
        return (v_day, false);
    end if;
    v_day := p_from;
    while v_left > 0 loop
        v_day := v_day + 1;
        if v_year is distinct from extract(year from v_day)::integer then
            v_year := extract(year from v_day);
            select coalesce(array_agg(c.day) filter (where c.kind = 'holiday'), '{}'),
                coalesce(array_agg(c.day) filter (where c.kind = 'workday'), '{}')
            into v_free, v_worked
            from tcr.calendar_day c where c.day between v_day and make_date(v_year, 12, 31);
            if not tcr.calendar_is_loaded(v_year) then
                v_provisional := true;
                v_free := v_free || tcr.fixed_holidays(v_year);
            end if;
        end if;
        if v_day = any (v_worked) or (extract(isodow from v_day) < 6 and v_day <> all (v_free)) then
            v_left := v_left - 1;
        end if;
    end loop;
    return (v_day, v_provisional);
end
$$;

-- p_term: "15 working_day" or "30 calendar_day".
create or replace function tcr.term_after(p_from date, p_term text, p_roll boolean) returns tcr.due
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.days_after(p_from, split_part(p_term, ' ', 1)::integer, split_part(p_term, ' ', 2), p_roll);
end
$$;

-- The terms that the law sets; each is a parameter of its name and .limit.
create or replace function tcr.due_kinds() returns text[] language sql immutable as
$$ select '{acceptance,decision,expert,correction,request,objection}'::text[] $$;

-- The rule row that sets a term.
create or replace function tcr.due_rule(p_kind text, p_rules_day date) returns tcr.rule
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.parameter_row(p_kind || '.limit', (select i.region from tcr.installation i), p_rules_day);
end
$$;

-- The last day of a term that began on p_from, by the rules of p_rules_day; null where those rules set no such term. Asked for every
-- check of a filing: its rows are read without the detour over due_rule.
create or replace function tcr.due_on(p_kind text, p_from date, p_rules_day date) returns tcr.due
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_term text := (select r.value from tcr.rule r, tcr.installation i
        where r.id = p_kind || '.limit' and r.kind = 'parameter' and r.is_enabled and p_rules_day between r.valid_from and r.valid_to
            and left(i.region, length(r.region)) = r.region
        order by r.region desc limit 1);
begin
    if v_term is null then
        return (null::date, false);
    elsif v_term like '%working_day' then
        return tcr.working_days_after(p_from, split_part(v_term, ' ', 1)::integer);
    end if;
    return tcr.term_after(p_from, v_term, coalesce(tcr.parameter_on('limit.roll', p_rules_day) = 'next_working_day', false));
end
$$;

-- The days of a range with the number of working days up to each: for figures about many cases at once.
create or replace function tcr.working_days(p_first date, p_last date) returns table (day date, number bigint)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    with free as materialized (
        select unnest(tcr.fixed_holidays(y)) as day
        from generate_series(extract(year from p_first)::integer, extract(year from p_last)::integer) y
        where not tcr.calendar_is_loaded(y)
    )
    select d.day::date, count(*) filter (where coalesce(c.kind = 'workday', extract(isodow from d.day) < 6 and f.day is null))
        over (order by d.day)
    from generate_series(p_first::timestamp, p_last::timestamp, '1 day') d (day)
    left join tcr.calendar_day c on c.day = d.day::date
    left join free f on f.day = d.day::date;
end
$$;

-- What began the term that an open contract is under, and which term it is. A return begins the term of the correction.
create or replace function tcr.clock_start(p_contract tcr.contract, out kind text, out start date)
language plpgsql stable set search_path = pg_catalog as $$
begin
    case p_contract.status
        when 'submitted' then
            kind := 'acceptance';
            start := p_contract.submitted_on;
        when 'accepted' then
            kind := 'decision';
            start := p_contract.accepted_on;
        when 'expert' then
            kind := 'expert';
            start := p_contract.accepted_on;
        when 'correction' then
            kind := 'correction';
            start := (select r.day from tcr.contract_release r where r.contract_id = p_contract.id and r.event = 'return'
                order by r.seq desc limit 1);
        else
            null;
    end case;
end
$$;

-- After a calendar was loaded: count provisional last days of open contracts anew. Days that are final stay. Returns what moved.
create or replace function tcr.clock_recount()
returns table (contract_id bigint, status text, old_due date, new_due date, is_provisional boolean)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    c tcr.contract;
    s record;
    d tcr.due;
begin
    for c in
        select t.* from tcr.contract t where t.due_is_provisional and t.due_on is not null
            and t.status in ('submitted', 'correction', 'accepted', 'expert')
        order by t.id for update
    loop
        s := tcr.clock_start(c);
        d := tcr.due_on(s.kind, s.start, tcr.rules_day(c, s.start));
        if d.due_on is not null and (d.due_on, d.is_provisional) is distinct from (c.due_on, true) then
            update tcr.contract t set due_on = d.due_on, due_is_provisional = d.is_provisional where t.id = c.id;
            return query select c.id, c.status, c.due_on, d.due_on, d.is_provisional;
        end if;
    end loop;
end
$$;

-- Before a case is late, and when it is: one notice for a case, a kind and a last day. A new term after a return warns anew.
-- Returns how many were given.
create or replace function tcr.clock_warnings(p_day date) returns integer
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_region text := (select i.region from tcr.installation i);
    v_late date := (tcr.term_after(p_day, tcr.parameter_for('late.warning', v_region, p_day), false)).due_on;
    v_correction date := (tcr.term_after(p_day, tcr.parameter_for('correction.warning', v_region, p_day), false)).due_on;
    v_count integer := 0;
    i record;
begin
    for i in
        select w.id, w.kind, w.due_on, w.due_is_provisional
        from (
            select c.id, c.due_on, c.due_is_provisional,
                case when c.status = 'correction' then case when c.due_on between p_day and v_correction then 'correction_soon' end
                    when c.due_on < p_day then 'overdue'
                    when c.due_on <= v_late then 'due_soon' end as kind
            from tcr.contract c
            where c.due_on is not null and c.status in ('submitted', 'correction', 'accepted', 'expert')
                and c.due_on <= greatest(v_late, v_correction)
        ) w
        where w.kind is not null and not exists (select from tcr.notice n
            where n.contract_id = w.id and n.kind = w.kind and n.detail ->> 'due_on' = to_char(w.due_on, 'YYYY-MM-DD'))
        order by w.id
    loop
        perform tcr.notice_add(i.kind, i.id,
            jsonb_build_object('due_on', to_char(i.due_on, 'YYYY-MM-DD'), 'is_provisional', i.due_is_provisional));
        v_count := v_count + 1;
    end loop;
    return v_count;
end
$$;

-- Corrections that were not made by their day.
create or replace function tcr.clock_lapsed(p_day date) returns setof bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return query select c.id from tcr.contract c where c.status = 'correction' and c.due_on < p_day order by c.id;
end
$$;

-- reference - values that the record does not make itself, kept in versions: each takes a number of the sequence and stands beside the
-- older ones, so an answer with an older as_of stays as it was. Targets and regional GDP here, peer.sql and external.sql follow suit.

-- Places, periods, numbers -------------------------------------------------------------------------------------------------

-- A place as the figures name it, 3713 for 371300; null: there is no such place.
create or replace function tcr.reference_region(p_region text) returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    if p_region !~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$' or not exists (select from tcr.code c
            where c.list in ('region_cn_all', 'region_linyi') and c.code = rpad(p_region, 6, '0')) then
        return null;
    end if;
    return regexp_replace(p_region, '(00)+$', '');
end
$$;

create or replace function tcr.region_names(p_region text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('region', p_region) || coalesce((select jsonb_build_object('region_zh', c.name_zh, 'region_en', c.name_en)
        from tcr.code c where c.list in ('region_cn_all', 'region_linyi') and c.code = rpad(p_region, 6, '0')
        order by c.list, c.valid_from desc limit 1), '{}');
end
$$;

-- 2022, 2022H1, 2022Q2, 2022-06 or 2022M1-10; all null: no period.
create or replace function tcr.period_days(p_period text, out kind text, out first_day date, out last_day date)
language plpgsql immutable set search_path = pg_catalog as $$
declare
    p text[] := regexp_match(p_period,
        '^((?:19|20|21)[0-9]{2})(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2])|M([1-9]|1[0-2])-([1-9]|1[0-2]))?$');
    v_year integer := p[1]::integer;
    v_from integer := 1;
    v_months integer := 12;
begin
    if p is null or p[6]::integer < p[5]::integer then
        return;
    end if;
    kind := case when p[2] is not null then 'half' when p[3] is not null then 'quarter' when p[4] is not null then 'month'
        when p[5] is not null then 'span' else 'year' end;
    case kind
        when 'half' then v_from := p[2]::integer * 6 - 5; v_months := 6;
        when 'quarter' then v_from := p[3]::integer * 3 - 2; v_months := 3;
        when 'month' then v_from := p[4]::integer; v_months := 1;
        when 'span' then v_from := p[5]::integer; v_months := p[6]::integer - v_from + 1;
        else null;
    end case;
    first_day := make_date(v_year, v_from, 1);
    last_day := first_day + make_interval(months => v_months) - interval '1 day';
end
$$;

-- The first of p_count numbers of the sequence, the last lock that a transaction takes.
create or replace function tcr.reference_take(p_count bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_last bigint;
begin
    update tcr.sequence_counter set value = value + p_count returning value into v_last;
    return v_last - p_count + 1;
end
$$;

-- What is asked for: everything there is, or as of a number that the sequence has reached; null: it has not.
create or replace function tcr.reference_as_of(p_args jsonb) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_last bigint := (select s.value from tcr.sequence_counter s);
    v_as_of bigint := coalesce((p_args ->> 'as_of')::bigint, v_last);
begin
    return case when v_as_of <= v_last then v_as_of end;
end
$$;

-- Net sums of an area in whole days, as every answer of statistics has them.
create or replace function tcr.reference_figure(p_basis text, p_region text, p_first date, p_last date, p_as_of bigint,
    out count bigint, out total_amount bigint, out technology_amount bigint)
language plpgsql stable set search_path = pg_catalog as $$
begin
    select g.count, g.total_amount, g.technology_amount into count, total_amount, technology_amount
    from tcr.statistics_groups(p_as_of, null, p_basis, p_region, '{}', p_first, p_last, '{}', '{}', null, '{}', null, 1) g;
end
$$;

create or replace function tcr.percent(p_part numeric, p_whole numeric) returns text language sql immutable as
$$ select case when p_whole > 0 then round(100 * p_part / p_whole, 2)::text end $$;

-- Targets ------------------------------------------------------------------------------------------------------------------

create or replace function tcr.target_json(t tcr.target) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.region_names(t.region) || jsonb_build_object('id', t.seq::text, 'seq', t.seq, 'year', t.year::text, 'measure', t.measure,
        'basis', t.basis, 'value', case t.measure when 'count' then to_jsonb(t.value) else to_jsonb(tcr.money(t.value)) end,
        'pace', to_jsonb(t.pace), 'source', t.source, 'day', t.day);
end
$$;

-- The version of a target that held as of a number; null without.
create or replace function tcr.target_at(p_region text, p_year integer, p_measure text, p_basis text, p_as_of bigint) returns tcr.target
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select t from tcr.target t where t.region = p_region and t.year = p_year and t.measure = p_measure and t.basis = p_basis
        and t.seq <= p_as_of order by t.seq desc limit 1);
end
$$;

-- How much of a year's target is due at the end of a day: along its pace, even within a month, or the same every day of the year.
-- All null where there was no target. Round half away from zero.
create or replace function tcr.target_pace(p_region text, p_year integer, p_measure text, p_basis text, p_day date, p_as_of bigint,
    out value bigint, out due_percent numeric, out due bigint)
language plpgsql stable set search_path = pg_catalog as $$
declare
    t tcr.target := tcr.target_at(p_region, p_year, p_measure, p_basis, p_as_of);
    v_first date := make_date(p_year, 1, 1);
    v_days integer := make_date(p_year + 1, 1, 1) - v_first;
    v_month integer := extract(month from p_day);
    v_month_first date := date_trunc('month', p_day);
    v_month_days integer := (v_month_first + interval '1 month')::date - v_month_first;
    v_before integer;
    v_percent numeric;
begin
    if t.seq is null then
        return;
    elsif p_day < v_first then
        v_percent := 0;
    elsif p_day >= v_first + v_days - 1 then
        v_percent := 100;
    elsif t.pace is null then
        v_percent := 100.0 * (p_day - v_first + 1) / v_days;
    else
        v_before := case v_month when 1 then 0 else t.pace[v_month - 1] end;
        v_percent := v_before + (t.pace[v_month] - v_before)::numeric * (p_day - v_month_first + 1) / v_month_days;
    end if;
    value := t.value;
    due_percent := round(v_percent, 2);
    due := round(t.value * v_percent / 100);
end
$$;

create or replace function tcr.refusal_target_set(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    if tcr.reference_region(p_args ->> 'region') is null or (p_args ->> 'year')::bigint not between 1900 and 2199 then
        return tcr.refused('not_found');
    end if;
    return null;
end
$$;

-- The value comes in fen, of a count too. What holds already is not stored again.
create or replace function tcr.store_target_set(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    t tcr.target;
    n tcr.target := jsonb_populate_record(null::tcr.target, p_args - 'pace');
    v_faults jsonb := '[]';
    v_object text;
begin
    n.region := tcr.reference_region(n.region);
    n.basis := coalesce(n.basis, 'registered');
    select array_agg(x.value::integer order by x.ord) into n.pace
    from jsonb_array_elements_text(nullif(p_args -> 'pace', '[]')) with ordinality x (value, ord);
    if n.value <= 0 then
        v_faults := v_faults || tcr.fault('/value', 'target.value');
    elsif n.measure = 'count' and n.value % 100 <> 0 then
        v_faults := v_faults || tcr.fault('/value', 'target.count');
    end if;
    if n.pace is not null and (cardinality(n.pace) <> 12 or n.pace[12] <> 100
            or exists (select from generate_series(1, 11) i where n.pace[i] > n.pace[i + 1])) then
        v_faults := v_faults || tcr.fault('/pace', 'target.pace');
    end if;
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    if n.measure = 'count' then
        n.value := n.value / 100;
    end if;
    v_object := format('target %s %s %s %s', n.region, n.year, n.measure, n.basis);
    t := tcr.target_at(n.region, n.year, n.measure, n.basis, 9223372036854775807);
    if (t.value, t.pace, t.source, t.day) is distinct from (n.value, n.pace, n.source, n.day) then
        n.seq := tcr.reference_take(1);
        insert into tcr.target select n.*;
        t := n;
    end if;
    return tcr.stored(v_object, tcr.target_json(t));
end
$$;

-- The targets that held as of a number, or with history every version up to it.
create or replace function tcr.fetch_target_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_as_of bigint := tcr.reference_as_of(p_args);
    v_region text := regexp_replace(p_args ->> 'region', '(00)+$', '');
begin
    if v_as_of is null then
        return '{"bad_query": "as_of"}';
    end if;
    return tcr.page((select jsonb_agg(tcr.target_json(q.t) order by (q.t).seq) from (
        select t from tcr.target t
        where t.seq <= v_as_of and t.seq > coalesce((p_args ->> 'cursor')::bigint, 0)
            and (v_region is null or t.region = v_region)
            and (p_args ->> 'year' is null or t.year = (p_args ->> 'year')::bigint)
            and ((p_args ->> 'history')::boolean or not exists (select from tcr.target l where l.region = t.region and l.year = t.year
                and l.measure = t.measure and l.basis = t.basis and l.seq > t.seq and l.seq <= v_as_of))
        order by t.seq limit (p_args ->> 'limit')::integer + 1) q), p_args);
end
$$;

-- What a target asks for by a day, and what was reached: days of the year up to that day, as of a number.
create or replace function tcr.fetch_target_pace(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_as_of bigint := tcr.reference_as_of(p_args);
    v_year integer := least((p_args ->> 'year')::bigint, 2200);
    v_measure text := coalesce(p_args ->> 'measure', 'total_amount');
    v_on date := coalesce((p_args ->> 'on')::date, least(tcr.today(), make_date(v_year, 12, 31)));
    v_basis text := coalesce(p_args ->> 'basis', 'registered');
    t tcr.target;
    p record;
    f record;
    v_reached bigint;
begin
    if v_as_of is null then
        return '{"bad_query": "as_of"}';
    elsif v_measure not in ('count', 'total_amount', 'technology_amount') then
        return '{"bad_query": "measure"}';
    elsif v_basis not in ('registered', 'output', 'absorbed', 'local') then
        return '{"bad_query": "basis"}';
    end if;
    t := tcr.target_at(tcr.reference_region(p_args ->> 'region'), v_year, v_measure, v_basis, v_as_of);
    if t.seq is null then
        return null;
    elsif extract(year from v_on) <> v_year then
        return '{"bad_query": "on"}';
    end if;
    p := tcr.target_pace(t.region, t.year, t.measure, t.basis, v_on, v_as_of);
    f := tcr.reference_figure(t.basis, t.region, make_date(v_year, 1, 1), v_on, v_as_of);
    v_reached := case v_measure when 'count' then f.count when 'total_amount' then f.total_amount else f.technology_amount end;
    return tcr.target_json(t) || jsonb_build_object('on', v_on, 'as_of_seq', tcr.figure_seq(v_as_of), 'due_percent', p.due_percent::text,
        'reached_percent', tcr.percent(v_reached, t.value))
        || case v_measure when 'count' then jsonb_build_object('due', p.due, 'reached', v_reached, 'ahead', v_reached - p.due)
            else jsonb_build_object('due', tcr.money(p.due), 'reached', tcr.money(v_reached), 'ahead', tcr.money(v_reached - p.due)) end;
end
$$;

-- Regional GDP -------------------------------------------------------------------------------------------------------------

create or replace function tcr.gdp_json(g tcr.region_gdp) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.region_names(g.region) || jsonb_build_object('id', g.seq::text, 'seq', g.seq, 'year', g.year::text,
        'value', tcr.money(g.value), 'source', g.source, 'day', g.day);
end
$$;

create or replace function tcr.refusal_gdp_set(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language sql stable as $$ select tcr.refusal_target_set(p_account, p_if_match, p_args) $$;

-- The value comes as text: the product of a whole province is above the largest amount that a contract may have.
create or replace function tcr.store_gdp_set(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    g tcr.region_gdp;
    n tcr.region_gdp := jsonb_populate_record(null::tcr.region_gdp, p_args - 'value');
begin
    if p_args ->> 'value' !~ '^(0|[1-9][0-9]{0,14})(\.[0-9]{2})?$' then
        return tcr.faulty(tcr.fault('/value', 'body.money'));
    elsif (p_args ->> 'value')::numeric = 0 then
        return tcr.faulty(tcr.fault('/value', 'gdp.value'));
    end if;
    n.region := tcr.reference_region(n.region);
    n.value := (p_args ->> 'value')::numeric * 100;
    select * into g from tcr.region_gdp o where o.region = n.region and o.year = n.year order by o.seq desc limit 1;
    if (g.value, g.source, g.day) is distinct from (n.value, n.source, n.day) then
        n.seq := tcr.reference_take(1);
        insert into tcr.region_gdp select n.*;
        g := n;
    end if;
    return tcr.stored(format('gdp %s %s', g.region, g.year), tcr.gdp_json(g));
end
$$;

create or replace function tcr.fetch_gdp_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_as_of bigint := tcr.reference_as_of(p_args);
    v_region text := regexp_replace(p_args ->> 'region', '(00)+$', '');
begin
    if v_as_of is null then
        return '{"bad_query": "as_of"}';
    end if;
    return tcr.page((select jsonb_agg(tcr.gdp_json(q.g) order by (q.g).seq) from (
        select g from tcr.region_gdp g
        where g.seq <= v_as_of and g.seq > coalesce((p_args ->> 'cursor')::bigint, 0)
            and (v_region is null or g.region = v_region)
            and (p_args ->> 'year' is null or g.year = (p_args ->> 'year')::bigint)
            and ((p_args ->> 'history')::boolean or not exists (select from tcr.region_gdp l where l.region = g.region and l.year = g.year
                and l.seq > g.seq and l.seq <= v_as_of))
        order by g.seq limit (p_args ->> 'limit')::integer + 1) q), p_args);
end
$$;

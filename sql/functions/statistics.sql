-- statistics - grouped sums of facts: whole months from a cube, the days of months covered in part and whatever the cube does not hold
-- yet from fact rows. The function is stable, so everything in it reads the one snapshot of the calling statement: a figure is right at
-- every moment, also while a roll-up commits. As of an earlier release, what the cube has beyond it is taken off again.
-- Parameters of the statements: $1 as_of, $2 rolled_seq, $3 first, $4 last day, $5 first whole month, $6 end of the whole months
-- (exclusive), $7 region, $8 values of the filters, $9 agency, $10 closed day, $11 four-type codes, $12 limit.

-- Conditions on the columns of a source: the area, the agency, and the filters in the order of their values.
create or replace function tcr.statistics_filter(p_basis text, p_region text, p_has_agency boolean, p_filters text[]) returns text
language plpgsql stable set search_path = pg_catalog as $$
declare
    -- A region of six digits is a county or a zone.
    v_inside text := case length(p_region) when 6 then '(%1$scounty = $7 or %1$sdistrict = $7)' else '%1$scounty like $7 || ''%%''' end;
begin
    return concat_ws(' and ', format(v_inside, ''), case when p_basis = 'local' then format(v_inside, 'buyer_') end,
        case when p_has_agency then 'agency_id = $9' end,
        (select string_agg(case f.name when 'contract_type' then format('starts_with(contract_type, ($8)[%s])', f.o)
                when 'agency' then null
                -- "-" is what is not stated, or abroad.
                else format('(case ($8)[%2$s] when ''-'' then (%1$s) is null else (%1$s)::text = ($8)[%2$s] end)', d.expr, f.o) end, ' and ')
            from unnest(p_filters) with ordinality f (name, o) join tcr.statistics_dimensions() d on d.name = f.name));
end
$$;

-- The code of the four statistical types for each first digit of a contract type.
create or replace function tcr.statistics_stat4() returns text[]
language sql stable set search_path = pg_catalog as $$
    select array_agg((select c.code from tcr.code c where c.list = 'contract_type_stat4'
        and n::text = any (string_to_array(c.parent, '|')) limit 1) order by n) from generate_series(1, 9) n
$$;

-- The rows of a range as one statement: the columns p_columns beside n, total, technology and the rest of the values. p_cube: where whole
-- months come from; null: from the facts as everything else.
create or replace function tcr.statistics_source(p_basis text, p_cube text, p_is_daily boolean, p_columns text, p_filter text,
    p_as_of bigint, p_rolled bigint, p_first date, p_last date, p_from_month date, p_to_month date) returns text
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_values text := '%1$s count as n, %1$s total_amount as total, %1$s technology_amount as technology, %1$s technology_received as received,'
        ' %1$s technology_income as income, ';
    v_new text := '%1$s case when is_new then count else 0 end as new_n, %1$s case when is_new then total_amount else 0 end as new_total,'
        ' %1$s case when is_new then technology_amount else 0 end as new_technology';
    v_fact text := format('(select *, %2$s as d, contract_id as last_id, %1$s_county as county, %1$s_district as district from tcr.fact) f',
        tcr.statistics_party(p_basis), case when p_is_daily then 'day' else 'date_trunc(''month'', day)::date' end);
    v_facts text := format('select %s, %s from %s where %s and seq <= $1', p_columns, format(v_values || v_new, '+'), v_fact, p_filter);
    v_undo text := format('select %s, %s from %s where %s', p_columns, format(v_values || v_new, '-'), v_fact, p_filter);
    v_parts text[] := '{}';
begin
    -- No whole month, no cube, or an as_of so early that taking off costs more than adding up: all of it comes from facts.
    if p_cube is null or p_from_month >= p_to_month or p_as_of < p_rolled / 2 then
        return v_facts || ' and day between $3 and $4';
    end if;
    v_parts := v_parts || format('select %s, %s new_count as new_n, new_total_amount as new_total, new_technology_amount as new_technology'
        ' from (select *, month as d %s from tcr.cube_%s %s) f where %s and month >= $5 and month < $6', p_columns,
        format(v_values, ''), case when p_cube = 'flow' then format(', %1$s_county as county, %1$s_district as district',
            tcr.statistics_party(p_basis)) else '' end, p_cube,
        case when p_cube = 'flow' then '' else format('where side = any (%L)', tcr.statistics_sides(p_basis)) end, p_filter);
    if p_as_of > p_rolled then
        v_parts := v_parts || (v_facts || ' and seq > $2 and day >= $5 and day < $6');
    else
        v_parts := v_parts || (v_undo || ' and seq > $1 and seq <= $2 and day >= $5 and day < $6');
    end if;
    if p_first < p_from_month then
        v_parts := v_parts || (v_facts || ' and day >= $3 and day < $5');
    end if;
    if p_last >= p_to_month and p_last < 'infinity' then
        v_parts := v_parts || (v_facts || ' and day >= $6 and day <= $4');
    end if;
    return array_to_string(v_parts, ' union all ');
end
$$;

-- The same of what was imported beside the record: each contract as it holds as of $1, booked on the day of its registration there, with
-- the columns of a fact that it has; the others are null.
create or replace function tcr.statistics_external(p_basis text, p_is_daily boolean, p_columns text, p_filter text) returns text
language sql immutable set search_path = pg_catalog as $$
    select format('select %s, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 1::bigint, total_amount,'
        ' technology_amount from (select *, %2$s_county as county, %2$s_district as district from (select e.registered_on as day,'
        ' %3$s as d, e.total_amount, e.technology_amount, e.contract_type, e.technical_field, e.seller_region as seller_county,'
        ' e.seller_region as seller_district, e.buyer_region as buyer_county, e.buyer_region as buyer_district,'
        ' tcr.external_direction(e.seller_region, e.buyer_region) as direction, tcr.figure_size(e.total_amount, e.registered_on) as size_class,'
        ' null::bigint as last_id, o.agency_id, o.point_id, o.seller_code, o.buyer_code, o.seller_type, o.buyer_type, o.ip_type, o.industry,'
        ' o.plan_source, o.is_related, o.is_secret, o.unit, o.broker, o.event_name from tcr.external_record e'
        ' left join tcr.fact o on false where e.seq <= $1 and not e.is_withdrawn and e.registered_on between $3 and $4'
        ' and not exists (select from tcr.external_record l where l.source = e.source and l.number = e.number and l.seq > e.seq'
        ' and l.seq <= $1)) e) f where %4$s', p_columns, tcr.statistics_party(p_basis),
        case when p_is_daily then 'e.registered_on' else 'date_trunc(''month'', e.registered_on)::date' end, p_filter)
$$;

-- The target of an area and a year, and its GDP, as they stood at a release; null where there was none.
create or replace function tcr.target_value(p_region text, p_year text, p_basis text, p_as_of bigint) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select t.value from tcr.target t where t.region = p_region and t.year = p_year::integer and t.measure = 'total_amount'
        and t.basis = p_basis and t.seq <= p_as_of order by t.seq desc limit 1);
end
$$;

create or replace function tcr.gdp_value(p_region text, p_year text, p_as_of bigint) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select g.value from tcr.region_gdp g where g.region = p_region and g.year = p_year::integer and g.seq <= p_as_of
        order by g.seq desc limit 1);
end
$$;

-- The groups of one range, at most p_limit. keys and names are texts in the order of p_by with U+001F between, empty where there is
-- none. With p_closed_on: as of that closed day. p_shows: what is asked for beside the net sums: new, money, whole (sums and ranks within
-- a period), reference, external (what was imported, never part of other sums).
create or replace function tcr.statistics_groups(p_as_of bigint, p_closed_on date, p_basis text, p_region text, p_by text[],
    p_first date, p_last date, p_filters text[], p_values text[], p_agency_id bigint, p_shows text[], p_top text, p_limit bigint)
returns table (keys text, names text, count bigint, total_amount bigint, technology_amount bigint, technology_received bigint,
    technology_income bigint, new_count bigint, new_total_amount bigint, new_technology_amount bigint, external_count bigint,
    external_total_amount bigint, external_technology_amount bigint, whole_count bigint,
    whole_total_amount bigint, whole_technology_amount bigint, rank_count bigint, rank_total_amount bigint,
    rank_technology_amount bigint, target bigint, gdp bigint)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_closed boolean := p_closed_on is not null;
    v_first_month date := date_trunc('month', p_first);
    v_from_month date := case when p_first > v_first_month then v_first_month + interval '1 month' else v_first_month end;
    v_to_month date := date_trunc('month', p_last + 1);
    v_rolled bigint := (select s.rolled_seq from tcr.cube_state s);
    v_stat4 text[] := tcr.statistics_stat4();
    v_group text[] := (select coalesce(array_agg(distinct n), '{}') from unnest(p_by) b join tcr.statistics_dimensions() d on d.name = b,
        unnest(d.needs) n where n not in ('day', 'last_id'));
    v_needs text[] := (select coalesce(array_agg(distinct n), '{}') from unnest(p_by || p_filters) b
        join tcr.statistics_dimensions() d on d.name = b, unnest(d.needs) n) || v_group
        || case when p_agency_id is not null then '{agency_id}'::text[] else '{}' end
        || case when p_basis = 'local' then '{buyer_county,buyer_district}'::text[] else '{}' end;
    v_columns text := coalesce(nullif(array_to_string(v_group, ', '), ''), 'null::integer as nothing')
        || case when 'last_id' = any (v_needs) then ', last_id' else '' end;
    v_keys text[] := (select coalesce(array_agg(d.expr order by o), '{}') from unnest(p_by) with ordinality u (b, o)
        join tcr.statistics_dimensions() d on d.name = u.b);
    v_time text := nullif((select string_agg(d.expr, ', ') from unnest(p_by) b join tcr.statistics_dimensions() d on d.name = b
        where 'd' = any (d.needs)), '');
    v_area text := coalesce((select format('regexp_replace(%s, ''(00)+$'', '''')', d.expr) from tcr.statistics_dimensions() d
        where d.name = any (p_by) and d.name in ('district', 'county', 'region') limit 1), '$7');
    v_year text := case when 'year' = any (p_by) then 'to_char(d, ''YYYY'')' else quote_literal(extract(year from p_first)::text) end;
    v_filter text := tcr.statistics_filter(p_basis, p_region, p_agency_id is not null, p_filters)
        || case when v_closed then ' and day <= $10' else '' end;
    -- Nothing imported has its registering party here.
    v_external boolean := 'external' = any (p_shows) and p_basis <> 'registered';
    v_source text := tcr.statistics_source(p_basis, case when not v_closed then tcr.statistics_cube(p_basis, v_needs) end,
        'day' = any (p_by), v_columns, v_filter, p_as_of, v_rolled, p_first, p_last, v_from_month, v_to_month);
    v_window text;
    v_sql text;
begin
    if v_external then
        v_source := format('select *, 0::bigint as ext_n, 0::bigint as ext_total, 0::bigint as ext_technology from (%s) s union all ', v_source)
            || tcr.statistics_external(p_basis, 'day' = any (p_by), v_columns, v_filter);
    end if;
    v_window := case when 'whole' = any (p_shows) then (select string_agg(format('(sum(sum(%s)) over (%s))::bigint', m, w), ', ') || ', '
            || string_agg(format('rank() over (%s order by sum(%s) desc)', w, m), ', ')
            from unnest('{n,total,technology}'::text[]) m, (select coalesce('partition by ' || v_time, '') as w) w)
        else 'null::bigint, null::bigint, null::bigint, null::bigint, null::bigint, null::bigint' end;
    -- Grouped twice: first by bare columns, which is most of the work, then by the texts of the answer.
    v_sql := format('select array_to_string(array[%s]::text[], E''\x1f'', ''''), array_to_string(array[%s]::text[], E''\x1f'', ''''),'
        ' coalesce(sum(n), 0)::bigint, coalesce(sum(total), 0)::bigint, coalesce(sum(technology), 0)::bigint,'
        ' coalesce(sum(received), 0)::bigint, coalesce(sum(income), 0)::bigint, coalesce(sum(new_n), 0)::bigint,'
        ' coalesce(sum(new_total), 0)::bigint, coalesce(sum(new_technology), 0)::bigint, %s, %s, %s'
        ' from (select %s sum(n) as n, sum(total) as total, sum(technology) as technology, sum(received) as received,'
        ' sum(income) as income, sum(new_n) as new_n, sum(new_total) as new_total, sum(new_technology) as new_technology %s'
        ' from (%s) u %s) g %s order by %s limit $12',
        (select string_agg('(' || e || ')::text', ', ' order by o) from unnest(v_keys) with ordinality k (e, o)),
        (select string_agg(coalesce(d.names, 'null::text'), ', ' order by o) from unnest(p_by) with ordinality u (b, o)
            join tcr.statistics_dimensions() d on d.name = u.b),
        case when v_external then 'coalesce(sum(ext_n), 0)::bigint, coalesce(sum(ext_total), 0)::bigint,'
            ' coalesce(sum(ext_technology), 0)::bigint' else '0::bigint, 0::bigint, 0::bigint' end,
        v_window,
        case when 'reference' = any (p_shows) then format('tcr.target_value(%1$s, %2$s, %3$L, $1), tcr.gdp_value(%1$s, %2$s, $1)',
            v_area, v_year, p_basis) else 'null::bigint, null::bigint' end,
        case when v_group = '{}' then '' else array_to_string(v_group, ', ') || ', ' end
            || case when 'last_id' = any (v_needs) then 'max(last_id) as last_id, ' else '' end,
        case when v_external then ', sum(ext_n) as ext_n, sum(ext_total) as ext_total, sum(ext_technology) as ext_technology' else '' end,
        v_source,
        case when v_group = '{}' then '' else 'group by ' || array_to_string(v_group, ', ') end,
        case when v_keys = '{}' then '' else 'group by ' || array_to_string(v_keys, ', ')
            || ' having ' || concat_ws(' or ', 'sum(n) <> 0 or sum(total) <> 0 or sum(technology) <> 0',
                case when 'money' = any (p_shows) then 'sum(received) <> 0 or sum(income) <> 0' end,
                case when 'new' = any (p_shows) then 'sum(new_n) <> 0 or sum(new_total) <> 0 or sum(new_technology) <> 0' end,
                case when v_external then 'sum(ext_n) <> 0' end) end,
        case when p_top is not null then format('sum(%s) desc', case p_top when 'count' then 'n' when 'technology_amount' then 'technology'
            else 'total' end) || ', ' else '' end || coalesce(nullif(array_to_string(v_keys, ', '), ''), '1'));
    return query execute v_sql
    using p_as_of, v_rolled, p_first, p_last, v_from_month, v_to_month, p_region, p_values, p_agency_id, p_closed_on, v_stat4, p_limit;
end
$$;

-- The keys of a group without those of time, which are others in an earlier period.
create or replace function tcr.statistics_place(p_keys text, p_by text[]) returns text
language sql immutable as $$
    select coalesce(string_agg(k.key, E'\x1f' order by k.o), '')
    from unnest(string_to_array(p_keys, E'\x1f')) with ordinality k (key, o)
    where p_by[k.o] not in ('year', 'half', 'quarter', 'month', 'day')
$$;

-- May the account ask this? null: no; 'live'; 'closed': the area as of the last closed day, for an agency.
create or replace function tcr.statistics_view(p_account tcr.account, p_method text, p_scope text, p_region text, p_by text[],
    p_first date, p_last date, p_has_filter boolean, p_agency_id bigint) returns text
language sql stable set search_path = pg_catalog as $$
    select case
        when not tcr.account_may(p_account.id, p_method) then null
        when p_scope = 'own' then case when 'agency' = any (p_account.roles)
            and coalesce(p_agency_id, p_account.agency_id) = p_account.agency_id then 'live' end
        when '{registrar,reviewer,bureau,auditor}'::text[] && p_account.roles then 'live'
        when 'county' = any (p_account.roles) then case when p_region like p_account.region || '%' then 'live' end
        when p_by <@ '{year,half,quarter,month,district,contract_type,contract_type4,technical_field}'::text[]
            and not p_has_filter and p_agency_id is null and p_region = (select i.region from tcr.installation i)
            -- Whole months: the days between two ranges would name a contract.
            and (p_first is null or extract(day from p_first) = 1) and (p_last is null or extract(day from p_last + 1) = 1)
            then 'closed' end
$$;

-- The last number up to p_as_of that moved a figure or a reference value (imported contracts stand in every coverage).
create or replace function tcr.figure_seq(p_as_of bigint) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return greatest((select max(f.seq) from tcr.fact f where f.seq <= p_as_of),
        (select max(v.seq) from tcr.reference_number v where v.seq <= p_as_of), 0);
end
$$;

-- The closed day that a question of an agency is answered as of: the last one, or the one that p_as_of names.
create or replace function tcr.statistics_closing(p_as_of bigint, out seq bigint, out closed_on date)
language plpgsql stable set search_path = pg_catalog as $$
begin
    select coalesce(max(l.seq), 0), coalesce(max(l.last_day), '-infinity') into seq, closed_on from (
        select c.seq, c.last_day from tcr.closing c where p_as_of is null or c.seq <= p_as_of
        -- Days without a figure share a number: asked for by it, it is always the same day.
        order by c.seq desc, case when p_as_of is null then c.last_day end desc, c.last_day limit 1) l;
end
$$;

-- What day it was at the release p_as_of, and how far the record goes. No row: the account may not ask.
create or replace function tcr.statistics_as_of(p_account_id bigint, p_as_of bigint) returns table (last_seq bigint, day date, closed_on date)
language sql stable security definer set search_path = pg_catalog as $$
    select (select s.value from tcr.sequence_counter s),
        (select r.day from tcr.contract_release r where r.seq <= p_as_of order by r.seq desc limit 1),
        (select nullif(c.closed_on, '-infinity') from tcr.statistics_closing(p_as_of) c)
    where tcr.account_may(p_account_id, 'statistics.query')
$$;

-- Rows of the answer: one of part 'head' (as_of_seq; closed_on when the figures are those of a closed day; coverage: what was imported
-- beside the record for the area and these days, whatever the filters, without amounts for an agency), then the groups of the range
-- ('now') and of the ranges that growth compares with ('base' a year before, 'prev' the period before), where they are given.
-- No row at all: the account may not ask this.
-- p_scope own: the contracts of the account's agency. area: everything for registrar, reviewer, bureau and auditor, its own county
-- for a county; for an agency the area as of the last closed day.
-- p_top: only the p_top_rows groups with the largest sums of that name, and of the other ranges the groups that these compare with. At most
-- p_limit rows of each range.
create or replace function tcr.statistics(p_account_id bigint, p_scope text, p_basis text, p_region text, p_by text[],
    p_first date, p_last date, p_base_first date, p_base_last date, p_prev_first date, p_prev_last date, p_filters text[],
    p_values text[], p_agency_id bigint, p_as_of bigint, p_shows text[], p_top text, p_limit bigint, p_top_rows bigint default null)
returns table (part text, keys text, names text, count bigint, total_amount bigint, technology_amount bigint,
    technology_received bigint, technology_income bigint, new_count bigint, new_total_amount bigint, new_technology_amount bigint,
    external_count bigint, external_total_amount bigint, external_technology_amount bigint, whole_count bigint,
    whole_total_amount bigint, whole_technology_amount bigint, rank_count bigint, rank_total_amount bigint,
    rank_technology_amount bigint, target bigint, gdp bigint, as_of_seq bigint, closed_on date, coverage jsonb)
language plpgsql stable security definer set search_path = pg_catalog set jit = off as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    v_view text;
    v_as_of bigint := coalesce(p_as_of, 9223372036854775807);
    v_closed_on date;
    v_range record;
    v_has_time boolean := p_by && '{year,half,quarter,month,day}'::text[];
    v_top text[];
begin
    select * into v_account from tcr.account a where a.id = p_account_id;
    v_view := tcr.statistics_view(v_account, 'statistics.query', p_scope, p_region, p_by, p_first, p_last, cardinality(p_filters) > 0,
        p_agency_id);
    if v_view is null or p_region !~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$' or tcr.statistics_party(p_basis) is null
            or exists (select from unnest(p_by || p_filters) b where not exists (select from tcr.statistics_dimensions() d
                where d.name = b)) then
        return;
    end if;
    if v_view = 'closed' then
        select c.seq, c.closed_on into v_as_of, v_closed_on from tcr.statistics_closing(p_as_of) c;
        -- What is not closed yet has no like last year either.
        if coalesce(p_last, 'infinity') > v_closed_on then
            p_base_last := least(p_base_last, v_closed_on - interval '1 year');
        end if;
    end if;
    if v_view = 'closed' or p_scope = 'own' then
        p_shows := array_remove(p_shows, 'external');
    end if;
    part := 'head';
    as_of_seq := tcr.figure_seq(v_as_of);
    closed_on := nullif(v_closed_on, '-infinity');
    if p_scope <> 'own' and p_basis <> 'registered' then
        coverage := tcr.coverage_on(p_region, p_first, least(p_last, v_closed_on), v_as_of, p_basis, v_view = 'live') -> 'external';
    end if;
    return next;
    p_agency_id := case p_scope when 'own' then v_account.agency_id else p_agency_id end;
    if p_top is not null and coalesce(p_base_last, p_prev_last) is not null then
        select array_agg(distinct case when v_has_time then tcr.statistics_place(g.keys, p_by) else g.keys end) into v_top
        from tcr.statistics_groups(v_as_of, v_closed_on, p_basis, p_region, p_by, coalesce(p_first, '-infinity'),
            coalesce(p_last, 'infinity'), p_filters, p_values, p_agency_id, p_shows, p_top, p_top_rows) g;
    end if;
    for v_range in select * from (values ('now', p_first, p_last), ('base', p_base_first, p_base_last),
            ('prev', p_prev_first, p_prev_last)) r (part, first, last) where r.part = 'now' or r.last is not null loop
        return query
        select v_range.part, g.*, null::bigint, null::date, null::jsonb
        from tcr.statistics_groups(v_as_of, v_closed_on, p_basis, p_region, p_by, coalesce(v_range.first, '-infinity'),
            coalesce(v_range.last, 'infinity'), p_filters, p_values, p_agency_id,
            case when v_range.part = 'now' then p_shows
                else array_remove(array_remove(array_remove(p_shows, 'whole'), 'reference'), 'external') end,
            case when v_range.part = 'now' then p_top end,
            case when p_top is null then p_limit when v_range.part = 'now' then p_top_rows end) g
        where v_range.part = 'now' or p_top is null or case when v_has_time then tcr.statistics_place(g.keys, p_by) else g.keys end
            in (select t from unnest(v_top) t) limit p_limit;
    end loop;
end
$$;

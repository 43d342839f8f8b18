-- bulletin_data - every number of a bulletin, computed once: figures as of one number of the sequence, values that the record does not
-- make itself (targets, GDP, other cities) as of another, which an issued bulletin keeps. Texts and tables are made from this alone
-- (bulletin_text.sql), so no two of them can disagree. Money is text in yuan, percents are text with two decimals; null: there is nothing
-- to compare with.

-- Names of a key of a dimension; a key is empty where the record says nothing.
create or replace function tcr.bulletin_names(p_dimension text, p_key text, p_name text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_list text := case p_dimension when 'contract_type4' then 'contract_type_stat4' when 'technical_field' then 'tech_field'
        else p_dimension end;
begin
    if coalesce(p_key, '') = '' then
        return '{"code": null, "zh": "未注明", "en": "not stated"}';
    elsif p_dimension in ('month', 'agency') then
        return jsonb_build_object('code', p_key, 'zh', coalesce(nullif(p_name, ''), p_key), 'en', coalesce(nullif(p_name, ''), p_key));
    elsif p_dimension = 'contract_type' then -- rows of the law
        return jsonb_build_object('code', p_key) || coalesce((select jsonb_build_object('zh', r.zh, 'en', r.en) from tcr.rule r
            where r.kind = 'type' and r.id = p_key and r.is_enabled order by r.valid_from desc limit 1),
            jsonb_build_object('zh', p_key, 'en', p_key));
    end if;
    return jsonb_build_object('code', p_key) || coalesce((select jsonb_build_object('zh', c.name_zh, 'en', c.name_en) from tcr.code c
        where c.code = p_key and case p_dimension when 'district' then c.list in ('region_cn_all', 'region_linyi') else c.list = v_list end
        order by c.list desc, c.valid_from desc limit 1), jsonb_build_object('zh', p_key, 'en', p_key));
end
$$;

-- Three values against the same three of the base, and against a whole.
create or replace function tcr.bulletin_values(p_count bigint, p_total bigint, p_technology bigint, p_base_count bigint,
    p_base_total bigint, p_base_technology bigint, p_whole_count bigint, p_whole_total bigint) returns jsonb
language plpgsql immutable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('count', p_count, 'total_amount', tcr.money(p_total), 'technology_amount', tcr.money(p_technology),
        'growth_count', tcr.percent(p_count - p_base_count, p_base_count),
        'growth_total_amount', tcr.percent(p_total - p_base_total, p_base_total),
        'growth_technology_amount', tcr.percent(p_technology - p_base_technology, p_base_technology),
        'share_count', tcr.percent(p_count, p_whole_count), 'share_total_amount', tcr.percent(p_total, p_whole_total));
end
$$;

-- The cells of one dimension with their growth, share and rank by total amount. What has a base only is there with zeros.
-- p_base_first null: nothing is compared.
create or replace function tcr.bulletin_groups(p_as_of bigint, p_dimension text, p_first date, p_last date, p_base_first date,
    p_base_last date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := (select i.region from tcr.installation i);
begin
    return (
        with now as (
            select g.keys, g.names, g.count, g.total_amount, g.technology_amount
            from tcr.statistics_groups(p_as_of, null, 'registered', v_region, array[p_dimension], p_first, p_last, '{}', '{}', null, '{}',
                null, 100000) g
        ), base as (
            select g.keys, g.count, g.total_amount, g.technology_amount
            from tcr.statistics_groups(p_as_of, null, 'registered', v_region, array[p_dimension], p_base_first, p_base_last, '{}', '{}',
                null, '{}', null, 100000) g
            where p_base_first is not null
        ), cell as (
            select coalesce(n.keys, b.keys) as key, n.names, coalesce(n.count, 0) as count, coalesce(n.total_amount, 0) as total,
                coalesce(n.technology_amount, 0) as technology, b.count as base_count, b.total_amount as base_total,
                b.technology_amount as base_technology
            from now n full join base b on b.keys = n.keys
        )
        select coalesce(jsonb_agg(tcr.bulletin_names(p_dimension, c.key, c.names)
            || tcr.bulletin_values(c.count, c.total, c.technology, c.base_count, c.base_total, c.base_technology, c.whole_count,
                c.whole_total) || jsonb_build_object('rank', c.rank)
            order by case when p_dimension in ('month', 'contract_type', 'contract_type4') then 0 else c.rank end, c.key collate "C"), '[]')
        from (select *, rank() over (order by total desc) as rank, sum(count) over ()::bigint as whole_count,
            sum(total) over ()::bigint as whole_total from cell) c);
end
$$;

-- The area under each basis.
create or replace function tcr.bulletin_bases(p_as_of bigint, p_first date, p_last date, p_base_first date, p_base_last date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := (select i.region from tcr.installation i);
begin
    return (select jsonb_agg(jsonb_build_object('code', b.code, 'zh', b.zh, 'en', b.en)
            || tcr.bulletin_values(f.count, f.total_amount, f.technology_amount, p.count, p.total_amount, p.technology_amount, null, null)
            order by b.o)
        from (values (1, 'registered', '登记', 'registered'), (2, 'output', '输出', 'output'), (3, 'absorbed', '吸纳', 'absorbed'),
            (4, 'local', '本地成交', 'local')) b (o, code, zh, en)
        cross join lateral tcr.reference_figure(b.code, v_region, p_first, p_last, p_as_of) f
        cross join lateral tcr.reference_figure(b.code, v_region, p_base_first, p_base_last, p_as_of) p);
end
$$;

-- What a year's target and GDP of a place make of its figures: p_total of the period, p_reached since the first of January.
create or replace function tcr.bulletin_pace(p_region text, p_last date, p_reference_seq bigint, p_total bigint, p_reached bigint)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    p record := tcr.target_pace(p_region, extract(year from p_last)::integer, 'total_amount', 'registered', p_last, p_reference_seq);
    v_gdp bigint := tcr.gdp_value(p_region, extract(year from p_last)::text, p_reference_seq);
begin
    return jsonb_build_object('reached', tcr.money(p_reached), 'target', tcr.money(p.value), 'due_percent', p.due_percent::text,
        'due', tcr.money(p.due), 'reached_percent', tcr.percent(p_reached, p.value), 'ahead', tcr.money(p_reached - p.due),
        'gdp', tcr.money(v_gdp), 'gdp_share', tcr.percent(p_total, v_gdp));
end
$$;

create or replace function tcr.bulletin_fen(p_money text) returns bigint language sql immutable as
$$ select (p_money::numeric * 100)::bigint $$;

-- Districts with what was reached of their targets and their GDP.
create or replace function tcr.bulletin_districts(p_as_of bigint, p_reference_seq bigint, p_first date, p_last date, p_base_first date,
    p_base_last date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year jsonb := tcr.bulletin_groups(p_as_of, 'district', date_trunc('year', p_last)::date, p_last, null, null);
begin
    return (select coalesce(jsonb_agg(d.row || tcr.bulletin_pace(d.row ->> 'code', p_last, p_reference_seq,
            tcr.bulletin_fen(d.row ->> 'total_amount'), coalesce((select tcr.bulletin_fen(y.row ->> 'total_amount')
                from jsonb_array_elements(v_year) y (row) where y.row ->> 'code' = d.row ->> 'code'), 0)) order by d.o), '[]')
        from jsonb_array_elements(tcr.bulletin_groups(p_as_of, 'district', p_first, p_last, p_base_first, p_base_last))
            with ordinality d (row, o));
end
$$;

-- The agencies with the largest totals. The amounts of an agency with less than three contracts would tell a contract.
create or replace function tcr.bulletin_agencies(p_as_of bigint, p_first date, p_last date, p_base_first date, p_base_last date)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(case when (a.row ->> 'count')::bigint >= 3 then a.row else a.row || '{"total_amount": null,
            "technology_amount": null, "share_total_amount": null, "growth_total_amount": null, "growth_technology_amount": null}' end
            order by a.o), '[]')
        from jsonb_array_elements(tcr.bulletin_groups(p_as_of, 'agency', p_first, p_last, p_base_first, p_base_last))
            with ordinality a (row, o)
        where a.o <= 10 and (a.row ->> 'count')::bigint > 0);
end
$$;

-- Later acts on what was registered, by what was done; the words for an act are texts of papers.
create or replace function tcr.bulletin_adjustments(p_where text, p_first date, p_last date, p_from_seq bigint, p_to_seq bigint)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := (select i.region from tcr.installation i);
    v_result jsonb;
begin
    execute format('select jsonb_build_object(''contracts'', coalesce(sum(a.contracts), 0), ''count'', coalesce(sum(a.count), 0),
            ''total_amount'', tcr.money(coalesce(sum(a.total), 0)::bigint),
            ''technology_amount'', tcr.money(coalesce(sum(a.technology), 0)::bigint), ''items'', coalesce(jsonb_agg(jsonb_build_object(
                ''code'', a.event, ''zh'', coalesce(tcr.bulletin_texts(''zh'') ->> (''event_'' || a.event), a.event),
                ''en'', coalesce(tcr.bulletin_texts(''en'') ->> (''event_'' || a.event), a.event), ''contracts'', a.contracts,
                ''count'', a.count, ''total_amount'', tcr.money(a.total::bigint), ''technology_amount'', tcr.money(a.technology::bigint))
                order by a.event), ''[]''))
        from (select r.event, count(distinct f.contract_id) as contracts, sum(f.count) as count, sum(f.total_amount) as total,
                sum(f.technology_amount) as technology
            from tcr.fact f join tcr.contract_release r on r.seq = f.seq
            where not f.is_new and f.count <> 0 and %s and f.seq > $3 and f.seq <= $4
                and (f.filed_county like $5 || ''%%'' or f.filed_district = $5)
            group by r.event) a', p_where)
    into v_result using p_first, p_last, p_from_seq, p_to_seq, v_region;
    return v_result;
end
$$;

-- Booked since the last bulletin of the kind, on contracts of earlier days (within the figures of this one); and what later acts did to
-- the contracts of this period (outside them, for ever).
create or replace function tcr.bulletin_restatements(p_kind text, p_first date, p_last date, p_as_of bigint, p_reference_seq bigint)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_since_day date;
    v_since_seq bigint;
begin
    select c.last_day, b.as_of_seq into v_since_day, v_since_seq from tcr.bulletin b join tcr.period_closing c on c.period = b.period
    where c.kind = p_kind and c.last_day < p_first order by c.last_day desc limit 1;
    return jsonb_build_object('since', coalesce(v_since_day, p_first - 1),
        'earlier', tcr.bulletin_adjustments('f.day > $1 and f.day <= $2 and f.registered_on < $1 + 1', coalesce(v_since_day, p_first - 1),
            p_last, coalesce(v_since_seq, 0), p_as_of),
        'later', tcr.bulletin_adjustments('f.day > $2 and f.registered_on between $1 and $2', p_first, p_last, p_as_of, p_reference_seq));
end
$$;

-- The cities that published a figure of the period, with our own; no rows without any other.
create or replace function tcr.bulletin_peers(p_period text, p_first date, p_last date, p_reference_seq bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_items jsonb := tcr.fetch_peer_compare(null, jsonb_build_object('period', p_period, 'as_of', p_reference_seq)) -> 'items';
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('code', i.row -> 'region', 'zh', i.row -> 'region_zh', 'en', i.row -> 'region_en',
            'rank', i.row -> 'rank_total_amount', 'count', i.row -> 'count', 'total_amount', i.row -> 'total_amount',
            'technology_amount', i.row -> 'technology_amount', 'growth_total_amount', i.row -> 'growth_total_amount',
            'rank_growth', i.row -> 'rank_growth_total_amount', 'is_own', i.row -> 'is_own', 'source', i.row -> 'source') order by i.o), '[]')
        from jsonb_array_elements(v_items) with ordinality i (row, o)
        where exists (select from jsonb_array_elements(v_items) e (row) where not (e.row ->> 'is_own')::boolean));
end
$$;

create or replace function tcr.bulletin_headline(p_as_of bigint, p_reference_seq bigint, p_first date, p_last date, p_base_first date,
    p_base_last date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := (select i.region from tcr.installation i);
    f record := tcr.reference_figure('registered', v_region, p_first, p_last, p_as_of);
    b record := tcr.reference_figure('registered', v_region, p_base_first, p_base_last, p_as_of);
    y record := tcr.reference_figure('registered', v_region, date_trunc('year', p_last)::date, p_last, p_as_of);
begin
    return tcr.bulletin_values(f.count, f.total_amount, f.technology_amount, b.count, b.total_amount, b.technology_amount, null, null)
        - '{share_count,share_total_amount}'::text[]
        || jsonb_build_object('base_count', b.count, 'base_total_amount', tcr.money(b.total_amount),
            'base_technology_amount', tcr.money(b.technology_amount),
            'average_amount', case when f.count > 0 then round(f.total_amount / 100.0 / f.count, 2)::text end,
            'technology_ratio', tcr.percent(f.technology_amount, f.total_amount))
        || tcr.bulletin_pace(v_region, p_last, p_reference_seq, f.total_amount, y.total_amount);
end
$$;

-- All of it. p_as_of: of the figures; p_reference_seq: of what the record does not make itself. The period has begun.
create or replace function tcr.bulletin_data(p_period text, p_as_of bigint, p_reference_seq bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := (select i.region from tcr.installation i);
    d record := tcr.period_days(p_period);
    v_through date := least(d.last_day, tcr.today());
    v_base_first date := d.first_day - interval '1 year';
    -- The same days of last year, the end of February included.
    v_base_last date := case when d.last_day <= tcr.today() then (d.last_day + 1 - interval '1 year')::date - 1
        else tcr.today() - interval '1 year' end;
begin
    return tcr.region_names(v_region) || jsonb_build_object('period', p_period, 'kind', d.kind, 'first_day', d.first_day,
        'last_day', d.last_day, 'through', v_through, 'base', jsonb_build_object('first_day', v_base_first, 'last_day', v_base_last),
        'as_of_seq', tcr.figure_seq(p_as_of), 'reference_seq', p_reference_seq,
        'headline', tcr.bulletin_headline(p_as_of, p_reference_seq, d.first_day, d.last_day, v_base_first, v_base_last),
        'districts', tcr.bulletin_districts(p_as_of, p_reference_seq, d.first_day, d.last_day, v_base_first, v_base_last),
        'contract_types', tcr.bulletin_groups(p_as_of, 'contract_type', d.first_day, d.last_day, v_base_first, v_base_last),
        'contract_types4', tcr.bulletin_groups(p_as_of, 'contract_type4', d.first_day, d.last_day, v_base_first, v_base_last),
        'fields', tcr.bulletin_groups(p_as_of, 'technical_field', d.first_day, d.last_day, v_base_first, v_base_last),
        'bases', tcr.bulletin_bases(p_as_of, d.first_day, d.last_day, v_base_first, v_base_last),
        'directions', tcr.bulletin_groups(p_as_of, 'direction', d.first_day, d.last_day, v_base_first, v_base_last),
        'months', tcr.bulletin_groups(p_as_of, 'month', date_trunc('year', d.first_day)::date, d.last_day, null, null),
        'agencies', tcr.bulletin_agencies(p_as_of, d.first_day, d.last_day, v_base_first, v_base_last),
        'restatements', tcr.bulletin_restatements(d.kind, d.first_day, d.last_day, p_as_of, p_reference_seq),
        'coverage', tcr.coverage_on(v_region, d.first_day, d.last_day, p_reference_seq) -> 'external',
        'peers', tcr.bulletin_peers(p_period, d.first_day, d.last_day, p_reference_seq));
end
$$;

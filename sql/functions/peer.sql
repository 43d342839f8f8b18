-- peer - figures that other cities published, kept like targets, and a comparison with our own.

create or replace function tcr.peer_json(p tcr.peer_figure) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.region_names(p.region) || jsonb_build_object('id', p.seq::text, 'seq', p.seq, 'period', p.period, 'count', p.count,
        'total_amount', tcr.money(p.total_amount), 'technology_amount', tcr.money(p.technology_amount), 'source', p.source, 'day', p.day);
end
$$;

create or replace function tcr.refusal_peer_set(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := tcr.reference_region(p_args ->> 'region');
    v_days record := tcr.period_days(p_args ->> 'period');
begin
    if v_region is null or v_days.kind is null then
        return tcr.refused('not_found');
    elsif v_region like (select i.region from tcr.installation i) || '%' then
        return tcr.refused('state', 'refused.peer_own_area');
    elsif v_days.last_day >= tcr.today() then
        return tcr.refused('state', 'refused.period_not_over');
    end if;
    return null;
end
$$;

create or replace function tcr.store_peer_set(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    p tcr.peer_figure;
    n tcr.peer_figure := jsonb_populate_record(null::tcr.peer_figure, p_args);
begin
    n.region := tcr.reference_region(n.region);
    if num_nonnulls(n.count, n.total_amount, n.technology_amount) = 0 then
        return tcr.faulty(tcr.fault('', 'peer.figure'));
    elsif n.technology_amount > n.total_amount then
        return tcr.faulty(tcr.fault('/technology_amount', 'reference.technology_amount'));
    end if;
    select * into p from tcr.peer_figure o where o.region = n.region and o.period = n.period order by o.seq desc limit 1;
    if (p.count, p.total_amount, p.technology_amount, p.source, p.day)
            is distinct from (n.count, n.total_amount, n.technology_amount, n.source, n.day) then
        n.seq := tcr.reference_take(1);
        insert into tcr.peer_figure select n.*;
        p := n;
    end if;
    return tcr.stored(format('peer %s %s', p.region, p.period), tcr.peer_json(p));
end
$$;

create or replace function tcr.fetch_peer_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_as_of bigint := tcr.reference_as_of(p_args);
    v_region text := regexp_replace(p_args ->> 'region', '(00)+$', '');
begin
    if v_as_of is null then
        return '{"bad_query": "as_of"}';
    end if;
    return tcr.page((select jsonb_agg(tcr.peer_json(q.p) order by (q.p).seq) from (
        select p from tcr.peer_figure p
        where p.seq <= v_as_of and p.seq > coalesce((p_args ->> 'cursor')::bigint, 0)
            and (v_region is null or p.region = v_region)
            and (p_args ->> 'period' is null or p.period = p_args ->> 'period')
            and ((p_args ->> 'history')::boolean or not exists (select from tcr.peer_figure l where l.region = p.region
                and l.period = p.period and l.seq > p.seq and l.seq <= v_as_of))
        order by p.seq limit (p_args ->> 'limit')::integer + 1) q), p_args);
end
$$;

-- The cities of a period with our own figure among them: growth against the same period of last year, rank by total amount and by its
-- growth. What a city did not publish is null and has no rank.
create or replace function tcr.fetch_peer_compare(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_as_of bigint := tcr.reference_as_of(p_args);
    v_region text := (select i.region from tcr.installation i);
    v_period text := p_args ->> 'period';
    v_before text; -- the same period of the year before
    v_days record := tcr.period_days(v_period);
begin
    if v_as_of is null then
        return '{"bad_query": "as_of"}';
    elsif v_days.kind is null or v_days.last_day >= tcr.today() then
        return null;
    end if;
    v_before := (left(v_period, 4)::integer - 1)::text || substr(v_period, 5);
    return (
        with figure as (
            select distinct on (p.region, p.period) p.region, p.period, p.count, p.total_amount, p.technology_amount, p.source, p.day, p.seq
            from tcr.peer_figure p where p.period in (v_period, v_before) and p.seq <= v_as_of
            order by p.region, p.period, p.seq desc
        ), own as (
            select d.period, f.* from (values (v_period), (v_before)) d (period)
            join lateral tcr.period_days(d.period) y on y.kind is not null
            cross join lateral tcr.reference_figure('registered', v_region, y.first_day, y.last_day, v_as_of) f
        ), city as (
            select f.region, f.count, f.total_amount, f.technology_amount, f.source, f.day, f.seq, b.total_amount as before, false as is_own
            from figure f left join figure b on b.region = f.region and b.period = v_before where f.period = v_period
            union all
            select v_region, o.count, o.total_amount, o.technology_amount, null, null, null, b.total_amount, true
            from own o left join own b on b.period = v_before where o.period = v_period
        ), grown as (
            select c.*, case when c.before > 0 then round(100.0 * (c.total_amount - c.before) / c.before, 2) end as growth from city c
        ), ranked as (
            select g.*, case when g.total_amount is not null then rank() over (order by g.total_amount desc nulls last) end as rank_total,
                case when g.growth is not null then rank() over (order by g.growth desc nulls last) end as rank_growth
            from grown g
        )
        select jsonb_build_object('period', v_period, 'from', v_days.first_day, 'to', v_days.last_day, 'basis', 'registered',
            'as_of_seq', v_as_of, 'audit', 'peer ' || v_period, 'items', jsonb_agg(tcr.region_names(r.region) || jsonb_build_object(
                'is_own', r.is_own, 'count', r.count, 'total_amount', tcr.money(r.total_amount),
                'technology_amount', tcr.money(r.technology_amount), 'growth_total_amount', r.growth::text,
                'rank_total_amount', r.rank_total, 'rank_growth_total_amount', r.rank_growth, 'source', r.source, 'day', r.day, 'seq', r.seq)
                order by r.rank_total, r.region))
        from ranked r);
end
$$;

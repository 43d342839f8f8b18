-- performance - what an agency, a broker or a registration point brought about in a year.
-- Counts of acts are of the releases of the year. Registered contracts and both amounts are net, as in the statistics: facts booked in
-- the year, so later changes, cancellations and revocations are in the year in which they were made.
-- A broker's and a unit's contracts are those whose filed text names them today.

-- Releases r and facts f that belong to a subject.
create or replace function tcr.performance_scope(p_kind text, p_of text) returns text
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_contracts text := '(select c.id from tcr.contract_release b join tcr.contract c on c.filed_seq = b.seq and c.id = b.contract_id
        where strpos(b.body, ''"broker":"'') > 0 and substring(b.body from ''"broker":"((?:[^"\\]|\\.)*)"'') = $1::text)';
begin
    return case p_kind
        when 'broker' then case p_of when 'release' then 'r.contract_id in ' || v_contracts
            else 'r.seq in (select x.seq from tcr.contract_release x where x.contract_id in ' || v_contracts || ')' end
        else 'r.' || p_kind || '_id = $1' end;
end
$$;

-- Counts of a year, and the median of working days until a decision; p_point_id: only what this point decides, p_agency_id: only what this
-- agency filed (null: all).
create or replace function tcr.performance_acts(p_kind text, p_id bigint, p_point_id bigint, p_agency_id bigint, p_year integer) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_answer jsonb;
begin
    execute format($q$
        with event as materialized (
            select r.seq = s.seq as is_first, t.to_status, r.day, s.day as filed_on, r.accepted_on
            from tcr.contract_release r
            left join (select distinct n.act, n.to_status from tcr.transition n where n.from_status <> n.to_status) t
                on t.act = r.event and t.to_status = r.status
            left join lateral (select x.seq, x.day from tcr.contract_release x
                where x.contract_id = r.contract_id and x.event = 'submit' order by x.seq limit 1) s
                on r.event = 'submit' or t.to_status in ('registered', 'refused')
            where %s and ($2 is null or r.point_id = $2) and ($5 is null or r.agency_id = $5) and r.day between $3 and $4
        ), days as materialized (
            select w.day, w.number
            from tcr.working_days(coalesce((select least(min(e.filed_on), min(e.accepted_on)) from event e), $3), $4) w
        )
        select jsonb_build_object(
            'filed', count(*) filter (where e.is_first),
            'returned', count(*) filter (where e.to_status = 'correction'),
            'refused', count(*) filter (where e.to_status = 'refused'),
            'registered', count(*) filter (where e.to_status = 'registered'),
            'cancelled', count(*) filter (where e.to_status = 'cancelled'),
            'revoked', count(*) filter (where e.to_status = 'revoked'),
            'median_days_from_submission',
                round((percentile_cont(0.5) within group (order by d.number - f.number))::numeric, 1)::text,
            'median_days_from_acceptance',
                round((percentile_cont(0.5) within group (order by d.number - a.number))::numeric, 1)::text)
        from event e
        left join days d on d.day = e.day and e.to_status in ('registered', 'refused')
        left join days f on f.day = e.filed_on
        left join days a on a.day = e.accepted_on$q$, tcr.performance_scope(p_kind, 'release'))
    into v_answer using p_id, p_point_id, make_date(p_year, 1, 1), make_date(p_year, 12, 31), p_agency_id;
    return v_answer;
end
$$;

-- Net figures of a year, one row per contract type (of five) and unit; the unit only where it is asked for.
create or replace function tcr.performance_facts(p_kind text, p_id bigint, p_point_id bigint, p_agency_id bigint, p_year integer,
    p_with_unit boolean)
returns table (contract_type text, unit text, count bigint, total_amount bigint, technology_amount bigint)
language plpgsql stable set search_path = pg_catalog as $$
begin
    return query execute format($q$
        select left(r.contract_type, 1), %s, sum(r.count)::bigint, sum(r.total_amount)::bigint, sum(r.technology_amount)::bigint
        from tcr.fact r %s
        where %s and ($2 is null or r.point_id = $2) and ($5 is null or r.agency_id = $5) and r.day between $3 and $4
        group by 1, 2$q$,
        case when p_with_unit then $u$b.body::jsonb #>> array[case c.filed_as when 'import_buyer' then 'buyer' else 'seller' end, 'unit']$u$
            else 'null::text' end,
        case when p_with_unit then 'join tcr.contract c on c.id = r.contract_id join tcr.contract_release b on b.seq = c.filed_seq' end,
        tcr.performance_scope(p_kind, 'fact'))
    using p_id, p_point_id, make_date(p_year, 1, 1), make_date(p_year, 12, 31), p_agency_id;
end
$$;

create or replace function tcr.performance_json(p_kind text, p_id bigint, p_name text, p_point_id bigint, p_agency_id bigint, p_args jsonb)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year integer := coalesce((p_args ->> 'year')::bigint, extract(year from tcr.today())::bigint);
begin
    if v_year not between 1990 and 2199 then
        return jsonb_build_object('bad_query', 'year');
    end if;
    return jsonb_build_object('id', p_id::text, 'name', p_name, 'year', v_year::text)
        || tcr.performance_acts(p_kind, p_id, p_point_id, p_agency_id, v_year)
        || (select jsonb_build_object('count', coalesce(sum(f.count), 0), 'total_amount', tcr.money(coalesce(sum(f.total_amount), 0)::bigint),
                'technology_amount', tcr.money(coalesce(sum(f.technology_amount), 0)::bigint),
                'by_type', coalesce(jsonb_agg(jsonb_build_object('contract_type', f.contract_type, 'count', f.count,
                    'total_amount', tcr.money(f.total_amount), 'technology_amount', tcr.money(f.technology_amount))
                    order by f.contract_type), '[]'))
            from tcr.performance_facts(p_kind, p_id, p_point_id, p_agency_id, v_year, false) f);
end
$$;

-- Of which point an account sees the figures: null, of all; 0, none.
create or replace function tcr.performance_point(p_account tcr.account, p_is_own boolean) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return case when coalesce(p_is_own, false) or '{bureau,auditor}'::text[] && p_account.roles then null
        when '{registrar,reviewer}'::text[] && p_account.roles then p_account.point_id else 0 end;
end
$$;

-- Registered units in the order of their codes, then the names that stand in contracts and not in the register, then contracts without.
create or replace function tcr.performance_units(p_agency_id bigint, p_point_id bigint, p_year integer) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_agg(jsonb_build_object('id', n.id::text, 'code', n.code, 'unit', n.unit, 'count', n.count,
            'total_amount', tcr.money(n.total), 'technology_amount', tcr.money(n.technology)) order by n.id is null, n.code, n.unit)
        from (
            select u.id, u.code, coalesce(u.name, f.unit) as unit, coalesce(sum(f.count), 0) as count,
                coalesce(sum(f.total_amount), 0)::bigint as total, coalesce(sum(f.technology_amount), 0)::bigint as technology
            from (select * from tcr.agency_unit u where u.agency_id = p_agency_id) u
            full join tcr.performance_facts('agency', p_agency_id, p_point_id, null, p_year, true) f on f.unit = u.name
            group by 1, 2, 3
        ) n);
end
$$;

create or replace function tcr.fetch_agency_performance(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    g tcr.agency := (select g from tcr.agency g where g.id = (p_args ->> 'id')::bigint);
    v_point bigint := tcr.performance_point(p_account, g.id = p_account.agency_id);
    r jsonb;
begin
    if g.id is null or v_point = 0 or not tcr.agency_is_visible(p_account, g) then
        return null;
    end if;
    r := tcr.performance_json('agency', g.id, g.name, v_point, null, p_args);
    if g.kind not in ('university', 'institute') or r ? 'bad_query' then
        return r;
    end if;
    return r || jsonb_build_object('units', coalesce(tcr.performance_units(g.id, v_point, (r ->> 'year')::integer), '[]'));
end
$$;

create or replace function tcr.fetch_broker_performance(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    b tcr.broker := (select b from tcr.broker b where b.id = (p_args ->> 'id')::bigint);
    v_is_own boolean := 'agency' = any (p_account.roles) and b.agency_id = p_account.agency_id;
    v_point bigint := tcr.performance_point(p_account, v_is_own);
begin
    if b.id is null or v_point = 0 then
        return null;
    end if;
    -- Others may have named the broker as well: their contracts are theirs.
    return tcr.performance_json('broker', b.id, b.name, v_point, case when v_is_own
        and not '{bureau,auditor}'::text[] && p_account.roles then p_account.agency_id end, p_args);
end
$$;

create or replace function tcr.fetch_point_performance(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    p tcr.registration_point := (select p from tcr.registration_point p where p.id = (p_args ->> 'id')::bigint);
    v_point bigint := tcr.performance_point(p_account, false);
begin
    if p.id is null or (v_point is not null and v_point <> p.id) then
        return null;
    end if;
    return tcr.performance_json('point', p.id, p.name, null, null, p_args);
end
$$;

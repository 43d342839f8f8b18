-- nightly - the job behind tcrd aggregate: roll facts into the cubes, recompute from the releases, close the day. Called by the
-- owner only: none of it is security definer, so the service role gets nowhere with it.

-- The last seq that belongs to a day or to an earlier one; facts after it are booked later.
create or replace function tcr.nightly_seq(p_day date) returns bigint
language sql stable set search_path = pg_catalog as $$
    select coalesce((select f.seq from tcr.fact f where f.day <= p_day order by f.seq desc limit 1), 0)
$$;

-- Facts after p_after up to p_seq as they stand in the cubes.
create or replace function tcr.fold_area(p_after bigint, p_seq bigint) returns setof tcr.cube_area
language sql stable set search_path = pg_catalog as $$
    select date_trunc('month', f.day)::date, b.basis, b.county, b.district, f.contract_type, f.technical_field, sum(f.count)::bigint,
        sum(f.total_amount)::bigint, sum(f.technology_amount)::bigint
    from tcr.fact f cross join lateral (values ('registered', f.filed_county, f.filed_district),
        ('output', f.seller_county, f.seller_district), ('absorbed', f.buyer_county, f.buyer_district)) b (basis, county, district)
    where f.seq > p_after and f.seq <= p_seq group by 1, 2, 3, 4, 5, 6
$$;

create or replace function tcr.fold_flow(p_after bigint, p_seq bigint) returns setof tcr.cube_flow
language sql stable set search_path = pg_catalog as $$
    select date_trunc('month', f.day)::date, f.seller_county, f.seller_district, f.buyer_county, f.buyer_district, f.contract_type,
        f.technical_field, sum(f.count)::bigint, sum(f.total_amount)::bigint, sum(f.technology_amount)::bigint
    from tcr.fact f
    where f.seq > p_after and f.seq <= p_seq group by 1, 2, 3, 4, 5, 6, 7
$$;

create or replace function tcr.fold_agency(p_after bigint, p_seq bigint) returns setof tcr.cube_agency
language sql stable set search_path = pg_catalog as $$
    select date_trunc('month', f.day)::date, f.agency_id, b.basis, b.county, b.district, f.contract_type, f.technical_field,
        sum(f.count)::bigint, sum(f.total_amount)::bigint, sum(f.technology_amount)::bigint
    from tcr.fact f cross join lateral (values ('registered', f.filed_county, f.filed_district),
        ('output', f.seller_county, f.seller_district), ('absorbed', f.buyer_county, f.buyer_district)) b (basis, county, district)
    where f.seq > p_after and f.seq <= p_seq group by 1, 2, 3, 4, 5, 6, 7
$$;

-- Roll up to p_seq, or with p_rebuild all of it anew. Returns the number of facts. A reader sees either the cubes before and
-- the facts, or the cubes after: both are the same figure.
create or replace function tcr.cubes_roll(p_seq bigint, p_rebuild boolean) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_after bigint;
begin
    select s.rolled_seq into v_after from tcr.cube_state s for update;
    if p_rebuild then
        delete from tcr.cube_area;
        delete from tcr.cube_flow;
        delete from tcr.cube_agency;
        p_seq := greatest(p_seq, v_after);
        v_after := 0;
    elsif p_seq <= v_after then
        return 0;
    end if;
    insert into tcr.cube_area as c select * from tcr.fold_area(v_after, p_seq)
    on conflict (month, basis, county, district, contract_type, technical_field) do update set count = c.count + excluded.count,
        total_amount = c.total_amount + excluded.total_amount, technology_amount = c.technology_amount + excluded.technology_amount;
    insert into tcr.cube_flow as c select * from tcr.fold_flow(v_after, p_seq)
    on conflict (month, seller_county, seller_district, buyer_county, buyer_district, contract_type, technical_field)
    do update set count = c.count + excluded.count,
        total_amount = c.total_amount + excluded.total_amount, technology_amount = c.technology_amount + excluded.technology_amount;
    insert into tcr.cube_agency as c select * from tcr.fold_agency(v_after, p_seq)
    on conflict (agency_id, month, basis, county, district, contract_type, technical_field) do update set count = c.count + excluded.count,
        total_amount = c.total_amount + excluded.total_amount, technology_amount = c.technology_amount + excluded.technology_amount;
    update tcr.cube_state set rolled_seq = p_seq;
    return (select count(*) from tcr.fact f where f.seq > v_after and f.seq <= p_seq);
end
$$;

-- The facts that the releases up to p_seq call for, from amount and dimension columns of the releases alone: minus the state
-- before an act, plus the state after it, booked on the first day that was open. p_months: booked in these months; null: all.
create or replace function tcr.nightly_expected(p_seq bigint, p_months date[])
returns table (contract_id bigint, day date, agency_id bigint, contract_type text, technical_field text, filed_county text,
    filed_district text, seller_county text, seller_district text, buyer_county text, buyer_district text, count bigint,
    total_amount bigint, technology_amount bigint)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_from_day date := (select min(m) - 60 from unnest(p_months) m);
    v_to_day date := (select max(m) + 31 from unnest(p_months) m);
    v_closed_seq bigint[]; -- release numbers from which on ...
    v_closed_day date[]; -- ... this day was closed
begin
    select array_agg(l.seq + 1 order by l.seq, l.last_day), array_agg(l.closed_day order by l.seq, l.last_day)
    into v_closed_seq, v_closed_day
    from (select c.seq, c.last_day, max(c.last_day) over (order by c.seq, c.last_day) as closed_day from tcr.closing c) l;
    return query
    select b.contract_id, b.booked, b.agency_id, b.contract_type, b.technical_field, b.filed_county,
        coalesce(b.filed_zone, b.filed_county), b.seller_region, coalesce(b.seller_zone, b.seller_region), b.buyer_region,
        coalesce(b.buyer_zone, b.buyer_region), b.sign, b.sign * b.total_amount, b.sign * b.technology_amount
    from (
        select r.contract_id, r.agency_id, r.contract_type, r.technical_field, r.seller_region, r.seller_zone, r.buyer_region,
            r.buyer_zone, r.total_amount, r.technology_amount, r.sign,
            case r.filed_as when 'import_buyer' then r.buyer_region else r.seller_region end as filed_county,
            case r.filed_as when 'import_buyer' then r.buyer_zone else r.seller_zone end as filed_zone,
            greatest(r.act_day, v_closed_day[width_bucket(r.act_seq, v_closed_seq)] + 1) as booked
        from (
            select 1::bigint as sign, n.seq as act_seq, n.day as act_day, n.*
            from tcr.contract_release n
            where n.registered_on is not null and n.status = 'registered' and n.seq <= p_seq
                and (p_months is null or n.day between v_from_day and v_to_day)
            union all
            select -1::bigint, n.seq, n.day, o.*
            from tcr.contract_release n cross join lateral (select * from tcr.contract_release p
                where p.contract_id = n.contract_id and p.seq < n.seq order by p.seq desc limit 1) o
            where n.registered_on is not null and n.event <> 'certify' and o.status = 'registered' and n.seq <= p_seq
                and (p_months is null or n.day between v_from_day and v_to_day)
        ) r
    ) b
    where p_months is null or date_trunc('month', b.booked)::date = any (p_months);
end
$$;

-- Every month with the sums of each table that holds figures up to p_seq; all rows of a month must be equal.
create or replace function tcr.nightly_totals(p_seq bigint)
returns table (source text, month date, count numeric, total_amount numeric, technology_amount numeric)
language sql stable set search_path = pg_catalog as $$
    select 'release', date_trunc('month', e.day)::date, sum(e.count), sum(e.total_amount), sum(e.technology_amount)
    from tcr.nightly_expected(p_seq, null) e group by 2
    union all
    select 'fact', date_trunc('month', f.day)::date, sum(f.count), sum(f.total_amount), sum(f.technology_amount)
    from tcr.fact f where f.seq <= p_seq group by 2
    union all
    select 'area ' || a.basis, a.month, sum(a.count), sum(a.total_amount), sum(a.technology_amount)
    from tcr.cube_area a group by 1, 2
    union all
    select 'agency ' || g.basis, g.month, sum(g.count), sum(g.total_amount), sum(g.technology_amount)
    from tcr.cube_agency g group by 1, 2
    union all
    select 'flow', w.month, sum(w.count), sum(w.total_amount), sum(w.technology_amount)
    from tcr.cube_flow w group by 2
$$;

-- The months whose cells are recomputed one by one: those that facts after the last closing touched, and those whose totals
-- do not agree. A month has nine sources; a missing one counts as different.
create or replace function tcr.nightly_months(p_seq bigint) returns date[]
language sql stable set search_path = pg_catalog as $$
    select coalesce(array_agg(m.month), '{}') from (
        select date_trunc('month', f.day)::date as month
        from tcr.fact f where f.seq > coalesce((select max(l.seq) from tcr.closing l), 0) and f.seq <= p_seq
        union
        select t.month from tcr.nightly_totals(p_seq) t group by t.month
        having count(*) <> 9 or min(t.count) <> max(t.count) or min(t.total_amount) <> max(t.total_amount)
            or min(t.technology_amount) <> max(t.technology_amount)
    ) m
$$;

-- One table against what the releases call for, cell by cell: its name, the columns of a cell, where the expected rows come from
-- and where those in use come from. At most 1000 differences.
create or replace function tcr.nightly_compare(p_place text, p_columns text, p_expected text, p_found text, p_seq bigint,
    p_months date[])
returns table (place text, cell text, expected text, found text, contracts text)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_expected_cell text := (select string_agg('x.' || trim(w), ', ') from unnest(string_to_array(p_columns, ',')) w);
    v_cell text := (select string_agg('c.' || trim(w), ', ') from unnest(string_to_array(p_columns, ',')) w);
    v_contracts text := case when p_place = 'fact' then 'c.contract_id::text' else format('(select string_agg(q.contract_id::text, '' '')'
        ' from (select distinct x.contract_id from %s x where (%s) is not distinct from (%s) order by 1 limit 20) q)',
        p_expected, v_expected_cell, v_cell) end;
begin
    return query execute format(
        'select %1$L, (select string_agg(j.key || ''='' || coalesce(j.value, ''-''), '' '' order by j.key)
                from jsonb_each_text(to_jsonb(c) - ''{en,et,ee,fn,ft,fe}''::text[]) j),
            concat_ws('' '', c.en, c.et, c.ee), concat_ws('' '', c.fn, c.ft, c.fe),
            %5$s
        from (
            select %2$s, coalesce(sum(n) filter (where side = 1), 0) as en, coalesce(sum(t) filter (where side = 1), 0) as et,
                coalesce(sum(e) filter (where side = 1), 0) as ee, coalesce(sum(n) filter (where side = 2), 0) as fn,
                coalesce(sum(t) filter (where side = 2), 0) as ft, coalesce(sum(e) filter (where side = 2), 0) as fe
            from (select %2$s, count as n, total_amount as t, technology_amount as e, 1 as side from %3$s x
                union all select %2$s, count, total_amount, technology_amount, 2 from %4$s y) u
            group by %2$s
        ) c where (c.en, c.et, c.ee) <> (c.fn, c.ft, c.fe) limit 1000',
        p_place, p_columns, p_expected, p_found, v_contracts)
    using p_seq, p_months;
end
$$;

-- What differs between the releases and the facts (by contract), and between the releases and the cubes (by cell), as of the
-- seq that the cubes stand at: sums of count, total and technology amount in fen, and the contracts concerned, at most 20.
-- Everything is bounded by that seq, so facts that come in meanwhile change nothing.
create or replace function tcr.nightly_verify(p_all boolean)
returns table (place text, cell text, expected text, found text, contracts text)
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_seq bigint := (select s.rolled_seq from tcr.cube_state s);
    v_months date[] := case when not p_all then tcr.nightly_months(v_seq) end;
    v_parties text := '(select e.*, b.* from pg_temp.nightly_expected e cross join lateral (values'
        ' (''registered'', e.filed_county, e.filed_district), (''output'', e.seller_county, e.seller_district),'
        ' (''absorbed'', e.buyer_county, e.buyer_district)) b (basis, county, district))';
    v_cube text := '(select * from tcr.cube_%s where $2 is null or month = any ($2))';
begin
    drop table if exists pg_temp.nightly_expected;
    create temporary table nightly_expected on commit drop as
        select *, date_trunc('month', day)::date as month from tcr.nightly_expected(v_seq, v_months);
    analyze pg_temp.nightly_expected;
    return query
    select * from tcr.nightly_compare('fact', 'contract_id, day, agency_id, contract_type, technical_field, filed_county,'
        ' filed_district, seller_county, seller_district, buyer_county, buyer_district', 'pg_temp.nightly_expected',
        '(select * from tcr.fact where seq <= $1 and ($2 is null or date_trunc(''month'', day)::date = any ($2)))', v_seq, v_months)
    union all
    select * from tcr.nightly_compare('cube_area', 'month, basis, county, district, contract_type, technical_field', v_parties,
        format(v_cube, 'area'), v_seq, v_months)
    union all
    select * from tcr.nightly_compare('cube_agency', 'month, agency_id, basis, county, district, contract_type, technical_field',
        v_parties, format(v_cube, 'agency'), v_seq, v_months)
    union all
    select * from tcr.nightly_compare('cube_flow', 'month, seller_county, seller_district, buyer_county, buyer_district,'
        ' contract_type, technical_field', 'pg_temp.nightly_expected', format(v_cube, 'flow'), v_seq, v_months);
end
$$;

-- Close every day up to p_day that is still open; the first run closes p_day alone. Returns the number of days, or null when
-- facts of these days came in that the cubes do not hold yet: roll up and verify them first.
-- The sequence is locked, so whoever books after this finds the days closed and takes the next one.
create or replace function tcr.nightly_close(p_day date) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_closed bigint;
begin
    if p_day >= tcr.today() then
        raise exception 'a day that is not over cannot be closed' using errcode = 'TC001';
    end if;
    perform from tcr.sequence_counter for update;
    if tcr.nightly_seq(p_day) > (select s.rolled_seq from tcr.cube_state s) then
        return null;
    end if;
    insert into tcr.closing (period, first_day, last_day, seq)
    select to_char(d, 'YYYY-MM-DD'), d, d, tcr.nightly_seq(d::date)
    from generate_series(coalesce((select max(l.last_day) + 1 from tcr.closing l), p_day)::timestamp, p_day::timestamp, '1 day') d;
    get diagnostics v_closed = row_count;
    return v_closed;
end
$$;

-- Keys that are older than 72 hours, at most p_limit at a time. Returns how many went.
create or replace function tcr.keys_expire(p_limit bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_gone bigint;
begin
    delete from tcr.idempotency_key k
    where (k.account_id, k.key) in (select o.account_id, o.key from tcr.idempotency_key o
        where o.created_at < now() - interval '72 hours' limit p_limit);
    get diagnostics v_gone = row_count;
    return v_gone;
end
$$;

-- A run of a job: one row from its start; without finished_at it did not come to its end.
create or replace function tcr.job_start(p_job text, p_day date) returns bigint
language sql volatile set search_path = pg_catalog as $$
    insert into tcr.job_run (job, day) values (p_job, p_day) returning id
$$;

create or replace function tcr.job_finish(p_id bigint, p_outcome text, p_counts jsonb) returns void
language sql volatile set search_path = pg_catalog as $$
    update tcr.job_run set finished_at = clock_timestamp(), outcome = p_outcome,
        counts = p_counts || jsonb_build_object('seconds', round(extract(epoch from clock_timestamp() - started_at), 3))
    where id = p_id
$$;

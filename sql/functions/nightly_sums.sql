-- nightly_sums - do releases, facts and cubes agree? Reads each of them once, from indexes that hold the amounts and what the dimensions
-- come to (sql/migrations/0014_recount.sql), and tells months. Called by the owner only, like all of the nightly job.

-- One number for a row that counts: what it counts as, its amounts, and the day it is booked on. Sums of these do not depend on the order
-- of rows.
create or replace function tcr.row_sum(p_day date, p_seq bigint, p_sign integer, p_is_new boolean, p_total bigint, p_technology bigint,
    p_figure_key bigint) returns bigint
language sql immutable parallel safe as $$
    select hashint8extended(p_total, hashint8extended(p_technology, hashint8extended(
        (p_seq * 8 + (p_sign + 1) * 2 + p_is_new::integer) * 65536 + (p_day - date '2000-01-01'), p_figure_key)))
$$;

-- The same for money that arrived.
create or replace function tcr.money_sum(p_seq bigint, p_received bigint, p_income bigint) returns bigint
language sql immutable parallel safe as $$
    select case when p_received <> 0 or p_income <> 0 then hashint8extended(p_received, hashint8extended(p_income, p_seq)) else 0 end
$$;

-- The day that an act is booked on: its own, or the first that was open. $2 and $3 are what tcr.closed_since says.
create or replace function tcr.sums_day(p_day text, p_seq text) returns text
language sql immutable set search_path = pg_catalog as $$
    select format('greatest(%s, ($3::date[])[width_bucket(%s, $2::bigint[])] + 1)', p_day, p_seq)
$$;

-- The sums of a statement by that expression, or all of it as one row.
create or replace function tcr.sums_by(p_by text, p_is_grouped boolean) returns text[]
language sql immutable set search_path = pg_catalog as $$
    select case when p_is_grouped then array[p_by, 'group by 1'] else '{null::date,group by ()}' end
$$;

-- What the releases call for, by the day it is booked on or all together, as a statement: registrations; minus the release before any
-- other act, plus the one that it made, where they count differently, with the money that had arrived; money that arrives while the
-- contract counts, and moves that no act brought about. Only acts that move something look for money. $1: up to this seq.
create or replace function tcr.sums_of_releases(p_is_grouped boolean) returns text
language sql stable set search_path = pg_catalog as $$
    select format($q$
        select %4$s as day, count(*) as n, sum(n.total_amount) as total, sum(n.technology_amount) as technology, 0::numeric as received,
            0::numeric as income,
            sum(tcr.row_sum(%1$s, n.seq, 1, true, n.total_amount, n.technology_amount, n.figure_key)) as checksum
        from tcr.contract_release n
        where n.registered_on is not null and n.seq <= $1 and n.event = any (%3$L) and n.status = 'registered'
        %7$s
        union all
        select %5$s, sum(v.sign), sum(v.sign * v.total), sum(v.sign * v.technology), sum(v.sign * w.received), sum(v.sign * w.income),
            sum(tcr.row_sum(%2$s, m.seq, v.sign, false, v.total, v.technology, v.figure_key)
                # tcr.money_sum(m.seq, v.sign * w.received, v.sign * w.income))
        from (
            select m.seq, m.contract_id, m.day, case when m.status = 'registered' then m.total_amount end as total, m.technology_amount,
                m.figure_key, o.total_amount as old_total, o.technology_amount as old_technology, o.figure_key as old_key
            from tcr.contract_release m
            left join lateral (select p.* from (select p.status, p.total_amount, p.technology_amount, p.figure_key
                from tcr.contract_release p where p.contract_id = m.contract_id and p.seq < m.seq and p.registered_on is not null
                order by p.seq desc limit 1) p where p.status = 'registered') o on true
            where m.registered_on is not null and m.seq <= $1 and m.event <> all (%3$L)
                and (m.status <> 'registered' or (o.total_amount, o.technology_amount, o.figure_key)
                    is distinct from (m.total_amount, m.technology_amount, m.figure_key))
            offset 0
        ) m
        cross join lateral %8$s w
        cross join lateral (values (-1, m.old_total, m.old_technology, m.old_key), (1, m.total, m.technology_amount, m.figure_key))
            v (sign, total, technology, figure_key)
        where v.total is not null
        %7$s
        union all
        select %6$s, 0, 0, 0, sum(m.technology_received), sum(m.technology_income),
            sum(tcr.row_sum(m.day, m.seq, m.sign, false, 0, 0, r.figure_key) # tcr.money_sum(m.seq, m.technology_received, m.technology_income))
        from tcr.receipt_fact m join tcr.contract_release r on r.contract_id = m.contract_id and r.seq = m.seq
            and r.registered_on is not null and (r.status = 'registered' or m.seq <= %9$s)
        where m.seq <= $1
        %7$s
        union all
        select %6$s, 0, 0, 0, sum(v.sign * m.technology_received), sum(v.sign * m.technology_income),
            sum(tcr.row_sum(m.day, m.seq, v.sign, false, 0, 0, r.figure_key)
                # tcr.money_sum(m.seq, v.sign * m.technology_received, v.sign * m.technology_income))
        from tcr.money_move m cross join lateral (values (-1, m.from_seq), (1, m.to_seq)) v (sign, place)
        join tcr.contract_release r on r.seq = v.place
        where m.seq <= $1
        %7$s$q$, tcr.sums_day('n.day', 'n.seq'), tcr.sums_day('m.day', 'm.seq'), tcr.acts_that_register(),
        (tcr.sums_by(tcr.sums_day('n.day', 'n.seq'), p_is_grouped))[1], (tcr.sums_by(tcr.sums_day('m.day', 'm.seq'), p_is_grouped))[1],
        (tcr.sums_by('m.day', p_is_grouped))[1], (tcr.sums_by('', p_is_grouped))[2], tcr.money_before('m'), tcr.money_seq())
$$;

-- The facts, by the day they are booked on or all together, as a statement. $1: up to this seq, $2: after this one.
create or replace function tcr.sums_of_facts(p_is_grouped boolean) returns text
language sql immutable set search_path = pg_catalog as $$
    select format($q$
        select %1$s as day, sum(f.count) as n, sum(f.total_amount) as total, sum(f.technology_amount) as technology,
            sum(f.technology_received) as received, sum(f.technology_income) as income,
            sum(tcr.row_sum(f.day, f.seq, f.sign, f.is_new, f.sign * f.total_amount, f.sign * f.technology_amount, f.figure_key)
                # tcr.money_sum(f.seq, f.technology_received, f.technology_income)) as checksum, sum(f.proof) as proof
        from tcr.fact f where f.seq <= $1 and f.seq > $2 %2$s$q$, variadic tcr.sums_by('f.day', p_is_grouped))
$$;

-- The rows of the cubes, by month or all together, as a statement. In one of them every fact is exactly once: its amounts are summed as
-- such.
create or replace function tcr.sums_of_cubes(p_is_grouped boolean) returns text
language sql stable set search_path = pg_catalog as $$
    select string_agg(format('select %s as month, %s, sum(c.proof) as proof from tcr.cube_%s c %s', b.by[1],
        case c.cube when 'flow' then 'sum(c.count) as n, sum(c.total_amount) as total, sum(c.technology_amount) as technology'
            else '0 as n, 0 as total, 0 as technology' end, c.cube, b.by[2]), ' union all ')
    from tcr.cube_columns() c cross join tcr.sums_by('c.month', p_is_grouped) b (by)
$$;

-- The months in which, up to p_seq, releases and facts do not agree in every column, or the cubes do not agree with the facts that were
-- rolled up. The proofs of the cells agree by chance once in two thousand million. Only where the whole does not agree, it is read again
-- by days and months.
create or replace function tcr.nightly_disagreements(p_seq bigint) returns date[]
language plpgsql volatile set search_path = pg_catalog set jit = off set work_mem = '64MB' set random_page_cost = 1
    set parallel_setup_cost = 0 set min_parallel_table_scan_size = '1MB' set min_parallel_index_scan_size = '256kB' as $$
declare
    v_rolled bigint := (select s.rolled_seq from tcr.cube_state s);
    v_closed record;
    v_months date[];
    v_is_grouped boolean;
begin
    select * into v_closed from tcr.closed_since();
    foreach v_is_grouped in array '{f,t}'::boolean[] loop
        drop table if exists pg_temp.release_sums, pg_temp.fact_sums, pg_temp.new_sums, pg_temp.cube_sums;
        execute 'create temporary table release_sums on commit drop as ' || tcr.sums_of_releases(v_is_grouped)
        using p_seq, v_closed.seqs, v_closed.days;
        execute 'create temporary table fact_sums on commit drop as ' || tcr.sums_of_facts(v_is_grouped) using p_seq, -9223372036854775807;
        execute 'create temporary table new_sums on commit drop as ' || tcr.sums_of_facts(v_is_grouped) using p_seq, v_rolled;
        execute 'create temporary table cube_sums on commit drop as ' || tcr.sums_of_cubes(v_is_grouped);
        select coalesce(array_agg(distinct x.month order by x.month), '{}') into v_months from (
            select date_trunc('month', day::timestamp)::date as month
            from (select day, n, total, technology, received, income, checksum from pg_temp.release_sums
                union all select day, -n, -total, -technology, -received, -income, -checksum from pg_temp.fact_sums) d
            group by day
            having greatest(abs(sum(n)), abs(sum(total)), abs(sum(technology)), abs(sum(received)), abs(sum(income)), abs(sum(checksum))) > 0
            union
            select month
            from (select month, n, total, technology, proof from pg_temp.cube_sums
                union all select date_trunc('month', day::timestamp)::date, -n, -total, -technology, -proof from pg_temp.fact_sums
                union all select date_trunc('month', day::timestamp)::date, n, total, technology, proof from pg_temp.new_sums) m
            group by month
            having greatest(abs(sum(n)), abs(sum(total)), abs(sum(technology)), abs(sum(proof) % 2147483647)) > 0) x;
        exit when v_months = '{}';
    end loop;
    return v_months;
end
$$;

-- nightly - the job behind tcrd aggregate: roll facts into the cubes, recompute from the releases, close the day. Called by the
-- owner only: none of it is security definer, so the service role gets nowhere with it.

-- The last seq that belongs to a day or to an earlier one; facts after it are booked later.
create or replace function tcr.nightly_seq(p_day date) returns bigint
language sql stable set search_path = pg_catalog as $$
    select coalesce((select f.seq from tcr.fact f where f.day <= p_day order by f.seq desc limit 1), 0)
$$;

-- The sum of numbers of 64 bits as one: what does not fit is an error. The sum of PostgreSQL is a numeric, made for each cell and value.
create or replace aggregate tcr.sum_bigint(bigint) (sfunc = int8pl, stype = bigint, initcond = '0', parallel = safe);

-- Rows shaped like facts, with their month; for a cube of sides one row for each party that has a place.
create or replace function tcr.cube_rows(p_cube text, p_source text) returns text
language sql stable set search_path = pg_catalog as $$
    select case when 'side' = any (c.columns) then format($q$(
            select *, seller_county as county, seller_district as district,
                case when filed_county is not distinct from seller_county and filed_district is not distinct from seller_district
                    then 's' else 'o' end collate "C" as side
            from %1$s f where seller_county is not null
            union all
            select *, buyer_county, buyer_district,
                case when filed_county is not distinct from seller_county and filed_district is not distinct from seller_district
                    then 'a' else 'b' end collate "C"
            from %1$s f where buyer_county is not null)$q$, p_source)
        else p_source end
    from tcr.cube_columns() c where c.cube = p_cube
$$;

-- Rows shaped like facts as the cells of a cube, as one statement; the values are in the order of tcr.cube_values.
create or replace function tcr.cube_fold(p_cube text, p_source text) returns text
language sql stable set search_path = pg_catalog as $$
    select format($q$select tcr.sum_bigint(count) as count, tcr.sum_bigint(total_amount) as total_amount,
        tcr.sum_bigint(technology_amount) as technology_amount, tcr.sum_bigint(technology_received) as technology_received,
        tcr.sum_bigint(technology_income) as technology_income, tcr.sum_bigint(case when is_new then count else 0 end) as new_count,
        tcr.sum_bigint(case when is_new then total_amount else 0 end) as new_total_amount,
        tcr.sum_bigint(case when is_new then technology_amount else 0 end) as new_technology_amount, %1$s
        from %2$s r group by %1$s$q$, array_to_string(c.columns, ', '), tcr.cube_rows(p_cube, p_source))
    from tcr.cube_columns() c where c.cube = p_cube
$$;

-- The sums that a cell has.
create or replace function tcr.cube_values() returns text[]
language sql immutable as $$
    select '{count,total_amount,technology_amount,technology_received,technology_income,new_count,new_total_amount,new_technology_amount}'::text[]
$$;

-- How many numbers of the sequence are rolled up at a time: after a large load, memory and temporary files do not grow with it.
create or replace function tcr.cubes_step() returns bigint
language sql immutable as $$ select 1000000 $$;

-- Roll up to p_seq, or with p_rebuild all of it anew. Returns the number of facts. A reader sees either the cubes before and the facts,
-- or the cubes after: both are the same figure. The cost follows the new facts: their cells are added beside those of earlier roll-ups.
create or replace function tcr.cubes_roll(p_seq bigint, p_rebuild boolean) returns bigint
language plpgsql volatile set search_path = pg_catalog set jit = off set work_mem = '64MB' set enable_sort = off as $$
declare
    v_after bigint;
    v_to bigint;
    v_count bigint;
    v_sum bigint := 0;
    v_first date;
    v_cubes text;
begin
    select s.rolled_seq into v_after from tcr.cube_state s for update;
    if p_rebuild then
        p_seq := greatest(p_seq, v_after);
        v_after := 0;
        delete from tcr.cube_area;
        delete from tcr.cube_party;
        delete from tcr.cube_agency;
        delete from tcr.cube_flow;
    elsif p_seq <= v_after then
        return 0;
    end if;
    -- In the order of an index: neighbours go to one page. Cells are made by hashing (offset 0 and enable_sort see to it): the planner
    -- takes new facts for few, because statistics do not know their numbers yet, and sorting by eight texts costs four times as much.
    select string_agg(format('%1$s as (insert into tcr.cube_%1$s (%2$s, %3$s) select * from (%4$s offset 0) c order by %5$s)', c.cube,
            array_to_string(tcr.cube_values(), ', '), array_to_string(c.columns, ', '), tcr.cube_fold(c.cube, 'new'),
            case c.cube when 'flow' then 'seller_county, month' else 'county, month' end), ', ')
    into v_cubes from tcr.cube_columns() c;
    -- What a closing left open is later than its days: the years before are not looked at.
    v_first := (select coalesce(max(l.last_day) + 1, '-infinity') from tcr.closing l where l.seq <= v_after);
    while v_after < p_seq loop
        v_to := least(v_after + tcr.cubes_step(), p_seq);
        -- What is new is read once, without what no cube has.
        execute format($q$
            with new as materialized (
                select f.count::bigint as count, f.total_amount, f.technology_amount, f.technology_received, f.technology_income, f.is_new,
                    date_trunc('month', f.day::timestamp)::date as month, f.filed_county, f.filed_district, f.seller_county,
                    f.seller_district, f.buyer_county, f.buyer_district, f.agency_id, f.point_id, f.contract_type, f.technical_field,
                    f.size_class, f.direction, f.seller_type, f.buyer_type, f.industry, f.plan_source
                from tcr.fact f where f.seq > %s and f.seq <= %s and f.day >= %L
            ), %s
            select count(*) from new$q$, v_after, v_to, v_first, v_cubes) into v_count;
        v_sum := v_sum + v_count;
        v_after := v_to;
    end loop;
    update tcr.cube_state set rolled_seq = p_seq;
    return v_sum;
end
$$;

-- The acts that register: their releases have none before them that counts.
create or replace function tcr.acts_that_register() returns text[]
language sql stable set search_path = pg_catalog as $$
    select array_agg(a.act order by a.act) from tcr.act a where a.registers
$$;

-- The last act that left money where it was booked; see sql/migrations/0016_money_moves.sql. A number in the text of a statement: a
-- subquery would keep it from running in parallel.
create or replace function tcr.money_seq() returns bigint
language sql stable set search_path = pg_catalog as $$ select s.money_seq from tcr.cube_state s $$;

-- The verified money of a contract when an act came that moves it, as a subquery. p_act names a row with the contract_id and the seq of
-- the act.
create or replace function tcr.money_before(p_act text) returns text
language sql stable set search_path = pg_catalog as $$
    select format('(select coalesce(sum(f.technology_received), 0)::bigint as received, coalesce(sum(f.technology_income), 0)::bigint'
        ' as income from tcr.receipt_fact f where f.contract_id = %1$s.contract_id and f.seq < %1$s.seq and %1$s.seq > %2$s)',
        p_act, tcr.money_seq())
$$;

-- The facts that the releases call for, from amount and dimension columns of the releases alone, as a statement: minus the release
-- before an act, plus the one that it made, where they count differently, with the money that had arrived, booked on the first day that
-- was open. Parameters: $1 up to this seq, $2 and $3 the seqs from which on a day was closed and these days, $4 and $5 the days that are
-- booked on; acts of earlier days are booked there when they came after seq $6, because their own day was closed by then.
create or replace function tcr.nightly_expected() returns text
language sql stable set search_path = pg_catalog as $$
    select format($q$(
        select r.seq, r.sign, r.contract_id, greatest(r.act_day, ($3::date[])[width_bucket(r.seq, $2::bigint[])] + 1) as day,
            r.registered_on, r.sign as count, r.sign * r.total_amount as total_amount, r.sign * r.technology_amount as technology_amount,
            r.sign * r.received as technology_received, r.sign * r.income as technology_income, r.is_new, r.agency_id,
            r.point_id, r.contract_type, r.technical_field, case r.filed_as when 'import_buyer' then r.buyer_region else r.seller_region end as filed_county,
            case r.filed_as when 'import_buyer' then coalesce(r.buyer_zone, r.buyer_region)
                else coalesce(r.seller_zone, r.seller_region) end as filed_district,
            r.seller_region as seller_county, coalesce(r.seller_zone, r.seller_region) as seller_district,
            r.buyer_region as buyer_county, coalesce(r.buyer_zone, r.buyer_region) as buyer_district, r.seller_code, r.buyer_code,
            r.seller_type, r.buyer_type, r.ip_type, r.industry, r.plan_source, r.direction, r.size_class, r.is_related, r.is_secret,
            r.unit, r.broker, r.event_name
        from (
            select n.seq, n.day as act_day, 1 as sign, true as is_new, 0::bigint as received, 0::bigint as income, %1$s
            from tcr.contract_release n
            where n.registered_on is not null and n.seq <= $1 and (n.day between $4 and $5 or (n.day < $4 and n.seq > $6)) and n.event = any (%2$L)
                and n.status = 'registered'
            union all
            select a.seq, a.act_day, v.sign, false, w.received, w.income, %1$s
            from (
                select m.seq, m.contract_id, m.day as act_day, m.status, o.seq as old_seq, o.status as old_status
                from tcr.contract_release m cross join lateral (select p.seq, p.status from tcr.contract_release p
                    where p.contract_id = m.contract_id and p.seq < m.seq order by p.seq desc limit 1) o
                where m.registered_on is not null and m.seq <= $1 and (m.day between $4 and $5 or (m.day < $4 and m.seq > $6))
                    and m.event <> all (%2$L)
            ) a
            cross join lateral (values (-1, a.old_seq, a.old_status), (1, a.seq, a.status)) v (sign, source, status)
            join tcr.contract_release n on n.seq = v.source
            cross join lateral %3$s w
            where v.status = 'registered' and (a.status <> 'registered' or a.old_status <> 'registered'
                or not tcr.releases_count_alike(a.old_seq, a.seq))
        ) r)$q$,
        'n.contract_id, n.registered_on, n.total_amount, n.technology_amount, n.agency_id, n.point_id, n.contract_type,'
        ' n.technical_field, n.filed_as, n.seller_region, n.seller_zone, n.buyer_region, n.buyer_zone, n.seller_code, n.buyer_code,'
        ' n.seller_type, n.buyer_type, n.ip_type, n.industry, n.plan_source, n.direction, n.size_class, n.is_related, n.is_secret,'
        ' n.unit, n.broker, n.event_name', tcr.acts_that_register(), tcr.money_before('a'))
$$;

-- The facts that verified money calls for, in the same shape: what receipt_fact says, where the contract counted then; nothing when it did
-- not count any more. And the moves of money that no act brought about.
create or replace function tcr.nightly_expected_money() returns text
language sql stable set search_path = pg_catalog as $$
    select format($q$(
        select m.seq, m.sign::integer, c.contract_id, m.day, c.registered_on, 0, 0::bigint, 0::bigint, m.technology_received,
            m.technology_income, false, c.agency_id, c.point_id, c.contract_type, c.technical_field, c.filed_county, c.filed_district,
            c.seller_county, c.seller_district, c.buyer_county, c.buyer_district, c.seller_code, c.buyer_code, c.seller_type,
            c.buyer_type, c.ip_type, c.industry, c.plan_source, c.direction, c.size_class, c.is_related, c.is_secret, c.unit, c.broker,
            c.event_name
        from (
            select f.seq, f.sign, f.contract_id, f.seq as place, f.day, f.technology_received, f.technology_income,
                f.seq <= %1$s as stays
            from tcr.receipt_fact f
            union all
            select f.seq, v.sign, f.contract_id, v.place, f.day, v.sign * f.technology_received, v.sign * f.technology_income, true
            from tcr.money_move f cross join lateral (values (-1, f.from_seq), (1, f.to_seq)) v (sign, place)
        ) m
        join tcr.contract_release r on r.seq = m.place and r.contract_id = m.contract_id and (r.status = 'registered' or m.stays)
        cross join lateral tcr.release_counts(r) c
        where m.seq <= $1 and m.day between $4 and 'infinity')$q$, tcr.money_seq())
$$;

-- The seqs from which on a day was closed, and these days: what books a late act later.
create or replace function tcr.closed_since(out seqs bigint[], out days date[])
language sql stable set search_path = pg_catalog as $$
    select array_agg(l.seq + 1 order by l.seq, l.last_day), array_agg(l.closed_day order by l.seq, l.last_day)
    from (select c.seq, c.last_day, max(c.last_day) over (order by c.seq, c.last_day) as closed_day from tcr.closing c) l
$$;

-- The months whose cells are recomputed one by one: those that facts after the last closing touched (none before the first closing: all
-- is new then), and those that do not agree as a whole; with p_all every month that has anything.
create or replace function tcr.nightly_months(p_seq bigint, p_all boolean) returns date[]
language plpgsql volatile set search_path = pg_catalog set jit = off set work_mem = '64MB' as $$
begin
    return (select coalesce(array_agg(distinct m.month), '{}') from (
        select date_trunc('month', f.day)::date as month
        from tcr.fact f where f.seq > (select max(l.seq) from tcr.closing l) and f.seq <= p_seq
        union all
        select unnest(tcr.nightly_disagreements(p_seq))
        union all
        select distinct a.month from (select month from tcr.cube_area union all select month from tcr.cube_party
            union all select month from tcr.cube_agency union all select month from tcr.cube_flow) a where p_all
        union all
        select distinct date_trunc('month', f.day)::date from tcr.fact f where p_all
    ) m);
end
$$;

-- One table against what the releases call for, cell by cell: its name, the columns of a cell, where the expected rows come from, where
-- those in use come from, and how to name the contracts of a cell c. At most 1000 differences.
create or replace function tcr.nightly_compare(p_place text, p_columns text[], p_expected text, p_found text, p_contracts text)
returns table (place text, cell text, expected text, found text, contracts text)
language plpgsql stable set search_path = pg_catalog set jit = off set work_mem = '64MB' as $$
declare
    v_columns text := array_to_string(p_columns, ', ');
    v_values text := array_to_string(tcr.cube_values(), ', ');
begin
    -- Texts are made of the cells that differ, and of no other.
    return query execute format($q$
        select %1$L, (select string_agg(j.key || '=' || coalesce(j.value, '-'), ' ' order by j.key)
                from jsonb_each_text(to_jsonb(c) - '{en,fn}'::text[]) j),
            array_to_string(c.en, ' '), array_to_string(c.fn, ' '), %5$s
        from (
            select %2$s, array[%6$s] as en, array[%7$s] as fn
            from (select %2$s, %8$s, %9$s from %3$s x union all select %2$s, %9$s, %8$s from %4$s y) u
            group by %2$s having %10$s limit 1000
        ) c$q$,
        p_place, v_columns, p_expected, p_found, p_contracts,
        (select string_agg(format('sum(u.%I)', v), ', ') from unnest(tcr.cube_values()) v),
        (select string_agg(format('sum(u.%I)', 'found_' || v), ', ') from unnest(tcr.cube_values()) v),
        v_values, (select string_agg(format('0::bigint as %I', 'found_' || v), ', ') from unnest(tcr.cube_values()) v),
        (select string_agg(format('sum(u.%I) <> sum(u.%I)', v, 'found_' || v), ' or ') from unnest(tcr.cube_values()) v));
end
$$;

-- What differs in these months between the releases and the facts (by contract and act, up to p_seq), and between the releases and the
-- cubes (by cell, up to what was rolled up).
create or replace function tcr.nightly_verify_months(p_seq bigint, p_months date[])
returns table (place text, cell text, expected text, found text, contracts text)
language plpgsql volatile set search_path = pg_catalog set jit = off set work_mem = '64MB' as $$
declare
    v_rolled text := format('(select * from pg_temp.nightly_expected where seq <= %s)', (select s.rolled_seq from tcr.cube_state s));
    v_closed record;
    v_new text := 'case when is_new then count else 0 end as new_count, case when is_new then total_amount else 0 end as new_total_amount,'
        ' case when is_new then technology_amount else 0 end as new_technology_amount';
    v_columns text[] := '{contract_id,seq,sign,day,registered_on,agency_id,point_id,contract_type,technical_field,filed_county,filed_district,'
        'seller_county,seller_district,buyer_county,buyer_district,seller_code,buyer_code,seller_type,buyer_type,ip_type,industry,'
        'plan_source,direction,size_class,is_related,is_secret,unit,broker,event_name}';
    c record;
begin
    select * into v_closed from tcr.closed_since();
    drop table if exists pg_temp.nightly_expected, pg_temp.nightly_found;
    execute format('create temporary table nightly_expected on commit drop as select *, date_trunc(''month'', day::timestamp)::date as month'
        ' from (select * from %s e union all select * from %s m) e where date_trunc(''month'', day::timestamp)::date = any ($7)', tcr.nightly_expected(), tcr.nightly_expected_money())
    using p_seq, v_closed.seqs, v_closed.days, (select min(m) from unnest(p_months) m), (select max(m) + 31 from unnest(p_months) m),
        (select min(l.seq) from tcr.closing l where l.last_day >= (select min(m) - 1 from unnest(p_months) m)), p_months;
    analyze pg_temp.nightly_expected;
    create temporary table nightly_found on commit drop as
        select * from tcr.fact f where f.seq <= p_seq and date_trunc('month', f.day)::date = any (p_months)
            and f.day between (select min(m) from unnest(p_months) m) and (select max(m) + 31 from unnest(p_months) m);
    return query select * from tcr.nightly_compare('fact', v_columns, format('(select *, %s from pg_temp.nightly_expected)', v_new),
        format('(select *, %s from pg_temp.nightly_found)', v_new), 'c.contract_id::text');
    for c in select * from tcr.cube_columns() loop
        return query select * from tcr.nightly_compare('cube_' || c.cube, c.columns,
            '(' || tcr.cube_fold(c.cube, v_rolled) || ')',
            format('(select * from tcr.cube_%s where month = any (%L))', c.cube, p_months),
            format($q$(select string_agg(q.contract_id::text, ' ') from (select distinct x.contract_id
                from %s x where (%s) is not distinct from (%s) order by 1 limit 20) q)$q$,
                tcr.cube_rows(c.cube, v_rolled),
                (select string_agg('x.' || k, ', ') from unnest(c.columns) k), (select string_agg('c.' || k, ', ') from unnest(c.columns) k)));
    end loop;
end
$$;

-- What differs cell by cell, as of the last number of the sequence at the start: numbers are given in the order of commits, so what comes
-- in meanwhile changes nothing. A year at a time: the memory of a comparison does not grow with the record.
create or replace function tcr.nightly_verify(p_all boolean)
returns table (place text, cell text, expected text, found text, contracts text)
language plpgsql volatile set search_path = pg_catalog set jit = off set work_mem = '64MB' as $$
declare
    v_seq bigint := (select s.value from tcr.sequence_counter s);
    v_months date[] := tcr.nightly_months(v_seq, p_all);
    v_year date[];
begin
    for v_year in select array_agg(m order by m) from unnest(v_months) m group by extract(year from m) order by min(m) loop
        return query select * from tcr.nightly_verify_months(v_seq, v_year);
    end loop;
end
$$;

-- What differs in the months whose sums do not agree: the full recount, without telling cell by cell what does agree.
create or replace function tcr.nightly_recount()
returns table (place text, cell text, expected text, found text, contracts text)
language plpgsql volatile set search_path = pg_catalog set jit = off set work_mem = '64MB' as $$
declare
    v_seq bigint := (select s.value from tcr.sequence_counter s);
    v_months date[] := tcr.nightly_disagreements(v_seq);
    v_month date;
begin
    foreach v_month in array v_months loop
        return query select * from tcr.nightly_verify_months(v_seq, array[v_month]);
    end loop;
end
$$;

-- Keep what was found, beside the run that found it.
create or replace function tcr.difference_add(p_job_run_id bigint, p_place text, p_cell text, p_expected text, p_found text,
    p_contracts text) returns void
language sql volatile set search_path = pg_catalog as $$
    insert into tcr.figure_difference (job_run_id, place, cell, expected, found, contracts)
    values (p_job_run_id, p_place, p_cell, p_expected, p_found, coalesce(p_contracts, ''))
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

-- What it told of becomes an event of the feed as well, with up to 20 of the contracts concerned: also what --rebuild put right.
create or replace function tcr.job_finish(p_id bigint, p_outcome text, p_counts jsonb) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    update tcr.job_run set finished_at = clock_timestamp(), outcome = p_outcome,
        counts = p_counts || jsonb_build_object('seconds', round(extract(epoch from clock_timestamp() - started_at), 3))
    where id = p_id;
    if exists (select from tcr.figure_difference d where d.job_run_id = p_id) then
        perform tcr.notice_add_for_all('figures_differ', (select jsonb_build_object('job_run', p_id::text, 'differences', count(*),
            'places', jsonb_agg(distinct d.place), 'contracts', (select jsonb_agg(c.contract) from (select distinct c.contract
                from tcr.figure_difference x cross join regexp_split_to_table(x.contracts, ' ') c (contract)
                where x.job_run_id = p_id and c.contract <> '' order by 1 limit 20) c))
            from tcr.figure_difference d where d.job_run_id = p_id));
    end if;
end
$$;

-- The last nightly job that compared to its end, whoever ran it: 0 with 0 differences if none did. One that failed says nothing about the
-- figures, and takes back no alarm.
create or replace function tcr.job_last(out id bigint, out differences bigint, out finished_at bigint)
language sql stable security definer set search_path = pg_catalog as $$
    select coalesce(max(j.id), 0), coalesce(max((j.counts ->> 'differences')::bigint), 0),
        coalesce(max(extract(epoch from j.finished_at)::bigint), 0)
    from (select * from tcr.job_run j where j.job = 'aggregate' and j.outcome in ('ok', 'difference') order by j.id desc limit 1) j
$$;

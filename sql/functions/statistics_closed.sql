-- statistics_closed - what decides which amounts an agency sees of the area: every cell with its sellers and buyers, and so the cells
-- of every coarser table that can be asked for as well, because what is shown must not depend on the question.

-- Between two closed days that both can be asked for, a cell gains contracts. It is settled when what came in since it was last shown is
-- at least three contracts of three sellers and three buyers: then no difference of two days tells less.
create or replace function tcr.settling_is_safe(p tcr.settling) returns boolean
language sql immutable as $$
    select (p).contracts >= 3 and cardinality((p).sellers) >= 3 and cardinality((p).buyers) >= 3
$$;

create or replace function tcr.settling_add(p tcr.settling, p_closing integer, p_seller text, p_buyer text) returns tcr.settling
language plpgsql immutable as $$
begin
    if p.closing is null or (p_closing <> p.closing and tcr.settling_is_safe(p)) then
        p.contracts := 0;
        p.sellers := '{}';
        p.buyers := '{}';
    end if;
    p.closing := p_closing;
    p.contracts := p.contracts + 1;
    -- Three are enough to know.
    if cardinality(p.sellers) < 3 and p_seller <> all (p.sellers) then
        p.sellers := p.sellers || p_seller;
    end if;
    if cardinality(p.buyers) < 3 and p_buyer <> all (p.buyers) then
        p.buyers := p.buyers || p_buyer;
    end if;
    return p;
end
$$;

create or replace aggregate tcr.is_settled(integer, text, text) (
    sfunc = tcr.settling_add, stype = tcr.settling, finalfunc = tcr.settling_is_safe
);

-- The levels of a dimension from the finest on.
create or replace function tcr.closed_levels(p_dimension text) returns text[]
language sql immutable set search_path = pg_catalog as $$
    select case p_dimension
        when 'month' then '{month,quarter,half,year}'::text[] when 'quarter' then '{quarter,half,year}' when 'half' then '{half,year}'
        when 'contract_type' then '{contract_type,contract_type4}'
        else array[p_dimension] end
$$;

-- Cells of the table p_by and of every coarser one, up to the closed day. self has a text "level=key" for each dimension, empty where all
-- are taken together; parents the same of the next coarser level; fineness counts the levels, coarser cells have less.
create or replace function tcr.statistics_cells(p_seq bigint, p_closed_on date, p_basis text, p_region text, p_by text[], p_limit bigint)
returns table (self text, parents text, fineness integer, count bigint, sellers bigint, buyers bigint, settled boolean)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_columns text := '';
    v_sets text[] := '{()}';
    v_self text[] := '{}';
    v_parents text[] := '{}';
    v_fineness text := '0';
    v_levels text[];
    v_column text;
    v_before text[];
    v_self_case text;
    v_parent_case text;
    v_fine_case text;
begin
    for d in 1 .. cardinality(p_by) loop
        v_levels := tcr.closed_levels(p_by[d]);
        v_before := v_sets;
        v_self_case := 'case';
        v_parent_case := 'case';
        v_fine_case := 'case';
        for l in 1 .. cardinality(v_levels) loop
            v_column := format('k%s_%s', d, l);
            v_columns := v_columns || format(', %s as %s',
                (select x.expr from tcr.statistics_dimensions() x where x.name = v_levels[l]), v_column);
            v_self_case := v_self_case || format(' when grouping(%1$s) = 0 then %2$L || %1$s', v_column, v_levels[l] || '=');
            v_parent_case := v_parent_case || format(' when grouping(%s) = 0 then %s', v_column,
                case when l < cardinality(v_levels) then format('%L || min(k%s_%s)', v_levels[l + 1] || '=', d, l + 1) else '''''' end);
            v_fine_case := v_fine_case || format(' when grouping(%s) = 0 then %s', v_column, cardinality(v_levels) - l + 1);
            v_sets := v_sets || (select array_agg(case s when '()' then format('(%s)', v_column)
                else left(s, -1) || ', ' || v_column || ')' end) from unnest(v_before) s);
        end loop;
        v_self := v_self || (v_self_case || $q$ else '' end$q$);
        v_parents := v_parents || (v_parent_case || $q$ else '' end$q$);
        v_fineness := v_fineness || ' + ' || v_fine_case || ' else 0 end';
    end loop;
    return query execute format($q$
        select array_to_string(array[%1$s]::text[], E'\x1f', ''), array_to_string(array[%2$s]::text[], E'\x1f', ''), %3$s,
            coalesce(sum(count), 0)::bigint, count(distinct coalesce(seller_code, '')) filter (where count > 0),
            count(distinct coalesce(buyer_code, '')) filter (where count > 0),
            coalesce(tcr.is_settled(closing, coalesce(seller_code, ''), coalesce(buyer_code, '') order by closing), false)
        from (select * %4$s, coalesce(width_bucket(seq, $2), 0) as closing from (select *, date_trunc('month', day)::date as d,
                %5$s_county as county, %5$s_district as district from tcr.fact) f
            where count <> 0 and seq <= $1 and day <= $3 and %6$s) f
        group by grouping sets (%7$s) limit $4$q$,
        array_to_string(v_self, ', '), array_to_string(v_parents, ', '), v_fineness, v_columns, tcr.statistics_party(p_basis),
        tcr.statistics_filter(p_basis, p_region, false, '{}'), array_to_string(v_sets, ', '))
    using p_seq, (select array_agg(c.seq + 1 order by c.seq) from (select distinct l.seq from tcr.closing l where l.seq < p_seq) c),
        p_closed_on, p_limit, null, null, p_region, null, null, null, tcr.statistics_stat4();
end
$$;

-- The cells for an agency. No row: the account may not ask.
create or replace function tcr.statistics_closed(p_account_id bigint, p_basis text, p_by text[], p_as_of bigint, p_limit bigint)
returns table (self text, parents text, fineness integer, count bigint, sellers bigint, buyers bigint, settled boolean)
language plpgsql stable security definer set search_path = pg_catalog set jit = off as $$
declare
    v_account tcr.account;
    v_region text := (select i.region from tcr.installation i);
    v_closing record;
begin
    select * into v_account from tcr.account a where a.id = p_account_id;
    if tcr.statistics_view(v_account, 'statistics.query', 'area', v_region, p_by, null, null, false, null) is distinct from 'closed'
            or tcr.statistics_party(p_basis) is null then
        return;
    end if;
    select * into v_closing from tcr.statistics_closing(p_as_of);
    return query select * from tcr.statistics_cells(v_closing.seq, v_closing.closed_on, p_basis, v_region, p_by, p_limit);
end
$$;

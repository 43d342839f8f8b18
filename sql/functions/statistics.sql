-- statistics - grouped sums of facts: whole months from a cube, the days of months covered in part and whatever the cubes do
-- not hold yet from fact rows. The function is stable, so everything in it reads the one snapshot of the calling statement:
-- a figure is right at every moment, also while a roll-up commits.
-- Names of columns come only from the fixed texts below; every value of the caller is a parameter.

-- Where a basis finds the place of a contract among the columns of fact.
create or replace function tcr.statistics_party(p_basis text) returns text
language sql immutable set search_path = pg_catalog as $$
    select case p_basis when 'registered' then 'filed' when 'output' then 'seller' when 'absorbed' then 'buyer'
        when 'local' then 'seller' end
$$;

-- The expression of a dimension over rows (d, county, district, main_type, technical_field, agency_id); null: unknown.
-- $14 is the array of four-type codes, by the first digit of the contract type.
create or replace function tcr.statistics_dimension(p_by text) returns text
language sql immutable set search_path = pg_catalog as $$
    select case p_by
        when 'year' then 'to_char(d, ''YYYY'')'
        when 'half' then 'to_char(d, ''YYYY"H"'') || ((extract(month from d)::integer + 5) / 6)'
        when 'quarter' then 'to_char(d, ''YYYY"Q"Q'')'
        when 'month' then 'to_char(d, ''YYYY-MM'')'
        when 'day' then 'to_char(d, ''YYYY-MM-DD'')'
        when 'district' then 'district'
        when 'county' then 'county'
        when 'contract_type' then 'main_type'
        when 'contract_type4' then '($14::text[])[main_type::integer]'
        when 'technical_field' then 'technical_field'
        when 'agency' then 'agency_id' end
$$;

-- The columns that dimensions need, so that nothing else is grouped.
create or replace function tcr.statistics_columns(p_by text[]) returns text
language sql immutable set search_path = pg_catalog as $$
    select coalesce(string_agg(distinct case
        when b in ('year', 'half', 'quarter', 'month', 'day') then 'd'
        when b in ('contract_type', 'contract_type4') then 'main_type'
        when b = 'agency' then 'agency_id'
        else b end, ', '), '')
    from unnest(p_by) b
$$;

-- One range as one statement: rows (d, county, district, main_type, technical_field, agency_id, n, total, technology).
-- Parameters: $1 rolled_seq, $2 first, $3 last day, $4 first whole month, $5 end of the whole months (exclusive), $6 county
-- pattern, $7 zone, $8 contract type pattern, $9 contract types, $10 field, $11 district, $12 county, $13 agency.
create or replace function tcr.statistics_source(p_by text[], p_basis text, p_agency boolean, p_first date, p_last date,
    p_from_month date, p_to_month date) returns text
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_party text := tcr.statistics_party(p_basis);
    v_agencies boolean := p_agency or 'agency' = any (p_by);
    v_filter text := ' and ($8 is null or contract_type like $8) and ($9 is null or left(contract_type, 1) = any ($9))'
        ' and ($10 is null or technical_field = $10) and (%1$scounty like $6 or %1$sdistrict = $7)'
        ' and ($11 is null or %1$sdistrict = $11) and ($12 is null or %1$scounty = $12)'
        || case when p_agency then ' and agency_id = $13' else '' end
        || case when p_basis = 'local' then ' and (buyer_county like $6 or buyer_district = $7)' else '' end;
    v_fact text;
    v_fact_filter text := format(v_filter, v_party || '_');
    v_parts text[] := '{}';
begin
    v_fact := format('select %2$s as d, %1$s_county as county, %1$s_district as district, left(contract_type, 1) as main_type,'
        ' technical_field, agency_id, count as n, total_amount as total, technology_amount as technology from tcr.fact where',
        v_party, case when 'day' = any (p_by) then 'day' else 'date_trunc(''month'', day)::date' end);
    -- No cube holds days, nor the flows of one agency: then all of it comes from facts.
    if 'day' = any (p_by) or (v_agencies and p_basis = 'local') then
        return v_fact || ' day between $2 and $3' || v_fact_filter;
    end if;
    v_parts := v_parts || (v_fact || ' seq > $1 and day between $2 and $3' || v_fact_filter);
    if p_from_month < p_to_month then
        v_parts := v_parts || (format('select month as d, %1$scounty as county, %1$sdistrict as district,'
            ' left(contract_type, 1) as main_type, technical_field, %2$s as agency_id, count as n, total_amount as total,'
            ' technology_amount as technology from tcr.%3$s where month >= $4 and month < $5',
            case when p_basis = 'local' then 'seller_' else '' end,
            case when v_agencies then 'agency_id' else 'null::bigint' end,
            case when p_basis = 'local' then 'cube_flow' when v_agencies then 'cube_agency' else 'cube_area' end)
            || case when p_basis = 'local' then '' else format(' and basis = %L', p_basis) end
            || format(v_filter, case when p_basis = 'local' then 'seller_' else '' end));
    end if;
    if p_first < p_from_month then
        v_parts := v_parts || (v_fact || ' seq <= $1 and day >= $2 and day < least($4, $3 + 1)' || v_fact_filter);
    end if;
    if p_last >= p_to_month and p_last < 'infinity' and (p_to_month >= p_from_month or p_first >= p_from_month) then
        v_parts := v_parts || (v_fact || ' seq <= $1 and day >= greatest($5, $2) and day <= $3' || v_fact_filter);
    end if;
    return array_to_string(v_parts, ' union all ');
end
$$;

-- The same for an area as of a closed day, from facts alone, with the parties: $1 is the seq of the closing, $4 the day.
create or replace function tcr.statistics_source_closed(p_basis text) returns text
language sql immutable set search_path = pg_catalog as $$
    select format('select date_trunc(''month'', day)::date as d, %1$s_county as county, %1$s_district as district,'
        ' left(contract_type, 1) as main_type, technical_field, seller_code, buyer_code, count as n, total_amount as total,'
        ' technology_amount as technology from tcr.fact where seq <= $1 and day <= $4 and day between $2 and $3'
        ' and (%1$s_county like $6 or %1$s_district = $7)', tcr.statistics_party(p_basis))
        || case when p_basis = 'local' then ' and (buyer_county like $6 or buyer_district = $7)' else '' end
$$;

-- The groups of one range, at most p_limit. keys are texts in the order of p_by with | between, empty for abroad. With
-- p_closed_on: as of that closed day, with the number of sellers and buyers of each group.
create or replace function tcr.statistics_groups(p_seq bigint, p_closed_on date, p_basis text, p_region text, p_by text[],
    p_first date, p_last date, p_contract_type text, p_contract_type4 text, p_technical_field text, p_district text,
    p_county text, p_agency_id bigint, p_limit bigint)
returns table (keys text, agency_name text, count bigint, total_amount bigint, technology_amount bigint, sellers bigint,
    buyers bigint)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_closed boolean := p_closed_on is not null;
    v_first_month date := date_trunc('month', p_first);
    v_from_month date := case when p_first > v_first_month then v_first_month + interval '1 month' else v_first_month end;
    v_to_month date := date_trunc('month', p_last + 1);
    v_columns text := concat_ws(', ', nullif(tcr.statistics_columns(p_by), ''), case when v_closed then 'seller_code, buyer_code' end);
    v_keys text := (select string_agg(tcr.statistics_dimension(b), ', ' order by o) from unnest(p_by) with ordinality u (b, o));
    v_texts text := coalesce((select string_agg('(' || tcr.statistics_dimension(b) || ')::text', ', ' order by o)
        from unnest(p_by) with ordinality u (b, o)), '');
    v_stat4 text[] := (select array_agg((select c.code from tcr.code c where c.list = 'contract_type_stat4'
        and n::text = any (string_to_array(c.parent, '|')) limit 1) order by n) from generate_series(1, 9) n);
begin
    -- Grouped twice: first by bare columns, which is most of the work, then by the texts of the answer.
    return query execute format('select array_to_string(array[%s]::text[], ''|'', ''''), %s, coalesce(sum(n), 0)::bigint,'
        ' coalesce(sum(total), 0)::bigint, coalesce(sum(technology), 0)::bigint, %s'
        ' from (select %s sum(n) as n, sum(total) as total, sum(technology) as technology from (%s) u %s) g %s limit $15',
        v_texts,
        case when 'agency' = any (p_by) then '(select a.name from tcr.agency a where a.id = agency_id)' else 'null::text' end,
        case when v_closed then 'count(distinct coalesce(seller_code, '''')) filter (where n > 0),'
            ' count(distinct coalesce(buyer_code, '''')) filter (where n > 0)' else 'null::bigint, null::bigint' end,
        nullif(v_columns, '') || ',',
        case when v_closed then tcr.statistics_source_closed(p_basis)
            else tcr.statistics_source(p_by, p_basis, p_agency_id is not null, p_first, p_last, v_from_month, v_to_month) end,
        'group by ' || nullif(v_columns, ''),
        'group by ' || v_keys || ' having sum(n) <> 0 or sum(total) <> 0 or sum(technology) <> 0 order by ' || v_keys)
    using p_seq, p_first, p_last, case when v_closed then p_closed_on else v_from_month end, v_to_month, p_region || '%', p_region,
        p_contract_type || '%', case when p_contract_type4 is not null then
            (select coalesce(array_agg(n::text), '{}') from generate_series(1, 9) n where v_stat4[n] = p_contract_type4) end,
        p_technical_field, p_district, p_county, p_agency_id, v_stat4, p_limit;
end
$$;

-- May the account ask this? null: no; 'live'; 'closed': the area as of the last closed day, for an agency.
create or replace function tcr.statistics_view(p_account tcr.account, p_scope text, p_region text, p_by text[], p_first date,
    p_last date, p_has_filter boolean, p_agency_id bigint) returns text
language sql stable set search_path = pg_catalog as $$
    select case
        when not tcr.account_may(p_account.id, 'statistics.query') then null
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

-- Rows of the answer: one of part 'head' (as_of_seq; closed_on when the figures are those of the last closed day), then the
-- groups of the range ('now') and, when p_base_last is given, of the range that growth compares with ('base').
-- No row at all: the account may not ask this.
-- p_scope own: the contracts of the account's agency. area: everything for registrar, reviewer, bureau and auditor, its own county
-- for a county; for an agency the area as of the last closed day.
create or replace function tcr.statistics(p_account_id bigint, p_scope text, p_basis text, p_region text, p_by text[],
    p_first date, p_last date, p_base_first date, p_base_last date, p_contract_type text, p_contract_type4 text,
    p_technical_field text, p_district text, p_county text, p_agency_id bigint, p_limit bigint)
returns table (part text, keys text, agency_name text, count bigint, total_amount bigint, technology_amount bigint,
    sellers bigint, buyers bigint, as_of_seq bigint, closed_on date)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    v_view text;
    v_seq bigint := (select s.rolled_seq from tcr.cube_state s);
    v_closed_on date;
    v_part text;
begin
    select * into v_account from tcr.account a where a.id = p_account_id;
    v_view := tcr.statistics_view(v_account, p_scope, p_region, p_by, p_first, p_last,
        coalesce(p_contract_type, p_contract_type4, p_technical_field, p_district, p_county) is not null, p_agency_id);
    if v_view is null or p_region !~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$' or tcr.statistics_party(p_basis) is null
            or exists (select from unnest(p_by) b where tcr.statistics_dimension(b) is null) then
        return;
    end if;
    if v_view = 'closed' then
        select coalesce(max(l.seq), 0), coalesce(max(l.last_day), '-infinity') into v_seq, v_closed_on
        from (select * from tcr.closing order by last_day desc, seq desc limit 1) l;
        -- What is not closed yet has no like last year either.
        if coalesce(p_last, 'infinity') > v_closed_on then
            p_base_last := least(p_base_last, v_closed_on - interval '1 year');
        end if;
    end if;
    return query select 'head', null::text, null::text, null::bigint, null::bigint, null::bigint, null::bigint, null::bigint,
        coalesce((select max(f.seq) from tcr.fact f where v_closed_on is null or f.seq <= v_seq), 0),
        nullif(v_closed_on, '-infinity');
    foreach v_part in array case when p_base_last is null then '{now}'::text[] else '{now,base}' end loop
        return query
        select v_part, g.keys, g.agency_name, g.count, g.total_amount, g.technology_amount, g.sellers, g.buyers, null::bigint, null::date
        from tcr.statistics_groups(v_seq, v_closed_on, p_basis, p_region, p_by,
            coalesce(case v_part when 'now' then p_first else p_base_first end, '-infinity'),
            coalesce(case v_part when 'now' then p_last else p_base_last end, 'infinity'), p_contract_type, p_contract_type4,
            p_technical_field, p_district, p_county, case p_scope when 'own' then v_account.agency_id else p_agency_id end, p_limit) g;
    end loop;
end
$$;

-- external - contracts registered by the province or in other places, in versions: the same source and number again is the same
-- contract. No cube and no plain figure counts them; answers say by tcr.coverage_on what was imported beside the record, and the measures
-- external_ and covered_ of statistics.query show it in the groups of the question.

create or replace function tcr.external_json(e tcr.external_record) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', e.seq::text, 'seq', e.seq, 'source', e.source, 'number', e.number, 'registered_on', e.registered_on,
        'contract_type', e.contract_type, 'technical_field', e.technical_field, 'project_name', e.project_name,
        'seller_name', e.seller_name, 'seller_region', e.seller_region, 'buyer_name', e.buyer_name, 'buyer_region', e.buyer_region,
        'total_amount', tcr.money(e.total_amount), 'technology_amount', tcr.money(e.technology_amount), 'is_withdrawn', e.is_withdrawn,
        'day', e.day);
end
$$;

-- Faults of the records of a call: [pointer, rule, ...] as tcr.fault has them.
create or replace function tcr.external_faults(p_records jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (
        with r as materialized (
            select x.ord - 1 as at, x.value, x.value ->> 'number' as number, count(*) over (partition by x.value ->> 'number') as times
            from jsonb_array_elements(p_records) with ordinality x (value, ord)
        )
        select coalesce(jsonb_agg(tcr.fault(format('/records/%s/%s', f.at, f.member), f.rule) order by f.at), '[]')
        from (
            select r.at, 'number' as member, 'external.number_twice' as rule from r where r.times > 1
            union all
            select r.at, 'number', 'external.own_number' from r
            where exists (select from tcr.contract c where c.registration_number = r.number)
            union all
            select r.at, 'buyer_region', 'external.place' from r where not r.value ?| '{seller_region,buyer_region}'
            union all
            select r.at, 'total_amount', 'external.total_amount' from r where (r.value ->> 'total_amount')::bigint <= 0
            union all
            select r.at, 'technology_amount', 'reference.technology_amount' from r
            where (r.value ->> 'technology_amount')::bigint > (r.value ->> 'total_amount')::bigint
        ) f);
end
$$;

-- All of the records or none. What holds already is not stored again, so repeating an import changes nothing; the day of the source
-- alone makes no new version.
create or replace function tcr.store_external_import(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_faults jsonb := tcr.external_faults(p_args -> 'records');
    v_source text := p_args ->> 'source';
    v_rows tcr.external_record[];
    v_new bigint;
    v_changed bigint;
    v_first bigint;
begin
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    select array_agg(n.e order by n.ord), count(*) filter (where n.is_new), count(*) filter (where not n.is_new)
    into v_rows, v_new, v_changed
    from (
        select x.ord, e, l.seq is null as is_new
        from jsonb_array_elements(p_args -> 'records') with ordinality x (value, ord)
        cross join lateral jsonb_populate_record(null::tcr.external_record, jsonb_build_object('is_withdrawn', false) || x.value
            || jsonb_build_object('source', v_source, 'day', p_args -> 'day')) e
        left join lateral (select o.* from tcr.external_record o where o.source = v_source and o.number = e.number
            order by o.seq desc limit 1) l on true
        where (l.registered_on, l.contract_type, l.technical_field, l.project_name, l.seller_name, l.seller_region, l.buyer_name,
                l.buyer_region, l.total_amount, l.technology_amount, l.is_withdrawn)
            is distinct from (e.registered_on, e.contract_type, e.technical_field, e.project_name, e.seller_name, e.seller_region,
                e.buyer_name, e.buyer_region, e.total_amount, e.technology_amount, e.is_withdrawn)
    ) n;
    if v_new + v_changed > 0 then
        v_first := tcr.reference_take(v_new + v_changed);
        insert into tcr.external_record (seq, source, number, registered_on, contract_type, technical_field, project_name, seller_name,
            seller_region, buyer_name, buyer_region, total_amount, technology_amount, is_withdrawn, day)
        select v_first + n.ord - 1, n.source, n.number, n.registered_on, n.contract_type, n.technical_field, n.project_name,
            n.seller_name, n.seller_region, n.buyer_name, n.buyer_region, n.total_amount, n.technology_amount, n.is_withdrawn, n.day
        from unnest(v_rows) with ordinality n (seq, source, number, registered_on, contract_type, technical_field, project_name,
            seller_name, seller_region, buyer_name, buyer_region, total_amount, technology_amount, is_withdrawn, day, ord);
    end if;
    return tcr.stored('external ' || v_source, jsonb_build_object('source', v_source, 'day', p_args -> 'day', 'new', v_new,
        'changed', v_changed, 'unchanged', jsonb_array_length(p_args -> 'records') - v_new - v_changed,
        'seq', v_first + v_new + v_changed - 1));
end
$$;

-- The version of each record that held as of a number.
create or replace function tcr.fetch_external_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_as_of bigint := tcr.reference_as_of(p_args);
    a record;
begin
    if v_as_of is null then
        return '{"bad_query": "as_of"}';
    end if;
    select * into a from jsonb_to_record(p_args) as x (source text, number text, region text, registered_from date, registered_to date,
        history boolean, "limit" integer, "cursor" bigint);
    return tcr.page((select jsonb_agg(tcr.external_json(q.e) order by (q.e).seq) from (
        select e from tcr.external_record e
        where e.seq <= v_as_of and e.seq > coalesce(a.cursor, 0) and (a.source is null or e.source = a.source)
            and (a.number is null or e.number = a.number)
            and (a.region is null or e.seller_region like regexp_replace(a.region, '(00)+$', '') || '%'
                or e.buyer_region like regexp_replace(a.region, '(00)+$', '') || '%')
            and (a.registered_from is null or e.registered_on >= a.registered_from)
            and (a.registered_to is null or e.registered_on <= a.registered_to)
            and (a.history or not exists (select from tcr.external_record l where l.source = e.source and l.number = e.number
                and l.seq > e.seq and l.seq <= v_as_of))
        order by e.seq limit a.limit + 1) q), p_args);
end
$$;

-- Sums of what was registered elsewhere, by source: seller (output), buyer (absorbed) or both (local) in the area, registered there
-- from p_first to p_last (null: open), as of a number. Nothing registered elsewhere has its registering party here.
create or replace function tcr.external_sums(p_basis text, p_region text, p_first date, p_last date, p_as_of bigint)
returns table (source text, day date, count bigint, total_amount bigint, technology_amount bigint)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_inside text := regexp_replace(p_region, '(00)+$', '') || '%';
begin
    return query
    select e.source, max(e.day), count(*), sum(e.total_amount)::bigint, sum(e.technology_amount)::bigint
    from tcr.external_record e
    where p_basis in ('output', 'absorbed', 'local') and e.seq <= p_as_of and not e.is_withdrawn
        and e.registered_on between coalesce(p_first, '-infinity') and coalesce(p_last, 'infinity')
        and (p_basis = 'absorbed' or e.seller_region like v_inside) and (p_basis = 'output' or e.buyer_region like v_inside)
        and not exists (select from tcr.external_record l where l.source = e.source and l.number = e.number
            and l.seq > e.seq and l.seq <= p_as_of)
    group by e.source order by e.source collate "C";
end
$$;

-- For the coverage of an answer: how many contracts absorbed (sold, both) by the area in these days were imported, and from where.
-- Amounts only for who sees every contract of the area.
create or replace function tcr.coverage_on(p_region text, p_first date, p_last date, p_as_of bigint, p_basis text default 'absorbed',
    p_has_amounts boolean default false) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('external', jsonb_build_object('count', coalesce(sum(s.count), 0), 'sources',
            coalesce(jsonb_agg(jsonb_build_object('source', s.source, 'day', s.day, 'count', s.count)
                || tcr.coverage_amounts(p_has_amounts, s.total_amount, s.technology_amount)), '[]'))
            || tcr.coverage_amounts(p_has_amounts, coalesce(sum(s.total_amount), 0)::bigint, coalesce(sum(s.technology_amount), 0)::bigint))
        from tcr.external_sums(p_basis, p_region, p_first, p_last, p_as_of) s);
end
$$;

create or replace function tcr.coverage_amounts(p_has_amounts boolean, p_total bigint, p_technology bigint) returns jsonb
language plpgsql immutable set search_path = pg_catalog as $$
begin
    return case when p_has_amounts then jsonb_build_object('total_amount', tcr.money(p_total), 'technology_amount', tcr.money(p_technology))
        else '{}' end;
end
$$;

-- How far a contract goes; null where a place that is only a city or a province, or none, leaves it open.
create or replace function tcr.external_direction(p_seller text, p_buyer text) returns text
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_seller text := regexp_replace(p_seller, '(00)+$', '');
    v_buyer text := regexp_replace(p_buyer, '(00)+$', '');
begin
    return case when p_seller is null or p_buyer is null
            or (length(v_seller) + length(v_buyer) < 12 and (starts_with(v_seller, v_buyer) or starts_with(v_buyer, v_seller))) then null
        else tcr.figure_direction(p_seller, null, p_buyer, null) end;
end
$$;

create or replace function tcr.fetch_external_sums(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_as_of bigint := tcr.reference_as_of(p_args);
    v_basis text := coalesce(p_args ->> 'basis', 'absorbed');
    v_region text := tcr.reference_region(coalesce(p_args ->> 'region', (select i.region from tcr.installation i)));
begin
    if v_as_of is null then
        return '{"bad_query": "as_of"}';
    elsif v_region is null then
        return '{"bad_query": "region"}';
    elsif v_basis not in ('output', 'absorbed', 'local') then
        return '{"bad_query": "basis"}';
    end if;
    return (select tcr.region_names(v_region) || jsonb_build_object('basis', v_basis, 'from', p_args -> 'from', 'to', p_args -> 'to',
            'as_of_seq', v_as_of, 'audit', 'external sums', 'count', coalesce(sum(s.count), 0),
            'total_amount', tcr.money(coalesce(sum(s.total_amount), 0)::bigint),
            'technology_amount', tcr.money(coalesce(sum(s.technology_amount), 0)::bigint),
            'sources', coalesce(jsonb_agg(jsonb_build_object('source', s.source, 'day', s.day, 'count', s.count,
                'total_amount', tcr.money(s.total_amount), 'technology_amount', tcr.money(s.technology_amount))), '[]'))
        from tcr.external_sums(v_basis, v_region, (p_args ->> 'from')::date, (p_args ->> 'to')::date, v_as_of) s);
end
$$;

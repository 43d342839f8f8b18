-- sample_load - load made-up contracts into a demonstration. Called by tcrd sample as the owner of the schema (none of it is
-- security definer), all in one transaction: sample_filers, sample_points, sample_serials, sample_open, then for every chunk COPY
-- into the temporary table of sample_stage and sample_store, at last sample_close. What is refused is raised as TC010.
-- Every number (sequence, serial) comes from the command, which knows the acts of each day before it makes the first contract.

-- Is each day worked, and when is a decision due on a contract accepted on it?
create or replace function tcr.sample_days(p_first date, p_last date) returns table (is_working boolean, due_on date)
language sql stable set search_path = pg_catalog as $$
    select tcr.is_working_day(d::date), (tcr.due_on('decision', d::date, d::date)).due_on
    from generate_series(p_first::timestamp, p_last::timestamp, '1 day') d order by d
$$;

-- The layouts of the registration number and when they hold.
create or replace function tcr.sample_layouts() returns table (layout text, valid_from date, valid_to date)
language sql stable set search_path = pg_catalog as $$
    select p.value, greatest(p.valid_from, '1900-01-01'), least(p.valid_to, '2199-12-31')
    from tcr.rule p where p.id = 'registration_number.layout' and p.region = '' and p.is_enabled order by p.valid_from
$$;

-- May this record take made-up contracts? Asked early; sample_open decides.
create or replace function tcr.sample_is_welcome() returns boolean
language sql stable set search_path = pg_catalog as $$
    select exists (select from tcr.installation i where i.is_demonstration) or not exists (select from tcr.contract)
$$;

-- Agencies that file, with accounts that nobody can use: they are disabled and have no credentials. They are service points,
-- because those file in the names of many sellers.
create or replace function tcr.sample_filers(p_count integer) returns table (agency_id bigint, account_id bigint)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    insert into tcr.agency (name, kind, region)
    select '演示技术合同服务点' || n, 'service_point', (select i.region from tcr.installation i) from generate_series(1, p_count) n
    on conflict (name) do nothing;
    insert into tcr.account (name, roles, agency_id, is_active)
    select 'sample-agency-' || n, '{agency}', g.id, false
    from generate_series(1, p_count) n join tcr.agency g on g.name = '演示技术合同服务点' || n
    on conflict (name) do nothing;
    return query
    select g.id, a.id from generate_series(1, p_count) n
    join tcr.agency g on g.name = '演示技术合同服务点' || n join tcr.account a on a.name = 'sample-agency-' || n
    order by n;
end
$$;

-- The registration point of each county and the account that decides there; a point for the city where none covers it.
create or replace function tcr.sample_points(p_counties text[])
returns table (point_id bigint, registrar_id bigint, number_region text, code text)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_city text;
begin
    for v_city in
        select distinct left(u.county, 4) from unnest(p_counties) u (county)
        where not exists (select from tcr.registration_point p where p.is_active and u.county like p.region || '%') order by 1
    loop
        insert into tcr.registration_point (region, number_region, code, name)
        values (v_city, v_city,
            (select to_char(n, 'FM00') from generate_series(1, 99) n where not exists (select from tcr.registration_point p
                where p.number_region = v_city and p.code = to_char(n, 'FM00')) order by n limit 1),
            coalesce((select c.name_zh from tcr.code c where c.list = 'region_cn_all'
                and c.code in (v_city || '00', left(v_city, 2) || '0000') and c.name_zh !~ '(^市辖区|^县|直辖县级行政区划)$'
                order by c.code desc limit 1), '') || '技术合同登记处');
    end loop;
    insert into tcr.account (name, roles, point_id, is_active)
    select distinct 'sample-registrar-' || p.number_region || p.code, '{registrar}'::text[], p.id, false
    from unnest(p_counties) u (county) join tcr.registration_point p on p.id = tcr.point_for(u.county)
    on conflict (name) do nothing;
    return query
    select p.id, a.id, p.number_region, p.code
    from unnest(p_counties) with ordinality u (county, o)
    join tcr.registration_point p on p.id = tcr.point_for(u.county)
    join tcr.account a on a.name = 'sample-registrar-' || p.number_region || p.code
    order by u.o;
end
$$;

-- Lock the counters of these points and years, year by year in the order of p_years; the last serial of each.
create or replace function tcr.sample_serials(p_points bigint[], p_years integer[])
returns table (point_id bigint, year integer, last_serial bigint)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_year integer;
begin
    foreach v_year in array p_years loop
        perform tcr.number_counter_lock(p_points, v_year);
    end loop;
    return query
    select n.point_id, n.year, n.last_serial from tcr.number_counter n
    where n.point_id = any (p_points) and n.year = any (p_years);
end
$$;

-- Lock the sequence, mark the record as a demonstration, open again the days that are to be loaded: figures of a demonstration
-- stand in the past, and a closed day takes no more facts. Returns the last number of the sequence and the days opened again.
create or replace function tcr.sample_open(p_first date) returns table (seq bigint, reopened bigint)
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_seq bigint;
    v_reopened bigint;
begin
    select s.value into v_seq from tcr.sequence_counter s for update;
    if not tcr.demonstration_mark() then
        raise exception 'the record holds contracts and is no demonstration: nothing was stored' using errcode = 'TC010';
    end if;
    perform tcr.fact_years(extract(year from p_first)::integer, extract(year from tcr.today())::integer);
    delete from tcr.closing l where l.last_day >= p_first;
    get diagnostics v_reopened = row_count;
    return query select v_seq, v_reopened;
end
$$;

-- Where a chunk arrives; emptied by sample_store. The id comes with the row.
create or replace function tcr.sample_stage() returns void
language sql volatile set search_path = pg_catalog as $$
    create temporary table sample_stage (
        id bigint not null default nextval('tcr.contract_id_seq'), agency_id bigint, account_id bigint, point_id bigint,
        registrar_id bigint, body text, body_sha256 bytea, duplicate_key bytea, detail text, contract_no text, project_name text,
        contract_type text, technical_field text, signed_on date, total_amount bigint, technology_amount bigint,
        seller_name text, seller_code text, seller_region text, seller_zone text, buyer_name text, buyer_code text,
        buyer_region text, buyer_zone text, submitted_on date, accepted_on date, due_on date, registered_on date,
        submit_seq bigint, accept_seq bigint, certify_seq bigint, submit_second bigint, accept_second bigint,
        certify_second bigint, registration_number text, check_code text, dims text
    ) on commit drop
$$;

-- Store the chunk: what filing, accepting and certifying leave behind (contract_submit.sql, contract_act.sql, fact_add.sql).
create or replace function tcr.sample_store() returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, contract_no, project_name, contract_type,
        technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code, seller_region, seller_zone,
        buyer_name, buyer_code, buyer_region, buyer_zone, party_codes, duplicate_key, submitted_on, accepted_on, due_on,
        registered_on, registration_number, rule_set, dims)
    select s.id, s.agency_id, s.account_id, s.point_id, 'registered', s.certify_seq, s.submit_seq, s.contract_no, s.project_name,
        s.contract_type, s.technical_field, s.signed_on, s.total_amount, s.technology_amount, 'seller', s.seller_name,
        s.seller_code, s.seller_region, s.seller_zone, s.buyer_name, s.buyer_code, s.buyer_region, s.buyer_zone,
        array[s.seller_code, s.buyer_code], s.duplicate_key, s.submitted_on, s.accepted_on, s.due_on, s.registered_on,
        s.registration_number, tcr.rule_set_on(s.accepted_on), s.dims
    from pg_temp.sample_stage s;

    -- What counts is written out here: the trigger would do it row by row.
    insert into tcr.contract_release (seq, contract_id, event, status, day, at, account_id, request_id, filed_seq, body,
        body_sha256, point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as,
        seller_region, seller_zone, buyer_region, buyer_zone, accepted_on, due_on, route)
    select e.seq, s.id, e.event, e.status, e.day, to_timestamp(e.second), e.account_id, 'sample-' || e.seq, s.submit_seq,
        case when e.event = 'submit' then s.body end, s.body_sha256, s.point_id, s.agency_id, s.contract_type, s.technical_field,
        s.total_amount, s.technology_amount, 'seller', s.seller_region, s.seller_zone, s.buyer_region, s.buyer_zone,
        case when e.event <> 'submit' then s.accepted_on end, case when e.event <> 'submit' then s.due_on end, 'point'
    from pg_temp.sample_stage s cross join lateral (values
        ('submit', 'submitted', s.submit_seq, s.submitted_on, s.submit_second, s.account_id),
        ('accept', 'accepted', s.accept_seq, s.accepted_on, s.accept_second, s.registrar_id))
        e (event, status, seq, day, second, account_id);

    with made as (
        insert into tcr.contract_release (seq, contract_id, event, status, day, at, account_id, request_id, filed_seq, body_sha256,
            detail, point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
            seller_zone, buyer_region, buyer_zone, accepted_on, due_on, registered_on, registration_number, route, rule_set, seller_code,
            buyer_code, seller_type, buyer_type, ip_type, industry, plan_source, is_related, is_secret, unit, broker, event_name,
            direction, size_class)
        select s.certify_seq, s.id, 'certify', 'registered', s.registered_on, to_timestamp(s.certify_second), s.registrar_id,
            'sample-' || s.certify_seq, s.submit_seq, s.body_sha256, s.detail::jsonb, s.point_id, s.agency_id, s.contract_type,
            s.technical_field, s.total_amount, s.technology_amount, 'seller', s.seller_region, s.seller_zone, s.buyer_region,
            s.buyer_zone, s.accepted_on, s.due_on, s.registered_on, s.registration_number, 'point', tcr.rule_set_on(s.accepted_on),
            s.seller_code, s.buyer_code,
            d.p[1], d.p[2], d.p[3], d.p[4], d.p[5], d.p[6] = 't', coalesce(d.p[7] = 't', false), d.p[10], d.p[11], d.p[12],
            tcr.figure_direction(s.seller_region, d.p[8], s.buyer_region, d.p[9]), tcr.figure_size(s.total_amount, s.registered_on)
        from pg_temp.sample_stage s cross join lateral (select string_to_array(s.dims, E'\x1f', '') as p) d
        returning *
    )
    insert into tcr.fact (seq, sign, contract_id, day, registered_on, count, total_amount, technology_amount, is_new, contract_type,
        technical_field, agency_id, point_id, filed_county, filed_district, seller_county, seller_district, buyer_county,
        buyer_district, seller_code, buyer_code, seller_type, buyer_type, ip_type, industry, plan_source, direction, size_class,
        is_related, is_secret, unit, broker, event_name)
    select r.seq, 1, r.contract_id, r.day, r.registered_on, 1, r.total_amount, r.technology_amount, true, r.contract_type,
        r.technical_field, r.agency_id, r.point_id, r.seller_region, coalesce(r.seller_zone, r.seller_region), r.seller_region,
        coalesce(r.seller_zone, r.seller_region), r.buyer_region, coalesce(r.buyer_zone, r.buyer_region), r.seller_code, r.buyer_code,
        r.seller_type, r.buyer_type, r.ip_type, r.industry, r.plan_source, r.direction, r.size_class, r.is_related, r.is_secret,
        r.unit, r.broker, r.event_name
    from made r;

    insert into tcr.certificate (registration_number, contract_id, seq, check_code, issued_on, registrar_id)
    select s.registration_number, s.id, s.certify_seq, s.check_code, s.registered_on, s.registrar_id from pg_temp.sample_stage s;

    truncate pg_temp.sample_stage;
end
$$;

-- The counters as the load leaves them, the marks of all contracts, and the audit row of the load.
create or replace function tcr.sample_close(p_seq bigint, p_points bigint[], p_years integer[], p_serials bigint[], p_object text,
    p_by text) returns void
language sql volatile set search_path = pg_catalog as $$
    update tcr.number_counter n set last_serial = u.serial
    from unnest(p_points, p_years, p_serials) u (point_id, year, serial)
    where n.point_id = u.point_id and n.year = u.year;
    update tcr.sequence_counter set value = p_seq;
    select tcr.findings_rebuild();
    select tcr.admin_audit('sample.load', p_object, p_by);
$$;

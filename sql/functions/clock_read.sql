-- clock_read - what is due and how fast points decide, as registrars, the bureau, auditors and counties may see it.

-- The registration point that a query names, by number or by its six digits; null: there is none.
create or replace function tcr.point_of(p_point text) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select p.id from tcr.registration_point p
        where p.number_region || p.code = p_point or p.id::text = p_point order by p.id::text = p_point limit 1);
end
$$;

-- Open contracts that the account may see, the one due first at the top. The cursor is the day and the id of the last one shown.
create or replace function tcr.fetch_clock_due(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_page constant bigint := 1000000000000; -- ids stay below it
    v_today date := tcr.today();
    v_limit integer := (p_args ->> 'limit')::integer;
    v_cursor bigint := (p_args ->> 'cursor')::bigint;
    v_after date := '1970-01-01'::date + (least(v_cursor, 90000 * v_page) / v_page)::integer;
    v_point bigint := tcr.point_of(p_args ->> 'point');
    v_items jsonb;
    v_last jsonb;
begin
    if p_args ->> 'point' is not null and v_point is null then
        return '{"bad_query": "point"}';
    end if;
    -- What an account sees as an agency is not its work as a registrar.
    p_account.roles := array_remove(p_account.roles, 'agency');
    select jsonb_agg(jsonb_build_object('id', q.id::text, 'status', q.status, 'kind', q.kind,
            'due_on', tcr.day_text(q.due_on), 'is_provisional', q.due_is_provisional, 'is_overdue', q.due_on < v_today,
            'days_left', q.due_on - v_today, 'point', q.number_region || q.code, 'assignee', q.assignee,
            'project_name', q.project_name, 'contract_type', q.contract_type, 'total_amount', tcr.money(q.total_amount),
            'technology_amount', tcr.money(q.technology_amount), 'submitted_on', tcr.day_text(q.submitted_on),
            'accepted_on', tcr.day_text(q.accepted_on)) order by q.due_on, q.id)
    into v_items
    from (
        select c.id, c.status, c.due_on, c.due_is_provisional, c.project_name, c.contract_type, c.total_amount,
            c.technology_amount, c.submitted_on, c.accepted_on, p.number_region, p.code, s.name as assignee,
            case c.status when 'submitted' then 'acceptance' when 'accepted' then 'decision' else c.status end as kind
        from tcr.contract c
        join tcr.registration_point p on p.id = c.point_id
        left join tcr.account s on s.id = c.assignee
        where c.due_on is not null and c.status in ('submitted', 'correction', 'accepted', 'expert')
            and tcr.account_sees(p_account, c)
            and (v_point is null or c.point_id = v_point)
            and (p_args ->> 'within_days' is null or c.due_on <= v_today + least((p_args ->> 'within_days')::bigint, 36500)::integer)
            and (not coalesce((p_args ->> 'overdue')::boolean, false) or c.due_on < v_today)
            and (v_cursor is null or (c.due_on, c.id) > (v_after, v_cursor % v_page))
        order by c.due_on, c.id
        limit v_limit + 1
    ) q;
    if coalesce(jsonb_array_length(v_items), 0) <= v_limit then
        return jsonb_build_object('items', coalesce(v_items, '[]'), 'next', null);
    end if;
    v_items := v_items - v_limit;
    v_last := v_items -> (v_limit - 1);
    return jsonb_build_object('items', v_items, 'next',
        (((v_last ->> 'due_on')::date - '1970-01-01'::date) * v_page + (v_last ->> 'id')::bigint)::text);
end
$$;

-- Decisions of a year by point: how many, how many late, the median of working days from the first submission and from acceptance
-- (of the last submission's acceptance, after a return), and how often contracts were returned for correction.
create or replace function tcr.fetch_clock_performance(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year integer := least(coalesce((p_args ->> 'year')::bigint, extract(year from tcr.today())::bigint), 9999);
    v_point bigint := tcr.point_of(p_args ->> 'point');
    v_all boolean := '{bureau,auditor}'::text[] && p_account.roles;
    v_own boolean := '{registrar,reviewer}'::text[] && p_account.roles;
    v_county text := case when 'county' = any (p_account.roles) then p_account.region end;
    v_items jsonb;
begin
    if p_args ->> 'point' is not null and v_point is null then
        return '{"bad_query": "point"}';
    elsif v_year not between 1990 and 2199 then
        return '{"bad_query": "year"}';
    end if;
    with event as materialized (
        select r.point_id, r.event, r.day, r.due_on, r.accepted_on, case when r.event <> 'return' then (select f.day
            from tcr.contract_release f where f.contract_id = r.contract_id and f.event = 'submit' order by f.seq limit 1) end as filed_on
        from tcr.contract_release r
        where r.event in ('certify', 'refuse', 'record_decision', 'record_refusal', 'return')
            and r.day between make_date(v_year, 1, 1) and make_date(v_year, 12, 31)
            and (v_point is null or r.point_id = v_point)
            and (v_all or (v_own and r.point_id = p_account.point_id)
                or v_county = case r.filed_as when 'import_buyer' then r.buyer_region else r.seller_region end)
    ), days as materialized (
        select w.day, w.number
        from tcr.working_days(coalesce((select least(min(e.filed_on), min(e.accepted_on)) from event e), make_date(v_year, 1, 1)),
            make_date(v_year, 12, 31)) w
    ), measured as (
        select e.point_id, e.event, e.due_on < e.day as is_late, d.number - f.number as from_filing, d.number - a.number as from_acceptance
        from event e
        left join days d on d.day = e.day and e.event <> 'return'
        left join days f on f.day = e.filed_on
        left join days a on a.day = e.accepted_on
    ), by_point as (
        select m.point_id, count(*) filter (where m.event <> 'return') as decided,
            count(*) filter (where m.event in ('certify', 'record_decision')) as registered,
            count(*) filter (where m.event in ('refuse', 'record_refusal')) as refused,
            count(*) filter (where m.event <> 'return' and m.is_late) as late,
            count(*) filter (where m.event = 'return') as returned,
            percentile_cont(0.5) within group (order by m.from_filing) as from_filing,
            percentile_cont(0.5) within group (order by m.from_acceptance) as from_acceptance
        from measured m group by m.point_id
    )
    select jsonb_agg(jsonb_build_object('point', p.number_region || p.code, 'name', p.name, 'decided', b.decided,
            'registered', b.registered, 'refused', b.refused, 'on_time', b.decided - b.late, 'late', b.late, 'returned', b.returned,
            'median_days_from_submission', round(b.from_filing::numeric, 1)::text,
            'median_days_from_acceptance', round(b.from_acceptance::numeric, 1)::text) order by p.number_region, p.code)
    into v_items
    from by_point b join tcr.registration_point p on p.id = b.point_id;
    return jsonb_build_object('year', v_year, 'items', coalesce(v_items, '[]'), 'next', null,
        'audit', 'clock.performance ' || v_year);
end
$$;

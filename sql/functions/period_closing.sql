-- period_closing - the bureau closes months, quarters, halves and years. Their days are closed by the nightly job, and nothing is booked
-- into a closed day, so closing a period freezes nothing more: it signs the figures that stand.

-- The last day that the nightly job closed.
create or replace function tcr.closed_day() returns date language sql stable as
$$ select max(c.last_day) from tcr.closing c $$;

-- SHA-256 over the figures of a period by district and contract type as of p_seq, and their sums. A line is district, type, count, total
-- and technology amount in fen with U+001F between; lines in the order of bytes with a line feed between. Straight from the facts.
create or replace function tcr.closing_figures(p_first date, p_last date, p_seq bigint, out digest bytea, out count bigint,
    out total_amount bigint, out technology_amount bigint)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := (select i.region from tcr.installation i);
begin
    select sha256(convert_to(coalesce(string_agg(concat_ws(E'\x1f', g.district, g.type, g.n, g.total, g.technology), E'\n'
            order by g.district collate "C", g.type collate "C"), ''), 'UTF8')), coalesce(sum(g.n), 0), coalesce(sum(g.total), 0),
        coalesce(sum(g.technology), 0)
    into digest, count, total_amount, technology_amount
    from (
        select f.filed_district as district, left(f.contract_type, 1) as type, sum(f.count) as n, sum(f.total_amount) as total,
            sum(f.technology_amount) as technology
        from tcr.fact f
        where f.day between p_first and p_last and f.seq <= p_seq
            and (f.filed_county like v_region || '%' or f.filed_district = v_region)
        group by 1, 2
        having sum(f.count) <> 0 or sum(f.total_amount) <> 0 or sum(f.technology_amount) <> 0
    ) g;
end
$$;

create or replace function tcr.period_closing_json(c tcr.period_closing) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', c.period, 'period', c.period, 'kind', c.kind, 'first_day', c.first_day, 'last_day', c.last_day,
        'seq', c.seq, 'digest', encode(c.digest, 'hex'), 'count', c.count, 'total_amount', tcr.money(c.total_amount),
        'technology_amount', tcr.money(c.technology_amount), 'closed_by', (select a.name from tcr.account a where a.id = c.closed_by),
        'closed_at', tcr.instant(c.closed_at));
end
$$;

-- Once, when every day is closed, and one period of a kind after the other.
create or replace function tcr.refusal_closing_close(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_days record := tcr.period_days(p_args ->> 'period');
    v_closed date := tcr.closed_day();
    v_before date;
begin
    if v_days.kind is null or v_days.kind = 'span' then
        return tcr.refused('not_found');
    elsif exists (select from tcr.period_closing c where c.period = p_args ->> 'period') then
        return tcr.refused('state', 'refused.period_closed', p_args ->> 'period');
    elsif v_closed is null or v_closed < v_days.last_day then
        return tcr.refused('state', 'refused.days_open', coalesce('最近关账至' || v_closed, '夜间任务尚未运行'),
            coalesce('the last one is ' || v_closed, 'the nightly job has not run yet'));
    end if;
    v_before := (select max(c.last_day) from tcr.period_closing c where c.kind = v_days.kind);
    if v_before + 1 <> v_days.first_day then
        return tcr.refused('state', 'refused.closing_order',
            case when v_before < v_days.first_day then format('自%s起的一期尚未关账', v_before + 1) else '其后的一期已关账' end,
            case when v_before < v_days.first_day then format('the %s that begins on %s comes first', v_days.kind, v_before + 1)
                else format('a later %s is closed', v_days.kind) end);
    end if;
    return null;
end
$$;

create or replace function tcr.store_closing_close(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_days record := tcr.period_days(p_args ->> 'period');
    v_seq bigint := coalesce((select max(c.seq) from tcr.closing c where c.first_day = v_days.last_day and c.last_day = v_days.last_day),
        tcr.nightly_seq(v_days.last_day));
    c tcr.period_closing;
begin
    insert into tcr.period_closing (period, kind, first_day, last_day, seq, digest, count, total_amount, technology_amount, closed_by)
    select p_args ->> 'period', v_days.kind, v_days.first_day, v_days.last_day, v_seq, f.digest, f.count, f.total_amount,
        f.technology_amount, p_account.id
    from tcr.closing_figures(v_days.first_day, v_days.last_day, v_seq) f
    returning * into c;
    return tcr.stored('closing ' || c.period, tcr.period_closing_json(c));
end
$$;

-- A closed period, and whether its figures still have the digest that was signed.
create or replace function tcr.fetch_closing_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.period_closing;
begin
    select * into c from tcr.period_closing p where p.period = p_args ->> 'period';
    if c.period is null then
        return null;
    end if;
    return tcr.period_closing_json(c)
        || jsonb_build_object('is_unchanged', (tcr.closing_figures(c.first_day, c.last_day, c.seq)).digest = c.digest);
end
$$;

-- Months and quarters that are over on p_day and not closed, since the first day that the nightly job closed. What is behind the last
-- closed one of its kind is never closed any more.
create or replace function tcr.closings_open(p_day date) returns table (period text, first_day date, last_day date, due_on date)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_since date := (select min(c.first_day) from tcr.closing c);
    v_region text := (select i.region from tcr.installation i);
begin
    return query
    select p.period, d.first_day, d.last_day,
        (tcr.term_after(d.last_day, tcr.parameter_for('closing.reminder', v_region, d.last_day), false)).due_on
    from (
        select 'month' as kind, to_char(m, 'YYYY-MM') as period
        from generate_series(date_trunc('month', v_since::timestamp), p_day::timestamp, '1 month') m
        union all
        select 'quarter', to_char(q, 'YYYY"Q"Q') from generate_series(date_trunc('quarter', v_since::timestamp), p_day::timestamp, '3 months') q
    ) p
    cross join lateral tcr.period_days(p.period) d
    where d.last_day < p_day and d.first_day > coalesce((select max(c.last_day) from tcr.period_closing c where c.kind = p.kind), '-infinity')
    order by d.last_day, d.first_day desc;
end
$$;

-- For the nightly job: tell once of each period that should have been closed by now. Returns how many were not told before.
create or replace function tcr.closing_reminder(p_day date) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_told bigint;
begin
    insert into tcr.closing_reminder (period, due_on, reminded_on)
    select o.period, o.due_on, p_day from tcr.closings_open(p_day) o where o.due_on < p_day
    on conflict do nothing;
    get diagnostics v_told = row_count;
    return v_told;
end
$$;

-- Closed periods in the order of their days, and what is over and open: due_on is the day it should be closed by.
create or replace function tcr.fetch_closing_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year bigint := p_args ->> 'year';
begin
    return jsonb_build_object('closed_up_to', tcr.closed_day(), 'next', null, 'audit', 'closing',
        'items', coalesce((select jsonb_agg(tcr.period_closing_json(c) order by c.last_day, c.first_day desc) from tcr.period_closing c
            where v_year is null or extract(year from c.last_day) = v_year), '[]'),
        'open', coalesce((select jsonb_agg(jsonb_build_object('period', o.period, 'first_day', o.first_day, 'last_day', o.last_day,
                'due_on', o.due_on, 'is_late', o.due_on < tcr.today(), 'reminded_on', r.reminded_on) order by o.last_day, o.first_day desc)
            from tcr.closings_open(tcr.today()) o left join tcr.closing_reminder r on r.period = o.period
            where v_year is null or extract(year from o.last_day) = v_year), '[]'));
end
$$;

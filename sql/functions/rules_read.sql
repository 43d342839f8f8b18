-- rules_read - the rows of the law and the calendar, for those who apply them.

create or replace function tcr.fetch_rule_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_day date := coalesce((p_args ->> 'on')::date, tcr.today());
    v_kind text := p_args ->> 'kind';
begin
    if v_kind <> all ('{set,form,type,criterion,exclusion,refusal,parameter}'::text[]) then
        return '{"bad_query": "kind"}';
    end if;
    return jsonb_build_object('on', tcr.day_text(v_day), 'rule_set', tcr.rule_set_on(v_day), 'next', null,
        'items', (select coalesce(jsonb_agg(tcr.rule_json(r) order by r.kind, r.id, r.region), '[]') from tcr.rule r
            where v_day between r.valid_from and r.valid_to and (v_kind is null or r.kind = v_kind)),
        'audit', 'rules ' || v_day);
end
$$;

-- Holidays and make-up days of a year; without a notice, the fixed holidays that the clock counts with provisionally.
create or replace function tcr.fetch_calendar_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year integer := least((p_args ->> 'year')::bigint, 9999);
    v_loaded boolean;
begin
    if v_year not between 1990 and 2199 then
        return null;
    end if;
    v_loaded := tcr.calendar_is_loaded(v_year);
    return jsonb_build_object('year', v_year, 'is_provisional', not v_loaded, 'next', null,
        'items', (select coalesce(jsonb_agg(jsonb_build_object('day', tcr.day_text(d.day), 'kind', d.kind, 'name_zh', d.name_zh)
            order by d.day), '[]') from tcr.calendar_days(v_year) d),
        'audit', 'calendar ' || v_year);
end
$$;

create or replace function tcr.calendar_days(p_year integer) returns table (day date, kind text, name_zh text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select c.day, c.kind, c.name_zh from tcr.calendar_day c where c.day between make_date(p_year, 1, 1) and make_date(p_year, 12, 31)
    union all
    select f.day, 'holiday', (select o.name_zh from tcr.code o where o.list = 'fixed_holiday' and o.code = to_char(f.day, 'MM-DD') limit 1)
    from unnest(tcr.fixed_holidays(p_year)) f (day)
    where not tcr.calendar_is_loaded(p_year) and not exists (select from tcr.calendar_day c where c.day = f.day)
    order by 1;
end
$$;

-- statistics_members - the contracts and signed deltas behind a cell of statistics.query, or what was booked later than the period it
-- concerns. Parameters as there; a filter is a key of the cell. One row per delta, by (seq, sign) after the cursor.
-- p_kind member: deltas booked from p_first to p_last. restatement: deltas of contracts registered from p_first to p_last that were booked
-- in a later month (with both days given: after p_last), and after release p_after.
-- A move of money that no act brought about has the event move_money (sql/migrations/0016_money_moves.sql).
-- The first row (part head) has as_of_seq and, on the first page, the sums of all parts.
create or replace function tcr.statistics_members(p_account_id bigint, p_kind text, p_scope text, p_basis text, p_region text,
    p_first date, p_last date, p_filters text[], p_values text[], p_agency_id bigint, p_as_of bigint, p_after bigint,
    p_cursor_seq bigint, p_cursor_sign bigint, p_limit bigint)
returns table (part text, seq bigint, sign bigint, day date, event text, contract_id bigint, registration_number text,
    registered_on date, is_new boolean, count bigint, total_amount bigint, technology_amount bigint, technology_received bigint,
    technology_income bigint)
language plpgsql stable security definer set search_path = pg_catalog set jit = off as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    v_where text;
    v_from text := format('(select *, %1$s_county as county, %1$s_district as district from tcr.fact) f', tcr.statistics_party(p_basis));
    v_stat4 text[] := tcr.statistics_stat4();
begin
    select * into v_account from tcr.account a where a.id = p_account_id;
    -- The single contracts of the area are open to those who see them anyway.
    if tcr.statistics_view(v_account, 'statistics.' || case p_kind when 'member' then 'members' else 'restatements' end, p_scope,
            p_region, '{}', p_first, p_last, true, p_agency_id) is distinct from 'live'
            or p_region !~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$' or tcr.statistics_party(p_basis) is null then
        return;
    end if;
    p_agency_id := case p_scope when 'own' then v_account.agency_id else p_agency_id end;
    p_as_of := coalesce(p_as_of, 9223372036854775807);
    v_where := concat_ws(' and ', tcr.statistics_filter(p_basis, p_region, p_agency_id is not null, p_filters), 'seq <= $1',
        case when p_kind = 'member' then 'day between $3 and $4'
            when isfinite(p_first) and isfinite(p_last) then 'registered_on between $3 and $4 and day > $4 and seq > $2'
            else 'registered_on between $3 and $4 and date_trunc(''month'', day) > date_trunc(''month'', registered_on) and seq > $2' end);
    return query execute format('select ''head'', $5, null::bigint, null::date, null::text, null::bigint, null::text, null::date, null::boolean,'
        ' sum(count)::bigint, coalesce(sum(total_amount), 0)::bigint, coalesce(sum(technology_amount), 0)::bigint,'
        ' coalesce(sum(technology_received), 0)::bigint, coalesce(sum(technology_income), 0)::bigint from %s where %s', v_from,
        case when p_cursor_seq is null then v_where else 'false' end)
    using p_as_of, p_after, p_first, p_last, tcr.figure_seq(p_as_of), null, p_region, p_values, p_agency_id, null, v_stat4;
    return query execute format('select ''item'', m.seq, m.sign::bigint, m.day, coalesce(r.event, ''move_money''), m.contract_id, c.registration_number,'
        ' m.registered_on, m.is_new, m.count::bigint, m.total_amount, m.technology_amount, m.technology_received, m.technology_income'
        ' from (select * from %s where %s and (seq > $12 or (seq = $12 and sign > $13)) order by seq, sign limit $14) m'
        ' left join tcr.contract_release r on r.seq = m.seq join tcr.contract c on c.id = m.contract_id order by m.seq, m.sign', v_from, v_where)
    using p_as_of, p_after, p_first, p_last, null, null, p_region, p_values, p_agency_id, null, v_stat4, coalesce(p_cursor_seq, 0),
        coalesce(p_cursor_sign, 0), p_limit;
end
$$;

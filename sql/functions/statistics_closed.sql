-- statistics_closed - what decides which amounts an agency is shown of the area.

-- Every contract of the default basis as it counted up to a closed day, one row for each time that it counted differently, in the order
-- in which they came in: closing is the closed day by which it came in, gone_closing the same of the act that took it away again (null:
-- it is there). seller and buyer are numbers that mean nothing else. What a row says, and the order of rows, does not depend on what came
-- in later. No row: there is nothing, more than p_limit, or the account may not ask.
create or replace function tcr.statistics_parts(p_account_id bigint, p_as_of bigint, p_limit bigint)
returns table (closing date, month date, gone_closing date, gone_month date, district text, contract_type text,
    contract_type4 text, technical_field text, is_own boolean, seller bigint, buyer bigint)
language plpgsql stable security definer set search_path = pg_catalog set jit = off as $$
declare
    v_account tcr.account;
    v_region text := (select i.region from tcr.installation i);
    v_stat4 text[] := tcr.statistics_stat4();
    v_last record;
    v_days date[];
begin
    select * into v_account from tcr.account a where a.id = p_account_id;
    if tcr.statistics_view(v_account, 'statistics.query', 'area', v_region, '{}', null, null, false, null) is distinct from 'closed' then
        return;
    end if;
    select * into v_last from tcr.statistics_closing(p_as_of);
    if (select count(*) > p_limit from (select from tcr.fact f where f.count > 0 and f.day <= v_last.closed_on limit p_limit + 1) l) then
        return;
    end if;
    v_days := (select array_agg(distinct l.last_day) from tcr.closing l where l.last_day <= v_last.closed_on);
    return query execute format($q$
        select ($3)[width_bucket(f.day - 1, $3) + 1], date_trunc('month', f.day)::date, ($3)[width_bucket(g.day - 1, $3) + 1],
            date_trunc('month', g.day)::date, f.district, left(f.contract_type, 1), ($4)[left(f.contract_type, 1)::integer],
            f.technical_field, coalesce(f.agency_id = $5, false), dense_rank() over (order by f.seller_code),
            dense_rank() over (order by f.buyer_code)
        from (select *, filed_county as county, filed_district as district from tcr.fact) f
        left join (
            select m.contract_id, m.day, (select max(p.seq) from tcr.fact p where p.contract_id = m.contract_id and p.count > 0
                and p.seq < m.seq) as seq
            from tcr.fact m where m.count < 0 and m.seq <= $1 and m.day <= $2) g on g.contract_id = f.contract_id and g.seq = f.seq
        where f.count > 0 and f.seq <= $1 and f.day <= $2 and %s order by f.day, f.seq$q$,
        tcr.statistics_filter('registered', v_region, false, '{}'))
    using v_last.seq, v_last.closed_on, v_days, v_stat4, v_account.agency_id, null::text, v_region;
end
$$;

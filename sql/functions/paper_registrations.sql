-- paper_registrations - the list of what is registered for one agency in a period, as the account may see it; contracts whose
-- registration has ended are not on it. An agency lists its own, others name one. null: no such agency.
-- {"outcome": "too_many"}: more rows than p_limit.
create or replace function tcr.paper_registrations(p_account_id bigint, p_method text, p_from date, p_to date, p_agency_id bigint,
    p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    a tcr.account;
    g tcr.agency;
    v_rows jsonb;
    v_count bigint;
    v_total numeric;
    v_technology numeric;
begin
    select * into a from tcr.account x where x.id = p_account_id;
    if not tcr.account_may(p_account_id, p_method) then
        return null;
    end if;
    select * into g from tcr.agency x
    where x.id = case when a.roles <@ '{agency}' then a.agency_id else coalesce(p_agency_id, a.agency_id) end;
    if g.id is null or (p_agency_id is not null and p_agency_id <> g.id) then
        return null;
    end if;
    select count(*), sum(c.total_amount), sum(c.technology_amount),
        jsonb_agg(jsonb_build_object('number', c.registration_number, 'registered_on', c.registered_on, 'project_name', c.project_name,
            'contract_type', c.contract_type, 'seller', c.seller_name, 'buyer', c.buyer_name, 'total_amount', c.total_amount,
            'technology_amount', c.technology_amount) order by c.registered_on, c.registration_number)
    into v_count, v_total, v_technology, v_rows
    from (select * from tcr.contract t
        where t.agency_id = g.id and t.status = 'registered' and t.registered_on between p_from and p_to and tcr.account_sees(a, t)
        limit p_limit + 1) c;
    if v_count > p_limit then
        return '{"outcome": "too_many"}';
    end if;
    return jsonb_build_object('outcome', 'ok', 'kind', 'registrations', 'day', tcr.today(), 'agency', g.name, 'agency_id', g.id::text,
        'number', to_char(p_from, 'YYYYMMDD') || '-' || to_char(p_to, 'YYYYMMDD'), 'count', v_count,
        'total_amount', coalesce(v_total, 0), 'technology_amount', coalesce(v_technology, 0), 'rows', coalesce(v_rows, '[]'),
        'point', (select coalesce(min(p.name), '') from tcr.registration_point p where p.id = coalesce(a.point_id, tcr.point_for(g.region))),
        'texts', tcr.paper_texts('registrations', tcr.today()));
end
$$;

-- feed - what happened, in the order of the one sequence: releases (acts) and notices (what nobody did). Reading goes on from any seq
-- that was seen, nothing is skipped and nothing comes twice. No amounts, names or texts: who wants those reads the contract.

-- A page looks at a bounded stretch of the sequence, so it costs the same for an agency with one contract as for the bureau; "next" is
-- there as long as something came after that stretch, also when nothing in it was for this account.
create or replace function tcr.fetch_feed_read(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_start text := coalesce(p_args ->> 'cursor', p_args ->> 'after', '0');
    v_after bigint := case when v_start ~ '^[0-9]{1,18}$' then v_start end;
    v_limit integer := (p_args ->> 'limit')::integer;
    v_end bigint := (select s.value from tcr.sequence_counter s);
    v_last bigint := least(v_after + 5000, v_end);
    v_sees_all boolean := '{bureau,auditor}'::text[] && p_account.roles;
    v_items jsonb;
begin
    if v_after is null then
        return jsonb_build_object('bad_query', case when p_args ? 'cursor' then 'cursor' else 'after' end);
    end if;
    select coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(e)) order by e.seq), '[]') into v_items
    from (
        select * from (
            select r.seq, tcr.instant(r.at) as at, r.event, r.contract_id::text as contract, r.status, r.day, null::jsonb as detail
            from tcr.contract_release r
            where r.seq > v_after and r.seq <= v_last and (v_sees_all or r.agency_id = p_account.agency_id
                or r.point_id = p_account.point_id)
            union all
            select n.seq, tcr.instant(n.at), n.kind, n.contract_id::text, null, n.day, n.detail
            from tcr.notice n
            where n.seq > v_after and n.seq <= v_last and (v_sees_all or n.agency_id = p_account.agency_id
                or n.point_id = p_account.point_id)
        ) u order by u.seq limit v_limit
    ) e;
    if jsonb_array_length(v_items) = v_limit then
        v_last := (v_items -> -1 ->> 'seq')::bigint;
    end if;
    return jsonb_build_object('items', v_items, 'next', case when v_last < v_end then v_last::text end, 'as_of_seq', v_last,
        'audit', 'feed ' || v_after || '-' || v_last);
end
$$;

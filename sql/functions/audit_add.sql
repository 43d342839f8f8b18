-- audit_add - audit rows of reads and denials, which the daemon collects for up to a second.
create or replace function tcr.audit_add(p_at bigint[], p_account_id bigint[], p_event text[], p_object text[], p_outcome text[],
    p_request_id text[], p_peer text[])
returns table (item integer) language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    with stored as (
        insert into tcr.audit (at, account_id, event, object, outcome, request_id, peer)
        select to_timestamp(i.at / 1000000.0), i.account_id, i.event, i.object, i.outcome, i.request_id, i.peer
        from unnest(p_at, p_account_id, p_event, p_object, p_outcome, p_request_id, p_peer)
            as i (at, account_id, event, object, outcome, request_id, peer)
    )
    select n::integer from generate_series(1, cardinality(p_at)) n;
end
$$;

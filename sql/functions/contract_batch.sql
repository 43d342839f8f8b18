-- contract_batch - one act on many contracts by way of the one engine of acts. Items are independent; each tells its outcome.
create or replace function tcr.store_contract_batch(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_act text := p_args ->> 'act';
    v_detail jsonb := case when v_act = 'assign' then jsonb_build_object('assignee', p_args -> 'assignee') end;
    v_count integer := jsonb_array_length(p_args -> 'items');
    v_ids bigint[];
    v_seqs bigint[];
    v_request_ids text[];
    v_items jsonb;
begin
    select array_agg((i.item ->> 'id')::bigint order by i.ord), array_agg((i.item ->> 'seq')::bigint order by i.ord),
        array_agg(p_args ->> 'request_id' || '-' || i.ord order by i.ord)
    into v_ids, v_seqs, v_request_ids
    from jsonb_array_elements(p_args -> 'items') with ordinality i (item, ord);
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', v_ids[a.item]::text, 'outcome', a.outcome, 'status', a.status,
        'seq', a.seq, 'due_on', a.due_on, 'faults', a.refusal -> 'faults')) order by a.item)
    into v_items
    from tcr.contract_act(array_fill(p_account.id, array[v_count]), array_fill(null::text, array[v_count]),
        array_fill(null::bytea, array[v_count]), v_request_ids, array_fill('batch'::text, array[v_count]), v_ids, v_seqs,
        array_fill(v_act, array[v_count]), array_fill('contract.' || v_act, array[v_count]), array_fill(null::jsonb, array[v_count]),
        array_fill(null::text, array[v_count]), array_fill(null::bytea, array[v_count]), array_fill(v_detail, array[v_count]),
        array_fill(null::text, array[v_count]), array_fill(null::text, array[v_count]), array_fill(null::bigint, array[v_count])) a;
    return tcr.stored('contract ' || array_to_string(v_ids, ','), jsonb_build_object('items', v_items));
end
$$;

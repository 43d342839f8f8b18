-- paper_dossier - everything about one contract, for its dossier: what stands on each paper that exists, its releases, requests and
-- receipts, and which attachments there are. One statement, so all of it is of one moment. null: no such contract for this account.
create or replace function tcr.paper_dossier(p_account_id bigint, p_method text, p_contract_id bigint) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    a tcr.account;
    c tcr.contract;
    v_private boolean;
    v_papers jsonb;
    v_years integer[];
begin
    select * into a from tcr.account x where x.id = p_account_id;
    select * into c from tcr.contract x where x.id = p_contract_id;
    if c.id is null or not tcr.account_may(p_account_id, p_method) or not tcr.account_sees(a, c) then
        return null;
    elsif c.filed_seq is null then
        return jsonb_build_object('outcome', 'state', 'status', c.status);
    end if;
    v_private := tcr.sees_private(a, c);
    v_years := array(select distinct extract(year from q.received_on)::integer from tcr.receipt q
        where q.contract_id = c.id and q.status = 'verified' order by 1);
    select coalesce(jsonb_agg(p.paper order by k.ord, k.year) filter (where p.paper ->> 'outcome' = 'ok'), '[]') into v_papers
    from (select u.kind, null::integer as year, u.ord
            from unnest('{form,acceptance,correction,refusal,certificate,change,cancellation,revocation}'::text[])
                with ordinality as u (kind, ord)
        union all select 'award', null, 9
        union all select 'income', y, 10 from unnest(v_years) y) k
    cross join lateral (select tcr.paper_data(p_account_id, p_method, c.id, k.kind, k.year) as paper) p;
    return jsonb_build_object('outcome', 'ok', 'contract_id', c.id::text, 'number', c.registration_number, 'shows_private', v_private,
        'at', (select extract(epoch from max(r.at))::bigint from tcr.contract_release r where r.contract_id = c.id),
        'day', (select max(r.day) from tcr.contract_release r where r.contract_id = c.id),
        'title', tcr.paper_texts('dossier', tcr.today()) -> 'title' ->> 'text', 'papers', v_papers,
        'history', jsonb_build_object('contract', c.id::text, 'status', c.status, 'registration_number', c.registration_number,
            'seq', c.seq,
            'releases', (select jsonb_agg(jsonb_build_object('seq', r.seq, 'event', r.event, 'status', r.status,
                    'at', tcr.instant(r.at), 'day', r.day, 'account', b.name, 'contract_type', r.contract_type,
                    'technical_field', r.technical_field, 'total_amount', tcr.money(r.total_amount),
                    'technology_amount', tcr.money(r.technology_amount), 'accepted_on', r.accepted_on, 'due_on', r.due_on,
                    'registered_on', r.registered_on, 'registration_number', r.registration_number, 'rule_set', r.rule_set,
                    'filed_sha256', encode(r.body_sha256, 'hex'), 'detail', tcr.detail_shown(r.detail, v_private),
                    'filed', r.body) order by r.seq)
                from tcr.contract_release r left join tcr.account b on b.id = r.account_id where r.contract_id = c.id),
            'requests', (select coalesce(jsonb_agg(tcr.request_object(q, v_private) order by q.id), '[]')
                from tcr.request q where q.contract_id = c.id),
            'receipts', (select coalesce(jsonb_agg(tcr.receipt_json(q, q.seq) order by q.id), '[]')
                from tcr.receipt q where q.contract_id = c.id),
            'attachments', tcr.attachment_evidence(c.id)),
        'attachments', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'bytes', t.bytes, 'pieces', t.pieces,
                'blocks', (select sum((length(p.data) + 65534) / 65535) from tcr.attachment_piece p where p.attachment_id = t.id))
                order by t.name collate "C"), '[]')
            from tcr.attachment t where t.contract_id = c.id and t.is_current and t.discarded_at is null));
end
$$;

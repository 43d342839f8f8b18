-- attachment_keep - how long attachments are kept, and what becomes of uploads that never ended. For the nightly job and the owner:
-- none of it is security definer.

-- Uploads that nobody has added to for an hour, at most p_limit at a time. Returns how many went.
create or replace function tcr.attachment_purge(p_limit bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_ids bigint[];
begin
    v_ids := array(select o.id from tcr.attachment_upload o where o.touched_at < now() - interval '1 hour'
        order by o.id limit p_limit for update skip locked);
    perform tcr.attachment_drop_uploads(v_ids);
    return cardinality(v_ids);
end
$$;

-- Contracts whose attachments are beyond retention on a day: parameters retention.STATUS, "permanent" or an interval from the day
-- of the last release on. A state without a parameter is kept. Nothing is deleted by being listed.
create or replace function tcr.retention_due(p_day date)
returns table (contract_id bigint, status text, ended_on date, kept_until date, attachments bigint, bytes bigint)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select c.id, c.status, e.day, (e.day + p.value::interval)::date, count(*), sum(t.bytes)::bigint
    from tcr.rule p
    join tcr.contract c on p.id = 'retention.' || c.status
    join tcr.attachment t on t.contract_id = c.id and t.discarded_at is null
    cross join lateral (select r.day from tcr.contract_release r where r.contract_id = c.id order by r.seq desc limit 1) e
    where p.kind = 'parameter' and p.region = '' and p.is_enabled and p_day between p.valid_from and p.valid_to
        and p.id like 'retention.%' and p.value <> 'permanent' and (e.day + p.value::interval)::date < p_day
    group by c.id, c.status, e.day, p.value
    order by c.id;
end
$$;

-- The explicit order that lets the bytes of contracts beyond retention go; rows, digests and audit stay. Returns how many
-- attachments lost their bytes. Run by the owner of the database after the appraisal that the archive rules ask for.
create or replace function tcr.retention_discard(p_account_id bigint, p_contract_id bigint[], p_reason text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_ids bigint[];
begin
    if coalesce(btrim(p_reason), '') = '' then
        raise exception 'a reason is needed' using errcode = 'TC001';
    elsif exists (select from unnest(p_contract_id) as u (id) where not exists
            (select from tcr.retention_due(tcr.today()) d where d.contract_id = u.id)) then
        raise exception 'a contract of the list is not beyond retention' using errcode = 'TC001';
    end if;
    with marked as (
        update tcr.attachment t set discarded_at = now(), is_current = false
        where t.contract_id = any (p_contract_id) and t.discarded_at is null
        returning t.id
    )
    select coalesce(array_agg(m.id), '{}') into v_ids from marked m;
    delete from tcr.attachment_piece p where p.attachment_id = any (v_ids);
    insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
    select p_account_id, 'retention.discard', 'contract ' || u.id, 'ok', left(p_reason, 200), 'local' from unnest(p_contract_id) as u (id);
    return cardinality(v_ids);
end
$$;

-- Does an attachment still have the bytes that were acknowledged? Null: they were let go.
create or replace function tcr.attachment_is_sound(p_attachment_id bigint) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select case when t.discarded_at is null then
            (select count(*) = t.pieces and sum(length(p.data)) = t.bytes and sha256(string_agg(p.data, '' order by p.no)) = t.sha256
            from tcr.attachment_piece p where p.attachment_id = t.id) end
        from tcr.attachment t where t.id = p_attachment_id);
end
$$;

-- attachment - files attached to contracts: they arrive piece by piece under an upload that nobody sees, and become visible at once.
-- Locks in this order: contracts by id, uploads, attachments.

-- As what the account may attach to this contract; null: not at all.
create or replace function tcr.attachment_side(p_account tcr.account, p_contract tcr.contract) returns text
language sql immutable as $$
    select case
        when 'agency' = any (p_account.roles) and p_contract.agency_id = p_account.agency_id then 'agency'
        when 'registrar' = any (p_account.roles) and p_contract.point_id = p_account.point_id then 'registrar'
    end
$$;

-- Why the account cannot attach a file to a contract, or take one back; null when it can. p_if_match: the seq of the contract, or null.
create or replace function tcr.attachment_refusal(p_account tcr.account, p_contract tcr.contract, p_method text, p_if_match bigint)
returns jsonb language plpgsql stable set search_path = pg_catalog as $$
declare
    v_side text := tcr.attachment_side(p_account, p_contract);
begin
    if not tcr.account_may(p_account.id, p_method) then
        return tcr.refused('forbidden');
    elsif p_contract.id is null or not tcr.account_sees(p_account, p_contract) then
        return tcr.refused('not_found', 'refused.no_attachment');
    elsif v_side is null then
        return tcr.refused('forbidden', 'refused.attachment_place');
    elsif p_if_match <> p_contract.seq then
        return tcr.refused('stale');
    elsif not exists (select from tcr.attachment_right r where r.side = v_side and r.status = p_contract.status
            and (r.may_remove or p_method <> 'attachment.remove')) then
        return tcr.state_refused(p_account, p_contract);
    end if;
    return null;
end
$$;

-- What the file itself would break, all of it at once. p_kind null: it was found wrong already.
create or replace function tcr.attachment_faults(p_account tcr.account, p_contract tcr.contract, p_name text, p_kind text,
    p_bytes bigint, p_contract_bytes_max bigint, p_contract_count_max bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_side text := tcr.attachment_side(p_account, p_contract);
    v_faults jsonb := '[]';
    v_kinds text[];
    v_count bigint;
    v_bytes bigint;
    v_foreign boolean;
begin
    select r.kinds into v_kinds from tcr.attachment_right r where r.side = v_side and r.status = p_contract.status;
    -- Every version counts: they are all kept.
    select count(*), coalesce(sum(a.bytes), 0), coalesce(bool_or(a.is_current and a.name = p_name and a.side <> v_side), false)
    into v_count, v_bytes, v_foreign
    from tcr.attachment a where a.contract_id = p_contract.id and a.discarded_at is null;
    if not p_kind = any (v_kinds) then
        v_faults := v_faults || tcr.fault('?kind', 'attachment.kind_now', array_to_string(v_kinds, ', '));
    end if;
    if v_foreign then
        v_faults := v_faults || tcr.fault('?name', 'attachment.other_side');
    end if;
    if v_count >= p_contract_count_max then
        v_faults := v_faults || tcr.fault('', 'attachment.count', p_contract_count_max::text);
    end if;
    if v_bytes + p_bytes > p_contract_bytes_max then
        v_faults := v_faults || tcr.fault('', 'attachment.contract_bytes', p_contract_bytes_max::text);
    end if;
    return v_faults;
end
$$;

create or replace function tcr.attachment_json(p_attachment tcr.attachment) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', p_attachment.id::text, 'contract_id', p_attachment.contract_id::text, 'name', p_attachment.name,
        'kind', p_attachment.kind, 'version', p_attachment.version, 'media_type', p_attachment.media_type,
        'bytes', p_attachment.bytes, 'sha256', encode(p_attachment.sha256, 'hex'),
        'stored_by', (select b.name from tcr.account b where b.id = p_attachment.stored_by),
        'stored_at', tcr.instant(p_attachment.stored_at),
        'is_current', p_attachment.is_current, 'is_removed', p_attachment.removed_at is not null,
        'has_content', p_attachment.discarded_at is null);
end
$$;

-- An upload and what has arrived of it.
create or replace function tcr.attachment_drop_uploads(p_ids bigint[]) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    delete from tcr.attachment_upload u where u.id = any (p_ids);
    delete from tcr.attachment_piece p where p.attachment_id = any (p_ids);
end
$$;

-- Begin an upload. p_has_faults: the caller found faults already and only asks whether it may tell them. refusal: JSON text as
-- server/api/refusal.h reads it; null when upload_id is there.
create or replace function tcr.attachment_begin(p_account_id bigint[], p_method text[], p_contract_id bigint[], p_if_match bigint[],
    p_name text[], p_kind text[], p_media_type text[], p_bytes bigint[], p_contract_bytes_max bigint[],
    p_contract_count_max bigint[], p_uploads_max bigint[], p_has_faults boolean[])
returns table (item integer, upload_id bigint, refusal text)
language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    c tcr.contract;
    v_faults jsonb;
    i record;
    r jsonb;
begin
    for i in
        select * from unnest(p_account_id, p_method, p_contract_id, p_if_match, p_name, p_kind, p_media_type, p_bytes,
            p_contract_bytes_max, p_contract_count_max, p_uploads_max, p_has_faults) with ordinality
            as u (account_id, method, contract_id, if_match, name, kind, media_type, bytes, contract_bytes_max, contract_count_max,
                uploads_max, has_faults, ord)
        order by u.ord
    loop
        select * into v_account from tcr.account a where a.id = i.account_id;
        select * into c from tcr.contract t where t.id = i.contract_id;
        upload_id := null;
        r := tcr.attachment_refusal(v_account, c, i.method, i.if_match);
        if r is null then
            v_faults := tcr.attachment_faults(v_account, c, i.name, i.kind, i.bytes, i.contract_bytes_max, i.contract_count_max);
            -- What a killed worker left of this name: nobody can go on with it.
            perform tcr.attachment_drop_uploads(array(select o.id from tcr.attachment_upload o
                where o.account_id = i.account_id and o.contract_id = i.contract_id and o.name = i.name
                    and o.touched_at < now() - interval '15 minutes'));
            if i.has_faults or v_faults <> '[]' then
                r := tcr.faulty(v_faults);
            elsif (select count(*) from tcr.attachment_upload o where o.account_id = i.account_id
                    and o.touched_at > now() - interval '15 minutes') >= i.uploads_max then
                r := tcr.refused('busy', 'refused.uploads');
            else
                insert into tcr.attachment_upload (contract_id, account_id, name, kind, media_type)
                values (i.contract_id, i.account_id, i.name, i.kind, i.media_type) returning id into upload_id;
            end if;
        end if;
        item := i.ord;
        refusal := r::text;
        return next;
    end loop;
end
$$;

-- The next piece of an upload, each exactly once and in order. outcome: ok, gone.
-- It need not be on disk when this is acknowledged: the commit that makes the attachment visible comes later in the same log.
create or replace function tcr.attachment_piece_add(p_account_id bigint[], p_upload_id bigint[], p_no bigint[], p_data bytea[])
returns table (item integer, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    perform set_config('synchronous_commit', 'off', true);
    return query
    with given as (
        select u.* from unnest(p_account_id, p_upload_id, p_no, p_data) with ordinality as u (account_id, upload_id, no, data, ord)
    ), touched as (
        update tcr.attachment_upload o set pieces = o.pieces + 1, bytes = o.bytes + length(g.data), touched_at = now()
        from given g where o.id = g.upload_id and o.account_id = g.account_id and o.pieces = g.no
        returning o.id
    ), added as (
        insert into tcr.attachment_piece (attachment_id, no, data)
        select g.upload_id, g.no::integer, g.data from given g join touched t on t.id = g.upload_id
        returning attachment_id
    )
    select g.ord::integer, case when a.attachment_id is null then 'gone' else 'ok' end
    from given g left join added a on a.attachment_id = g.upload_id
    order by g.ord;
end
$$;

-- Make what has arrived an attachment, with its audit row. The caller has checked the bytes against their type and digest.
-- outcome: ok, same (the current version has these bytes already), or refused: refusal says why, and the upload is gone.
create or replace function tcr.attachment_finish(p_account_id bigint[], p_method text[], p_request_id text[], p_peer text[],
    p_upload_id bigint[], p_bytes bigint[], p_sha256 bytea[], p_if_match bigint[], p_contract_bytes_max bigint[],
    p_contract_count_max bigint[])
returns table (item integer, outcome text, answer text, refusal text)
language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    c tcr.contract;
    o tcr.attachment_upload;
    x tcr.attachment;
    v_faults jsonb;
    i record;
    r jsonb;
begin
    perform from tcr.contract t
    where t.id in (select u.contract_id from tcr.attachment_upload u where u.id = any (p_upload_id)) order by t.id for update;
    for i in
        select * from unnest(p_account_id, p_method, p_request_id, p_peer, p_upload_id, p_bytes, p_sha256, p_if_match,
            p_contract_bytes_max, p_contract_count_max) with ordinality
            as u (account_id, method, request_id, peer, upload_id, bytes, sha256, if_match, contract_bytes_max, contract_count_max, ord)
        order by u.ord
    loop
        select * into o from tcr.attachment_upload u where u.id = i.upload_id and u.account_id = i.account_id for update;
        select * into v_account from tcr.account a where a.id = i.account_id;
        select * into c from tcr.contract t where t.id = o.contract_id;
        select * into x from tcr.attachment a where a.contract_id = o.contract_id and a.name = o.name and a.is_current;
        outcome := 'refused';
        answer := null;
        if o.id is null or o.bytes <> i.bytes then
            r := tcr.refused('unavailable', 'refused.upload_given_up');
        else
            r := tcr.attachment_refusal(v_account, c, i.method, i.if_match);
        end if;
        if r is null and (x.sha256, x.kind, x.media_type, x.side)
                = (i.sha256, o.kind, o.media_type, tcr.attachment_side(v_account, c)) then
            outcome := 'same';
        elsif r is null then
            v_faults := tcr.attachment_faults(v_account, c, o.name, o.kind, i.bytes, i.contract_bytes_max, i.contract_count_max);
            r := case when v_faults <> '[]' then tcr.faulty(v_faults) end;
            outcome := case when r is null then 'ok' else 'refused' end;
        end if;
        if outcome = 'ok' then
            update tcr.attachment a set is_current = false where a.id = x.id;
            insert into tcr.attachment as a (id, contract_id, name, kind, version, media_type, bytes, pieces, sha256, side, stored_by)
            values (o.id, o.contract_id, o.name, o.kind, 1 + coalesce((select max(e.version) from tcr.attachment e
                where e.contract_id = o.contract_id and e.name = o.name), 0), o.media_type, o.bytes, o.pieces, i.sha256,
                tcr.attachment_side(v_account, c), i.account_id)
            returning a.* into x;
            delete from tcr.attachment_upload u where u.id = o.id;
        else
            perform tcr.attachment_drop_uploads(array[o.id]);
        end if;
        if outcome in ('ok', 'same') then
            answer := tcr.attachment_json(x)::text;
            insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
            values (i.account_id, i.method, 'contract ' || x.contract_id || ' attachment ' || x.id, 'ok', i.request_id, i.peer);
        end if;
        item := i.ord;
        refusal := r::text;
        return next;
    end loop;
end
$$;

-- Give up an upload: a refusal of its content, a lost peer.
create or replace function tcr.attachment_abandon(p_account_id bigint[], p_upload_id bigint[]) returns table (item integer)
language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    perform tcr.attachment_drop_uploads(array(select o.id from tcr.attachment_upload o
        join unnest(p_account_id, p_upload_id) as u (account_id, upload_id) on u.upload_id = o.id and u.account_id = o.account_id));
    return query select n::integer from generate_series(1, cardinality(p_upload_id)) n;
end
$$;

-- An attachment to be read: the current version of a name, or the one asked for. No row: nothing there for this account.
create or replace function tcr.attachment_open(p_account_id bigint, p_method text, p_contract_id bigint, p_name text, p_version bigint)
returns table (id bigint, name text, kind text, version bigint, media_type text, bytes bigint, pieces bigint, sha256 text)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select t.id, t.name, t.kind, t.version::bigint, t.media_type, t.bytes, t.pieces::bigint, encode(t.sha256, 'hex')
    from tcr.account a
    join tcr.contract c on c.id = p_contract_id and tcr.account_sees(a, c)
    join tcr.attachment t on t.contract_id = c.id and t.name = p_name and t.removed_at is null and t.discarded_at is null
        and case when p_version is null then t.is_current else t.version = p_version end
    where a.id = p_account_id and tcr.account_may(a.id, p_method);
end
$$;

create or replace function tcr.attachment_piece_read(p_account_id bigint, p_method text, p_attachment_id bigint, p_no bigint)
returns table (data bytea)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select p.data
    from tcr.account a
    join tcr.attachment t on t.id = p_attachment_id and t.removed_at is null
    join tcr.contract c on c.id = t.contract_id and tcr.account_sees(a, c)
    join tcr.attachment_piece p on p.attachment_id = t.id and p.no = p_no
    where a.id = p_account_id and tcr.account_may(a.id, p_method);
end
$$;

-- What is attached to a contract, with history every version of it.
create or replace function tcr.fetch_attachment_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('audit', 'contract ' || c.id, 'next', null, 'items', coalesce(jsonb_agg(tcr.attachment_json(t)
            order by t.name collate "C", t.version desc) filter (where t.id is not null), '[]'))
        from tcr.contract c
        left join tcr.attachment t on t.contract_id = c.id and (t.is_current or coalesce((p_args ->> 'history')::boolean, false))
        where c.id = (p_args ->> 'id')::bigint and tcr.account_sees(p_account, c)
        group by c.id);
end
$$;

create or replace function tcr.refusal_attachment_remove(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract;
    x tcr.attachment;
    r jsonb;
begin
    select * into c from tcr.contract t where t.id = (p_args ->> 'id')::bigint;
    select * into x from tcr.attachment a where a.contract_id = c.id and a.name = p_args ->> 'name' and a.is_current;
    r := tcr.attachment_refusal(p_account, c, 'attachment.remove', p_if_match);
    if r ->> 'outcome' in ('forbidden', 'not_found') then
        return r;
    elsif x.id is null then
        return tcr.refused('not_found', 'refused.no_attachment');
    elsif x.side <> tcr.attachment_side(p_account, c) then
        return tcr.refused('forbidden', 'refused.attachment_side');
    end if;
    return r;
end
$$;

-- Take back what the same side attached, as long as nothing was decided on it. Bytes that were never filed go at once, the others
-- stay for who must explain what was decided.
create or replace function tcr.store_attachment_remove(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    c tcr.contract;
    x tcr.attachment;
    r jsonb;
begin
    select * into c from tcr.contract t where t.id = (p_args ->> 'id')::bigint for update;
    r := tcr.refusal_attachment_remove(p_account, p_if_match, p_args);
    if r is not null then
        return r;
    end if;
    update tcr.attachment a set is_current = false, removed_at = now(), removed_by = p_account.id,
        discarded_at = case when c.filed_seq is null then now() end
    where a.contract_id = c.id and a.name = p_args ->> 'name' and a.is_current returning a.* into x;
    if x.discarded_at is not null then
        delete from tcr.attachment_piece p where p.attachment_id = x.id;
    end if;
    return tcr.stored('contract ' || c.id || ' attachment ' || x.id, tcr.attachment_json(x) - 'version');
end
$$;

-- What is attached now, for the detail of a decision: the versions that were decided on.
create or replace function tcr.attachment_evidence(p_contract_id bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('id', a.id::text, 'name', a.name, 'kind', a.kind, 'version', a.version,
            'bytes', a.bytes, 'sha256', encode(a.sha256, 'hex')) order by a.name collate "C"), '[]')
        from tcr.attachment a where a.contract_id = p_contract_id and a.is_current);
end
$$;

-- Kinds that must be attached before the contract can be accepted and are not. The parameters attachment.required.CONDITION hold
-- the kinds, separated by commas; each is shipped off until the bureau confirms it (tcrd rules confirm).
create or replace function tcr.attachment_missing(p_contract tcr.contract) returns text[]
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_day date := tcr.rules_day(p_contract, tcr.today());
    v_region text := (select t.region from tcr.registration_point t where t.id = p_contract.point_id);
    v_is_foreign boolean;
begin
    if not exists (select from tcr.rule r where r.id like 'attachment.required.%' and r.kind = 'parameter' and r.is_enabled) then
        return '{}';
    end if;
    v_is_foreign := (select (r.body::jsonb ->> 'foreign_language')::boolean from tcr.contract_release r
        where r.seq = p_contract.filed_seq);
    return array(
        select distinct k.kind
        from (select distinct r.id from tcr.rule r
            where r.id like 'attachment.required.%' and r.kind = 'parameter' and r.is_enabled) c
        cross join lateral regexp_split_to_table(tcr.parameter_for(c.id, v_region, v_day), '\s*,\s*') as k (kind)
        where case split_part(c.id, '.', 3)
                when 'always' then true
                when 'transfer' then p_contract.contract_type like '2%'
                when 'licence' then p_contract.contract_type like '3%'
                when 'agent' then p_contract.filed_as = 'agent'
                when 'intermediary' then p_contract.filed_as = 'intermediary'
                when 'foreign_language' then v_is_foreign
                when 'import_buyer' then p_contract.filed_as = 'import_buyer'
                when 'deductions' then p_contract.technology_amount < p_contract.total_amount
                else false end
            and not exists (select from tcr.attachment a
                where a.contract_id = p_contract.id and a.is_current and a.kind = k.kind)
        order by 1);
end
$$;

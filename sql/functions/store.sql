-- store - what is no act on a contract: registers and whatever else a method keeps or shows as one JSON object.
-- tcr.store and tcr.fetch check the account, answer the Idempotency-Key and hand over by the name of the method; "hold.place" is
--   tcr.store_hold_place(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb: checks again what may have changed,
--       stores, answers with tcr.stored(object, answer), or with tcr.refused(...) or tcr.faulty(faults): then nothing of it stays
--   tcr.refusal_hold_place(p_account, p_if_match, p_args) returns jsonb, stable and optional: what is answered before faults
--       (not_found, own_filing, stale, state, ...) as tcr.refused(...), or null; asked with a faulty body too, so it may read
--       the parameters of the path only
--   tcr.fetch_hold_list(p_account tcr.account, p_args jsonb) returns jsonb, stable: null is a 404; see tcr.fetch
-- p_args holds the parameters of path and query and the members of the body, read by the tables of C; money is integer fen. For
-- tcr.store_... it also holds request_id. p_account is all null in a method that is open to everybody.
-- Methods of one room store one after the other, so a check holds until the end of the transaction. Rows of other rooms are
-- locked by the function that needs them: contracts by id, number counters, last of all the sequence.

-- Results -----------------------------------------------------------------------------------------------------------------

-- A fault told by the row of its rule; what is particular to this case follows the text, p_more in both languages or each its own.
create or replace function tcr.fault(p_pointer text, p_rule text, p_more text default null, p_more_en text default null) returns jsonb
language sql immutable as $$
    select jsonb_strip_nulls(jsonb_build_object('pointer', p_pointer, 'rule', p_rule, 'more_zh', p_more,
        'more_en', coalesce(p_more_en, p_more)))
$$;

-- outcome: a code of server/api/api_error.c (forbidden, not_found, own_filing, stale, state, duplicate, ...); the reason is a row of the
-- rules, refused.<outcome> where none is named, and what is particular to this case follows its text as in tcr.fault.
create or replace function tcr.refused(p_outcome text, p_rule text default null, p_more text default null, p_more_en text default null)
returns jsonb language sql immutable as $$
    select case when p_rule is null then jsonb_build_object('outcome', p_outcome) else jsonb_build_object('outcome', p_outcome,
        'faults', jsonb_build_array(tcr.fault('', p_rule, p_more, p_more_en))) end
$$;

-- One fault, or an array: v_faults jsonb := '[]'; v_faults := v_faults || tcr.fault('/name', 'agency.name_used').
create or replace function tcr.faulty(p_faults jsonb) returns jsonb language sql immutable as
$$ select jsonb_build_object('outcome', 'faults', 'faults', case jsonb_typeof(p_faults) when 'array' then p_faults
    else jsonb_build_array(p_faults) end) $$;

-- object goes into the audit row ("hold 12"); the members id, seq and version of the answer give Location and ETag.
create or replace function tcr.stored(p_object text, p_answer jsonb) returns jsonb language sql immutable as
$$ select jsonb_build_object('outcome', 'ok', 'object', p_object, 'answer', p_answer) $$;

-- How answers write money, and moments in UTC.
create or replace function tcr.money(p_fen bigint) returns text language sql immutable as
$$ select round(p_fen / 100.0, 2)::text $$;

create or replace function tcr.instant(p_at timestamptz) returns text language sql stable as
$$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- Checks ------------------------------------------------------------------------------------------------------------------

-- Nobody (null) may call what is open to everybody: a method without roles.
create or replace function tcr.caller_may(p_account_id bigint, p_method text) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    if p_account_id is null then
        return not exists (select from tcr.method_role m where m.method = p_method);
    end if;
    return tcr.account_may(p_account_id, p_method);
end
$$;

-- What is answered before faults and, but for forbidden and not_found, after the key; null: nothing is in the way.
create or replace function tcr.store_refusal(p_account tcr.account, p_account_id bigint, p_method text, p_if_match bigint,
    p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_name text := 'refusal_' || replace(p_method, '.', '_');
    r jsonb;
begin
    if not tcr.caller_may(p_account_id, p_method) then
        return tcr.refused('forbidden');
    elsif to_regprocedure(format('tcr.%I(tcr.account, bigint, jsonb)', v_name)) is null then
        return null;
    end if;
    execute format('select tcr.%I($1, $2, $3)', v_name) into r using p_account, p_if_match, p_args;
    return r;
end
$$;

-- The answer of an earlier call with the same key, or key_reused; null: the key is new.
create or replace function tcr.store_replay(p_account_id bigint, p_key text, p_request_sha256 bytea) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select case when k.request_sha256 = p_request_sha256
            then jsonb_build_object('outcome', 'replay', 'answer', k.answer) else tcr.refused('key_reused') end
        from tcr.idempotency_key k where k.account_id = coalesce(p_account_id, 0) and k.key = p_key);
end
$$;

-- What C reads of a result.
create or replace function tcr.store_columns(p_result jsonb, out outcome text, out answer text, out id text, out version bigint,
    out refusal text)
language sql immutable as $$
    select p_result ->> 'outcome', p_result ->> 'answer', p_result #>> '{answer,id}',
        coalesce(p_result #>> '{answer,seq}', p_result #>> '{answer,version}')::bigint,
        case when p_result ->> 'outcome' not in ('ok', 'replay') then p_result::text end
$$;

-- Storing -----------------------------------------------------------------------------------------------------------------

-- outcome: ok, replay, or why not: key_reused, key_running (another call took the key meanwhile: repeat), faults, what was refused.
create or replace function tcr.store(
    p_account_id bigint[], p_key text[], p_request_sha256 bytea[], p_request_id text[], p_peer text[], p_method text[],
    p_if_match bigint[], p_args jsonb[])
returns table (item integer, outcome text, answer text, id text, version bigint, refusal text)
language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_account tcr.account;
    i record;
    r jsonb;
    k jsonb;
begin
    perform pg_advisory_xact_lock(hashtext('tcr.store'), room.number)
    from (select distinct hashtext(split_part(m.name, '.', 1)) as number from unnest(p_method) m (name) order by 1) room;
    for i in
        select * from unnest(p_account_id, p_key, p_request_sha256, p_request_id, p_peer, p_method, p_if_match, p_args)
            with ordinality as u (account_id, key, sha, request_id, peer, method, if_match, args, ord)
        order by u.ord
    loop
        v_account := (select a from tcr.account a where a.id = i.account_id);
        r := tcr.store_refusal(v_account, i.account_id, i.method, i.if_match, i.args);
        if r is null or r ->> 'outcome' not in ('forbidden', 'not_found') then
            k := tcr.store_replay(i.account_id, i.key, i.sha);
            r := coalesce(k, r);
        end if;
        if r is null then
            begin
                insert into tcr.idempotency_key (account_id, key, request_sha256, request_id)
                select coalesce(i.account_id, 0), i.key, i.sha, i.request_id where i.key is not null
                on conflict do nothing;
                if i.key is not null and not found then
                    r := tcr.refused('key_running');
                else
                    execute format('select tcr.%I($1, $2, $3)', 'store_' || replace(i.method, '.', '_')) into strict r
                    using v_account, i.if_match, i.args || jsonb_build_object('request_id', i.request_id);
                end if;
                if r ->> 'outcome' is distinct from 'ok' then
                    raise exception 'refused' using errcode = 'TC020';
                end if;
                update tcr.idempotency_key q set answer = r -> 'answer'
                where q.account_id = coalesce(i.account_id, 0) and q.key = i.key;
                insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
                values (coalesce(i.account_id, 0), i.method, coalesce(r ->> 'object', ''), 'ok', i.request_id, i.peer);
            exception when sqlstate 'TC020' then
                null; -- what was done for it is undone, the key is free again
            end;
        end if;
        return query select i.ord::integer, c.* from tcr.store_columns(r) c;
    end loop;
end
$$;

-- What tcr.store would answer before it looks at faults: for a request that has faults or lacks a header. ok: nothing.
create or replace function tcr.store_look(p_account_id bigint, p_key text, p_request_sha256 bytea, p_method text,
    p_if_match bigint, p_args jsonb)
returns table (item integer, outcome text, answer text, id text, version bigint, refusal text)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_account tcr.account := (select a from tcr.account a where a.id = p_account_id);
    r jsonb := tcr.store_refusal(v_account, p_account_id, p_method, p_if_match, p_args);
begin
    if r is null or r ->> 'outcome' not in ('forbidden', 'not_found') then
        r := coalesce(tcr.store_replay(p_account_id, p_key, p_request_sha256), r, tcr.refused('ok'));
    end if;
    return query select 1, c.* from tcr.store_columns(r) c;
end
$$;

-- Reading -----------------------------------------------------------------------------------------------------------------

-- No row: there is nothing, or nothing for this account. The function of the method answers the object to show, a list as
-- {"items": [...], "next": cursor or null} (tcr.page makes it), or {"bad_query": "name of a query parameter"}. A member "audit"
-- says what was read for the audit row and is not shown; without it, it is the id of the answer or the ids of its items.
create or replace function tcr.fetch(p_account_id bigint, p_method text, p_args jsonb)
returns table (answer text, version bigint, next text, bad_query text, object text)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_account tcr.account := (select a from tcr.account a where a.id = p_account_id);
    r jsonb;
begin
    if not tcr.caller_may(p_account_id, p_method) then
        return;
    end if;
    execute format('select tcr.%I($1, $2)', 'fetch_' || replace(p_method, '.', '_')) into strict r using v_account, p_args;
    return query
    select (r - 'audit')::text, coalesce(r ->> 'seq', r ->> 'version')::bigint, r ->> 'next', r ->> 'bad_query',
        coalesce(r ->> 'audit', split_part(p_method, '.', 1) || ' ' || coalesce(r ->> 'id', (select string_agg(x.item ->> 'id', ',')
            from jsonb_array_elements(case when jsonb_typeof(r -> 'items') = 'array' then r -> 'items' end) x (item))))
    where r is not null;
end
$$;

-- A page of at most p_args.limit items from limit + 1 rows in their order: the row too many shows that there is a next page.
-- The cursor is the id of the last item shown.
create or replace function tcr.page(p_rows jsonb, p_args jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_limit integer := (p_args ->> 'limit')::integer;
    v_rows jsonb := coalesce(p_rows, '[]');
begin
    if jsonb_array_length(v_rows) <= v_limit then
        return jsonb_build_object('items', v_rows, 'next', null);
    end if;
    v_rows := v_rows - v_limit;
    return jsonb_build_object('items', v_rows, 'next', v_rows #>> array[(v_limit - 1)::text, 'id']);
end
$$;

-- account_request - accounts that are asked for: by an agency for one more of its people, or by a registrar who has the paper of an
-- agency's first. The point of the agency's region, or the bureau, approves; never who asked, nor anybody of the agency.

create or replace function tcr.account_request_is_visible(p_account tcr.account, q tcr.account_request) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce('{bureau,administrator,auditor}'::text[] && p_account.roles
        or ('agency' = any (p_account.roles) and q.agency_id = p_account.agency_id)
        or ('registrar' = any (p_account.roles)
            and p_account.point_id = (select tcr.point_for(g.region) from tcr.agency g where g.id = q.agency_id)), false);
end
$$;

-- The person's telephone is for who asked and who decides.
create or replace function tcr.account_request_json(q tcr.account_request, p_account tcr.account) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', q.id::text, 'version', q.version, 'status', q.status, 'name', q.name, 'holder', q.holder,
        'note', q.note, 'agency', (select jsonb_build_object('id', g.id::text, 'name', g.name) from tcr.agency g where g.id = q.agency_id),
        'requested_by', (select a.name from tcr.account a where a.id = q.requested_by), 'requested_at', tcr.instant(q.requested_at),
        'decided_by', (select a.name from tcr.account a where a.id = q.decided_by), 'decided_at', tcr.instant(q.decided_at),
        'reason', q.reason, 'account', q.account_id::text)
        || case when p_account.roles && '{registrar,bureau}' or q.agency_id = p_account.agency_id
            then jsonb_build_object('phone', q.phone) else '{}' end;
end
$$;

create or replace function tcr.fetch_account_request_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select tcr.account_request_json(q, p_account) || jsonb_build_object('audit', 'account_request ' || q.id)
        from tcr.account_request q
        where q.id = (p_args ->> 'id')::bigint and tcr.account_request_is_visible(p_account, q));
end
$$;

create or replace function tcr.fetch_account_requests(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    f record;
    r jsonb;
begin
    select * into f from jsonb_to_record(p_args) as x (status text, agency bigint, "limit" integer, "cursor" bigint);
    r := tcr.page((select jsonb_agg(tcr.account_request_json(p.q, p_account) order by (p.q).id) from (
        select q from tcr.account_request q
        where q.id > coalesce(f.cursor, 0) and (f.status is null or q.status = f.status)
            and (f.agency is null or q.agency_id = f.agency) and tcr.account_request_is_visible(p_account, q)
        order by q.id limit f.limit + 1) p), p_args);
    return r || jsonb_build_object('audit', 'account_request ' || (select coalesce(string_agg(i ->> 'id', ','), '')
        from jsonb_array_elements(r -> 'items') i));
end
$$;

create or replace function tcr.store_account_request(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.account;
    q tcr.account_request;
    v_of_point boolean := 'registrar' = any (p_account.roles);
    v_agency tcr.agency;
    v_faults jsonb;
begin
    a.name := p_args ->> 'name';
    a.roles := '{agency}';
    a.agency_id := coalesce((p_args ->> 'agency')::bigint, p_account.agency_id);
    v_faults := tcr.account_faults(a);
    select * into v_agency from tcr.agency g where g.id = a.agency_id;
    if v_agency.id is not null and v_agency.id is distinct from p_account.agency_id
            and not (v_of_point and tcr.point_for(v_agency.region) = p_account.point_id) then
        v_faults := v_faults || case when v_of_point then tcr.fault('/agency', 'account.agency_elsewhere')
            else tcr.fault('/agency', 'agency.unknown') end; -- an agency does not learn which others there are
    end if;
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    insert into tcr.account_request (agency_id, name, holder, phone, note, requested_by)
    values (a.agency_id, a.name, p_args ->> 'holder', p_args ->> 'phone', p_args ->> 'note', p_account.id) returning * into q;
    return tcr.stored('account_request ' || q.id, tcr.account_request_json(q, p_account));
end
$$;

create or replace function tcr.account_request_refusal(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    q tcr.account_request := (select q from tcr.account_request q where q.id = (p_args ->> 'id')::bigint);
begin
    if q.id is null or not tcr.account_request_is_visible(p_account, q) then
        return tcr.refused('not_found');
    elsif q.requested_by = p_account.id or q.agency_id = p_account.agency_id then
        return tcr.refused('own_filing', 'refused.asker_decides');
    elsif tcr.version_refusal(q.version, p_if_match) is not null then
        return tcr.version_refusal(q.version, p_if_match);
    elsif q.status <> 'pending' then
        return tcr.refused('state', 'refused.decided_already');
    end if;
    return null;
end
$$;

create or replace function tcr.refusal_account_approve(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(tcr.account_request_refusal(p_account, p_if_match, p_args), (select tcr.refused('state', 'refused.agency_disabled')
        from tcr.account_request q join tcr.agency g on g.id = q.agency_id
        where q.id = (p_args ->> 'id')::bigint and not g.is_active));
end
$$;

create or replace function tcr.refusal_account_reject(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language sql stable as $$ select tcr.account_request_refusal(p_account, p_if_match, p_args) $$;

-- The account that was asked for; its key comes from the command line.
create or replace function tcr.store_account_approve(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    q tcr.account_request;
    a tcr.account;
begin
    select t.* into q from tcr.account_request t where t.id = (p_args ->> 'id')::bigint;
    insert into tcr.account (name, roles, agency_id) values (q.name, '{agency}', q.agency_id) returning * into a;
    update tcr.account_request t set (status, decided_by, decided_at, account_id) = ('approved', p_account.id, now(), a.id)
    where t.id = q.id returning t.* into q;
    return tcr.stored('account_request ' || q.id || ' account ' || a.id, tcr.account_request_json(q, p_account));
end
$$;

create or replace function tcr.store_account_reject(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    q tcr.account_request;
begin
    update tcr.account_request t set (status, decided_by, decided_at, reason)
        = ('rejected', p_account.id, now(), p_args ->> 'reason')
    where t.id = (p_args ->> 'id')::bigint returning t.* into q;
    return tcr.stored('account_request ' || q.id, tcr.account_request_json(q, p_account));
end
$$;

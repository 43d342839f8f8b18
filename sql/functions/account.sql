-- account - accounts as the methods account.* show and keep them. No one makes a registrar alone: an administrator creates and
-- disables accounts, the bureau grants and revokes roles (DESIGN.md section 5). Keys and certificates are given on the command line
-- only: an answer is kept with its Idempotency-Key, and a secret must not be.

create or replace function tcr.account_json(a tcr.account) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', a.id::text, 'version', a.version, 'name', a.name, 'roles', to_jsonb(a.roles), 'region', a.region,
        'employer_code', a.employer_code, 'is_active', a.is_active, 'created_at', tcr.instant(a.created_at),
        'agency', (select jsonb_build_object('id', g.id::text, 'name', g.name) from tcr.agency g where g.id = a.agency_id),
        'point', (select jsonb_build_object('id', p.id::text, 'name', p.name) from tcr.registration_point p where p.id = a.point_id))
        || tcr.credentials_json(a.id);
end
$$;

-- The rules about an account that hold on every way to it.
create or replace function tcr.account_faults(a tcr.account) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_faults jsonb := '[]';
begin
    if a.name !~ '^[a-z0-9][a-z0-9._-]{0,63}$' then
        v_faults := v_faults || tcr.fault('/name', 'account.name');
    end if;
    if exists (select from tcr.account o where o.name = a.name and o.id is distinct from a.id)
            or (a.id is null and exists (select from tcr.account_request q where q.name = a.name and q.status = 'pending')) then
        v_faults := v_faults || tcr.fault('/name', 'account.name_used');
    end if;
    if 'agency' = any (a.roles) and a.agency_id is null then
        v_faults := v_faults || tcr.fault('/agency', 'account.needs_agency');
    end if;
    if '{registrar,reviewer}'::text[] && a.roles and a.point_id is null then
        v_faults := v_faults || tcr.fault('/point', 'account.needs_point');
    end if;
    if 'county' = any (a.roles) and a.region is null then
        v_faults := v_faults || tcr.fault('/region', 'account.needs_region');
    elsif not tcr.region_is_known(a.region) then
        v_faults := v_faults || tcr.fault('/region', 'region.unknown', a.region);
    end if;
    if '{bureau,administrator}'::text[] <@ a.roles then
        v_faults := v_faults || tcr.fault('/roles', 'account.roles_apart');
    end if;
    if a.agency_id is not null and not exists (select from tcr.agency g where g.id = a.agency_id) then
        v_faults := v_faults || tcr.fault('/agency', 'agency.unknown');
    end if;
    if a.point_id is not null and not exists (select from tcr.registration_point p where p.id = a.point_id) then
        v_faults := v_faults || tcr.fault('/point', 'point.unknown');
    end if;
    return v_faults;
end
$$;

create or replace function tcr.fetch_account_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select tcr.account_json(a) from tcr.account a where a.id = (p_args ->> 'id')::bigint);
end
$$;

create or replace function tcr.fetch_account_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    f record;
begin
    select * into f from jsonb_to_record(p_args) as x (q text, role text, agency bigint, point bigint, active boolean,
        expires_before date, "limit" integer, "cursor" bigint);
    return tcr.page((select jsonb_agg(tcr.account_json(p.a) order by (p.a).id) from (
        select a from tcr.account a
        where a.id > coalesce(f.cursor, 0) and (f.q is null or strpos(a.name, f.q) > 0) and (f.role is null or f.role = any (a.roles))
            and (f.agency is null or a.agency_id = f.agency) and (f.point is null or a.point_id = f.point)
            and (f.active is null or a.is_active = f.active)
            and (f.expires_before is null or (tcr.credentials_json(a.id) ->> 'credential_expires_on')::date < f.expires_before)
        order by a.id limit f.limit + 1) p), p_args);
end
$$;

-- Without a role: the bureau gives them.
create or replace function tcr.store_account_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.account;
    v_faults jsonb;
begin
    a.name := p_args ->> 'name';
    a.roles := '{}';
    a.employer_code := p_args ->> 'employer_code';
    v_faults := tcr.account_faults(a);
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    insert into tcr.account (name, roles, employer_code) values (a.name, a.roles, a.employer_code) returning * into a;
    return tcr.stored('account ' || a.id, tcr.account_json(a));
end
$$;

-- Nobody acts on the own account.
create or replace function tcr.account_refusal(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    a tcr.account := (select a from tcr.account a where a.id = (p_args ->> 'id')::bigint);
begin
    if a.id = p_account.id then
        return tcr.refused('forbidden', 'refused.own_account');
    end if;
    return tcr.version_refusal(a.version, p_if_match);
end
$$;

create or replace function tcr.refusal_account_grant(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language sql stable as $$ select tcr.account_refusal(p_account, p_if_match, p_args) $$;

create or replace function tcr.refusal_account_revoke(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language sql stable as $$ select tcr.account_refusal(p_account, p_if_match, p_args) $$;

-- An account as it shall be from now on. Cases of a point that it does not decide for any more go to nobody.
create or replace function tcr.account_update(a tcr.account) returns tcr.account
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_old tcr.account := (select o from tcr.account o where o.id = a.id);
begin
    update tcr.account t set (roles, agency_id, point_id, region, employer_code, is_active)
        = (a.roles, a.agency_id, a.point_id, a.region, a.employer_code, a.is_active)
    where t.id = a.id returning t.* into a;
    if '{registrar,reviewer}'::text[] && v_old.roles
            and (not '{registrar,reviewer}'::text[] && a.roles or a.point_id is distinct from v_old.point_id) then
        perform tcr.hand_over(a.id, null, 'role');
    end if;
    return a;
end
$$;

create or replace function tcr.store_account_grant(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.account := (select a from tcr.account a where a.id = (p_args ->> 'id')::bigint);
    v_faults jsonb;
begin
    a.roles := array(select distinct r from (select unnest(a.roles) union
        select jsonb_array_elements_text(coalesce(p_args -> 'roles', '[]'))) u (r) order by r);
    a.agency_id := coalesce((p_args ->> 'agency')::bigint, a.agency_id);
    a.point_id := coalesce((p_args ->> 'point')::bigint, a.point_id);
    a.region := coalesce(p_args ->> 'region', a.region);
    a.employer_code := coalesce(p_args ->> 'employer_code', a.employer_code);
    v_faults := tcr.account_faults(a);
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    a := tcr.account_update(a);
    return tcr.stored('account ' || a.id, tcr.account_json(a));
end
$$;

create or replace function tcr.store_account_revoke(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.account := (select a from tcr.account a where a.id = (p_args ->> 'id')::bigint);
begin
    a.roles := array(select r from unnest(a.roles) r
        where not p_args -> 'roles' ? r order by r);
    a := tcr.account_update(a);
    return tcr.stored('account ' || a.id, tcr.account_json(a));
end
$$;

-- Disable and enable -----------------------------------------------------------------------------------------------------

create or replace function tcr.refusal_account_disable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(tcr.account_refusal(p_account, p_if_match, p_args), (select tcr.refused('state', 'refused.disabled_already')
        from tcr.account a where a.id = (p_args ->> 'id')::bigint and not a.is_active));
end
$$;

create or replace function tcr.refusal_account_enable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(tcr.account_refusal(p_account, p_if_match, p_args), (select tcr.refused('state', 'refused.active_already')
        from tcr.account a where a.id = (p_args ->> 'id')::bigint and a.is_active));
end
$$;

create or replace function tcr.store_account_disable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.account := (select a from tcr.account a where a.id = (p_args ->> 'id')::bigint);
    v_count integer := tcr.account_disable(a, p_args ->> 'hand_over_to');
begin
    if v_count is null then
        return tcr.faulty(tcr.fault('/hand_over_to', 'account.hand_over'));
    end if;
    return tcr.stored('account ' || a.id, (select tcr.account_json(t) from tcr.account t where t.id = a.id)
        || jsonb_build_object('handed_over', v_count));
end
$$;

create or replace function tcr.store_account_enable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.account;
begin
    update tcr.account t set is_active = true where t.id = (p_args ->> 'id')::bigint returning t.* into a;
    return tcr.stored('account ' || a.id, tcr.account_json(a));
end
$$;

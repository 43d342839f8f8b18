-- account_admin - agencies, registration points, accounts and credentials, as the command line manages them.
-- Called by the owner of the schema only (not security definer). p_by is the person at the machine; each change leaves an
-- audit row in its own transaction. What is refused is raised as TC010 with a text for that person.

create or replace function tcr.admin_audit(p_event text, p_object text, p_by text) returns void
language sql volatile set search_path = pg_catalog as $$
    insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
    values (0, p_event, p_object, 'ok', 'command-' || pg_current_xact_id(), 'local:' || p_by)
$$;

-- Agencies -------------------------------------------------------------------------------------------------------------

-- An agency by its number or its name.
create or replace function tcr.agency_named(p_agency text) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_id bigint := (select g.id from tcr.agency g where g.name = p_agency or g.id::text = p_agency
        order by g.name = p_agency desc limit 1);
begin
    if v_id is null then
        raise exception 'no agency is called %', p_agency using errcode = 'TC010';
    end if;
    return v_id;
end
$$;

create or replace function tcr.region_check(p_region text) returns void
language plpgsql stable set search_path = pg_catalog as $$
begin
    if p_region !~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$' or not exists (select from tcr.code c
            where c.list = 'region_cn_all' and c.code = rpad(p_region, 6, '0')) then
        raise exception 'region % is unknown: 2, 4 or 6 digits of GB/T 2260 are needed', p_region using errcode = 'TC010';
    end if;
end
$$;

create or replace function tcr.credit_code_check(p_code text) returns void
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_alphabet constant text := '0123456789ABCDEFGHJKLMNPQRTUWXY';
    v_alphabet_organisation constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    v_weights constant integer[] := '{3,7,9,10,5,8,4,2}';
    v_sum integer := 0;
    v_organisation integer := 0;
begin
    if p_code is null then
        return;
    elsif p_code !~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$' then
        raise exception 'credit code %: 18 characters of GB 32100 are needed', p_code using errcode = 'TC010';
    end if;
    for i in 1..17 loop
        v_sum := v_sum + (strpos(v_alphabet, substr(p_code, i, 1)) - 1) * (3 ^ (i - 1))::bigint % 31;
    end loop;
    for i in 1..8 loop
        v_organisation := v_organisation + (strpos(v_alphabet_organisation, substr(p_code, 8 + i, 1)) - 1) * v_weights[i];
    end loop;
    if strpos(v_alphabet, right(p_code, 1)) - 1 <> (31 - v_sum % 31) % 31
            or substr(p_code, 17, 1) <> substr('0123456789X0', 12 - v_organisation % 11, 1) then
        raise exception 'credit code %: a check character is wrong', p_code using errcode = 'TC010';
    end if;
end
$$;

create or replace function tcr.agency_add(p_name text, p_kind text, p_region text, p_credit_code text, p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint;
begin
    perform tcr.region_check(p_region);
    perform tcr.credit_code_check(p_credit_code);
    if p_kind <> all ('{transfer_agency,university,institute,enterprise,service_point,person}'::text[]) then
        raise exception 'kind % is unknown: transfer_agency, university, institute, enterprise, service_point or person', p_kind
            using errcode = 'TC010';
    elsif exists (select from tcr.agency g where g.name = p_name) then
        raise exception 'an agency called % exists already', p_name using errcode = 'TC010';
    elsif exists (select from tcr.agency g where g.credit_code = p_credit_code) then
        raise exception 'an agency with credit code % exists already', p_credit_code using errcode = 'TC010';
    end if;
    insert into tcr.agency (name, kind, region, credit_code) values (p_name, p_kind, p_region, p_credit_code)
    returning id into v_id;
    perform tcr.admin_audit('agency.add', 'agency ' || v_id, p_by);
    return v_id;
end
$$;

create or replace function tcr.agency_set_active(p_agency text, p_is_active boolean, p_by text) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint := tcr.agency_named(p_agency);
begin
    update tcr.agency g set is_active = p_is_active where g.id = v_id;
    perform tcr.admin_audit(case when p_is_active then 'agency.enable' else 'agency.disable' end, 'agency ' || v_id, p_by);
end
$$;

create or replace function tcr.agency_list()
returns table (id bigint, name text, kind text, region text, credit_code text, state text)
language sql stable set search_path = pg_catalog as $$
    select g.id, g.name, g.kind, g.region, coalesce(g.credit_code, '-'), case when g.is_active then 'active' else 'disabled' end
    from tcr.agency g order by g.id
$$;

-- Registration points --------------------------------------------------------------------------------------------------

-- A point by its two digits inside the installation's city, by number region and digits, or by number.
create or replace function tcr.point_named(p_point text) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_ids bigint[] := array(select p.id from tcr.registration_point p
        where p.code = p_point or p.number_region || p.code = p_point);
begin
    if cardinality(v_ids) = 1 then
        return v_ids[1];
    elsif cardinality(v_ids) > 1 then
        raise exception 'several registration points have the code %: name it by six digits', p_point using errcode = 'TC010';
    end if;
    raise exception 'no registration point has the code %', p_point using errcode = 'TC010';
end
$$;

create or replace function tcr.point_add(p_code text, p_region text, p_name text, p_number_region text, p_number_source text,
    p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint;
    v_number_region text := coalesce(p_number_region, left(rpad(p_region, 6, '0'), 4));
begin
    perform tcr.region_check(p_region);
    if p_code !~ '^[0-9]{2}$' then
        raise exception 'the code of a registration point has two digits' using errcode = 'TC010';
    elsif v_number_region !~ '^[0-9]{4}$' then
        raise exception 'the region in the registration number has four digits' using errcode = 'TC010';
    elsif p_number_source <> all ('{tcrd,national}'::text[]) then
        raise exception 'the numbers come from tcrd or national' using errcode = 'TC010';
    elsif exists (select from tcr.registration_point p where p.number_region = v_number_region and p.code = p_code) then
        raise exception 'registration point % exists already', v_number_region || p_code using errcode = 'TC010';
    end if;
    insert into tcr.registration_point (code, region, name, number_region, number_source)
    values (p_code, p_region, p_name, v_number_region, p_number_source)
    returning id into v_id;
    perform tcr.admin_audit('point.add', 'point ' || v_id, p_by);
    return v_id;
end
$$;

create or replace function tcr.point_list()
returns table (id bigint, number_region text, code text, region text, name text, number_source text, state text)
language sql stable set search_path = pg_catalog as $$
    select p.id, p.number_region, p.code, p.region, p.name, p.number_source,
        case when p.is_active then 'active' else 'disabled' end
    from tcr.registration_point p order by p.number_region, p.code
$$;

-- Accounts -------------------------------------------------------------------------------------------------------------

-- The account of a name, locked: changes to one account come one after the other.
create or replace function tcr.account_named(p_name text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint;
begin
    select a.id into v_id from tcr.account a where a.name = p_name for update;
    if v_id is null then
        raise exception 'no account is called %', p_name using errcode = 'TC010';
    end if;
    return v_id;
end
$$;

-- What the roles of an account need to make sense.
create or replace function tcr.account_check(p_roles text[], p_agency_id bigint, p_point_id bigint, p_region text) returns void
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_unknown text := (select r from unnest(p_roles) r
        where r <> all ('{agency,registrar,reviewer,county,bureau,auditor,administrator}'::text[]) limit 1);
begin
    if v_unknown is not null then
        raise exception 'role % is unknown: agency, registrar, reviewer, county, bureau, auditor or administrator', v_unknown
            using errcode = 'TC010';
    elsif 'agency' = any (p_roles) and p_agency_id is null then
        raise exception 'the role agency needs --agency' using errcode = 'TC010';
    elsif '{registrar,reviewer}'::text[] && p_roles and p_point_id is null then
        raise exception 'the roles registrar and reviewer need --point' using errcode = 'TC010';
    elsif 'county' = any (p_roles) and p_region is null then
        raise exception 'the role county needs --region' using errcode = 'TC010';
    elsif p_region is not null then
        perform tcr.region_check(p_region);
    end if;
end
$$;

create or replace function tcr.account_add(p_name text, p_roles text[], p_agency text, p_point text, p_region text,
    p_employer text, p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_agency bigint := case when p_agency is not null then tcr.agency_named(p_agency) end;
    v_point bigint := case when p_point is not null then tcr.point_named(p_point) end;
    v_roles text[] := array(select distinct r from unnest(p_roles) r order by r);
    v_id bigint;
begin
    if p_name !~ '^[a-z0-9][a-z0-9._-]{0,63}$' then
        raise exception 'the name of an account has 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit'
            using errcode = 'TC010';
    elsif exists (select from tcr.account a where a.name = p_name) then
        raise exception 'an account called % exists already', p_name using errcode = 'TC010';
    end if;
    perform tcr.account_check(v_roles, v_agency, v_point, p_region);
    perform tcr.credit_code_check(p_employer);
    insert into tcr.account (name, roles, agency_id, point_id, region, employer_code)
    values (p_name, v_roles, v_agency, v_point, p_region, p_employer)
    returning id into v_id;
    perform tcr.admin_audit('account.add', 'account ' || v_id, p_by);
    return v_id;
end
$$;

-- Add roles, and set what is not null: agency, point, region, employer.
create or replace function tcr.account_grant(p_name text, p_roles text[], p_agency text, p_point text, p_region text,
    p_employer text, p_by text) returns text
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint := tcr.account_named(p_name);
    a tcr.account;
begin
    select * into a from tcr.account t where t.id = v_id;
    a.roles := array(select distinct r from unnest(a.roles || p_roles) r order by r);
    a.agency_id := case when p_agency is not null then tcr.agency_named(p_agency) else a.agency_id end;
    a.point_id := case when p_point is not null then tcr.point_named(p_point) else a.point_id end;
    a.region := coalesce(p_region, a.region);
    a.employer_code := coalesce(p_employer, a.employer_code);
    perform tcr.account_check(a.roles, a.agency_id, a.point_id, a.region);
    perform tcr.credit_code_check(p_employer);
    update tcr.account t set (roles, agency_id, point_id, region, employer_code)
        = (a.roles, a.agency_id, a.point_id, a.region, a.employer_code)
    where t.id = v_id;
    perform tcr.admin_audit('account.grant', 'account ' || v_id, p_by);
    return array_to_string(a.roles, ',');
end
$$;

create or replace function tcr.account_revoke(p_name text, p_roles text[], p_by text) returns text
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint := tcr.account_named(p_name);
    v_roles text[];
begin
    update tcr.account t set roles = array(select r from unnest(t.roles) r where r <> all (p_roles) order by r)
    where t.id = v_id returning t.roles into v_roles;
    perform tcr.admin_audit('account.revoke', 'account ' || v_id, p_by);
    return array_to_string(v_roles, ',');
end
$$;

create or replace function tcr.account_set_active(p_name text, p_is_active boolean, p_by text) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint := tcr.account_named(p_name);
begin
    update tcr.account t set is_active = p_is_active where t.id = v_id;
    perform tcr.admin_audit(case when p_is_active then 'account.enable' else 'account.disable' end, 'account ' || v_id, p_by);
end
$$;

create or replace function tcr.account_list(p_name text)
returns table (id bigint, name text, roles text, agency text, point text, region text, employer text, keys bigint,
    certificates bigint, state text)
language sql stable set search_path = pg_catalog as $$
    select a.id, a.name, array_to_string(a.roles, ','), coalesce(g.name, '-'), coalesce(p.number_region || p.code, '-'),
        coalesce(a.region, '-'), coalesce(a.employer_code, '-'), count(c.id) filter (where c.kind = 'key'),
        count(c.id) filter (where c.kind = 'certificate'), case when a.is_active then 'active' else 'disabled' end
    from tcr.account a
    left join tcr.agency g on g.id = a.agency_id
    left join tcr.registration_point p on p.id = a.point_id
    left join tcr.credential c on c.account_id = a.id and c.revoked_at is null and coalesce(c.expires_at > now(), true)
    where p_name is null or a.name = p_name
    group by a.id, g.name, p.number_region, p.code
    order by a.id
$$;

-- Credentials ----------------------------------------------------------------------------------------------------------

-- Two live ones of each kind at a time: the second is there for the change from one to the next.
-- p_expires is the last day on which it works (Asia/Shanghai). A certificate that was unbound can be bound again.
create or replace function tcr.credential_add(p_name text, p_kind text, p_sha256 bytea, p_expires date, p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_account bigint := tcr.account_named(p_name);
    v_id bigint;
begin
    if p_expires < tcr.today() then
        raise exception 'the last day % is over', p_expires using errcode = 'TC010';
    elsif exists (select from tcr.credential c where c.sha256 = p_sha256 and c.revoked_at is null) then
        raise exception 'this % is bound to an account already', p_kind using errcode = 'TC010';
    elsif (select count(*) from tcr.credential c where c.account_id = v_account and c.kind = p_kind and c.revoked_at is null
            and coalesce(c.expires_at > now(), true)) >= 2 then
        raise exception 'account % has two live %s already: revoke one first', p_name, p_kind using errcode = 'TC010';
    end if;
    insert into tcr.credential (account_id, kind, sha256, expires_at)
    values (v_account, p_kind, p_sha256, (p_expires + 1)::timestamp at time zone 'Asia/Shanghai')
    on conflict (sha256) do update set account_id = excluded.account_id, kind = excluded.kind, created_at = now(),
        expires_at = excluded.expires_at, revoked_at = null
    returning id into v_id;
    perform tcr.admin_audit('credential.add', p_kind || ' ' || v_id || ' of account ' || v_account, p_by);
    return v_id;
end
$$;

create or replace function tcr.credential_list(p_name text, p_kind text)
returns table (id bigint, created text, expires text, state text, sha256 text)
language sql stable set search_path = pg_catalog as $$
    select c.id, to_char(c.created_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD'),
        coalesce(to_char((c.expires_at - interval '1 second') at time zone 'Asia/Shanghai', 'YYYY-MM-DD'), 'never'),
        case when c.revoked_at is not null then 'revoked' when c.expires_at <= now() then 'expired' else 'live' end,
        encode(c.sha256, 'hex')
    from tcr.credential c join tcr.account a on a.id = c.account_id
    where a.name = p_name and c.kind = p_kind order by c.id
$$;

-- By number or by digest.
create or replace function tcr.credential_revoke(p_name text, p_kind text, p_id bigint, p_sha256 bytea, p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_account bigint := tcr.account_named(p_name);
    v_id bigint;
begin
    update tcr.credential c set revoked_at = now()
    where c.account_id = v_account and c.kind = p_kind and (c.id = p_id or c.sha256 = p_sha256) and c.revoked_at is null
    returning c.id into v_id;
    if v_id is null then
        raise exception 'account % has no such live %', p_name, p_kind using errcode = 'TC010';
    end if;
    perform tcr.admin_audit('credential.revoke', p_kind || ' ' || v_id || ' of account ' || v_account, p_by);
    return v_id;
end
$$;

-- account_admin - agencies, registration points, accounts and credentials, as the command line manages them.
-- Called by the owner of the schema only (not security definer). p_by is the person at the machine; each change leaves an
-- audit row in its own transaction. What is refused is raised as TC010 with a text for that person. The rules are those of the methods
-- (agency_faults, point_faults, account_faults); here stand only those about the form of values, which the methods read in C.

create or replace function tcr.admin_audit(p_event text, p_object text, p_by text) returns void
language sql volatile set search_path = pg_catalog as $$
    insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
    values (0, p_event, p_object, 'ok', 'command-' || pg_current_xact_id(), 'local:' || p_by)
$$;

-- Say the first of the faults that a method would answer.
create or replace function tcr.admin_refuse(p_faults jsonb) returns void
language plpgsql stable set search_path = pg_catalog as $$
begin
    if p_faults <> '[]' then
        raise exception '%', (select concat_ws(': ', coalesce((select r.en from tcr.rule r where r.id = p_faults #>> '{0,rule}' limit 1),
            p_faults #>> '{0,rule}'), p_faults #>> '{0,more_en}')) using errcode = 'TC010';
    end if;
end
$$;

-- Commands and methods that change one register come one after the other, see tcr.store.
create or replace function tcr.admin_lock(p_room text) returns void
language sql volatile set search_path = pg_catalog as $$ select pg_advisory_xact_lock(hashtext('tcr.store'), hashtext(p_room)) $$;

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

-- 2, 4 or 6 digits of GB/T 2260; null is no region.
create or replace function tcr.region_is_known(p_region text) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return p_region is null or (p_region ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$' and exists (select from tcr.code c
        where c.list = 'region_cn_all' and c.code = rpad(p_region, 6, '0')));
end
$$;

create or replace function tcr.region_check(p_region text) returns void
language plpgsql stable set search_path = pg_catalog as $$
begin
    if not tcr.region_is_known(p_region) then
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
    g tcr.agency;
    v_id bigint;
begin
    perform tcr.admin_lock('agency');
    perform tcr.region_check(p_region);
    perform tcr.credit_code_check(p_credit_code);
    if p_kind <> all ('{transfer_agency,university,institute,enterprise,service_point,person}'::text[]) then
        raise exception 'kind % is unknown: transfer_agency, university, institute, enterprise, service_point or person', p_kind
            using errcode = 'TC010';
    end if;
    g.name := p_name;
    g.credit_code := p_credit_code;
    perform tcr.admin_refuse(tcr.agency_faults(g));
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
    perform tcr.admin_lock('agency');
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
    p tcr.registration_point;
begin
    perform tcr.admin_lock('point');
    p.code := p_code;
    p.region := p_region;
    p.name := p_name;
    p.number_region := coalesce(p_number_region, left(rpad(p_region, 6, '0'), 4));
    p.number_source := p_number_source;
    p.is_active := true;
    if p_number_source <> all ('{tcrd,national}'::text[]) then
        raise exception 'the numbers come from tcrd or national' using errcode = 'TC010';
    end if;
    perform tcr.admin_refuse(tcr.point_faults(p));
    p := tcr.point_insert(p);
    perform tcr.admin_audit('point.add', 'point ' || p.id, p_by);
    return p.id;
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
    perform tcr.admin_lock('account');
    select a.id into v_id from tcr.account a where a.name = p_name for update;
    if v_id is null then
        raise exception 'no account is called %', p_name using errcode = 'TC010';
    end if;
    return v_id;
end
$$;

create or replace function tcr.account_check(a tcr.account) returns void
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_unknown text := (select r from unnest(a.roles) r
        where r <> all ('{agency,registrar,reviewer,county,bureau,auditor,administrator}'::text[]) limit 1);
begin
    if v_unknown is not null then
        raise exception 'role % is unknown: agency, registrar, reviewer, county, bureau, auditor or administrator', v_unknown
            using errcode = 'TC010';
    end if;
    perform tcr.credit_code_check(a.employer_code);
    perform tcr.admin_refuse(tcr.account_faults(a));
end
$$;

create or replace function tcr.account_add(p_name text, p_roles text[], p_agency text, p_point text, p_region text,
    p_employer text, p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.account;
begin
    perform tcr.admin_lock('account');
    a.name := p_name;
    a.roles := array(select distinct r from unnest(p_roles) r order by r);
    a.agency_id := case when p_agency is not null then tcr.agency_named(p_agency) end;
    a.point_id := case when p_point is not null then tcr.point_named(p_point) end;
    a.region := p_region;
    a.employer_code := p_employer;
    perform tcr.account_check(a);
    insert into tcr.account (name, roles, agency_id, point_id, region, employer_code)
    values (a.name, a.roles, a.agency_id, a.point_id, a.region, a.employer_code)
    returning * into a;
    perform tcr.admin_audit('account.add', 'account ' || a.id, p_by);
    return a.id;
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
    perform tcr.account_check(a);
    a := tcr.account_update(a);
    perform tcr.admin_audit('account.grant', 'account ' || v_id, p_by);
    return array_to_string(a.roles, ',');
end
$$;

create or replace function tcr.account_revoke(p_name text, p_roles text[], p_by text) returns text
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint := tcr.account_named(p_name);
    a tcr.account;
begin
    select * into a from tcr.account t where t.id = v_id;
    a.roles := array(select r from unnest(a.roles) r where r <> all (p_roles) order by r);
    a := tcr.account_update(a);
    perform tcr.admin_audit('account.revoke', 'account ' || v_id, p_by);
    return array_to_string(a.roles, ',');
end
$$;

-- p_hand_over_to: who gets the open cases of a disabled account; null: nobody. Returns what to tell about them.
create or replace function tcr.account_disable_named(p_name text, p_hand_over_to text, p_by text) returns text
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint := tcr.account_named(p_name);
    v_count integer := tcr.account_disable((select a from tcr.account a where a.id = v_id), p_hand_over_to);
begin
    if v_count is null then
        perform tcr.admin_refuse(jsonb_build_array(tcr.fault('', 'account.hand_over', p_hand_over_to)));
    end if;
    perform tcr.admin_audit('account.disable', 'account ' || v_id, p_by);
    return case when v_count > 0 then format('(%s open cases handed over)', v_count) end;
end
$$;

create or replace function tcr.account_enable_named(p_name text, p_by text) returns void
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_id bigint := tcr.account_named(p_name);
begin
    update tcr.account t set is_active = true where t.id = v_id;
    perform tcr.admin_audit('account.enable', 'account ' || v_id, p_by);
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

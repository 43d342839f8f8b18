-- broker - the register of technology managers and brokers (技术经理人, 技术经纪人), whom a contract names by their id.

create or replace function tcr.broker_json(b tcr.broker, p_account tcr.account) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', b.id::text, 'version', b.version, 'name', b.name, 'certificate_number', b.certificate_number,
        'level', b.level, 'region', b.region, 'is_active', b.is_active, 'created_at', tcr.instant(b.created_at),
        'agency', (select jsonb_build_object('id', g.id::text, 'name', g.name) from tcr.agency g where g.id = b.agency_id))
        || case when '{bureau,administrator}'::text[] && p_account.roles
                or ('agency' = any (p_account.roles) and b.agency_id = p_account.agency_id)
            then jsonb_build_object('phone', b.phone, 'identity_number', b.identity_number) else '{}' end;
end
$$;

-- Does the text that a contract's form has as broker name an active one? Null, no broker, is fine.
create or replace function tcr.broker_is_active(p_broker text) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return p_broker is null or (p_broker ~ '^[1-9][0-9]{0,17}$'
        and exists (select from tcr.broker b where b.id = p_broker::bigint and b.is_active));
end
$$;

-- The broker that a filed text names, and null when it names none: the same expression as in the index contract_release_broker.
create or replace function tcr.body_broker(p_body text) returns text language sql immutable as
$$ select case when strpos(p_body, '"broker":"') > 0 then substring(p_body from '"broker":"((?:[^"\\]|\\.)*)"') end $$;

create or replace function tcr.fetch_broker_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select tcr.broker_json(b, p_account) from tcr.broker b where b.id = (p_args ->> 'id')::bigint);
end
$$;

-- q is a part of the name, or the whole certificate number.
create or replace function tcr.fetch_broker_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    a record;
begin
    select * into a from jsonb_to_record(p_args)
        as x (agency bigint, level text, active boolean, q text, "limit" integer, "cursor" bigint);
    return tcr.page((select jsonb_agg(tcr.broker_json(p.b, p_account) order by (p.b).id) from (
        select b from tcr.broker b
        where b.id > coalesce(a.cursor, 0) and (a.agency is null or b.agency_id = a.agency) and (a.level is null or b.level = a.level)
            and (a.active is null or b.is_active = a.active)
            and (a.q is null or strpos(b.name, a.q) > 0 or b.certificate_number = a.q)
        order by b.id limit a.limit + 1) p), p_args);
end
$$;

create or replace function tcr.broker_of_body(b tcr.broker, p_args jsonb) returns tcr.broker
language plpgsql stable set search_path = pg_catalog as $$
begin
    b.name := p_args ->> 'name';
    b.certificate_number := p_args ->> 'certificate_number';
    b.level := p_args ->> 'level';
    b.agency_id := (p_args ->> 'agency')::bigint;
    b.region := p_args ->> 'region';
    b.phone := p_args ->> 'phone';
    b.identity_number := p_args ->> 'identity_number';
    b.is_active := coalesce((p_args ->> 'is_active')::boolean, true);
    return b;
end
$$;

create or replace function tcr.broker_faults(b tcr.broker) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_faults jsonb := '[]';
begin
    if b.agency_id is not null and not exists (select from tcr.agency g where g.id = b.agency_id) then
        v_faults := v_faults || tcr.fault('/agency', 'agency.unknown');
    end if;
    if exists (select from tcr.broker o where o.certificate_number = b.certificate_number and o.id is distinct from b.id) then
        v_faults := v_faults || tcr.fault('/certificate_number', 'broker.certificate_used');
    end if;
    if exists (select from tcr.broker o where o.identity_number = b.identity_number and o.id is distinct from b.id) then
        v_faults := v_faults || tcr.fault('/identity_number', 'broker.identity_used');
    end if;
    return v_faults;
end
$$;

create or replace function tcr.store_broker_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    b tcr.broker := tcr.broker_of_body(null, p_args);
    v_faults jsonb := tcr.broker_faults(b);
begin
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    insert into tcr.broker (name, certificate_number, level, agency_id, region, phone, identity_number, is_active)
    values (b.name, b.certificate_number, b.level, b.agency_id, b.region, b.phone, b.identity_number, b.is_active)
    returning * into b;
    return tcr.stored('broker ' || b.id, tcr.broker_json(b, p_account));
end
$$;

create or replace function tcr.refusal_broker_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.version_refusal((select b.version from tcr.broker b where b.id = (p_args ->> 'id')::bigint), p_if_match);
end
$$;

create or replace function tcr.store_broker_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    b tcr.broker := (select b from tcr.broker b where b.id = (p_args ->> 'id')::bigint);
    v_faults jsonb;
begin
    b := tcr.broker_of_body(b, p_args);
    v_faults := tcr.broker_faults(b);
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    update tcr.broker t set (name, certificate_number, level, agency_id, region, phone, identity_number, is_active)
        = (b.name, b.certificate_number, b.level, b.agency_id, b.region, b.phone, b.identity_number, b.is_active)
    where t.id = b.id returning t.* into b;
    return tcr.stored('broker ' || b.id, tcr.broker_json(b, p_account));
end
$$;

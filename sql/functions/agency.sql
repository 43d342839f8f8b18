-- agency - the register of those who file (申报单位), as the methods agency.* show and keep it, and the units inside them.

-- Who may look at an agency: those who keep or audit the register; its own accounts; a county in its area; a registrar whose point
-- covers it or decides something of it.
create or replace function tcr.agency_is_visible(p_account tcr.account, g tcr.agency) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce('{bureau,administrator,auditor}'::text[] && p_account.roles
        or ('agency' = any (p_account.roles) and g.id = p_account.agency_id)
        or ('county' = any (p_account.roles) and g.region = p_account.region)
        or ('{registrar,reviewer}'::text[] && p_account.roles and (tcr.point_for(g.region) = p_account.point_id
            or exists (select from tcr.contract c where c.agency_id = g.id and c.point_id = p_account.point_id
                and c.filed_seq is not null))), false);
end
$$;

-- Persons and telephones are for those who keep the register and for the agency itself.
create or replace function tcr.agency_json(g tcr.agency, p_account tcr.account) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', g.id::text, 'version', g.version, 'name', g.name, 'kind', g.kind, 'region', g.region,
        'credit_code', g.credit_code, 'is_active', g.is_active, 'created_at', tcr.instant(g.created_at),
        'accreditation', case when g.accreditation_level is not null then jsonb_build_object('level', g.accreditation_level,
            'number', g.accreditation_number, 'valid_from', g.accredited_from, 'valid_to', g.accredited_to,
            'is_valid', tcr.today() between g.accredited_from and coalesce(g.accredited_to, 'infinity')) end)
        || case when '{bureau,administrator}'::text[] && p_account.roles or g.id = p_account.agency_id
            then jsonb_build_object('contact', jsonb_build_object('name', g.contact_name, 'phone', g.contact_phone,
                'email', g.contact_email, 'address', g.address)) else '{}' end;
end
$$;

-- What is wrong with an agency beside the form of its values.
create or replace function tcr.agency_faults(g tcr.agency) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_faults jsonb := '[]';
begin
    if exists (select from tcr.agency o where o.name = g.name and o.id is distinct from g.id) then
        v_faults := v_faults || tcr.fault('/name', 'agency.name_used');
    end if;
    if exists (select from tcr.agency o where o.credit_code = g.credit_code and o.id is distinct from g.id) then
        v_faults := v_faults || tcr.fault('/credit_code', 'agency.credit_code_used');
    end if;
    if g.accredited_to < g.accredited_from then
        v_faults := v_faults || tcr.fault('/accreditation/valid_to', 'agency.accreditation_period');
    end if;
    return v_faults;
end
$$;

-- The agency that a body describes; what the body leaves out is none. g: the agency as it is, or null.
create or replace function tcr.agency_of_body(g tcr.agency, p_args jsonb) returns tcr.agency
language plpgsql stable set search_path = pg_catalog as $$
begin
    g.name := p_args ->> 'name';
    g.kind := p_args ->> 'kind';
    g.region := p_args ->> 'region';
    g.credit_code := p_args ->> 'credit_code';
    g.accreditation_level := p_args #>> '{accreditation,level}';
    g.accreditation_number := p_args #>> '{accreditation,number}';
    g.accredited_from := p_args #>> '{accreditation,valid_from}';
    g.accredited_to := p_args #>> '{accreditation,valid_to}';
    g.contact_name := p_args #>> '{contact,name}';
    g.contact_phone := p_args #>> '{contact,phone}';
    g.contact_email := p_args #>> '{contact,email}';
    g.address := p_args #>> '{contact,address}';
    return g;
end
$$;

create or replace function tcr.fetch_agency_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select tcr.agency_json(g, p_account) from tcr.agency g
        where g.id = (p_args ->> 'id')::bigint and tcr.agency_is_visible(p_account, g));
end
$$;

-- In the order of their numbers; q is a part of the name, or the whole credit code.
create or replace function tcr.fetch_agency_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    a record;
begin
    select * into a from jsonb_to_record(p_args)
        as x (kind text, active boolean, level text, q text, "limit" integer, "cursor" bigint);
    return tcr.page((select jsonb_agg(tcr.agency_json(p.g, p_account) order by (p.g).id) from (
        select g from tcr.agency g
        where g.id > coalesce(a.cursor, 0) and (a.kind is null or g.kind = a.kind)
            and (a.active is null or g.is_active = a.active)
            and (a.level is null or g.accreditation_level = a.level)
            and (a.q is null or strpos(g.name, a.q) > 0 or g.credit_code = a.q)
            and tcr.agency_is_visible(p_account, g)
        order by g.id limit a.limit + 1) p), p_args);
end
$$;

create or replace function tcr.store_agency_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    g tcr.agency := tcr.agency_of_body(null, p_args);
    v_faults jsonb := tcr.agency_faults(g);
begin
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    insert into tcr.agency (name, kind, region, credit_code, accreditation_level, accreditation_number, accredited_from,
        accredited_to, contact_name, contact_phone, contact_email, address)
    values (g.name, g.kind, g.region, g.credit_code, g.accreditation_level, g.accreditation_number, g.accredited_from,
        g.accredited_to, g.contact_name, g.contact_phone, g.contact_email, g.address)
    returning * into g;
    return tcr.stored('agency ' || g.id, tcr.agency_json(g, p_account));
end
$$;

create or replace function tcr.refusal_agency_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.version_refusal((select g.version from tcr.agency g where g.id = (p_args ->> 'id')::bigint), p_if_match);
end
$$;

create or replace function tcr.store_agency_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    g tcr.agency;
    v_faults jsonb;
begin
    select t.* into g from tcr.agency t where t.id = (p_args ->> 'id')::bigint for update;
    g := tcr.agency_of_body(g, p_args);
    v_faults := tcr.agency_faults(g);
    if g.kind not in ('university', 'institute') and exists (select from tcr.agency_unit u where u.agency_id = g.id) then
        v_faults := v_faults || tcr.fault('/kind', 'unit.kind');
    end if;
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    update tcr.agency t set (name, kind, region, credit_code, accreditation_level, accreditation_number, accredited_from,
            accredited_to, contact_name, contact_phone, contact_email, address)
        = (g.name, g.kind, g.region, g.credit_code, g.accreditation_level, g.accreditation_number, g.accredited_from,
            g.accredited_to, g.contact_name, g.contact_phone, g.contact_email, g.address)
    where t.id = g.id returning t.* into g;
    return tcr.stored('agency ' || g.id, tcr.agency_json(g, p_account));
end
$$;

-- Disable and enable: the accounts of a disabled agency can do nothing from the next call on; its contracts stay.
create or replace function tcr.refusal_agency_disable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(tcr.refusal_agency_change(p_account, p_if_match, p_args), (select tcr.refused('state', 'refused.disabled_already')
        from tcr.agency g where g.id = (p_args ->> 'id')::bigint and not g.is_active));
end
$$;

create or replace function tcr.refusal_agency_enable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(tcr.refusal_agency_change(p_account, p_if_match, p_args), (select tcr.refused('state', 'refused.active_already')
        from tcr.agency g where g.id = (p_args ->> 'id')::bigint and g.is_active));
end
$$;

create or replace function tcr.agency_switch(p_account tcr.account, p_id bigint, p_is_active boolean) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    g tcr.agency;
begin
    update tcr.agency t set is_active = p_is_active where t.id = p_id returning t.* into g;
    return tcr.stored('agency ' || g.id, tcr.agency_json(g, p_account));
end
$$;

create or replace function tcr.store_agency_disable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
begin
    return tcr.agency_switch(p_account, (p_args ->> 'id')::bigint, false);
end
$$;

create or replace function tcr.store_agency_enable(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
begin
    return tcr.agency_switch(p_account, (p_args ->> 'id')::bigint, true);
end
$$;

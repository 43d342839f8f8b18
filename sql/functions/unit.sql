-- unit - the schools and departments of a university or institute. A contract names its unit by the name that stands here, so its
-- figures can be told by unit (performance.sql).

create or replace function tcr.unit_json(u tcr.agency_unit) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', u.id::text, 'version', u.version, 'agency', u.agency_id::text, 'code', u.code, 'name', u.name,
        'is_active', u.is_active, 'created_at', tcr.instant(u.created_at));
end
$$;

create or replace function tcr.fetch_unit_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    a record;
begin
    select * into a from jsonb_to_record(p_args) as x (id bigint, active boolean, "limit" integer, "cursor" bigint);
    if not exists (select from tcr.agency g where g.id = a.id and tcr.agency_is_visible(p_account, g)) then
        return null;
    end if;
    return tcr.page((select jsonb_agg(tcr.unit_json(p.u) order by (p.u).id) from (
        select u from tcr.agency_unit u
        where u.agency_id = a.id and u.id > coalesce(a.cursor, 0) and (a.active is null or u.is_active = a.active)
        order by u.id limit a.limit + 1) p), p_args);
end
$$;

create or replace function tcr.unit_faults(u tcr.agency_unit) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_faults jsonb := '[]';
begin
    if exists (select from tcr.agency_unit o where o.agency_id = u.agency_id and o.name = u.name and o.id is distinct from u.id) then
        v_faults := v_faults || tcr.fault('/name', 'unit.name_used');
    end if;
    if exists (select from tcr.agency_unit o where o.agency_id = u.agency_id and o.code = u.code and o.id is distinct from u.id) then
        v_faults := v_faults || tcr.fault('/code', 'unit.code_used');
    end if;
    return v_faults;
end
$$;

-- Kept by the bureau, an administrator, or the agency itself.
create or replace function tcr.unit_refusal(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    g tcr.agency := (select g from tcr.agency g where g.id = (p_args ->> 'id')::bigint);
begin
    if g.id is null or not tcr.agency_is_visible(p_account, g) then
        return tcr.refused('not_found');
    elsif not ('{bureau,administrator}'::text[] && p_account.roles or g.id is not distinct from p_account.agency_id) then
        return tcr.refused('forbidden');
    end if;
    return null;
end
$$;

create or replace function tcr.refusal_unit_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.unit_refusal(p_account, p_args);
end
$$;

create or replace function tcr.store_unit_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    u tcr.agency_unit;
    v_faults jsonb;
begin
    u.agency_id := (p_args ->> 'id')::bigint;
    u.name := p_args ->> 'name';
    u.code := p_args ->> 'code';
    v_faults := tcr.unit_faults(u);
    -- Locked, so that the agency's kind does not change meanwhile.
    perform from tcr.agency g where g.id = u.agency_id and g.kind in ('university', 'institute') for share;
    if not found then
        v_faults := v_faults || tcr.fault('', 'unit.kind');
    end if;
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    insert into tcr.agency_unit (agency_id, name, code, is_active)
    values (u.agency_id, u.name, u.code, coalesce((p_args ->> 'is_active')::boolean, true)) returning * into u;
    return tcr.stored('unit ' || u.id || ' of agency ' || u.agency_id, tcr.unit_json(u));
end
$$;

create or replace function tcr.refusal_unit_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(tcr.unit_refusal(p_account, p_args), tcr.version_refusal((select u.version from tcr.agency_unit u
        where u.id = (p_args ->> 'unit')::bigint and u.agency_id = (p_args ->> 'id')::bigint), p_if_match));
end
$$;

create or replace function tcr.store_unit_change(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    u tcr.agency_unit := (select u from tcr.agency_unit u where u.id = (p_args ->> 'unit')::bigint);
    v_faults jsonb;
begin
    u.name := p_args ->> 'name';
    u.code := p_args ->> 'code';
    u.is_active := coalesce((p_args ->> 'is_active')::boolean, true);
    v_faults := tcr.unit_faults(u);
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    update tcr.agency_unit t set (name, code, is_active) = (u.name, u.code, u.is_active) where t.id = u.id returning t.* into u;
    return tcr.stored('unit ' || u.id || ' of agency ' || u.agency_id, tcr.unit_json(u));
end
$$;

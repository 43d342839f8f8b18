-- agency - the register of those who file (申报单位), as the methods agency.* show and keep it.

create or replace function tcr.agency_json(g tcr.agency) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', g.id::text, 'version', g.version, 'name', g.name, 'kind', g.kind, 'region', g.region,
        'credit_code', g.credit_code, 'is_active', g.is_active, 'created_at', tcr.instant(g.created_at));
end
$$;

create or replace function tcr.fetch_agency_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select tcr.agency_json(g) from tcr.agency g where g.id = (p_args ->> 'id')::bigint);
end
$$;

-- In the order of their numbers; q is a part of the name, or the whole credit code.
create or replace function tcr.fetch_agency_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    a record;
begin
    select * into a from jsonb_to_record(p_args) as x (kind text, active boolean, q text, "limit" integer, "cursor" bigint);
    return tcr.page((select jsonb_agg(tcr.agency_json(p.g) order by (p.g).id) from (
        select g from tcr.agency g
        where g.id > coalesce(a.cursor, 0) and (a.kind is null or g.kind = a.kind)
            and (a.active is null or g.is_active = a.active)
            and (a.q is null or strpos(g.name, a.q) > 0 or g.credit_code = a.q)
        order by g.id limit a.limit + 1) p), p_args);
end
$$;

create or replace function tcr.store_agency_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    a tcr.agency := jsonb_populate_record(null::tcr.agency, p_args);
    v_faults jsonb := '[]';
begin
    if exists (select from tcr.agency g where g.name = a.name) then
        v_faults := v_faults || tcr.fault('/name', 'agency.name_used');
    end if;
    if exists (select from tcr.agency g where g.credit_code = a.credit_code) then
        v_faults := v_faults || tcr.fault('/credit_code', 'agency.credit_code_used');
    end if;
    if v_faults <> '[]' then
        return tcr.faulty(v_faults);
    end if;
    insert into tcr.agency (name, kind, region, credit_code) values (a.name, a.kind, a.region, a.credit_code) returning * into a;
    return tcr.stored('agency ' || a.id, tcr.agency_json(a));
end
$$;

-- common - what several functions of the record need: the day, limits of the law, points, who may do what.
-- A function in language sql is parsed and planned at each call unless it can be inlined, which costs more than most of them do:
-- so what runs once per call is plpgsql, whose plans are kept, or a bare expression without settings of its own.

create or replace function tcr.today() returns date language sql stable as
$$ select (now() at time zone 'Asia/Shanghai')::date $$;

-- A day as people write and read it; null without a limit. tcr.day_of is null for what is no day.
create or replace function tcr.day_text(p_day date) returns text language sql immutable as
$$ select case when isfinite(p_day) then to_char(p_day, 'YYYY-MM-DD') end $$;

create or replace function tcr.day_of(p_text text) returns date
language plpgsql immutable set search_path = pg_catalog as $$
begin
    return case when p_text ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then p_text::date end;
exception when datetime_field_overflow then
    return null;
end
$$;

-- The value of a parameter of the law that holds everywhere on a day; null when none does. See tcr.parameter_for.
create or replace function tcr.parameter_on(p_name text, p_day date) returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select r.value from tcr.rule r where r.id = p_name and r.region = '' and r.kind = 'parameter' and r.is_enabled
        and p_day between r.valid_from and r.valid_to);
end
$$;

-- The registration points of regions: the closest area that covers each, else the first point of the installation. The region of a
-- party abroad is the empty text here.
create or replace function tcr.points_for(p_regions text[]) returns table (region text, point_id bigint)
language sql stable as $$
    select distinct on (r.region) r.region, p.id
    from (select coalesce(u.region, '') as region from unnest(p_regions) as u (region)) r
    cross join tcr.registration_point p
    where p.is_active
    order by r.region, r.region like p.region || '%' desc, length(p.region) desc, p.id
$$;

create or replace function tcr.point_for(p_region text) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select p.point_id from tcr.points_for(array[p_region]) p);
end
$$;

-- Is the account active and does one of its roles allow the method?
create or replace function tcr.account_may(p_account bigint, p_method text) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select exists (select from tcr.account a join tcr.method_role m on m.role = any (a.roles)
        where a.id = p_account and a.is_active and m.method = p_method
            and (a.agency_id is null or exists (select from tcr.agency g where g.id = a.agency_id and g.is_active))));
end
$$;

-- May the account see the contract? An agency sees its own; a registrar or reviewer what its point decides, once it was filed;
-- a county what is registered from it; bureau and auditor all that was filed.
create or replace function tcr.account_sees(p_account tcr.account, p_contract tcr.contract) returns boolean
language sql immutable as $$
    select coalesce(('agency' = any (p_account.roles) and p_contract.agency_id = p_account.agency_id)
        or (p_contract.filed_seq is not null and p_contract.status <> 'draft' and (
            ('{registrar,reviewer}'::text[] && p_account.roles and p_contract.point_id = p_account.point_id)
            or '{bureau,auditor}'::text[] && p_account.roles
            or ('county' = any (p_account.roles)
                and case p_contract.filed_as when 'import_buyer' then p_contract.buyer_region
                    else p_contract.seller_region end = p_account.region))), false)
$$;

-- May the account see personal data of the contract's parties? The owner and the deciding registrar may.
create or replace function tcr.sees_private(p_account tcr.account, p_contract tcr.contract) returns boolean
language sql immutable as $$
    select coalesce(p_account.agency_id = p_contract.agency_id, false)
        or coalesce('registrar' = any (p_account.roles) and p_account.point_id = p_contract.point_id, false)
$$;

-- What an act brought along as a reader sees it: proposed_private is proposed with personal data.
create or replace function tcr.detail_shown(p_detail jsonb, p_with_private boolean) returns jsonb
language sql immutable as $$
    select case when p_with_private and p_detail ? 'proposed_private'
        then p_detail - 'proposed_private' || jsonb_build_object('proposed', p_detail -> 'proposed_private')
        else p_detail - 'proposed_private' end
$$;

-- The accounts of a batch that may file, with their agency and the code that one of the parties must have: an agency files what
-- it is a party of; a service point files in the names of sellers that delegated it (form_map: filed_as), its code is null.
create or replace function tcr.filers(p_account_id bigint[])
returns table (account_id bigint, agency_id bigint, own_code text) language sql stable as $$
    select a.id, a.agency_id, case when g.kind <> 'service_point' then g.credit_code end
    from tcr.account a join tcr.agency g on g.id = a.agency_id
    where a.id = any (p_account_id) and a.is_active and g.is_active
        and exists (select from tcr.method_role m where m.method = 'contract.submit' and m.role = any (a.roles))
$$;

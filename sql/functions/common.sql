-- common - what several functions of the record need: the day, limits of the law, points, who may do what.

create or replace function tcr.today() returns date language sql stable set search_path = pg_catalog as
$$ select (now() at time zone 'Asia/Shanghai')::date $$;

-- The value of a parameter of the law that is in force on a day; null when none is.
create or replace function tcr.parameter_on(p_name text, p_day date) returns text
language sql stable set search_path = pg_catalog as $$
    select p.value from tcr.parameter p where p.name = p_name and p_day between p.valid_from and p.valid_to
$$;

-- Weekends are free and holidays too, make-up days are worked (calendar_day has the State Council's notices).
create or replace function tcr.is_working_day(p_day date) returns boolean
language sql stable set search_path = pg_catalog as $$
    select coalesce((select c.kind = 'workday' from tcr.calendar_day c where c.day = p_day), extract(isodow from p_day) < 6)
$$;

-- The last day for a decision on a case accepted on p_accepted; the day of acceptance does not count.
create or replace function tcr.decision_due(p_accepted date) returns date
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_left integer := tcr.parameter_on('decision.limit_days', p_accepted)::integer;
    v_day date := p_accepted;
begin
    if tcr.parameter_on('decision.limit_kind', p_accepted) = 'calendar' then
        return p_accepted + v_left;
    end if;
    while v_left > 0 loop
        v_day := v_day + 1;
        if tcr.is_working_day(v_day) then
            v_left := v_left - 1;
        end if;
    end loop;
    return v_day;
end
$$;

-- The registration point of a region: the closest area that covers it, else the first point of the installation.
create or replace function tcr.point_for(p_region text) returns bigint
language sql stable set search_path = pg_catalog as $$
    select p.id from tcr.registration_point p where p.is_active
    order by coalesce(p_region, '') like p.region || '%' desc, length(p.region) desc, p.id
    limit 1
$$;

-- Is the account active and does one of its roles allow the method?
create or replace function tcr.account_may(p_account bigint, p_method text) returns boolean
language sql stable set search_path = pg_catalog as $$
    select exists (select from tcr.account a join tcr.method_role m on m.role = any (a.roles)
        where a.id = p_account and a.is_active and m.method = p_method
            and (a.agency_id is null or exists (select from tcr.agency g where g.id = a.agency_id and g.is_active)))
$$;

-- May the account see the contract? An agency sees its own; a registrar or reviewer what its point decides, once it was filed;
-- a county what is registered from it; bureau and auditor all that was filed.
create or replace function tcr.account_sees(p_account tcr.account, p_contract tcr.contract) returns boolean
language sql immutable set search_path = pg_catalog as $$
    select coalesce(('agency' = any (p_account.roles) and p_contract.agency_id = p_account.agency_id)
        or (p_contract.filed_seq is not null and p_contract.status <> 'draft' and (
            ('{registrar,reviewer}'::text[] && p_account.roles and p_contract.point_id = p_account.point_id)
            or '{bureau,auditor}'::text[] && p_account.roles
            or ('county' = any (p_account.roles)
                and case p_contract.filed_as when 'import_buyer' then p_contract.buyer_region
                    else p_contract.seller_region end = p_account.region))), false)
$$;

-- An agency files what it is a party of; a service point files in the names of sellers that delegated it (form_map: filed_as).
create or replace function tcr.agency_may_file(p_account bigint, p_party_codes text) returns boolean
language sql stable set search_path = pg_catalog as $$
    select coalesce((select g.kind = 'service_point' or g.credit_code is null
            or g.credit_code = any (string_to_array(p_party_codes, ','))
        from tcr.account a join tcr.agency g on g.id = a.agency_id where a.id = p_account), false)
$$;

-- figure_dimension - what figures can be grouped and filtered by, which columns that takes, and which cube has them. Names of
-- columns come only from the fixed texts here; every value of a caller is a parameter of the statement: $7 the region, $11 the array of
-- four-type codes by the first digit of the contract type.

-- names: the expression of a name that is no code, over a group whose last contract is last_id.
create or replace function tcr.statistics_dimensions() returns table (name text, needs text[], expr text, names text)
language sql immutable set search_path = pg_catalog as $$
    values
        ('year', '{d}'::text[], 'to_char(d, ''YYYY'')', null),
        ('half', '{d}', 'to_char(d, ''YYYY"H"'') || ((extract(month from d)::integer + 5) / 6)', null),
        ('quarter', '{d}', 'to_char(d, ''YYYY"Q"Q'')', null),
        ('month', '{d}', 'to_char(d, ''YYYY-MM'')', null),
        ('day', '{d,day}', 'to_char(d, ''YYYY-MM-DD'')', null),
        ('district', '{district}', 'district', null),
        ('county', '{county}', 'county', null),
        -- The next level inside the area that was asked for.
        ('region', '{county}', 'rpad(left(county, least(length($7) + 2, 6)), 6, ''0'')', null),
        ('contract_type', '{contract_type}', 'left(contract_type, 1)', null),
        ('contract_type4', '{contract_type}', '($11::text[])[left(contract_type, 1)::integer]', null),
        ('subtype', '{contract_type}', 'contract_type', null),
        ('technical_field', '{technical_field}', 'technical_field', null),
        ('ip_type', '{ip_type}', 'ip_type', null),
        ('seller_type', '{seller_type}', 'seller_type', null),
        ('seller_group', '{seller_type}', 'tcr.party_group(seller_type)', null),
        ('buyer_type', '{buyer_type}', 'buyer_type', null),
        ('buyer_group', '{buyer_type}', 'tcr.party_group(buyer_type)', null),
        ('industry', '{industry}', 'industry', null),
        ('plan_source', '{plan_source}', 'plan_source', null),
        ('agency', '{agency_id}', 'agency_id', '(select a.name from tcr.agency a where a.id = agency_id)'),
        ('unit', '{unit}', 'unit', null),
        ('broker', '{broker}', 'broker', null),
        ('event', '{event_name}', 'event_name', null),
        ('registration_point', '{point_id}', 'point_id', '(select p.name from tcr.registration_point p where p.id = point_id)'),
        ('direction', '{direction}', 'direction', null),
        ('size_class', '{size_class}', 'size_class', null),
        ('is_related', '{is_related}', 'is_related', null),
        ('seller_district', '{seller_district}', 'seller_district', null),
        ('buyer_district', '{buyer_district}', 'buyer_district', null),
        -- Of places outside the area only the province.
        ('seller_region', '{seller_county}', 'tcr.region_seen_from($7, seller_county)', null),
        ('buyer_region', '{buyer_county}', 'tcr.region_seen_from($7, buyer_county)', null),
        -- People are never named, nor who asked for secrecy.
        ('seller', '{seller_code,seller_type,is_secret,last_id}',
            'case when seller_type <> ''600'' and not is_secret then seller_code end',
            'case when case when seller_type <> ''600'' and not is_secret then seller_code end is not null then (select c.seller_name from tcr.contract c where c.id = max(last_id)) end'),
        ('buyer', '{buyer_code,buyer_type,is_secret,last_id}',
            'case when buyer_type <> ''600'' and not is_secret then buyer_code end',
            'case when case when buyer_type <> ''600'' and not is_secret then buyer_code end is not null then (select c.buyer_name from tcr.contract c where c.id = max(last_id)) end')
$$;

-- The groups of published tables (list party_group) from the kinds of party (list party_type).
create or replace function tcr.party_group(p_type text) returns text
language sql immutable as $$
    select case when p_type is null then null when p_type like '022%' then 'university' when p_type like '021%' then 'institute'
        when left(p_type, 1) in ('1', '2', '3', '4', '5') then 'enterprise' else 'other' end
$$;

-- A county as a table of flows shows it: inside the area the next level, outside it the province.
create or replace function tcr.region_seen_from(p_region text, p_county text) returns text
language sql immutable as $$
    select case when p_county like p_region || '%' then rpad(left(p_county, least(length(p_region) + 2, 6)), 6, '0')
        else rpad(left(p_county, 2), 6, '0') end
$$;

-- The cubes and the columns that make a cell.
create or replace function tcr.cube_columns() returns table (cube text, columns text[])
language sql immutable set search_path = pg_catalog as $$
    values
        ('area', '{month,side,county,district,contract_type,technical_field,size_class,direction}'::text[]),
        ('party', '{month,side,county,district,seller_type,buyer_type,industry,plan_source}'),
        ('agency', '{agency_id,month,point_id,side,county,district,contract_type}'),
        ('flow', '{month,seller_county,seller_district,buyer_county,buyer_district,contract_type,technical_field}')
$$;

-- Where a basis finds the place of a contract among the columns of fact.
create or replace function tcr.statistics_party(p_basis text) returns text
language sql immutable set search_path = pg_catalog as $$
    select case p_basis when 'registered' then 'filed' when 'output' then 'seller' when 'absorbed' then 'buyer'
        when 'local' then 'seller' end
$$;

-- The sides of a cube that make a basis.
create or replace function tcr.statistics_sides(p_basis text) returns text[]
language sql immutable set search_path = pg_catalog as $$
    select case p_basis when 'registered' then '{s,b}'::text[] when 'output' then '{s,o}' when 'absorbed' then '{a,b}' end
$$;

-- The first cube that has all these columns for a basis; null: none, the facts must be read.
create or replace function tcr.statistics_cube(p_basis text, p_needs text[]) returns text
language sql immutable set search_path = pg_catalog as $$
    select case when 'day' = any (p_needs) then null else (
        select c.cube from tcr.cube_columns() with ordinality c (cube, columns, o)
        where case when c.cube = 'flow' then p_basis <> 'registered' else p_basis <> 'local' end
            and p_needs <@ (c.columns || case when c.cube = 'flow' then '{d,county,district}'::text[] else '{d}' end)
        order by o limit 1) end
$$;

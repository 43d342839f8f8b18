-- schema_version_current - the version of the schema, for a daemon that starts (it refuses any other than its own).
create or replace function tcr.schema_version_current() returns integer
language sql stable security definer set search_path = pg_catalog as $$
    select max(v.version) from tcr.schema_version v
$$;

-- grants - what the service role may do: call the functions that run with the owner's rights, and nothing else.
-- The name of the role stands in the setting tcr.service_role of the transaction.
do $$
declare
    v_role text := current_setting('tcr.service_role');
    f record;
begin
    if not exists (select from pg_roles where rolname = v_role) then
        raise exception 'role % does not exist: run sql/roles.sql as a superuser first', v_role using errcode = 'TC010';
    elsif v_role = current_user then
        raise exception 'the service role must not be the owner' using errcode = 'TC010';
    end if;
    revoke all on schema tcr from public;
    revoke all on all tables in schema tcr from public;
    revoke all on all sequences in schema tcr from public;
    revoke all on all routines in schema tcr from public;
    execute format('revoke all on schema tcr from %I', v_role);
    execute format('revoke all on all tables in schema tcr from %I', v_role);
    execute format('revoke all on all sequences in schema tcr from %I', v_role);
    execute format('revoke all on all routines in schema tcr from %I', v_role);
    execute format('grant usage on schema tcr to %I', v_role);
    for f in
        select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'tcr'::regnamespace and p.prosecdef
    loop
        execute format('grant execute on routine %s to %I', f.name, v_role);
    end loop;
end
$$;

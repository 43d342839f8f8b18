-- functions_reset - drop every function of the schema that nothing else depends on, in the transaction that creates them anew:
-- so a function may change its parameters and its answer, and none that a newer version dropped stays callable.
do $$
declare
    f record;
begin
    for f in
        select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace = 'tcr'::regnamespace and not exists (select from pg_depend d
            where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid and d.deptype in ('n', 'a'))
    loop
        execute format('drop routine %s', f.name);
    end loop;
end
$$;

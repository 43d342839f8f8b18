-- roles - run once per cluster by a superuser (deploy/quickstart.sh does it), before the database is created.
-- tcrd_owner owns the schema and runs tcrd migrate, sample, account, agency and aggregate.
-- tcrd_service is what the daemon connects as: it may call functions, and nothing else.
do $$
begin
    if not exists (select from pg_roles where rolname = 'tcrd_owner') then
        create role tcrd_owner login;
    end if;
    if not exists (select from pg_roles where rolname = 'tcrd_service') then
        create role tcrd_service login;
    end if;
end
$$;
alter role tcrd_service set statement_timeout = '30s';
alter role tcrd_service set idle_in_transaction_session_timeout = '10s';
alter role tcrd_service set lock_timeout = '8s';

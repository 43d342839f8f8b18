-- 0018_moved - whoever moves what tcr.codes_version() and tcr.figure_stamp() read tells it, at the commit, to every worker of every
-- daemon that listens (server/app/codes_load.c): the service, a command, plain SQL.

-- Without a payload, so a transaction tells once, however many statements it had.
create function tcr.moved_tell() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    notify tcr_moved;
    return null;
end
$$;

-- By the statement: a row costs nothing, and COPY stays what it is.
create trigger moved after insert or update or delete or truncate on tcr.fact for each statement execute function tcr.moved_tell();
create trigger moved after insert or update or delete or truncate on tcr.target for each statement execute function tcr.moved_tell();
create trigger moved after insert or update or delete or truncate on tcr.region_gdp for each statement execute function tcr.moved_tell();
create trigger moved after insert or update or delete or truncate on tcr.peer_figure for each statement execute function tcr.moved_tell();
create trigger moved after insert or update or delete or truncate on tcr.external_record
    for each statement execute function tcr.moved_tell();
create trigger moved after insert or update or delete or truncate on tcr.closing for each statement execute function tcr.moved_tell();
create trigger moved after insert or delete or truncate or update of is_active on tcr.agency
    for each statement execute function tcr.moved_tell();
create trigger moved after insert or update or delete or truncate on tcr.rule_batch for each statement execute function tcr.moved_tell();
create trigger moved after insert or update or delete or truncate on tcr.schema_part for each statement execute function tcr.moved_tell();

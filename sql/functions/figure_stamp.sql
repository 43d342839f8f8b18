-- figure_stamp - changes whenever an answer about figures may: with a fact or a reference value, with a closing, and with who may ask.
-- Read by every worker when a trigger "moved" tells that another daemon or a command did something: whatever this reads has one
-- (0018_moved.sql).
create or replace function tcr.figure_stamp() returns text
language plpgsql stable security definer set search_path = pg_catalog as $$
begin
    return concat_ws(' ', tcr.figure_seq(9223372036854775807), (select count(*) || ' ' || max(c.closed_at) from tcr.closing c),
        (select count(*) || ' ' || sum(g.id) from tcr.agency g where not g.is_active));
end
$$;

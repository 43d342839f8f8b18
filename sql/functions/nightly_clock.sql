-- nightly_clock - what the clock brings about without anybody's act: corrections that lapse, notices before a case is late, money is
-- still due when a contract ends, or a credential comes to its end. Called by tcrd aggregate as the owner.

-- Corrections past their day are withdrawn, at most p_limit of them in this transaction. Returns how many.
create or replace function tcr.nightly_lapse(p_limit integer) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_count bigint := 0;
    v_id bigint;
begin
    for v_id in select l.id from tcr.clock_lapsed(tcr.today()) l (id) limit p_limit loop
        v_count := v_count + (tcr.act_by_system(v_id, 'lapse', '{"reason": "correction not made by its day"}') is not null)::integer;
    end loop;
    return v_count;
end
$$;

-- Notices of the day, each once for its case, warnings of credentials, reminders of periods to close. Returns how many.
create or replace function tcr.nightly_notices() returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
begin
    return tcr.clock_warnings(tcr.today()) + tcr.income_reminders(tcr.today()) + tcr.credential_warnings(tcr.today())
        + tcr.closing_reminder(tcr.today());
end
$$;

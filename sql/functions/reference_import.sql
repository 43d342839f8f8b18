-- reference_import - values of a file, for tcrd import as the owner: through the same functions as the methods, all of it or nothing.

-- p_items: the arguments of p_method for each record of the file. A row for each fault: the record (from 1), the pointer, the rule with
-- its text; the last row has record 0 and in detail how many versions were stored. The caller takes back what has faults.
create or replace function tcr.reference_import(p_method text, p_items jsonb, p_by text)
returns table (record integer, pointer text, rule text, detail text)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_name text := replace(p_method, '.', '_');
    v_before bigint;
    v_seen text[] := '{}';
    i record;
    r jsonb;
begin
    perform pg_advisory_xact_lock(hashtext('tcr.store'), hashtext(split_part(p_method, '.', 1)));
    select s.value into v_before from tcr.sequence_counter s for update;
    for i in select x.value, x.ord::integer from jsonb_array_elements(p_items) with ordinality x (value, ord) loop
        r := null;
        if to_regprocedure(format('tcr.%I(tcr.account, bigint, jsonb)', 'refusal_' || v_name)) is not null then
            execute format('select tcr.%I(null, null, $1)', 'refusal_' || v_name) into r using i.value;
        end if;
        if r is null then
            execute format('select tcr.%I(null, null, $1)', 'store_' || v_name) into r using i.value;
        end if;
        if r ->> 'outcome' = 'ok' and r ->> 'object' = any (v_seen) then
            r := tcr.faulty(tcr.fault('', 'import.twice'));
        elsif r ->> 'outcome' = 'ok' then
            v_seen := v_seen || (r ->> 'object');
            perform tcr.admin_audit(p_method, r ->> 'object', p_by);
        end if;
        if r ? 'faults' then
            return query select i.ord, f.value ->> 'pointer', f.value ->> 'rule',
                (select l.zh || ' (' || l.en || ')' from tcr.rule l where l.id = f.value ->> 'rule'
                    and tcr.today() between l.valid_from and l.valid_to limit 1)
            from jsonb_array_elements(r -> 'faults') f;
        elsif r ->> 'outcome' <> 'ok' then
            return query select i.ord, '', r ->> 'outcome', case r ->> 'outcome' when 'not_found' then 'no such place, year or period' end;
        end if;
    end loop;
    return query select 0, null::text, null::text, ((select s.value from tcr.sequence_counter s) - v_before)::text;
end
$$;

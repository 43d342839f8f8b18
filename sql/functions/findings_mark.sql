-- findings_mark - marks of contracts (0007_findings): of one, of many, of all. The owner's and the engine's functions only.

-- Do the statuses of a contract take it out of what blocks another? The same set as in the key of exact duplicates.
create or replace function tcr.is_given_up(p_status text) returns boolean language sql immutable parallel safe as $$
    select p_status in ('withdrawn', 'refused', 'cancelled')
$$;

-- Who a party is: its code, else its name.
create or replace function tcr.party_key(p_name text, p_code text) returns text language sql immutable parallel safe as $$
    select case when p_code is null then 'name ' || tcr.name_fold(p_name) else 'code ' || tcr.text_fold(p_code) end
$$;

-- What is added to the marks of a contract that was given up, bit by bit: they are none of one that counts.
create or replace function tcr.given_up_salt() returns bigint language sql immutable parallel safe as $$
    select 6615241908725443989
$$;

-- The marks of a contract as one that counts, with seller and buyer in their places or in each other's; null where it is not complete, as
-- a draft may be.
create or replace function tcr.contract_mark_as(p_contract tcr.contract, p_is_reversed boolean) returns tcr.contract_mark
language plpgsql immutable parallel safe set search_path = pg_catalog as $$
declare
    v_names text[] := array[tcr.name_fold(p_contract.seller_name), tcr.name_fold(p_contract.buyer_name)];
    v_parties text[] := array[tcr.party_key(p_contract.seller_name, p_contract.seller_code),
        tcr.party_key(p_contract.buyer_name, p_contract.buyer_code)];
    v_first integer := case when p_is_reversed then 2 else 1 end;
    v_second integer := 3 - v_first;
begin
    if num_nulls(p_contract.signed_on, p_contract.total_amount, p_contract.project_name, v_parties[1], v_parties[2]) > 0 then
        return null;
    end if;
    return (p_contract.id, p_contract.signed_on, p_contract.total_amount,
        tcr.text_mark(E'names\n' || v_names[v_first] || E'\n' || v_names[v_second]),
        tcr.text_mark(E'parties\n' || v_parties[v_first] || E'\n' || v_parties[v_second]),
        tcr.text_mark(v_parties[v_first]), tcr.text_mark(v_parties[v_second]),
        tcr.text_mark(tcr.text_fold(p_contract.project_name)), tcr.text_mark(tcr.number_fold(p_contract.contract_no)));
end
$$;

-- The same marks of one that was given up.
create or replace function tcr.contract_mark_given_up(m tcr.contract_mark) returns tcr.contract_mark
language plpgsql immutable parallel safe set search_path = pg_catalog as $$
declare
    v_salt constant bigint := tcr.given_up_salt();
begin
    return (m.contract_id, m.signed_on, m.total_amount, m.names # v_salt, m.parties # v_salt, m.seller # v_salt, m.buyer # v_salt,
        m.title, m.number);
end
$$;

-- All that a contract is compared by: as one that counts, the same in each other's places, and both as one that was given up. Empty
-- where it is not complete.
create or replace function tcr.contract_marks(p_contract tcr.contract) returns tcr.contract_mark[]
language plpgsql immutable set search_path = pg_catalog as $$
declare
    m tcr.contract_mark := tcr.contract_mark_as(p_contract, false);
    r tcr.contract_mark := tcr.contract_mark_as(p_contract, true);
begin
    if m.contract_id is null then
        return '{}';
    end if;
    return array[m, r, tcr.contract_mark_given_up(m), tcr.contract_mark_given_up(r)];
end
$$;

-- Those that it is found by.
create or replace function tcr.contract_mark_of(p_contract tcr.contract) returns tcr.contract_mark
language plpgsql immutable parallel safe set search_path = pg_catalog as $$
declare
    m tcr.contract_mark := tcr.contract_mark_as(p_contract, false);
begin
    return case when m.contract_id is not null and tcr.is_given_up(p_contract.status) then tcr.contract_mark_given_up(m) else m end;
end
$$;

-- Marks of the parties beside seller and buyer, by their codes.
create or replace function tcr.contract_other_marks(p_contract tcr.contract, p_is_given_up boolean) returns bigint[]
language plpgsql immutable set search_path = pg_catalog as $$
begin
    if cardinality(p_contract.party_codes) <= 2 and p_contract.party_codes <@ array[p_contract.seller_code, p_contract.buyer_code] then
        return '{}';
    end if;
    return (select coalesce(array_agg(distinct tcr.text_mark(tcr.party_key(null, u.code))
            # case when p_is_given_up then tcr.given_up_salt() else 0 end), '{}')
        from unnest(p_contract.party_codes) u (code)
        where u.code is distinct from p_contract.seller_code and u.code is distinct from p_contract.buyer_code);
end
$$;

-- Mark contracts anew: what is marked already and did not change is not written.
create or replace function tcr.findings_mark_many(p_ids bigint[]) returns void
language plpgsql volatile set search_path = pg_catalog set enable_seqscan = off as $$
begin
    insert into tcr.contract_mark as t
    select m.* from tcr.contract c cross join lateral tcr.contract_mark_of(c) m
    where c.id = any (p_ids) and c.filed_seq is not null and c.status <> 'draft' and m.contract_id is not null
    order by c.id
    on conflict (contract_id) do update
        set (signed_on, total_amount, names, parties, seller, buyer, title, number) = (excluded.signed_on, excluded.total_amount,
            excluded.names, excluded.parties, excluded.seller, excluded.buyer, excluded.title, excluded.number)
        where t is distinct from excluded;
    -- What was recalled is a draft again, and must not stand in the way of what is filed.
    delete from tcr.contract_mark m using tcr.contract c where m.contract_id = any (p_ids) and c.id = m.contract_id and c.status = 'draft';
    delete from tcr.contract_mark_other o where o.contract_id = any (p_ids);
    insert into tcr.contract_mark_other (contract_id, party, signed_on, total_amount)
    select c.id, u.party, c.signed_on, c.total_amount
    from tcr.contract c cross join lateral unnest(tcr.contract_other_marks(c, tcr.is_given_up(c.status))) u (party)
    where c.id = any (p_ids) and c.filed_seq is not null and c.status <> 'draft' and c.total_amount is not null
        and c.signed_on is not null
    order by c.id;
end
$$;

-- Mark the contracts with ids from p_from to p_to: for bulk loads, in chunks of the caller. Returns how many there are.
create or replace function tcr.findings_fill(p_from bigint, p_to bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog set enable_seqscan = off as $$
declare
    v_ids bigint[] := (select array_agg(c.id) from tcr.contract c where c.id between p_from and p_to and c.filed_seq is not null);
begin
    perform tcr.findings_mark_many(v_ids);
    return coalesce(cardinality(v_ids), 0);
end
$$;

-- A digest of everything that a mark depends on.
create or replace function tcr.findings_folding() returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select md5(string_agg(p.prosrc, E'\n' order by p.proname)) from pg_proc p where p.pronamespace = 'tcr'::regnamespace
        and p.proname in ('text_fold', 'name_fold', 'number_fold', 'text_mark', 'party_key', 'contract_mark_as', 'contract_mark_given_up',
            'contract_mark_of', 'contract_other_marks', 'given_up_salt'));
end
$$;

-- Mark everything at once, after a load: everybody who writes waits. Several processes make the marks (of a statement that makes a table,
-- not of one that inserts); the indexes are made at the end, by sorting.
create or replace function tcr.findings_rebuild() returns bigint
language plpgsql volatile set search_path = pg_catalog set parallel_setup_cost = 0 set parallel_tuple_cost = 0
    set min_parallel_table_scan_size = '1MB' as $$
declare
    v_seq bigint := (select s.value from tcr.sequence_counter s for update);
    v_count bigint;
    v_names text[];
    v_definitions text[];
    s text;
begin
    select array_agg(i.indexrelid::regclass::text), array_agg(pg_get_indexdef(i.indexrelid)) into v_names, v_definitions
    from pg_index i where i.indrelid = 'tcr.contract_mark'::regclass and not i.indisprimary;
    truncate tcr.contract_mark, tcr.contract_mark_other;
    foreach s in array v_names loop
        execute 'drop index ' || s;
    end loop;
    create temporary table made_marks on commit drop as
    select m.* from tcr.contract c cross join lateral tcr.contract_mark_of(c) m
    where c.filed_seq is not null and c.status <> 'draft' and m.contract_id is not null;
    insert into tcr.contract_mark select * from pg_temp.made_marks order by contract_id;
    get diagnostics v_count = row_count;
    drop table pg_temp.made_marks;
    foreach s in array v_definitions loop
        execute s;
    end loop;
    insert into tcr.contract_mark_other (contract_id, party, signed_on, total_amount)
    select c.id, u.party, c.signed_on, c.total_amount
    from tcr.contract c cross join lateral unnest(tcr.contract_other_marks(c, tcr.is_given_up(c.status))) u (party)
    where c.filed_seq is not null and c.status <> 'draft' and c.total_amount is not null and c.signed_on is not null;
    update tcr.finding_state set marked_seq = v_seq, folding = tcr.findings_folding();
    return v_count;
end
$$;

-- The nightly catch-up: mark what the releases after the last run touched (acts that mark nothing, loads), at most p_count releases,
-- and take decided contracts off the work list. After an upgrade that folds texts otherwise it begins at the first release. Returns how
-- many releases were looked at; 0: nothing is left.
create or replace function tcr.findings_catch_up(p_count bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog set enable_seqscan = off as $$
declare
    v_from bigint;
    v_to bigint;
    v_ids bigint[];
begin
    update tcr.finding_state f set marked_seq = 0, folding = tcr.findings_folding() where f.folding is distinct from tcr.findings_folding();
    select f.marked_seq, least(s.value, f.marked_seq + p_count) into v_from, v_to
    from tcr.finding_state f cross join tcr.sequence_counter s for update of f;
    select array_agg(distinct r.contract_id) into v_ids from tcr.contract_release r where r.seq > v_from and r.seq <= v_to;
    perform from tcr.contract c where c.id = any (v_ids) order by c.id for no key update; -- no older marks after newer ones
    perform tcr.findings_mark_many(v_ids);
    update tcr.finding f set is_open = false
    from tcr.contract c where c.id = any (v_ids) and f.contract_id = c.id and f.is_open and not tcr.is_open(c.status);
    update tcr.finding_state set marked_seq = v_to where marked_seq <> v_to;
    return v_to - v_from;
end
$$;

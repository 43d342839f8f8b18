-- notice - tell something that nobody's act brought about. The caller already holds, or takes here, the sequence as the last of its locks.

-- The owner and the point of a contract, and whoever sees all.
create or replace function tcr.notice_add(p_kind text, p_contract_id bigint, p_detail jsonb) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_seq bigint;
begin
    update tcr.sequence_counter set value = value + 1 returning value into v_seq;
    insert into tcr.notice (seq, kind, contract_id, agency_id, point_id, day, detail)
    select v_seq, p_kind, c.id, c.agency_id, c.point_id, tcr.today(), coalesce(p_detail, '{}')
    from tcr.contract c where c.id = p_contract_id;
    return v_seq;
end
$$;

-- Whoever sees all, and nobody else: it is about no contract alone.
create or replace function tcr.notice_add_for_all(p_kind text, p_detail jsonb) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_seq bigint;
begin
    update tcr.sequence_counter set value = value + 1 returning value into v_seq;
    insert into tcr.notice (seq, kind, day, detail) values (v_seq, p_kind, tcr.today(), p_detail);
    return v_seq;
end
$$;

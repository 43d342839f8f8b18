-- hand_over - what becomes of the open cases of somebody who leaves.

-- Every open contract assigned to an account goes to p_to where that person may decide it, else to nobody: each by an act of its own
-- and with a notice. Returns how many. Whoever assigns meanwhile holds the sequence before looking at the account, so after the wait
-- for it no new case can come in; one that came in just before is a reason to begin anew.
create or replace function tcr.hand_over(p_account_id bigint, p_to bigint, p_reason text) returns integer
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_from tcr.account := (select a from tcr.account a where a.id = p_account_id);
    v_to tcr.account := (select a from tcr.account a where a.id = p_to);
    v_ids bigint[];
    v_detail jsonb;
    c tcr.contract;
begin
    v_ids := array(select t.id from tcr.contract t
        where t.status in ('submitted', 'correction', 'accepted', 'expert', 'forwarded') and t.assignee = p_account_id
        order by t.id for update);
    perform from tcr.sequence_counter s where s.id for update;
    if exists (select from tcr.contract t where t.status in ('submitted', 'correction', 'accepted', 'expert', 'forwarded')
            and t.assignee = p_account_id and t.id <> all (v_ids)) then
        raise exception 'a case was assigned meanwhile: repeat' using errcode = '40001';
    end if;
    for c in select * from tcr.contract t where t.id = any (v_ids) order by t.id loop
        v_detail := jsonb_build_object('assignee', v_to.name, 'before', v_from.name, 'reason', p_reason);
        if v_to.id is null or c.first_reviewer = v_to.id
                or tcr.act_core_refusal(v_from, c, 'assign', null, v_detail, null) is not null then
            v_detail := v_detail || '{"assignee": null}';
        end if;
        perform tcr.act_by_system(c.id, 'assign', v_detail);
        perform tcr.notice_add('reassigned', c.id, v_detail);
    end loop;
    return cardinality(v_ids);
end
$$;

-- Disable an account and hand over its cases to the account named p_to (null: to nobody). Returns how many there were; null, with
-- nothing done: p_to does not decide at the same point.
create or replace function tcr.account_disable(a tcr.account, p_to text) returns integer
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_to bigint := (select t.id from tcr.account t where t.name = p_to and t.id <> a.id and t.is_active
        and t.point_id = a.point_id and t.roles && '{registrar,reviewer}');
begin
    if p_to is not null and v_to is null then
        return null;
    end if;
    update tcr.account t set is_active = false where t.id = a.id;
    if a.point_id is null then
        return 0;
    end if;
    return tcr.hand_over(a.id, v_to, 'account_disabled');
end
$$;

-- income_reminders - the nightly job tells agency and point of a registered contract whose term ends soon while money is due.

-- Take in the ends of terms from the releases since the last time, p_limit numbers of the sequence at most: the newest text of each
-- contract that is registered. A term that is over is of no use to anybody, unless it was a longer one before. Returns how many numbers.
create or replace function tcr.income_terms_update(p_limit bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_after bigint;
    v_seq bigint;
begin
    select s.seq into v_after from tcr.income_term_state s for update;
    v_seq := least(v_after + p_limit, (select s.value from tcr.sequence_counter s));
    insert into tcr.income_term as t (contract_id, seq, term_ends_on)
    select n.contract_id, n.seq, n.ends_on
    from (
        select c.id as contract_id, c.seq, (r.body::jsonb ->> 'term_ends_on')::date as ends_on
        from (select distinct x.contract_id from tcr.contract_release x
            where x.seq > v_after and x.seq <= v_seq and x.status = 'registered') w
        join tcr.contract c on c.id = w.contract_id and c.status = 'registered'
        join tcr.contract_release r on r.seq = c.filed_seq
    ) n
    where n.ends_on >= tcr.today() or exists (select from tcr.income_term o where o.contract_id = n.contract_id and n.ends_on is not null)
    -- A term that was extended may be reminded of again.
    on conflict (contract_id) do update set seq = excluded.seq, term_ends_on = excluded.term_ends_on,
        reminded_on = case when t.term_ends_on = excluded.term_ends_on then t.reminded_on end;
    update tcr.income_term_state set seq = v_seq;
    return v_seq - v_after;
end
$$;

-- One notice money_due for each term that ends within income.reminder_days of p_day while less than the total amount was verified.
-- tcr.income_terms_update comes first. Safe to run twice. Returns how many notices there are now that were not there before.
create or replace function tcr.income_reminders(p_day date) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_days integer := tcr.parameter_on('income.reminder_days', p_day)::integer;
    v_told bigint := 0;
    t record;
begin
    for t in
        select i.contract_id, i.term_ends_on
        from tcr.income_term i join tcr.contract c on c.id = i.contract_id
        where i.reminded_on is null and i.term_ends_on between p_day and p_day + v_days and c.status = 'registered'
            and c.total_amount > (select coalesce(sum(r.amount), 0) from tcr.receipt r
                where r.contract_id = c.id and r.status = 'verified')
        order by i.contract_id for update of i
    loop
        perform tcr.notice_add('money_due', t.contract_id, jsonb_build_object('term_ends_on', t.term_ends_on));
        update tcr.income_term i set reminded_on = p_day where i.contract_id = t.contract_id;
        v_told := v_told + 1;
    end loop;
    return v_told;
end
$$;

-- receipt - money that arrived on a contract: what may be recorded, verified and reversed, the acts, and how they read.

-- Fen of an amount as releases and answers write it, "123.45".
create or replace function tcr.fen_of(p_amount text) returns bigint language sql immutable as $$
    select replace(p_amount, '.', '')::bigint
$$;

-- The filed text of a contract as it stands.
create or replace function tcr.filed_text(p_contract tcr.contract) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select r.body::jsonb from tcr.contract_release r where r.seq = p_contract.filed_seq);
end
$$;

-- The registration number that a consulting or service names as its principal contract; null when it names none.
create or replace function tcr.principal_number(p_contract tcr.contract) returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select (regexp_match(tcr.filed_text(p_contract) ->> 'principal_contract', '^\s*([0-9]{16})\s*$'))[1]);
end
$$;

-- May receipts of two contracts stand on one invoice? Consulting and service are priced on the invoice of the development, transfer
-- or licence that they belong to: one names the other as its principal contract, or both name the same.
create or replace function tcr.invoice_is_shared(p_one bigint, p_other bigint) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
declare
    a tcr.contract;
    b tcr.contract;
    v_a text;
    v_b text;
begin
    select * into a from tcr.contract t where t.id = p_one;
    select * into b from tcr.contract t where t.id = p_other;
    v_a := tcr.principal_number(a);
    v_b := tcr.principal_number(b);
    return coalesce(v_a = b.registration_number or v_b = a.registration_number or v_a = v_b, false);
end
$$;

-- [{"kind": "labour", "amount": "1200.00"}, ...] as {"labour": 120000, ...}.
create or replace function tcr.costs_by_kind(p_list jsonb) returns jsonb
language sql immutable as $$
    select coalesce(jsonb_object_agg(k.kind, k.amount), '{}')
    from (select e.value ->> 'kind' as kind, sum(tcr.fen_of(e.value ->> 'amount')) as amount
        from jsonb_array_elements(coalesce(nullif(p_list, 'null'), '[]')) e
        where e.value ->> 'kind' is not null and tcr.fen_of(e.value ->> 'amount') > 0 group by 1) k
$$;

create or replace function tcr.costs_list(p_costs jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('kind', c.code, 'kind_zh', c.name_zh, 'kind_en', c.name_en, 'amount',
            tcr.money(e.value::bigint)) order by c.code), '[]')
        from jsonb_each_text(p_costs) e
        join lateral (select * from tcr.code x where x.list = 'income_cost' and x.code = e.key order by x.valid_from desc limit 1) c
            on true);
end
$$;

-- Who receives the money of a contract, as one text.
create or replace function tcr.receipt_seller(p_contract tcr.contract) returns text language sql immutable as $$
    select coalesce(p_contract.seller_code, p_contract.seller_name)
$$;

-- Faults ---------------------------------------------------------------------------------------------------------------

-- Costs against the technology part that they belong to: each kind once, above zero, together at most that part.
create or replace function tcr.receipt_cost_faults(p_costs jsonb, p_part bigint)
returns table (pointer text, rule text, zh text, en text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select format('/costs/%s/amount', e.ord - 1), 'receipt.cost_amount', null::text, null::text
    from jsonb_array_elements(p_costs) with ordinality e (value, ord) where tcr.fen_of(e.value ->> 'amount') = 0
    union all
    select format('/costs/%s/kind', e.ord - 1), 'receipt.cost_twice', null, null
    from (select u.ord, row_number() over (partition by u.value ->> 'kind' order by u.ord) as place
        from jsonb_array_elements(p_costs) with ordinality u (value, ord) where u.value ->> 'kind' is not null) e
    where e.place > 1
    union all
    select '/costs', 'receipt.costs_above_part', tcr.money(s.total), tcr.money(s.total)
    from (select sum(tcr.fen_of(e.value ->> 'amount'))::bigint as total from jsonb_array_elements(p_costs) e) s
    where s.total > p_part;
end
$$;

-- What the record says against a receipt that is about to be recorded, with what is left where a sum is exceeded. Members that could
-- not be read are absent from p_args.
create or replace function tcr.receipt_record_faults(p_contract tcr.contract, p_args jsonb)
returns table (pointer text, rule text, zh text, en text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_received_on date := (p_args ->> 'received_on')::date;
    v_amount bigint := tcr.fen_of(p_args ->> 'amount');
    v_part bigint := tcr.fen_of(p_args ->> 'technology_part');
    v_kind text := p_args ->> 'invoice_kind';
    v_number text := p_args ->> 'invoice_number';
    v_amount_left bigint;
    v_part_left bigint;
begin
    select greatest(p_contract.total_amount - coalesce(sum(r.amount), 0), 0)::bigint,
        greatest(p_contract.technology_amount - coalesce(sum(r.technology_part), 0), 0)::bigint
    into v_amount_left, v_part_left
    from tcr.receipt r where r.contract_id = p_contract.id and r.status <> 'reversed';
    return query
    select f.pointer, f.rule, f.zh, f.en
    from (values
        (v_received_on > tcr.today(), '/received_on', 'receipt.received_in_future', null, null),
        (v_received_on < p_contract.signed_on, '/received_on', 'receipt.received_before_signing', null, null),
        (v_amount = 0, '/amount', 'receipt.amount', null, null),
        (v_amount > v_amount_left, '/amount', 'receipt.amount_sum', '尚可登记 ' || tcr.money(v_amount_left) || ' 元',
            tcr.money(v_amount_left) || ' left'),
        (v_part > v_amount, '/technology_part', 'receipt.part_above_amount', null, null),
        (v_part > v_part_left, '/technology_part', 'receipt.technology_sum', '尚可登记 ' || tcr.money(v_part_left) || ' 元',
            tcr.money(v_part_left) || ' left'),
        (v_kind <> 'none' and v_number is null, '/invoice_number', 'receipt.invoice_number_needed', null, null),
        (v_kind = 'none' and v_number is not null, '/invoice_number', 'receipt.invoice_number_unused', null, null)
    ) f (is_fault, pointer, rule, zh, en)
    where f.is_fault
    union all
    select * from tcr.receipt_cost_faults(coalesce(p_args -> 'costs', '[]'), v_part)
    union all
    select '/invoice_number', 'receipt.invoice_used', null, null
    where exists (select from tcr.receipt r
        where r.seller = tcr.receipt_seller(p_contract) and r.invoice_number = v_number and r.status <> 'reversed'
            and (r.contract_id = p_contract.id or not tcr.invoice_is_shared(r.contract_id, p_contract.id)));
end
$$;

-- The same against a verification: what counts is lowered or left, and must fit beside what was verified before.
create or replace function tcr.receipt_verify_faults(p_contract tcr.contract, p_receipt tcr.receipt, p_args jsonb)
returns table (pointer text, rule text, zh text, en text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_part bigint := coalesce(tcr.fen_of(p_args ->> 'technology_part'), p_receipt.technology_part);
    v_costs jsonb := nullif(p_args -> 'costs', 'null');
    v_left bigint;
begin
    select greatest(p_contract.technology_amount - coalesce(sum(r.technology_part), 0), 0)::bigint into v_left
    from tcr.receipt r where r.contract_id = p_contract.id and r.status = 'verified';
    return query
    select '/technology_part', 'receipt.raised', tcr.money(p_receipt.technology_part), tcr.money(p_receipt.technology_part)
    where v_part > p_receipt.technology_part
    union all
    select '/technology_part', 'receipt.technology_sum', '尚可核定 ' || tcr.money(v_left) || ' 元', tcr.money(v_left) || ' left'
    where v_part > v_left
    union all
    select format('/costs/%s/amount', e.ord - 1), 'receipt.raised', tcr.money(s.amount), tcr.money(s.amount)
    from jsonb_array_elements(coalesce(v_costs, '[]')) with ordinality e (value, ord),
        lateral (select coalesce((p_receipt.costs ->> (e.value ->> 'kind'))::bigint, 0) as amount) s
    where tcr.fen_of(e.value ->> 'amount') > s.amount
    union all
    select '/costs', 'receipt.costs_above_part', tcr.money(p_receipt.costs_total), tcr.money(p_receipt.costs_total)
    where v_costs is null and p_receipt.costs_total > v_part
    union all
    select * from tcr.receipt_cost_faults(coalesce(v_costs, '[]'), v_part)
    union all
    select '/reason', 'receipt.reason', null, null
    where p_args ->> 'reason' is null
        and (v_part <> p_receipt.technology_part or tcr.costs_by_kind(v_costs) <> p_receipt.costs and v_costs is not null);
end
$$;

-- How it reads ---------------------------------------------------------------------------------------------------------

-- A receipt as the act p_seq left it, or the last one before it; seq is the contract's, for the next act on either.
create or replace function tcr.receipt_json(p_receipt tcr.receipt, p_seq bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    a tcr.receipt_act;
begin
    select * into a from tcr.receipt_act x where x.receipt_id = p_receipt.id and x.seq <= p_seq order by x.seq desc limit 1;
    return jsonb_build_object('id', p_receipt.id::text, 'contract', p_receipt.contract_id::text, 'seq', p_seq,
        'status', case a.act when 'record' then 'recorded' when 'verify' then 'verified' else 'reversed' end,
        'received_on', p_receipt.received_on, 'payer', p_receipt.payer, 'amount', tcr.money(p_receipt.amount),
        'technology_part', tcr.money(a.technology_part), 'costs', tcr.costs_list(a.costs),
        'costs_total', tcr.money(tcr.costs_total(a.costs)), 'income', tcr.money(a.technology_part - tcr.costs_total(a.costs)),
        'invoice_kind', p_receipt.invoice_kind, 'invoice_number', p_receipt.invoice_number, 'note', p_receipt.note,
        'acts', (select jsonb_agg(jsonb_build_object('seq', x.seq, 'act', x.act, 'of', x.of_seq, 'day', x.day, 'account', u.name,
                'technology_part', tcr.money(x.technology_part), 'costs_total', tcr.money(tcr.costs_total(x.costs)),
                'reason', x.reason) order by x.seq)
            from tcr.receipt_act x left join tcr.account u on u.id = x.account_id
            where x.receipt_id = p_receipt.id and x.seq <= p_seq));
end
$$;

-- Money of a contract that was recorded and verified, and what is left of its amounts.
create or replace function tcr.receipt_sums(p_contract tcr.contract) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('total_amount', tcr.money(p_contract.total_amount),
            'technology_amount', tcr.money(p_contract.technology_amount), 'recorded', tcr.money(s.recorded),
            'recorded_technology', tcr.money(s.recorded_part), 'verified', tcr.money(s.verified),
            'verified_technology', tcr.money(s.verified_part), 'verified_income', tcr.money(s.income),
            'left', tcr.money(p_contract.total_amount - s.recorded - s.verified),
            'left_technology', tcr.money(greatest(p_contract.technology_amount - s.recorded_part - s.verified_part, 0)))
        from (select coalesce(sum(r.amount) filter (where r.status = 'recorded'), 0)::bigint as recorded,
                coalesce(sum(r.technology_part) filter (where r.status = 'recorded'), 0)::bigint as recorded_part,
                coalesce(sum(r.amount) filter (where r.status = 'verified'), 0)::bigint as verified,
                coalesce(sum(r.technology_part) filter (where r.status = 'verified'), 0)::bigint as verified_part,
                coalesce(sum(r.income) filter (where r.status = 'verified'), 0)::bigint as income
            from tcr.receipt r where r.contract_id = p_contract.id) s);
end
$$;

-- The acts: what the engine of contract_act.sql asks ---------------------------------------------------------------------

create or replace function tcr.act_receipt_contract(p_receipt bigint) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select r.contract_id from tcr.receipt r where r.id = p_receipt);
end
$$;

create or replace function tcr.act_receipt_context(p_account tcr.account, p_contract tcr.contract, p_act text, p_child bigint)
returns jsonb language sql immutable as $$ select '{}'::jsonb $$;

-- An agency records, and takes back what nobody has verified; a registrar of the point verifies, and reverses with a reason, never
-- what came from the own agency or the own hand.
create or replace function tcr.act_receipt_refusal(p_account tcr.account, p_contract tcr.contract, p_act text, p_columns jsonb,
    p_detail jsonb, p_child bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_is_owner boolean := 'agency' = any (p_account.roles) and p_contract.agency_id is not distinct from p_account.agency_id;
    v_is_registrar boolean := 'registrar' = any (p_account.roles) and p_contract.point_id is not distinct from p_account.point_id;
    q tcr.receipt;
    v_faults jsonb;
begin
    if p_act <> 'receipt_record' then
        select * into q from tcr.receipt r where r.id = p_child and r.contract_id = p_contract.id;
    end if;
    if p_act <> 'receipt_record' and q.id is null then
        return '{"outcome": "not_found"}';
    elsif not (case p_act when 'receipt_record' then v_is_owner when 'receipt_verify' then v_is_registrar
            else v_is_owner or v_is_registrar end) then
        return '{"outcome": "forbidden"}';
    elsif p_act = 'receipt_verify' and q.recorded_by = p_account.id then
        return tcr.refused('own_filing', 'refused.receipt_recorder');
    elsif (p_act = 'receipt_verify' and q.status <> 'recorded') or q.status = 'reversed' then
        return tcr.refused('state', 'refused.receipt_' || q.status);
    elsif p_act = 'receipt_reverse' and (q.status = 'verified' or not v_is_owner) then
        if not v_is_registrar then
            return tcr.refused('state', 'refused.receipt_registrar');
        elsif v_is_owner or q.recorded_by = p_account.id or p_contract.filed_by = p_account.id then
            return tcr.refused('own_filing', 'refused.receipt_recorder');
        elsif p_account.employer_code = any (p_contract.party_codes) then
            return '{"outcome": "employer"}';
        end if;
    end if;
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('pointer', f.pointer, 'rule', f.rule, 'more_zh', f.zh, 'more_en', f.en)))
    into v_faults
    from (
        select * from tcr.receipt_record_faults(p_contract, p_detail) where p_act = 'receipt_record'
        union all
        select * from tcr.receipt_verify_faults(p_contract, q, p_detail) where p_act = 'receipt_verify'
        union all
        select '/reason', 'receipt.reason', null, null
        where p_act = 'receipt_reverse' and p_detail ->> 'reason' is null and not (v_is_owner and q.status = 'recorded')
    ) f;
    return case when v_faults is not null then jsonb_build_object('outcome', 'faults', 'faults', v_faults) end;
end
$$;

-- The same for a body that has faults already, so that one answer names all of them. Null: nothing more is wrong.
create or replace function tcr.receipt_judge(p_account_id bigint, p_method text, p_contract_id bigint, p_act text, p_detail jsonb,
    p_receipt_id bigint)
returns table (refusal jsonb)
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    v_account tcr.account;
    c tcr.contract;
begin
    select * into v_account from tcr.account a where a.id = p_account_id;
    select * into c from tcr.contract t where t.id = p_contract_id;
    if c.id is null or not tcr.account_may(p_account_id, p_method) or not tcr.account_sees(v_account, c) then
        return;
    end if;
    return query select tcr.act_receipt_refusal(v_account, c, p_act, null, p_detail, p_receipt_id);
end
$$;

-- Book verified money (1) or take it back (-1), on the day of the act or the first open day after it.
create or replace function tcr.receipt_fact_add(p_seq bigint, p_sign integer, p_receipt tcr.receipt) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    insert into tcr.receipt_fact (seq, sign, contract_id, receipt_id, day, received, technology_received, technology_income)
    values (p_seq, p_sign, p_receipt.contract_id, p_receipt.id,
        greatest(tcr.today(), (select max(l.last_day) + 1 from tcr.closing l)),
        p_sign * p_receipt.amount, p_sign * p_receipt.technology_part, p_sign * p_receipt.income);
end
$$;

create or replace function tcr.act_receipt_store(p_account_id bigint, p_old tcr.contract, p_new tcr.contract, p_act text, p_seq bigint,
    p_detail jsonb, p_child bigint) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    q tcr.receipt;
    v_old tcr.receipt;
begin
    select * into v_old from tcr.receipt r where r.id = p_child;
    case p_act
        when 'receipt_record' then
            insert into tcr.receipt (contract_id, status, seq, recorded_by, received_on, payer, amount, technology_part, costs,
                invoice_kind, invoice_number, seller, note)
            values (p_new.id, 'recorded', p_seq, p_account_id, (p_detail ->> 'received_on')::date, p_detail ->> 'payer',
                tcr.fen_of(p_detail ->> 'amount'), tcr.fen_of(p_detail ->> 'technology_part'), tcr.costs_by_kind(p_detail -> 'costs'),
                p_detail ->> 'invoice_kind', p_detail ->> 'invoice_number', tcr.receipt_seller(p_new), p_detail ->> 'note')
            returning * into q;
        when 'receipt_verify' then
            update tcr.receipt r set status = 'verified', seq = p_seq,
                technology_part = coalesce(tcr.fen_of(p_detail ->> 'technology_part'), r.technology_part),
                costs = case when jsonb_typeof(p_detail -> 'costs') = 'array' then tcr.costs_by_kind(p_detail -> 'costs')
                    else r.costs end
            where r.id = p_child returning * into q;
        else
            update tcr.receipt r set status = 'reversed', seq = p_seq where r.id = p_child returning * into q;
    end case;
    insert into tcr.receipt_act (seq, receipt_id, act, of_seq, account_id, day, technology_part, costs, reason)
    values (p_seq, q.id, substr(p_act, length('receipt_') + 1), v_old.seq, p_account_id, tcr.today(), q.technology_part, q.costs,
        p_detail ->> 'reason');
    if q.status = 'verified' or v_old.status = 'verified' then
        perform tcr.receipt_fact_add(p_seq, case q.status when 'verified' then 1 else -1 end, q);
    end if;
    return tcr.receipt_json(q, p_seq);
end
$$;

-- Reading --------------------------------------------------------------------------------------------------------------

-- A contract whose money the account may see: its agency, who decides at its point, bureau and auditor. A county reads contracts only.
create or replace function tcr.money_contract(p_account tcr.account, p_id text) returns tcr.contract
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract;
begin
    if p_id ~ '^[1-9][0-9]{0,17}$' then
        select * into c from tcr.contract t where t.id = p_id::bigint and tcr.account_sees(p_account, t) and not (
            p_account.roles <@ '{county,administrator}'::text[]);
    end if;
    return c;
end
$$;

create or replace function tcr.fetch_receipt_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract := tcr.money_contract(p_account, p_args ->> 'id');
    v_after bigint := coalesce((p_args ->> 'cursor')::bigint, 0);
begin
    if c.id is null then
        return null;
    elsif p_args ->> 'status' not in ('recorded', 'verified', 'reversed') then
        return '{"bad_query": "status"}';
    end if;
    return tcr.page((select jsonb_agg(tcr.receipt_json(r, c.seq) order by r.id)
            from (select * from tcr.receipt x where x.contract_id = c.id and x.id > v_after
                and x.status = coalesce(p_args ->> 'status', x.status)
                order by x.id limit (p_args ->> 'limit')::integer + 1) r), p_args)
        || jsonb_build_object('contract', c.id::text, 'seq', c.seq, 'sums', tcr.receipt_sums(c), 'audit', 'contract ' || c.id);
end
$$;

create or replace function tcr.fetch_receipt_get(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    q tcr.receipt;
    c tcr.contract;
begin
    if p_args ->> 'id' ~ '^[1-9][0-9]{0,17}$' then
        select * into q from tcr.receipt r where r.id = (p_args ->> 'id')::bigint;
        c := tcr.money_contract(p_account, q.contract_id::text);
    end if;
    if c.id is null then
        return null;
    end if;
    return tcr.receipt_json(q, c.seq) || jsonb_build_object('audit', 'contract ' || c.id || ' receipt ' || q.id);
end
$$;

-- Why an act that gives a registered contract other amounts cannot be: its total would fall below the money that was recorded. The
-- technology amount may fall below; what was verified then stays. p_pointer is the member that holds the new amounts.
create or replace function tcr.received_refusal(p_contract tcr.contract, p_columns jsonb, p_pointer text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_received bigint;
begin
    select coalesce(sum(r.amount), 0) into v_received from tcr.receipt r where r.contract_id = p_contract.id and r.status <> 'reversed';
    if (p_columns ->> 'total_amount')::bigint >= v_received is not false then
        return null;
    end if;
    return jsonb_build_object('outcome', 'faults', 'faults', jsonb_build_array(jsonb_build_object('pointer', p_pointer, 'rule',
        'receipt.total_received', 'more_zh', tcr.money(v_received), 'more_en', tcr.money(v_received))));
end
$$;

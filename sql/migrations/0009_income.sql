-- 0009_income - money that arrives on registered contracts, what of it is technology income, and what is still due.
-- Money is integer fen. A receipt is recorded by the agency, verified by the registrar, and reversed by a further act; nothing is
-- ever negative and nothing goes away.

-- Costs by kind, {"labour": 120000, ...}: their sum; null when a member is no amount.
create function tcr.costs_total(p_costs jsonb) returns bigint language sql immutable set search_path = pg_catalog as $$
    select case when jsonb_typeof(p_costs) <> 'object' then null
        when exists (select from jsonb_each(p_costs) e where jsonb_typeof(e.value) <> 'number' or e.value::text !~ '^[1-9][0-9]{0,15}$')
            then null
        else (select coalesce(sum(e.value::bigint), 0)::bigint from jsonb_each_text(p_costs) e) end
$$;

-- The receipt as its last act left it. What was stated stays for ever; the technology part and the costs may be lowered once, when
-- the receipt is verified. The acts are in receipt_act.
create table tcr.receipt (
    id bigint generated always as identity primary key,
    contract_id bigint not null references tcr.contract,
    status text not null check (status in ('recorded', 'verified', 'reversed')),
    seq bigint not null, -- of the last act
    recorded_by bigint not null,
    received_on date not null,
    payer text not null check (payer <> ''),
    amount bigint not null check (amount > 0),
    technology_part bigint not null check (technology_part between 0 and amount),
    costs jsonb not null,
    costs_total bigint not null generated always as (tcr.costs_total(costs)) stored,
    income bigint not null generated always as (technology_part - tcr.costs_total(costs)) stored check (income >= 0),
    invoice_kind text not null, -- code of the list invoice_kind
    invoice_number text check (invoice_number <> ''), -- null: no invoice
    seller text not null, -- who received it: code of the seller of that day, else the name
    note text
);
create index receipt_contract on tcr.receipt (contract_id, id);
create index receipt_seller on tcr.receipt (seller, received_on);
create index receipt_invoice on tcr.receipt (seller, invoice_number) where invoice_number is not null and status <> 'reversed';
create unique index receipt_invoice_once on tcr.receipt (contract_id, invoice_number)
    where invoice_number is not null and status <> 'reversed';

-- Every act on a receipt, each the act of a release of its contract, with the values as they stand after it.
create table tcr.receipt_act (
    seq bigint primary key references tcr.contract_release,
    receipt_id bigint not null references tcr.receipt,
    act text not null check (act in ('record', 'verify', 'reverse')),
    of_seq bigint unique references tcr.receipt_act, -- the act that it verifies or reverses: each at most once
    account_id bigint not null,
    day date not null,
    technology_part bigint not null check (technology_part >= 0),
    costs jsonb not null check (tcr.costs_total(costs) <= technology_part),
    reason text,
    check ((act = 'record') = (of_seq is null))
);
create index receipt_act_receipt on tcr.receipt_act (receipt_id, seq);
create trigger append_only before update or delete or truncate on tcr.receipt_act
    for each statement execute function tcr.refuse_change();

-- Signed deltas of verified money, booked like every figure on the day of the act, or on the first open day after it.
create table tcr.receipt_fact (
    seq bigint not null references tcr.receipt_act,
    sign smallint not null check (sign in (-1, 1)),
    contract_id bigint not null,
    receipt_id bigint not null references tcr.receipt,
    day date not null,
    received bigint not null, -- all money
    technology_received bigint not null,
    technology_income bigint not null,
    primary key (seq, sign),
    check (sign * received > 0 and sign * technology_received between 0 and sign * received
        and sign * technology_income between 0 and sign * technology_received)
);
create index receipt_fact_day on tcr.receipt_fact (day);
create index receipt_fact_contract on tcr.receipt_fact (contract_id);
create trigger append_only before update or delete or truncate on tcr.receipt_fact
    for each statement execute function tcr.refuse_change();

-- When terms of registered contracts end, for the reminder: kept by the nightly job up to a seq.
create table tcr.income_term (
    contract_id bigint primary key,
    seq bigint not null,
    term_ends_on date not null,
    reminded_on date
);
create index income_term_open on tcr.income_term (term_ends_on) where reminded_on is null;
create table tcr.income_term_state (
    id boolean primary key default true check (id),
    seq bigint not null
);
insert into tcr.income_term_state (seq) values (0);

insert into tcr.act (act, family, decides) values
    ('receipt_record', 'receipt', false),
    ('receipt_verify', 'receipt', true),
    ('receipt_reverse', 'receipt', false);
-- What was recorded while the contract was registered can be taken back after its end; nothing new is recorded or verified then.
insert into tcr.transition (act, from_status, to_status) values
    ('receipt_record', 'registered', 'registered'),
    ('receipt_verify', 'registered', 'registered'),
    ('receipt_reverse', 'registered', 'registered'),
    ('receipt_reverse', 'cancelled', 'cancelled'),
    ('receipt_reverse', 'revoked', 'revoked');

-- Guards ---------------------------------------------------------------------------------------------------------------

-- Verified and recorded money of a contract: at most its total, the technology parts at most its technology amount. What was there
-- before a change lowered the technology amount stays; what is recorded or verified after it must fit.
create function tcr.guard_receipt() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
    c tcr.contract;
    v_amount numeric;
    v_part numeric;
begin
    select * into c from tcr.contract t where t.id = new.contract_id for update;
    if tg_op = 'INSERT' then
        if new.status <> 'recorded' or c.status <> 'registered' then
            raise exception 'a receipt is recorded on a registered contract' using errcode = 'TC091';
        end if;
    elsif (to_jsonb(new) - '{status,seq,technology_part,costs,costs_total,income}'::text[])
            <> (to_jsonb(old) - '{status,seq,technology_part,costs,costs_total,income}'::text[])
        or (old.status, new.status) not in (('recorded', 'verified'), ('recorded', 'reversed'), ('verified', 'reversed'))
        or ((new.technology_part, new.costs) is distinct from (old.technology_part, old.costs) and (new.status <> 'verified'
            or new.technology_part > old.technology_part or exists (select from jsonb_each_text(new.costs) n
                where n.value::bigint > coalesce((old.costs ->> n.key)::bigint, 0)))) then
        raise exception 'a receipt is verified once, with its technology part and costs as they were or lower, and reversed once'
            using errcode = 'TC091';
    end if;
    if exists (select from jsonb_object_keys(new.costs) k
            where not exists (select from tcr.code x where x.list = 'income_cost' and x.code = k)) then
        raise exception 'unknown kind of cost' using errcode = 'TC091';
    end if;
    if tg_op = 'INSERT' then
        select coalesce(sum(r.amount), 0) + new.amount, coalesce(sum(r.technology_part), 0) + new.technology_part
        into v_amount, v_part
        from tcr.receipt r where r.contract_id = new.contract_id and r.status <> 'reversed';
        if v_amount > c.total_amount or (new.technology_part > 0 and v_part > c.technology_amount) then
            raise exception 'receipts of a contract add up to at most its amounts' using errcode = 'TC092';
        end if;
        perform pg_advisory_xact_lock(hashtextextended(new.seller || ' ' || new.invoice_number, 9));
        if exists (select from tcr.receipt r where r.seller = new.seller and r.invoice_number = new.invoice_number
                and r.status <> 'reversed' and r.contract_id <> new.contract_id
                and not tcr.invoice_is_shared(r.contract_id, new.contract_id)) then
            raise exception 'an invoice pays for one receipt of a seller' using errcode = 'TC093';
        end if;
    elsif new.status = 'verified' and new.technology_part > 0 and new.technology_part + (select coalesce(sum(r.technology_part), 0)
            from tcr.receipt r where r.contract_id = new.contract_id and r.status = 'verified') > c.technology_amount then
        raise exception 'verified technology parts add up to at most the technology amount' using errcode = 'TC092';
    end if;
    return new;
end
$$;
create trigger guard_receipt before insert or update on tcr.receipt for each row execute function tcr.guard_receipt();
create trigger never_deleted before delete or truncate on tcr.receipt for each statement execute function tcr.refuse_change();

-- A total never falls below the money that was received; receipts are reversed first.
create function tcr.guard_total_received() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    if (select sum(r.amount) from tcr.receipt r where r.contract_id = new.id and r.status <> 'reversed') > new.total_amount then
        raise exception 'the total amount is below the receipts of the contract' using errcode = 'TC092';
    end if;
    return new;
end
$$;
create trigger guard_total_received before update of total_amount on tcr.contract for each row
    when (new.total_amount < old.total_amount) execute function tcr.guard_total_received();

-- income - statements of money received: per contract and year, for VAT, for income tax, for awards. All are computed from verified
-- receipts that were not reversed, as they stand now; a receipt belongs to the year in which the money arrived. What the law grants
-- comes from rows of tcr.rule with their validity; a statement shows them and cites an article only where its proof is final.

-- What an agency may see of another's contract it cannot learn here: a seller who is not its own has no receipts.
create or replace function tcr.income_seller(p_account tcr.account, p_args jsonb) returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(p_args ->> 'seller', (select g.credit_code from tcr.agency g where g.id = p_account.agency_id
        and 'agency' = any (p_account.roles)));
end
$$;

-- A year that a day can have; null: not one.
create or replace function tcr.income_year(p_args jsonb) returns integer language sql immutable as $$
    select case when (p_args ->> 'year')::bigint between 1985 and 2199 then (p_args ->> 'year')::integer end
$$;

-- A rule as a reason or a hint: its id, texts, and its article where that is final.
create or replace function tcr.rule_words(p_id text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('rule', p_id, 'zh', r.zh, 'en', r.en, 'article', case when r.proof = 'final' then r.article end)
        from (select) one left join lateral (select * from tcr.rule x
            where x.id = p_id and tcr.today() between x.valid_from and x.valid_to limit 1) r on true);
end
$$;

create or replace function tcr.rules_words(p_ids text[]) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(tcr.rule_words(u.id) order by u.ord), '[]')
        from unnest(p_ids) with ordinality u (id, ord) where u.id is not null);
end
$$;

-- A policy by its code of the list tax_policy, with the rows that speak for it between two days.
create or replace function tcr.income_policy(p_code text, p_from date, p_to date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('code', p_code, 'name_zh', c.name_zh, 'name_en', c.name_en, 'rows',
            (select coalesce(jsonb_agg(jsonb_build_object('name', p.id, 'value', p.value, 'zh', p.zh, 'en', p.en, 'proof', p.proof, 'article',
                    case when p.proof = 'final' then p.article end, 'valid_from', nullif(p.valid_from, '-infinity'),
                    'valid_to', nullif(p.valid_to, 'infinity')) order by p.id, p.valid_from), '[]')
                from tcr.rule p
                where p.kind = 'parameter' and p.region = '' and p.is_enabled and p.id like 'tax.' || lower(p_code) || '.%'
                    and p.valid_from <= p_to and p.valid_to >= p_from))
        from (select) one left join lateral (select * from tcr.code x
            where x.list = 'tax_policy' and x.code = p_code order by x.valid_from desc limit 1) c on true);
end
$$;

-- Is the code one of "1|2|401" or below one of them? Null: there is no such list.
create or replace function tcr.code_in(p_code text, p_list text) returns boolean language sql immutable as $$
    select case when p_list is not null then exists (select from unnest(string_to_array(p_list, '|')) w where p_code like w || '%') end
$$;

-- A contract whose amount is only its certain part needs the supplement (a change for reason C3) before tax relief and awards.
create or replace function tcr.supplement_required(p_contract tcr.contract, p_text jsonb) returns boolean
language plpgsql stable set search_path = pg_catalog as $$
begin
    return coalesce(p_text ->> 'amount_basis', 'fixed') <> 'fixed' and not exists (select from tcr.request q
        where q.contract_id = p_contract.id and q.kind = 'change' and q.reason = 'C3' and q.status = 'approved');
end
$$;

-- The head that every statement of a contract has.
create or replace function tcr.income_head(p_contract tcr.contract, p_text jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c alias for p_contract;
    t record;
begin
    select x.zh as name_zh, x.en as name_en into t from tcr.rule x where x.kind = 'type' and x.id = c.contract_type
    order by x.valid_from desc limit 1;
    return jsonb_build_object('contract', c.id::text, 'registration_number', c.registration_number, 'registered_on', c.registered_on,
        'status', c.status, 'project_name', c.project_name, 'contract_type', c.contract_type,
        'contract_type_zh', t.name_zh, 'contract_type_en', t.name_en,
        'seller', c.seller_name, 'buyer', c.buyer_name, 'total_amount', tcr.money(c.total_amount),
        'technology_amount', tcr.money(c.technology_amount), 'amount_basis', coalesce(p_text ->> 'amount_basis', 'fixed'),
        'is_related', coalesce((p_text ->> 'is_related')::boolean, false),
        'supplement_required', tcr.supplement_required(c, p_text));
end
$$;

-- The moment that a statement speaks of. as_of_seq is read in the same snapshot as the receipts.
create or replace function tcr.income_moment() returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('as_of_seq', s.value, 'as_of', tcr.today()) from tcr.sequence_counter s);
end
$$;

-- Sums of some receipts as members of an answer.
create or replace function tcr.income_sums(p_count bigint, p_received numeric, p_technology numeric, p_costs numeric, p_income numeric)
returns jsonb language plpgsql immutable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('receipts', p_count, 'received', tcr.money(p_received::bigint),
        'technology_received', tcr.money(p_technology::bigint), 'costs_total', tcr.money(p_costs::bigint),
        'income', tcr.money(p_income::bigint));
end
$$;

-- Verified money of a contract by year, each with what came before it.
create or replace function tcr.income_years(p_contract_id bigint)
returns table (year integer, receipts bigint, received numeric, technology numeric, costs numeric, income numeric, costs_by_kind jsonb,
    to_receipts bigint, to_received numeric, to_technology numeric, to_costs numeric, to_income numeric)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    with r as (
        select extract(year from q.received_on)::integer as year, q.* from tcr.receipt q
        where q.contract_id = p_contract_id and q.status = 'verified'
    ), y as (
        select r.year, count(*) as n, sum(r.amount) as received, sum(r.technology_part) as technology, sum(r.costs_total) as costs,
            sum(r.income) as income
        from r group by r.year
    )
    select y.year, y.n, y.received, y.technology, y.costs, y.income,
        (select tcr.costs_list(coalesce(jsonb_object_agg(k.key, k.amount), '{}'))
            from (select e.key, sum(e.value::bigint) as amount from r, jsonb_each_text(r.costs) e where r.year = y.year group by 1) k),
        (sum(y.n) over w)::bigint, sum(y.received) over w, sum(y.technology) over w, sum(y.costs) over w, sum(y.income) over w
    from y window w as (order by y.year) order by y.year;
end
$$;

-- GET /v1/contracts/{id}/income
create or replace function tcr.fetch_income_contract(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract := tcr.money_contract(p_account, p_args ->> 'id');
    v_year integer := tcr.income_year(p_args);
    v_text jsonb;
    v_years jsonb;
    v_total jsonb;
    v_received bigint;
    v_technology bigint;
begin
    if c.registration_number is null then
        return null;
    elsif v_year is null and p_args ? 'year' then
        return '{"bad_query": "year"}';
    end if;
    v_text := tcr.filed_text(c);
    select coalesce(jsonb_agg(tcr.income_sums(y.receipts, y.received, y.technology, y.costs, y.income) || jsonb_build_object(
                'year', y.year::text, 'costs', y.costs_by_kind,
                'cumulated', tcr.income_sums(y.to_receipts, y.to_received, y.to_technology, y.to_costs, y.to_income)) order by y.year)
            filter (where v_year is null or y.year = v_year), '[]'),
        tcr.income_sums(coalesce(sum(y.receipts), 0)::bigint, coalesce(sum(y.received), 0), coalesce(sum(y.technology), 0),
            coalesce(sum(y.costs), 0), coalesce(sum(y.income), 0)),
        coalesce(sum(y.received), 0)::bigint, coalesce(sum(y.technology), 0)::bigint
    into v_years, v_total, v_received, v_technology
    from tcr.income_years(c.id) y;
    return tcr.income_head(c, v_text) || tcr.income_moment() || jsonb_build_object('seq', c.seq, 'signed_on', c.signed_on,
        'term_ends_on', v_text ->> 'term_ends_on', 'years', v_years, 'total', v_total, 'sums', tcr.receipt_sums(c),
        'due', case when c.status = 'registered' then tcr.money(c.total_amount - v_received) end,
        'technology_due', case when c.status = 'registered' then tcr.money(greatest(c.technology_amount - v_technology, 0)) end,
        'audit', 'contract ' || c.id);
end
$$;

-- GET /v1/contracts/{id}/award: net income is the basis of what staff may be given; the least share is a row.
create or replace function tcr.fetch_income_award(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    c tcr.contract := tcr.money_contract(p_account, p_args ->> 'id');
    v_year integer := tcr.income_year(p_args);
    v_text jsonb;
    v_reasons text[];
    v_years jsonb;
    v_total jsonb;
begin
    if c.registration_number is null then
        return null;
    elsif v_year is null and p_args ? 'year' then
        return '{"bad_query": "year"}';
    end if;
    v_text := tcr.filed_text(c);
    v_reasons := array_remove(array[case when c.status <> 'registered' then 'income.contract_status' end,
        case when tcr.supplement_required(c, v_text) then 'income.supplement_required' end], null);
    select coalesce(jsonb_agg(tcr.income_sums(y.receipts, y.received, y.technology, y.costs, y.income) || jsonb_build_object(
                'year', y.year::text, 'min_percent', p.percent, 'minimum', tcr.money(p.minimum::bigint)) order by y.year), '[]'),
        tcr.income_sums(coalesce(sum(y.receipts), 0)::bigint, coalesce(sum(y.received), 0), coalesce(sum(y.technology), 0),
            coalesce(sum(y.costs), 0), coalesce(sum(y.income), 0)) || jsonb_build_object('minimum', tcr.money(sum(p.minimum)::bigint))
    into v_years, v_total
    from tcr.income_years(c.id) y
    cross join lateral (select make_date(y.year, 12, 31) as day) d
    left join lateral (select w.percent, ceil(y.income * w.percent::numeric / 100) as minimum
        from (select tcr.parameter_on('tax.award.min_percent', d.day) as percent) w
        where v_reasons = '{}' and tcr.code_in(c.contract_type, tcr.parameter_on('tax.award.types', d.day))) p on true
    where v_year is null or y.year = v_year;
    return tcr.income_head(c, v_text) || tcr.income_moment() || jsonb_build_object('seq', c.seq, 'years', v_years, 'total', v_total,
        'reasons', tcr.rules_words(v_reasons),
        'policy', tcr.income_policy('AWARD', make_date(coalesce(v_year, 1900), 1, 1), make_date(coalesce(v_year, 2199), 12, 31)),
        'audit', 'contract ' || c.id);
end
$$;

-- The verified receipts of a seller in a year that the account may see, with the text of their contracts.
create or replace function tcr.income_of_seller(p_account tcr.account, p_seller text, p_year integer)
returns table (receipt tcr.receipt, contract tcr.contract, body jsonb)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    with q as materialized (
        select r from tcr.receipt r
        where r.seller = p_seller and r.status = 'verified'
            and r.received_on between make_date(p_year, 1, 1) and make_date(p_year, 12, 31)
    ), t as materialized (
        select c, tcr.filed_text(c) as body from tcr.contract c
        where c.id in (select (q.r).contract_id from q) and tcr.account_sees(p_account, c)
            and not p_account.roles <@ '{county,administrator}'::text[]
    )
    select q.r, t.c, t.body from q join t on (t.c).id = (q.r).contract_id;
end
$$;

-- The buyers of a contract by their codes; those abroad by their names.
create or replace function tcr.buyers_of(p_text jsonb) returns text[]
language plpgsql immutable set search_path = pg_catalog as $$
begin
    return array(select coalesce(b ->> 'credit_code', b ->> 'id_number', b ->> 'name')
        from jsonb_array_elements(coalesce(p_text -> 'co_buyers', '[]') || (p_text -> 'buyer')) b);
end
$$;

-- Is a licence for at least so many years? Its own years say so, and the contract must last as long.
create or replace function tcr.licence_lasts(p_text jsonb, p_years numeric) returns boolean
language plpgsql immutable set search_path = pg_catalog as $$
begin
    return coalesce((p_text #>> '{license,years}')::numeric >= p_years, false)
        and coalesce((p_text ->> 'term_begins_on')::date + make_interval(months => (p_years * 12)::integer)
            <= (p_text ->> 'term_ends_on')::date + 1, true);
end
$$;

-- Why a consulting or service does not follow its principal contract: null when it does. It is done for a buyer of that contract by
-- its seller.
create or replace function tcr.income_principal(p_contract tcr.contract, p_text jsonb, p_seller text, p_types text,
    out principal tcr.contract, out reason text)
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_number text := tcr.principal_number(p_contract);
begin
    if v_number is null then
        reason := 'income.principal_missing';
        return;
    end if;
    select * into principal from tcr.contract c where c.registration_number = v_number and tcr.receipt_seller(c) = p_seller;
    reason := case when principal.id is null then 'income.principal_unknown'
        when not coalesce(tcr.code_in(principal.contract_type, p_types), false) then 'income.principal_type'
        when principal.status <> 'registered' then 'income.principal_status'
        when not tcr.buyers_of(tcr.filed_text(principal)) && tcr.buyers_of(p_text)
            then 'income.principal_buyer' end;
end
$$;

-- GET /v1/statements/vat: development, transfer and licence, and the consulting and service that belong to them.
create or replace function tcr.fetch_income_vat(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year integer := tcr.income_year(p_args);
    v_seller text := tcr.income_seller(p_account, p_args);
    v_answer jsonb;
begin
    if v_year is null or v_seller is null then
        return jsonb_build_object('bad_query', case when v_year is null then 'year' else 'seller' end);
    end if;
    with d as ( -- days on which money came, with the lists of types of that day
        select u.day, tcr.parameter_on('tax.vat.types', u.day) as types, tcr.parameter_on('tax.vat.related_types', u.day) as related
        from (select distinct (s.receipt).received_on as day from tcr.income_of_seller(p_account, v_seller, v_year) s) u
    ), r as (
        select s.receipt as q, s.contract as c, s.body, d.types, case when d.types is null then 'none'
            when tcr.code_in((s.contract).contract_type, d.types) then 'principal'
            when tcr.code_in((s.contract).contract_type, d.related) then 'related' end as kind
        from tcr.income_of_seller(p_account, v_seller, v_year) s join d on d.day = (s.receipt).received_on
    ), g as (
        select r.c, r.body, r.kind, r.types, array_agg(r.q order by (r.q).id) as receipts, count(*) as n,
            sum((r.q).amount) as received, sum((r.q).technology_part) as technology, sum((r.q).costs_total) as costs,
            sum((r.q).income) as income, bool_or((r.q).invoice_kind = 'special') as is_special
        from r where r.kind is not null group by r.c, r.body, r.kind, r.types
    ), i as (
        select g.*, p.principal, array_remove(array[case when g.kind = 'none' then 'income.no_policy' end,
                case when (g.c).status <> 'registered' then 'income.contract_status' end,
                case when tcr.supplement_required(g.c, g.body) then 'income.supplement_required' end, p.reason], null) as reasons,
            array_remove(array[case when g.is_special then 'income.special_invoice' end,
                case when g.kind = 'related' and p.reason is null and exists (select from unnest(g.receipts) x
                        where not exists (select from tcr.receipt o where o.contract_id = (p.principal).id and o.status <> 'reversed'
                            and o.invoice_number = x.invoice_number)) then 'income.same_invoice' end], null) as hints
        from g left join lateral tcr.income_principal(g.c, g.body, v_seller, g.types) p on g.kind = 'related'
    )
    select jsonb_build_object('items', coalesce(jsonb_agg(tcr.income_head(i.c, i.body)
                || tcr.income_sums(i.n, i.received, i.technology, i.costs, i.income)
                || jsonb_build_object('kind', i.kind, 'principal_contract', i.body ->> 'principal_contract',
                    'principal', (i.principal).id::text, 'is_counted', i.reasons = '{}', 'reasons', tcr.rules_words(i.reasons),
                    'hints', tcr.rules_words(i.hints)) order by (i.c).id, i.kind), '[]'),
        'counted', tcr.income_sums(coalesce(sum(i.n) filter (where i.reasons = '{}'), 0)::bigint,
            coalesce(sum(i.received) filter (where i.reasons = '{}'), 0), coalesce(sum(i.technology) filter (where i.reasons = '{}'), 0),
            coalesce(sum(i.costs) filter (where i.reasons = '{}'), 0), coalesce(sum(i.income) filter (where i.reasons = '{}'), 0)),
        'audit', 'contract ' || string_agg((i.c).id::text, ',' order by (i.c).id))
    into v_answer from i;
    return v_answer || tcr.income_moment() || jsonb_build_object('year', v_year::text, 'seller', v_seller,
        'policy', tcr.income_policy('VAT', make_date(v_year, 1, 1), make_date(v_year, 12, 31)));
end
$$;

-- Exempt part, halved part and what is left to be taxed of a year's transfer income, from the rows of that year; null without rows.
create or replace function tcr.income_split(p_income bigint, p_day date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_exempt bigint := least(p_income, (tcr.parameter_on('tax.cit.exempt_yuan', p_day)::numeric * 100)::bigint);
    v_reduced bigint := round((p_income - v_exempt) * tcr.parameter_on('tax.cit.excess_percent', p_day)::numeric / 100);
begin
    if v_reduced is null then
        return null;
    end if;
    return jsonb_build_object('exempt', tcr.money(v_exempt), 'excess', tcr.money(p_income - v_exempt), 'reduced', tcr.money(v_reduced),
        'taxable', tcr.money(p_income - v_exempt - v_reduced));
end
$$;

-- GET /v1/statements/income-tax: what a seller earned in a tax year by transfers and licences.
create or replace function tcr.fetch_income_tax(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year integer := tcr.income_year(p_args);
    v_day date := make_date(v_year, 12, 31); -- the rows in force at the end of the tax year
    v_seller text := tcr.income_seller(p_account, p_args);
    v_types text := tcr.parameter_on('tax.cit.types', v_day);
    v_subtypes text := tcr.parameter_on('tax.cit.subtypes', v_day);
    v_licence_years numeric := tcr.parameter_on('tax.cit.licence_years', v_day)::numeric;
    v_answer jsonb;
    v_income bigint;
begin
    if v_year is null or v_seller is null then
        return jsonb_build_object('bad_query', case when v_year is null then 'year' else 'seller' end);
    end if;
    with g as (
        select s.contract as c, s.body, count(*) as n, sum((s.receipt).amount) as received,
            sum((s.receipt).technology_part) as technology, sum((s.receipt).costs_total) as costs, sum((s.receipt).income) as income
        from tcr.income_of_seller(p_account, v_seller, v_year) s
        where coalesce(tcr.code_in((s.contract).contract_type, v_types), left((s.contract).contract_type, 1) in ('2', '3'))
        group by s.contract, s.body
    ), i as (
        select g.*, array_remove(array[case when v_types is null then 'income.no_policy' end,
                case when (g.c).status <> 'registered' then 'income.contract_status' end,
                case when tcr.supplement_required(g.c, g.body) then 'income.supplement_required' end,
                case when not tcr.code_in((g.c).contract_type, v_subtypes) then 'income.subtype' end,
                case when (g.c).contract_type like '3%' and not tcr.licence_lasts(g.body, v_licence_years)
                    then 'income.licence_years' end], null) as reasons,
            array_remove(array[case when (g.body ->> 'is_related')::boolean then 'income.related_party' end], null) as hints
        from g
    )
    select jsonb_build_object('items', coalesce(jsonb_agg(tcr.income_head(i.c, i.body)
                || tcr.income_sums(i.n, i.received, i.technology, i.costs, i.income)
                || jsonb_build_object('license', i.body -> 'license', 'is_counted', i.reasons = '{}',
                    'reasons', tcr.rules_words(i.reasons), 'hints', tcr.rules_words(i.hints)) order by (i.c).id), '[]'),
        'counted', tcr.income_sums(coalesce(sum(i.n) filter (where i.reasons = '{}'), 0)::bigint,
            coalesce(sum(i.received) filter (where i.reasons = '{}'), 0), coalesce(sum(i.technology) filter (where i.reasons = '{}'), 0),
            coalesce(sum(i.costs) filter (where i.reasons = '{}'), 0), coalesce(sum(i.income) filter (where i.reasons = '{}'), 0)),
        'audit', 'contract ' || string_agg((i.c).id::text, ',' order by (i.c).id)),
        coalesce(sum(i.income) filter (where i.reasons = '{}'), 0)::bigint
    into v_answer, v_income from i;
    return v_answer || tcr.income_moment() || jsonb_build_object('year', v_year::text, 'seller', v_seller,
        'split', tcr.income_split(v_income, v_day), 'policy', tcr.income_policy('CIT', v_day, v_day));
end
$$;

-- paper_data - what stands on a paper of one contract, as one JSON object; the step in C lays it out. null: no such contract for this
-- account. {"outcome": "state"}: the paper cannot exist in this state of the contract.
-- A paper speaks of one release and is the same whenever it is made: all its dates and values are those of that release.

-- The last act on verified money that came in until the end of a year (null: ever); null when none is verified in that year.
create or replace function tcr.paper_money_seq(p_contract_id bigint, p_year integer) returns bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select max(x.seq) from tcr.receipt q join tcr.receipt_act x on x.receipt_id = q.id
        where q.contract_id = p_contract_id and x.act <> 'record' and (p_year is null or q.received_on < make_date(p_year + 1, 1, 1))
            and exists (select from tcr.receipt v where v.contract_id = p_contract_id and v.status = 'verified'
                and (p_year is null or extract(year from v.received_on) = p_year)));
end
$$;

-- The release that a kind of paper speaks of; null when there is none.
create or replace function tcr.paper_release(c tcr.contract, p_kind text, p_year integer) returns tcr.contract_release
language plpgsql stable set search_path = pg_catalog as $$
declare
    r tcr.contract_release;
begin
    case p_kind
        when 'acceptance' then
            select * into r from tcr.contract_release x where x.contract_id = c.id and x.status = 'accepted'
                and x.event in ('accept', 'submit') order by x.seq desc limit 1;
        when 'correction' then
            select * into r from tcr.contract_release x where x.contract_id = c.id and x.event = 'return' order by x.seq desc limit 1;
        when 'refusal' then
            select * into r from tcr.contract_release x where x.contract_id = c.id and x.event in ('refuse', 'record_refusal')
                and c.status = 'refused' order by x.seq desc limit 1;
        when 'form' then
            select * into r from tcr.contract_release x where x.contract_id = c.id and c.status <> 'draft' order by x.seq desc limit 1;
        when 'certificate' then -- the last one that brought a text or determined values
            select * into r from tcr.contract_release x where x.contract_id = c.id and c.status = 'registered'
                and x.status = 'registered' and (x.body is not null or x.detail ? 'determined') order by x.seq desc limit 1;
        when 'change' then
            select * into r from tcr.contract_release x where x.contract_id = c.id and x.event in ('change', 'correct', 'redetermine')
                order by x.seq desc limit 1;
        when 'cancellation' then
            select * into r from tcr.contract_release x where x.contract_id = c.id and x.event = 'cancel' order by x.seq desc limit 1;
        when 'revocation' then
            select * into r from tcr.contract_release x where x.contract_id = c.id and x.event = 'revoke' order by x.seq desc limit 1;
        when 'income', 'award' then
            select * into r from tcr.contract_release x where x.seq = tcr.paper_money_seq(c.id, p_year);
        else
            null;
    end case;
    return r;
end
$$;

-- The values that the registrar had determined when release p_seq was made.
create or replace function tcr.determined_at(p_contract_id bigint, p_seq bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select d.detail -> 'determined' from tcr.contract_release d
        where d.contract_id = p_contract_id and d.seq <= p_seq and d.detail ? 'determined' order by d.seq desc limit 1);
end
$$;

-- The coded reasons of a refusal as the rules by which it was decided tell them: {"R08": {"text", "article"}}; an article only of a
-- source that is final.
create or replace function tcr.paper_reasons(c tcr.contract, r tcr.contract_release) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_object_agg(f.id, jsonb_build_object('text', f.zh, 'article', f.article))
        from tcr.refusal_reasons_on(tcr.rules_day(c, r.day)) f
        where exists (select from jsonb_array_elements(r.detail -> 'reasons') e where e ->> 'code' = f.id));
end
$$;

-- The area whose bureau keeps the record, by its name.
create or replace function tcr.paper_area() returns text
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select o.name_zh from tcr.installation i join tcr.code o on o.list = 'region_cn_all' and o.code = rpad(i.region, 6, '0') limit 1);
end
$$;

-- The object itself. p_shows_private: identity numbers and contacts may stand on it.
create or replace function tcr.paper_of(c tcr.contract, p_kind text, p_year integer, p_shows_private boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    r tcr.contract_release := tcr.paper_release(c, p_kind, p_year);
    f tcr.certificate;
begin
    if r.seq is null then
        return jsonb_build_object('outcome', 'state', 'status', c.status);
    end if;
    select * into f from tcr.certificate x where x.contract_id = c.id;
    return jsonb_build_object('outcome', 'ok', 'kind', p_kind, 'contract_id', c.id::text, 'seq', r.seq, 'day', r.day, 'at', r.at,
        'status', r.status, 'contract_status', c.status, 'event', r.event, 'detail', r.detail,
        'filed', (select b.body from tcr.contract_release b where b.seq = r.filed_seq),
        'determined', tcr.determined_at(c.id, r.seq),
        'before', (select jsonb_build_object('filed', b.body, 'determined', tcr.determined_at(c.id, x.seq))
            from tcr.contract_release x join tcr.contract_release b on b.seq = x.filed_seq
            where p_kind = 'change' and x.contract_id = c.id and x.seq < r.seq order by x.seq desc limit 1),
        'submitted_on', (select max(s.day) from tcr.contract_release s
            where s.contract_id = c.id and s.event = 'submit' and s.seq <= r.seq),
        'accepted_on', r.accepted_on, 'due_on', r.due_on, 'due_is_provisional', r.due_is_provisional,
        'registered_on', r.registered_on, 'number', r.registration_number,
        'changed_on', case when r.seq > f.seq then r.day end, 'check_code', f.check_code,
        'registrar', (select a.name from tcr.account a where a.id = coalesce(
            case when p_kind in ('certificate', 'form') then f.registrar_id end, r.account_id)),
        'point', (select p.name from tcr.registration_point p where p.id = r.point_id),
        'area', tcr.paper_area(), 'reasons', case when p_kind = 'refusal' then tcr.paper_reasons(c, r) end,
        'agency', (select g.name from tcr.agency g where g.id = c.agency_id),
        'shows_private', p_shows_private, 'texts', tcr.paper_texts(p_kind, r.day));
end
$$;

-- What the papers of money say besides: the statement, and the receipts that it sums.
create or replace function tcr.paper_money(a tcr.account, p_contract_id bigint, p_kind text, p_year integer) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_args jsonb := jsonb_strip_nulls(jsonb_build_object('id', p_contract_id::text, 'year', p_year));
begin
    return jsonb_build_object('year', p_year, 'statement',
        case p_kind when 'income' then tcr.fetch_income_contract(a, v_args) else tcr.fetch_income_award(a, v_args) end,
        'receipts', (select coalesce(jsonb_agg(tcr.receipt_json(q, q.seq) order by q.received_on, q.id), '[]') from tcr.receipt q
            where q.contract_id = p_contract_id and q.status = 'verified' and p_kind = 'income'
                and extract(year from q.received_on) = p_year));
end
$$;

create or replace function tcr.paper_data(p_account_id bigint, p_method text, p_contract_id bigint, p_kind text, p_year integer)
returns jsonb
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    a tcr.account;
    c tcr.contract;
    v_paper jsonb;
begin
    select * into a from tcr.account x where x.id = p_account_id;
    select * into c from tcr.contract x where x.id = p_contract_id;
    if c.id is null or not tcr.account_may(p_account_id, p_method) or not tcr.account_sees(a, c) then
        return null;
    end if;
    v_paper := tcr.paper_of(c, p_kind, p_year, tcr.sees_private(a, c));
    if p_kind in ('income', 'award') and v_paper ->> 'outcome' = 'ok' then
        v_paper := v_paper || tcr.paper_money(a, c.id, p_kind, p_year);
    end if;
    return v_paper;
end
$$;

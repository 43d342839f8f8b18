-- findings_search - what speaks against one contract: near duplicates and anomalies, as rows of tcr.finding_hit.
-- Every step is bounded, however many contracts a party has: equalities are looked up with a limit, and of a pair of parties only the
-- nearest contracts by day are compared title by title. Days, ranges and factors are rows of tcr.parameter (finding.*); a rule
-- without its row in tcr.rule, or without its numbers, is silent.
-- The functions that look something up read indexes in order and stop at the limit. A bitmap would be cheaper for most parties, and would
-- gather all rows of a hot one first: so it is switched off, as are scans of whole tables.

-- A number as a rule row writes it; null for anything else: a slip in a row silences a rule and stops no acceptance.
create or replace function tcr.finding_number(p_value text) returns text language sql immutable as $$
    select case when p_value ~ '^[0-9]{1,6}$' then p_value end
$$;

-- The numbers that are in force for a contract, by name without "finding."; technology_share is that of its type. Chosen as
-- tcr.parameter_row does it, all of them at once.
create or replace function tcr.finding_settings(p_contract tcr.contract, p_region text, p_day date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_share constant text := 'finding.technology_share.';
    v_ids constant text[] := '{finding.title_similarity,finding.split_days,finding.split_limits,finding.round_trip_days,'
        'finding.period_end_days,finding.period_end_factor,finding.price_factor,finding.usual_days,finding.usual_count,finding.scan_kinds}';
begin
    return (select coalesce(jsonb_object_agg(q.name, q.value), '{}') from (
        select distinct on (n.name) n.name, case when n.name in ('split_limits', 'scan_kinds', 'technology_share')
            then t.value else tcr.finding_number(t.value) end as value
        from tcr.rule t
        cross join lateral (select case when starts_with(t.id, v_share) then 'technology_share' else substr(t.id, 9) end as name) n
        where t.id = any (v_ids || concat(v_share, p_contract.contract_type) || concat(v_share, left(p_contract.contract_type, 1)))
            and t.kind = 'parameter' and t.is_enabled and p_day between t.valid_from and t.valid_to
            and left(coalesce(p_region, ''), length(t.region)) = t.region
        order by n.name, length(t.id) desc, length(t.region) desc) q);
end
$$;

-- Ids of contracts that may have something to do with this one. p_marks: its marks as one that counts and as one that was given up,
-- each with the parties in their places and in each other's; p_parties: all its parties, in both ways.
create or replace function tcr.finding_candidate_ids(p_contract tcr.contract, p_marks tcr.contract_mark[], p_parties bigint[])
returns bigint[] language plpgsql stable
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off
set enable_bitmapscan = off as $$
begin
    return (select array_agg(distinct i.id) from (
        select n.id from unnest(p_marks) k cross join lateral (
            (select m.contract_id as id from tcr.contract_mark m where m.names = k.names and m.signed_on >= k.signed_on
                order by m.signed_on limit 25)
            union all
            (select m.contract_id from tcr.contract_mark m where m.names = k.names and m.signed_on < k.signed_on
                order by m.signed_on desc limit 25)
            union all
            (select m.contract_id from tcr.contract_mark m where m.parties = k.parties and m.signed_on >= k.signed_on
                order by m.signed_on limit 25)
            union all
            (select m.contract_id from tcr.contract_mark m where m.parties = k.parties and m.signed_on < k.signed_on
                order by m.signed_on desc limit 25)
            union all
            (select m.contract_id from tcr.contract_mark m where m.names # m.title = k.names # k.title limit 25)
            union all
            (select m.contract_id from tcr.contract_mark m
                where m.number is not null and m.parties # m.number = k.parties # k.number limit 25)
        ) n
        union all
        select n.id from unnest(p_parties) k (party) cross join lateral (
            (select m.contract_id as id from tcr.contract_mark m
                where m.seller = k.party and m.signed_on = p_contract.signed_on and m.total_amount = p_contract.total_amount limit 25)
            union all
            (select m.contract_id from tcr.contract_mark m
                where m.buyer = k.party and m.signed_on = p_contract.signed_on and m.total_amount = p_contract.total_amount limit 25)
            union all
            (select m.contract_id from tcr.contract_mark_other m
                where m.party = k.party and m.signed_on = p_contract.signed_on and m.total_amount = p_contract.total_amount limit 25)
        ) n
        union all
        (select c.id from tcr.contract c where c.status = 'submitted' and c.signed_on = p_contract.signed_on
            and c.total_amount = p_contract.total_amount limit 25)
        union all
        (select c.id from tcr.contract c where c.status = 'submitted' and c.seller_code = p_contract.seller_code limit 25)
    ) i where i.id <> p_contract.id);
end
$$;

-- Ids of contracts with the very same file, byte for byte, of a kind that no two contracts share.
create or replace function tcr.finding_scan_ids(p_contract_id bigint, p_kinds text[]) returns bigint[]
language plpgsql stable
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off
set enable_bitmapscan = off as $$
begin
    return (select coalesce(array_agg(s.contract_id), '{}') from (
        select e.contract_id
        from tcr.attachment a join tcr.attachment e on e.sha256 = a.sha256 and e.contract_id <> a.contract_id
        where a.contract_id = p_contract_id and a.is_current and a.kind = any (p_kinds) and e.is_current and e.kind = any (p_kinds)
        limit 100) s);
end
$$;

-- Contracts beside this one, each with what they have in common. p_kinds: of attachments that no two contracts share.
create or replace function tcr.finding_candidates(p_contract tcr.contract, p_kinds text[]) returns setof tcr.finding_candidate
language plpgsql stable
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off
set enable_bitmapscan = off as $$
declare
    v_marks tcr.contract_mark[] := tcr.contract_marks(p_contract);
    v_parties bigint[] := array[v_marks[1].seller, v_marks[1].buyer, v_marks[3].seller, v_marks[3].buyer]
        || tcr.contract_other_marks(p_contract, false) || tcr.contract_other_marks(p_contract, true);
    v_names bigint[] := array[v_marks[1].names, v_marks[2].names, v_marks[3].names, v_marks[4].names];
    v_pairs bigint[] := array[v_marks[1].parties, v_marks[2].parties, v_marks[3].parties, v_marks[4].parties];
    v_title text := tcr.text_fold(p_contract.project_name);
    v_scans bigint[] := tcr.finding_scan_ids(p_contract.id, p_kinds);
begin
    if v_marks = '{}' then
        return;
    end if;
    return query
    select d.id, not tcr.is_given_up(d.status), m.names = any (v_names), m.parties = any (v_pairs),
        m.names in (v_names[2], v_names[4]) or m.parties in (v_pairs[2], v_pairs[4]),
        m.seller = any (v_parties) or m.buyer = any (v_parties) or case when m.is_marked
            then exists (select from tcr.contract_mark_other o where o.contract_id = d.id and o.party = any (v_parties))
            else tcr.contract_other_marks(d, tcr.is_given_up(d.status)) && v_parties end,
        case when m.names = any (v_names) or m.parties = any (v_pairs)
            then tcr.title_similarity(v_title, tcr.text_fold(d.project_name)) end,
        coalesce(m.number = v_marks[1].number, false), d.total_amount = p_contract.total_amount, d.signed_on = p_contract.signed_on,
        d.id = any (v_scans), d.signed_on, d.total_amount, d.technology_amount
    from tcr.contract d cross join lateral (
        select k.*, true as is_marked from tcr.contract_mark k where k.contract_id = d.id
        union all
        select k.*, false from tcr.contract_mark_of(d) k where not exists (select from tcr.contract_mark e where e.contract_id = d.id)
    ) m
    where d.id = any (tcr.finding_candidate_ids(p_contract, v_marks, v_parties) || v_scans) and d.filed_seq is not null
        and d.status <> 'draft';
end
$$;

-- What matches between the contract and a candidate, in words of the answer.
create or replace function tcr.finding_matches(p tcr.finding_candidate, p_similarity integer) returns jsonb
language sql immutable as $$
    select pg_catalog.to_jsonb(pg_catalog.array_remove(array[case when p.same_names then 'names' end,
        case when p.same_parties then 'parties' end, case when p.shares_party and not (p.same_names or p.same_parties) then 'party' end,
        case when p.is_reversed then 'reversed' end, case when p.similarity >= p_similarity then 'title' end,
        case when p.same_number then 'contract_no' end, case when p.same_amount then 'total_amount' end,
        case when p.same_day then 'signed_on' end, case when p.same_scan then 'scan' end], null))
$$;

-- Gather the contracts of one rule, nearest first, at most twenty; more than that says so in the facts.
create or replace function tcr.finding_gather(p_rule text, p_contract tcr.contract, p_hits tcr.finding_candidate[], p_similarity integer,
    p_facts jsonb) returns tcr.finding_hit
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_hit tcr.finding_hit;
begin
    v_hit.rule := p_rule;
    select array_agg(h.contract_id order by h.place), jsonb_object_agg(h.contract_id, h.matches) into v_hit.contracts, v_hit.matches
    from (
        select u.contract_id, tcr.finding_matches(u, p_similarity) as matches,
            row_number() over (order by abs(u.signed_on - p_contract.signed_on), u.contract_id) as place
        from unnest(p_hits) u
    ) h where h.place <= 20;
    v_hit.facts := case when cardinality(p_hits) > 20 then p_facts || '{"more": true}' else p_facts end;
    return v_hit;
end
$$;

-- Near duplicates.
create or replace function tcr.findings_near(p_contract tcr.contract, p_candidates tcr.finding_candidate[], p_similarity integer)
returns setof tcr.finding_hit language plpgsql stable set search_path = pg_catalog as $$
declare
    r record;
begin
    if p_candidates = '{}' then
        return;
    end if;
    for r in
        select x.rule, array_agg(c) as hits
        from unnest(p_candidates) c
        cross join lateral (select c.same_names or c.same_parties as same_pair, c.same_amount and c.same_day as same_deal) e
        cross join lateral (values
            ('finding.same_names', c.is_live and e.same_pair and c.similarity >= p_similarity),
            ('finding.same_number', c.is_live and e.same_pair and c.same_number),
            ('finding.same_deal', c.is_live and e.same_pair and e.same_deal),
            ('finding.same_scan', c.is_live and c.same_scan),
            ('finding.same_amount', c.is_live and not e.same_pair and c.shares_party and e.same_deal),
            ('finding.given_up', not c.is_live and (c.same_scan
                or (e.same_pair and (c.similarity >= p_similarity or c.same_number or e.same_deal))))) x (rule, holds)
        where x.holds group by x.rule
    loop
        return next tcr.finding_gather(r.rule, p_contract, r.hits, p_similarity, '{}');
    end loop;
end
$$;

-- Between the same parties: a deal that is split under a limit (an expert review, the province), and a deal that goes back.
create or replace function tcr.findings_deals(p_contract tcr.contract, p_candidates tcr.finding_candidate[], p_settings jsonb,
    p_region text, p_day date) returns setof tcr.finding_hit
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_days integer := p_settings ->> 'split_days';
    v_name text;
    v_limit text;
    v_hits tcr.finding_candidate[];
    v_total bigint;
    v_technology bigint;
begin
    if p_candidates = '{}' then
        return;
    end if;
    foreach v_name in array string_to_array(p_settings ->> 'split_limits', ' ') loop
        v_limit := case v_name when 'expert' then tcr.parameter_for('expert.threshold', p_region, p_day)
            when 'province' then tcr.parameter_for('route.province', p_region, p_day) end;
        continue when v_limit is null or tcr.threshold_met(v_limit, p_contract.total_amount, p_contract.technology_amount);
        select array_agg(c), sum(c.total_amount) + p_contract.total_amount, sum(c.technology_amount) + p_contract.technology_amount
        into v_hits, v_total, v_technology
        from unnest(p_candidates) c
        where c.is_live and (c.same_names or c.same_parties) and not c.is_reversed
            and abs(c.signed_on - p_contract.signed_on) <= v_days and not tcr.threshold_met(v_limit, c.total_amount, c.technology_amount);
        if tcr.threshold_met(v_limit, v_total, v_technology) then
            return next tcr.finding_gather('finding.split', p_contract, v_hits, null, jsonb_build_object('limit', v_limit, 'days', v_days,
                'sum_total_amount', tcr.money(v_total), 'sum_technology_amount', tcr.money(v_technology)));
            exit; -- one limit is enough to ask
        end if;
    end loop;
    v_days := p_settings ->> 'round_trip_days';
    select array_agg(c) into v_hits
    from unnest(p_candidates) c
    where c.is_live and (c.same_names or c.same_parties) and c.is_reversed and abs(c.signed_on - p_contract.signed_on) <= v_days;
    if v_hits is not null then
        return next tcr.finding_gather('finding.round_trip', p_contract, v_hits, null, jsonb_build_object('days', v_days));
    end if;
end
$$;

-- How many days are left of the quarter of a day, itself included.
create or replace function tcr.quarter_days_left(p_day date) returns integer language sql immutable as $$
    select (pg_catalog.date_trunc('quarter', p_day::timestamp) + interval '3 months')::date - p_day
$$;

-- What the contract's own amounts say, beside the type and beside what the seller usually agrees: the median of its contracts signed in
-- the days before, at most the hundred nearest, all read from one index.
create or replace function tcr.findings_values(p_contract tcr.contract, p_settings jsonb)
returns setof tcr.finding_hit language plpgsql stable
set search_path = pg_catalog set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off
set enable_bitmapscan = off as $$
declare
    c alias for p_contract;
    v_seller bigint := tcr.text_mark(tcr.party_key(c.seller_name, c.seller_code));
    v_range text[] := string_to_array(p_settings ->> 'technology_share', ':');
    v_registered date := coalesce(c.registered_on, c.accepted_on, tcr.today());
    v_share numeric := round(100.0 * c.technology_amount / c.total_amount, 2);
    v_days integer := p_settings ->> 'period_end_days';
    v_factor numeric := p_settings ->> 'price_factor';
    v_count integer;
    v_median bigint;
    v_facts jsonb;
begin
    if v_share < tcr.finding_number(v_range[1])::numeric or v_share > tcr.finding_number(v_range[2])::numeric then
        return next ('finding.technology_share', '{}', '{}', jsonb_build_object('technology_share', v_share::text,
            'from', v_range[1], 'to', v_range[2]))::tcr.finding_hit;
    end if;
    select count(*), percentile_disc(0.5) within group (order by h.total_amount) into v_count, v_median
    from (select m.total_amount from tcr.contract_mark m
        where m.seller = v_seller and m.signed_on < c.signed_on and m.signed_on >= c.signed_on - (p_settings ->> 'usual_days')::integer
        order by m.signed_on desc limit 100) h;
    if v_count < (p_settings ->> 'usual_count')::integer then
        return;
    end if;
    v_facts := jsonb_build_object('total_amount', tcr.money(c.total_amount), 'usual_amount', tcr.money(v_median), 'of', v_count);
    if c.total_amount > v_median * (p_settings ->> 'period_end_factor')::numeric
        and (tcr.quarter_days_left(c.signed_on) <= v_days or tcr.quarter_days_left(v_registered) <= v_days)
    then
        return next ('finding.period_end', '{}', '{}', v_facts || jsonb_build_object('days', v_days, 'signed_on', c.signed_on,
            'registered_on', v_registered))::tcr.finding_hit;
    end if;
    if c.total_amount > v_median * v_factor or c.total_amount * v_factor < v_median then
        return next ('finding.price', '{}', '{}', v_facts || jsonb_build_object('factor', v_factor::text))::tcr.finding_hit;
    end if;
end
$$;

-- A seller and a buyer under one parent, or one the parent of the other, in a deal that is not declared as one of related parties.
create or replace function tcr.findings_parents(p_contract tcr.contract) returns setof tcr.finding_hit
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_body jsonb := (select r.body from tcr.contract_release r where r.seq = p_contract.filed_seq);
    v_parents jsonb;
begin
    if v_body -> 'is_related' = 'true' then
        return;
    end if;
    select jsonb_agg(distinct x.code) into v_parents
    from jsonb_array_elements(jsonb_build_array(v_body -> 'seller') || coalesce(v_body -> 'co_sellers', '[]')) s (party)
    cross join jsonb_array_elements(jsonb_build_array(v_body -> 'buyer') || coalesce(v_body -> 'co_buyers', '[]')) b (party)
    cross join lateral (values
        (case when s.party ->> 'parent_code' = b.party ->> 'parent_code' then s.party ->> 'parent_code' end),
        (case when s.party ->> 'parent_code' = b.party ->> 'credit_code' then b.party ->> 'credit_code' end),
        (case when s.party ->> 'credit_code' = b.party ->> 'parent_code' then s.party ->> 'credit_code' end)) x (code)
    where x.code is not null;
    if v_parents is not null then
        return next ('finding.equal_parent', '{}', '{}', jsonb_build_object('parents', v_parents))::tcr.finding_hit;
    end if;
end
$$;

-- Everything that speaks against a contract as it stands, of the rules in force for it.
create or replace function tcr.findings_of(p_contract tcr.contract) returns setof tcr.finding_hit
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_day date := tcr.rules_day(p_contract, tcr.today());
    v_region text := (select p.region from tcr.registration_point p where p.id = p_contract.point_id);
    v_settings jsonb := tcr.finding_settings(p_contract, v_region, v_day);
    v_candidates tcr.finding_candidate[];
begin
    if num_nulls(p_contract.signed_on, p_contract.total_amount, p_contract.technology_amount, p_contract.project_name) > 0 then
        return;
    end if;
    select coalesce(array_agg(c), '{}') into v_candidates from tcr.finding_candidates(p_contract,
        string_to_array(v_settings ->> 'scan_kinds', ' ')) c;
    return query
    select h.* from (
        select n.* from tcr.findings_near(p_contract, v_candidates, (v_settings ->> 'title_similarity')::integer) n
        union all
        select d.* from tcr.findings_deals(p_contract, v_candidates, v_settings, v_region, v_day) d
        union all
        select v.* from tcr.findings_values(p_contract, v_settings) v
        union all
        select e.* from tcr.findings_parents(p_contract) e
    ) h
    where exists (select from tcr.rule r
        where r.id = h.rule and r.severity is not null and v_day between r.valid_from and r.valid_to)
    order by h.rule;
end
$$;

-- rules_admin - the rows of the law as the command line lists, checks, loads, switches and takes them back. Called by the owner of the
-- schema only. A load is judged as a whole: first every row of the file, then the table as it would be. Each change has a number and can
-- be taken back by it.

-- Looking ----------------------------------------------------------------------------------------------------------------

create or replace function tcr.rule_validity(p_from date, p_to date) returns text language sql immutable as
$$ select coalesce(tcr.day_text(p_from), '') || '..' || coalesce(tcr.day_text(p_to), '') $$;

create or replace function tcr.rule_list(p_day date, p_kind text)
returns table (kind text, id text, region text, validity text, state text, proof text, value text, zh text, article text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    if p_kind <> all ('{set,form,type,criterion,exclusion,refusal,parameter}'::text[]) then
        raise exception 'kind % is unknown: set, form, type, criterion, exclusion, refusal or parameter', p_kind using errcode = 'TC010';
    end if;
    return query
    select r.kind, r.id, coalesce(nullif(r.region, ''), '-'), tcr.rule_validity(r.valid_from, r.valid_to),
        case when r.is_enabled then 'on' else 'off' end, r.proof, coalesce(r.applies_to, r.value, r.severity, '-'), r.zh,
        coalesce(r.article, '-')
    from tcr.rule r where coalesce(p_day, tcr.today()) between r.valid_from and r.valid_to and (p_kind is null or r.kind = p_kind)
    order by r.kind, r.id, r.region;
end
$$;

-- Every validity of one id, member by member.
create or replace function tcr.rule_show(p_id text)
returns table (id text, region text, validity text, member text, content text)
language plpgsql stable set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    if not exists (select from tcr.rule r where r.id = p_id) then
        raise exception 'there is no rule %', p_id using errcode = 'TC010';
    end if;
    return query
    select r.id, coalesce(nullif(r.region, ''), '-'), tcr.rule_validity(r.valid_from, r.valid_to), m.member, m.content
    from tcr.rule r cross join lateral (values (1, 'kind', r.kind), (2, 'value', r.value), (3, 'severity', r.severity),
        (4, 'parent', r.parent), (5, 'applies_to', r.applies_to),
        (6, 'is_required', case when r.kind in ('criterion', 'exclusion') then case when r.is_required then 'true' else 'false' end end),
        (7, 'is_enabled', case when r.is_enabled then 'true' else 'false' end), (8, 'zh', r.zh), (9, 'en', r.en),
        (10, 'article', r.article), (11, 'proof', r.proof), (12, 'source', r.source), (13, 'batch', r.batch::text)) m (ord, member, content)
    where r.id = p_id and m.content is not null
    order by r.region, r.valid_from, m.ord;
end
$$;

create or replace function tcr.rule_batches()
returns table (number bigint, kind text, at text, by_whom text, rows bigint, file text, taken_back text)
language sql stable set search_path = pg_catalog as $$
    select b.number, b.kind, to_char(b.at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'), b.by_whom,
        (select count(*) from tcr.rule_change c where c.batch = b.number), coalesce(b.file, '-'),
        coalesce(to_char(b.undone_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') || ' ' || b.undone_by, '-')
    from tcr.rule_batch b order by b.number
$$;

-- Checking ---------------------------------------------------------------------------------------------------------------

-- Days between the rows of an id and area on which none or two hold. The rule sets follow each other from the first day to the last.
create or replace function tcr.rule_breaks(p_ids text[])
returns table (id text, region text, fault text)
language sql stable set search_path = pg_catalog as $$
    select r.id, r.region, case
        when r.next_from <= r.valid_to then 'overlap: ' || tcr.rule_validity(r.next_from, least(r.valid_to, r.next_to)) || ' has two rows'
        when r.next_from > r.valid_to + 1 then 'gap: ' || tcr.rule_validity(r.valid_to + 1, r.next_from - 1) || ' has no row'
        else 'gap: no rule set before ' || r.valid_from || ' or after ' || r.valid_to end
    from (
        select t.id, t.region, t.kind, t.valid_from, t.valid_to, lead(t.valid_from) over w as next_from, lead(t.valid_to) over w as next_to,
            lag(t.valid_from) over w as before_from
        from tcr.rule t where p_ids is null or t.id = any (p_ids)
        window w as (partition by t.id, t.region order by t.valid_from)
    ) r
    where r.next_from <= r.valid_to or (r.valid_to <> 'infinity' and r.next_from > r.valid_to + 1)
        or (r.kind = 'set' and ((r.before_from is null and r.valid_from <> '-infinity')
            or (r.next_from is null and r.valid_to <> 'infinity')))
    order by 1, 2, r.valid_from
$$;

-- What kind of thing a value is: another kind in the place of the first would not be understood.
create or replace function tcr.value_shape(p_value text) returns text language sql immutable as $$
    select case when p_value ~ '^[1-9][0-9]{0,3} (working|calendar)_day$' then 'a term like "15 working_day"'
        when p_value ~ '^(total|technology)_amount >=? [0-9]{1,15}\.[0-9]{2}$' then 'a bound like "total_amount > 10000000.00"'
        when p_value ~ '^(year|region|point|serial):[0-9]+(,(year|region|point|serial):[0-9]+)*$' then 'a layout like "year:4,serial:6"'
        when p_value ~ '^-?[0-9]+(\.[0-9]+)?$' then 'a number'
        else 'a word' end
$$;

-- The words that a parameter may have, where it is one of few.
create or replace function tcr.value_words(p_name text) returns text[] language sql immutable as $$
    select case p_name when 'limit.roll' then '{none,next_working_day}'::text[] when 'switch.pending' then '{acceptance,decision}' end
$$;

-- The table as it stands. p_ids: the ids that the program names; parameters named in the functions of this schema are looked for too.
create or replace function tcr.rule_check(p_ids text[])
returns table (id text, region text, fault text)
language sql stable set search_path = pg_catalog as $$
    select b.id, b.region, b.fault from tcr.rule_breaks(null) b
    union all
    select r.id, r.region, 'final without an article' from tcr.rule r where r.proof = 'final' and r.article is null
    union all
    select r.id, r.region, 'the value ' || r.value || ' is none of ' || array_to_string(tcr.value_words(r.id), ', ')
    from tcr.rule r where r.kind = 'parameter' and r.value <> all (tcr.value_words(r.id))
    union all
    select n.id, '', 'the program names this rule, and no row holds today'
    from (
        select unnest(p_ids)
        union select k || '.limit' from unnest(tcr.due_kinds()) k
        union select m[1] from pg_proc p
        cross join lateral regexp_matches(p.prosrc, 'tcr\.parameter_(?:on|for|row)\(''([a-z0-9_.]+)'',', 'g') m
        where p.pronamespace = 'tcr'::regnamespace
    ) n (id)
    where not exists (select from tcr.rule r where r.id = n.id and tcr.today() between r.valid_from and r.valid_to)
    order by 1, 2, 3
$$;

-- A file to load -----------------------------------------------------------------------------------------------------------

-- What is wrong with one row of a file, as texts; members are the columns of the file.
create or replace function tcr.rule_row_faults(r jsonb) returns text[]
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_known constant text[] := '{id,kind,region,parent,applies_to,severity,is_required,value,is_enabled,article,proof,source,zh,en,'
        'valid_from,valid_to}';
    v_proof text := coalesce(r ->> 'proof', '');
    v_region text := coalesce(r ->> 'region', '');
    v_faults text[];
begin
    v_faults := array(select 'there is no column ' || k from jsonb_object_keys(r) k where k <> all (v_known) order by k)
        || array(select m.name || ' is missing' from unnest('{id,kind,proof,source,zh,en}'::text[]) m (name)
            where coalesce(r ->> m.name, '') = '')
        || array(select m.name || ' is true or false' from unnest('{is_required,is_enabled}'::text[]) m (name)
            where coalesce(nullif(r ->> m.name, ''), 'true') not in ('true', 'false'))
        || array(select m.name || ' is a day, YYYY-MM-DD, or empty' from unnest('{valid_from,valid_to}'::text[]) m (name)
            where coalesce(r ->> m.name, '') <> '' and tcr.day_of(r ->> m.name) is null);
    if tcr.day_of(r ->> 'valid_from') > tcr.day_of(r ->> 'valid_to') then
        v_faults := v_faults || 'valid_to lies before valid_from'::text;
    end if;
    if v_proof not in ('', 'final', 'draft', 'practice', 'proposed') then
        v_faults := v_faults || ('proof ' || v_proof || ' is unknown: final, draft, practice or proposed');
    elsif v_proof = 'final' and coalesce(r ->> 'article', '') = '' then
        v_faults := v_faults || 'final without an article'::text;
    end if;
    if v_region <> '' and r ->> 'kind' <> 'parameter' then
        v_faults := v_faults || 'only a parameter has a region'::text;
    elsif v_region <> '' and (v_region !~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$' or not exists (select from tcr.code c
            where c.list = 'region_cn_all' and c.code = rpad(v_region, 6, '0'))) then
        v_faults := v_faults || ('region ' || v_region || ' is unknown: 2, 4 or 6 digits of GB/T 2260');
    end if;
    return v_faults || tcr.rule_kind_faults(r);
end
$$;

-- The same for what depends on the kind of the row.
create or replace function tcr.rule_kind_faults(r jsonb) returns text[]
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_id text := r ->> 'id';
    v_kind text := r ->> 'kind';
    v_value text := coalesce(r ->> 'value', '');
    v_old tcr.rule;
    v_faults text[] := '{}';
begin
    select * into v_old from tcr.rule t where t.id = v_id order by t.valid_from desc limit 1;
    if v_kind <> all ('{set,form,type,criterion,exclusion,refusal,parameter}'::text[]) then
        v_faults := v_faults || ('kind ' || v_kind || ' is unknown');
    elsif v_old.kind <> v_kind then
        v_faults := v_faults || ('it is of kind ' || v_old.kind);
    elsif v_kind in ('form', 'parameter') and v_old.id is null then
        v_faults := v_faults || ('the program knows no ' || v_kind || ' of this id');
    elsif v_kind = 'set' and v_id <> 'rule_set' then
        v_faults := v_faults || 'the id of a rule set is rule_set, its name the value'::text;
    elsif v_kind = 'type' and v_id !~ '^[1-5]([0-9]{2})?$' then
        v_faults := v_faults || 'a type is a digit from 1 to 5, a subtype has two more'::text;
    elsif v_id !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' then
        v_faults := v_faults || 'an id has 1 to 64 of A-Z a-z 0-9 . _ -'::text;
    end if;
    if v_kind = 'form' and coalesce(r ->> 'severity', '') not in ('refusal', 'waivable', 'hint') then
        v_faults := v_faults || 'severity is refusal, waivable or hint'::text;
    elsif v_kind in ('type', 'criterion', 'exclusion')
            and coalesce(r ->> 'applies_to', '') not in ('GEN', 'DEV', 'TRF', 'CON', 'SRV', 'TRN', 'MED') then
        v_faults := v_faults || 'applies_to is GEN, DEV, TRF, CON, SRV, TRN or MED'::text;
    elsif v_kind in ('set', 'parameter') and v_value = '' then
        v_faults := v_faults || 'value is missing'::text;
    elsif v_kind = 'parameter' and tcr.value_shape(v_value) <> tcr.value_shape(v_old.value) then
        v_faults := v_faults || ('value must be ' || tcr.value_shape(v_old.value));
    elsif v_kind = 'parameter' and v_value <> all (tcr.value_words(v_id)) then
        v_faults := v_faults || ('value is one of ' || array_to_string(tcr.value_words(v_id), ', '));
    elsif v_kind in ('form', 'type') and v_value <> '' then
        v_faults := v_faults || ('a ' || v_kind || ' has no value');
    elsif v_kind in ('criterion', 'exclusion', 'refusal') and v_value <> '' and not exists (select from tcr.rule t
            where t.value = v_value and (t.kind = 'refusal') = (v_kind = 'refusal') and t.kind in ('criterion', 'exclusion', 'refusal')) then
        v_faults := v_faults || ('the program knows no value ' || v_value || ' of a ' || v_kind);
    end if;
    if r ->> 'is_enabled' = 'false' and v_kind not in ('parameter', 'criterion', 'exclusion') then
        v_faults := v_faults || ('a ' || v_kind || ' cannot be switched off: end its validity');
    end if;
    return v_faults;
end
$$;

-- A row without faults as a row of the table.
create or replace function tcr.rule_row(r jsonb, p_batch bigint) returns tcr.rule
language sql stable set search_path = pg_catalog as $$
    select jsonb_populate_record(null::tcr.rule, (select jsonb_object_agg(m.key, m.value) from jsonb_each(r) m where m.value <> '""')
        || jsonb_build_object('region', coalesce(r ->> 'region', ''), 'is_required', coalesce(nullif(r ->> 'is_required', ''), 'true'),
            'is_enabled', coalesce(nullif(r ->> 'is_enabled', ''), 'true'),
            'valid_from', coalesce(nullif(r ->> 'valid_from', ''), '-infinity'),
            'valid_to', coalesce(nullif(r ->> 'valid_to', ''), 'infinity'), 'batch', p_batch))
$$;

create or replace function tcr.rule_put(p_row tcr.rule) returns void
language plpgsql volatile set search_path = pg_catalog as $$
begin
    delete from tcr.rule t where t.id = p_row.id and t.region = p_row.region and t.valid_from = p_row.valid_from;
    insert into tcr.rule values (p_row.*);
end
$$;

create or replace function tcr.rule_batch_open(p_kind text, p_by text, p_file text, p_sha256 text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_number bigint;
begin
    lock table tcr.rule_batch, tcr.rule in share row exclusive mode;
    insert into tcr.rule_batch (number, kind, by_whom, file, sha256)
    select coalesce(max(b.number), 0) + 1, p_kind, p_by, p_file, p_sha256 from tcr.rule_batch b
    returning number into v_number;
    return v_number;
end
$$;

-- Load the rows of a file. what: fault, new, changed, or batch with the number in detail. With a fault the caller rolls back; for a
-- preview as well.
create or replace function tcr.rule_load(p_rows jsonb, p_file text, p_sha256 text, p_by text)
returns table (what text, line bigint, id text, detail text)
language plpgsql volatile set search_path = pg_catalog as $$
#variable_conflict use_column
declare
    v_batch bigint := tcr.rule_batch_open('load', p_by, p_file, p_sha256);
    v_bad boolean := false;
    v_count integer := 0;
    v_old tcr.rule;
    v_new tcr.rule;
    i record;
begin
    if p_rows = '[]' then
        return query select 'fault', null::bigint, 'no row', 'a file has a line with the names of its columns and at least one row';
        return;
    end if;
    for i in select e.ord + 1 as line, e.item from jsonb_array_elements(p_rows) with ordinality e (item, ord) order by e.ord loop
        return query select 'fault', i.line, coalesce(i.item ->> 'id', ''), f from unnest(tcr.rule_row_faults(i.item)) f;
        v_bad := v_bad or found;
    end loop;
    return query
    select 'fault', max(e.ord) + 1, e.item ->> 'id', 'stands more than once in the file with the same region and valid_from'
    from jsonb_array_elements(p_rows) with ordinality e (item, ord)
    group by e.item ->> 'id', coalesce(e.item ->> 'region', ''), coalesce(e.item ->> 'valid_from', '') having count(*) > 1;
    if v_bad or found then
        return;
    end if;
    for i in select e.ord + 1 as line, e.item from jsonb_array_elements(p_rows) with ordinality e (item, ord) order by e.ord loop
        v_new := tcr.rule_row(i.item, v_batch);
        select * into v_old from tcr.rule t where t.id = v_new.id and t.region = v_new.region and t.valid_from = v_new.valid_from;
        continue when v_old.id is not null and to_jsonb(v_old) - 'batch' = to_jsonb(v_new) - 'batch';
        perform tcr.rule_put(v_new);
        v_count := v_count + 1;
        insert into tcr.rule_change (batch, item, before, after)
        values (v_batch, v_count, case when v_old.id is not null then to_jsonb(v_old) end, to_jsonb(v_new));
        return query select case when v_old.id is null then 'new' else 'changed' end, i.line, v_new.id,
            concat_ws(' ', nullif(v_new.region, ''), tcr.rule_validity(v_new.valid_from, v_new.valid_to),
                tcr.rule_difference(v_old, v_new));
    end loop;
    return query
    select 'fault', null::bigint, concat_ws(' ', b.id, nullif(b.region, '')), b.fault
    from tcr.rule_breaks(array(select distinct e.item ->> 'id' from jsonb_array_elements(p_rows) e (item))) b;
    if found then
        return;
    end if;
    perform tcr.admin_audit('rule.load', 'rule_batch ' || v_batch, p_by);
    return query select 'batch', v_count::bigint, '', v_batch::text;
end
$$;

-- Members that differ: "value: 15 working_day -> 10 working_day".
create or replace function tcr.rule_difference(p_old tcr.rule, p_new tcr.rule) returns text
language sql stable set search_path = pg_catalog as $$
    select string_agg(n.key || ': ' || case when p_old.id is null then '' else coalesce(o.value, '-') || ' -> ' end
        || coalesce(n.value, '-'), ', ' order by n.key)
    from jsonb_each_text(to_jsonb(p_new)) n left join jsonb_each_text(to_jsonb(p_old)) o on o.key = n.key
    where n.key <> 'batch' and n.value is distinct from o.value and (p_old.id is not null or n.key in ('kind', 'value', 'zh'))
$$;

-- Switching and taking back --------------------------------------------------------------------------------------------------

-- Switch the rows of an id on or off that hold today or later. p_region null: the rows for the area of the installation, which may
-- be those that hold everywhere. Returns the number of the batch, null when nothing changed.
create or replace function tcr.rule_confirm(p_id text, p_region text, p_is_enabled boolean, p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_region text := coalesce(p_region, (select r.region from tcr.rule r, tcr.installation i
        where r.id = p_id and left(i.region, length(r.region)) = r.region order by length(r.region) desc limit 1));
    v_batch bigint;
    v_old tcr.rule;
    v_new tcr.rule;
    v_item integer := 0;
begin
    if not exists (select from tcr.rule r where r.id = p_id and r.region = v_region
            and r.kind in ('parameter', 'criterion', 'exclusion')) then
        raise exception 'there is no parameter or line % that can be switched%', p_id, coalesce(' for region ' || p_region, '') using errcode = 'TC010';
    end if;
    v_batch := tcr.rule_batch_open('confirm', p_by, null, null);
    for v_old in
        select t.* from tcr.rule t where t.id = p_id and t.region = v_region and t.valid_to >= tcr.today()
            and t.is_enabled <> p_is_enabled order by t.valid_from
    loop
        v_new := v_old;
        v_new.is_enabled := p_is_enabled;
        perform tcr.rule_put(v_new);
        v_item := v_item + 1;
        insert into tcr.rule_change (batch, item, before, after) values (v_batch, v_item, to_jsonb(v_old), to_jsonb(v_new));
    end loop;
    if v_item = 0 then
        raise exception 'rule % is switched % already', concat_ws(' ', p_id, nullif(v_region, '')),
            case when p_is_enabled then 'on' else 'off' end using errcode = 'TC010';
    end if;
    perform tcr.admin_audit(case when p_is_enabled then 'rule.confirm' else 'rule.switch_off' end, 'rule_batch ' || v_batch, p_by);
    return v_batch;
end
$$;

-- The first contract that was decided since a batch by rules of a day and an area in which one of its rows holds; null: none.
create or replace function tcr.rule_batch_used(p_batch bigint) returns bigint
language sql stable set search_path = pg_catalog as $$
    select r.contract_id
    from tcr.rule_batch b
    join tcr.contract_release r on r.event in ('certify', 'refuse', 'record_decision', 'record_refusal')
        and r.day >= (b.at at time zone 'Asia/Shanghai')::date and r.at > b.at
    join tcr.registration_point p on p.id = r.point_id
    cross join lateral (select tcr.rules_day(jsonb_populate_record(null::tcr.contract,
        jsonb_build_object('accepted_on', r.accepted_on, 'registered_on', r.day)), r.day) as day) j
    where b.number = p_batch and exists (select from tcr.rule_change c
        cross join lateral jsonb_populate_record(null::tcr.rule, c.after) n
        where c.batch = p_batch and j.day between n.valid_from and n.valid_to and left(p.region, length(n.region)) = n.region)
    order by r.seq limit 1
$$;

-- Take a batch back: every row becomes what it was before. Refused when one of them was changed again, or when a decision was made
-- meanwhile by rules of its days.
create or replace function tcr.rule_undo(p_batch bigint, p_by text) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    b tcr.rule_batch;
    v_used bigint;
    i record;
    v_row tcr.rule;
    v_now jsonb;
    v_fault text;
begin
    lock table tcr.rule_batch, tcr.rule in share row exclusive mode;
    select * into b from tcr.rule_batch t where t.number = p_batch;
    v_used := tcr.rule_batch_used(p_batch);
    if b.number is null then
        raise exception 'there is no batch %', p_batch using errcode = 'TC010';
    elsif b.undone_at is not null then
        raise exception 'batch % was taken back already', p_batch using errcode = 'TC010';
    elsif v_used is not null then
        raise exception 'batch % cannot be taken back: contract % was decided under it; load a file that corrects the rules instead',
            p_batch, v_used using errcode = 'TC010';
    end if;
    for i in select c.before, c.after from tcr.rule_change c where c.batch = p_batch order by c.item desc loop
        v_row := jsonb_populate_record(null::tcr.rule, i.after);
        select to_jsonb(t) into v_now from tcr.rule t
        where t.id = v_row.id and t.region = v_row.region and t.valid_from = v_row.valid_from;
        if v_now is distinct from i.after then
            raise exception 'batch % cannot be taken back: % was changed after it, take that back first', p_batch, v_row.id
                using errcode = 'TC010';
        end if;
        if i.before is null then
            delete from tcr.rule t where t.id = v_row.id and t.region = v_row.region and t.valid_from = v_row.valid_from;
        else
            perform tcr.rule_put(jsonb_populate_record(null::tcr.rule, i.before));
        end if;
    end loop;
    select concat_ws(' ', f.id, f.fault) into v_fault
    from tcr.rule_breaks(array(select c.after ->> 'id' from tcr.rule_change c where c.batch = p_batch)) f limit 1;
    if v_fault is not null then
        raise exception 'batch % cannot be taken back: %', p_batch, v_fault using errcode = 'TC010';
    end if;
    update tcr.rule_batch t set undone_at = now(), undone_by = p_by where t.number = p_batch;
    perform tcr.admin_audit('rule.undo', 'rule_batch ' || p_batch, p_by);
    return (select count(*) from tcr.rule_change c where c.batch = p_batch);
end
$$;

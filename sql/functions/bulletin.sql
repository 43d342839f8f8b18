-- bulletin - bulletins of periods: a draft at any time, issued once the period is closed, corrected by a new version. What was issued is
-- answered to the byte from then on.

-- Kind and days of a month, quarter, half or year that has begun; kind is null otherwise.
create or replace function tcr.bulletin_period(p_period text, out kind text, out first_day date, out last_day date)
language plpgsql stable set search_path = pg_catalog as $$
begin
    select d.kind, d.first_day, d.last_day into kind, first_day, last_day from tcr.period_days(p_period) d
    where d.kind <> 'span' and d.first_day <= tcr.today();
end
$$;

-- Members and items of a document that are no objects or lists, by JSON Pointer; items that have a code are named by it, so that a new
-- order alone is no difference.
create or replace function tcr.bulletin_leaves(p_value jsonb, p_pointer text default '') returns table (pointer text, value text)
language plpgsql immutable set search_path = pg_catalog as $$
begin
    if jsonb_typeof(p_value) = 'object' then
        return query select l.* from jsonb_each(p_value) m, tcr.bulletin_leaves(m.value, p_pointer || '/' || m.key) l;
    elsif jsonb_typeof(p_value) = 'array' then
        return query select l.* from jsonb_array_elements(p_value) with ordinality i (item, o),
            tcr.bulletin_leaves(i.item, p_pointer || '/' || coalesce(case jsonb_typeof(i.item) when 'object' then i.item ->> 'code' end,
                (i.o - 1)::text)) l;
    else
        return query select p_pointer, p_value #>> '{}';
    end if;
end
$$;

create or replace function tcr.bulletin_changes(p_before jsonb, p_after jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_beside text[] := '{reference_seq}';
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('pointer', c.pointer, 'before', c.before, 'after', c.after) order by c.pointer), '[]')
        from (select coalesce(b.pointer, a.pointer) as pointer, b.value as before, a.value as after
            from tcr.bulletin_leaves(p_before - v_beside) b full join tcr.bulletin_leaves(p_after - v_beside) a on a.pointer = b.pointer
            where b.value is distinct from a.value order by 1 limit 500) c);
end
$$;

-- The document to be issued now, in a language. p_args: period, document_number, signer, issued_on, reason.
create or replace function tcr.bulletin_made(p_args jsonb, p_data jsonb, p_lang text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_before tcr.bulletin;
begin
    select * into v_before from tcr.bulletin b where b.period = p_args ->> 'period' order by b.version desc limit 1;
    return tcr.bulletin_document(p_data, jsonb_build_object('version', coalesce(v_before.version, 0) + 1,
        'document_number', p_args -> 'document_number', 'signer', p_args -> 'signer', 'issued_on', p_args -> 'issued_on',
        'reason', p_args -> 'reason', 'changes', case when v_before.version is null then '[]'
            else tcr.bulletin_changes(v_before.data, p_data) end), p_lang);
end
$$;

-- For the files, before they are stored: the documents are read, and come back with the files to tcr.store. A year of the largest record
-- takes longer than a write may. No row: tcr.store answers why.
create or replace function tcr.bulletin_prepare(p_account_id bigint, p_method text, p_args jsonb) returns table (zh text, en text)
language plpgsql stable security definer set search_path = pg_catalog set jit = off as $$
declare
    v_account tcr.account := (select a from tcr.account a where a.id = p_account_id);
    v_seq bigint := (select s.value from tcr.sequence_counter s);
    v_data jsonb;
begin
    if tcr.store_refusal(v_account, p_account_id, p_method, null, p_args) is null then
        v_data := tcr.bulletin_data(p_args ->> 'period', (select c.seq from tcr.period_closing c where c.period = p_args ->> 'period'), v_seq);
        return query select tcr.bulletin_made(p_args, v_data, 'zh')::text, tcr.bulletin_made(p_args, v_data, 'en')::text;
    end if;
end
$$;

create or replace function tcr.bulletin_json(b tcr.bulletin) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('id', b.period, 'period', b.period, 'version', b.version, 'document_number', b.document_number,
        'signer', b.signer, 'issued_on', b.issued_on, 'reason', b.reason, 'changes', b.changes, 'as_of_seq', b.as_of_seq,
        'reference_seq', b.reference_seq, 'issued_by', (select a.name from tcr.account a where a.id = b.issued_by),
        'issued_at', tcr.instant(b.issued_at),
        'files', (select jsonb_agg(jsonb_build_object('format', f.format, 'lang', f.lang, 'bytes', length(f.bytes),
                'sha256', encode(f.sha256, 'hex')) order by f.lang desc, f.format)
            from tcr.bulletin_file f where f.period = b.period and f.version = b.version));
end
$$;

create or replace function tcr.refusal_bulletin_issue(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_period text := p_args ->> 'period';
begin
    if (tcr.bulletin_period(v_period)).kind is null then
        return tcr.refused('not_found');
    elsif not exists (select from tcr.period_closing c where c.period = v_period) then
        return tcr.refused('state', 'refused.period_open', v_period);
    elsif exists (select from tcr.bulletin b where b.period = v_period) then
        return tcr.refused('state', 'refused.bulletin_issued', v_period);
    end if;
    return null;
end
$$;

create or replace function tcr.refusal_bulletin_corrigendum(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    if (tcr.bulletin_period(p_args ->> 'period')).kind is null then
        return tcr.refused('not_found');
    elsif not exists (select from tcr.bulletin b where b.period = p_args ->> 'period') then
        return tcr.refused('state', 'refused.bulletin_missing', p_args ->> 'period');
    end if;
    return null;
end
$$;

-- p_args also holds what was made: documents (zh and en as text, as tcr.bulletin_prepare gave them out), files (lang, format, base64).
create or replace function tcr.bulletin_store(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    d jsonb := (p_args #>> '{documents,zh}')::jsonb;
    v_issue jsonb := d -> 'issue';
    c tcr.period_closing;
    b tcr.bulletin;
begin
    select * into c from tcr.period_closing x where x.period = p_args ->> 'period';
    if exists (select from tcr.bulletin x where x.document_number = p_args ->> 'document_number') then
        return tcr.faulty(tcr.fault('/document_number', 'bulletin.document_number'));
    elsif (v_issue ->> 'version')::integer is distinct from
            (select coalesce(max(x.version), 0) + 1 from tcr.bulletin x where x.period = c.period) then
        return tcr.refused('state', 'refused.bulletin_meanwhile');
    elsif d ->> 'period' is distinct from c.period or (d ->> 'as_of_seq')::bigint is distinct from tcr.figure_seq(c.seq) then
        raise exception 'a document of another closing' using errcode = 'TC021';
    end if;
    insert into tcr.bulletin (period, version, document_number, signer, issued_on, reason, changes, as_of_seq, reference_seq, data, issued_by)
    select c.period, (v_issue ->> 'version')::integer, v_issue ->> 'document_number', v_issue ->> 'signer',
        (v_issue ->> 'issued_on')::date, v_issue ->> 'reason', v_issue -> 'changes', c.seq, (d ->> 'reference_seq')::bigint,
        d - '{lang,is_draft,issue,title,subtitle,foot,created,blocks}'::text[], p_account.id
    returning * into b;
    insert into tcr.bulletin_file (period, version, format, lang, bytes, sha256)
    select b.period, b.version, f.format, f.lang, f.bytes, sha256(f.bytes)
    from (select x.format, x.lang, decode(x.base64, 'base64') as bytes
            from jsonb_to_recordset(p_args -> 'files') x (format text, lang text, base64 text)
        union all select 'json', x.key, convert_to(x.value, 'UTF8') from jsonb_each_text(p_args -> 'documents') x) f;
    return tcr.stored(format('bulletin %s %s', b.period, b.version), tcr.bulletin_json(b));
end
$$;

create or replace function tcr.store_bulletin_issue(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
begin
    return tcr.bulletin_store(p_account, p_args - 'reason');
end
$$;

create or replace function tcr.store_bulletin_corrigendum(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
begin
    return tcr.bulletin_store(p_account, p_args);
end
$$;

-- One bulletin in one format. issued: body is the file as it was issued; draft: body is the document (JSON) that a file is made from.
-- p_version null: the newest issued one, else the draft; 0: the draft. No row: there is none, or not for this reader.
create or replace function tcr.bulletin_find(p_sees_drafts boolean, p_period text, p_version bigint, p_format text, p_lang text)
returns table (state bytea, version bytea, body bytea)
language plpgsql stable set search_path = pg_catalog set jit = off as $$
declare
    v_period record := tcr.bulletin_period(p_period);
    v_version integer;
    v_seq bigint := (select s.value from tcr.sequence_counter s);
begin
    select max(b.version) into v_version from tcr.bulletin b
    where b.period = p_period and (p_version is null or b.version = p_version);
    if v_period.kind is null or (p_version > 0 and v_version is null) or (v_version is null and not p_sees_drafts) then
        return;
    elsif v_version is not null then
        return query select convert_to('issued', 'UTF8'), convert_to(f.version::text, 'UTF8'), f.bytes
        from tcr.bulletin_file f where f.period = p_period and f.version = v_version and f.format = p_format and f.lang = p_lang;
        return;
    end if;
    return query select convert_to('draft', 'UTF8'), convert_to('draft', 'UTF8'), convert_to(tcr.bulletin_document(tcr.bulletin_data(p_period,
        coalesce((select c.seq from tcr.period_closing c where c.period = p_period), v_seq), v_seq), null, p_lang)::text, 'UTF8');
end
$$;

-- Drafts are for bureau and auditor; a county reads what was issued.
create or replace function tcr.bulletin_get(p_account_id bigint, p_method text, p_period text, p_version bigint, p_format text, p_lang text)
returns table (state bytea, version bytea, body bytea)
language plpgsql stable security definer set search_path = pg_catalog as $$
begin
    return query select f.*
    from tcr.account a, tcr.bulletin_find('{bureau,auditor}'::text[] && a.roles, p_period, p_version, p_format, p_lang) f
    where a.id = p_account_id and tcr.account_may(p_account_id, p_method);
end
$$;

create or replace function tcr.fetch_bulletin_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_year bigint := p_args ->> 'year';
begin
    return jsonb_build_object('next', null, 'audit', 'bulletin',
        'items', coalesce((select jsonb_agg(tcr.bulletin_json(b) order by c.last_day, c.first_day desc, b.version)
            from tcr.bulletin b join tcr.period_closing c on c.period = b.period
            where v_year is null or extract(year from c.last_day) = v_year), '[]'),
        'to_issue', case when '{bureau,auditor}'::text[] && p_account.roles then coalesce((select jsonb_agg(c.period
                order by c.last_day, c.first_day desc)
            from tcr.period_closing c where (v_year is null or extract(year from c.last_day) = v_year)
                and not exists (select from tcr.bulletin b where b.period = c.period)), '[]') else '[]' end);
end
$$;

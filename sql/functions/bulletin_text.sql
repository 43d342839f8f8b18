-- bulletin_text - a bulletin as a document: sentences and tables from the numbers of tcr.bulletin_data and from nothing else. Sentences
-- are texts of papers (kinds bulletin and bulletin_en), in which {names} stand for values; a name or a whole sentence that has no value
-- is "-" or left out. Amounts are shown in 亿元 or 万元 (million yuan and ten thousand yuan in English), two decimals, half away from zero.

create or replace function tcr.bulletin_texts(p_lang text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_object_agg(t.key, t.value ->> 'text')
        from jsonb_each(tcr.paper_texts(case p_lang when 'en' then 'bulletin_en' else 'bulletin' end, tcr.today())) t);
end
$$;

-- A value as it is shown: of a table and of a sentence alike.
create or replace function tcr.bulletin_shown(p_value text, p_unit text) returns text
language sql immutable as $$
    select case when p_value is null then '-'
        when p_unit = 'yi' then round(p_value::numeric / 100000000, 2)::text
        when p_unit = 'million' then round(p_value::numeric / 1000000, 2)::text
        when p_unit = 'wan' then round(p_value::numeric / 10000, 2)::text
        else p_value end
$$;

-- "增长49.01%"
create or replace function tcr.bulletin_growth(p_percent text, p_lang text) returns text
language sql immutable as $$
    select case when p_percent is null then '-'
        when p_percent::numeric = 0 then case p_lang when 'en' then 'unchanged' else '持平' end
        when p_lang = 'en' then case when p_percent::numeric > 0 then 'up ' else 'down ' end || ltrim(p_percent, '-') || '%'
        else case when p_percent::numeric > 0 then '增长' else '下降' end || ltrim(p_percent, '-') || '%' end
$$;

-- Sums of an object under names that begin with p_name: total, technology (large unit), and _wan (small unit).
create or replace function tcr.bulletin_amounts(p_name text, p_row jsonb, p_lang text) returns jsonb
language sql immutable as $$
    select jsonb_build_object(p_name || 'count', coalesce(p_row ->> 'count', '-'),
        p_name || 'total', tcr.bulletin_shown(p_row ->> 'total_amount', case p_lang when 'en' then 'million' else 'yi' end),
        p_name || 'technology', tcr.bulletin_shown(p_row ->> 'technology_amount', case p_lang when 'en' then 'million' else 'yi' end),
        p_name || 'total_wan', tcr.bulletin_shown(p_row ->> 'total_amount', 'wan'),
        p_name || 'technology_wan', tcr.bulletin_shown(p_row ->> 'technology_amount', 'wan'),
        p_name || 'growth_count', tcr.bulletin_growth(p_row ->> 'growth_count', p_lang),
        p_name || 'growth_total', tcr.bulletin_growth(p_row ->> 'growth_total_amount', p_lang),
        p_name || 'growth_technology', tcr.bulletin_growth(p_row ->> 'growth_technology_amount', p_lang))
$$;

-- {names} of a text; what has no value stays as it is ({page} is the helper's).
create or replace function tcr.bulletin_say(p_text text, p_values jsonb) returns text
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v record;
begin
    for v in select * from jsonb_each_text(p_values) loop
        p_text := replace(p_text, '{' || v.key || '}', coalesce(v.value, '-'));
    end loop;
    return p_text;
end
$$;

-- "兰山区12项、3.40亿元；罗庄区…": the first p_limit rows in the words of one text.
create or replace function tcr.bulletin_series(p_rows jsonb, p_text text, p_limit integer, p_lang text) returns text
language plpgsql immutable set search_path = pg_catalog as $$
begin
    return (select string_agg(tcr.bulletin_say(p_text, tcr.bulletin_amounts('', r.row, p_lang)
            || jsonb_build_object('name', r.row ->> p_lang, 'share', coalesce((r.row ->> 'share_total_amount') || '%', '-'))),
            case p_lang when 'en' then '; ' else '；' end order by r.o)
        from jsonb_array_elements(p_rows) with ordinality r (row, o) where r.o <= p_limit);
end
$$;

create or replace function tcr.bulletin_period_name(p_period text, p_lang text) returns text
language sql immutable as $$
    select case when p_lang = 'en' then case
            when p_period like '____H_' then case right(p_period, 1) when '1' then 'first' else 'second' end || ' half of ' || left(p_period, 4)
            when p_period like '____Q_' then (array['first', 'second', 'third', 'fourth'])[right(p_period, 1)::integer] || ' quarter of '
                || left(p_period, 4)
            else p_period end
        else left(p_period, 4) || '年' || case
            when p_period like '____H_' then case right(p_period, 1) when '1' then '上半年' else '下半年' end
            when p_period like '____Q_' then '第' || (array['一', '二', '三', '四'])[right(p_period, 1)::integer] || '季度'
            when p_period like '____-__' then right(p_period, 2)::integer || '月' else '' end end
$$;

create or replace function tcr.bulletin_day(p_day text, p_lang text) returns text
language sql immutable as $$
    select case p_lang when 'en' then p_day
        else to_char(p_day::date, 'FMYYYY"年"FMMM"月"FMDD"日"') end
$$;

-- What the texts of this bulletin may name. p_issue: document_number, signer, issued_on, reason; null: a draft.
create or replace function tcr.bulletin_named(p_data jsonb, p_issue jsonb, p_lang text, p_texts jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    h jsonb := p_data -> 'headline';
    v_large text := case p_lang when 'en' then 'million' else 'yi' end;
    v_ahead numeric := (h ->> 'ahead')::numeric;
begin
    return tcr.bulletin_amounts('', h, p_lang)
        || (select jsonb_object_agg(x.k, x.v) from jsonb_array_elements(p_data -> 'bases') b (row),
            jsonb_each(tcr.bulletin_amounts((b.row ->> 'code') || '_', b.row, p_lang)) x (k, v))
        || tcr.bulletin_amounts('earlier_', p_data #> '{restatements,earlier}', p_lang)
        || tcr.bulletin_amounts('later_', p_data #> '{restatements,later}', p_lang)
        || jsonb_build_object('period', tcr.bulletin_period_name(p_data ->> 'period', p_lang),
            'area', coalesce(p_data ->> ('region_' || p_lang), p_data ->> 'region'), 'year', left(p_data ->> 'period', 4),
            'through', tcr.bulletin_day(p_data ->> 'through', p_lang), 'as_of_seq', p_data ->> 'as_of_seq',
            'since', tcr.bulletin_day(p_data #>> '{restatements,since}', p_lang),
            'average', tcr.bulletin_shown(h ->> 'average_amount', 'wan'),
            'technology_ratio', coalesce((h ->> 'technology_ratio') || '%', '-'), 'gdp_share', coalesce((h ->> 'gdp_share') || '%', '-'),
            'target', tcr.bulletin_shown(h ->> 'target', v_large), 'reached', tcr.bulletin_shown(h ->> 'reached', v_large),
            'due_percent', coalesce((h ->> 'due_percent') || '%', '-'), 'reached_percent', coalesce((h ->> 'reached_percent') || '%', '-'),
            'ahead', tcr.bulletin_say(p_texts ->> case when v_ahead < 0 then 'behind' when v_ahead = 0 then 'on_pace' else 'ahead' end,
                jsonb_build_object('amount', ltrim(tcr.bulletin_shown(h ->> 'ahead', v_large), '-'))),
            'districts', tcr.bulletin_series(p_data -> 'districts', p_texts ->> 'one_district', 3, p_lang),
            'types', tcr.bulletin_series(p_data -> 'contract_types', p_texts ->> 'one_type', 9, p_lang),
            'fields', tcr.bulletin_series(p_data -> 'fields', p_texts ->> 'one_field', 3, p_lang),
            'earlier_contracts', p_data #>> '{restatements,earlier,contracts}', 'later_contracts', p_data #>> '{restatements,later,contracts}',
            'external', p_data #>> '{coverage,count}')
        || jsonb_build_object('document_number', coalesce(p_issue ->> 'document_number', '-'), 'signer', coalesce(p_issue ->> 'signer', '-'),
            'issued_on', case when p_issue is not null then tcr.bulletin_day(p_issue ->> 'issued_on', p_lang) end,
            'reason', p_issue ->> 'reason');
end
$$;

-- Tables ------------------------------------------------------------------------------------------------------------------

-- The columns that tables choose from: the member of a row, how it is shown, its heading, its width.
create or replace function tcr.bulletin_columns() returns table (name text, member text, unit text, zh text, en text, width integer)
language sql immutable as $$
    values ('rank', 'rank', 'count', '位次', 'Rank', 3), ('name', 'name', 'text', '名称', 'Name', 8),
        ('count', 'count', 'count', '项数（项）', 'Number', 5),
        ('contracts', 'contracts', 'count', '涉及合同（项）', 'Contracts concerned', 8),
        ('total', 'total_amount', 'wan', '合同成交额（万元）', 'Total amount (ten thousand yuan)', 9),
        ('technology', 'technology_amount', 'wan', '技术交易额（万元）', 'Tech. amount (ten thousand yuan)', 9),
        ('average', 'average_amount', 'wan', '平均每项（万元）', 'Average (ten thousand yuan)', 7),
        ('technology_ratio', 'technology_ratio', 'percent', '技术交易额占比（%）', 'Tech. ratio (%)', 7),
        ('growth_count', 'growth_count', 'percent', '项数增长（%）', 'Growth of number (%)', 6),
        ('growth_total', 'growth_total_amount', 'percent', '成交额增长（%）', 'Growth of total (%)', 7),
        ('growth_technology', 'growth_technology_amount', 'percent', '技术交易额增长（%）', 'Growth of tech. amount (%)', 7),
        ('share', 'share_total_amount', 'percent', '成交额占比（%）', 'Share of total (%)', 6),
        ('target', 'target', 'wan', '年度目标（万元）', 'Target of the year (ten thousand yuan)', 9),
        ('due_percent', 'due_percent', 'percent', '应完成（%）', 'Due (%)', 6),
        ('reached', 'reached', 'wan', '本年累计完成（万元）', 'Reached this year (ten thousand yuan)', 9),
        ('reached_percent', 'reached_percent', 'percent', '已完成（%）', 'Reached (%)', 6),
        ('ahead', 'ahead', 'wan', '超前或滞后（万元）', 'Ahead or behind (ten thousand yuan)', 9),
        ('gdp_share', 'gdp_share', 'percent', '占地区生产总值（%）', 'Share of GDP (%)', 7),
        ('rank_growth', 'rank_growth', 'count', '增幅位次', 'Rank by growth', 4),
        ('source', 'source', 'text', '来源', 'Source', 9), ('day', 'day', 'text', '日期', 'Day', 5),
        ('pointer', 'pointer', 'text', '更正位置', 'Place', 12), ('before', 'before', 'text', '原为', 'Before', 8),
        ('after', 'after', 'text', '更正为', 'After', 8)
$$;

-- The sections in order: a heading, the sentence (a text of papers) and a table of rows of the data; chart: what is drawn before it.
create or replace function tcr.bulletin_sections() returns table (key text, path text[], columns text[], chart text, zh text, en text)
language sql immutable as $$
    values ('headline', '{headline}'::text[],
            '{count,total,technology,average,technology_ratio,growth_count,growth_total,growth_technology}'::text[], null, '总体情况', 'Overall'),
        ('districts', '{districts}', '{rank,name,count,total,technology,growth_count,growth_total,growth_technology,share}', 'bars', '县区情况',
            'Districts'),
        ('pace', '{districts}', '{name,target,due_percent,reached,reached_percent,ahead,gdp_share}', null, '目标进度', 'Pace to target'),
        ('contract_types', '{contract_types}', '{name,count,total,technology,growth_count,growth_total,share}', null, '合同类型', 'Contract types'),
        ('contract_types4', '{contract_types4}', '{name,count,total,technology,growth_count,growth_total,share}', null, '四类技术合同',
            'Four statistical types'),
        ('fields', '{fields}', '{rank,name,count,total,technology,growth_count,growth_total,share}', null, '技术领域', 'Technical fields'),
        ('bases', '{bases}', '{name,count,total,technology,growth_count,growth_total}', null, '输出与吸纳', 'Output and absorption'),
        ('directions', '{directions}', '{rank,name,count,total,technology,growth_total,share}', null, '流向', 'Directions'),
        ('months', '{months}', '{name,count,total,technology}', 'line', '分月情况', 'Months'),
        ('agencies', '{agencies}', '{rank,name,count,total,technology,growth_total}', null, '主要登记单位', 'Agencies'),
        ('restatements', '{restatements,earlier,items}', '{name,contracts,count,total,technology}', null, '自上期以来的调整',
            'Adjustments since the last bulletin'),
        ('later', '{restatements,later,items}', '{name,contracts,count,total,technology}', null, '对本期合同的后续调整',
            'Later adjustments of this period'),
        ('coverage', '{coverage,sources}', '{source,day,count}', null, '数据范围', 'Coverage'),
        ('peers', '{peers}', '{rank,name,count,total,technology,growth_total,rank_growth,source}', null, '与其他市比较', 'Other cities')
$$;

create or replace function tcr.bulletin_table(p_key text, p_rows jsonb, p_columns text[], p_lang text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return jsonb_build_object('type', 'table', 'key', p_key,
        'columns', (select jsonb_agg(jsonb_build_object('name', c.name, 'title', case p_lang when 'en' then c.en else c.zh end,
                'width', c.width, 'unit', c.unit) || case c.unit when 'text' then '{}' else '{"align": "right"}'::jsonb end order by n.o)
            from unnest(p_columns) with ordinality n (name, o) join tcr.bulletin_columns() c on c.name = n.name),
        'rows', (select coalesce(jsonb_agg((select jsonb_agg(case when c.member = 'name' then coalesce(r.row ->> p_lang, r.row ->> 'zh', '-')
                    else tcr.bulletin_shown(r.row ->> c.member, c.unit) end order by n.o)
                from unnest(p_columns) with ordinality n (name, o) join tcr.bulletin_columns() c on c.name = n.name) order by r.o), '[]')
            from jsonb_array_elements(case jsonb_typeof(p_rows) when 'array' then p_rows else jsonb_build_array(p_rows) end)
                with ordinality r (row, o)));
end
$$;

-- Labels and the shown total amounts, at most 40 of them.
create or replace function tcr.bulletin_chart(p_kind text, p_rows jsonb, p_lang text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('type', 'chart', 'kind', p_kind, 'title', (select case p_lang when 'en' then c.en else c.zh end
                from tcr.bulletin_columns() c where c.name = 'total'),
            'labels', jsonb_agg(coalesce(r.row ->> p_lang, r.row ->> 'zh') order by r.o),
            'values', jsonb_agg(tcr.bulletin_shown(r.row ->> 'total_amount', 'wan') order by r.o))
        from jsonb_array_elements(p_rows) with ordinality r (row, o) where r.o <= 40 having count(*) > 0);
end
$$;

-- A section as blocks; a sentence is left out when its numbers are not known, the whole section when it has neither.
create or replace function tcr.bulletin_section(p_data jsonb, p_key text, p_number integer, p_lang text, p_texts jsonb, p_named jsonb)
returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    s record;
    v_rows jsonb;
    v_is_known boolean := case p_key when 'pace' then p_data #>> '{headline,target}' is not null
        when 'peers' then jsonb_array_length(p_data -> 'peers') > 0 else true end;
    v_text text := case when v_is_known then tcr.bulletin_say(p_texts ->> p_key, p_named) end;
    v_blocks jsonb := '[]';
begin
    select * into s from tcr.bulletin_sections() x where x.key = p_key;
    v_rows := p_data #> s.path;
    if p_key = 'pace' and not exists (select from jsonb_array_elements(v_rows) r (row)
            where coalesce(r.row ->> 'target', r.row ->> 'gdp') is not null) then
        v_rows := '[]';
    end if;
    if p_key = 'headline' and p_data #>> '{headline,gdp}' is not null then
        v_text := v_text || tcr.bulletin_say(p_texts ->> 'gdp', p_named);
    end if;
    if v_text is null and v_rows = '[]' then
        return '[]';
    end if;
    v_blocks := jsonb_build_array(jsonb_build_object('type', 'heading', 'text', case p_lang when 'en' then p_number || '. ' || s.en
        else (string_to_array('一,二,三,四,五,六,七,八,九,十,十一,十二,十三,十四', ','))[p_number] || '、' || s.zh end));
    if v_text is not null then
        v_blocks := v_blocks || jsonb_build_object('type', 'paragraph', 'key', p_key, 'text', v_text, 'indent', p_lang = 'zh');
    end if;
    if v_rows <> '[]' then
        if s.chart is not null then
            v_blocks := v_blocks || tcr.bulletin_chart(s.chart, v_rows, p_lang);
        end if;
        v_blocks := v_blocks || tcr.bulletin_table(p_key, v_rows, s.columns, p_lang);
    end if;
    return v_blocks;
end
$$;

-- The data with the document that people read, which is the model of the helper process as well (server/paper/paper_pdf.h).
create or replace function tcr.bulletin_document(p_data jsonb, p_issue jsonb, p_lang text) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_texts jsonb := tcr.bulletin_texts(p_lang);
    v_named jsonb := tcr.bulletin_named(p_data, p_issue, p_lang, v_texts);
    v_blocks jsonb := '[]';
    v_section jsonb;
    v_number integer := 1;
    s record;
begin
    if p_issue ->> 'reason' is not null then
        v_blocks := jsonb_build_array(jsonb_build_object('type', 'paragraph', 'key', 'corrigendum', 'indent', p_lang = 'zh',
            'text', tcr.bulletin_say(v_texts ->> 'corrigendum', v_named)));
        if p_issue -> 'changes' <> '[]' then
            v_blocks := v_blocks || tcr.bulletin_table('corrigendum', p_issue -> 'changes', '{pointer,before,after}', p_lang);
        end if;
    end if;
    for s in select x.key from tcr.bulletin_sections() x loop
        v_section := tcr.bulletin_section(p_data, s.key, v_number, p_lang, v_texts, v_named);
        v_blocks := v_blocks || v_section;
        v_number := v_number + (v_section <> '[]')::integer;
    end loop;
    v_blocks := v_blocks || jsonb_build_object('type', 'paragraph', 'key', 'note', 'text', tcr.bulletin_say(v_texts ->> 'note', v_named));
    if p_issue is not null then
        v_blocks := v_blocks || jsonb_build_object('type', 'closing', 'lines', jsonb_build_array(
            tcr.bulletin_say(v_texts ->> 'signer', v_named), v_named ->> 'issued_on'));
    end if;
    return p_data || jsonb_build_object('lang', p_lang, 'is_draft', p_issue is null, 'issue', p_issue,
        'title', tcr.bulletin_say(v_texts ->> 'title', v_named),
        'subtitle', tcr.bulletin_say(v_texts ->> case when p_issue is null then 'subtitle_draft' else 'subtitle' end, v_named),
        'foot', tcr.bulletin_say(v_texts ->> 'foot', v_named),
        'created', coalesce(p_issue ->> 'issued_on', p_data ->> 'through') || 'T00:00:00+08:00', 'blocks', v_blocks);
end
$$;

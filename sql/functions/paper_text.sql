-- paper_text - the wording of papers: what tcrd migrate ships, and what holds for a paper of a day.

-- Rows of the bureau's own survive: a row with another source is never overwritten.
create or replace function tcr.paper_text_store(p_rows jsonb) returns integer
language sql volatile set search_path = pg_catalog as $$
    with stored as (
        insert into tcr.paper_text as t (kind, key, text, article, proof, source, valid_from, valid_to)
        select r.kind, r.key, r.text, nullif(r.article, ''), r.proof, r.source, coalesce(nullif(r.valid_from, '')::date, '-infinity'),
            coalesce(nullif(r.valid_to, '')::date, 'infinity')
        from jsonb_to_recordset(p_rows) as r (kind text, key text, text text, article text, proof text, source text, valid_from text,
            valid_to text)
        on conflict (kind, key, valid_from) do update
            set text = excluded.text, article = excluded.article, proof = excluded.proof
            where t.source = excluded.source
                and (t.text, t.article, t.proof) is distinct from (excluded.text, excluded.article, excluded.proof)
        returning 1
    )
    select count(*)::integer from stored
$$;

-- {"key": {"text", "article"}} of one kind on a day: its own rows, else those for every kind; the newest row that is valid.
create or replace function tcr.paper_texts(p_kind text, p_day date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_object_agg(t.key, jsonb_build_object('text', t.text,
            'article', case when t.proof = 'final' then t.article end))
        from (select distinct on (r.key) r.key, r.text, r.article, r.proof from tcr.paper_text r
            where r.kind in (p_kind, '*') and p_day between r.valid_from and r.valid_to
            order by r.key, r.kind = p_kind desc, r.valid_from desc) t);
end
$$;

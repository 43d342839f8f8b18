-- record_verify - is the record what was filed and decided? Called by the owner only (tcrd verify), a stretch of the sequence at a time.

-- Releases after p_after, at most p_limit of them: the last one looked at (null: there are none), how many, how many carry a text, and
-- what is wrong with which contract. A text must have the hash that every release resting on it carries; the release points to a text
-- that exists; the sequence has no hole between releases and notices.
create or replace function tcr.record_verify(p_after bigint, p_limit integer)
returns table (last_seq bigint, releases bigint, texts bigint, faults text[])
language plpgsql stable set search_path = pg_catalog as $$
begin
    return query
    with r as materialized (
        select x.seq, x.contract_id, x.filed_seq, x.body, x.body_sha256 from tcr.contract_release x
        where x.seq > p_after order by x.seq limit p_limit
    ), numbers as (
        select r.seq from r
        union all
        select n.seq from tcr.notice n where n.seq > p_after and n.seq < (select max(r.seq) from r)
        union all
        select v.seq from tcr.reference_number v where v.seq > p_after and v.seq < (select max(r.seq) from r)
    )
    select max(r.seq), count(*), count(r.body), (
        select array_agg(format('contract %s, release %s: %s', f.contract_id, f.seq, f.fault) order by f.seq)
        from (
            select r.contract_id, r.seq, 'the text does not have its hash' as fault from r
            where r.body is not null and sha256(convert_to(r.body, 'UTF8')) <> r.body_sha256
            union all
            select r.contract_id, r.seq, 'the text it rests on is missing or another one' from r
            left join tcr.contract_release t on t.seq = r.filed_seq and t.contract_id = r.contract_id
            where r.body is null and (t.body is null or t.body_sha256 <> r.body_sha256)
            union all
            select a.contract_id, r.seq, format('the attachment %s does not have its hash', a.id) from r
            join tcr.attachment a on a.contract_id = r.contract_id and r.seq = r.filed_seq
            where not tcr.attachment_is_sound(a.id)
            union all
            select null, g.seq, 'the sequence has a hole before it'
            from (select n.seq, lag(n.seq, 1, p_after) over (order by n.seq) as before from numbers n) g
            where g.seq <> g.before + 1
        ) f)
    from r having count(*) > 0;
end
$$;

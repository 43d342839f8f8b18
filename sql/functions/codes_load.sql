-- codes_load, rules_load - the tables that a worker keeps in memory.
create or replace function tcr.codes_load()
returns table (list text, code text, name_zh text, name_en text, parent text, valid_from date, valid_to date)
language sql stable security definer set search_path = pg_catalog as $$
    select c.list, c.code, c.name_zh, c.name_en, coalesce(c.parent, ''), nullif(c.valid_from, '-infinity'),
        nullif(c.valid_to, 'infinity')
    from tcr.code c order by c.list, c.code, c.valid_from
$$;

create or replace function tcr.rules_load()
returns table (id text, severity text, article text, is_final boolean, zh text, en text)
language sql stable security definer set search_path = pg_catalog as $$
    select r.id, r.severity, coalesce(r.article, ''), r.proof = 'final', r.zh, r.en
    from tcr.rule r where tcr.today() between r.valid_from and r.valid_to order by r.id
$$;

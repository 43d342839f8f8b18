-- figures - what tests/bench/figures.sh needs inside the record: acts on many contracts, as the daemon's batches make them.
drop schema if exists bench cascade;
create schema bench;

-- Acts of one kind on p_count contracts that wait for it, p_batch in a transaction. Returns nothing; what is refused is an error.
create procedure bench.act(p_account text, p_act text, p_count integer, p_batch integer)
language plpgsql as $$
declare
    v_account bigint := (select a.id from tcr.account a where a.name = p_account);
    v_detail jsonb;
    v_all_ids bigint[];
    v_all_seqs bigint[];
    v_ids bigint[];
    v_seqs bigint[];
    v_refused text;
    n integer;
begin
    if p_act = 'certify' then
        v_detail := jsonb_build_object('determined', '{}'::jsonb, 'checklist', (select jsonb_agg(distinct jsonb_build_object('rule', r, 'answer', true))
            from unnest('{101,102,103,201,301,401,501,502,503}'::text[]) t, unnest(tcr.checklist_lines(t, tcr.today())) r));
    end if;
    -- Found once, so that looking for them is no part of an act.
    select array_agg(c.id), array_agg(c.seq) into v_all_ids, v_all_seqs from (
        select t.id, t.seq from tcr.contract t where t.status = case p_act when 'accept' then 'submitted' else 'accepted' end
            and t.route = 'point' order by t.id limit p_count) c;
    if coalesce(cardinality(v_all_ids), 0) < p_count then
        raise exception 'too few contracts are left to %', p_act;
    end if;
    for i in 1 .. p_count by p_batch loop
        v_ids := v_all_ids[i : least(i + p_batch - 1, p_count)];
        v_seqs := v_all_seqs[i : least(i + p_batch - 1, p_count)];
        n := cardinality(v_ids);
        select string_agg(distinct x.outcome || ' ' || coalesce(x.refusal::text, ''), ', ') into v_refused
        from tcr.contract_act(array_fill(v_account, array[n]), (select array_agg('bench-' || p_act || u) from unnest(v_ids) u),
            array_fill('\x00'::bytea, array[n]), (select array_agg('bench-' || p_act || u) from unnest(v_ids) u),
            array_fill('bench'::text, array[n]), v_ids, v_seqs, array_fill(p_act, array[n]), array_fill('contract.' || p_act, array[n]),
            array_fill(null::jsonb, array[n]), array_fill(null::text, array[n]), array_fill(null::bytea, array[n]),
            array_fill(v_detail, array[n]), array_fill(null::text, array[n]), (select array_agg(md5('bench' || u)) from unnest(v_ids) u),
            array_fill(null::bigint, array[n])) x
        where x.outcome <> 'ok';
        if v_refused is not null then
            raise exception '%', v_refused;
        end if;
        commit;
    end loop;
end
$$;

-- Certify without keeping figures current, and with it again.
create procedure bench.figures(p_kept boolean)
language plpgsql as $$
begin
    if p_kept then
        alter table tcr.contract_release enable trigger release_figure;
        drop function tcr.fact_book(bigint[]);
        alter function bench.fact_book(bigint[]) set schema tcr;
    else
        alter table tcr.contract_release disable trigger release_figure;
        alter function tcr.fact_book(bigint[]) set schema bench;
        create function tcr.fact_book(p_seqs bigint[]) returns void
        language plpgsql volatile set search_path = pg_catalog as 'begin end';
    end if;
end
$$;

-- route - who decides: the point alone, the point after an expert's review, or the province. Thresholds are rows valid from a day
-- ("technology_amount >= 5000000.00"), with the field, whether the limit itself is meant, and the region they hold in.

-- A threshold as a rule row writes it: which of the amounts, and the lowest (fen) that meets it. No threshold: neither.
create or replace function tcr.threshold_read(p_threshold text, out is_total boolean, out lowest bigint)
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_part text[] := regexp_match(p_threshold, '^(total_amount|technology_amount) (>=|>) ([0-9]+\.[0-9]{2})$');
begin
    if p_threshold is not null and v_part is null then
        raise exception 'threshold % cannot be read', p_threshold using errcode = 'TC011';
    end if;
    is_total := v_part[1] = 'total_amount';
    lowest := replace(v_part[3], '.', '')::bigint + (v_part[2] = '>')::integer;
end
$$;

create or replace function tcr.threshold_met(p_threshold text, p_total bigint, p_technology bigint) returns boolean
language plpgsql immutable set search_path = pg_catalog as $$
declare
    v_bound record := tcr.threshold_read(p_threshold);
begin
    return coalesce(case when v_bound.is_total then p_total else p_technology end >= v_bound.lowest, false);
end
$$;

create or replace function tcr.route_for(p_point_id bigint, p_total bigint, p_technology bigint, p_day date) returns text
language plpgsql stable set search_path = pg_catalog as $$
declare
    v_region text := (select p.region from tcr.registration_point p where p.id = p_point_id);
begin
    if tcr.threshold_met(tcr.parameter_for('route.province', v_region, p_day), p_total, p_technology) then
        return 'province';
    elsif tcr.threshold_met(tcr.parameter_for('expert.threshold', v_region, p_day), p_total, p_technology) then
        return 'expert';
    end if;
    return 'point';
end
$$;

-- The same for the items of a batch. Thresholds are read once per point; few contracts meet any.
create or replace function tcr.routes_for(p_points bigint[], p_total bigint[], p_technology bigint[], p_day date) returns text[]
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (
        with t as materialized (
            select p.id, tcr.parameter_for('route.province', p.region, p_day) as province,
                tcr.parameter_for('expert.threshold', p.region, p_day) as expert
            from tcr.registration_point p where p.id = any (p_points)
        )
        select array_agg(case when tcr.threshold_met(t.province, i.total, i.technology) then 'province'
            when tcr.threshold_met(t.expert, i.total, i.technology) then 'expert' else 'point' end order by i.ord)
        from unnest(p_points, p_total, p_technology) with ordinality as i (point_id, total, technology, ord)
        left join t on t.id = i.point_id);
end
$$;

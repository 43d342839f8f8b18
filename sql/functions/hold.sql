-- hold - a party that registrars look at twice: placed with a reason and an end by the bureau or a registrar, lifted by the bureau or
-- the point that placed it. Past its end it is history.

-- The party of a hold; an identity number in full only to who placed it and the registrars of that point.
create or replace function tcr.hold_party(p_hold tcr.hold, p_in_full boolean) returns text
language sql immutable set search_path = pg_catalog as $$
    select case when p_hold.is_private and not p_in_full then left(p_hold.party, 6) || '********' || right(p_hold.party, 4)
        else p_hold.party end
$$;

-- Holds on any of these parties that are in force on a day.
create or replace function tcr.holds_on(p_codes text[], p_day date) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('id', h.id::text, 'party', tcr.hold_party(h, false), 'reason', h.reason,
            'placed_on', h.placed_on, 'expires_on', h.expires_on) order by h.id), '[]')
        from tcr.hold h
        where h.party = any (p_codes) and h.lifted_on is null and p_day between h.placed_on and h.expires_on);
end
$$;

-- A hold as an account sees it.
create or replace function tcr.hold_object(p_account tcr.account, p_hold tcr.hold) returns jsonb
language sql stable set search_path = pg_catalog as $$
    select jsonb_build_object('id', p_hold.id::text,
        'party', tcr.hold_party(p_hold, p_hold.placed_by = p_account.id
            or coalesce('registrar' = any (p_account.roles) and p_hold.point_id = p_account.point_id, false)),
        'reason', p_hold.reason, 'placed_on', p_hold.placed_on, 'placed_by', (select a.name from tcr.account a where a.id = p_hold.placed_by),
        'point', p_hold.point_id::text, 'expires_on', p_hold.expires_on,
        'is_active', p_hold.lifted_on is null and tcr.today() <= p_hold.expires_on, 'lifted_on', p_hold.lifted_on,
        'lifted_by', (select a.name from tcr.account a where a.id = p_hold.lifted_by), 'lift_note', p_hold.lift_note)
$$;

create or replace function tcr.store_hold_place(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    h tcr.hold;
begin
    insert into tcr.hold (party, is_private, reason, placed_by, point_id, placed_on, expires_on)
    values (p_args ->> 'party', p_args ->> 'party' ~ '^[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-9]{5}[0-9X]$', p_args ->> 'reason',
        p_account.id, case when not 'bureau' = any (p_account.roles) then p_account.point_id end, tcr.today(),
        (p_args ->> 'expires_on')::date)
    returning * into h;
    return tcr.stored('hold ' || h.id, tcr.hold_object(p_account, h));
end
$$;

create or replace function tcr.refusal_hold_lift(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    h tcr.hold;
begin
    select * into h from tcr.hold t where t.id = (p_args ->> 'id')::bigint;
    if h.id is null then
        return tcr.refused('not_found');
    elsif not ('bureau' = any (p_account.roles) or coalesce(h.point_id = p_account.point_id, false)) then
        return tcr.refused('forbidden', 'refused.hold_place');
    elsif h.lifted_on is not null or tcr.today() > h.expires_on then
        return tcr.refused('state', 'refused.hold_over');
    end if;
    return null;
end
$$;

create or replace function tcr.store_hold_lift(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
language plpgsql volatile set search_path = pg_catalog as $$
declare
    h tcr.hold;
begin
    update tcr.hold t set lifted_by = p_account.id, lifted_on = tcr.today(), lift_note = p_args ->> 'note'
    where t.id = (p_args ->> 'id')::bigint and t.lifted_on is null returning * into h;
    return tcr.stored('hold ' || h.id, tcr.hold_object(p_account, h));
end
$$;

-- Newest first.
create or replace function tcr.fetch_hold_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return tcr.page((select jsonb_agg(tcr.hold_object(p_account, q.h) order by (q.h).id desc)
        from (
            select h from tcr.hold h
            where (p_args ->> 'party' is null or h.party = p_args ->> 'party')
                and (p_args ->> 'active' is null
                    or (p_args ->> 'active')::boolean = (h.lifted_on is null and tcr.today() <= h.expires_on))
                and (p_args ->> 'cursor' is null or h.id < (p_args ->> 'cursor')::bigint)
            order by h.id desc limit (p_args ->> 'limit')::integer + 1
        ) q), p_args);
end
$$;

-- credential_warning - keys and certificates that come to their end: shown with the account, and warned of 60, 30 and 7 days before.

-- The last day of a credential in Asia/Shanghai; null: no end.
create or replace function tcr.credential_last_day(p_expires timestamptz) returns date language sql stable as
$$ select ((p_expires - interval '1 second') at time zone 'Asia/Shanghai')::date $$;

-- The live credentials of an account without their digests; credential_expires_on is the day on which the first of them ends.
create or replace function tcr.credentials_json(p_account_id bigint) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
begin
    return (select jsonb_build_object('credential_expires_on', min(tcr.credential_last_day(c.expires_at)), 'credentials',
        coalesce(jsonb_agg(jsonb_build_object('id', c.id::text, 'kind', c.kind,
            'created_on', (c.created_at at time zone 'Asia/Shanghai')::date, 'expires_on', tcr.credential_last_day(c.expires_at),
            'warned_days', (select min(w.days) from tcr.credential_warning w where w.credential_id = c.id)) order by c.id), '[]'))
        from tcr.credential c
        where c.account_id = p_account_id and c.revoked_at is null and coalesce(c.expires_at > now(), true));
end
$$;

-- For the nightly job: warn of every live credential of an active account whose end is at most 60, 30 or 7 days away on p_day, once
-- for each number of days; who comes late gets the nearest only. Returns how many warnings were given; a second run gives none.
create or replace function tcr.credential_warnings(p_day date) returns bigint
language plpgsql volatile set search_path = pg_catalog as $$
declare
    v_given bigint;
begin
    with due as (
        select c.id, c.kind, c.account_id, (select min(d) from unnest('{60,30,7}'::integer[]) d
            where tcr.credential_last_day(c.expires_at) - p_day <= d) as days
        from tcr.credential c join tcr.account a on a.id = c.account_id and a.is_active
        where c.revoked_at is null and c.expires_at > now() and tcr.credential_last_day(c.expires_at) - p_day <= 60
    ), given as (
        insert into tcr.credential_warning (credential_id, days, warned_on) select d.id, d.days, p_day from due d
        on conflict do nothing
        returning credential_id, days
    )
    insert into tcr.audit (account_id, event, object, outcome, request_id, peer)
    select d.account_id, 'credential.warning', format('%s %s of account %s', d.kind, d.id, d.account_id), 'ok',
        'nightly-' || pg_current_xact_id(), 'local'
    from given g join due d on d.id = g.credential_id;
    get diagnostics v_given = row_count;
    return v_given;
end
$$;

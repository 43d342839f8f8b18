-- account_find - the account behind a credential; no row for an unknown, expired or revoked one.
create or replace function tcr.account_find(p_kind text, p_sha256 bytea)
returns table (account_id bigint, name text, roles text[], agency_id bigint, region text, agency_code text, last_day date)
language plpgsql stable security definer set search_path = pg_catalog as $$
#variable_conflict use_column
begin
    return query
    select a.id, a.name, a.roles, a.agency_id, a.region,
        case when g.kind <> 'service_point' then g.credit_code end, tcr.credential_last_day(c.expires_at)
    from tcr.credential c join tcr.account a on a.id = c.account_id
    left join tcr.agency g on g.id = a.agency_id
    where c.kind = p_kind and c.sha256 = p_sha256 and c.revoked_at is null
        and (c.expires_at is null or c.expires_at > now()) and a.is_active;
end
$$;

-- 0006_attachments - papers attached to contracts, inside the record so that one backup has everything.

-- Who may attach what, and when. side: the agency that owns the contract, or a registrar of the point that decides it.
create table tcr.attachment_right (
    side text not null check (side in ('agency', 'registrar')),
    status text not null,
    kinds text[], -- null: every kind
    may_remove boolean not null default false, -- what the same side attached
    primary key (side, status)
);
insert into tcr.attachment_right (side, status, kinds, may_remove) values
    ('agency', 'draft', null, true),
    ('agency', 'submitted', null, true),
    ('agency', 'correction', null, true),
    ('agency', 'accepted', null, false),
    -- Papers of requests, objections and receipts.
    ('agency', 'registered', '{change,judgment,invoice,receipt,authority,other}', false),
    ('agency', 'refused', '{judgment,authority,other}', false),
    ('agency', 'cancelled', '{judgment,authority,other}', false),
    ('agency', 'revoked', '{judgment,authority,other}', false),
    ('registrar', 'submitted', '{judgment,other}', false),
    ('registrar', 'accepted', '{judgment,other}', false),
    ('registrar', 'expert', '{judgment,other}', false),
    ('registrar', 'forwarded', '{judgment,other}', false),
    ('registrar', 'registered', '{judgment,other}', false),
    ('registrar', 'refused', '{judgment,other}', false),
    ('registrar', 'cancelled', '{judgment,other}', false),
    ('registrar', 'revoked', '{judgment,other}', false);

-- A file on its way: nobody sees it. It becomes an attachment with the same id, or goes.
create table tcr.attachment_upload (
    id bigint generated always as identity primary key,
    contract_id bigint not null,
    account_id bigint not null,
    name text not null,
    kind text not null,
    media_type text not null,
    pieces integer not null default 0,
    bytes bigint not null default 0,
    started_at timestamptz not null default now(),
    touched_at timestamptz not null default now()
) with (fillfactor = 50);
create index attachment_upload_account on tcr.attachment_upload (account_id);

-- One row per version of a name. The bytes are in tcr.attachment_piece.
create table tcr.attachment (
    id bigint primary key, -- of its upload
    contract_id bigint not null,
    name text not null check (length(name) between 1 and 200),
    kind text not null,
    version integer not null check (version > 0),
    media_type text not null,
    bytes bigint not null check (bytes > 0),
    pieces integer not null check (pieces > 0),
    sha256 bytea not null check (length(sha256) = 32),
    side text not null check (side in ('agency', 'registrar')),
    stored_by bigint not null,
    stored_at timestamptz not null default now(),
    is_current boolean not null default true,
    removed_at timestamptz, -- taken back by who attached it
    removed_by bigint,
    discarded_at timestamptz, -- its bytes are gone: taken back before the contract was ever filed, or beyond retention
    unique (contract_id, name, version),
    check ((removed_at is null) = (removed_by is null)),
    check (removed_at is null or not is_current)
);
create unique index attachment_current on tcr.attachment (contract_id, name) where is_current;
-- The same scan in several contracts.
create index attachment_sha256 on tcr.attachment (sha256);

create table tcr.attachment_piece (
    attachment_id bigint not null,
    no integer not null check (no >= 0),
    data bytea not null check (length(data) > 0),
    primary key (attachment_id, no)
);
-- The formats that are accepted are compressed already.
alter table tcr.attachment_piece alter column data set storage external;

-- What was attached is never rewritten: only superseded, taken back or discarded.
create function tcr.guard_attachment() returns trigger language plpgsql as $$
begin
    if (old.id, old.contract_id, old.name, old.kind, old.version, old.media_type, old.bytes, old.pieces, old.sha256, old.side,
            old.stored_by, old.stored_at)
        is distinct from (new.id, new.contract_id, new.name, new.kind, new.version, new.media_type, new.bytes, new.pieces, new.sha256,
            new.side, new.stored_by, new.stored_at)
        or (new.is_current and not old.is_current) or (old.removed_at is not null and new.removed_at is distinct from old.removed_at)
        or (old.discarded_at is not null and new.discarded_at is distinct from old.discarded_at) then
        raise exception 'an attachment is never rewritten' using errcode = 'TC001';
    end if;
    return new;
end
$$;
create trigger guard_attachment before update on tcr.attachment for each row execute function tcr.guard_attachment();
create trigger never_deleted before delete or truncate on tcr.attachment
    for each statement execute function tcr.refuse_change();

-- Bytes of an attachment go only when it was marked as discarded.
create function tcr.guard_attachment_piece() returns trigger language plpgsql as $$
begin
    if exists (select from tcr.attachment a where a.id = old.attachment_id and a.discarded_at is null) then
        raise exception 'bytes of an attachment are never changed or deleted' using errcode = 'TC001';
    end if;
    return old;
end
$$;
create trigger guard_attachment_piece before update or delete on tcr.attachment_piece
    for each row execute function tcr.guard_attachment_piece();
create trigger never_truncated before truncate on tcr.attachment_piece
    for each statement execute function tcr.refuse_change();

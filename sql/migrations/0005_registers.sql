-- 0005_registers - answers kept with idempotency keys, and the registers of agencies, brokers, accounts and points.

-- What is stored without a contract (registers, holds) has no contract_id; the answer of its key is what tcr.store answered.
alter table tcr.idempotency_key alter contract_id drop not null;

alter table tcr.agency add version bigint not null default 1;

-- Each change of a row of a register, by whichever wire or command, makes a new version: the ETag of the row.
create function tcr.version_next() returns trigger language plpgsql as $$
begin
    new.version := old.version + 1;
    return new;
end
$$;

alter table tcr.agency
    -- Accreditation as a technology transfer agency is a property: its end bars nobody from filing.
    add column accreditation_level text, -- code list agency_level
    add column accreditation_number text,
    add column accredited_from date,
    add column accredited_to date, -- null: no end
    add column contact_name text,
    add column contact_phone text,
    add column contact_email text,
    add column address text,
    add check ((accreditation_level is null) = (accreditation_number is null)
        and (accreditation_level is null) = (accredited_from is null)),
    add check (accredited_from <= accredited_to);
create trigger version_next before update on tcr.agency for each row execute function tcr.version_next();

-- Schools and departments of a university or institute. A contract names its unit by this name.
create table tcr.agency_unit (
    id bigint generated always as identity primary key,
    agency_id bigint not null references tcr.agency,
    code text,
    name text not null,
    is_active boolean not null default true,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    unique (agency_id, name),
    unique (agency_id, code)
);
create trigger version_next before update on tcr.agency_unit for each row execute function tcr.version_next();
create trigger never_deleted before delete or truncate on tcr.agency_unit
    for each statement execute function tcr.refuse_change();

-- Technology managers. A contract names its broker by this id.
create table tcr.broker (
    id bigint generated always as identity primary key,
    name text not null,
    certificate_number text unique,
    level text, -- code list broker_level
    agency_id bigint references tcr.agency, -- null: on his own
    region text,
    phone text,
    identity_number text unique,
    is_active boolean not null default true,
    version bigint not null default 1,
    created_at timestamptz not null default now()
);
create index broker_agency on tcr.broker (agency_id);
create trigger version_next before update on tcr.broker for each row execute function tcr.version_next();
create trigger never_deleted before delete or truncate on tcr.broker
    for each statement execute function tcr.refuse_change();

-- Filed texts that name a broker. Costs a text that names none one look for a word.
create index contract_release_broker on tcr.contract_release (substring(body from '"broker":"((?:[^"\\]|\\.)*)"'))
    where strpos(body, '"broker":"') > 0;
-- Releases come in the order of their days, so a few pages say which day is where.
create index contract_release_day on tcr.contract_release using brin (day);

alter table tcr.registration_point
    add column address text,
    add column phone text,
    add column opening_hours text,
    add column version bigint not null default 1;
create trigger version_next before update on tcr.registration_point for each row execute function tcr.version_next();

alter table tcr.account add column version bigint not null default 1;
create trigger version_next before update on tcr.account for each row execute function tcr.version_next();

-- Accounts that agencies ask for and the point of their region approves.
create table tcr.account_request (
    id bigint generated always as identity primary key,
    agency_id bigint not null references tcr.agency,
    name text not null check (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    holder text not null, -- the person who will use it
    phone text,
    note text,
    status text not null default 'pending' check (status in ('pending', 'approved', 'rejected')),
    requested_by bigint not null references tcr.account,
    requested_at timestamptz not null default now(),
    decided_by bigint references tcr.account,
    decided_at timestamptz,
    reason text,
    account_id bigint references tcr.account,
    version bigint not null default 1,
    check ((status = 'pending') = (decided_by is null)),
    check ((status = 'approved') = (account_id is not null))
);
create unique index account_request_name on tcr.account_request (name) where status = 'pending';
create index account_request_agency on tcr.account_request (agency_id, id);
create trigger version_next before update on tcr.account_request for each row execute function tcr.version_next();
create trigger never_deleted before delete or truncate on tcr.account_request
    for each statement execute function tcr.refuse_change();

-- Which warnings before the end of a credential were given: one row per credential and number of days.
create table tcr.credential_warning (
    credential_id bigint not null references tcr.credential,
    days integer not null,
    warned_on date not null,
    primary key (credential_id, days)
);

-- 0001_base - the record. Forward only; never edited after it was merged.
-- Money is integer fen. Days are civil days in Asia/Shanghai. A seq is a number of the one commit-ordered sequence.

create schema tcr;
revoke all on schema tcr from public;

-- The installation -----------------------------------------------------------------------------------------------------

create table tcr.installation (
    id boolean primary key default true check (id),
    region text not null check (region ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$'),
    is_demonstration boolean not null default false,
    created_at timestamptz not null default now()
);

-- One counter row, locked last and once per transaction: seq order is commit order, and there is no gap.
create table tcr.sequence_counter (
    id boolean primary key default true check (id),
    value bigint not null check (value >= 0)
) with (fillfactor = 10);
insert into tcr.sequence_counter (value) values (0);

-- Data of the law: rows with validity and proof ------------------------------------------------------------------------

create table tcr.code (
    list text not null,
    code text not null,
    name_zh text not null,
    name_en text not null,
    parent text,
    source text not null,
    valid_from date not null default '-infinity',
    valid_to date not null default 'infinity',
    primary key (list, code, valid_from),
    check (valid_from <= valid_to)
);

create table tcr.rule (
    id text not null,
    severity text not null check (severity in ('refusal', 'waivable', 'hint')),
    article text,
    proof text not null check (proof in ('final', 'draft', 'practice', 'proposed')),
    zh text not null,
    en text not null,
    valid_from date not null default '-infinity',
    valid_to date not null default 'infinity',
    primary key (id, valid_from)
);

-- Numbers and texts of the law that are not codes: limits in days, layout of the registration number.
create table tcr.parameter (
    name text not null,
    value text not null,
    article text,
    proof text not null check (proof in ('final', 'draft', 'practice', 'proposed')),
    source text not null,
    valid_from date not null default '-infinity',
    valid_to date not null default 'infinity',
    primary key (name, valid_from)
);

create table tcr.calendar_day (
    day date primary key,
    kind text not null check (kind in ('holiday', 'workday')),
    name_zh text not null
);

-- Which roles may call a method; written by tcrd migrate from the table of methods.
create table tcr.method_role (
    method text not null,
    role text not null,
    primary key (method, role)
);

-- State changes: DESIGN.md section 3. A change outside this table cannot be stored.
create table tcr.transition (
    act text not null,
    from_status text not null,
    to_status text not null,
    primary key (act, from_status)
);
insert into tcr.transition (act, from_status, to_status) values
    ('submit', 'draft', 'submitted'),
    ('submit', 'correction', 'accepted'),
    ('accept', 'submitted', 'accepted'),
    ('return', 'submitted', 'correction'),
    ('return', 'accepted', 'correction'),
    ('withdraw', 'draft', 'withdrawn'),
    ('withdraw', 'submitted', 'withdrawn'),
    ('withdraw', 'correction', 'withdrawn'),
    ('recall', 'submitted', 'draft'),
    ('certify', 'accepted', 'registered'),
    ('certify', 'expert', 'registered'),
    ('refuse', 'submitted', 'refused'),
    ('refuse', 'accepted', 'refused'),
    ('refuse', 'expert', 'refused');

-- Who ------------------------------------------------------------------------------------------------------------------

create table tcr.agency (
    id bigint generated always as identity primary key,
    name text not null unique,
    credit_code text unique,
    kind text not null check (kind in ('transfer_agency', 'university', 'institute', 'enterprise', 'service_point', 'person')),
    region text not null,
    is_active boolean not null default true,
    created_at timestamptz not null default now()
);
comment on column tcr.agency.kind is
    'a service_point files in the names of sellers that delegated it, so the rule of the own code does not apply to it';

create table tcr.registration_point (
    id bigint generated always as identity primary key,
    region text not null check (region ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$'),
    number_region text not null check (number_region ~ '^[0-9]{4}$'),
    code text not null check (code ~ '^[0-9]{2}$'),
    name text not null,
    number_source text not null default 'tcrd' check (number_source in ('tcrd', 'national')),
    is_active boolean not null default true,
    unique (number_region, code)
);

create table tcr.account (
    id bigint generated always as identity primary key,
    name text not null unique check (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    roles text[] not null,
    agency_id bigint references tcr.agency,
    point_id bigint references tcr.registration_point,
    region text,
    employer_code text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    check (not 'agency' = any (roles) or agency_id is not null),
    check (not ('registrar' = any (roles) or 'reviewer' = any (roles)) or point_id is not null),
    check (not 'county' = any (roles) or region is not null)
);

create table tcr.credential (
    id bigint generated always as identity primary key,
    account_id bigint not null references tcr.account,
    kind text not null check (kind in ('key', 'certificate')),
    sha256 bytea not null unique check (length(sha256) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
create index credential_account on tcr.credential (account_id);

-- The record -----------------------------------------------------------------------------------------------------------

create table tcr.contract (
    id bigint generated by default as identity primary key,
    -- No foreign keys here: agencies, accounts, points and contracts are never deleted (see refuse_change below), and the only
    -- functions that write these columns take them from rows that they have just read. A check per row would be a fifth of a filing.
    agency_id bigint not null,
    filed_by bigint not null,
    point_id bigint not null,
    status text not null check (status in ('draft', 'submitted', 'correction', 'accepted', 'expert', 'forwarded', 'registered',
        'refused', 'withdrawn', 'cancelled', 'revoked')),
    seq bigint not null, -- last release; negative: a working copy saved that many times since it was created
    filed_seq bigint, -- the release that holds the filed text
    edits integer not null default 0,
    body text compression lz4, -- working copy of a draft or a correction
    contract_no text,
    project_name text,
    contract_type text,
    technical_field text,
    signed_on date,
    total_amount bigint,
    technology_amount bigint,
    filed_as text not null,
    seller_name text,
    seller_code text,
    seller_region text,
    seller_zone text,
    buyer_name text,
    buyer_code text,
    buyer_region text,
    buyer_zone text,
    party_codes text[] not null, -- of all parties, for "nobody decides where his employer is a party"
    duplicate_key bytea,
    row_key text,
    submitted_on date,
    accepted_on date,
    due_on date,
    registered_on date,
    registration_number text,
    route text not null default 'point',
    assignee bigint,
    check (status in ('draft', 'withdrawn') or (total_amount > 0 and technology_amount between 0 and total_amount)),
    check (status in ('draft', 'withdrawn') or (project_name is not null and contract_type is not null
        and technical_field is not null and signed_on is not null and duplicate_key is not null and filed_seq is not null)),
    check ((status in ('registered', 'cancelled', 'revoked')) = (registration_number is not null and registered_on is not null)),
    check (status not in ('accepted', 'expert', 'registered') or accepted_on is not null)
) with (fillfactor = 80);
-- An exact duplicate is refused; drafts and what was given up or refused do not count.
create unique index contract_duplicate on tcr.contract (duplicate_key)
    where status not in ('draft', 'withdrawn', 'refused', 'cancelled');
create unique index contract_row_key on tcr.contract (agency_id, row_key)
    where row_key is not null and status not in ('withdrawn', 'refused', 'cancelled');
create unique index contract_number on tcr.contract (registration_number) where registration_number is not null;
create index contract_agency on tcr.contract (agency_id, id);
create index contract_open on tcr.contract (point_id, status, id)
    where status in ('submitted', 'correction', 'accepted', 'expert', 'forwarded');

create table tcr.contract_release (
    seq bigint primary key,
    contract_id bigint not null,
    event text not null,
    status text not null,
    day date not null,
    at timestamptz not null default now(),
    account_id bigint not null,
    request_id text not null,
    filed_seq bigint not null, -- this release or the earlier one that holds the filed text
    body text compression lz4, -- the filed text, where this release brought a new one
    body_sha256 bytea not null,
    detail jsonb, -- determined values, reasons, faults, checklist of this act
    point_id bigint not null,
    agency_id bigint not null,
    contract_type text,
    technical_field text,
    total_amount bigint,
    technology_amount bigint,
    filed_as text not null,
    seller_region text,
    seller_zone text,
    buyer_region text,
    buyer_zone text,
    accepted_on date,
    due_on date,
    registered_on date,
    registration_number text,
    route text not null,
    check ((body is null) = (filed_seq <> seq)),
    check (technology_amount between 0 and total_amount)
);
create index contract_release_contract on tcr.contract_release (contract_id, seq);

-- Signed delta of a release in every dimension: minus the old state, plus the new one. County and district are null abroad.
create table tcr.fact (
    seq bigint not null references tcr.contract_release,
    sign smallint not null check (sign in (-1, 1)),
    contract_id bigint not null,
    day date not null, -- when it is booked
    registered_on date not null,
    count integer not null,
    total_amount bigint not null,
    technology_amount bigint not null,
    contract_type text not null,
    technical_field text not null,
    agency_id bigint not null,
    point_id bigint not null,
    filed_county text, -- of the registering party
    filed_district text,
    seller_county text,
    seller_district text,
    buyer_county text,
    buyer_district text,
    seller_code text,
    buyer_code text,
    primary key (seq, sign),
    check (count = sign)
);
create index fact_day on tcr.fact (day);
create index fact_agency on tcr.fact (agency_id, day);

create table tcr.certificate (
    registration_number text primary key check (registration_number ~ '^[0-9]{8,24}$'),
    contract_id bigint not null unique references tcr.contract,
    seq bigint not null references tcr.contract_release,
    check_code text not null unique check (check_code ~ '^[0-9a-f]{32}$'),
    issued_on date not null,
    registrar_id bigint not null references tcr.account
);

-- Registration numbers that tcrd gives: the last serial of a point and year. Gap-free, never reused.
create table tcr.number_counter (
    point_id bigint not null references tcr.registration_point,
    year integer not null,
    last_serial bigint not null check (last_serial >= 0),
    primary key (point_id, year)
) with (fillfactor = 10);

create table tcr.idempotency_key (
    account_id bigint not null,
    key text not null check (length(key) between 1 and 255),
    request_sha256 bytea not null,
    contract_id bigint not null,
    request_id text not null, -- of the call that succeeded; its release carries the same
    created_at timestamptz not null default now(),
    primary key (account_id, key)
);
create index idempotency_key_age on tcr.idempotency_key using brin (created_at);

create table tcr.audit (
    id bigint generated always as identity,
    at timestamptz not null default now(),
    account_id bigint not null,
    event text not null, -- name of the method, or of the command
    object text not null default '',
    outcome text not null, -- ok, or the code of the refusal
    request_id text not null,
    peer text not null
);
create index audit_at on tcr.audit using brin (at);

create table tcr.job_run (
    id bigint generated always as identity primary key,
    job text not null,
    day date not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    outcome text,
    counts jsonb not null default '{}'
);

-- A closed day: facts up to seq belong to it or to an earlier one.
create table tcr.closing (
    period text primary key,
    first_day date not null,
    last_day date not null,
    seq bigint not null,
    closed_at timestamptz not null default now()
);

-- Cubes: sums of facts up to rolled_seq, by month. A live figure is cube + facts after rolled_seq.
create table tcr.cube_state (
    id boolean primary key default true check (id),
    rolled_seq bigint not null
);
insert into tcr.cube_state (rolled_seq) values (0);

create table tcr.cube_area (
    month date not null,
    basis text not null check (basis in ('registered', 'output', 'absorbed')),
    county text, -- null abroad
    district text,
    contract_type text not null,
    technical_field text not null,
    count bigint not null,
    total_amount bigint not null,
    technology_amount bigint not null,
    unique nulls not distinct (month, basis, county, district, contract_type, technical_field)
);

create table tcr.cube_flow (
    month date not null,
    seller_county text,
    seller_district text,
    buyer_county text,
    buyer_district text,
    contract_type text not null,
    technical_field text not null,
    count bigint not null,
    total_amount bigint not null,
    technology_amount bigint not null,
    unique nulls not distinct (month, seller_county, seller_district, buyer_county, buyer_district, contract_type, technical_field)
);

create table tcr.cube_agency (
    month date not null,
    agency_id bigint not null,
    county text, -- of the registering party
    district text,
    contract_type text not null,
    technical_field text not null,
    count bigint not null,
    total_amount bigint not null,
    technology_amount bigint not null,
    unique nulls not distinct (month, agency_id, county, district, contract_type, technical_field)
);

-- The record only grows ------------------------------------------------------------------------------------------------

create function tcr.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed or deleted', tg_table_name using errcode = 'TC001';
end
$$;
create trigger append_only before update or delete or truncate on tcr.contract_release
    for each statement execute function tcr.refuse_change();
create trigger append_only before update or delete or truncate on tcr.fact
    for each statement execute function tcr.refuse_change();
create trigger append_only before update or delete or truncate on tcr.audit
    for each statement execute function tcr.refuse_change();
create trigger append_only before update or delete or truncate on tcr.certificate
    for each statement execute function tcr.refuse_change();
create trigger never_deleted before delete or truncate on tcr.contract
    for each statement execute function tcr.refuse_change();
create trigger never_deleted before delete or truncate on tcr.agency
    for each statement execute function tcr.refuse_change();
create trigger never_deleted before delete or truncate on tcr.account
    for each statement execute function tcr.refuse_change();
create trigger never_deleted before delete or truncate on tcr.registration_point
    for each statement execute function tcr.refuse_change();

-- A state changes only along the table of transitions.
create function tcr.guard_transition() returns trigger language plpgsql as $$
begin
    if not exists (select from tcr.transition t where t.from_status = old.status and t.to_status = new.status) then
        raise exception 'no transition from % to %', old.status, new.status using errcode = 'TC002';
    end if;
    return new;
end
$$;
create trigger guard_transition before update on tcr.contract for each row
    when (old.status is distinct from new.status) execute function tcr.guard_transition();

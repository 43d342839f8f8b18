-- 0003_acts - one engine for every act on a contract: the rows that say which acts there are, who may not do them and from
-- which state to which; what a decision rests on (rule set, clock, assignee, first reviewer); notices beside the releases.

-- An act. family: the functions tcr.act_<family>_refusal, _context and _store speak for it. decides: never by who filed the contract,
-- nor by whose employer is a party (DESIGN.md 3.3). registers: gives the contract its number, certificate and figure.
create table tcr.act (
    act text primary key check (act ~ '^[a-z_]+$'),
    family text not null check (family ~ '^[a-z]+$'),
    decides boolean not null default false,
    registers boolean not null default false
);
insert into tcr.act (act, family, decides, registers) values
    ('save', 'core', false, false),
    ('submit', 'core', false, false),
    ('recall', 'core', false, false),
    ('withdraw', 'core', false, false),
    ('accept', 'core', true, false),
    ('return', 'core', true, false),
    ('assign', 'core', false, false),
    ('escalate', 'core', true, false),
    ('forward', 'core', true, false),
    ('certify', 'core', true, true),
    ('refuse', 'core', true, false),
    ('record_decision', 'core', true, true),
    ('record_refusal', 'core', true, false),
    ('lapse', 'core', false, false);

insert into tcr.transition (act, from_status, to_status) values
    ('escalate', 'accepted', 'expert'),
    ('forward', 'accepted', 'forwarded'),
    ('record_decision', 'forwarded', 'registered'),
    ('record_refusal', 'forwarded', 'refused'),
    ('lapse', 'correction', 'withdrawn'),
    ('assign', 'submitted', 'submitted'),
    ('assign', 'correction', 'correction'),
    ('assign', 'accepted', 'accepted'),
    ('assign', 'expert', 'expert'),
    ('assign', 'forwarded', 'forwarded');
alter table tcr.transition add foreign key (act) references tcr.act;

alter table tcr.contract
    -- of the day of acceptance; stored with the decision
    add column rule_set text,
    -- counted in a year whose calendar is not loaded yet
    add column due_is_provisional boolean not null default false,
    -- who asked for the second review: never decides it
    add column first_reviewer bigint,
    -- the last act after registration that changed the text or the determined values
    add column changed_on date;

alter table tcr.contract_release
    add column rule_set text,
    add column due_is_provisional boolean not null default false,
    add column assignee bigint;

-- The object that an act's room answered, for the replay of its key.
alter table tcr.idempotency_key add column answer jsonb;

-- What somebody should know without having asked: a case that is soon late, money that is due. Takes a number of the sequence, so
-- that releases and notices together are one feed.
create table tcr.notice (
    seq bigint primary key,
    at timestamptz not null default now(),
    kind text not null check (kind ~ '^[a-z_]+$'),
    contract_id bigint not null,
    agency_id bigint not null,
    point_id bigint not null,
    day date not null,
    detail jsonb not null default '{}'
);
create index notice_contract on tcr.notice (contract_id, kind);
create trigger append_only before update or delete or truncate on tcr.notice
    for each statement execute function tcr.refuse_change();

-- What is open and when it is due, by point.
create index contract_due on tcr.contract (point_id, due_on)
    where status in ('submitted', 'correction', 'accepted', 'expert') and due_on is not null;

-- 0007_findings - one contract, one registration: marks by which near duplicates are found, what was found, and the answers.
--
-- Where the marks stand. Filing is the hot path (tests/bench), so a filing writes none: a contract is marked when it is accepted,
-- when a decision changes what counts, and by the nightly catch-up. What nobody has accepted yet is found by two slim partial
-- indexes on the submitted ones alone. Rejected: trigram or expression indexes on tcr.contract (each costs a filing more than its
-- whole INSERT, and a pair of parties with 100,000 contracts makes them slow); one row per mark (nine rows of 90 bytes a contract,
-- where this table takes about 300 bytes with its indexes).
--
-- A mark is the first eight bytes of a SHA-256 over normalised text (tcr.name_fold, tcr.text_fold), so nobody can craft a flood of
-- false candidates. Marks of contracts that were given up are salted: however many of them there are, they never stand between the
-- search and a contract that counts.

create table tcr.contract_mark (
    contract_id bigint primary key,
    signed_on date not null,
    total_amount bigint not null,
    names bigint not null, -- folded names of seller and buyer, in this order
    parties bigint not null, -- identities of seller and buyer (a name where there is no code), in this order
    seller bigint not null, -- identity of the seller
    buyer bigint not null,
    title bigint not null, -- folded title
    number bigint -- folded number of the parties' own
);
-- The nearest contracts of a pair by day; the same title or number of a pair however many they are; a party's amounts by day.
create index contract_mark_names on tcr.contract_mark (names, signed_on);
create index contract_mark_parties on tcr.contract_mark (parties, signed_on);
create index contract_mark_title on tcr.contract_mark ((names # title));
create index contract_mark_number on tcr.contract_mark ((parties # number)) where number is not null;
create index contract_mark_seller on tcr.contract_mark (seller, signed_on, total_amount);
create index contract_mark_buyer on tcr.contract_mark (buyer, signed_on, total_amount);

-- Parties beside seller and buyer: co-sellers, co-buyers, intermediary. Few contracts have any.
create table tcr.contract_mark_other (
    contract_id bigint not null,
    party bigint not null,
    signed_on date not null,
    total_amount bigint not null,
    primary key (contract_id, party)
);
create index contract_mark_other_party on tcr.contract_mark_other (party, signed_on, total_amount);

-- Filed and not accepted: the same day and amount, the same seller.
create index contract_submitted_day on tcr.contract (signed_on, total_amount) where status = 'submitted';
create index contract_submitted_seller on tcr.contract (seller_code) where status = 'submitted';

-- Releases up to here are in the marks; the nightly job brings in the rest.
create table tcr.finding_state (
    id boolean primary key default true check (id),
    marked_seq bigint not null,
    folding text -- digest of the functions that made the marks: when they change, everything is marked anew
);
insert into tcr.finding_state (marked_seq) values (0);

-- A contract that a search compares with another one.
create type tcr.finding_candidate as (
    contract_id bigint,
    is_live boolean, -- not withdrawn, refused or cancelled
    same_names boolean, -- of both parties, in either order
    same_parties boolean, -- identities of both, in either order
    is_reversed boolean, -- the seller of one is the buyer of the other
    shares_party boolean, -- at least one party by its identity
    similarity integer, -- of the titles in per cent, between the same parties
    same_number boolean,
    same_amount boolean,
    same_day boolean,
    same_scan boolean, -- a file of a kind that no two contracts share
    signed_on date,
    total_amount bigint,
    technology_amount bigint
);

-- What a rule found: the contracts that it holds against this one (nearest first), what matches in each, and numbers.
create type tcr.finding_hit as (
    rule text,
    contracts bigint[],
    matches jsonb, -- {"12": ["names", "title"], ...}
    facts jsonb
);

-- What the acceptance found, for the work list: derived, and made anew at every acceptance. Never more than a row per contract and rule.
create table tcr.finding (
    id bigint generated always as identity primary key,
    contract_id bigint not null,
    rule text not null,
    point_id bigint not null,
    found_on date not null,
    contracts bigint[] not null,
    is_open boolean not null, -- the contract waits for a decision and nobody has answered
    unique (contract_id, rule)
);
create index finding_open on tcr.finding (id) where is_open;
create index finding_open_point on tcr.finding (point_id, id) where is_open;

-- What a registrar said to a finding; the newest row of a contract and rule counts, the others are its history.
create table tcr.finding_answer (
    id bigint generated always as identity primary key,
    contract_id bigint not null references tcr.contract,
    rule text not null,
    verdict text not null check (verdict in ('cleared', 'confirmed', 'linked')),
    note text not null,
    other_contract bigint references tcr.contract check (other_contract is null or verdict in ('confirmed', 'linked')),
    contracts bigint[] not null, -- those that the finding named then: the answer does not speak of later ones
    account_id bigint not null references tcr.account,
    at timestamptz not null default now(),
    check (verdict <> 'linked' or other_contract is not null)
);
create index finding_answer_contract on tcr.finding_answer (contract_id, rule, id);
create trigger append_only before update or delete or truncate on tcr.finding_answer
    for each statement execute function tcr.refuse_change();

-- 0012_reference - values that the record does not make itself: the pace of targets, published figures of other cities, contracts
-- registered elsewhere; and the periods that the bureau closed.

-- How much of a target is due at the end of each month, in percent; null: the same every day.
alter table tcr.target
    add column pace integer[] check (cardinality(pace) = 12 and pace[12] = 100 and 0 <= all (pace)
        and pace[1] <= pace[2] and pace[2] <= pace[3] and pace[3] <= pace[4] and pace[4] <= pace[5] and pace[5] <= pace[6]
        and pace[6] <= pace[7] and pace[7] <= pace[8] and pace[8] <= pace[9] and pace[9] <= pace[10] and pace[10] <= pace[11]
        and pace[11] <= pace[12]);

-- What other cities published. As with targets, a new value stands beside the older ones and as_of finds the one of its time.
create table tcr.peer_figure (
    seq bigint primary key,
    region text not null check (region ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})$'),
    period text not null,
    count bigint check (count >= 0),
    total_amount bigint check (total_amount >= 0), -- fen
    technology_amount bigint check (technology_amount >= 0),
    source text not null,
    day date not null,
    check (num_nonnulls(count, total_amount, technology_amount) > 0),
    check (technology_amount <= total_amount)
);
create index peer_figure_of on tcr.peer_figure (region, period, seq);
create index peer_figure_period on tcr.peer_figure (period, region, seq);

-- Contracts registered by the province or in other places, each version of each.
create table tcr.external_record (
    seq bigint primary key,
    source text not null,
    number text not null, -- of the registration there
    registered_on date not null,
    contract_type text not null,
    technical_field text,
    project_name text not null,
    seller_name text,
    seller_region text,
    buyer_name text,
    buyer_region text,
    total_amount bigint not null check (total_amount > 0),
    technology_amount bigint not null check (technology_amount between 0 and total_amount),
    is_withdrawn boolean not null, -- its registration there ended, or it was imported by mistake
    day date not null, -- of the source
    check (num_nonnulls(seller_region, buyer_region) > 0)
);
create index external_record_of on tcr.external_record (source, number, seq);
create index external_record_seller on tcr.external_record (seller_region text_pattern_ops, registered_on);
create index external_record_buyer on tcr.external_record (buyer_region text_pattern_ops, registered_on);

create trigger append_only before update or delete or truncate on tcr.peer_figure
    for each statement execute function tcr.refuse_change();
create trigger append_only before update or delete or truncate on tcr.external_record
    for each statement execute function tcr.refuse_change();

-- Every number of the sequence that a reference value took.
create view tcr.reference_number as
    select t.seq from tcr.target t
    union all select g.seq from tcr.region_gdp g
    union all select p.seq from tcr.peer_figure p
    union all select e.seq from tcr.external_record e;

-- A month, quarter, half or year that the bureau signed: its figures by district and type as of seq have this digest for ever.
create table tcr.period_closing (
    period text primary key,
    kind text not null check (kind in ('month', 'quarter', 'half', 'year')),
    first_day date not null,
    last_day date not null,
    seq bigint not null,
    digest bytea not null check (octet_length(digest) = 32),
    count bigint not null,
    total_amount bigint not null,
    technology_amount bigint not null,
    closed_by bigint not null references tcr.account,
    closed_at timestamptz not null default now()
);
create index period_closing_day on tcr.period_closing (kind, last_day);
create trigger append_only before update or delete or truncate on tcr.period_closing
    for each statement execute function tcr.refuse_change();

-- A period that should have been closed by a day; told once.
create table tcr.closing_reminder (
    period text primary key,
    due_on date not null,
    reminded_on date not null
);

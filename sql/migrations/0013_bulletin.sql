-- 0013_bulletin - bulletins of periods as they were issued: the data, and every file to the byte.

create table tcr.bulletin (
    period text not null references tcr.period_closing,
    version integer not null check (version > 0), -- 1 as it was issued, then a number for each corrigendum
    document_number text not null unique,
    signer text not null,
    issued_on date not null,
    reason text, -- of a corrigendum
    changes jsonb not null default '[]', -- what a corrigendum says otherwise than the version before: pointer, before, after
    as_of_seq bigint not null, -- of every figure: the closing's
    reference_seq bigint not null, -- of targets, GDP, other cities, later adjustments
    data jsonb not null,
    issued_by bigint not null references tcr.account,
    issued_at timestamptz not null default now(),
    primary key (period, version),
    check ((version = 1) = (reason is null))
);
create table tcr.bulletin_file (
    period text not null,
    version integer not null,
    format text not null check (format in ('json', 'docx', 'xlsx', 'pdf')),
    lang text not null check (lang in ('zh', 'en')),
    bytes bytea not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    primary key (period, version, format, lang),
    foreign key (period, version) references tcr.bulletin
);
-- Compressed already.
alter table tcr.bulletin_file alter column bytes set storage external;
create trigger append_only before update or delete or truncate on tcr.bulletin
    for each statement execute function tcr.refuse_change();
create trigger append_only before update or delete or truncate on tcr.bulletin_file
    for each statement execute function tcr.refuse_change();

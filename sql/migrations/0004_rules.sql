-- 0004_rules - the law as rows: one table for the rule sets, types, checklist lines, reasons of refusal, limits and the rules of
-- the form, each with validity, article, source and proof; loads of the bureau with a number, which can be taken back; what the
-- statutory clock needs.

create table tcr.rule_law (
    id text not null check (id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    kind text not null check (kind in ('set', 'form', 'type', 'criterion', 'exclusion', 'refusal', 'parameter')),
    region text not null default '' check (region ~ '^([0-9]{2}|[0-9]{4}|[0-9]{6})?$'), -- a parameter of one area; the longest wins
    parent text, -- of a type: the type above it
    applies_to text, -- of types and lines: the group of the checklist (GEN: every type)
    severity text check (severity in ('refusal', 'waivable', 'hint')), -- of a rule of the form
    is_required boolean not null default true, -- of lines: false for those that only explain
    -- of a set its name ("R2026"); of a parameter a term ("15 working_day", "30 calendar_day"), a bound that an amount may meet
    -- ("technology_amount >= 5000000.00"), or a word
    value text,
    is_enabled boolean not null default true, -- false: shipped, and not confirmed by the bureau
    article text,
    proof text not null check (proof in ('final', 'draft', 'practice', 'proposed')),
    source text not null,
    zh text not null,
    en text not null,
    valid_from date not null default '-infinity',
    valid_to date not null default 'infinity',
    batch bigint, -- the load of the bureau that wrote it; null: shipped
    primary key (id, region, valid_from),
    check (valid_from <= valid_to),
    check (proof <> 'final' or article is not null),
    check (region = '' or kind = 'parameter'),
    check ((severity is not null) = (kind = 'form')),
    check ((value is not null) = (kind in ('set', 'parameter'))),
    check ((applies_to is not null) = (kind in ('type', 'criterion', 'exclusion'))),
    check (is_enabled or kind in ('parameter', 'criterion', 'exclusion'))
);

-- What was shipped comes anew from sql/codes, with articles and validity; what the bureau wrote stays.
insert into tcr.rule_law (id, kind, severity, article, proof, source, zh, en, valid_from, valid_to)
select r.id, 'form', r.severity, r.article, r.proof, 'tcrd', r.zh, r.en, r.valid_from, r.valid_to from tcr.rule r;
insert into tcr.rule_law (id, kind, value, article, proof, source, zh, en, valid_from, valid_to)
select case p.name when 'decision.limit_days' then 'decision.limit' else p.name end, 'parameter',
    p.value || case when p.name = 'decision.limit_days' then ' ' || coalesce((select k.value from tcr.parameter k
        where k.name = 'decision.limit_kind' and p.valid_from between k.valid_from and k.valid_to), 'working') || '_day' else '' end,
    p.article, p.proof, p.source, p.name, p.name, p.valid_from, p.valid_to
from tcr.parameter p
where p.name <> 'decision.limit_kind' and p.source not in ('国科发政字〔2000〕063号: 30 days from acceptance',
    'MIIT draft of 20 Dec 2024, Art.14; the final number was not seen',
    '16 digits in the groups 4-4-2-6 of the official cover; composition inferred from the older 14-digit form');
insert into tcr.rule_law (id, kind, parent, applies_to, proof, source, zh, en, valid_from, valid_to)
select c.code, case when c.list = 'contract_type' then 'type' when c.list = 'refusal_reason' then 'refusal'
        when c.parent like '%-' then 'exclusion' else 'criterion' end,
    case when c.list = 'contract_type' then c.parent end,
    case c.list when 'rule_checklist' then rtrim(coalesce(c.parent, 'GEN'), '+-') when 'contract_type' then 'GEN' end,
    'proposed', c.source, c.name_zh, c.name_en, c.valid_from, c.valid_to
from tcr.code c
where c.list in ('contract_type', 'rule_checklist', 'refusal_reason') and c.source !~ 'S[0-9]+|own knowledge|code PROPOSED';
delete from tcr.code c where c.list in ('contract_type', 'rule_checklist', 'refusal_reason');
drop table tcr.rule;
drop table tcr.parameter;
alter table tcr.rule_law rename to rule;
alter index tcr.rule_law_pkey rename to rule_pkey;
create index rule_group on tcr.rule (applies_to) where kind in ('criterion', 'exclusion');

-- One row of an id and region holds on a day, and an id is of one kind. Checked when the transaction ends, so that a load may
-- put a row before it shortens its neighbour.
create function tcr.guard_rule() returns trigger language plpgsql as $$
begin
    if exists (select from tcr.rule a join tcr.rule b on b.id = a.id and b.region = a.region and b.valid_from > a.valid_from
            and b.valid_from <= a.valid_to where a.id = new.id and a.region = new.region) then
        raise exception 'rule % has two rows for one day', concat_ws(' ', new.id, nullif(new.region, '')) using errcode = 'TC011';
    elsif exists (select from tcr.rule r where r.id = new.id and r.kind <> new.kind) then
        raise exception 'rule % is of two kinds', new.id using errcode = 'TC011';
    end if;
    return null;
end
$$;
create constraint trigger guard_rule after insert or update on tcr.rule deferrable initially deferred
    for each row execute function tcr.guard_rule();

-- The regimes: R2001 to 2026-02-28, R2026 from then on.
create view tcr.rule_set as
    select r.value as id, r.zh as name_zh, r.en as name_en, r.valid_from, r.valid_to, r.article, r.source, r.proof
    from tcr.rule r where r.id = 'rule_set';

-- What the bureau loaded, switched and took back. A row of rule_change holds the rule before and after it.
create table tcr.rule_batch (
    number bigint primary key,
    kind text not null check (kind in ('load', 'confirm')),
    at timestamptz not null default now(),
    by_whom text not null,
    file text,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    undone_at timestamptz,
    undone_by text,
    check ((kind = 'load') = (file is not null and sha256 is not null))
);
create table tcr.rule_change (
    batch bigint not null references tcr.rule_batch,
    item integer not null,
    before jsonb,
    after jsonb not null,
    primary key (batch, item)
);
create trigger append_only before update or delete or truncate on tcr.rule_change
    for each statement execute function tcr.refuse_change();
create trigger never_deleted before delete or truncate on tcr.rule_batch
    for each statement execute function tcr.refuse_change();

-- The statutory clock ----------------------------------------------------------------------------------------------------

-- A last day; provisional (暂定) while the calendar of a year that it counts through is not loaded.
create type tcr.due as (due_on date, is_provisional boolean);

-- Days that were loaded by hand stay as they are when the shipped calendar changes.
alter table tcr.calendar_day add column loaded_by text;

-- Decisions and returns by day, for the performance of points.
create index contract_release_decided on tcr.contract_release (day)
    where event in ('certify', 'refuse', 'record_decision', 'record_refusal', 'return');

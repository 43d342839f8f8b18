-- 0008_requests - after registration: what is asked for and decided about a registered contract, benefits that rest on it, holds
-- on parties.

-- A change, cancellation, correction or new determination asked for; what was asked and decided stands in the releases as well.
create table tcr.request (
    id bigint generated always as identity primary key,
    contract_id bigint not null,
    agency_id bigint not null, -- of the contract
    point_id bigint not null,
    kind text not null check (kind in ('change', 'cancel', 'correct', 'object', 'redetermine')),
    reason text, -- code of the list change_cancel_revoke_reason
    note text,
    proposed jsonb, -- fields of the form as they shall become, without personal data
    proposed_private jsonb, -- the same with personal data, where there are any
    papers text[] not null default '{}', -- names of attachments
    benefits jsonb, -- already taken, as the asker says
    on_behalf_of text not null check (on_behalf_of in ('agency', 'point', 'party', 'tax', 'finance')),
    document text, -- number of the authority's document
    asked_by bigint not null,
    asked_on date not null,
    asked_seq bigint not null references tcr.contract_release,
    due_on date, -- null: the rules set no term
    due_is_provisional boolean not null default false,
    -- lapsed: the registration ended before the request was decided
    status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'withdrawn', 'lapsed')),
    decided_by bigint,
    decided_on date,
    decided_seq bigint references tcr.contract_release,
    decision_note text,
    check (reason is not null or kind in ('object', 'redetermine')),
    check (document is not null or on_behalf_of not in ('tax', 'finance')),
    check ((status = 'pending') = (decided_seq is null)),
    check ((decided_seq is null) = (decided_by is null) and (decided_seq is null) = (decided_on is null))
);
-- One of a kind at a time.
create unique index request_pending on tcr.request (contract_id, kind) where status = 'pending';
create index request_contract on tcr.request (contract_id, id);
create index request_agency on tcr.request (agency_id, id);
create index request_point on tcr.request (point_id, id) where status = 'pending';
create trigger never_deleted before delete or truncate on tcr.request for each statement execute function tcr.refuse_change();

-- What was asked never changes, and what was decided neither.
create function tcr.guard_request() returns trigger language plpgsql as $$
begin
    if old.status <> 'pending' or (to_jsonb(new) - '{status,decided_by,decided_on,decided_seq,decision_note,due_on,due_is_provisional}'::text[])
            <> (to_jsonb(old) - '{status,decided_by,decided_on,decided_seq,decision_note,due_on,due_is_provisional}'::text[]) then
        raise exception 'a request does not change, and is decided once' using errcode = 'TC001';
    end if;
    return new;
end
$$;
create trigger guard_request before update on tcr.request for each row execute function tcr.guard_request();

-- Benefits that were taken on a registration that has ended: finance and tax are told.
create table tcr.benefit (
    seq bigint not null references tcr.contract_release, -- of the cancellation or revocation
    item integer not null,
    contract_id bigint not null,
    kind text not null, -- code of the list tax_policy
    year integer not null check (year between 1985 and 2199),
    amount bigint not null check (amount > 0),
    primary key (seq, item)
);
create index benefit_contract on tcr.benefit (contract_id);
create trigger append_only before update or delete or truncate on tcr.benefit for each statement execute function tcr.refuse_change();

-- A party that registrars look at twice. It expires by itself.
create table tcr.hold (
    id bigint generated always as identity primary key,
    party text not null check (length(party) between 1 and 100), -- credit code, identity number or foreign number
    is_private boolean not null, -- an identity number
    reason text not null,
    placed_by bigint not null,
    point_id bigint, -- of a registrar who placed it; null: the bureau
    placed_on date not null,
    expires_on date not null,
    lifted_by bigint,
    lifted_on date,
    lift_note text,
    check (expires_on >= placed_on),
    check ((lifted_by is null) = (lifted_on is null))
);
create index hold_party on tcr.hold (party, expires_on);
create trigger never_deleted before delete or truncate on tcr.hold for each statement execute function tcr.refuse_change();

-- The acts. request_approve is only asked about: what is done is the act of the request's kind.
insert into tcr.act (act, family, decides) values
    ('request_change', 'request', false),
    ('request_cancel', 'request', false),
    ('request_correct', 'request', false),
    ('request_object', 'request', false),
    ('request_withdraw', 'request', false),
    ('request_approve', 'request', true),
    ('request_reject', 'request', true),
    ('change', 'request', true),
    ('correct', 'request', true),
    ('redetermine', 'request', true),
    ('cancel', 'request', true),
    ('revoke', 'request', true);
insert into tcr.transition (act, from_status, to_status)
select a.act, 'registered', case a.act when 'cancel' then 'cancelled' when 'revoke' then 'revoked' else 'registered' end
from tcr.act a where a.family = 'request';

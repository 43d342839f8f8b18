-- 0005_registers - answers kept with idempotency keys, and the registers of agencies, brokers, accounts and points.

-- What is stored without a contract (registers, holds) has no contract_id; the answer of its key is what tcr.store answered.
alter table tcr.idempotency_key alter contract_id drop not null;

alter table tcr.agency add version bigint not null default 1;

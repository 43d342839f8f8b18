-- reference_schema - plain copies of the tables that a submission writes, in the same database as the record.
-- They are made from the real ones, so columns, checks, compression and indexes are the same; keys are bigserial, and there
-- are no functions, triggers or counters.
set client_min_messages = warning;
drop schema if exists reference cascade;
create schema reference;

create table reference.contract (like tcr.contract including all excluding identity) with (fillfactor = 80);
create sequence reference.contract_id as bigint owned by reference.contract.id;
alter table reference.contract alter id set default nextval('reference.contract_id');

create table reference.contract_release (like tcr.contract_release including all excluding identity);
create sequence reference.contract_release_seq as bigint owned by reference.contract_release.seq;
alter table reference.contract_release alter seq set default nextval('reference.contract_release_seq');

create table reference.idempotency_key (like tcr.idempotency_key including all excluding identity);

create table reference.audit (like tcr.audit including all excluding identity);
create sequence reference.audit_id as bigint owned by reference.audit.id;
alter table reference.audit alter id set default nextval('reference.audit_id');

-- 0019_alarm - a notice about no contract, for those who see all; it tells them that figures differ.
alter table tcr.notice
    alter column contract_id drop not null,
    alter column agency_id drop not null,
    alter column point_id drop not null,
    add constraint notice_of check (num_nonnulls(contract_id, agency_id, point_id) in (0, 3));

drop type tcr.settling;

-- The end of a nightly job is news for the daemons (0018_moved.sql).
create trigger moved after update on tcr.job_run for each statement execute function tcr.moved_tell();

-- Due days against a table made by hand from the State Council's notices.
begin;
create extension pgtap;
select plan(7);
select is(tcr.decision_due('2026-02-28'), date '2026-03-30', 'old rule: thirty calendar days');
select is(tcr.decision_due('2026-03-02'), date '2026-03-23', 'new rule: fifteen working days, plain weeks');
select is(tcr.decision_due('2026-03-23'), date '2026-04-14', 'over the Qingming holiday of Monday 6 April');
select ok(not tcr.is_working_day('2026-10-01'), 'National Day');
select ok(not tcr.is_working_day('2026-03-07'), 'a Saturday');
select ok(tcr.is_working_day('2026-03-09'), 'a Monday');
select is((select bool_and(tcr.is_working_day(day) = (kind = 'workday')) from tcr.calendar_day), true, 'the calendar decides');
select * from finish();
rollback;

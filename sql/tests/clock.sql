-- Last days against a table counted by hand from the State Council's notices for 2026: Spring Festival 15 to 23 February with the
-- Saturdays 14 and 28 February worked; Qingming 4 to 6 April; Labour Day 1 to 5 May with Saturday 9 May worked; mid-autumn 25 to 27
-- September; National Day 1 to 7 October with Sunday 20 September and Saturday 10 October worked. No notice for 2027.
begin;
create extension pgtap;
select plan(39);

create temporary table hand (kind text, start date, rules date, due date, provisional boolean, why text) on commit drop;
insert into hand values
    -- Spring Festival. Thu 12: Fri 13 is 1, Sat 14 is 2, then Tue 24 3, Wed 25 4, Thu 26 5.
    ('acceptance', '2026-02-12', '2026-02-12', '2026-02-26', false, 'five working days over Spring Festival'),
    -- On: Fri 27 6, Sat 28 7, Mon 2 March 8, 3 9, 4 10, 5 11, Fri 6 12, Mon 9 13, 10 14, Wed 11 15.
    ('correction', '2026-02-12', '2026-02-12', '2026-03-11', false, 'fifteen working days over Spring Festival and its second Saturday'),
    -- Begun on a free day: Tue 24 1, Wed 25 2, Thu 26 3, Fri 27 4, Sat 28 5.
    ('acceptance', '2026-02-19', '2026-02-19', '2026-02-28', false, 'begun within the holiday, ends on a worked Saturday'),
    -- The regime before 1 March 2026: calendar days, whatever they are.
    ('decision', '2026-02-28', '2026-02-28', '2026-03-30', false, 'thirty calendar days from the last day of the old rule'),
    ('decision', '2026-01-31', '2026-01-31', '2026-03-02', false, 'thirty calendar days over a February of 28'),
    ('decision', '2024-01-31', '2024-01-31', '2024-03-01', false, 'thirty calendar days over a February of 29'),
    ('decision', '2026-01-30', '2026-01-30', '2026-03-01', false, 'thirty calendar days end on a Sunday and stay there'),
    -- The old rule goes on for a case accepted under it, as the regime after it does for the next day.
    ('decision', '2026-03-01', '2026-03-01', '2026-03-20', false, 'fifteen working days from the first day, a Sunday: three weeks of five'),
    ('decision', '2026-03-02', '2026-03-02', '2026-03-23', false, 'plain weeks'),
    ('decision', '2026-03-02', '2026-02-28', '2026-04-01', false, 'by the rules of another day than the start'),
    -- Mon 23 March: 24 to 27 4, 30 to 3 April 9, Mon 6 is free, 7 to 10 13, Mon 13 14, Tue 14 15.
    ('decision', '2026-03-23', '2026-03-23', '2026-04-14', false, 'over Qingming'),
    -- Thu 30 April: Wed 6 May 1, 7 2, 8 3, Sat 9 4, Mon 11 5.
    ('acceptance', '2026-04-30', '2026-04-30', '2026-05-11', false, 'over Labour Day and its worked Saturday'),
    -- Fri 18 September: Sun 20 1, Mon 21 2, 22 3, 23 4, Thu 24 5, 25 to 27 free, Mon 28 6, 29 7, 30 8, 1 to 7 free, Thu 8 October 9,
    -- Fri 9 10, Sat 10 11, Mon 12 12, 13 13, 14 14, Thu 15 15.
    ('decision', '2026-09-18', '2026-09-18', '2026-10-15', false, 'over mid-autumn and National Day with both make-up days'),
    -- On: Fri 16 16, 19 to 23 21, 26 to 30 26, Mon 2 November 27, 3 28, 4 29, Thu 5 30.
    ('expert', '2026-09-18', '2026-09-18', '2026-11-05', false, 'experts: thirty working days from the same acceptance'),
    -- Returned on 22 September, corrected and submitted on Mon 28: Tue 29 1, 30 2, Thu 8 October 3, 9 4, Sat 10 5, 12 to 16 10,
    -- 19 to 23 15.
    ('decision', '2026-09-28', '2026-09-28', '2026-10-23', false, 'a new start after a return'),
    -- Returned on Tue 22 September: 23 1, 24 2, 28 3, 29 4, 30 5, 8 October 6, 9 7, 10 8, 12 to 16 13, Mon 19 14, Tue 20 15.
    ('correction', '2026-09-22', '2026-09-22', '2026-10-20', false, 'the term to correct'),
    -- Wed 30 September: Thu 8 1, 9 2, Sat 10 3, 12 to 16 8, 19 to 23 13, Mon 26 14, Tue 27 15.
    ('request', '2026-09-30', '2026-09-30', '2026-10-27', false, 'a request on the eve of National Day'),
    -- 2 March and 29 days is 31 March, 30 more 30 April, one more 1 May, a holiday.
    ('objection', '2026-03-02', '2026-03-02', '2026-05-01', false, 'sixty calendar days end on a holiday and stay there'),
    -- Year end. Thu 10 December: 11 1, 14 to 18 6, 21 to 25 11, 28 12, 29 13, 30 14, Thu 31 15.
    ('decision', '2026-12-10', '2026-12-10', '2026-12-31', false, 'the last day of a year that is loaded is final'),
    -- Fri 11: 14 to 18 5, 21 to 25 10, 28 to 31 14, Fri 1 January is free, Mon 4 15.
    ('decision', '2026-12-11', '2026-12-11', '2027-01-04', true, 'into a year that is not loaded'),
    -- Fri 18: 21 to 25 5, 28 to 31 9, 4 to 8 January 14, Mon 11 15.
    ('decision', '2026-12-18', '2026-12-18', '2027-01-11', true, 'further into it'),
    -- Wed 28 April 2027: 29 1, 30 2, Mon 3 May 3 (1 and 2 May are a weekend), 4 4, 5 5.
    ('acceptance', '2027-04-28', '2027-04-28', '2027-05-05', true, 'Labour Day of a year that is not loaded'),
    -- Wed 29 September 2027: Thu 30 1, Fri 1 October free, Mon 4 2, 5 3, 6 4, 7 5.
    ('acceptance', '2027-09-29', '2027-09-29', '2027-10-07', true, 'National Day of a year that is not loaded'),
    ('objection', '2026-12-01', '2026-12-01', '2027-01-30', false, 'calendar days need no calendar'),
    ('expert', '2026-02-28', '2026-02-28', null, false, 'the old rule knows no term for experts');
select is((d.due_on, d.is_provisional)::text, (h.due, h.provisional)::text, h.kind || ' from ' || h.start || ': ' || h.why)
from hand h cross join lateral tcr.due_on(h.kind, h.start, h.rules) d;

select ok(not tcr.is_working_day('2026-10-01'), 'National Day');
select ok(not tcr.is_working_day('2026-03-07'), 'a Saturday');
select ok(tcr.is_working_day('2026-03-09'), 'a Monday');
select ok(not tcr.is_working_day('2027-01-01'), 'New Year without a notice');
select ok(tcr.is_working_day('2027-02-08'), 'nobody knows Spring Festival without a notice');
select is((select bool_and(tcr.is_working_day(day) = (kind = 'workday')) from tcr.calendar_day), true, 'the calendar decides');
select is((select count(*) from generate_series(timestamp '2018-01-01', '2027-12-31', '1 day') d
        join tcr.working_days('2018-01-01', '2027-12-31') w on w.day = d::date
        join tcr.working_days('2017-12-31', '2027-12-30') b on b.day = d::date - 1
        where (w.number > 0) and tcr.is_working_day(d::date) <> (w.number - b.number = 1)), 0::bigint,
    'working days numbered in a row are those that are worked');

-- The rule may say that a free last day moves.
update tcr.rule set value = 'next_working_day' where id = 'limit.roll';
select is(tcr.due_on('decision', '2026-01-30', '2026-01-30')::text, '(2026-03-02,f)', 'a Sunday moves to Monday');
select is(tcr.due_on('objection', '2026-03-02', '2026-03-02')::text, '(2026-05-06,f)', 'Labour Day moves to its end');
select is(tcr.due_on('decision', '2026-02-28', '2026-02-28')::text, '(2026-03-30,f)', 'a worked last day stays');
select is(tcr.due_on('objection', '2026-12-02', '2026-12-02')::text, '(2027-02-01,t)', 'a Sunday of a year that is not loaded moves provisionally');

-- A term for this area alone goes before the general one.
insert into tcr.rule (id, kind, region, value, proof, source, zh, en)
values ('request.limit', 'parameter', (select left(region, 4) from tcr.installation), '2 working_day', 'practice', 'test', '试', 'test');
select is(tcr.due_on('request', '2026-03-02', '2026-03-02')::text, '(2026-03-04,f)', 'the term of the area');
select is(tcr.due_on('nothing', '2026-03-02', '2026-03-02')::text, '(,f)', 'no such term');

-- The year is loaded, and 1 January is no holiday in it: 21 to 25 5, 28 to 1 January 10, 4 to 8 January 15.
insert into tcr.calendar_day (day, kind, name_zh) values ('2027-02-08', 'holiday', '春节');
select is(tcr.due_on('decision', '2026-12-18', '2026-12-18')::text, '(2027-01-08,f)', 'without 1 January in the notice it is worked');
select * from finish();
rollback;

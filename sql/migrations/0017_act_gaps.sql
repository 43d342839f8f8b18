-- 0017_act_gaps - ways out of states that had none, and what rows of the law say beside their text.

-- An expert's case that a determination, or a limit confirmed meanwhile, lifts above what the point may decide goes to the province
-- like any other; its agency may bring the papers that are asked for until the decision.
insert into tcr.transition (act, from_status, to_status) values ('forward', 'expert', 'forwarded');
insert into tcr.attachment_right (side, status, kinds, may_remove) values ('agency', 'expert', null, false);

-- A line of the checklist may say what a machine sees of it (the words of server/form/contract_sight.c); a reason of refusal may say
-- that it needs a note.
alter table tcr.rule drop constraint rule_law_check4,
    add constraint rule_value check ((value is not null) = (kind in ('set', 'parameter')) or kind in ('criterion', 'exclusion', 'refusal'));

-- 0015_first_open_day - the last closed day is looked up by every batch of acts that a figure rests on, and a row comes with every night.
create index closing_last_day on tcr.closing (last_day);

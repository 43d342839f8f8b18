-- 0003_acts
-- (empty until its room is merged)
do $$ begin end $$;

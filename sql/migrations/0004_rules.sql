-- 0004_rules
-- (empty until its room is merged)
do $$ begin end $$;

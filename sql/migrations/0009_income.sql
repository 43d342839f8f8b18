-- 0009_income
-- (empty until its room is merged)
do $$ begin end $$;

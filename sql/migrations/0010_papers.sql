-- 0010_papers
-- (empty until its room is merged)
do $$ begin end $$;

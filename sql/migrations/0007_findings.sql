-- 0007_findings
-- (empty until its room is merged)
do $$ begin end $$;

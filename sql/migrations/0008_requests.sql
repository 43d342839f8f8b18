-- 0008_requests
-- (empty until its room is merged)
do $$ begin end $$;

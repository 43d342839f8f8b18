-- 0006_attachments
-- (empty until its room is merged)
do $$ begin end $$;

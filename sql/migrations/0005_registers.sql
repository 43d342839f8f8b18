-- 0005_registers
-- (empty until its room is merged)
do $$ begin end $$;

-- version_refusal - what stands before a change of a row with a version: it is not there (p_version null), or not the one that was
-- read. Without If-Match the missing header is answered by C, so only the first is said.
create or replace function tcr.version_refusal(p_version bigint, p_if_match bigint) returns jsonb language sql immutable as
$$ select case when p_version is null then tcr.refused('not_found') when p_if_match <> p_version then tcr.refused('stale') end $$;

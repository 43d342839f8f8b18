-- audit_read - the rows of the audit for who may ask: auditors and administrators. Newest first.
-- The table is written by every call and has no index but on time, so a question is about a span of days.

create or replace function tcr.audit_names(p_row_object text, p_object text) returns boolean
language plpgsql immutable set search_path = pg_catalog as $$
begin
    -- "contract 12" is in "contract 11,12" and in "key 5 of contract 12".
    return p_row_object = p_object or right(p_row_object, length(p_object) + 4) = ' of ' || p_object
        or (split_part(p_row_object, ' ', 1) = split_part(p_object, ' ', 1)
            and split_part(p_object, ' ', 2) = any (string_to_array(split_part(p_row_object, ' ', 2), ',')));
end
$$;

create or replace function tcr.fetch_audit_list(p_account tcr.account, p_args jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog as $$
declare
    f record;
    v_account bigint;
    v_first date;
    v_last date;
    v_page jsonb;
begin
    select * into f from jsonb_to_record(p_args) as x (account text, event text, object text, outcome text, "from" date, "to" date,
        "limit" integer, "cursor" bigint);
    v_account := case when f.account is not null then coalesce((select a.id from tcr.account a where a.name = f.account), -1) end;
    v_last := coalesce(f."to", tcr.today());
    v_first := coalesce(f."from", v_last - 30);
    v_page := tcr.page((select jsonb_agg(jsonb_build_object('id', p.id::text, 'at', tcr.instant(p.at),
            'account', (select a.name from tcr.account a where a.id = p.account_id), 'event', p.event, 'object', p.object,
            'outcome', p.outcome, 'request_id', p.request_id, 'peer', p.peer) order by p.id desc) from (
        select * from tcr.audit t
        where t.at >= v_first::timestamp at time zone 'Asia/Shanghai' and t.at < (v_last + 1)::timestamp at time zone 'Asia/Shanghai'
            and (f.cursor is null or t.id < f.cursor) and (v_account is null or t.account_id = v_account)
            and (f.event is null or t.event = f.event) and (f.outcome is null or t.outcome = f.outcome)
            and (f.object is null or tcr.audit_names(t.object, f.object))
        order by t.id desc limit f.limit + 1) p), p_args);
    return v_page || jsonb_build_object('from', v_first, 'to', v_last, 'audit', left(concat_ws(' ', 'audit',
        v_first || '..' || v_last, f.account, f.event, f.object), 200));
end
$$;

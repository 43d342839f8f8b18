-- certificate_check - public check of a certificate, as the JSON that is answered: number, status and day for everyone; names, amounts and
-- the paper for who holds the check code. null: no such certificate, or the code is wrong, which answer alike.
-- Names of a contract whose parties asked for secrecy are never in it, nor is its paper.
create or replace function tcr.certificate_check(p_number text, p_check_code text, p_with_paper boolean) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    f tcr.certificate;
    c tcr.contract;
    r tcr.contract_release; -- the one that the certificate states
    v_body jsonb;
    v_status text;
    v_secret boolean;
    v_answer jsonb;
begin
    select * into f from tcr.certificate x
    where x.registration_number = p_number and (p_check_code is null or x.check_code = p_check_code);
    if f.contract_id is null then
        return null;
    end if;
    select * into c from tcr.contract x where x.id = f.contract_id;
    select * into r from tcr.contract_release x where x.contract_id = c.id and x.status = 'registered'
        and (x.body is not null or x.detail ? 'determined') order by x.seq desc limit 1;
    v_status := case when c.status <> 'registered' then c.status when r.seq > f.seq then 'changed' else 'valid' end;
    v_answer := jsonb_build_object('registration_number', f.registration_number, 'status', v_status, 'issued_on', f.issued_on);
    if p_check_code is null then
        return v_answer;
    end if;
    v_body := (select b.body from tcr.contract_release b where b.seq = r.filed_seq)::jsonb;
    v_secret := coalesce(v_body -> 'secrecy_requested' = 'true', false);
    v_answer := v_answer || jsonb_build_object('contract_type', r.contract_type, 'signed_on', c.signed_on,
        'total_amount', tcr.money(r.total_amount), 'technology_amount', tcr.money(r.technology_amount), 'seq', r.seq,
        'changed_on', case when r.seq > f.seq then r.day end,
        'ended_on', (select max(e.day) from tcr.contract_release e where e.contract_id = c.id and e.status = c.status
            and c.status <> 'registered'),
        'registration_point', (select p.name from tcr.registration_point p where p.id = c.point_id),
        'secrecy_requested', v_secret, 'has_paper', c.status = 'registered' and not v_secret);
    if not v_secret then
        v_answer := v_answer || jsonb_build_object('project_name', v_body -> 'project_name',
            'seller', v_body -> 'seller' -> 'name', 'buyer', v_body -> 'buyer' -> 'name',
            'co_sellers', (select coalesce(jsonb_agg(p -> 'name'), '[]') from jsonb_array_elements(v_body -> 'co_sellers') p),
            'co_buyers', (select coalesce(jsonb_agg(p -> 'name'), '[]') from jsonb_array_elements(v_body -> 'co_buyers') p));
        if p_with_paper then
            v_answer := v_answer || jsonb_build_object('paper', tcr.paper_of(c, 'certificate', null, false));
        end if;
    end if;
    return v_answer;
end
$$;

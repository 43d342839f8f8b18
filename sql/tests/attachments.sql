-- Attachments in the database itself: what arrived is never rewritten, and nobody goes around the account.
begin;
create extension pgtap;
select plan(21);

insert into tcr.agency (name, kind, region) values ('附件测试', 'service_point', '371300'), ('附件旁人', 'service_point', '371300');
insert into tcr.account (name, roles, agency_id) select 'attach-own', '{agency}', id from tcr.agency where name = '附件测试';
insert into tcr.account (name, roles, agency_id) select 'attach-other', '{agency}', id from tcr.agency where name = '附件旁人';
create temporary table who on commit drop as
    select (select id from tcr.account where name = 'attach-own') as own, (select id from tcr.account where name = 'attach-other') as other,
        nextval(pg_get_serial_sequence('tcr.contract', 'id')) as contract;
insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, edits, filed_as, party_codes)
select w.contract, a.agency_id, a.id, (select min(id) from tcr.registration_point), 'draft', -1, 1, 'seller', '{}'
from who w join tcr.account a on a.id = w.own;

create temporary table first on commit drop as
    select b.* from who w, tcr.attachment_begin(array[w.own], '{attachment.put}', array[w.contract], '{null}', '{a.pdf}', '{text}',
        '{application/pdf}', '{5}', '{1000}', '{3}', '{2}', '{false}') b;
select is((select refusal from first), null, 'the owner may begin');
select is((select b.refusal::jsonb ->> 'outcome' from who w, tcr.attachment_begin(array[w.other], '{attachment.put}',
    array[w.contract], '{null}', '{a.pdf}', '{text}', '{application/pdf}', '{5}', '{1000}', '{3}', '{2}', '{false}') b), 'not_found',
    'another agency finds nothing');
select is((select outcome from who w, first f, tcr.attachment_piece_add(array[w.other], array[f.upload_id], '{0}', array['x'::bytea])),
    'gone', 'nor may it add a piece');
select is((select outcome from who w, first f, tcr.attachment_piece_add(array[w.own], array[f.upload_id], '{1}', array['x'::bytea])),
    'gone', 'pieces come in order');
select is((select outcome from who w, first f, tcr.attachment_piece_add(array[w.own], array[f.upload_id], '{0}', array['%PDF-'::bytea])),
    'ok', 'the first piece');
select is((select outcome from who w, first f, tcr.attachment_piece_add(array[w.own], array[f.upload_id], '{0}', array['%PDF-'::bytea])),
    'gone', 'each exactly once');
select is((select count(*) from who w, tcr.attachment_open(w.own, 'attachment.get', w.contract, 'a.pdf', null)), 0::bigint,
    'what has not ended cannot be read');
select is((select count(*) from who w, first f, tcr.attachment_piece_read(w.own, 'attachment.get', f.upload_id, 0)), 0::bigint,
    'nor any piece of it');
select is((select m.refusal::jsonb ->> 'outcome' from who w, first f, tcr.attachment_finish(array[w.own], '{attachment.put}', '{r}', '{p}',
    array[f.upload_id], '{6}', array[sha256('%PDF-')], '{null}', '{1000}', '{3}') m), 'unavailable', 'the length must be what arrived');

-- A refusal takes the upload with it.
create temporary table again on commit drop as
    select b.* from who w, tcr.attachment_begin(array[w.own], '{attachment.put}', array[w.contract], '{null}', '{a.pdf}', '{text}',
        '{application/pdf}', '{5}', '{1000}', '{3}', '{2}', '{false}') b;
select is((select outcome from who w, again f, tcr.attachment_piece_add(array[w.own], array[f.upload_id], '{0}', array['%PDF-'::bytea])),
    'ok', 'the first piece again');
create temporary table made on commit drop as
    select m.* from who w, again f, tcr.attachment_finish(array[w.own], '{attachment.put}', '{r}', '{p}', array[f.upload_id], '{5}',
        array[sha256('%PDF-')], '{null}', '{1000}', '{3}') m;
select is((select outcome from made), 'ok', 'it is attached');
select is((select tcr.attachment_is_sound(a.id) from tcr.attachment a join again f on f.upload_id = a.id), true, 'with its bytes');
select is((select tcr.attachment_evidence(contract) #>> '{0,sha256}' from who), encode(sha256('%PDF-'), 'hex'),
    'what is decided on can be named');
select is((select count(*) from who w, again f, tcr.attachment_piece_read(w.other, 'attachment.get', f.upload_id, 0)), 0::bigint,
    'another agency reads no piece');
select throws_ok('update tcr.attachment set sha256 = sha256(''x'')', 'TC001', null, 'a digest never changes');
select throws_ok('delete from tcr.attachment', 'TC001', null, 'a row is never deleted');
select throws_ok('delete from tcr.attachment_piece', 'TC001', null, 'nor its bytes');
select throws_ok('update tcr.attachment_piece set data = ''x''', 'TC001', null, 'nor are they changed');
select throws_ok('truncate tcr.attachment_piece', 'TC001', null, 'nor all of them at once');
select is((select count(*) from who w, tcr.attachment_begin(array[w.own, w.own, w.own], array_fill('attachment.put'::text, '{3}'),
    array_fill(w.contract, '{3}'), '{null,null,null}', '{b,c,d}', '{text,text,text}', array_fill('application/pdf'::text, '{3}'),
    '{5,5,5}', '{1000,1000,1000}', '{9,9,9}', '{2,2,2}', '{f,f,f}') b where b.refusal::jsonb ->> 'outcome' = 'busy'), 1::bigint,
    'the third upload at a time is too many');
update tcr.attachment_upload set touched_at = now() - interval '61 minutes';
select is(tcr.attachment_purge(1) + tcr.attachment_purge(10), 2::bigint, 'what was left is purged');
select * from finish();
rollback;

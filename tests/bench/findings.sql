-- findings - contracts to search among: variables from and to are their ids, sellers and buyers how many there are of each.
-- Names, titles, numbers and amounts repeat as in a real record: a seller has some twenty contracts, a third of them with the same buyer.
insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, filed_as, technical_field, duplicate_key, seller_name,
    seller_code, buyer_name, buyer_code, party_codes, contract_no, project_name, contract_type, signed_on, total_amount, technology_amount,
    registration_number, submitted_on, accepted_on, registered_on, seller_region, buyer_region)
select n, 1, 1, (select min(p.id) from tcr.registration_point p), case when n % 50 = 0 then 'accepted' when n % 100 = 1 then 'submitted'
        else 'registered' end, n, n, 'seller', '05',
    sha256(int8send(n)), '临沂' || s || '号精工科技有限公司', '91371302MA' || lpad(s::text, 8, '0'),
    '山东' || b || '号重型装备有限公司', '91370102MB' || lpad(b::text, 8, '0'),
    array['91371302MA' || lpad(s::text, 8, '0'), '91370102MB' || lpad(b::text, 8, '0')],
    'JS-' || n % 1000000, (array['高温', '低温', '智能', '环保', '精密'])[1 + h % 5] || (array['密封件', '轴承', '传感器', '阀门', '泵'])[1 + h / 5 % 5]
        || (array['关键技术', '生产工艺', '检测方法', '控制系统'])[1 + h / 25 % 4] || (array['研究', '开发', '技术服务', '技术咨询'])[1 + h / 100 % 4]
        || '第' || h / 400 % 30 || '期',
    (array['101', '201', '401', '501'])[1 + h / 100 % 4], d, 100000 * (1 + h % 900), 80000 * (1 + h % 900),
    case when n % 50 <> 0 and n % 100 <> 1 then (3 * 10^15 + n)::bigint::text end, d + 5,
    case when n % 100 <> 1 then d + 10 end, case when n % 50 <> 0 and n % 100 <> 1 then d + 20 end, '371302', '370102'
from (
    select n, hash % :sellers as s, case when n % 3 = 0 then hash % :sellers % :buyers else hash / 7 % :buyers end as b, (hash / 11) % 1000000 as h,
        '2016-01-01'::date + (n * 3650::bigint / :total)::integer as d
    from (select n, abs(hashint8(n)::bigint) as hash from generate_series(:from, :to) n) q
) q;

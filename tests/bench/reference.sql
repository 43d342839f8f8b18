-- reference - what a submission stores, by plain INSERT: pgbench script, one transaction a call (reference_schema.sql).
-- The four statements travel in one pipeline: measured faster than statement by statement (which waits for six answers) and
-- than one statement of four inserts. Keys of indexes are random, as those of tcrd are; the texts have the same lengths.
\set n random(1152921504606846976, 4611686018427387904)
\set yuan random(200000, 999999)
\startpipeline
begin;
insert into reference.idempotency_key (account_id, key, request_sha256, contract_id, request_id)
values (1, 'bench-' || to_hex(:n::bigint), decode(repeat(to_hex(:n::bigint), 4), 'hex'), nextval('reference.contract_id'),
    repeat(to_hex(:n::bigint), 2));
insert into reference.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, contract_no, project_name,
    contract_type, technical_field, signed_on, total_amount, technology_amount, filed_as, seller_name, seller_code,
    seller_region, buyer_name, buyer_code, buyer_region, party_codes, duplicate_key, submitted_on)
values (currval('reference.contract_id'), 1, 1, 1, 'submitted', nextval('reference.contract_release_seq'),
    currval('reference.contract_release_seq'), 'LYKJ-' || to_hex(:n::bigint),
    '有机硅耐高低温高端密封件联合开发' || to_hex(:n::bigint), '102', '05', '2026-03-18', :yuan::bigint * 100,
    :yuan::bigint * 100 - 16504600, 'seller', '沂水精工66080247密封件有限公司', '91371329MAWBC0705J', '371329',
    '济南重工66630015股份有限公司', '91371311MA08CKUK95', '371311', '{91371329MAWBC0705J,91371311MA08CKUK95}',
    decode(repeat(to_hex(:n::bigint), 4), 'hex'), '2026-03-19');
insert into reference.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body,
    body_sha256, point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as,
    seller_region, buyer_region, route)
values (currval('reference.contract_release_seq'), currval('reference.contract_id'), 'submit', 'submitted', '2026-03-19', 1,
    repeat(to_hex(:n::bigint), 2), currval('reference.contract_release_seq'),
    '{"contract_no":"LYKJ-' || to_hex(:n::bigint) || '","project_name":"有机硅耐高低温高端密封件联合开发' ||
    to_hex(:n::bigint) || '","contract_type":"102","signed_on":"2026-03-18","term_begins_on":"2026-03-18",'
    '"term_ends_on":"2027-03-18","amount_basis":"fixed","total_amount":"' || :yuan::bigint ||
    '.00","technology_amount":"473092.00","deductions":[{"kind":"x_equipment","amount":"165046.00","note":"试验台"}],'
    '"payment_method":"2","currency":"CNY","is_related": false,"plan_source":"9","ip_types":["2"],"technical_field":"05",'
    '"objective":"10","service_industry":"29","summary":"双方就有机硅耐高低温高端密封件开展联合开发,内容包括配方设计、'
    '硫化工艺优化、密封结构仿真、样件试制与台架试验,形成可用于航空液压系统和新能源汽车电驱动总成的系列产品及企业标准。'
    '乙方提供试验条件并承担工况数据采集,甲方负责技术方案、工艺文件和中试放大的技术指导。","undertaking": true,'
    '"filed_as":"seller","seller":{"name":"沂水精工66080247密封件有限公司","credit_code":"91371329MAWBC0705J",'
    '"country":"142","region":"371329","party_type":"150","industry":"29","representative":"王建国",'
    '"address":"沂水县长安中路8号","contact":{"name":"李敏","phone":"0539-2250000"}},'
    '"buyer":{"name":"济南重工66630015股份有限公司","credit_code":"91371311MA08CKUK95","country":"142",'
    '"region":"371311","party_type":"150","industry":"34","representative":"赵磊","address":"历下区工业路1号"}}',
    decode(repeat(to_hex(:n::bigint), 4), 'hex'), 1, 1, '102', '05', :yuan::bigint * 100, :yuan::bigint * 100 - 16504600,
    'seller', '371329', '371311', 'point');
insert into reference.audit (account_id, event, object, outcome, request_id, peer)
values (1, 'contract.submit', 'contract ' || currval('reference.contract_id'), 'ok', repeat(to_hex(:n::bigint), 2),
    '127.0.0.1');
commit;
\endpipeline

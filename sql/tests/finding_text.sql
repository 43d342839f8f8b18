-- What makes names, titles and numbers the same, against pairs written by hand.
begin;
create extension pgtap;
select plan(41);

-- Names: the same.
select is(tcr.name_fold(b), tcr.name_fold(a), format('%s = %s', a, b)) from (values
    ('沂水精工密封件有限公司', '沂水精工密封件有限责任公司'),
    ('沂水精工密封件有限公司', '沂水精工密封件股份有限公司'),
    ('临沂市金锣（集团）有限公司', '临沂市金锣(集团)有限公司'),
    ('临沂市金锣（集团）有限公司', ' 临沂市 金锣【集团】有限公司　'),
    ('ＡＢＣ科技有限公司', 'abc科技有限公司'),
    ('华·泰科技有限公司', '华・泰科技有限公司'),
    ('Linyi Seal Co., Ltd.', 'LINYI SEAL CO LTD'),
    ('Linyi Seal Co., Ltd.', 'Linyi Seal Company Limited'),
    ('Linyi Seal Limited', 'Linyi-Seal Ltd'),
    (U&'\4E34\6C82\79D1\6280\6709\9650\516C\53F8', U&'\4E34\200B\6C82\200D\79D1\2060\6280\FEFF\6709\9650\516C\53F8'),
    (U&'\4E34\6C82\79D1\6280\6709\9650\516C\53F8', U&'\202E\4E34\6C82\202C\79D1\6280\2066\6709\9650\516C\53F8\2069'),
    (U&'\4E34\6C82\79D1\6280\6709\9650\516C\53F8', U&'\4E34\FE00\6C82\+0E0100\79D1\6280\6709\9650\516C\53F8'),
    (U&'\4E00\4EBA\79D1\6280', U&'\2F00\2F08\79D1\6280'), -- Kangxi radicals
    (U&'\8C48\66F4\8ECA\79D1\6280', U&'\F900\F901\F902\79D1\6280'), -- compatibility ideographs
    (U&'\+020122\5149\79D1\6280', U&'\+02F803\5149\79D1\6280'),
    ('Müller GmbH', U&'Mu\0308ller gmbh'),
    ('①号实验室', '1号实验室')) v (a, b);

-- Names: not the same.
select isnt(tcr.name_fold(b), tcr.name_fold(a), format('%s <> %s', a, b)) from (values
    ('沂水精工密封件有限公司', '沂水精工密封件厂'),
    ('沂水精工密封件有限公司', '沂水精工密封件有限公司临沂分公司'),
    ('临沂大学', '临沂大学医院'),
    ('临沂第一研究所', '临沂第二研究所'),
    (U&'\+020000\5149\79D1\6280', U&'\+020001\5149\79D1\6280'),
    ('C++科技', 'C科技')) v (a, b);

select is(tcr.text_fold('（—）'), '（—）', 'a text of punctuation alone folds to itself');
select is(tcr.text_fold(''), '', 'so does an empty one');
select is(tcr.name_fold(null), null, 'no name stays none');
select is(tcr.text_fold(tcr.text_fold('Ｌ（Ａ） ﬁ１')), tcr.text_fold('Ｌ（Ａ） ﬁ１'), 'folding twice is folding once');

-- Numbers of the parties' own.
select is(tcr.number_fold(b), tcr.number_fold(a), format('%s = %s', a, b)) from (values
    ('LYKJ-2026-018', 'lykj2026018'), ('鲁科〔2026〕18号', '鲁科(2026)18号'), ('无', null), ('/', null), (' —— ', null), ('N/A', null))
    v (a, b);
select isnt(tcr.number_fold('LYKJ-2026-018'), tcr.number_fold('LYKJ-2026-019'), 'another number');

-- Titles.
select is(tcr.title_similarity('abcd', 'abcd'), 100, 'equal titles');
select is(tcr.title_similarity('abcd', 'efgh'), 0, 'nothing in common');
select is(tcr.title_similarity('abcde', 'abcdx'), 75, 'three of four pairs in both');
select is(tcr.title_similarity('abcdx', 'abcde'), 75, 'the same from the other side');
select is(tcr.title_similarity('ab', 'abab'), 75, 'repeated pairs count each time: one of one and two of three');
select is(tcr.title_similarity('a', 'b'), 0, 'titles of one character have no pairs');
select is(tcr.title_similarity('a', 'a'), 100, 'and may be equal');
select * from finish();
rollback;

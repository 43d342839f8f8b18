-- finding_text - what makes two texts the same for the search of near duplicates. Written once: marks, search and rules use it.
-- Plain expressions without settings are inlined where they are used. After a change of one of them the nightly job
-- marks every contract anew.

-- NFKC (full and half width, compatibility ideographs, Kangxi radicals), lower case, then without what cannot be seen or does not tell
-- texts apart: spaces, punctuation and brackets, control and format characters, other ignorable ones such as variation selectors.
-- Symbols, letters, digits and combining marks stay, as in the key of exact duplicates (contract_text_fold in C). The ranges are
-- categories Z, P, Cc, Cf and the ignorable ones of Unicode 14; gaps that nobody assigned are bridged. A text that has nothing else
-- folds to itself.
create or replace function tcr.text_fold(p_text text) returns text language sql immutable parallel safe as $$
    select coalesce(nullif(pg_catalog.regexp_replace(pg_catalog.lower(normalize(p_text, NFKC)), '['
        || '\u0001-\u0023\u0025-\u002a\u002c-\u002f\u003a-\u003b\u003f-\u0040\u005b-\u005d\u005f\u007b\u007d\u007f-\u00a1'
        || '\u00a7\u00ab\u00ad\u00b6-\u00bf\u034f\u037e\u0387\u055a-\u055f\u0589-\u058a\u05be\u05c0\u05c3\u05c6\u05f3-\u0605'
        || '\u0609-\u060a\u060c-\u060d\u061b-\u061f\u066a-\u066d\u06d4\u06dd\u0700-\u070f\u07f7-\u07f9\u0830-\u083e\u085e'
        || '\u0890-\u0891\u08e2\u0964-\u0965\u0970\u09fd\u0a76\u0af0\u0c77\u0c84\u0df4\u0e4f\u0e5a-\u0e5b\u0f04-\u0f12\u0f14'
        || '\u0f3a-\u0f3d\u0f85\u0fd0-\u0fd4\u0fd9-\u0fda\u104a-\u104f\u10fb\u115f-\u1160\u1360-\u1368\u1400\u166e\u1680'
        || '\u169b-\u169c\u16eb-\u16ed\u1735-\u1736\u17b4-\u17b5\u17d4-\u17d6\u17d8-\u17da\u1800-\u180f\u1944-\u1945'
        || '\u1a1e-\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b5a-\u1b60\u1b7d-\u1b7e\u1bfc-\u1bff\u1c3b-\u1c3f\u1c7e-\u1c7f'
        || '\u1cc0-\u1cc7\u1cd3\u2000-\u2043\u2045-\u2051\u2053-\u208e\u2308-\u230b\u2329-\u232a\u2768-\u2775\u27c5-\u27c6'
        || '\u27e6-\u27ef\u2983-\u2998\u29d8-\u29db\u29fc-\u29fd\u2cf9-\u2cfc\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u2e4f'
        || '\u2e52-\u2e5d\u3000-\u3003\u3008-\u3011\u3014-\u301f\u3030\u303d\u30a0\u30fb\u3164\ua4fe-\ua4ff\ua60d-\ua60f'
        || '\ua673\ua67e\ua6f2-\ua6f7\ua874-\ua877\ua8ce-\ua8cf\ua8f8-\ua8fa\ua8fc\ua92e-\ua92f\ua95f\ua9c1-\ua9cd'
        || '\ua9de-\ua9df\uaa5c-\uaa5f\uaade-\uaadf\uaaf0-\uaaf1\uabeb\ufd3e-\ufd3f\ufe00-\ufe19\ufe30-\ufe6b\ufeff-\ufffb'
        || '\U00010100-\U00010102\U0001039f\U000103d0\U0001056f\U00010857\U0001091f\U0001093f\U00010a50-\U00010a58\U00010a7f'
        || '\U00010af0-\U00010af6\U00010b39-\U00010b3f\U00010b99-\U00010b9c\U00010ead\U00010f55-\U00010f59'
        || '\U00010f86-\U00010f89\U00011047-\U0001104d\U000110bb-\U000110c1\U000110cd\U00011140-\U00011143'
        || '\U00011174-\U00011175\U000111c5-\U000111c8\U000111cd\U000111db\U000111dd-\U000111df\U00011238-\U0001123d'
        || '\U000112a9\U0001144b-\U0001144f\U0001145a-\U0001145d\U000114c6\U000115c1-\U000115d7\U00011641-\U00011643'
        || '\U00011660-\U0001166c\U000116b9\U0001173c-\U0001173e\U0001183b\U00011944-\U00011946\U000119e2'
        || '\U00011a3f-\U00011a46\U00011a9a-\U00011a9c\U00011a9e-\U00011aa2\U00011c41-\U00011c45\U00011c70-\U00011c71'
        || '\U00011ef7-\U00011ef8\U00011fff\U00012470-\U00012474\U00012ff1-\U00012ff2\U00013430-\U00013438'
        || '\U00016a6e-\U00016a6f\U00016af5\U00016b37-\U00016b3b\U00016b44\U00016e97-\U00016e9a\U00016fe2'
        || '\U0001bc9f-\U0001bca3\U0001d173-\U0001d17a\U0001da87-\U0001da8b\U0001e95e-\U0001e95f\U000e0000-\U000e0fff'
        || ']+', '', 'g'), ''), p_text)
$$;

-- A name of a party: the forms of a limited company are one (有限责任公司, 股份有限公司, 有限公司; Co., Ltd. and Limited).
create or replace function tcr.name_fold(p_name text) returns text language sql immutable parallel safe as $$
    select pg_catalog.regexp_replace(
        pg_catalog.regexp_replace(tcr.text_fold(p_name), '(股份有限|有限责任|责任有限)公司', '有限公司', 'g'),
        '(company|co)?(limited|ltd)$', 'ltd')
$$;

-- A number of the parties' own; null where it says that there is none.
create or replace function tcr.number_fold(p_number text) returns text language sql immutable parallel safe as $$
    select nullif(pg_catalog.regexp_replace(tcr.text_fold(p_number),
        '^([\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]*|无|无编号|暂无|none|na)$', ''), '')
$$;

-- The mark of a text: the first eight bytes of its SHA-256.
create or replace function tcr.text_mark(p_text text) returns bigint language sql immutable parallel safe as $$
    select ('x' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p_text, 'UTF8')), 'hex'), 16))::bit(64)::bigint
$$;

-- How much two folded titles have in common, in per cent, rounded down: of all pairs of neighbouring characters in both, the part
-- that the other title has as well. Only the first 64 characters of each count, so that long titles cost no more.
create or replace function tcr.title_similarity(p_a text, p_b text) returns integer
language plpgsql immutable parallel safe set search_path = pg_catalog as $$
declare
    v_a text := left(p_a, 64);
    v_b text := left(p_b, 64);
    v_pairs integer := greatest(length(v_a) - 1, 0) + greatest(length(v_b) - 1, 0);
    v_common integer := 0;
begin
    if v_a = v_b then
        return 100;
    end if;
    for i in 1 .. length(v_a) - 1 loop
        if strpos(v_b, substr(v_a, i, 2)) > 0 then
            v_common := v_common + 1;
        end if;
    end loop;
    for i in 1 .. length(v_b) - 1 loop
        if strpos(v_a, substr(v_b, i, 2)) > 0 then
            v_common := v_common + 1;
        end if;
    end loop;
    return case when v_pairs > 0 then 100 * v_common / v_pairs else 0 end;
end
$$;

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/codes/codes_csv.h"

/* 2026-02-28 and 2026-03-01, the last day of one regime and the first of the next. */
enum { OLD_LAST = 20512, NEW_FIRST = 20513 };

static void
add(struct codes *codes, const char *list, const char *code, const char *parent, int32_t from,
    int32_t to)
{
    struct code row = {.list = list,
        .code = code,
        .name_zh = "名",
        .name_en = "name",
        .parent = parent,
        .valid_from = from,
        .valid_to = to};

    codes_add(codes, &row);
}

static void
test_validity_and_leaves(void **state)
{
    struct codes *codes = codes_new();
    const char *const *lists;
    int count;

    (void)state;
    add(codes, "b", "11", "1", INT32_MIN, 99);
    add(codes, "b", "11", "1", 100, INT32_MAX);
    add(codes, "b", "1", "", INT32_MIN, INT32_MAX);
    add(codes, "a", "1", "", INT32_MIN, INT32_MAX);
    codes_seal(codes);
    assert_int_equal(codes_find(codes, "b", "11", 99)->valid_to, 99);
    assert_int_equal(codes_find(codes, "b", "11", 100)->valid_from, 100);
    assert_true(codes_find(codes, "b", "11", 0)->is_leaf);
    assert_false(codes_find(codes, "b", "1", 0)->is_leaf);
    assert_true(codes_find(codes, "a", "1", 0)->is_leaf);
    assert_null(codes_find(codes, "a", "11", 0));
    assert_null(codes_find(codes, "c", "1", 0));
    assert_null(codes_find(codes, "", "", 0));
    lists = codes_lists(codes);
    assert_string_equal(lists[0], "a");
    assert_string_equal(lists[1], "b");
    assert_null(lists[2]);
    assert_string_equal(codes_list(codes, "b", &count)->code, "1");
    assert_int_equal(count, 3);
    assert_null(codes_list(codes, "aa", &count));
    assert_int_equal(count, 0);
    codes_free(codes);
    codes_free(NULL);
}

static void
test_gap_in_validity(void **state)
{
    struct codes *codes = codes_new();

    (void)state;
    add(codes, "a", "1", "", 10, 20);
    add(codes, "a", "1", "", 30, 40);
    codes_seal(codes);
    assert_null(codes_find(codes, "a", "1", 9));
    assert_non_null(codes_find(codes, "a", "1", 10));
    assert_non_null(codes_find(codes, "a", "1", 20));
    assert_null(codes_find(codes, "a", "1", 25));
    assert_non_null(codes_find(codes, "a", "1", 30));
    assert_null(codes_find(codes, "a", "1", 41));
    codes_free(codes);
}

static void
test_empty(void **state)
{
    struct codes *codes = codes_new();
    int count;

    (void)state;
    codes_seal(codes);
    assert_null(codes_find(codes, "a", "1", 0));
    assert_null(codes_list(codes, "a", &count));
    assert_null(codes_lists(codes)[0]);
    assert_null(codes_rule(codes, "a"));
    codes_free(codes);
}

/* Every row of the shipped lists is found again, and their sizes are what the sources say. */
static void
test_shipped_lists(void **state)
{
    static const struct {
        const char *list;
        int count;
    } sizes[] = {{"contract_type", 30}, {"tech_field", 11}, {"region_cn_all", 3351},
        {"region_province", 34}, {"party_type", 49}, {"soc_eco_objective", 13}, {"role", 15}};
    struct err err;
    struct codes *codes = codes_read_directory("sql/codes", &err);
    int rows = 0;
    int count;

    (void)state;
    assert_non_null(codes);
    for (const char *const *list = codes_lists(codes); *list != NULL; list++) {
        const struct code *row = codes_list(codes, *list, &count);

        assert_non_null(row);
        for (int i = 0; i < count; i++) {
            int32_t day = row[i].valid_from != INT32_MIN ? row[i].valid_from
                          : row[i].valid_to != INT32_MAX ? row[i].valid_to
                                                         : 20000;

            assert_ptr_equal(codes_find(codes, *list, row[i].code, day), &row[i]);
            rows++;
        }
    }
    assert_true(rows > 4300);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        codes_list(codes, sizes[i].list, &count);
        assert_int_equal(count, sizes[i].count);
    }
    assert_null(codes_list(codes, "calendar_day", &count));
    assert_null(codes_list(codes, "parameter", &count));
    assert_null(codes_list(codes, "rule", &count));
    assert_null(codes_list(codes, "rule_set", &count));
    /* Under the rule of 2001 a licence was a kind of transfer; since 2026 it is a type of its own.
     */
    assert_string_equal(codes_find(codes, "contract_type", "3", OLD_LAST)->parent, "2");
    assert_string_equal(codes_find(codes, "contract_type", "3", NEW_FIRST)->parent, "");
    assert_false(codes_find(codes, "contract_type", "1", 20000)->is_leaf);
    assert_true(codes_find(codes, "contract_type", "102", 20000)->is_leaf);
    assert_string_equal(codes_find(codes, "contract_type", "102", 20000)->name_zh, "合作开发");
    assert_string_equal(codes_find(codes, "region_cn_all", "371323", 20000)->parent, "371300");
    assert_string_equal(codes_find(codes, "currency", "NOK", 20000)->name_en, "Norwegian Krone");
    assert_string_equal(codes_find(codes, "amount_item", "income", 20000)->name_en,
        "Technology income: price, royalty, remuneration actually obtained by performing the "
        "contract");
    codes_free(codes);
}

static void
test_shipped_rules(void **state)
{
    struct err err;
    struct codes *codes = codes_read_directory("sql/codes", &err);
    const struct rule *rule = codes_rule(codes, "contract.restrictive");

    (void)state;
    assert_non_null(rule);
    assert_int_equal(rule->severity, RULE_REFUSAL);
    assert_true(rule->is_final);
    assert_non_null(strstr(rule->article, "第八百五十条"));
    assert_null(codes_rule(codes, "contract.nothing"));
    codes_free(codes);
}

/* The lines that are asked of a type on a day, in order, as one text; '?' marks those that need no
 * answer. */
static const char *
checklist(const struct codes *codes, const char *type, int32_t day)
{
    static char text[512];
    const struct rule_row *line = NULL;
    size_t used = 0;

    text[0] = '\0';
    while ((line = codes_checklist_next(codes, type, day, line)) != NULL)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s", used == 0 ? "" : " ",
            line->rule.id, line->is_required ? "" : "?");
    return text;
}

static void
test_shipped_law_by_day(void **state)
{
    struct err err;
    struct codes *codes = codes_read_directory("sql/codes", &err);
    const struct rule_row *row;

    (void)state;
    assert_non_null(codes);
    assert_string_equal(codes_rule_set(codes, OLD_LAST), "R2001");
    assert_string_equal(codes_rule_set(codes, NEW_FIRST), "R2026");
    assert_string_equal(codes_rule_set(codes, INT32_MIN + 1), "R2001");
    assert_string_equal(
        codes_parameter(codes, "decision.limit", NULL, OLD_LAST), "30 calendar_day");
    assert_string_equal(
        codes_parameter(codes, "decision.limit", "371302", NEW_FIRST), "15 working_day");
    assert_null(codes_parameter(codes, "expert.limit", NULL, OLD_LAST));
    assert_null(codes_parameter(codes, "route.province", "371302", NEW_FIRST)); /* not confirmed */
    assert_string_equal(checklist(codes, "502", OLD_LAST),
        "G01 G02 G03 G04 G05 G06 G07 G09 G10 G11 G12 M01 M02 M03 M04");
    assert_string_equal(checklist(codes, "503", OLD_LAST),
        "G01 G02 G03 G04 G05 G06 G07 G09 G10 G11 G12 P01 P02 P03 PX1 PX2 PX3");
    assert_string_equal(checklist(codes, "503", NEW_FIRST),
        "G01 G02 G03 G04 G05 G06 G07 G08 G09 G10 G11 G12 P01 P02 PX1 PX2 PX3");
    assert_string_equal(checklist(codes, "101", NEW_FIRST),
        "D01 D02 D03 D04? DX1 DX2 DX3 DX4 DX5 G01 G02 G03 G04 G05 G06 G07 G08 G09 G10 G11 G12");
    assert_string_equal(checklist(codes, "301", NEW_FIRST), checklist(codes, "201", NEW_FIRST));
    row = codes_rule_on(codes, "D01", OLD_LAST);
    assert_int_equal(row->kind, RULE_CRITERION);
    assert_string_equal(row->group, "DEV");
    assert_true(row->rule.is_final);
    assert_false(codes_rule_on(codes, "D01", NEW_FIRST)->rule.is_final);
    assert_int_equal(codes_rule_on(codes, "DX1", OLD_LAST)->kind, RULE_EXCLUSION);
    assert_int_equal(codes_rule_on(codes, "R02", OLD_LAST)->kind, RULE_REASON);
    assert_string_not_equal(codes_rule_on(codes, "G09", OLD_LAST)->rule.zh,
        codes_rule_on(codes, "G09", NEW_FIRST)->rule.zh);
    assert_null(codes_rule_on(codes, "P03", NEW_FIRST));
    codes_free(codes);
}

static void
add_rule(struct codes *codes, const char *id, const char *region, const char *value, int32_t from,
    int32_t to, bool is_enabled)
{
    struct rule_row row = {.rule = {.id = id, .article = "", .zh = "名", .en = "name"},
        .kind = RULE_PARAMETER,
        .region = region,
        .group = "",
        .value = value,
        .is_enabled = is_enabled,
        .valid_from = from,
        .valid_to = to};

    codes_add_rule(codes, &row);
}

static void
test_parameters_by_area_and_day(void **state)
{
    struct codes *codes = codes_new();

    (void)state;
    add_rule(codes, "a", "3713", "city", 10, INT32_MAX, true);
    add_rule(codes, "a", "", "later", 20, INT32_MAX, true);
    add_rule(codes, "a", "", "first", INT32_MIN, 19, true);
    add_rule(codes, "a", "371302", "county", INT32_MIN, INT32_MAX, false);
    add_rule(codes, "b", "37", "province", INT32_MIN, 5, true);
    codes_seal(codes);
    assert_string_equal(codes_parameter(codes, "a", NULL, 19), "first");
    assert_string_equal(codes_parameter(codes, "a", NULL, 20), "later");
    assert_string_equal(codes_parameter(codes, "a", "371302", 9), "first");
    assert_string_equal(codes_parameter(codes, "a", "371302", 10), "city");
    assert_string_equal(codes_parameter(codes, "a", "3713", 30), "city");
    assert_string_equal(codes_parameter(codes, "a", "37", 30), "later");
    assert_string_equal(codes_parameter(codes, "a", "370102", 30), "later");
    assert_string_equal(codes_parameter(codes, "b", "371302", 5), "province");
    assert_null(codes_parameter(codes, "b", "371302", 6));
    assert_null(codes_parameter(codes, "b", NULL, 5));
    assert_null(codes_parameter(codes, "c", NULL, 5));
    assert_string_equal(codes_rule_on(codes, "a", 19)->value, "first");
    assert_null(codes_rule_on(codes, "b", 5)); /* only of an area */
    assert_ptr_equal(codes_rule(codes, "a"), &codes_rule_on(codes, "a", 20)->rule);
    assert_string_equal(codes_rule(codes, "b")->id, "b");
    assert_null(codes_checklist_next(codes, "101", 5, NULL));
    assert_int_equal(codes_rule_kind("exclusion"), RULE_EXCLUSION);
    assert_int_equal(codes_rule_kind("nonsense"), RULE_KIND_COUNT);
    codes_free(codes);
}

static int
join_fields(void *ctx, int number, char **fields, int count, struct err *err)
{
    char *out = ctx;

    (void)err;
    sprintf(out + strlen(out), "%d", number);
    for (int i = 0; i < count; i++)
        sprintf(out + strlen(out), "[%s]", fields[i]);
    return 0;
}

static int
read_text(const char *text, size_t len, char *out, struct err *err)
{
    char file[] = "/tmp/tcrd-csv-XXXXXX";
    int fd = mkstemp(file);
    int result;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    close(fd);
    out[0] = '\0';
    result = csv_read(file, join_fields, out, err);
    unlink(file);
    return result;
}

static void
test_csv_dialect(void **state)
{
    static const struct {
        const char *text;
        const char *fields; /* NULL: refused */
    } cases[] = {
        {"a,b\n1,2\n", "1[a][b]2[1][2]"},
        {"a,b\r\n1,2", "1[a][b]2[1][2]"},
        {"\xEF\xBB\xBF"
         "a\n",
            "1[a]"},
        {"\"a,b\",\"c\"\"d\"\n", "1[a,b][c\"d]"},
        {"\"a\nb\"\n", "1[a\nb]"},
        {"\"\",\"\"", "1[][]"},
        {"a,\n,\n", "1[a][]2[][]"},
        {"", ""},
        {"\n", "1[]"},
        {"\"a\"\"\"\r\nb", "1[a\"]2[b]"},
        {"\"a", NULL},
        {"\"a\"b,c\n", NULL},
        {"a\"b\n", NULL},
        {"a\rb\n", NULL},
        {"\"\"\"", NULL},
    };
    char out[256];
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int result = read_text(cases[i].text, strlen(cases[i].text), out, &err);

        if (cases[i].fields == NULL) {
            assert_int_equal(result, -1);
        } else {
            assert_int_equal(result, 0);
            assert_string_equal(out, cases[i].fields);
        }
    }
    assert_int_equal(read_text("a\0b\n", 4, out, &err), -1);
    assert_int_equal(csv_read("/nonexistent/file.csv", join_fields, out, &err), -1);
}

static void
write_file(const char *directory, const char *name, const char *text)
{
    char path[256];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void
test_bad_directories(void **state)
{
    static const char *const texts[] = {
        "code,name\n1,a\n",
        "code,name_zh,name_en,parent,source\n1,a,b,,s\n1,c,d,,s\n",
        "code,name_zh,name_en,parent,source\n,a,b,,s\n",
        "code,name_zh,name_en,parent,source\n1,a,b\n",
        "code,name_zh,name_en,parent,source,valid_from\n1,a,b,,s,2026-02-30\n",
        "code,name_zh,name_en,parent,source,valid_to\n1,a,b,,s,2026-03-01\n1,c,d,,s,\n",
    };
    static const char *const rules[] = {
        "id,severity,article,proof,zh,en\nr,fatal,,final,z,e\n",
        "id,severity,article,proof,zh,en\nr,hint,,rumour,z,e\n",
        "id,severity,article,proof,zh,en\nr,hint,,final,z,\n",
        "id,severity,article,proof,zh,en\nr,hint,,final,z,e\nr,hint,,final,z,e\n",
        "id,severity,proof,article,zh,en\nr,hint,final,,z,e\n",
    };
    char directory[] = "/tmp/tcrd-codes-XXXXXX";
    char path[256];
    struct err err;

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_null(codes_read_directory(directory, &err));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(directory, "x.csv", texts[i]);
        assert_null(codes_read_directory(directory, &err));
        assert_int_equal(err.code, ERR_SYNTAX);
    }
    write_file(directory, "x.csv", "code,name_zh,name_en,parent,source\n1,a,b,,s\n");
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        write_file(directory, "rule.csv", rules[i]);
        assert_null(codes_read_directory(directory, &err));
        assert_int_equal(err.code, ERR_SYNTAX);
    }
    snprintf(path, sizeof(path), "%s/x.csv", directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s/rule.csv", directory);
    unlink(path);
    rmdir(directory);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validity_and_leaves),
        cmocka_unit_test(test_gap_in_validity),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_shipped_lists),
        cmocka_unit_test(test_shipped_rules),
        cmocka_unit_test(test_shipped_law_by_day),
        cmocka_unit_test(test_parameters_by_area_and_day),
        cmocka_unit_test(test_csv_dialect),
        cmocka_unit_test(test_bad_directories),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

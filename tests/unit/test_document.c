#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/date.h"
#include "server/papers/document.h"

/* The model is valid JSON whatever the texts are, and has the blocks that were written. */
static json_t *
model_of(const struct buf *out)
{
    json_error_t error;
    json_t *model = json_loadb(out->data, out->len, 0, &error);

    if (model == NULL)
        fail_msg("%s: %s", error.text, out->data);
    return model;
}

static const char *
row_text(const json_t *rows, size_t row, size_t cell)
{
    return json_string_value(json_array_get(json_array_get(rows, row), cell));
}

static void
test_model(void **state)
{
    static const struct model_column columns[] = {
        {"a\"b", 1, false}, {"c\\d", 2, true}, {NULL, 0, false}};
    const struct model_head head = {
        .title = "标题\"", .day = 20530, .foot = "{page}", .framed = true};
    const char *const lines[] = {"局", "日\n期", NULL};
    struct model_rows rows;
    struct buf out = {0};
    json_t *model;
    const json_t *blocks;

    (void)state;
    model_begin(&out, &head);
    model_heading(&out, "x\x01y");
    model_paragraph(&out, NULL, true);
    model_paragraph(&out, "", true);
    model_paragraph(&out, "段", true);
    model_rows_begin(&rows, &out);
    model_rows_end(&rows);
    model_rows_begin(&rows, &out);
    model_row(&rows, "空", "");
    model_row(&rows, "短一", "值");
    model_row(&rows, "短二", "值");
    model_row(&rows, "单", "值");
    model_row(&rows, "长", "一二三四五六七八九十一二三四五六七八九");
    model_row(&rows, "两行", "a\nb");
    model_row(&rows, "末", "值");
    model_rows_end(&rows);
    model_table_begin(&out, columns);
    model_row_begin(&out);
    model_cell(&out, NULL);
    model_cell(&out, "\\");
    model_row_end(&out);
    model_table_end(&out);
    model_list_begin(&out);
    model_list_end(&out);
    model_closing(&out, lines, "", NULL, "说明");
    model_end(&out);
    model = model_of(&out);
    assert_string_equal(
        json_string_value(json_object_get(model, "created")), "2026-03-18T00:00:00+08:00");
    assert_string_equal(json_string_value(json_object_get(model, "title")), "标题\"");
    assert_true(json_is_true(json_object_get(model, "framed")));
    blocks = json_object_get(model, "blocks");
    assert_int_equal(json_array_size(blocks), 6); /* nothing for what says nothing */
    blocks = json_object_get(json_array_get(blocks, 2), "rows");
    assert_int_equal(json_array_size(blocks), 5);
    assert_int_equal(json_array_size(json_array_get(blocks, 0)), 4);
    assert_string_equal(row_text(blocks, 0, 2), "短二");
    assert_int_equal(json_array_size(json_array_get(blocks, 1)), 2);
    assert_string_equal(row_text(blocks, 2, 0), "长");
    assert_string_equal(row_text(blocks, 3, 1), "a\nb");
    assert_string_equal(row_text(blocks, 4, 0), "末");
    json_decref(model);
    buf_clear(&out);
}

static void
test_texts_are_filled_in_once(void **state)
{
    struct arena *arena = arena_new();
    struct conf conf = {0};
    struct codes *codes = codes_new();
    struct document document;
    json_t *data =
        json_pack("{s:s, s:s, s:{s:{s:s}, s:{s:s, s:n}, s:{s:s, s:s}}}", "day", "2026-03-08",
            "filed", "{\"project_name\":\"{seller}{due_on}\",\"seller\":{\"name\":\"甲\"}}",
            "texts", "title", "text", "{project_name}|{seller}|{buyer}|{day}|{|}|{}|{page}|{no",
            "plain", "text", "p", "article", "cited", "text", "q", "article", "《某法》第一条");

    (void)state;
    codes_seal(codes);
    document_init(&document, arena, codes, &conf, "certificate", data, false);
    assert_string_equal(document_text(&document, "title"),
        "{seller}{due_on}|甲|{buyer}|2026年3月8日|{|}|{}|{page}|{no");
    assert_string_equal(document_text(&document, "plain"), "p");
    assert_string_equal(document_text(&document, "cited"), "q（依据：《某法》第一条）");
    assert_null(document_text(&document, "absent"));
    assert_null(document_date(&document, NULL));
    assert_null(document_date(&document, "2026-02-30"));
    assert_string_equal(document_code(&document, "contract_type", "999"), "999");
    assert_string_equal(document_money(&document, -105), "-1.05元");
    document_clear(&document);
    document_clear(&document);
    codes_free(codes);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_texts_are_filled_in_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

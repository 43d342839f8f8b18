#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "common/table.h"
#include "common/xlsx_write.h"

/* The same cells in three forms. The workbook is taken apart with zlib alone. */

static const struct table_column columns[] = {
    {"title", TABLE_TEXT, "项目\ntitle", 20},
    {"amount", TABLE_FEN, "金额(元)\namount (yuan)", 0},
    {"ratio", TABLE_DECIMAL, NULL, 0},
    {"count", TABLE_NUMBER, NULL, 0},
    {"day", TABLE_DAY, NULL, 0},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void
fill(struct table *table)
{
    static const char *const cells[][COLUMNS] = {
        {"=1+1", "123456", "49.01", "7", "2026-03-18"},
        {"a,\"b\"\n<&>_x000D_\x01", "-5", "-0.30", "-1", "1970-01-01"},
        {"平常", "100", NULL, NULL, NULL},
        {NULL, "-12345678901234", "0.00", "0", "someday"},
    };

    for (size_t row = 0; row < sizeof(cells) / sizeof(cells[0]); row++)
        for (int i = 0; i < COLUMNS; i++)
            table_cell_text(table, cells[row][i]);
    table_end(table);
    assert_true(table_fits(table));
    table_free(table);
}

static void
test_csv(void **state)
{
    static const char expected[] = "title,amount,ratio,count,day\r\n"
                                   "'=1+1,1234.56,49.01,7,2026-03-18\r\n"
                                   "\"a,\"\"b\"\"\n<&>_x000D_\x01\",-0.05,-0.30,-1,1970-01-01\r\n"
                                   "平常,1.00,,,\r\n"
                                   ",-123456789012.34,0.00,0,someday\r\n";
    struct buf out = {0};

    (void)state;
    fill(table_new(TABLE_CSV, columns, COLUMNS, "s", &out));
    assert_string_equal(out.data, expected);
    buf_clear(&out);
    fill(table_new(TABLE_CSV_BOM, columns, COLUMNS, "s", &out));
    assert_memory_equal(out.data, "\xef\xbb\xbf", 3);
    assert_string_equal(out.data + 3, expected);
    buf_clear(&out);
}

static void
test_formulas_in_csv(void **state)
{
    static const struct {
        const char *text, *field;
    } table[] = {{"+86", "'+86"}, {"-5", "'-5"}, {"@a", "'@a"}, {"=", "'="}, {"\t=1", "'\t=1"},
        {"\r=1", "\"'\r=1\""}, {"\n=1", "\"'\n=1\""}, {"=a,b", "\"'=a,b\""}, {"a=b", "a=b"},
        {"", ""}, {" =1", " =1"}, {"'=1", "'=1"}};
    static const struct table_column one[] = {{"t", TABLE_TEXT, NULL, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct buf out = {0};
        struct table *csv = table_new(TABLE_CSV, one, 1, "s", &out);
        size_t before = out.len;

        table_cell_text(csv, table[i].text);
        assert_memory_equal(out.data + before, table[i].field, strlen(table[i].field));
        assert_string_equal(out.data + before + strlen(table[i].field), "\r\n");
        table_free(csv);
        buf_clear(&out);
    }
}

static void
test_lines_of_json(void **state)
{
    struct buf out = {0};

    (void)state;
    fill(table_new(TABLE_NDJSON, columns, COLUMNS, "s", &out));
    assert_string_equal(out.data,
        "{\"title\":\"=1+1\",\"amount\":\"1234.56\",\"ratio\":\"49.01\",\"count\":7,"
        "\"day\":\"2026-03-18\"}\n"
        "{\"title\":\"a,\\\"b\\\"\\u000a<&>_x000D_\\u0001\",\"amount\":\"-0.05\","
        "\"ratio\":\"-0.30\",\"count\":-1,\"day\":\"1970-01-01\"}\n"
        "{\"title\":\"平常\",\"amount\":\"1.00\",\"ratio\":null,\"count\":null,\"day\":null}\n"
        "{\"title\":null,\"amount\":\"-123456789012.34\",\"ratio\":\"0.00\",\"count\":0,"
        "\"day\":\"someday\"}\n");
    buf_clear(&out);
}

/* ---- workbook ---- */

static uint32_t
get(const struct buf *zip, size_t at, int bytes)
{
    uint32_t value = 0;

    assert_true(at + (size_t)bytes <= zip->len);
    while (bytes-- > 0)
        value = value << 8 | (unsigned char)zip->data[at + (size_t)bytes];
    return value;
}

/* The text of a part, found by the directory; checksum, sizes and descriptor are compared. */
static void
unzip(const struct buf *zip, const char *name, struct buf *text)
{
    size_t end = zip->len - 22;
    size_t at = get(zip, end + 16, 4);
    z_stream z = {0};

    assert_int_equal(get(zip, end, 4), 0x06054b50);
    assert_int_equal(at + get(zip, end + 12, 4), end);
    for (unsigned i = get(zip, end + 10, 2); i > 0; i--, at += 46 + get(zip, at + 28, 2)) {
        size_t local = get(zip, at + 42, 4);
        size_t data = local + 30 + get(zip, local + 26, 2);
        uint32_t packed = get(zip, at + 20, 4);
        uint32_t plain = get(zip, at + 24, 4);

        assert_int_equal(get(zip, at, 4), 0x02014b50);
        assert_int_equal(get(zip, local, 4), 0x04034b50);
        assert_int_equal(get(zip, data + packed, 4), 0x08074b50);
        assert_int_equal(get(zip, data + packed + 8, 4), packed);
        if (get(zip, at + 28, 2) != strlen(name) ||
            memcmp(zip->data + at + 46, name, strlen(name)) != 0)
            continue;
        buf_reserve(text, plain);
        assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
        z.next_in = (Bytef *)zip->data + data;
        z.avail_in = packed;
        z.next_out = (Bytef *)text->data;
        z.avail_out = plain;
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        inflateEnd(&z);
        text->len = plain;
        text->data[plain] = '\0';
        assert_int_equal(crc32(0, (Bytef *)text->data, plain), get(zip, at + 16, 4));
        return;
    }
    fail_msg("no part %s", name);
}

static void
has(const struct buf *text, const char *part)
{
    if (strstr(text->data, part) == NULL)
        fail_msg("%s is not in %s", part, text->data);
}

static void
test_workbook(void **state)
{
    struct buf out = {0};
    struct buf text = {0};

    (void)state;
    fill(table_new(TABLE_XLSX, columns, COLUMNS, "as_of <1>", &out));
    unzip(&out, "xl/worksheets/sheet1.xml", &text);
    has(&text, "ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"");
    has(&text, "<c r=\"A1\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">项目\ntitle</t>");
    has(&text, "<c r=\"C1\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">ratio</t>");
    has(&text, "<c r=\"A2\" s=\"4\" t=\"inlineStr\"><is><t xml:space=\"preserve\">=1+1</t></is></c>"
               "<c r=\"B2\" s=\"2\"><v>1234.56</v></c><c r=\"C2\" s=\"2\"><v>49.01</v></c>"
               "<c r=\"D2\" s=\"0\"><v>7</v></c><c r=\"E2\" s=\"3\"><v>46099</v></c></row>");
    has(&text, "a,&quot;b&quot;\n&lt;&amp;&gt;_x005F_x000D_</t></is></c>"
               "<c r=\"B3\" s=\"2\"><v>-0.05</v></c>");
    has(&text, "<c r=\"E3\" s=\"3\"><v>25569</v></c>");
    has(&text, "<row r=\"4\"><c r=\"A4\" s=\"4\" t=\"inlineStr\"><is><t xml:space=\"preserve\">平常"
               "</t></is></c><c r=\"B4\" s=\"2\"><v>1.00</v></c></row>");
    has(&text, "<row r=\"5\"><c r=\"B5\" s=\"2\"><v>-123456789012.34</v></c>");
    has(&text, "someday</t>");
    buf_clear(&text);
    unzip(&out, "xl/workbook.xml", &text);
    has(&text, "<sheet name=\"as_of &lt;1&gt;\" sheetId=\"1\" r:id=\"rId1\"/></sheets>");
    buf_clear(&text);
    unzip(&out, "[Content_Types].xml", &text);
    buf_clear(&text);
    unzip(&out, "xl/styles.xml", &text);
    buf_clear(&text);
    buf_clear(&out);
}

/* A sheet holds 1,048,576 rows; what comes behind stands in another one. The owner takes the bytes
 * out all the time, and the writer keeps none of them. */
static void
test_more_rows_than_a_sheet(void **state)
{
    static const struct xlsx_column one[] = {{"n", 8}};
    struct buf out = {0};
    struct buf zip = {0};
    struct buf text = {0};
    struct xlsx *xlsx = xlsx_new("s", one, 1, &out);

    (void)state;
    for (int i = 0; i < XLSX_ROWS_MAX + 10; i++) {
        xlsx_number(xlsx, "1", 1);
        assert_true(out.len < 64 * 1024);
        if (out.len > 16 * 1024) {
            buf_add(&zip, out.data, out.len);
            out.len = 0;
        }
    }
    assert_false(xlsx_is_full(xlsx));
    xlsx_end(xlsx);
    xlsx_free(xlsx);
    buf_add(&zip, out.data, out.len);
    unzip(&zip, "xl/worksheets/sheet1.xml", &text);
    has(&text, "<row r=\"1048576\"><c r=\"A1048576\" s=\"0\"><v>1</v></c></row>\n</sheetData>");
    buf_clear(&text);
    unzip(&zip, "xl/worksheets/sheet2.xml", &text);
    has(&text, "<row r=\"12\"><c r=\"A12\" s=\"0\"><v>1</v></c></row>\n</sheetData>");
    buf_clear(&text);
    unzip(&zip, "xl/workbook.xml", &text);
    has(&text, "<sheet name=\"s (2)\" sheetId=\"2\" r:id=\"rId2\"/>");
    buf_clear(&text);
    buf_clear(&zip);
    buf_clear(&out);
}

static void
test_texts_that_xml_cannot_hold(void **state)
{
    struct xlsx_column headings[28];
    struct buf out = {0};
    struct buf text = {0};
    struct buf longest = {0};
    struct xlsx *xlsx;

    (void)state;
    for (int i = 0; i < 28; i++)
        headings[i] = (struct xlsx_column){"c", 0};
    for (int i = 0; i < 20000; i++)
        buf_puts(&longest, "长");
    xlsx = xlsx_new("s", headings, 28, &out);
    xlsx_text(xlsx, longest.data, longest.len);
    for (int i = 1; i < 26; i++)
        xlsx_empty(xlsx);
    xlsx_text(xlsx,
        "\xef\xbf\xbe"
        "a\x1f\r\xef\xbf\xbd",
        9);
    xlsx_text(xlsx, "_x00", 4);
    xlsx_end(xlsx);
    xlsx_free(xlsx);
    unzip(&out, "xl/worksheets/sheet1.xml", &text);
    has(&text, "<c r=\"AA2\" s=\"4\" t=\"inlineStr\"><is><t "
               "xml:space=\"preserve\">a&#13;\xef\xbf\xbd</t>");
    has(&text, "<c r=\"AB2\" s=\"4\" t=\"inlineStr\"><is><t xml:space=\"preserve\">_x00</t>");
    has(&text, "长</t></is></c><c r=\"AA2\"");
    assert_true(text.len < 45000);
    buf_clear(&text);
    buf_clear(&longest);
    buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_formulas_in_csv),
        cmocka_unit_test(test_lines_of_json),
        cmocka_unit_test(test_workbook),
        cmocka_unit_test(test_more_rows_than_a_sheet),
        cmocka_unit_test(test_texts_that_xml_cannot_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

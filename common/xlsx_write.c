#include "common/xlsx_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "common/mem.h"
#include "common/zip_out.h"

enum {
    PLAIN_BYTES = 32 * 1024, /* of XML, before it is deflated */
    DEFLATE_STEP = 16 * 1024,
    TEXT_MAX = 32767,
    EPOCH_DAY = 25569,               /* 1970-01-01 as spreadsheets count days */
    PARTS_MAX = XLSX_SHEETS_MAX + 5, /* and the five around the sheets */
    PART_NAME_BYTES = 40,
};
#define PART_PLAIN_MAX UINT64_C(4000000000)

/* Positions in cellXfs of the styles below. */
enum { STYLE_PLAIN, STYLE_HEADING, STYLE_MONEY, STYLE_DAY, STYLE_TEXT };

struct xlsx {
    struct buf *out;
    const char *name;
    const struct xlsx_column *columns;
    int count;
    char letters[XLSX_COLUMNS_MAX][4]; /* names of the columns */
    struct buf xml;                    /* of the current part, not deflated yet */
    z_stream deflate;
    struct zip_out zip;
    struct zip_entry entries[PARTS_MAX];
    char names[PARTS_MAX][PART_NAME_BYTES];
    uint32_t crc;
    int sheet_count;
    int row; /* of the current sheet, from 1 */
    int column;
    bool is_full;
};

static void
part_begin(struct xlsx *xlsx, const char *name)
{
    char *kept = xlsx->names[xlsx->zip.count];

    snprintf(kept, PART_NAME_BYTES, "%s", name);
    zip_out_open(&xlsx->zip, xlsx->out, kept);
    xlsx->crc = 0;
    deflateReset(&xlsx->deflate);
}

/* Deflates what stands in xml. */
static void
part_flush(struct xlsx *xlsx, int mode)
{
    z_stream *z = &xlsx->deflate;
    struct buf *out = xlsx->out;
    size_t before = out->len;
    int done;

    xlsx->crc = (uint32_t)crc32(xlsx->crc, (const Bytef *)xlsx->xml.data, (unsigned)xlsx->xml.len);
    z->next_in = (Bytef *)xlsx->xml.data;
    z->avail_in = (unsigned)xlsx->xml.len;
    do {
        buf_reserve(out, DEFLATE_STEP);
        z->next_out = (Bytef *)out->data + out->len;
        z->avail_out = DEFLATE_STEP;
        done = deflate(z, mode);
        out->len += DEFLATE_STEP - z->avail_out;
        out->data[out->len] = '\0';
    } while (z->avail_out == 0 || (mode == Z_FINISH && done != Z_STREAM_END));
    zip_out_packed(&xlsx->zip, out->len - before, xlsx->xml.len, xlsx->crc);
    xlsx->xml.len = 0;
}

static void
part_end(struct xlsx *xlsx)
{
    part_flush(xlsx, Z_FINISH);
    zip_out_close_packed(&xlsx->zip, xlsx->out);
}

static void
part_whole(struct xlsx *xlsx, const char *name, const char *text)
{
    part_begin(xlsx, name);
    buf_puts(&xlsx->xml, text);
    part_end(xlsx);
}

/* ---- XML ---- */

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define SHEET_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."

/* Every part that is named by nothing else is a sheet, however many there will be. */
static const char content_types[] = XML_HEAD
    "<Types xmlns=\"" PACKAGE "content-types\">"
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package."
    "relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"" SHEET_TYPE "worksheet+xml\"/>"
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" SHEET_TYPE "sheet.main+xml\"/>"
    "<Override PartName=\"/xl/styles.xml\" ContentType=\"" SHEET_TYPE "styles+xml\"/></Types>";

static const char root_rels[] = XML_HEAD
    "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE
    "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

static const char styles[] = XML_HEAD
    "<styleSheet xmlns=\"" MAIN "\">"
    "<numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/></numFmts>"
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
    "<fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill>"
    "<fill><patternFill patternType=\"gray125\"/></fill>"
    "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFDDE6F0\"/></patternFill></fill>"
    "</fills><borders count=\"1\"><border/></borders>"
    "<cellStyleXfs count=\"1\"><xf/></cellStyleXfs>"
    "<cellXfs count=\"5\"><xf numFmtId=\"0\"/>"
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"2\" applyFont=\"1\" applyFill=\"1\" "
    "applyAlignment=\"1\"><alignment vertical=\"center\" wrapText=\"1\"/></xf>"
    "<xf numFmtId=\"4\" applyNumberFormat=\"1\"/><xf numFmtId=\"164\" applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"49\" applyNumberFormat=\"1\"/></cellXfs>"
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>"
    "</styleSheet>";

static bool
is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/* "_x000D_" in a text would be read as the character that it names. */
static bool
is_escape(const char *at, size_t left)
{
    return left >= 7 && at[1] == 'x' && is_hex(at[2]) && is_hex(at[3]) && is_hex(at[4]) &&
           is_hex(at[5]) && at[6] == '_';
}

/* Length of a character that XML forbids, 0 when at is allowed. */
static size_t
forbidden(const char *at, size_t left)
{
    unsigned char byte = (unsigned char)*at;

    if (byte < 0x20)
        return byte == '\t' || byte == '\n' || byte == '\r' ? 0 : 1;
    return left >= 3 && byte == 0xef && (unsigned char)at[1] == 0xbf && (unsigned char)at[2] >= 0xbe
               ? 3
               : 0;
}

static void
xml_text(struct buf *xml, const char *text, size_t len)
{
    size_t skip;

    if (len > TEXT_MAX)
        for (len = TEXT_MAX; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
            len--;
    buf_reserve(xml, len + 16);
    for (size_t i = 0; i < len; i++) {
        skip = forbidden(text + i, len - i);
        if (skip > 0)
            i += skip - 1;
        else if (text[i] == '&')
            buf_puts(xml, "&amp;");
        else if (text[i] == '<')
            buf_puts(xml, "&lt;");
        else if (text[i] == '>')
            buf_puts(xml, "&gt;");
        else if (text[i] == '"')
            buf_puts(xml, "&quot;");
        else if (text[i] == '\r')
            buf_puts(xml, "&#13;");
        else if (text[i] == '_' && is_escape(text + i, len - i))
            buf_puts(xml, "_x005F_");
        else
            buf_putc(xml, text[i]);
    }
}

/* ---- sheets ---- */

static void
number_add(struct buf *xml, int64_t value)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    buf_add(xml, digits + at, sizeof(digits) - at);
}

static void
cell_text(struct xlsx *xlsx, const char *text, size_t len, int style)
{
    struct buf *xml = &xlsx->xml;

    buf_puts(xml, "<c r=\"");
    buf_puts(xml, xlsx->letters[xlsx->column]);
    number_add(xml, xlsx->row);
    buf_puts(xml, "\" s=\"");
    buf_putc(xml, (char)('0' + style));
    buf_puts(xml, "\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    xml_text(xml, text, len);
    buf_puts(xml, "</t></is></c>");
}

static void
row_begin(struct xlsx *xlsx)
{
    xlsx->row++;
    buf_puts(&xlsx->xml, "<row r=\"");
    number_add(&xlsx->xml, xlsx->row);
    buf_puts(&xlsx->xml, "\">");
}

static void
row_end(struct xlsx *xlsx)
{
    xlsx->column = 0;
    buf_puts(&xlsx->xml, "</row>\n");
    if (xlsx->xml.len >= PLAIN_BYTES)
        part_flush(xlsx, Z_NO_FLUSH);
}

static void
sheet_begin(struct xlsx *xlsx)
{
    struct buf *xml = &xlsx->xml;
    char name[PART_NAME_BYTES];

    snprintf(name, sizeof(name), "xl/worksheets/sheet%d.xml", ++xlsx->sheet_count);
    part_begin(xlsx, name);
    buf_puts(xml, XML_HEAD "<worksheet xmlns=\"" MAIN "\"><sheetViews><sheetView ");
    buf_puts(xml, xlsx->sheet_count == 1 ? "tabSelected=\"1\" " : "");
    buf_puts(xml, "workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" "
                  "activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>");
    for (int i = 0; i < xlsx->count; i++)
        buf_printf(xml, "<col min=\"%d\" max=\"%d\" width=\"%d\" customWidth=\"1\"/>", i + 1, i + 1,
            xlsx->columns[i].width > 0 ? xlsx->columns[i].width : 14);
    buf_puts(xml, "</cols><sheetData>\n");
    xlsx->row = 0;
    row_begin(xlsx);
    for (xlsx->column = 0; xlsx->column < xlsx->count; xlsx->column++) {
        const char *heading = xlsx->columns[xlsx->column].heading;

        cell_text(xlsx, heading, strlen(heading), STYLE_HEADING);
    }
    row_end(xlsx);
}

static void
sheet_end(struct xlsx *xlsx)
{
    buf_puts(&xlsx->xml, "</sheetData></worksheet>");
    part_end(xlsx);
}

static void
cell_begin(struct xlsx *xlsx)
{
    if (xlsx->column > 0)
        return;
    if (xlsx->row == XLSX_ROWS_MAX || xlsx->entries[xlsx->zip.count - 1].bytes > PART_PLAIN_MAX) {
        if (xlsx->sheet_count == XLSX_SHEETS_MAX) {
            xlsx->is_full = true;
        } else {
            sheet_end(xlsx);
            sheet_begin(xlsx);
        }
    }
    if (xlsx->zip.at > ZIP_BYTES_MAX)
        xlsx->is_full = true;
    row_begin(xlsx);
}

static void
cell_end(struct xlsx *xlsx)
{
    if (++xlsx->column == xlsx->count)
        row_end(xlsx);
}

void
xlsx_empty(struct xlsx *xlsx)
{
    cell_begin(xlsx);
    cell_end(xlsx);
}

void
xlsx_text(struct xlsx *xlsx, const char *text, size_t len)
{
    cell_begin(xlsx);
    cell_text(xlsx, text, len, STYLE_TEXT);
    cell_end(xlsx);
}

static void
cell_number(struct xlsx *xlsx, const char *digits, size_t len, int style)
{
    struct buf *xml = &xlsx->xml;

    cell_begin(xlsx);
    buf_puts(xml, "<c r=\"");
    buf_puts(xml, xlsx->letters[xlsx->column]);
    number_add(xml, xlsx->row);
    buf_puts(xml, "\" s=\"");
    buf_putc(xml, (char)('0' + style));
    buf_puts(xml, "\"><v>");
    buf_add(xml, digits, len);
    buf_puts(xml, "</v></c>");
    cell_end(xlsx);
}

void
xlsx_money(struct xlsx *xlsx, const char *digits, size_t len)
{
    cell_number(xlsx, digits, len, STYLE_MONEY);
}

void
xlsx_number(struct xlsx *xlsx, const char *digits, size_t len)
{
    cell_number(xlsx, digits, len, STYLE_PLAIN);
}

void
xlsx_day(struct xlsx *xlsx, int32_t day)
{
    char digits[16];
    int len = snprintf(digits, sizeof(digits), "%" PRId32, day + EPOCH_DAY);

    cell_number(xlsx, digits, (size_t)len, STYLE_DAY);
}

/* ---- the workbook ---- */

bool
xlsx_is_full(const struct xlsx *xlsx)
{
    return xlsx->is_full;
}

struct xlsx *
xlsx_new(const char *name, const struct xlsx_column *columns, int count, struct buf *out)
{
    struct xlsx *xlsx = xcalloc(1, sizeof(*xlsx));

    xlsx->out = out;
    xlsx->zip.entries = xlsx->entries; /* of no time: the same rows make the same bytes */
    xlsx->name = name;
    xlsx->columns = columns;
    xlsx->count = count > XLSX_COLUMNS_MAX ? XLSX_COLUMNS_MAX : count;
    for (int i = 0; i < xlsx->count; i++) {
        char *letter = xlsx->letters[i];

        if (i >= 26)
            *letter++ = (char)('A' + i / 26 - 1);
        *letter = (char)('A' + i % 26);
    }
    if (deflateInit2(&xlsx->deflate, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
            Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* no memory, as in xcalloc() */
    part_whole(xlsx, "[Content_Types].xml", content_types);
    part_whole(xlsx, "_rels/.rels", root_rels);
    sheet_begin(xlsx);
    return xlsx;
}

void
xlsx_end(struct xlsx *xlsx)
{
    struct buf *xml = &xlsx->xml;

    sheet_end(xlsx);
    part_whole(xlsx, "xl/styles.xml", styles);
    part_begin(xlsx, "xl/_rels/workbook.xml.rels");
    buf_puts(xml, XML_HEAD "<Relationships xmlns=\"" PACKAGE "relationships\">");
    for (int i = 1; i <= xlsx->sheet_count; i++)
        buf_printf(xml,
            "<Relationship Id=\"rId%d\" Type=\"" OFFICE
            "/worksheet\" Target=\"worksheets/sheet%d.xml\"/>",
            i, i);
    buf_printf(xml,
        "<Relationship Id=\"rId%d\" Type=\"" OFFICE
        "/styles\" Target=\"styles.xml\"/></Relationships>",
        xlsx->sheet_count + 1);
    part_end(xlsx);
    part_begin(xlsx, "xl/workbook.xml");
    buf_puts(xml, XML_HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheets>");
    for (int i = 1; i <= xlsx->sheet_count; i++) {
        buf_puts(xml, "<sheet name=\"");
        xml_text(xml, xlsx->name, strlen(xlsx->name));
        if (i > 1)
            buf_printf(xml, " (%d)", i);
        buf_printf(xml, "\" sheetId=\"%d\" r:id=\"rId%d\"/>", i, i);
    }
    buf_puts(xml, "</sheets></workbook>");
    part_end(xlsx);
    zip_out_end(&xlsx->zip, xlsx->out);
}

void
xlsx_free(struct xlsx *xlsx)
{
    if (xlsx == NULL)
        return;
    deflateEnd(&xlsx->deflate);
    buf_clear(&xlsx->xml);
    free(xlsx);
}

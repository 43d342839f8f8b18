#include <stdio.h>
#include <string.h>

#include "server/paper/paper_office.h"
#include "server/paper/paper_pdf.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define SHEET_NS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define PACKAGE_NS "http://schemas.openxmlformats.org/package/2006"
#define OFFICE_NS "http://schemas.openxmlformats.org/officeDocument/2006"
#define SHEET_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."

enum { SHEETS_MAX = 64, NAME_CHARACTERS = 31, NAME_BYTES = 160, WHY_BYTES = 200, TEXT_WIDTH = 110 };

/* Of a cell, by the order of cellXfs below. */
enum style { STYLE_PLAIN, STYLE_HEAD, STYLE_WHOLE, STYLE_DECIMAL, STYLE_TEXT, STYLE_TITLE };

struct book_sheet {
    char name[NAME_BYTES]; /* shown */
    char part[40];         /* xl/worksheets/sheet1.xml */
    struct buf xml;
};

struct book {
    struct book_sheet sheets[SHEETS_MAX];
    int count;
};

static const char styles[] = XML_HEAD
    "<styleSheet xmlns=\"" SHEET_NS
    "\"><fonts count=\"3\"><font><sz val=\"11\"/><name val=\"宋体\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"宋体\"/></font><font><b/><sz val=\"16\"/><name "
    "val=\"宋体\"/></font>"
    "</fonts><fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill "
    "patternType=\"gray125\"/></fill><fill><patternFill patternType=\"solid\"><fgColor "
    "rgb=\"FFE7ECF4\"/>"
    "</patternFill></fill></fills><borders count=\"1\"><border/></borders><cellStyleXfs "
    "count=\"1\"><xf/>"
    "</cellStyleXfs><cellXfs count=\"6\"><xf/>"
    "<xf fontId=\"1\" fillId=\"2\" applyFont=\"1\" applyFill=\"1\" applyAlignment=\"1\"><alignment "
    "horizontal=\"center\" vertical=\"center\" wrapText=\"1\"/></xf>"
    "<xf numFmtId=\"1\" applyNumberFormat=\"1\"/><xf numFmtId=\"2\" applyNumberFormat=\"1\"/>"
    "<xf applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf>"
    "<xf fontId=\"2\" applyFont=\"1\"/></cellXfs></styleSheet>";

/* ---- cells ---- */

/* A, B ... Z, AA: tables have few columns. */
static void
put_reference(struct buf *out, int column, int row)
{
    if (column >= 26)
        buf_putc(out, (char)('A' + column / 26 - 1));
    buf_printf(out, "%c%d", 'A' + column % 26, row);
}

static void
put_text(struct buf *out, int column, int row, enum style style, const char *text)
{
    buf_puts(out, "<c r=\"");
    put_reference(out, column, row);
    buf_printf(out, "\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", style);
    office_text(out, text);
    buf_puts(out, "</t></is></c>");
}

/* Digits as they are shown, so the number is the one of the other forms. */
static void
put_number(struct buf *out, int column, int row, const char *text)
{
    buf_puts(out, "<c r=\"");
    put_reference(out, column, row);
    buf_printf(out, "\" s=\"%d\"><v>%s</v></c>",
        strchr(text, '.') == NULL ? STYLE_WHOLE : STYLE_DECIMAL, text);
}

/* ---- sheets ---- */

/* What a sheet may be called: at most 31 characters, none of []:*?/\ . */
static void
set_name(char *name, const char *text)
{
    int characters = 0;
    size_t len = 0;

    for (; *text != '\0' && len < NAME_BYTES - 1; text++) {
        characters += ((unsigned char)*text & 0xC0U) != 0x80U;
        if (characters > NAME_CHARACTERS)
            break;
        name[len++] = *text;
        if (strchr("[]:*?/\\", *text) != NULL)
            name[len - 1] = ' ';
    }
    name[len] = '\0';
}

static struct book_sheet *
sheet_add(struct book *book, const char *name)
{
    struct book_sheet *sheet = &book->sheets[book->count++];

    set_name(sheet->name, name);
    snprintf(sheet->part, sizeof(sheet->part), "xl/worksheets/sheet%d.xml", book->count);
    buf_puts(&sheet->xml, XML_HEAD "<worksheet xmlns=\"" SHEET_NS "\">");
    return sheet;
}

static void
put_texts(struct book *book, const json_t *model)
{
    struct book_sheet *sheet = sheet_add(book, paper_text(model, "title"));
    struct buf *out = &sheet->xml;
    const json_t *block;
    size_t index;
    int row = 1;

    buf_printf(out,
        "<cols><col min=\"1\" max=\"1\" width=\"%d\" customWidth=\"1\"/></cols><sheetData>"
        "<row r=\"1\">",
        TEXT_WIDTH);
    put_text(out, 0, row, STYLE_TITLE, paper_text(model, "title"));
    buf_printf(out, "</row><row r=\"%d\">", ++row);
    put_text(out, 0, row, STYLE_TEXT, paper_text(model, "subtitle"));
    buf_puts(out, "</row>");
    json_array_foreach(json_object_get(model, "blocks"), index, block)
    {
        bool is_heading = strcmp(paper_text(block, "type"), "heading") == 0;

        if (!is_heading && strcmp(paper_text(block, "type"), "paragraph") != 0)
            continue;
        buf_printf(out, "<row r=\"%d\">", ++row);
        put_text(out, 0, row, is_heading ? STYLE_HEAD : STYLE_TEXT, paper_text(block, "text"));
        buf_puts(out, "</row>");
    }
    buf_puts(out, "</sheetData></worksheet>");
}

static void
put_columns(struct buf *out, const json_t *columns)
{
    const json_t *column;
    size_t index;

    buf_puts(out,
        "<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" "
        "activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>");
    json_array_foreach(columns, index, column)
        buf_printf(out, "<col min=\"%zu\" max=\"%zu\" width=\"%d\" customWidth=\"1\"/>", index + 1,
            index + 1, 10 + 2 * (int)json_number_value(json_object_get(column, "width")));
    buf_puts(out, "</cols><sheetData><row r=\"1\">");
    json_array_foreach(columns, index, column)
        put_text(out, (int)index, 1, STYLE_HEAD, paper_text(column, "title"));
    buf_puts(out, "</row>");
}

static void
put_table(struct book *book, const char *name, const json_t *block)
{
    const json_t *columns = json_object_get(block, "columns");
    struct buf *out = &sheet_add(book, name)->xml;
    const json_t *row;
    size_t at;

    put_columns(out, columns);
    json_array_foreach(json_object_get(block, "rows"), at, row)
    {
        const json_t *column;
        size_t index;

        buf_printf(out, "<row r=\"%zu\">", at + 2);
        json_array_foreach(columns, index, column)
        {
            const char *unit = paper_text(column, "unit");
            const char *text = json_string_value(json_array_get(row, index));

            if (text == NULL)
                continue;
            if (*unit != '\0' && strcmp(unit, "text") != 0 && office_is_number(text))
                put_number(out, (int)index, (int)at + 2, text);
            else
                put_text(out, (int)index, (int)at + 2, STYLE_PLAIN, text);
        }
        buf_puts(out, "</row>");
    }
    buf_puts(out, "</sheetData></worksheet>");
}

/* ---- the whole ---- */

static void
put_parts(struct office *office, struct book *book, struct buf *types, struct buf *workbook,
    struct buf *rels)
{
    buf_puts(types, XML_HEAD
        "<Types xmlns=\"" PACKAGE_NS "/content-types\"><Default Extension=\"rels\" "
        "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default "
        "Extension=\"xml\" ContentType=\"application/xml\"/><Override "
        "PartName=\"/xl/workbook.xml\" "
        "ContentType=\"" SHEET_TYPE "sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" "
        "ContentType=\"" SHEET_TYPE "styles+xml\"/>");
    buf_puts(workbook, XML_HEAD "<workbook xmlns=\"" SHEET_NS "\" xmlns:r=\"" OFFICE_NS
                                "/relationships\"><sheets>");
    buf_puts(rels, XML_HEAD "<Relationships xmlns=\"" PACKAGE_NS "/relationships\"><Relationship "
                            "Id=\"styles\" Type=\"" OFFICE_NS "/relationships/styles\" "
                            "Target=\"styles.xml\"/>");
    for (int i = 0; i < book->count; i++) {
        buf_printf(types,
            "<Override PartName=\"/%s\" ContentType=\"" SHEET_TYPE "worksheet+xml\"/>",
            book->sheets[i].part);
        buf_puts(workbook, "<sheet name=\"");
        office_text(workbook, book->sheets[i].name);
        buf_printf(workbook, "\" sheetId=\"%d\" r:id=\"sheet%d\"/>", i + 1, i + 1);
        buf_printf(rels,
            "<Relationship Id=\"sheet%d\" Type=\"" OFFICE_NS "/relationships/worksheet\" "
            "Target=\"%s\"/>",
            i + 1, book->sheets[i].part + strlen("xl/"));
    }
    buf_puts(types, "</Types>");
    buf_puts(workbook, "</sheets></workbook>");
    buf_puts(rels, "</Relationships>");
    office_part(office, "[Content_Types].xml", types->data, types->len);
    office_part(office, "xl/workbook.xml", workbook->data, workbook->len);
    office_part(office, "xl/_rels/workbook.xml.rels", rels->data, rels->len);
}

static void
put_book(struct book *book, struct buf *out, const json_t *model)
{
    static const char package_rels[] =
        XML_HEAD "<Relationships xmlns=\"" PACKAGE_NS
                 "/relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE_NS
                 "/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
    struct office office;
    struct buf types = {0};
    struct buf workbook = {0};
    struct buf rels = {0};

    office_begin(&office, out, model);
    put_parts(&office, book, &types, &workbook, &rels);
    office_part(&office, "_rels/.rels", package_rels, sizeof(package_rels) - 1);
    office_part(&office, "xl/styles.xml", styles, sizeof(styles) - 1);
    for (int i = 0; i < book->count; i++)
        office_part(
            &office, book->sheets[i].part, book->sheets[i].xml.data, book->sheets[i].xml.len);
    office_end(&office);
    buf_clear(&types);
    buf_clear(&workbook);
    buf_clear(&rels);
}

int
paper_xlsx_make(const json_t *model, struct buf *out, char *why)
{
    static struct book book;
    const char *name = paper_text(model, "subtitle");
    const json_t *block;
    size_t index;
    int result = 0;

    memset(&book, 0, sizeof(book));
    put_texts(&book, model);
    json_array_foreach(json_object_get(model, "blocks"), index, block)
    {
        if (strcmp(paper_text(block, "type"), "heading") == 0)
            name = paper_text(block, "text");
        else if (strcmp(paper_text(block, "type"), "table") == 0 && book.count < SHEETS_MAX)
            put_table(&book, name, block);
    }
    if (book.count < SHEETS_MAX) {
        put_book(&book, out, model);
    } else {
        snprintf(why, WHY_BYTES, "more than %d tables", SHEETS_MAX - 2);
        result = -1;
    }
    for (int i = 0; i < book.count; i++)
        buf_clear(&book.sheets[i].xml);
    return result;
}

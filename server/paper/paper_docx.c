#include <stdio.h>
#include <string.h>

#include "server/paper/paper_office.h"
#include "server/paper/paper_pdf.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define WORD_NS "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define PACKAGE_NS "http://schemas.openxmlformats.org/package/2006"
#define OFFICE_NS "http://schemas.openxmlformats.org/officeDocument/2006"
#define WORD_TYPE "application/vnd.openxmlformats-officedocument.wordprocessingml."

/* Sizes are in twentieths of a point, those of characters in halves. */
enum { TEXT_WIDTH = 9354, FULL_SIZE_COLUMNS = 6 };

static const char content_types[] = XML_HEAD
    "<Types xmlns=\"" PACKAGE_NS "/content-types\">"
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships"
    "+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    "<Override PartName=\"/word/document.xml\" ContentType=\"" WORD_TYPE "document.main+xml\"/>"
    "<Override PartName=\"/word/styles.xml\" ContentType=\"" WORD_TYPE "styles+xml\"/></Types>";

static const char package_rels[] =
    XML_HEAD "<Relationships xmlns=\"" PACKAGE_NS
             "/relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE_NS
             "/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";

static const char document_rels[] =
    XML_HEAD "<Relationships xmlns=\"" PACKAGE_NS
             "/relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE_NS
             "/relationships/styles\" Target=\"styles.xml\"/></Relationships>";

/* The faces of official documents where they are installed; every program replaces what is not. */
#define FACE(name)                                                                                 \
    "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"" name "\"/>"
static const char styles[] =
    XML_HEAD "<w:styles xmlns:w=\"" WORD_NS "\"><w:docDefaults><w:rPrDefault><w:rPr>" FACE(
        "仿宋_GB2312") "<w:sz w:val=\"24\"/><w:szCs w:val=\"24\"/><w:lang w:val=\"en-US\" "
                       "w:eastAsia=\"zh-CN\"/></w:rPr>"
                       "</w:rPrDefault></w:docDefaults>"
                       "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name "
                       "w:val=\"Normal\"/><w:pPr>"
                       "<w:spacing w:line=\"400\" w:lineRule=\"atLeast\"/></w:pPr></w:style>"
                       "<w:style w:type=\"paragraph\" w:styleId=\"Title\"><w:name "
                       "w:val=\"Title\"/><w:basedOn w:val=\"Normal\"/>"
                       "<w:pPr><w:spacing w:before=\"240\" w:after=\"120\"/><w:jc "
                       "w:val=\"center\"/></w:pPr><w:rPr>" FACE(
                           "方正小标宋简体") "<w:sz w:val=\"40\"/></w:rPr></w:style>"
                                             "<w:style w:type=\"paragraph\" "
                                             "w:styleId=\"Subtitle\"><w:name "
                                             "w:val=\"Subtitle\"/><w:basedOn "
                                             "w:val=\"Normal\"/><w:pPr><w:spacing "
                                             "w:after=\"240\"/><w:jc "
                                             "w:val=\"center\"/></w:pPr></w:style>"
                                             "<w:style w:type=\"paragraph\" "
                                             "w:styleId=\"Heading1\"><w:name w:val=\"heading "
                                             "1\"/><w:basedOn "
                                             "w:val=\"Normal\"/><w:next "
                                             "w:val=\"Normal\"/><w:pPr><w:keepNext/><w:spacing "
                                             "w:before=\"240\" "
                                             "w:after=\"60\"/><w:outlineLvl "
                                             "w:val=\"0\"/></w:pPr><w:rPr>" FACE(
                                                 "黑体") "<w:sz w:val=\"28\"/></w:rPr>"
                                                         "</w:style><w:style w:type=\"paragraph\" "
                                                         "w:customStyle=\"1\" "
                                                         "w:styleId=\"Cell\"><w:name "
                                                         "w:val=\"Cell\"/>"
                                                         "<w:basedOn "
                                                         "w:val=\"Normal\"/><w:pPr><w:spacing "
                                                         "w:line=\"240\" "
                                                         "w:lineRule=\"auto\"/></w:pPr></w:style>"
                                                         "</w:styles>";

/* ---- blocks ---- */

/* A line feed of a text is a line break of its paragraph. */
static void
put_run(struct buf *out, const char *text, int size, bool is_bold)
{
    buf_puts(out, "<w:r>");
    if (size > 0 || is_bold)
        buf_printf(out, "<w:rPr>%s<w:sz w:val=\"%d\"/></w:rPr>", is_bold ? "<w:b/>" : "", size);
    for (;;) {
        size_t len = strcspn(text, "\n");

        buf_puts(out, "<w:t xml:space=\"preserve\">");
        office_text_n(out, text, len);
        buf_puts(out, "</w:t>");
        if (text[len] == '\0')
            break;
        buf_puts(out, "<w:br/>");
        text += len + 1;
    }
    buf_puts(out, "</w:r>");
}

static void
put_paragraph(struct buf *out, const char *style, const char *align, bool indent, const char *text)
{
    buf_printf(out, "<w:p><w:pPr><w:pStyle w:val=\"%s\"/>", style);
    if (indent)
        buf_puts(out, "<w:ind w:firstLineChars=\"200\" w:firstLine=\"480\"/>");
    if (*align != '\0')
        buf_printf(out, "<w:jc w:val=\"%s\"/>", align);
    buf_puts(out, "</w:pPr>");
    put_run(out, text, 0, false);
    buf_puts(out, "</w:p>");
}

static void
put_cell(struct buf *out, const char *text, int width, const char *align, int size, bool is_head)
{
    buf_printf(out,
        "<w:tc><w:tcPr><w:tcW w:w=\"%d\" w:type=\"dxa\"/>%s<w:vAlign w:val=\"center\"/></w:tcPr>"
        "<w:p><w:pPr><w:pStyle w:val=\"Cell\"/><w:jc w:val=\"%s\"/></w:pPr>",
        width, is_head ? "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"E7ECF4\"/>" : "", align);
    put_run(out, text, size, is_head);
    buf_puts(out, "</w:p></w:tc>");
}

static const char *
align_of(const json_t *column)
{
    const char *align = paper_text(column, "align");

    return strcmp(align, "right") == 0 ? "right" : strcmp(align, "center") == 0 ? "center" : "left";
}

static void
put_table_head(struct buf *out, const json_t *columns, int size, double weights)
{
    const json_t *column;
    size_t index;

    buf_puts(out, "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
    json_array_foreach(columns, index, column) put_cell(out, paper_text(column, "title"),
        (int)(TEXT_WIDTH * json_number_value(json_object_get(column, "width")) / weights), "center",
        size, true);
    buf_puts(out, "</w:tr>");
}

static void
put_table_row(struct buf *out, const json_t *columns, const json_t *row, int size, double weights)
{
    const json_t *column;
    size_t index;

    buf_puts(out, "<w:tr><w:trPr><w:cantSplit/></w:trPr>");
    json_array_foreach(columns, index, column)
    {
        const char *text = json_string_value(json_array_get(row, index));

        put_cell(out, text == NULL ? "" : text,
            (int)(TEXT_WIDTH * json_number_value(json_object_get(column, "width")) / weights),
            align_of(column), size, false);
    }
    buf_puts(out, "</w:tr>");
}

static void
put_table(struct buf *out, const json_t *block)
{
    static const char *const sides[] = {"top", "left", "bottom", "right", "insideH", "insideV"};
    const json_t *columns = json_object_get(block, "columns");
    int size = json_array_size(columns) > FULL_SIZE_COLUMNS ? 18 : 21;
    double weights = 0;
    const json_t *item;
    size_t index;

    json_array_foreach(columns, index, item) weights +=
        json_number_value(json_object_get(item, "width"));
    if (weights <= 0)
        return;
    buf_printf(
        out, "<w:tbl><w:tblPr><w:tblW w:w=\"%d\" w:type=\"dxa\"/><w:tblBorders>", TEXT_WIDTH);
    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        buf_printf(
            out, "<w:%s w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/>", sides[i]);
    buf_puts(out, "</w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>");
    json_array_foreach(columns, index, item) buf_printf(out, "<w:gridCol w:w=\"%d\"/>",
        (int)(TEXT_WIDTH * json_number_value(json_object_get(item, "width")) / weights));
    buf_puts(out, "</w:tblGrid>");
    put_table_head(out, columns, size, weights);
    json_array_foreach(json_object_get(block, "rows"), index, item)
        put_table_row(out, columns, item, size, weights);
    buf_puts(out, "</w:tbl><w:p><w:pPr><w:pStyle w:val=\"Cell\"/></w:pPr></w:p>");
}

void
docx_block(struct buf *out, const json_t *block)
{
    const char *type = paper_text(block, "type");
    const json_t *line;
    size_t index;

    if (strcmp(type, "heading") == 0)
        put_paragraph(out, "Heading1", "", false, paper_text(block, "text"));
    else if (strcmp(type, "paragraph") == 0)
        put_paragraph(out, "Normal", paper_text(block, "align"),
            json_is_true(json_object_get(block, "indent")), paper_text(block, "text"));
    else if (strcmp(type, "table") == 0)
        put_table(out, block);
    else if (strcmp(type, "closing") == 0)
        json_array_foreach(json_object_get(block, "lines"), index, line) put_paragraph(
            out, "Normal", "right", false, json_is_string(line) ? json_string_value(line) : "");
}

const json_t *
docx_keyed(const json_t *model, const char *type, const char *key)
{
    const json_t *block;
    size_t index;

    json_array_foreach(json_object_get(model, "blocks"), index, block)
    {
        if (strcmp(paper_text(block, "type"), type) == 0 &&
            strcmp(paper_text(block, "key"), key) == 0)
            return block;
    }
    return NULL;
}

/* ---- the whole ---- */

static void
put_document(struct buf *out, const json_t *model)
{
    const json_t *block;
    size_t index;

    buf_puts(out, XML_HEAD "<w:document xmlns:w=\"" WORD_NS "\"><w:body>");
    put_paragraph(out, "Title", "", false, paper_text(model, "title"));
    if (*paper_text(model, "subtitle") != '\0')
        put_paragraph(out, "Subtitle", "", false, paper_text(model, "subtitle"));
    json_array_foreach(json_object_get(model, "blocks"), index, block) docx_block(out, block);
    buf_puts(out,
        "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1440\" w:right=\"1276\" "
        "w:bottom=\"1440\" w:left=\"1276\" w:header=\"851\" w:footer=\"992\" w:gutter=\"0\"/>"
        "</w:sectPr></w:body></w:document>");
}

int
paper_docx_make(const json_t *model, struct buf *out, char *why)
{
    struct office office;
    struct buf document = {0};

    if (*paper_text(model, "template") != '\0')
        return docx_fill(model, paper_text(model, "template"), out, why);
    put_document(&document, model);
    office_begin(&office, out, model);
    office_part(&office, "[Content_Types].xml", content_types, sizeof(content_types) - 1);
    office_part(&office, "_rels/.rels", package_rels, sizeof(package_rels) - 1);
    office_part(&office, "word/document.xml", document.data, document.len);
    office_part(&office, "word/styles.xml", styles, sizeof(styles) - 1);
    office_part(&office, "word/_rels/document.xml.rels", document_rels, sizeof(document_rels) - 1);
    office_end(&office);
    buf_clear(&document);
    return 0;
}

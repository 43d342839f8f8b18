#include "server/paper/paper_pdf.h"

#include <stdio.h>
#include <string.h>

#include <cairo-pdf.h>

#define TITLE_SIZE 20.0
#define SUBTITLE_SIZE 10.5

enum { WHY_BYTES = 200, PDF_BYTES_MAX = 64 * 1024 * 1024 };

static cairo_status_t
take(void *closure, const unsigned char *data, unsigned int len)
{
    struct buf *out = closure;

    if (out->len + len > PDF_BYTES_MAX)
        return CAIRO_STATUS_WRITE_ERROR;
    buf_add(out, data, len);
    return CAIRO_STATUS_SUCCESS;
}

static void
set_metadata(cairo_surface_t *surface, const json_t *model)
{
    static const struct {
        cairo_pdf_metadata_t what;
        const char *name;
    } table[] = {{CAIRO_PDF_METADATA_TITLE, "title"}, {CAIRO_PDF_METADATA_SUBJECT, "subtitle"},
        {CAIRO_PDF_METADATA_AUTHOR, "author"}, {CAIRO_PDF_METADATA_CREATE_DATE, "created"},
        {CAIRO_PDF_METADATA_MOD_DATE, "created"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (*paper_text(model, table[i].name) != '\0')
            cairo_pdf_surface_set_metadata(
                surface, table[i].what, paper_text(model, table[i].name));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "tcrd");
}

static void
place_title(struct sheet *sheet, const json_t *model)
{
    const char *const texts[] = {paper_text(model, "title"), paper_text(model, "subtitle")};
    const double sizes[] = {TITLE_SIZE, SUBTITLE_SIZE};

    for (int i = 0; i < 2; i++) {
        const struct sheet_text *text;

        if (*texts[i] == '\0')
            continue;
        text = sheet_text(sheet, texts[i], sizes[i], sheet_width(sheet), 0, SHEET_CENTER);
        sheet_place_lines(sheet, text, 0, text->count, sheet_left(sheet), sheet_y(sheet));
        sheet_skip(sheet, text->count * text->pitch);
    }
    sheet_skip(sheet, SUBTITLE_SIZE);
}

static int
place_blocks(struct sheet *sheet, const json_t *model, char *why)
{
    const json_t *block;
    size_t index;

    json_array_foreach(json_object_get(model, "blocks"), index, block)
    {
        if (paper_block_place(sheet, block, why) < 0)
            return -1;
        if (sheet_is_full(sheet)) {
            snprintf(why, WHY_BYTES, "more than %d pages", SHEET_PAGES_MAX);
            return -1;
        }
    }
    return 0;
}

int
paper_pdf_make(const json_t *model, struct buf *out, struct paper_facts *facts, char *why)
{
    struct sheet *sheet = sheet_new(json_is_true(json_object_get(model, "landscape")));
    const char *foot = paper_text(model, "foot");
    cairo_surface_t *surface = NULL;
    cairo_t *cr = NULL;
    int result = -1;

    place_title(sheet, model);
    if (place_blocks(sheet, model, why) < 0)
        goto done;
    facts->pages = sheet_pages(sheet);
    facts->missing = sheet_missing(sheet);
    surface = cairo_pdf_surface_create_for_stream(
        take, out, sheet_page_width(sheet), sheet_page_height(sheet));
    set_metadata(surface, model);
    cr = cairo_create(surface);
    sheet_draw(
        sheet, cr, *foot == '\0' ? NULL : foot, json_is_true(json_object_get(model, "framed")));
    cairo_surface_finish(surface);
    if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        result = 0;
    else
        snprintf(why, WHY_BYTES, "%s", cairo_status_to_string(cairo_surface_status(surface)));

done:
    if (cr != NULL)
        cairo_destroy(cr);
    if (surface != NULL)
        cairo_surface_destroy(surface);
    sheet_free(sheet);
    return result;
}

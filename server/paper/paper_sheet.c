#include "server/paper/paper_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "server/paper/paper_font.h"
#include "server/paper/paper_glyph.h"

#define A4_SHORT 595.276
#define A4_LONG 841.890
#define MARGIN_SIDE 60.0
#define MARGIN_TOP 62.0
#define MARGIN_BOTTOM 66.0
#define FOOT_SIZE 8.5
#define FOOT_FROM_BOTTOM 44.0
#define PITCH 1.62    /* line pitch by the size of the characters */
#define BASELINE 1.16 /* from the upper edge of a line, by the size */
#define HAIRLINE 0.6

struct item {
    enum { ITEM_LINE, ITEM_FRAME, ITEM_BAR, ITEM_STROKE, ITEM_PICTURE } kind;
    int page;
    double x;
    double y;
    double width;
    double height;
    PangoLayoutLine *line;
    sheet_picture_fn draw;
    void (*release)(void *picture);
    void *picture;
};

struct sheet {
    double page_width;
    double page_height;
    double y;
    int page; /* from 0 */
    int missing;
    void (*on_break)(struct sheet *sheet, void *ctx);
    void *on_break_ctx;
    struct item *items;
    size_t item_count;
    size_t item_cap;
    struct sheet_text *texts; /* the last one first */
};

struct sheet *
sheet_new(bool landscape)
{
    struct sheet *sheet = xcalloc(1, sizeof(*sheet));

    sheet->page_width = landscape ? A4_LONG : A4_SHORT;
    sheet->page_height = landscape ? A4_SHORT : A4_LONG;
    sheet->y = MARGIN_TOP;
    return sheet;
}

void
sheet_free(struct sheet *sheet)
{
    struct sheet_text *text;

    if (sheet == NULL)
        return;
    while ((text = sheet->texts) != NULL) {
        sheet->texts = text->before;
        g_ptr_array_unref(text->lines);
        g_object_unref(text->layout);
        free(text);
    }
    for (size_t i = 0; i < sheet->item_count; i++)
        if (sheet->items[i].release != NULL)
            sheet->items[i].release(sheet->items[i].picture);
    free(sheet->items);
    free(sheet);
}

double
sheet_page_width(const struct sheet *sheet)
{
    return sheet->page_width;
}

double
sheet_page_height(const struct sheet *sheet)
{
    return sheet->page_height;
}

double
sheet_left(const struct sheet *sheet)
{
    (void)sheet;
    return MARGIN_SIDE;
}

double
sheet_width(const struct sheet *sheet)
{
    return sheet->page_width - 2 * MARGIN_SIDE;
}

double
sheet_y(const struct sheet *sheet)
{
    return sheet->y;
}

double
sheet_room(const struct sheet *sheet)
{
    return sheet->page_height - MARGIN_BOTTOM - sheet->y;
}

bool
sheet_at_top(const struct sheet *sheet)
{
    return sheet->y <= MARGIN_TOP;
}

bool
sheet_is_full(const struct sheet *sheet)
{
    return sheet->page >= SHEET_PAGES_MAX;
}

void
sheet_skip(struct sheet *sheet, double height)
{
    double room = sheet_room(sheet);

    sheet->y += height < room ? height : room;
}

void
sheet_break(struct sheet *sheet)
{
    sheet->page++;
    sheet->y = MARGIN_TOP;
    if (sheet->on_break != NULL)
        sheet->on_break(sheet, sheet->on_break_ctx);
}

void
sheet_on_break(struct sheet *sheet, void (*fn)(struct sheet *sheet, void *ctx), void *ctx)
{
    sheet->on_break = fn;
    sheet->on_break_ctx = ctx;
}

static struct item *
item_add(struct sheet *sheet)
{
    struct item *item;

    if (sheet->item_count == sheet->item_cap) {
        sheet->item_cap = sheet->item_cap == 0 ? 256 : sheet->item_cap * 2;
        sheet->items = xrealloc(sheet->items, sheet->item_cap * sizeof(*sheet->items));
    }
    item = &sheet->items[sheet->item_count++];
    *item = (struct item){.page = sheet->page};
    return item;
}

/* Pango would draw a box with digits in it, which is a picture and no text. The font's own box
 * keeps the character in the text of the PDF. Returns how many there were. */
static int
keep_unknown(PangoLayoutLine *line)
{
    int count = 0;

    for (GSList *run = line->runs; run != NULL; run = run->next) {
        PangoGlyphString *glyphs = ((PangoLayoutRun *)run->data)->glyphs;

        for (int i = 0; i < glyphs->num_glyphs; i++)
            if (glyphs->glyphs[i].glyph != PANGO_GLYPH_EMPTY &&
                (glyphs->glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG) != 0) {
                glyphs->glyphs[i].glyph = 0;
                count++;
            }
    }
    return count;
}

static void
text_lines(struct sheet *sheet, struct sheet_text *text)
{
    text->lines = g_ptr_array_new();
    for (GSList *line = pango_layout_get_lines(text->layout); line != NULL; line = line->next)
        g_ptr_array_add(text->lines, line->data);
    text->count = (int)text->lines->len;
    if (pango_layout_get_unknown_glyphs_count(text->layout) == 0)
        return;
    for (int i = 0; i < text->count; i++)
        sheet->missing += keep_unknown(text->lines->pdata[i]);
}

struct sheet_text *
sheet_text(struct sheet *sheet, const char *text, double size, double width, double indent,
    enum sheet_align align)
{
    struct sheet_text *made = xcalloc(1, sizeof(*made));

    made->layout = paper_font_layout(text, size, width);
    made->size = size;
    made->pitch = size * PITCH;
    made->width = width;
    made->indent = indent;
    made->align = align;
    if (indent > 0)
        pango_layout_set_indent(made->layout, (int)(indent * PANGO_SCALE));
    text_lines(sheet, made);
    made->before = sheet->texts;
    sheet->texts = made;
    return made;
}

static double
line_shift(const struct sheet_text *text, PangoLayoutLine *line)
{
    PangoRectangle extents;
    double rest;

    if (text->align == SHEET_LEFT)
        return line->is_paragraph_start ? text->indent : 0;
    pango_layout_line_get_extents(line, NULL, &extents);
    rest = text->width - (double)extents.width / PANGO_SCALE;
    if (rest < 0)
        rest = 0;
    return text->align == SHEET_RIGHT ? rest : rest / 2;
}

void
sheet_place_lines(
    struct sheet *sheet, const struct sheet_text *text, int first, int count, double x, double y)
{
    for (int i = 0; i < count && first + i < text->count; i++) {
        struct item *item = item_add(sheet);

        item->kind = ITEM_LINE;
        item->line = text->lines->pdata[first + i];
        item->x = x + line_shift(text, item->line);
        item->y = y + i * text->pitch + text->size * BASELINE;
    }
}

static struct item *
place_area(struct sheet *sheet, double x, double y, double width, double height)
{
    struct item *item = item_add(sheet);

    item->x = x;
    item->y = y;
    item->width = width;
    item->height = height;
    return item;
}

void
sheet_place_frame(struct sheet *sheet, double x, double y, double width, double height)
{
    place_area(sheet, x, y, width, height)->kind = ITEM_FRAME;
}

void
sheet_place_bar(struct sheet *sheet, double x, double y, double width, double height)
{
    place_area(sheet, x, y, width, height)->kind = ITEM_BAR;
}

void
sheet_place_stroke(struct sheet *sheet, double x, double y, double to_x, double to_y)
{
    place_area(sheet, x, y, to_x - x, to_y - y)->kind = ITEM_STROKE;
}

void
sheet_place_picture(struct sheet *sheet, sheet_picture_fn draw, void (*release)(void *picture),
    void *picture, double x, double y, double side)
{
    struct item *item = item_add(sheet);

    item->kind = ITEM_PICTURE;
    item->draw = draw;
    item->release = release;
    item->picture = picture;
    item->x = x;
    item->y = y;
    item->width = side;
}

int
sheet_pages(const struct sheet *sheet)
{
    return sheet->page + 1;
}

int
sheet_missing(const struct sheet *sheet)
{
    return sheet->missing;
}

static void
draw_item(struct glyphs *glyphs, cairo_t *cr, const struct item *item)
{
    switch (item->kind) {
    case ITEM_LINE:
        cairo_move_to(cr, item->x, item->y);
        glyphs_show(glyphs, cr, item->line);
        break;
    case ITEM_FRAME:
        cairo_rectangle(cr, item->x, item->y, item->width, item->height);
        cairo_stroke(cr);
        break;
    case ITEM_BAR:
        cairo_set_source_rgb(cr, 0.25, 0.45, 0.7);
        cairo_rectangle(cr, item->x, item->y, item->width, item->height);
        cairo_fill(cr);
        cairo_set_source_rgb(cr, 0, 0, 0);
        break;
    case ITEM_STROKE:
        cairo_move_to(cr, item->x, item->y);
        cairo_line_to(cr, item->x + item->width, item->y + item->height);
        cairo_stroke(cr);
        break;
    case ITEM_PICTURE:
        cairo_save(cr);
        cairo_translate(cr, item->x, item->y);
        cairo_scale(cr, item->width, item->width);
        item->draw(cr, item->picture);
        cairo_restore(cr);
        break;
    }
}

static void
draw_border(const struct sheet *sheet, cairo_t *cr)
{
    static const struct {
        double inset;
        double line;
    } lines[] = {{28, 1.6}, {33, 0.5}};

    for (int i = 0; i < 2; i++) {
        cairo_set_line_width(cr, lines[i].line);
        cairo_rectangle(cr, lines[i].inset, lines[i].inset, sheet->page_width - 2 * lines[i].inset,
            sheet->page_height - 2 * lines[i].inset);
        cairo_stroke(cr);
    }
    cairo_set_line_width(cr, HAIRLINE);
}

/* foot with {page} and {pages} filled in; the caller owns it. */
static PangoLayout *
foot_layout(const struct sheet *sheet, const char *foot, int page)
{
    struct buf text = {0};
    PangoLayout *layout;

    while (*foot != '\0') {
        if (strncmp(foot, "{page}", 6) == 0) {
            buf_printf(&text, "%d", page + 1);
            foot += 6;
        } else if (strncmp(foot, "{pages}", 7) == 0) {
            buf_printf(&text, "%d", sheet_pages(sheet));
            foot += 7;
        } else {
            buf_putc(&text, *foot++);
        }
    }
    layout = paper_font_layout(text.data == NULL ? "" : text.data, FOOT_SIZE, 0);
    buf_clear(&text);
    return layout;
}

static void
draw_foot(const struct sheet *sheet, struct glyphs *glyphs, cairo_t *cr, PangoLayout *foot)
{
    PangoLayoutLine *line = pango_layout_get_line_readonly(foot, 0);
    int width;

    pango_layout_get_size(foot, &width, NULL);
    cairo_move_to(cr, (sheet->page_width - (double)width / PANGO_SCALE) / 2,
        sheet->page_height - FOOT_FROM_BOTTOM);
    glyphs_show(glyphs, cr, line);
}

static void
draw_page(const struct sheet *sheet, struct glyphs *glyphs, cairo_t *cr, int page, size_t *at)
{
    cairo_set_line_width(cr, HAIRLINE);
    while (*at < sheet->item_count && sheet->items[*at].page == page)
        draw_item(glyphs, cr, &sheet->items[(*at)++]);
}

void
sheet_draw(const struct sheet *sheet, cairo_t *cr, const char *foot, bool framed)
{
    struct glyphs *glyphs = glyphs_new();
    GPtrArray *feet = g_ptr_array_new_with_free_func(g_object_unref);
    size_t at = 0;

    for (size_t i = 0; i < sheet->item_count; i++)
        if (sheet->items[i].kind == ITEM_LINE)
            glyphs_note(glyphs, sheet->items[i].line);
    for (int page = 0; foot != NULL && page < sheet_pages(sheet); page++) {
        g_ptr_array_add(feet, foot_layout(sheet, foot, page));
        glyphs_note(glyphs, pango_layout_get_line_readonly(feet->pdata[page], 0));
    }
    for (int page = 0; page < sheet_pages(sheet); page++) {
        if (framed)
            draw_border(sheet, cr);
        draw_page(sheet, glyphs, cr, page, &at);
        if (foot != NULL)
            draw_foot(sheet, glyphs, cr, feet->pdata[page]);
        cairo_show_page(cr);
    }
    g_ptr_array_unref(feet);
    glyphs_free(glyphs);
}

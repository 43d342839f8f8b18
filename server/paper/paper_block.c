#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "server/paper/paper_pdf.h"

/* The blocks of a document: each places itself below the one before it. */

#define BODY_SIZE 10.5
#define CELL_SIZE 9.5
#define HEADING_SIZE 12.0
#define SMALL_SIZE 8.0
#define CELL_PAD 4.0
#define LABEL_SHARE 0.17 /* of the width of the page, per label of a row */
#define QR_SIDE 82.0
#define SEAL_SIDE 116.0
#define CLOSING_WIDTH 250.0

enum {
    WHY_BYTES = 200,
    CELLS_MAX = 16,
    WIDOWS = 3,     /* lines that are not left alone at the foot of a page */
    ROW_WHOLE = 12, /* a row of at most so many lines is not torn */
    LINES_MAX = 20
};

struct cell {
    const struct sheet_text *text;
    double x;
    double width;
};

const char *
paper_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static enum sheet_align
align_of(const json_t *object)
{
    const char *align = paper_text(object, "align");

    return strcmp(align, "center") == 0  ? SHEET_CENTER
           : strcmp(align, "right") == 0 ? SHEET_RIGHT
                                         : SHEET_LEFT;
}

/* How many of `left` lines go on this page: 0 means break first. */
static int
lines_that_fit(const struct sheet *sheet, int left, double pitch, double pad, int whole)
{
    int fit = (int)((sheet_room(sheet) - pad) / pitch);

    if (fit >= left)
        return left;
    if (sheet_at_top(sheet))
        return fit < 1 ? 1 : fit;
    if (left <= whole || fit < WIDOWS)
        return 0;
    return fit;
}

static void
place_text(struct sheet *sheet, const struct sheet_text *text, double x)
{
    int at = 0;

    while (at < text->count && !sheet_is_full(sheet)) {
        int count = lines_that_fit(sheet, text->count - at, text->pitch, 0, WIDOWS);

        if (count == 0) {
            sheet_break(sheet);
            continue;
        }
        sheet_place_lines(sheet, text, at, count, x, sheet_y(sheet));
        sheet_skip(sheet, count * text->pitch);
        at += count;
    }
}

/* A row of cells side by side, with a frame around each or without. A row that has begun on a page
 * where a head is repeated is never at the top, so one that is too long for any page is still
 * torn. */
static void
place_row(struct sheet *sheet, const struct cell *cells, int count, bool has_frame)
{
    double pitch = CELL_SIZE;
    double pad = has_frame ? CELL_PAD : 0;
    int lines = 0;
    int at = 0;
    bool has_broken = false;

    for (int i = 0; i < count; i++) {
        assert(cells[i].text != NULL);
        pitch = cells[i].text->pitch;
        if (cells[i].text->count > lines)
            lines = cells[i].text->count;
    }
    while (at < lines && !sheet_is_full(sheet)) {
        int fit = lines_that_fit(sheet, lines - at, pitch, 2 * pad, has_broken ? 0 : ROW_WHOLE);
        double height;

        if (fit == 0) {
            has_broken = true;
            sheet_break(sheet);
            continue;
        }
        height = fit * pitch + 2 * pad;
        for (int i = 0; i < count; i++) {
            sheet_place_lines(
                sheet, cells[i].text, at, fit, cells[i].x + pad, sheet_y(sheet) + pad);
            if (has_frame)
                sheet_place_frame(sheet, cells[i].x, sheet_y(sheet), cells[i].width, height);
        }
        sheet_skip(sheet, height);
        at += fit;
    }
}

static void
place_paragraph(struct sheet *sheet, const json_t *block, double size, double before, double after)
{
    bool is_indented = json_is_true(json_object_get(block, "indent"));

    sheet_skip(sheet, before);
    place_text(sheet,
        sheet_text(sheet, paper_text(block, "text"), size, sheet_width(sheet),
            is_indented ? 2 * size : 0, align_of(block)),
        sheet_left(sheet));
    sheet_skip(sheet, after);
}

static void
cell_set(struct sheet *sheet, struct cell *cell, const char *text, double x, double width,
    enum sheet_align align)
{
    cell->x = x;
    cell->width = width;
    cell->text = sheet_text(sheet, text, CELL_SIZE, width - 2 * CELL_PAD, 0, align);
}

/* Rows of label and value, once or twice beside each other. */
static int
place_rows(struct sheet *sheet, const json_t *block, char *why)
{
    const json_t *row;
    size_t index;

    json_array_foreach(json_object_get(block, "rows"), index, row)
    {
        int count = (int)json_array_size(row);
        struct cell cells[4] = {{0}};
        double label = sheet_width(sheet) * LABEL_SHARE;
        double x = sheet_left(sheet);

        if (count != 2 && count != 4) {
            snprintf(why, WHY_BYTES, "rows: 2 or 4 texts a row are needed");
            return -1;
        }
        for (int i = 0; i < count; i++) {
            double width = i % 2 == 0 ? label : sheet_width(sheet) / (count / 2.0) - label;
            const char *text = json_string_value(json_array_get(row, (size_t)i));

            cell_set(sheet, &cells[i], text == NULL ? "" : text, x, width, SHEET_LEFT);
            x += width;
        }
        place_row(sheet, cells, count, true);
    }
    sheet_skip(sheet, CELL_SIZE);
    return 0;
}

struct table {
    struct cell head[CELLS_MAX];
    int count;
};

static void
place_head(struct sheet *sheet, void *ctx)
{
    const struct table *table = ctx;

    place_row(sheet, table->head, table->count, true);
}

static int
read_columns(struct sheet *sheet, const json_t *columns, struct table *table, char *why)
{
    const json_t *column;
    size_t index;
    double weights = 0;
    double x = sheet_left(sheet);

    table->count = (int)json_array_size(columns);
    json_array_foreach(columns, index, column) weights +=
        json_number_value(json_object_get(column, "width"));
    if (table->count < 1 || table->count > CELLS_MAX || weights <= 0) {
        snprintf(why, WHY_BYTES, "table: 1 to %d columns with a width are needed", CELLS_MAX);
        return -1;
    }
    json_array_foreach(columns, index, column)
    {
        double width =
            sheet_width(sheet) * json_number_value(json_object_get(column, "width")) / weights;

        if (width < 3 * CELL_PAD + CELL_SIZE) {
            snprintf(why, WHY_BYTES, "table: a column is too narrow");
            return -1;
        }
        cell_set(sheet, &table->head[index], paper_text(column, "title"), x, width, SHEET_CENTER);
        x += width;
    }
    return 0;
}

static int
place_table(struct sheet *sheet, const json_t *block, char *why)
{
    const json_t *columns = json_object_get(block, "columns");
    const json_t *row;
    struct table table = {0};
    size_t index;

    if (read_columns(sheet, columns, &table, why) < 0)
        return -1;
    if (sheet_room(sheet) < 6 * CELL_SIZE * 2)
        sheet_break(sheet);
    place_head(sheet, &table);
    sheet_on_break(sheet, place_head, &table);
    json_array_foreach(json_object_get(block, "rows"), index, row)
    {
        struct cell cells[CELLS_MAX] = {{0}};

        for (int i = 0; i < table.count; i++) {
            const char *text = json_string_value(json_array_get(row, (size_t)i));

            cell_set(sheet, &cells[i], text == NULL ? "" : text, table.head[i].x,
                table.head[i].width, align_of(json_array_get(columns, (size_t)i)));
        }
        place_row(sheet, cells, table.count, true);
    }
    sheet_on_break(sheet, NULL, NULL);
    sheet_skip(sheet, CELL_SIZE);
    return 0;
}

static void
place_list(struct sheet *sheet, const json_t *block)
{
    double hang = 2.4 * BODY_SIZE;
    const json_t *item;
    size_t index;

    json_array_foreach(json_object_get(block, "items"), index, item)
    {
        const char *text = json_string_value(item);
        struct cell cells[2] = {{.x = sheet_left(sheet), .width = hang},
            {.x = sheet_left(sheet) + hang, .width = sheet_width(sheet) - hang}};
        char number[24];

        snprintf(number, sizeof(number), "%zu.", index + 1);
        cells[0].text = sheet_text(sheet, number, BODY_SIZE, hang, 0, SHEET_LEFT);
        cells[1].text =
            sheet_text(sheet, text == NULL ? "" : text, BODY_SIZE, cells[1].width, 0, SHEET_LEFT);
        place_row(sheet, cells, 2, false);
    }
    sheet_skip(sheet, BODY_SIZE * 0.8);
}

static int
closing_code(struct sheet *sheet, const json_t *block, double y, char *why)
{
    double beside = QR_SIDE + SMALL_SIZE;
    struct paper_qr *qr = paper_qr_new(paper_text(block, "qr"));
    const struct sheet_text *caption = sheet_text(sheet, paper_text(block, "caption"), SMALL_SIZE,
        sheet_width(sheet) - CLOSING_WIDTH - beside, 0, SHEET_LEFT);

    if (qr == NULL) {
        snprintf(why, WHY_BYTES, "closing: the text is too long for a QR code");
        return -1;
    }
    sheet_place_picture(sheet, paper_qr_draw, paper_qr_free, qr, sheet_left(sheet), y, QR_SIDE);
    sheet_place_lines(sheet, caption, 0, caption->count, sheet_left(sheet) + beside, y);
    return 0;
}

static int
closing_seal(struct sheet *sheet, const char *file, double y, char *why)
{
    cairo_surface_t *seal = paper_seal(file);
    double x = sheet_left(sheet) + sheet_width(sheet) - SEAL_SIDE - SMALL_SIZE;

    if (seal == NULL) {
        snprintf(why, WHY_BYTES, "the picture of the seal cannot be read as PNG");
        return -1;
    }
    sheet_place_picture(sheet, paper_seal_draw, NULL, seal, x, y, SEAL_SIDE);
    return 0;
}

/* What stands at the end: the lines of who signs on the right, the seal below them, a code on the
 * left. It is kept on one page. */
static int
place_closing(struct sheet *sheet, const json_t *block, char *why)
{
    const json_t *lines = json_object_get(block, "lines");
    const struct sheet_text *texts[LINES_MAX];
    double x = sheet_left(sheet) + sheet_width(sheet) - CLOSING_WIDTH;
    double height = BODY_SIZE;
    double y;
    int count = 0;

    for (; count < LINES_MAX && count < (int)json_array_size(lines); count++) {
        const char *text = json_string_value(json_array_get(lines, (size_t)count));

        texts[count] =
            sheet_text(sheet, text == NULL ? "" : text, BODY_SIZE, CLOSING_WIDTH, 0, SHEET_RIGHT);
        height += texts[count]->count * texts[count]->pitch;
    }
    if (height < SEAL_SIDE)
        height = SEAL_SIDE;
    if (sheet_room(sheet) < height + BODY_SIZE && !sheet_at_top(sheet))
        sheet_break(sheet);
    sheet_skip(sheet, BODY_SIZE);
    y = sheet_y(sheet);
    if (*paper_text(block, "seal") != '\0' &&
        closing_seal(sheet, paper_text(block, "seal"), y, why) < 0)
        return -1;
    if (*paper_text(block, "qr") != '\0' && closing_code(sheet, block, y, why) < 0)
        return -1;
    y += BODY_SIZE;
    for (int i = 0; i < count; i++) {
        sheet_place_lines(sheet, texts[i], 0, texts[i]->count, x, y);
        y += texts[i]->count * texts[i]->pitch;
    }
    sheet_skip(sheet, height);
    return 0;
}

int
paper_block_place(struct sheet *sheet, const json_t *block, char *why)
{
    const char *type = paper_text(block, "type");

    if (strcmp(type, "paragraph") == 0) {
        place_paragraph(sheet, block, BODY_SIZE, 0, BODY_SIZE * 0.35);
    } else if (strcmp(type, "heading") == 0) {
        if (sheet_room(sheet) < HEADING_SIZE * 12 && !sheet_at_top(sheet))
            sheet_break(sheet);
        place_paragraph(sheet, block, HEADING_SIZE, HEADING_SIZE * 0.5, HEADING_SIZE * 0.25);
    } else if (strcmp(type, "rows") == 0) {
        return place_rows(sheet, block, why);
    } else if (strcmp(type, "table") == 0) {
        return place_table(sheet, block, why);
    } else if (strcmp(type, "list") == 0) {
        place_list(sheet, block);
    } else if (strcmp(type, "closing") == 0) {
        return place_closing(sheet, block, why);
    } else if (strcmp(type, "chart") == 0) {
        return paper_chart_place(sheet, block, why);
    } else if (strcmp(type, "space") == 0) {
        sheet_skip(sheet, json_number_value(json_object_get(block, "height")));
    } else {
        snprintf(why, WHY_BYTES, "there is no such type of block");
        return -1;
    }
    return 0;
}

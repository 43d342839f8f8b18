#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/paper/paper_pdf.h"

/* Charts: bars beside their names, and a line over its names. The numbers beside them are the texts
 * of the model, as tables show them. */

#define CHART_SIZE 8.5
#define BAR_PITCH 15.0
#define BAR_THICK 9.0
#define LABEL_SHARE 0.32
#define VALUE_SIZE 7.0 /* over a line, where months stand close */
#define VALUE_WIDTH 70.0
#define LINE_HEIGHT 110.0
#define DOT 3.0
#define LONG_SHRINK 0.7 /* of a name that does not fit on its line */

enum { WHY_BYTES = 200, POINTS_MAX = 40 };

struct chart {
    const char *labels[POINTS_MAX];
    const char *texts[POINTS_MAX];
    double values[POINTS_MAX];
    double largest;
    int count;
};

static int
read_chart(const json_t *block, struct chart *chart, char *why)
{
    const json_t *labels = json_object_get(block, "labels");
    const json_t *values = json_object_get(block, "values");

    chart->count = (int)json_array_size(values);
    if (chart->count < 1 || chart->count > POINTS_MAX ||
        json_array_size(labels) != json_array_size(values)) {
        snprintf(why, WHY_BYTES, "chart: 1 to %d values with labels are needed", POINTS_MAX);
        return -1;
    }
    for (int i = 0; i < chart->count; i++) {
        const char *label = json_string_value(json_array_get(labels, (size_t)i));
        const char *text = json_string_value(json_array_get(values, (size_t)i));

        chart->labels[i] = label == NULL ? "" : label;
        chart->texts[i] = text == NULL ? "" : text;
        chart->values[i] = strtod(chart->texts[i], NULL);
        if (chart->values[i] > chart->largest)
            chart->largest = chart->values[i];
    }
    return 0;
}

static double
part_of(const struct chart *chart, int i)
{
    return chart->largest > 0 && chart->values[i] > 0 ? chart->values[i] / chart->largest : 0;
}

static void
place_label(struct sheet *sheet, const char *text, double size, double x, double y, double width,
    enum sheet_align align)
{
    const struct sheet_text *label = sheet_text(sheet, text, size, width, 0, align);

    if (label->count > 1)
        label = sheet_text(sheet, text, size * LONG_SHRINK, width, 0, align);
    sheet_place_lines(sheet, label, 0, 1, x, y);
}

/* Keeps on one page what fits on one. */
static void
begin(struct sheet *sheet, const json_t *block, double height)
{
    if (sheet_room(sheet) < height + 3 * BAR_PITCH && !sheet_at_top(sheet))
        sheet_break(sheet);
    place_label(sheet, paper_text(block, "title"), CHART_SIZE, sheet_left(sheet), sheet_y(sheet),
        sheet_width(sheet), SHEET_CENTER);
    sheet_skip(sheet, 1.5 * BAR_PITCH);
}

static void
place_bars(struct sheet *sheet, const json_t *block, const struct chart *chart)
{
    double label = sheet_width(sheet) * LABEL_SHARE;
    double x = sheet_left(sheet) + label + CHART_SIZE / 2;
    double whole = sheet_width(sheet) - label - VALUE_WIDTH - CHART_SIZE;

    begin(sheet, block, chart->count * BAR_PITCH);
    for (int i = 0; i < chart->count; i++) {
        double width = whole * part_of(chart, i);
        double y = sheet_y(sheet);

        place_label(sheet, chart->labels[i], CHART_SIZE, sheet_left(sheet), y, label, SHEET_RIGHT);
        sheet_place_bar(sheet, x, y + (BAR_PITCH - BAR_THICK) / 2, width, BAR_THICK);
        place_label(sheet, chart->texts[i], CHART_SIZE, x + width + CHART_SIZE / 2, y, VALUE_WIDTH,
            SHEET_LEFT);
        sheet_skip(sheet, BAR_PITCH);
    }
    sheet_skip(sheet, BAR_PITCH);
}

static void
place_line(struct sheet *sheet, const json_t *block, const struct chart *chart)
{
    double step = sheet_width(sheet) / chart->count;
    double top;
    double from_x = 0;
    double from_y = 0;

    begin(sheet, block, LINE_HEIGHT + 2 * BAR_PITCH);
    top = sheet_y(sheet) + BAR_PITCH;
    sheet_place_stroke(sheet, sheet_left(sheet), top + LINE_HEIGHT,
        sheet_left(sheet) + sheet_width(sheet), top + LINE_HEIGHT);
    for (int i = 0; i < chart->count; i++) {
        double x = sheet_left(sheet) + (i + 0.5) * step;
        double y = top + LINE_HEIGHT * (1 - part_of(chart, i));

        if (i > 0)
            sheet_place_stroke(sheet, from_x, from_y, x, y);
        sheet_place_bar(sheet, x - DOT / 2, y - DOT / 2, DOT, DOT);
        place_label(sheet, chart->texts[i], VALUE_SIZE, x - VALUE_WIDTH / 2, y - BAR_PITCH,
            VALUE_WIDTH, SHEET_CENTER);
        place_label(sheet, chart->labels[i], VALUE_SIZE, x - VALUE_WIDTH / 2, top + LINE_HEIGHT + 2,
            VALUE_WIDTH, SHEET_CENTER);
        from_x = x;
        from_y = y;
    }
    sheet_skip(sheet, LINE_HEIGHT + 3 * BAR_PITCH);
}

int
paper_chart_place(struct sheet *sheet, const json_t *block, char *why)
{
    struct chart chart = {0};

    if (read_chart(block, &chart, why) < 0)
        return -1;
    if (strcmp(paper_text(block, "kind"), "line") == 0)
        place_line(sheet, block, &chart);
    else
        place_bars(sheet, block, &chart);
    return 0;
}

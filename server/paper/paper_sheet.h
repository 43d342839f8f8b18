#ifndef TCRD_PAPER_PAPER_SHEET_H
#define TCRD_PAPER_PAPER_SHEET_H
#include <cairo.h>
#include <pango/pangocairo.h>
#include <stdbool.h>
/* paper_sheet - the pages of one document while it is laid out.
 *
 * Things are placed from top to bottom and page after page; nothing is drawn before all is placed,
 * because the foot of each page says how many there are. Units are points, the origin is the upper
 * left corner of a page. The order of placing is the order of the text in the PDF.
 */
struct sheet;

enum { SHEET_PAGES_MAX = 2000 };

/* The area for content, A4 upright or across. */
struct sheet *sheet_new(bool landscape);
void sheet_free(struct sheet *sheet); /* accepts NULL */

double sheet_page_width(const struct sheet *sheet);
double sheet_page_height(const struct sheet *sheet);
double sheet_left(const struct sheet *sheet);
double sheet_width(const struct sheet *sheet);
double sheet_y(const struct sheet *sheet);    /* where the next thing goes */
double sheet_room(const struct sheet *sheet); /* height that is left on this page */
bool sheet_at_top(const struct sheet *sheet);
bool sheet_is_full(const struct sheet *sheet);       /* of pages: nothing more is placed */
void sheet_skip(struct sheet *sheet, double height); /* never past the end of the page */
void sheet_break(struct sheet *sheet);
/* Called after each break, for a table that repeats its head; NULL ends it. */
void sheet_on_break(struct sheet *sheet, void (*fn)(struct sheet *sheet, void *ctx), void *ctx);

/* A text broken into lines of the same pitch; the sheet owns it. */
enum sheet_align { SHEET_LEFT, SHEET_CENTER, SHEET_RIGHT };
struct sheet_text {
    PangoLayout *layout;
    GPtrArray *lines; /* of PangoLayoutLine, which belong to layout */
    int count;
    double size;
    double pitch;
    double width;
    double indent; /* of the first line of a paragraph */
    enum sheet_align align;
    struct sheet_text *before; /* of the sheet */
};
struct sheet_text *sheet_text(struct sheet *sheet, const char *text, double size, double width,
    double indent, enum sheet_align align);
/* Lines first to first + count - 1 with the upper edge of the first at y, on this page. */
void sheet_place_lines(
    struct sheet *sheet, const struct sheet_text *text, int first, int count, double x, double y);
void sheet_place_frame(struct sheet *sheet, double x, double y, double width, double height);
/* A filled area, and a straight line. */
void sheet_place_bar(struct sheet *sheet, double x, double y, double width, double height);
void sheet_place_stroke(struct sheet *sheet, double x, double y, double to_x, double to_y);
/* A picture that draws itself into a square of 1 by 1. release: the sheet owns it and gives it back
 * at its end; NULL: it is borrowed. */
typedef void (*sheet_picture_fn)(cairo_t *cr, const void *picture);
void sheet_place_picture(struct sheet *sheet, sheet_picture_fn draw, void (*release)(void *picture),
    void *picture, double x, double y, double side);

int sheet_pages(const struct sheet *sheet);
/* Characters without a glyph in any font. */
int sheet_missing(const struct sheet *sheet);
/* Draw everything; foot holds {page} and {pages}, or is NULL. framed: a double line around each
 * page. */
void sheet_draw(const struct sheet *sheet, cairo_t *cr, const char *foot, bool framed);
#endif

#ifndef TCRD_PAPER_PAPER_FONT_H
#define TCRD_PAPER_PAPER_FONT_H
#include <pango/pangocairo.h>
#include <stdbool.h>
/* paper_font - the fonts of all papers, opened once per process: what makes a certificate cost
 * milliseconds.
 *
 * One weight of one family: each embedded subset of Noto Sans CJK costs 55 KB before the first
 * character. Characters that it lacks (Extension B and later) come from Hanazono, anything else
 * from what the system has.
 */

/* False: the family is not installed, and why has 200 bytes. */
bool paper_font_open(char *why);
/* Of the whole process; not to be freed. Units are points. */
PangoContext *paper_font_context(void);
/* A layout without hyphens and ligatures, so that the text of a PDF is the text of the record. The
 * caller owns it. width and size in points; width 0: one line. */
PangoLayout *paper_font_layout(const char *text, double size, double width);
#endif

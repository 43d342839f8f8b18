#ifndef TCRD_PAPER_PAPER_GLYPH_H
#define TCRD_PAPER_PAPER_GLYPH_H
#include <pango/pangocairo.h>
/* paper_glyph - draws lines of text with fonts that hold only the characters of this document.
 *
 * cairo 1.16 cannot be given Noto Sans CJK as it is: its reader of CFF subroutines skips one that
 * it has met before together with what that leaves on the stack, so it embeds a megabyte of unused
 * subroutines when F and L stand in one document, and ends the process on an assertion for some
 * characters. HarfBuzz cuts the font first, without subroutines; a certificate shrinks to half.
 * Large TrueType fonts are cut too, because cairo would copy all of them for one character.
 *
 * Every line is noted with glyphs_note() before the first is drawn.
 */
struct glyphs;

struct glyphs *glyphs_new(void);
void glyphs_free(struct glyphs *glyphs); /* accepts NULL */
void glyphs_note(struct glyphs *glyphs, PangoLayoutLine *line);
/* With the left end of the baseline at the current point. */
void glyphs_show(struct glyphs *glyphs, cairo_t *cr, PangoLayoutLine *line);
#endif

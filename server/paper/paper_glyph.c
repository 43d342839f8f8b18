#include "server/paper/paper_glyph.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cairo-ft.h>
#include <hb-ot.h>
#include <hb-subset.h>

#include "common/mem.h"

enum { FONTS_MAX = 8 }; /* of one document that need cutting; further ones are left to cairo */

/* One font of the document that is cut. */
struct font {
    hb_face_t *whole; /* borrowed from pango */
    hb_set_t *used;
    hb_subset_plan_t *plan; /* old glyph -> new glyph, once it was cut */
    cairo_font_face_t *face;
};

struct glyphs {
    struct font fonts[FONTS_MAX];
    int count;
};

/* What cairo's copy of a font stands on; it may keep that copy after the document. */
struct backing {
    FT_Face face;
    hb_blob_t *blob;
};

struct glyphs *
glyphs_new(void)
{
    return xcalloc(1, sizeof(struct glyphs));
}

void
glyphs_free(struct glyphs *glyphs)
{
    if (glyphs == NULL)
        return;
    for (int i = 0; i < glyphs->count; i++) {
        hb_set_destroy(glyphs->fonts[i].used);
        hb_subset_plan_destroy(glyphs->fonts[i].plan);
        if (glyphs->fonts[i].face != NULL)
            cairo_font_face_destroy(glyphs->fonts[i].face);
    }
    free(glyphs);
}

static bool
is_outlined(hb_face_t *face)
{
    static const hb_tag_t tags[] = {HB_TAG('C', 'F', 'F', ' '), HB_TAG('g', 'l', 'y', 'f')};
    bool is = false;

    for (int i = 0; i < 2; i++) {
        hb_blob_t *table = hb_face_reference_table(face, tags[i]);

        is = is || hb_blob_get_length(table) > 0;
        hb_blob_destroy(table);
    }
    return is;
}

static hb_face_t *
face_of(const PangoGlyphItem *run)
{
    hb_font_t *font = pango_font_get_hb_font(run->item->analysis.font);

    return font == NULL ? NULL : hb_font_get_face(font);
}

static struct font *
font_find(struct glyphs *glyphs, const hb_face_t *face)
{
    for (int i = 0; i < glyphs->count; i++)
        if (glyphs->fonts[i].whole == face)
            return &glyphs->fonts[i];
    return NULL;
}

void
glyphs_note(struct glyphs *glyphs, PangoLayoutLine *line)
{
    for (GSList *at = line->runs; at != NULL; at = at->next) {
        const PangoGlyphItem *run = at->data;
        hb_face_t *face = face_of(run);
        struct font *font = font_find(glyphs, face);

        if (font == NULL && face != NULL && glyphs->count < FONTS_MAX && is_outlined(face)) {
            font = &glyphs->fonts[glyphs->count++];
            font->whole = face;
            font->used = hb_set_create();
        }
        for (int i = 0; font != NULL && i < run->glyphs->num_glyphs; i++)
            if (run->glyphs->glyphs[i].glyph != PANGO_GLYPH_EMPTY)
                hb_set_add(font->used, run->glyphs->glyphs[i].glyph);
    }
}

/* ---- cutting ---- */

static hb_subset_input_t *
cut_input(const struct font *font)
{
    static const hb_tag_t dropped[] = {HB_TAG('G', 'S', 'U', 'B'), HB_TAG('G', 'P', 'O', 'S'),
        HB_TAG('G', 'D', 'E', 'F'), HB_TAG('B', 'A', 'S', 'E'), HB_TAG('V', 'O', 'R', 'G'),
        HB_TAG('v', 'h', 'e', 'a'), HB_TAG('v', 'm', 't', 'x'), HB_TAG('c', 'm', 'a', 'p')};
    hb_subset_input_t *input = hb_subset_input_create_or_fail();
    hb_set_t *tags;

    if (input == NULL)
        return NULL;
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_DESUBROUTINIZE | HB_SUBSET_FLAGS_NO_HINTING |
                                         HB_SUBSET_FLAGS_NOTDEF_OUTLINE);
    tags = hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG);
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
        hb_set_add(tags, dropped[i]);
    hb_set_union(hb_subset_input_glyph_set(input), font->used);
    return input;
}

static void
backing_free(void *data)
{
    struct backing *backing = data;

    FT_Done_Face(backing->face);
    hb_blob_destroy(backing->blob);
    free(backing);
}

/* The cut font for cairo; NULL: it cannot be read. Takes blob. */
static cairo_font_face_t *
face_open(hb_blob_t *blob)
{
    static const cairo_user_data_key_t key;
    static FT_Library library;
    struct backing *backing = xcalloc(1, sizeof(*backing));
    unsigned len;
    const char *data = hb_blob_get_data(blob, &len);
    cairo_font_face_t *face;

    backing->blob = blob;
    if ((library == NULL && FT_Init_FreeType(&library) != 0) ||
        FT_New_Memory_Face(library, (const FT_Byte *)data, len, 0, &backing->face) != 0) {
        hb_blob_destroy(blob);
        free(backing);
        return NULL;
    }
    face = cairo_ft_font_face_create_for_ft_face(backing->face, FT_LOAD_NO_HINTING);
    if (cairo_font_face_set_user_data(face, &key, backing, backing_free) != CAIRO_STATUS_SUCCESS) {
        cairo_font_face_destroy(face);
        backing_free(backing);
        return NULL;
    }
    return face;
}

static void
font_cut(struct font *font)
{
    hb_subset_input_t *input = cut_input(font);
    hb_face_t *cut = NULL;

    if (input != NULL)
        font->plan = hb_subset_plan_create_or_fail(font->whole, input);
    if (font->plan != NULL)
        cut = hb_subset_plan_execute_or_fail(font->plan);
    if (cut != NULL)
        font->face = face_open(hb_face_reference_blob(cut));
    hb_face_destroy(cut);
    hb_subset_input_destroy(input);
}

/* ---- drawing ---- */

/* What cairo wants to know of a run: glyphs with places, and which bytes of the text they stand
 * for, both in the order of the text. */
struct shown {
    cairo_glyph_t *glyphs;
    int count;
    cairo_text_cluster_t *clusters;
    int cluster_count;
};

static void
add_cluster(struct shown *shown, const PangoGlyphItem *run, const PangoGlyphItemIter *at,
    const hb_map_t *map, const double *places, double y)
{
    int step = at->start_glyph < at->end_glyph ? 1 : -1;
    cairo_text_cluster_t *cluster = &shown->clusters[shown->cluster_count++];

    cluster->num_bytes = at->end_index - at->start_index;
    cluster->num_glyphs = 0;
    for (int i = at->start_glyph; i != at->end_glyph; i += step) {
        const PangoGlyphInfo *info = &run->glyphs->glyphs[i];

        if (info->glyph == PANGO_GLYPH_EMPTY)
            continue;
        shown->glyphs[shown->count++] = (cairo_glyph_t){.index = hb_map_get(map, info->glyph),
            .x = places[i] + (double)info->geometry.x_offset / PANGO_SCALE,
            .y = y + (double)info->geometry.y_offset / PANGO_SCALE};
        cluster->num_glyphs++;
    }
}

static void
show_run(
    cairo_t *cr, const struct font *font, PangoGlyphItem *run, const char *text, double x, double y)
{
    const hb_map_t *map = hb_subset_plan_old_to_new_glyph_mapping(font->plan);
    PangoFontDescription *description =
        pango_font_describe_with_absolute_size(run->item->analysis.font);
    size_t count = (size_t)run->glyphs->num_glyphs;
    struct shown shown = {.glyphs = xcalloc(count + 1, sizeof(cairo_glyph_t)),
        .clusters = xcalloc((size_t)run->item->length + 1, sizeof(cairo_text_cluster_t))};
    double *places = xcalloc(count + 1, sizeof(*places));
    PangoGlyphItemIter at;

    for (size_t i = 0; i < count; i++)
        places[i + 1] = places[i] + (double)run->glyphs->glyphs[i].geometry.width / PANGO_SCALE;
    for (size_t i = 0; i < count; i++)
        places[i] += x;
    for (gboolean more = pango_glyph_item_iter_init_start(&at, run, text); more;
         more = pango_glyph_item_iter_next_cluster(&at))
        add_cluster(&shown, run, &at, map, places, y);
    cairo_set_font_face(cr, font->face);
    cairo_set_font_size(cr, (double)pango_font_description_get_size(description) / PANGO_SCALE);
    cairo_show_text_glyphs(cr, text + run->item->offset, run->item->length, shown.glyphs,
        shown.count, shown.clusters, shown.cluster_count, 0);
    pango_font_description_free(description);
    free(places);
    free(shown.glyphs);
    free(shown.clusters);
}

void
glyphs_show(struct glyphs *glyphs, cairo_t *cr, PangoLayoutLine *line)
{
    const char *text = pango_layout_get_text(line->layout);
    double x, y;

    cairo_get_current_point(cr, &x, &y);
    for (GSList *at = line->runs; at != NULL; at = at->next) {
        PangoGlyphItem *run = at->data;
        struct font *font = font_find(glyphs, face_of(run));

        if (font != NULL && font->plan == NULL)
            font_cut(font);
        if (font != NULL && font->face != NULL) {
            show_run(cr, font, run, text, x, y);
        } else {
            cairo_move_to(cr, x, y);
            pango_cairo_show_glyph_item(cr, text, run);
        }
        x += (double)pango_glyph_string_get_width(run->glyphs) / PANGO_SCALE;
    }
}

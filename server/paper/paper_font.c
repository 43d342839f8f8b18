#include "server/paper/paper_font.h"

#include <stdio.h>
#include <string.h>

#include <fontconfig/fontconfig.h>

#define FAMILY "Noto Sans CJK SC"
#define FAMILIES FAMILY ", HanaMinA, HanaMinB, DejaVu Sans"

enum { WHY_BYTES = 200 };

static PangoContext *context;

/* Fontconfig always answers with something; only the family asked for is good. */
static bool
is_installed(void)
{
    FcPattern *wanted = FcNameParse((const FcChar8 *)FAMILY);
    FcPattern *found = NULL;
    FcChar8 *name = NULL;
    FcResult result;
    bool same = false;

    FcConfigSubstitute(NULL, wanted, FcMatchPattern);
    FcDefaultSubstitute(wanted);
    found = FcFontMatch(NULL, wanted, &result);
    for (int i = 0;
         found != NULL && FcPatternGetString(found, FC_FAMILY, i, &name) == FcResultMatch; i++)
        same = same || strcmp((const char *)name, FAMILY) == 0;
    if (found != NULL)
        FcPatternDestroy(found);
    FcPatternDestroy(wanted);
    return same;
}

bool
paper_font_open(char *why)
{
    cairo_font_options_t *options;
    PangoLayout *warm;

    if (!FcInit() || !is_installed()) {
        snprintf(why, WHY_BYTES, "the font %s is not installed (package fonts-noto-cjk)", FAMILY);
        return false;
    }
    context = pango_font_map_create_context(pango_cairo_font_map_new());
    options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_language(context, pango_language_from_string("zh-cn"));
    /* The first character costs as much as a whole paper. */
    warm = paper_font_layout("证0", 10, 0);
    pango_layout_get_line_count(warm);
    g_object_unref(warm);
    return true;
}

PangoContext *
paper_font_context(void)
{
    return context;
}

PangoLayout *
paper_font_layout(const char *text, double size, double width)
{
    PangoLayout *layout = pango_layout_new(context);
    PangoFontDescription *font = pango_font_description_from_string(FAMILIES);
    PangoAttrList *attributes = pango_attr_list_new();

    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_attr_list_insert(
        attributes, pango_attr_font_features_new("liga=0, clig=0, dlig=0, hlig=0, calt=0"));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    if (width > 0)
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

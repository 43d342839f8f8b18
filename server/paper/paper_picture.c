#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <qrencode.h>

#include "common/mem.h"
#include "server/paper/paper_pdf.h"

enum {
    QUIET_MODULES = 4, /* white around a QR code (ISO/IEC 18004) */
    SEAL_PIXELS_MAX =
        600, /* a larger picture is drawn smaller, so that a certificate stays small */
    SEAL_SOURCE_MAX = 6000
};

struct paper_qr {
    QRcode *code;
};

struct paper_qr *
paper_qr_new(const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    struct paper_qr *qr;

    if (code == NULL)
        return NULL;
    qr = xmalloc(sizeof(*qr));
    qr->code = code;
    return qr;
}

void
paper_qr_free(void *qr)
{
    if (qr == NULL)
        return;
    QRcode_free(((struct paper_qr *)qr)->code);
    free(qr);
}

/* One path: black modules beside each other are one rectangle. */
void
paper_qr_draw(cairo_t *cr, const void *picture)
{
    const QRcode *code = ((const struct paper_qr *)picture)->code;
    int side = code->width;

    cairo_scale(cr, 1.0 / (side + 2 * QUIET_MODULES), 1.0 / (side + 2 * QUIET_MODULES));
    cairo_translate(cr, QUIET_MODULES, QUIET_MODULES);
    for (int y = 0; y < side; y++)
        for (int x = 0, from = 0; x <= side; x++) {
            if (x < side && (code->data[y * side + x] & 1) != 0)
                continue;
            if (x > from)
                cairo_rectangle(cr, from, y, x - from, 1);
            from = x + 1;
        }
    cairo_fill(cr);
}

/* ---- the seal ---- */

static struct {
    char *file;
    struct timespec changed;
    cairo_surface_t *picture;
} kept;

static cairo_surface_t *
scaled_down(cairo_surface_t *from, int side)
{
    cairo_surface_t *to =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, SEAL_PIXELS_MAX, SEAL_PIXELS_MAX);
    cairo_t *cr = cairo_create(to);

    cairo_scale(cr, (double)SEAL_PIXELS_MAX / side, (double)SEAL_PIXELS_MAX / side);
    cairo_set_source_surface(cr, from, 0, 0);
    cairo_paint(cr);
    cairo_destroy(cr);
    cairo_surface_destroy(from);
    return to;
}

static cairo_surface_t *
seal_read(const char *file)
{
    cairo_surface_t *picture = cairo_image_surface_create_from_png(file);
    int width, height;

    if (cairo_surface_status(picture) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(picture);
        return NULL;
    }
    width = cairo_image_surface_get_width(picture);
    height = cairo_image_surface_get_height(picture);
    if (width > SEAL_SOURCE_MAX || height > SEAL_SOURCE_MAX) {
        cairo_surface_destroy(picture);
        return NULL;
    }
    if (width > SEAL_PIXELS_MAX || height > SEAL_PIXELS_MAX)
        return scaled_down(picture, width > height ? width : height);
    return picture;
}

cairo_surface_t *
paper_seal(const char *file)
{
    struct stat st;

    if (stat(file, &st) < 0)
        return NULL;
    if (kept.picture != NULL && strcmp(kept.file, file) == 0 &&
        kept.changed.tv_sec == st.st_mtim.tv_sec && kept.changed.tv_nsec == st.st_mtim.tv_nsec)
        return kept.picture;
    if (kept.picture != NULL)
        cairo_surface_destroy(kept.picture);
    free(kept.file);
    kept.file = xstrdup(file);
    kept.changed = st.st_mtim;
    kept.picture = seal_read(file);
    return kept.picture;
}

void
paper_seal_draw(cairo_t *cr, const void *picture)
{
    cairo_surface_t *seal = (cairo_surface_t *)(uintptr_t)picture;
    int width = cairo_image_surface_get_width(seal);
    int height = cairo_image_surface_get_height(seal);
    int side = width > height ? width : height;

    cairo_scale(cr, 1.0 / side, 1.0 / side);
    cairo_set_source_surface(cr, seal, (side - width) / 2.0, (side - height) / 2.0);
    cairo_paint(cr);
    cairo_set_source_rgb(cr, 0, 0, 0);
}

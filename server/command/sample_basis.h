#ifndef TCRD_COMMAND_SAMPLE_BASIS_H
#define TCRD_COMMAND_SAMPLE_BASIS_H
#include "server/command/sample_int.h"
/* sample_basis - totals as they are published: of a place as seller (output), as buyer (absorbed)
 * or as both (local). Blocks of contracts that meet all of them at once: what is local is part of
 * the other two, the rest is sold to, or bought from, a province that the file does not name. Pure.
 */
enum sample_basis { SAMPLE_OUTPUT, SAMPLE_ABSORBED, SAMPLE_LOCAL, SAMPLE_BASES };

/* A row of the file; row.seller is its place. Rows of one place, period, type and field have the
 * same key. */
struct sample_basis_row {
    struct sample_row row;
    enum sample_basis basis;
    char key[48];
};

struct sample_basis_rows {
    struct sample_basis_row *items;
    int count;
    int cap;
};
void sample_basis_add(struct sample_basis_rows *rows, const struct sample_basis_row *row);
void sample_basis_clear(struct sample_basis_rows *rows);

/* "output", "registered" (the seller files), "absorbed", "local"; SAMPLE_BASES: none of these. */
enum sample_basis sample_basis_named(const char *name);

/* The blocks of all rows into made, which already has those of the other rows of the file. region:
 * of the installation, which is never the other side. What does not go together is told by say(ctx,
 * line, column, text). */
typedef void (*sample_basis_say_fn)(void *ctx, int line, const char *column, const char *text);
void sample_basis_blocks(const struct sample_basis_rows *rows, const struct sample_places *places,
    const char *region, struct sample_rows *made, sample_basis_say_fn say, void *ctx);
#endif

#ifndef TCRD_PAPERS_DOSSIER_H
#define TCRD_PAPERS_DOSSIER_H
#include <jansson.h>

#include "common/zip_out.h"
#include "server/papers/document.h"
/* dossier - what goes into the archive of one contract, from what tcr.paper_dossier() said: its
 * papers, its history, its attachments. Pure but for the arena. */
struct dossier_entry {
    const char *name;
    struct buf made;       /* papers and history, once they are made */
    int64_t attachment_id; /* 0: none */
    int64_t bytes;
    int64_t pieces;
    int64_t blocks; /* see zip_out_entry_bytes() */
};

struct dossier {
    json_t *data;                  /* owned */
    struct dossier_entry *entries; /* papers first, then the history, then attachments */
    int count;
    int paper_count;
};

/* Takes data. */
void dossier_init(struct dossier *dossier, struct arena *arena, json_t *data);
void dossier_clear(struct dossier *dossier); /* accepts a zeroed one */
/* What tcr.paper_data() says of paper i; a new reference. */
json_t *dossier_paper(const struct dossier *dossier, int i);
/* The history as JSON, in which a reader without the right sees no personal data. */
void dossier_write_history(struct dossier *dossier, struct arena *arena);
/* Of the whole archive, when papers and history are made. */
uint64_t dossier_bytes(const struct dossier *dossier);
#endif

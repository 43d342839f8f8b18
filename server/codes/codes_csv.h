#ifndef TCRD_CODES_CODES_CSV_H
#define TCRD_CODES_CODES_CSV_H
#include "common/err.h"
#include "server/codes/codes.h"
/* codes_csv - RFC 4180 reading, and the code tables from the files of sql/codes. */

/* Calls row() for each record with its fields (fields are valid inside row() only); the first record is the header.
 * row() returns 0 or -1 with err set, which stops the reading. 0 or -1. */
int csv_read(const char *file, int (*row)(void *ctx, int number, char **fields, int count, struct err *err),
    void *ctx, struct err *err);

/* All lists and rules below directory, sealed. NULL with err. */
struct codes *codes_read_directory(const char *directory, struct err *err);
#endif

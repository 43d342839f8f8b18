#ifndef TCRD_CODES_CODES_CSV_H
#define TCRD_CODES_CODES_CSV_H
#include "common/err.h"
#include "server/codes/codes.h"
/* codes_csv - RFC 4180 reading, and the code tables from the files of sql/codes. */

/* Calls row() for each record with its fields (valid inside row() only). number counts from 1;
 * record 1 is the header. row() returns 0 or -1 with err set, which stops the reading. 0 or -1. */
int csv_read(const char *file,
    int (*row)(void *ctx, int number, char **fields, int count, struct err *err), void *ctx,
    struct err *err);

/* All lists and rows of the law of directory, sealed. A list is named like its file; rule_set.csv,
 * rule.csv and parameter.csv hold rows of the law alone, contract_type.csv, rule_checklist.csv and
 * refusal_reason.csv are lists and rows of the law at once; calendar_day.csv is left out. NULL with
 * err: unreadable, another header, a code or rule with two rows for one day. */
struct codes *codes_read_directory(const char *directory, struct err *err);
#endif

#ifndef TCRD_COMMAND_COMMAND_CSV_H
#define TCRD_COMMAND_COMMAND_CSV_H
#include "common/buf.h"
#include "common/err.h"
/* command_csv - a CSV file on its way to a function of the database. */

/* The records of a file as a JSON array of objects, appended to rows: members are named like the
 * columns of the first record, every value is a text. 0 or -1: unreadable, no CSV, a record with
 * another number of columns. */
int command_read_csv(const char *file, struct buf *rows, struct err *err);
#endif

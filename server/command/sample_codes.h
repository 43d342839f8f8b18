#ifndef TCRD_COMMAND_SAMPLE_CODES_H
#define TCRD_COMMAND_SAMPLE_CODES_H
#include <libpq-fe.h>

#include "common/err.h"
#include "server/codes/codes.h"
/* sample_codes - code lists and rules as they stand in the record; the caller gives them to
 * codes_free(). NULL with err. */
struct codes *sample_codes_read(PGconn *db, struct err *err);
#endif

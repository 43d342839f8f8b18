#ifndef TCRD_COMMAND_MIGRATE_INT_H
#define TCRD_COMMAND_MIGRATE_INT_H
#include <dirent.h>

#include "common/digest.h"
#include "server/command/command_db.h"
/* migrate_int - shared by the files of the migrate command. */

struct migrate {
    const struct conf *conf;
    const char *sql_dir;
    PGconn *db;
    int changes; /* what was done in this run; 0: the database was up to date */
};

/* Names in a folder below the SQL folder that end in suffix, sorted; the caller gives it to
 * migrate_names_clear(). */
struct migrate_names {
    char **names;
    int count;
};
int migrate_names_read(
    struct migrate_names *names, const char *folder, const char *suffix, struct err *err);
void migrate_names_clear(struct migrate_names *names);

/* Everything after the migrations, inside one transaction that the caller opens and closes. 0 or
 * -1. */
int migrate_functions(struct migrate *self, struct err *err);
int migrate_reference(struct migrate *self, struct err *err);
int migrate_methods(struct migrate *self, struct err *err);
int migrate_grants(struct migrate *self, struct err *err);

/* Was this part loaded in exactly this form before? 1, 0 or -1; hex has SHA256_HEX_BYTES. */
int migrate_part_loaded(
    struct migrate *self, const char *name, const struct buf *text, char *hex, struct err *err);
int migrate_part_store(struct migrate *self, const char *name, const char *hex, struct err *err);
#endif

#ifndef TCRD_AUTH_AUTH_INT_H
#define TCRD_AUTH_AUTH_INT_H
#include <sys/queue.h>

#include "common/digest.h"
#include "server/auth/auth.h"
/* auth_int - what the files of this room share. */
enum { CACHE_SLOTS = 4096 };

struct cache_slot {
    uint8_t sha256[SHA256_BYTES];
    char kind; /* 'k' key, 'c' certificate, 0 empty */
    int64_t until_us;
    struct principal principal; /* account_id 0: unknown credential */
};

struct audit_row;
TAILQ_HEAD(audit_list, audit_row);

struct auth {
    struct db_pool *pool;
    struct cache_slot *cache; /* CACHE_SLOTS, addressed by the digest itself */
    struct event *flush;
    bool flush_armed;
    struct audit_list rows; /* waiting for the next flush */
    int row_count;          /* waiting or being written */
    uint64_t anonymous_denials;
};

/* audit.c */
void audit_record_read(void *ctx, const struct call *call);
void audit_record_denial(void *ctx, const struct call *call);
void audit_on_flush(int fd, short what, void *arg);
#endif

#ifndef TCRD_COMMON_ERR_H
#define TCRD_COMMON_ERR_H
/* err - why something failed, filled by the callee and owned by the caller.
 *
 * The code decides what a client sees (server/api/api_error.c has the one table from code to HTTP
 * status, JSON-RPC code and public text); msg says it in detail and must not contain secrets,
 * contract text or personal data.
 */
enum err_code {
    ERR_NONE,
    ERR_SYNTAX, /* the request cannot be read: malformed head, JSON, parameter */
    ERR_UNAUTHENTICATED,
    ERR_FORBIDDEN,
    ERR_OWN_FILING, /* who filed a contract never decides it */
    ERR_NOT_FOUND,
    ERR_NO_METHOD, /* the path exists, the verb does not */
    ERR_NOT_ACCEPTABLE,
    ERR_REQUEST_TIMEOUT,
    ERR_STATE,     /* not a transition of the table */
    ERR_ROUTE,     /* amounts call for expert review or the province */
    ERR_DUPLICATE, /* the same contract is on file already */
    ERR_ROW_KEY,   /* the agency used this row_key already */
    ERR_STALE,     /* If-Match names an older state */
    ERR_TOO_LARGE,
    ERR_URI_TOO_LONG,
    ERR_MEDIA_TYPE,
    ERR_EXPECTATION,
    ERR_KEY_MISSING,
    ERR_KEY_REUSED,
    ERR_KEY_RUNNING,
    ERR_FAULTS, /* the faults are listed one by one */
    ERR_MATCH_MISSING,
    ERR_RATE,
    ERR_HEAD_TOO_LARGE,
    ERR_INTERNAL,
    ERR_NOT_IMPLEMENTED,
    ERR_BUSY,        /* a bounded queue is full */
    ERR_UNAVAILABLE, /* the database cannot be reached */
    ERR_UNCERTAIN,   /* the connection broke after the write was sent: the outcome is unknown */
    ERR_POINT_FULL,  /* the serial numbers of a registration point and year are used up */
    ERR_HTTP_VERSION,
    ERR_RPC_PARSE,
    ERR_RPC_INVALID,
    ERR_RPC_NO_METHOD,
    ERR_RPC_PARAMS,
    ERR_CONFIG, /* never reaches a client: a start fails */
    ERR_IO,
    ERR_TLS,
    ERR_COUNT
};

struct err {
    enum err_code code;
    const char *rule; /* its row says why, in both languages; NULL: msg does, in English */
    char msg[240];    /* beside a rule: what is particular to this case, a number or a name */
};

/* All return -1, so that a caller can write: return err_set(err, ERR_SYNTAX, "..."). */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Of what a client reads; rule is a literal, a row of sql/codes/rule.csv. */
int err_rule(struct err *err, enum err_code code, const char *rule);
int err_rule_more(struct err *err, enum err_code code, const char *rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#endif

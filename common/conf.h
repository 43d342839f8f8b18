#ifndef TCRD_COMMON_CONF_H
#define TCRD_COMMON_CONF_H
#include <stdbool.h>
#include <stdio.h>

#include "common/err.h"
/* conf - the configuration: one table of keys drives the file, the environment, --dump-config,
 * --help and deploy/tcrd.conf.
 *
 * Order: defaults, then the file (`key = value` lines, # comments), then environment variables
 * (TCRD_ and the key in capitals, dots as underscores: TCRD_HTTP_PORT). An unknown key or a value
 * out of bounds stops the start. Numbers carry their unit in the key. Strings are owned by the
 * struct; free with conf_clear().
 */
struct conf {
    /* process */
    int workers; /* 0: one per processor */
    char *user;  /* drop root to this user; empty: stay */
    char *log_level;
    int drain_seconds;
    char *pid_file;
    /* listeners */
    char *listen_address;
    int http_port;
    int rpc_port;
    int admin_port;
    int backlog;
    int connections_max;             /* per worker */
    int connections_per_address_max; /* per worker */
    int requests_per_second;         /* per address and worker; 0: no limit */
    /* TLS */
    char *tls_cert_file;
    char *tls_key_file;
    char *tls_client_ca_file; /* empty: client certificates are not asked for */
    /* deadlines of one connection */
    int handshake_timeout_ms;
    int head_timeout_ms;
    int body_timeout_ms;
    int idle_timeout_ms;
    int write_timeout_ms;
    /* calls */
    int rpc_in_flight_max; /* per connection */
    int calls_max;         /* per worker */
    int streams_max;       /* per worker: files on their way, either way */
    /* database */
    char *db_host; /* directory of a unix socket, or a numeric address */
    int db_port;
    char *db_name;
    char *db_user; /* service role: may only call functions */
    char *db_password_file;
    char *db_owner; /* role of tcrd migrate and of maintenance commands */
    char *db_owner_password_file;
    int db_read_connections;
    int db_write_connections;
    int db_queue_max;
    int db_wait_timeout_ms; /* a call waits at most this long to be sent */
    int db_call_timeout_ms; /* and at most this long for its answer */
    int db_report_timeout_ms;
    int db_connection_age_s;
    /* attachments */
    int attachment_bytes_max;
    int attachment_contract_bytes_max; /* of all versions of all attachments of one contract */
    int attachment_contract_count_max;
    int attachment_uploads_max; /* of one account at a time */
    /* papers */
    char *paper_helper; /* program; empty: tcrd-paper beside tcrd */
    int paper_queue_max;
    int paper_timeout_ms;
    char *paper_seal_file;   /* PNG; empty: no seal is printed */
    char *bulletin_template; /* .docx; empty: the layout of server/paper/paper_docx.c */
    char *public_base_url;   /* what a QR code leads to, without a slash at its end */
    /* installation */
    char *region;     /* area of the installation: 2, 4 or 6 digits */
    char *nightly_at; /* HH:MM in Asia/Shanghai; empty: the daemon runs no nightly job */
};

struct conf_item; /* one row of the table, see conf.c */

/* Fill conf from defaults, file (NULL: none) and environment. 0, or -1 with err naming line and
 * key. */
int conf_load(struct conf *conf, const char *file, struct err *err);
void conf_clear(struct conf *conf);
/* The effective configuration, one `key = value` per line. */
void conf_dump(const struct conf *conf, FILE *out);
/* The commented example file (deploy/tcrd.conf is this output). */
void conf_reference(FILE *out);
/* SIGHUP: take over the values of fresh that may change while running. Returns the number of keys
 * that differ but need a restart. */
int conf_reload(struct conf *running, const struct conf *fresh);
#endif

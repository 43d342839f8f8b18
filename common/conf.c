#include "common/conf.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum conf_type { CONF_INT, CONF_TEXT };

struct conf_item {
    const char *key;
    enum conf_type type;
    size_t offset;
    const char *fallback;
    int min;
    int max;
    bool reloadable;
    const char *help;
};

#define INT(key, field, fallback, min, max, reload, help)                                          \
    {                                                                                              \
        key, CONF_INT, offsetof(struct conf, field), fallback, min, max, reload, help              \
    }
#define TEXT(key, field, fallback, help)                                                           \
    {                                                                                              \
        key, CONF_TEXT, offsetof(struct conf, field), fallback, 0, 0, false, help                  \
    }

static const struct conf_item items[] = {
    INT("workers", workers, "0", 0, 64, false, "worker processes; 0 means one per processor"),
    TEXT("user", user, "", "when started as root, become this user after loading keys"),
    TEXT("log.level", log_level, "info", "error, warn, info or debug"),
    INT("drain.seconds", drain_seconds, "10", 1, 600, true,
        "how long open requests may take to finish after SIGTERM"),
    TEXT("pid.file", pid_file, "", "file that holds the pid of the master; empty for none"),
    TEXT("listen.address", listen_address, "127.0.0.1", "address of the two public listeners"),
    INT("http.port", http_port, "8443", 1, 65535, false, "HTTPS"),
    INT("rpc.port", rpc_port, "8444", 1, 65535, false,
        "JSON-RPC 2.0 over TLS, one JSON text a line"),
    INT("admin.port", admin_port, "8445", 1, 65535, false,
        "plain HTTP on loopback: /live, /ready, /metrics"),
    INT("listen.backlog", backlog, "1024", 16, 65535, false, "accept queue of each listener"),
    INT("connections.max", connections_max, "10000", 1, 1000000, true,
        "open connections per worker"),
    INT("connections.per_address", connections_per_address_max, "200", 1, 1000000, true,
        "open connections of one address per worker"),
    INT("requests.per_second", requests_per_second, "100", 0, 1000000, true,
        "sustained requests of one address per worker, bursts of ten times that; 0 for no limit"),
    TEXT("tls.cert_file", tls_cert_file, "/etc/tcrd/server.crt", "certificate chain (PEM)"),
    TEXT("tls.key_file", tls_key_file, "/etc/tcrd/server.key",
        "private key (PEM), read by the master only"),
    TEXT("tls.client_ca_file", tls_client_ca_file, "",
        "authorities of client certificates (PEM); empty: none are asked for"),
    INT("timeout.handshake_ms", handshake_timeout_ms, "10000", 100, 600000, true,
        "from accept to the end of the TLS handshake"),
    INT("timeout.head_ms", head_timeout_ms, "10000", 100, 600000, true,
        "from the first byte of a request to the end of its head"),
    INT("timeout.body_ms", body_timeout_ms, "30000", 100, 600000, true,
        "from the head to the end of the body"),
    INT("timeout.idle_ms", idle_timeout_ms, "300000", 100, 86400000, true,
        "a connection without a request is closed after this"),
    INT("timeout.write_ms", write_timeout_ms, "30000", 100, 600000, true,
        "a peer that takes no answer is closed after this"),
    INT("rpc.in_flight", rpc_in_flight_max, "128", 1, 10000, true,
        "calls in flight on one RPC connection"),
    INT("calls.max", calls_max, "4096", 1, 1000000, true,
        "calls in flight per worker; more are answered 503"),
    INT("streams.max", streams_max, "64", 1, 100000, true,
        "files on their way up or down per worker, about 400 KB each; more are answered 503"),
    TEXT("db.host", db_host, "/var/run/postgresql",
        "directory of the unix socket, or a numeric address (a name would block the loop)"),
    INT("db.port", db_port, "5432", 1, 65535, false, "port of PostgreSQL"),
    TEXT("db.name", db_name, "tcrd", "database"),
    TEXT("db.user", db_user, "tcrd_service", "service role; it can only call functions"),
    TEXT("db.password_file", db_password_file, "",
        "file with the password of the service role; empty: none"),
    TEXT("db.owner", db_owner, "tcrd_owner",
        "role for tcrd migrate, sample, account, agency and aggregate"),
    TEXT("db.owner_password_file", db_owner_password_file, "",
        "file with the password of that role; empty: none"),
    INT("db.read_connections", db_read_connections, "2", 1, 64, false,
        "connections for reads, per worker; one for reports and one that listens come on top"),
    INT("db.write_connections", db_write_connections, "1", 1, 8, false,
        "connections for writes, per worker"),
    INT("db.queue_max", db_queue_max, "4096", 16, 1000000, true,
        "calls that wait for a connection, per worker; more are answered 503"),
    INT("db.wait_timeout_ms", db_wait_timeout_ms, "1500", 50, 600000, true,
        "a call that could not be sent to PostgreSQL in this time is answered 503"),
    INT("db.call_timeout_ms", db_call_timeout_ms, "10000", 100, 600000, true,
        "a call that PostgreSQL did not answer in this time is answered 503"),
    INT("db.report_timeout_ms", db_report_timeout_ms, "30000", 100, 3600000, true,
        "the same for statistics, which have connections of their own"),
    INT("db.connection_age_s", db_connection_age_s, "3600", 10, 864000, true,
        "a connection older than this is replaced (it could outlive a switchover)"),
    INT("attachment.bytes_max", attachment_bytes_max, "104857600", 1024, 2147483647, true,
        "size of one attachment"),
    INT("attachment.contract_bytes_max", attachment_contract_bytes_max, "1073741824", 1024,
        2147483647, true, "size of all attachments of one contract, earlier versions included"),
    INT("attachment.contract_count", attachment_contract_count_max, "200", 1, 10000, true,
        "attachments of one contract, earlier versions included"),
    INT("attachment.uploads", attachment_uploads_max, "16", 1, 10000, true,
        "uploads of one account at a time; more are answered 503"),
    TEXT("paper.helper", paper_helper, "",
        "helper program: makes papers, finds what an agency may see of figures; empty: tcrd-paper "
        "in the folder of tcrd"),
    INT("paper.queue_max", paper_queue_max, "64", 1, 10000, true,
        "jobs that wait for the helper process, per worker; more are answered 503"),
    INT("paper.timeout_ms", paper_timeout_ms, "10000", 100, 600000, true,
        "a job of the helper process that is not done in this time is answered 503, and the helper "
        "process is "
        "replaced"),
    TEXT("paper.seal_file", paper_seal_file, "",
        "picture of the bureau's seal (PNG) for certificates, notices and decisions; empty: none"),
    TEXT("bulletin.template", bulletin_template, "",
        "the bureau's own document (.docx) for bulletins, with {{headline}} and "
        "{{table:districts}} "
        "where they go; empty: tcrd's own layout"),
    TEXT("public.base_url", public_base_url, "https://localhost:8443",
        "where the public reaches this daemon; the QR code of a certificate begins with it"),
    TEXT("region", region, "3713", "area of the installation, 2, 4 or 6 digits of GB/T 2260"),
    TEXT("nightly.at", nightly_at, "02:00",
        "time of the nightly job in Asia/Shanghai; empty: another scheduler runs tcrd aggregate"),
};

enum { ITEM_COUNT = sizeof(items) / sizeof(items[0]) };

static int *
int_of(const struct conf *conf, const struct conf_item *item)
{
    return (int *)((uintptr_t)conf + item->offset);
}

static char **
text_of(const struct conf *conf, const struct conf_item *item)
{
    return (char **)((uintptr_t)conf + item->offset);
}

static int
item_set(struct conf *conf, const struct conf_item *item, const char *value, struct err *err)
{
    char *end;
    long number;

    if (item->type == CONF_TEXT) {
        free(*text_of(conf, item));
        *text_of(conf, item) = xstrdup(value);
        return 0;
    }
    errno = 0;
    number = strtol(value, &end, 10);
    if (*value == '\0' || *end != '\0' || errno != 0 || number < item->min || number > item->max)
        return err_set(err, ERR_CONFIG, "%s: a number from %d to %d is needed", item->key,
            item->min, item->max);
    *int_of(conf, item) = (int)number;
    return 0;
}

static const struct conf_item *
item_find(const char *key)
{
    for (size_t i = 0; i < ITEM_COUNT; i++)
        if (strcmp(items[i].key, key) == 0)
            return &items[i];
    return NULL;
}

static char *
trim(char *text)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

static int
load_line(struct conf *conf, char *line, struct err *err)
{
    const struct conf_item *item;
    char *equals;

    line = trim(line);
    if (*line == '\0' || *line == '#')
        return 0;
    equals = strchr(line, '=');
    if (equals == NULL)
        return err_set(err, ERR_CONFIG, "not of the form key = value");
    *equals = '\0';
    item = item_find(trim(line));
    if (item == NULL)
        return err_set(err, ERR_CONFIG, "%.80s: no such key", trim(line));
    return item_set(conf, item, trim(equals + 1), err);
}

static int
load_file(struct conf *conf, const char *file, struct err *err)
{
    FILE *in = fopen(file, "r");
    struct err why = {0};
    char line[2048];
    int number = 0;
    int result = 0;

    if (in == NULL)
        return err_set(err, ERR_CONFIG, "%s: %s", file, strerror(errno));
    while (result == 0 && fgets(line, sizeof(line), in) != NULL) {
        number++;
        if (load_line(conf, line, &why) < 0)
            result = err_set(err, ERR_CONFIG, "%.80s:%d: %.120s", file, number, why.msg);
    }
    fclose(in);
    return result;
}

static void
environment_name(const char *key, char *name, size_t size)
{
    size_t at = 0;

    for (const char *prefix = "TCRD_"; *prefix != '\0'; prefix++)
        name[at++] = *prefix;
    for (; *key != '\0' && at + 1 < size; key++)
        name[at++] = *key == '.' ? '_' : (char)toupper((unsigned char)*key);
    name[at] = '\0';
}

int
conf_load(struct conf *conf, const char *file, struct err *err)
{
    char name[80];

    *conf = (struct conf){0};
    for (size_t i = 0; i < ITEM_COUNT; i++)
        if (item_set(conf, &items[i], items[i].fallback, err) < 0)
            goto fail;
    if (file != NULL && load_file(conf, file, err) < 0)
        goto fail;
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        const char *value;

        environment_name(items[i].key, name, sizeof(name));
        value = getenv(name);
        if (value != NULL && item_set(conf, &items[i], value, err) < 0)
            goto fail;
    }
    return 0;

fail:
    conf_clear(conf);
    return -1;
}

void
conf_clear(struct conf *conf)
{
    for (size_t i = 0; i < ITEM_COUNT; i++)
        if (items[i].type == CONF_TEXT) {
            free(*text_of(conf, &items[i]));
            *text_of(conf, &items[i]) = NULL;
        }
}

void
conf_dump(const struct conf *conf, FILE *out)
{
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        if (items[i].type == CONF_TEXT)
            fprintf(out, "%s = %s\n", items[i].key, *text_of(conf, &items[i]));
        else
            fprintf(out, "%s = %d\n", items[i].key, *int_of(conf, &items[i]));
    }
}

void
conf_reference(FILE *out)
{
    char name[80];

    fputs("# Configuration of tcrd. Every key with its default; a key can also be set in the "
          "environment.\n"
          "# This file is written by `tcrd --dump-config=reference`.\n",
        out);
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        const struct conf_item *item = &items[i];

        environment_name(item->key, name, sizeof(name));
        fprintf(out, "\n# %s\n", item->help);
        if (item->type == CONF_INT)
            fprintf(out, "# %d to %d; ", item->min, item->max);
        else
            fputs("# ", out);
        fprintf(out, "environment %s%s\n#%s = %s\n", name,
            item->reloadable ? "; taken over on SIGHUP" : "", item->key, item->fallback);
    }
}

int
conf_reload(struct conf *running, const struct conf *fresh)
{
    int waiting = 0;

    for (size_t i = 0; i < ITEM_COUNT; i++) {
        const struct conf_item *item = &items[i];

        if (item->type == CONF_TEXT) {
            waiting += strcmp(*text_of(running, item), *text_of(fresh, item)) != 0;
        } else if (*int_of(running, item) != *int_of(fresh, item)) {
            if (item->reloadable)
                *int_of(running, item) = *int_of(fresh, item);
            else
                waiting++;
        }
    }
    return waiting;
}

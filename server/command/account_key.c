#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/digest.h"
#include "server/command/account.h"
#include "server/command/command.h"
#include "server/command/command_db.h"
#include "server/command/command_sql.h"

enum { TOKEN_RANDOM_BYTES = 32, TOKEN_BYTES = sizeof("tcrd_") + 2 * TOKEN_RANDOM_BYTES };

static void
token_new(char *token)
{
    uint8_t random[TOKEN_RANDOM_BYTES];

    random_bytes(random, sizeof(random));
    memcpy(token, "tcrd_", 5);
    hex_format(random, sizeof(random), token + 5);
    secret_clear(random, sizeof(random));
}

/* Only the owner of the file can read it, whatever stood there before. */
static int
token_write(const char *file, const char *token)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    size_t len = strlen(token);

    if (fd < 0)
        return -1;
    if (fchmod(fd, 0600) < 0 || write(fd, token, len) != (ssize_t)len || write(fd, "\n", 1) != 1) {
        close(fd);
        return -1;
    }
    return close(fd);
}

static int
key_new(const struct conf *conf, int argc, char **argv)
{
    enum { EXPIRES, OUT };
    static const struct option options[] = {{"expires", required_argument, NULL, EXPIRES},
        {"out", required_argument, NULL, OUT}, {NULL, 0, NULL, 0}};
    struct command_args args;
    char token[TOKEN_BYTES];
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];
    int status;

    if (command_args_read(&args, "account", options, 1, 1, argc, argv) != 0)
        return 2;
    token_new(token);
    sha256_of(token, strlen(token), digest);
    hex_format(digest, sizeof(digest), hex);
    if (args.values[OUT] != NULL && token_write(args.values[OUT], token) < 0) {
        fprintf(stderr, "tcrd account: %s: %s\n", args.values[OUT], strerror(errno));
        return 1;
    }
    status = command_call(conf, "account", NULL, sql_credential_add, 5,
        (const char *const[]){args.words[0], "key", hex, args.values[EXPIRES], command_user()});
    if (args.values[OUT] != NULL && status != 0)
        unlink(args.values[OUT]);
    else if (args.values[OUT] == NULL && status == 0)
        puts(token);
    secret_clear(token, sizeof(token));
    return status;
}

static const struct option no_options[] = {{NULL, 0, NULL, 0}};

static int
key_list(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "account", no_options, 1, 1, argc, argv) != 0)
        return 2;
    return command_show(
        conf, "account", sql_credential_list, 2, (const char *const[]){args.words[0], "key"});
}

static int
key_revoke(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "account", no_options, 2, 2, argc, argv) != 0)
        return 2;
    return command_call(conf, "account", "revoked key", sql_credential_revoke, 4,
        (const char *const[]){args.words[0], "key", args.words[1], command_user()});
}

int
account_key(const struct conf *conf, int argc, char **argv)
{
    static const struct command_verb verbs[] = {
        {"new", key_new}, {"list", key_list}, {"revoke", key_revoke}, {NULL, NULL}};

    argv[0] = "account";
    return command_verb_run(verbs, conf, argc, argv);
}

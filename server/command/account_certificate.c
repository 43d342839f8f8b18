#include <string.h>

#include "server/command/account.h"
#include "server/command/certificate_file.h"
#include "server/command/command.h"
#include "server/command/command_db.h"
#include "server/command/command_sql.h"

/* 0, or 1 after saying that the file is none. */
static int
certificate_read(struct certificate_file *certificate, const char *file)
{
    if (certificate_file_read(certificate, file) == 0)
        return 0;
    fprintf(stderr, "tcrd account: %s: no certificate in PEM form can be read from it\n", file);
    return 1;
}

static int
certificate_bind(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {
        {"expires", required_argument, NULL, 0}, {NULL, 0, NULL, 0}};
    struct certificate_file certificate;
    struct command_args args;

    if (command_args_read(&args, "account", options, 2, 2, argc, argv) != 0)
        return 2;
    if (certificate_read(&certificate, args.words[1]) != 0)
        return 1;
    if (args.values[0] == NULL)
        args.values[0] = certificate.last_day;
    return command_call(conf, "account", "bound certificate", sql_credential_add, 5,
        (const char *const[]){
            args.words[0], "certificate", certificate.sha256, args.values[0], command_user()});
}

static const struct option no_options[] = {{NULL, 0, NULL, 0}};

static int
certificate_list(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "account", no_options, 1, 1, argc, argv) != 0)
        return 2;
    return command_show(conf, "account", sql_credential_list, 2,
        (const char *const[]){args.words[0], "certificate"});
}

static int
certificate_unbind(const struct conf *conf, int argc, char **argv)
{
    struct certificate_file certificate;
    struct command_args args;

    if (command_args_read(&args, "account", no_options, 2, 2, argc, argv) != 0)
        return 2;
    if (strspn(args.words[1], "0123456789") == strlen(args.words[1]))
        return command_call(conf, "account", "unbound certificate", sql_credential_revoke, 4,
            (const char *const[]){args.words[0], "certificate", args.words[1], command_user()});
    if (certificate_read(&certificate, args.words[1]) != 0)
        return 1;
    return command_call(conf, "account", "unbound certificate", sql_certificate_unbind, 3,
        (const char *const[]){args.words[0], certificate.sha256, command_user()});
}

int
account_certificate(const struct conf *conf, int argc, char **argv)
{
    static const struct command_verb verbs[] = {{"bind", certificate_bind},
        {"list", certificate_list}, {"unbind", certificate_unbind}, {NULL, NULL}};

    argv[0] = "account";
    return command_verb_run(verbs, conf, argc, argv);
}

#include "server/command/account.h"

#include <string.h>

#include "server/command/command.h"
#include "server/command/command_db.h"
#include "server/command/command_sql.h"

const char command_account_help[] =
    "Usage: tcrd account add NAME --roles LIST [--agency NAME|ID] [--point NN] [--region CODE]\n"
    "                   [--employer CODE]\n"
    "       tcrd account grant NAME [--roles LIST] [--agency NAME|ID] [--point NN] [--region "
    "CODE]\n"
    "                   [--employer CODE]\n"
    "       tcrd account revoke NAME --roles LIST\n"
    "       tcrd account disable NAME [--hand-over-to OTHER]\n"
    "       tcrd account enable NAME\n"
    "       tcrd account list [NAME]\n"
    "       tcrd account key new NAME [--expires DATE] [--out FILE]\n"
    "       tcrd account key list NAME\n"
    "       tcrd account key revoke NAME ID\n"
    "       tcrd account certificate bind NAME FILE [--expires DATE]\n"
    "       tcrd account certificate list NAME\n"
    "       tcrd account certificate unbind NAME ID|FILE\n"
    "\n"
    "Manages accounts and their credentials. Every change leaves an audit row and counts from the\n"
    "next call of the account on. The name of an account has a-z, 0-9, dot, underscore and "
    "hyphen.\n"
    "\n"
    "  --roles LIST      one or more of agency, registrar, reviewer, county, bureau, auditor,\n"
    "                    administrator, with commas; an account that holds two of them still "
    "never\n"
    "                    decides what it (or its agency) filed\n"
    "  --agency NAME|ID  whose contracts it files and sees (needed for the role agency)\n"
    "  --point NN        the registration point it decides for (needed for registrar and "
    "reviewer);\n"
    "                    see `tcrd point list`; six digits when two digits fit several\n"
    "  --region CODE     its area (needed for county): 2, 4 or 6 digits of GB/T 2260\n"
    "  --employer CODE   credit code of the employer: nobody decides where the employer is a "
    "party\n"
    "  --hand-over-to OTHER\n"
    "                    who gets the open cases assigned to NAME: a registrar or reviewer of the\n"
    "                    same point; a case that OTHER may not decide, and without this option "
    "every\n"
    "                    case, is assigned to nobody\n"
    "  --expires DATE    last day (YYYY-MM-DD) on which the credential works; default: no end, for "
    "a\n"
    "                    certificate its own\n"
    "  --out FILE        write the key to FILE (readable by its owner only) instead of printing "
    "it\n"
    "\n"
    "A key is shown once and stored as its SHA-256; it is sent as `Authorization: Bearer KEY`.\n"
    "A certificate FILE is PEM; which authorities are trusted says tls.client_ca_file. An account "
    "has at most\n"
    "two live keys and two live certificates, so that one can be replaced while the other works.\n"
    "\n"
    "Examples:\n"
    "  the first administrator:\n"
    "    tcrd account add root-admin --roles administrator && tcrd account key new root-admin\n"
    "  an agency's program, and its key in a file:\n"
    "    tcrd account add yihe --roles agency --agency 沂河技术转移服务点\n"
    "    tcrd account key new yihe --expires 2027-06-30 --out yihe.token\n"
    "  an account that is both agency and registrar:\n"
    "    tcrd account add both --roles agency,registrar --agency 沂河技术转移服务点 --point 01\n"
    "    tcrd account key new both\n";

enum { ROLES, AGENCY, POINT, REGION, EMPLOYER };
static const struct option account_options[] = {{"roles", required_argument, NULL, ROLES},
    {"agency", required_argument, NULL, AGENCY}, {"point", required_argument, NULL, POINT},
    {"region", required_argument, NULL, REGION}, {"employer", required_argument, NULL, EMPLOYER},
    {NULL, 0, NULL, 0}};
static const struct option no_options[] = {{NULL, 0, NULL, 0}};

/* "agency,registrar" as an array of PostgreSQL. 0, or 2 after saying what is wrong. */
static int
roles_array(const char *roles, char *array, size_t size)
{
    if (roles == NULL)
        roles = "";
    if (strspn(roles, "abcdefghijklmnopqrstuvwxyz,") != strlen(roles) || strlen(roles) + 3 > size ||
        *roles == ',' || strstr(roles, ",,") != NULL ||
        (*roles != '\0' && roles[strlen(roles) - 1] == ','))
        return command_misused("account", "--roles takes names of roles with commas between them");
    snprintf(array, size, "{%s}", roles);
    return 0;
}

static int
account_store(const struct conf *conf, int argc, char **argv, const char *sql, const char *done)
{
    struct command_args args;
    char roles[256];

    if (command_args_read(&args, "account", account_options, 1, 1, argc, argv) != 0 ||
        roles_array(args.values[ROLES], roles, sizeof(roles)) != 0)
        return 2;
    return command_call(conf, "account", done, sql, 7,
        (const char *const[]){args.words[0], roles, args.values[AGENCY], args.values[POINT],
            args.values[REGION], args.values[EMPLOYER], command_user()});
}

static int
account_add(const struct conf *conf, int argc, char **argv)
{
    return account_store(conf, argc, argv, sql_account_add, "account");
}

static int
account_grant(const struct conf *conf, int argc, char **argv)
{
    return account_store(conf, argc, argv, sql_account_grant, "roles now:");
}

static int
account_revoke(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {
        {"roles", required_argument, NULL, ROLES}, {NULL, 0, NULL, 0}};
    struct command_args args;
    char roles[256];

    if (command_args_read(&args, "account", options, 1, 1, argc, argv) != 0)
        return 2;
    if (args.values[ROLES] == NULL)
        return command_misused("account", "revoke needs --roles");
    if (roles_array(args.values[ROLES], roles, sizeof(roles)) != 0)
        return 2;
    return command_call(conf, "account", "roles now:", sql_account_revoke, 3,
        (const char *const[]){args.words[0], roles, command_user()});
}

static int
account_disable(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {
        {"hand-over-to", required_argument, NULL, 0}, {NULL, 0, NULL, 0}};
    struct command_args args;

    if (command_args_read(&args, "account", options, 1, 1, argc, argv) != 0)
        return 2;
    return command_call(conf, "account", "disabled", sql_account_disable, 3,
        (const char *const[]){args.words[0], args.values[0], command_user()});
}

static int
account_enable(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "account", no_options, 1, 1, argc, argv) != 0)
        return 2;
    return command_call(conf, "account", "enabled", sql_account_enable, 2,
        (const char *const[]){args.words[0], command_user()});
}

static int
account_list(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "account", no_options, 0, 1, argc, argv) != 0)
        return 2;
    return command_show(conf, "account", sql_account_list, 1, (const char *const[]){args.words[0]});
}

int
command_account(const struct conf *conf, int argc, char **argv)
{
    static const struct command_verb verbs[] = {{"add", account_add}, {"grant", account_grant},
        {"revoke", account_revoke}, {"disable", account_disable}, {"enable", account_enable},
        {"list", account_list}, {"key", account_key}, {"certificate", account_certificate},
        {NULL, NULL}};

    return command_verb_run(verbs, conf, argc, argv);
}

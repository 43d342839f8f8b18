/* tcrd - the command line: global options, then one command of the table. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/app/app.h"
#include "server/command/account.h"
#include "server/command/agency.h"
#include "server/command/aggregate.h"
#include "server/command/bulletin.h"
#include "server/command/calendar.h"
#include "server/command/command.h"
#include "server/command/import.h"
#include "server/command/migrate.h"
#include "server/command/rules.h"
#include "server/command/sample.h"
#include "server/command/verify.h"

static const char default_config[] = "/etc/tcrd/tcrd.conf";

enum mode { MODE_RUN, MODE_HELP, MODE_VERSION, MODE_MAN, MODE_TEST, MODE_DUMP, MODE_REFERENCE };

/* What stands before the command. */
struct globals {
    const char *config_file; /* NULL: none */
    enum mode mode;
};

static struct globals globals;

static const char serve_help[] =
    "Usage: tcrd [-c FILE] serve\n"
    "\n"
    "Runs the daemon in the foreground: a master and its workers, HTTPS, JSON-RPC and the admin\n"
    "listener. SIGTERM and SIGINT drain open requests and end it; SIGHUP reads configuration and\n"
    "certificates again. The log goes to standard error.\n";

static int
command_serve(const struct conf *conf, int argc, char **argv)
{
    if (argc > 1)
        return command_misused("serve", "unexpected argument %s", argv[1]);
    return app_serve(conf, globals.config_file);
}

static const struct command commands[] = {
    {"serve", "run the daemon", serve_help, command_serve},
    {"migrate", "bring the database to the version of this program", command_migrate_help,
        command_migrate},
    {"agency", "manage the agencies that file contracts", command_agency_help, command_agency},
    {"point", "manage registration points", command_point_help, command_point},
    {"account", "manage accounts, roles, keys and client certificates", command_account_help,
        command_account},
    {"rules", "look at, check, load and confirm the rows of the law", command_rules_help,
        command_rules},
    {"calendar", "load holidays and make-up days, count last days", command_calendar_help,
        command_calendar},
    {"sample", "fill a demonstration with contracts that do not exist", command_sample_help,
        command_sample},
    {"import", "read targets, GDP, figures of other cities, contracts registered elsewhere",
        command_import_help, command_import},
    {"aggregate", "roll up and recompute figures, close the day (the nightly job)",
        command_aggregate_help, command_aggregate},
    {"bulletin", "write the bulletin of a period as a document, workbook, PDF or JSON",
        command_bulletin_help, command_bulletin},
    {"verify", "check every release against its hash", command_verify_help, command_verify},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static const struct {
    const char *name;
    const char *help;
} global_options[] = {
    {"-c, --config FILE", "configuration file (default: /etc/tcrd/tcrd.conf if it exists)"},
    {"-t", "test the configuration and the files it names, then end"},
    {"--dump-config", "print the effective configuration"},
    {"--dump-config=reference", "print every key with its meaning and default"},
    {"--man", "print the manual page (roff)"},
    {"--version", "print the version"},
    {"-h, --help", "print this, or after a command the help of that command"},
};
enum { GLOBAL_OPTION_COUNT = sizeof(global_options) / sizeof(global_options[0]) };

static void
print_help(FILE *out)
{
    fputs(
        "Usage: tcrd [options] COMMAND [arguments]\n\n"
        "The technology contract registration daemon and its maintenance commands.\n\nCommands:\n",
        out);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-25s %s\n", commands[i].name, commands[i].summary);
    fputs("\nOptions:\n", out);
    for (int i = 0; i < GLOBAL_OPTION_COUNT; i++)
        fprintf(out, "  %-25s %s\n", global_options[i].name, global_options[i].help);
    fputs("\n`tcrd COMMAND --help` explains a command. Every key of the configuration can also be "
          "set in\n"
          "the environment (TCRD_HTTP_PORT for http.port).\n",
        out);
}

/* Text for roff: backslashes and hyphens escaped, no line begins with a control character. */
static void
print_roff(const char *text)
{
    char before = '\n';

    for (; *text != '\0'; before = *text++) {
        if (before == '\n' && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void
print_man(void)
{
    printf(
        ".TH TCRD 1 \"\" \"tcrd %s\"\n.SH NAME\ntcrd \\- technology contract registration daemon\n"
        ".SH SYNOPSIS\ntcrd [options] COMMAND [arguments]\n.SH OPTIONS\n",
        TCRD_VERSION);
    for (int i = 0; i < GLOBAL_OPTION_COUNT; i++) {
        fputs(".TP\n", stdout);
        print_roff(global_options[i].name);
        putchar('\n');
        print_roff(global_options[i].help);
        putchar('\n');
    }
    fputs(".SH COMMANDS\n", stdout);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        printf(".SS %s\n.nf\n", commands[i].name);
        print_roff(commands[i].help);
        fputs(".fi\n", stdout);
    }
}

/* The configuration itself was read before; here the files it names. */
static int
test_files(const struct conf *conf)
{
    const char *const files[] = {conf->tls_cert_file, conf->tls_key_file, conf->tls_client_ca_file,
        conf->db_password_file, conf->db_owner_password_file, conf->bulletin_template};
    int status = 0;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (*files[i] != '\0' && access(files[i], R_OK) != 0) {
            fprintf(stderr, "tcrd: %s: %s\n", files[i], strerror(errno));
            status = 1;
        }
    if (status == 0)
        puts("the configuration is good");
    return status;
}

/* An option that may stand before the command, or its value in the next argument. Arguments used,
 * 0: no such option. */
static int
global_option(const char *option, const char *next)
{
    static const struct {
        const char *name;
        enum mode mode;
    } modes[] = {{"-h", MODE_HELP}, {"--help", MODE_HELP}, {"--version", MODE_VERSION},
        {"--man", MODE_MAN}, {"-t", MODE_TEST}, {"--dump-config", MODE_DUMP},
        {"--dump-config=reference", MODE_REFERENCE}};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(option, modes[i].name) == 0) {
            globals.mode = modes[i].mode;
            return 1;
        }
    if (strncmp(option, "--config=", 9) == 0) {
        globals.config_file = option + 9;
        return 1;
    }
    if ((strcmp(option, "-c") == 0 || strcmp(option, "--config") == 0) && next != NULL) {
        globals.config_file = next;
        return 2;
    }
    return 0;
}

static int
usage_error(const char *what, const char *word)
{
    fprintf(stderr, "tcrd: %s%s\nTry `tcrd --help`.\n", what, word);
    return 2;
}

/* Needs no configuration: help, version, manual, reference. Exit status, or -1 when there is
 * something to do. */
static int
run_plain(void)
{
    switch (globals.mode) {
    case MODE_HELP:
        print_help(stdout);
        return 0;
    case MODE_VERSION:
        puts("tcrd " TCRD_VERSION);
        return 0;
    case MODE_MAN:
        print_man();
        return 0;
    case MODE_REFERENCE:
        conf_reference(stdout);
        return 0;
    case MODE_RUN:
    case MODE_TEST:
    case MODE_DUMP:
        break;
    }
    return -1;
}

static int
run_command(const struct command *command, int argc, char **argv)
{
    struct conf conf;
    struct err err = {0};
    int status = 0;

    if (globals.config_file == NULL && access(default_config, F_OK) == 0)
        globals.config_file = default_config;
    if (conf_load(&conf, globals.config_file, &err) < 0) {
        fprintf(stderr, "tcrd: %s\n", err.msg);
        return 1;
    }
    if (globals.mode == MODE_DUMP)
        conf_dump(&conf, stdout);
    else if (globals.mode == MODE_TEST)
        status = test_files(&conf);
    else if (command != NULL)
        status = command->run(&conf, argc, argv);
    conf_clear(&conf);
    return status;
}

/* The configuration file may be named after the command as well; takes it out of the arguments. */
static int
take_config(int argc, char **argv)
{
    int kept = 0;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-c") == 0 || strncmp(argv[i], "--config", 8) == 0) {
            int used = global_option(argv[i], argv[i + 1]);

            if (used > 0) {
                i += used - 1;
                continue;
            }
        }
        argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    return kept;
}

/* Of each size the C library keeps seven freed blocks at hand, and a filing in JSON has some
 * hundred: with more, a worker takes a fifth less of a processor. It reads this only when a program
 * starts, so the daemon starts once more; what is set already stands. */
static void
keep_freed_blocks(char **argv)
{
    static const char name[] = "GLIBC_TUNABLES";
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (len < 0 || getenv(name) != NULL)
        return;
    program[len] = '\0';
    if (setenv(name, "glibc.malloc.tcache_count=256", 0) == 0)
        execv(program, argv);
}

int
main(int argc, char **argv)
{
    const struct command *command = commands;
    int at = 1;
    int status;

    while (at < argc && *argv[at] == '-') {
        int used = global_option(argv[at], argv[at + 1]);

        if (used == 0)
            return usage_error("no such option, or its value is missing: ", argv[at]);
        at += used;
    }
    if ((status = run_plain()) >= 0)
        return status;
    if (globals.mode != MODE_RUN)
        return run_command(NULL, 0, NULL);
    if (at == argc)
        return usage_error("a command is needed", "");
    while (command < commands + COMMAND_COUNT && strcmp(command->name, argv[at]) != 0)
        command++;
    if (command == commands + COMMAND_COUNT)
        return usage_error("no such command: ", argv[at]);
    if (command->run == command_serve)
        keep_freed_blocks(argv);
    argv += at;
    argc = take_config(argc - at, argv);
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(command->help, stdout);
            return 0;
        }
    return run_command(command, argc, argv);
}

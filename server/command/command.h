#ifndef TCRD_COMMAND_COMMAND_H
#define TCRD_COMMAND_COMMAND_H
#include <getopt.h>
#include <stdio.h>

#include "common/conf.h"
/* command - what the commands of the command line share.
 *
 * Each command is `int command_NAME(const struct conf *, int argc, char **argv)` with its name in
 * argv[0] and returns an exit status: 0, 1 when it failed (said on standard error), 2 when it was
 * called wrongly. main.c has the one table.
 */
struct command {
    const char *name;
    const char *summary; /* one line */
    const char *help;    /* usage, options, examples; ends with a newline */
    int (*run)(const struct conf *conf, int argc, char **argv);
};

/* A command with verbs of its own (`tcrd agency add ...`). */
struct command_verb {
    const char *name;
    int (*run)(const struct conf *conf, int argc, char **argv);
};
/* Run the verb that argv[1] names; verbs end with name NULL. */
int command_verb_run(
    const struct command_verb *verbs, const struct conf *conf, int argc, char **argv);

/* Options by position in a table of struct option whose val is that position; the value of an
 * option without one is "". words gets up to word_max arguments that are no options (at least
 * word_min). 0, or 2 after saying what is wrong. */
struct command_args {
    const char *values[8]; /* NULL: not given */
    const char *words[2];
    int word_count;
};
int command_args_read(struct command_args *args, const char *command, const struct option *options,
    int word_min, int word_max, int argc, char **argv);

/* Who is at the machine, for the audit: name of the operating system's user, or its number. Static.
 */
const char *command_user(void);
/* Exit status 2, after saying what is wrong and where help is. */
int command_misused(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#endif

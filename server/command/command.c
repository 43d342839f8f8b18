#include "server/command/command.h"

#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

int
command_verb_run(const struct command_verb *verbs, const struct conf *conf, int argc, char **argv)
{
    const char *group = argv[0];

    if (argc < 2)
        return command_misused(group, "a verb is needed");
    for (; verbs->name != NULL; verbs++)
        if (strcmp(verbs->name, argv[1]) == 0)
            return verbs->run(conf, argc - 1, argv + 1);
    return command_misused(group, "%s: no such verb", argv[1]);
}

int
command_args_read(struct command_args *args, const char *command, const struct option *options,
    int word_min, int word_max, int argc, char **argv)
{
    int option;

    *args = (struct command_args){0};
    optind = 0; /* the global options were read before with the same functions */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return command_misused(command, "%s was called wrongly", argv[0]);
        args->values[option] = optarg == NULL ? "" : optarg;
    }
    while (optind < argc && args->word_count < word_max)
        args->words[args->word_count++] = argv[optind++];
    if (optind < argc)
        return command_misused(command, "unexpected argument %s", argv[optind]);
    if (args->word_count < word_min)
        return command_misused(command, "%s needs more arguments", argv[0]);
    return 0;
}

const char *
command_user(void)
{
    static char name[64];
    const struct passwd *entry = getpwuid(getuid());

    if (entry != NULL)
        snprintf(name, sizeof(name), "%s", entry->pw_name);
    else
        snprintf(name, sizeof(name), "%u", (unsigned)getuid());
    return name;
}

int
command_misused(const char *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "tcrd %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry `tcrd %s --help`.\n", command);
    return 2;
}

#include "server/command/agency.h"

#include "server/command/command.h"
#include "server/command/command_db.h"
#include "server/command/command_sql.h"

const char command_agency_help[] =
    "Usage: tcrd agency add NAME --kind KIND --region CODE [--credit-code CODE]\n"
    "       tcrd agency list\n"
    "       tcrd agency disable NAME|ID\n"
    "       tcrd agency enable NAME|ID\n"
    "\n"
    "Manages the agencies that file contracts. The accounts of a disabled agency can do nothing\n"
    "from the next call on; its contracts stay.\n"
    "\n"
    "  --kind KIND         transfer_agency, university, institute, enterprise, service_point or\n"
    "                      person; a service_point files in the names of sellers that delegated "
    "it,\n"
    "                      every other kind files with its own credit code\n"
    "  --region CODE       where it is: 2, 4 or 6 digits of GB/T 2260\n"
    "  --credit-code CODE  its unified social credit code (GB 32100)\n"
    "\n"
    "Example:\n"
    "  tcrd agency add 沂河技术转移服务点 --kind service_point --region 371302\n";

const char command_point_help[] =
    "Usage: tcrd point add NN --region CODE --name NAME [--number-region NNNN]\n"
    "                 [--number-source SOURCE]\n"
    "       tcrd point list\n"
    "\n"
    "Manages the registration points, which decide. A contract goes to the point whose region is "
    "the\n"
    "closest one that covers the registering party.\n"
    "\n"
    "  --region CODE           what the point covers: 2, 4 or 6 digits of GB/T 2260\n"
    "  --name NAME             its name on certificates\n"
    "  --number-region NNNN    the four digits of the region in its registration numbers "
    "(default:\n"
    "                          the first four of --region)\n"
    "  --number-source SOURCE  tcrd (default: gap-free numbers) or national (typed in at "
    "certification)\n"
    "\n"
    "Example:\n"
    "  tcrd point add 02 --region 371323 --name 沂水县技术合同登记处\n";

static int
agency_add(const struct conf *conf, int argc, char **argv)
{
    enum { KIND, REGION, CREDIT_CODE };
    static const struct option options[] = {{"kind", required_argument, NULL, KIND},
        {"region", required_argument, NULL, REGION},
        {"credit-code", required_argument, NULL, CREDIT_CODE}, {NULL, 0, NULL, 0}};
    struct command_args args;

    if (command_args_read(&args, "agency", options, 1, 1, argc, argv) != 0)
        return 2;
    if (args.values[KIND] == NULL || args.values[REGION] == NULL)
        return command_misused("agency", "add needs --kind and --region");
    return command_call(conf, "agency", "agency", sql_agency_add, 5,
        (const char *const[]){args.words[0], args.values[KIND], args.values[REGION],
            args.values[CREDIT_CODE], command_user()});
}

static const struct option no_options[] = {{NULL, 0, NULL, 0}};

static int
agency_set_active(
    const struct conf *conf, int argc, char **argv, const char *is_active, const char *done)
{
    struct command_args args;

    if (command_args_read(&args, "agency", no_options, 1, 1, argc, argv) != 0)
        return 2;
    return command_call(conf, "agency", done, sql_agency_set_active, 3,
        (const char *const[]){args.words[0], is_active, command_user()});
}

static int
agency_disable(const struct conf *conf, int argc, char **argv)
{
    return agency_set_active(conf, argc, argv, "false", "disabled");
}

static int
agency_enable(const struct conf *conf, int argc, char **argv)
{
    return agency_set_active(conf, argc, argv, "true", "enabled");
}

static int
agency_list(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "agency", no_options, 0, 0, argc, argv) != 0)
        return 2;
    return command_show(conf, "agency", sql_agency_list, 0, NULL);
}

int
command_agency(const struct conf *conf, int argc, char **argv)
{
    static const struct command_verb verbs[] = {{"add", agency_add}, {"list", agency_list},
        {"disable", agency_disable}, {"enable", agency_enable}, {NULL, NULL}};

    return command_verb_run(verbs, conf, argc, argv);
}

static int
point_add(const struct conf *conf, int argc, char **argv)
{
    enum { REGION, NAME, NUMBER_REGION, NUMBER_SOURCE };
    static const struct option options[] = {{"region", required_argument, NULL, REGION},
        {"name", required_argument, NULL, NAME},
        {"number-region", required_argument, NULL, NUMBER_REGION},
        {"number-source", required_argument, NULL, NUMBER_SOURCE}, {NULL, 0, NULL, 0}};
    struct command_args args;

    if (command_args_read(&args, "point", options, 1, 1, argc, argv) != 0)
        return 2;
    if (args.values[REGION] == NULL || args.values[NAME] == NULL)
        return command_misused("point", "add needs --region and --name");
    if (args.values[NUMBER_SOURCE] == NULL)
        args.values[NUMBER_SOURCE] = "tcrd";
    return command_call(conf, "point", "point", sql_point_add, 6,
        (const char *const[]){args.words[0], args.values[REGION], args.values[NAME],
            args.values[NUMBER_REGION], args.values[NUMBER_SOURCE], command_user()});
}

static int
point_list(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "point", no_options, 0, 0, argc, argv) != 0)
        return 2;
    return command_show(conf, "point", sql_point_list, 0, NULL);
}

int
command_point(const struct conf *conf, int argc, char **argv)
{
    static const struct command_verb verbs[] = {
        {"add", point_add}, {"list", point_list}, {NULL, NULL}};

    return command_verb_run(verbs, conf, argc, argv);
}

#include "server/command/sample_codes.h"

#include <string.h>

#include "common/date.h"
#include "server/command/command_db.h"
#include "server/command/sample_sql.h"

/* A day, or none where there is no limit. */
static int32_t
limit_at(const PGresult *res, int row, int column, int32_t none)
{
    int32_t day = none;

    if (!PQgetisnull(res, row, column) && !date_parse(PQgetvalue(res, row, column), &day))
        return none;
    return day;
}

static void
take_codes(struct codes *codes, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct code code = {.list = PQgetvalue(res, row, 0),
            .code = PQgetvalue(res, row, 1),
            .name_zh = PQgetvalue(res, row, 2),
            .name_en = PQgetvalue(res, row, 3),
            .parent = PQgetvalue(res, row, 4),
            .valid_from = limit_at(res, row, 5, INT32_MIN),
            .valid_to = limit_at(res, row, 6, INT32_MAX)};

        codes_add(codes, &code);
    }
}

static void
take_rules(struct codes *codes, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        const char *severity = PQgetvalue(res, row, 1);
        struct rule_row rule = {.rule = {.id = PQgetvalue(res, row, 0),
                                    .article = PQgetvalue(res, row, 2),
                                    .is_final = *PQgetvalue(res, row, 3) == 't',
                                    .zh = PQgetvalue(res, row, 4),
                                    .en = PQgetvalue(res, row, 5)},
            .kind = codes_rule_kind(PQgetvalue(res, row, 6)),
            .region = PQgetvalue(res, row, 7),
            .group = PQgetvalue(res, row, 8),
            .is_required = *PQgetvalue(res, row, 9) == 't',
            .value = PQgetvalue(res, row, 10),
            .is_enabled = *PQgetvalue(res, row, 11) == 't',
            .valid_from = limit_at(res, row, 12, INT32_MIN),
            .valid_to = limit_at(res, row, 13, INT32_MAX)};

        rule.rule.severity = strcmp(severity, "refusal") == 0    ? RULE_REFUSAL
                             : strcmp(severity, "waivable") == 0 ? RULE_WAIVABLE
                                                                 : RULE_HINT;
        codes_add_rule(codes, &rule);
    }
}

struct codes *
sample_codes_read(PGconn *db, struct err *err)
{
    PGresult *lists = command_query(db, err, sql_sample_codes, 0, NULL);
    PGresult *rules = lists == NULL ? NULL : command_query(db, err, sql_sample_rules, 0, NULL);
    struct codes *codes = NULL;

    if (rules != NULL) {
        codes = codes_new();
        take_codes(codes, lists);
        take_rules(codes, rules);
        codes_seal(codes);
    }
    PQclear(rules);
    PQclear(lists);
    return codes;
}

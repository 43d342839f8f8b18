#include "server/command/rules_sql.h"

const char sql_rule_list[] = "select kind, id, region, validity, state, proof, value, zh, article "
                             "from tcr.rule_list($1, $2)";
const char sql_rule_show[] = "select id, region, validity, member, content from tcr.rule_show($1)";
const char sql_rule_batches[] =
    "select number, kind, at, by_whom, rows, file, taken_back from tcr.rule_batches()";
const char sql_rule_check[] =
    "select id, region, fault from tcr.rule_check(string_to_array($1, ','))";
const char sql_rule_load[] = "select what, line, id, detail from tcr.rule_load($1, $2, $3, $4)";
const char sql_rule_confirm[] = "select tcr.rule_confirm($1, $2, $3, $4)";
const char sql_rule_undo[] = "select tcr.rule_undo($1, $2)";
const char sql_calendar_show[] =
    "select day, weekday, kind, name_zh, state from tcr.calendar_show($1)";
const char sql_calendar_load[] = "select what, line, detail from tcr.calendar_load($1, $2)";
const char sql_calendar_due[] =
    "select due_on, is_provisional, rule, proof from tcr.calendar_due($1, $2, $3, $4)";

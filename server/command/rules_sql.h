#ifndef TCRD_COMMAND_RULES_SQL_H
#define TCRD_COMMAND_RULES_SQL_H
/* rules_sql - the statements of rules and calendar; what they call is in sql/functions. */
extern const char sql_rule_list[];     /* day, kind: a table to print */
extern const char sql_rule_show[];     /* id: a table to print */
extern const char sql_rule_batches[];  /* a table to print */
extern const char sql_rule_check[];    /* ids with commas between them: id, region, fault */
extern const char sql_rule_load[];     /* rows, file, sha256, by: what, record, id, detail */
extern const char sql_rule_confirm[];  /* id, region, is_enabled, by: number of the batch */
extern const char sql_rule_undo[];     /* number, by: rows */
extern const char sql_calendar_show[]; /* year: a table to print */
extern const char sql_calendar_load[]; /* rows, by: what, record, detail */
extern const char
    sql_calendar_due[]; /* from, rules, kind, days: day, is_provisional, rule, proof */
#endif

#ifndef TCRD_COMMAND_AGGREGATE_SQL_H
#define TCRD_COMMAND_AGGREGATE_SQL_H
/* aggregate_sql - the statements of the nightly job; the work is in sql/functions/nightly.sql and
 * nightly_clock.sql; the chores have theirs beside them in aggregate.c. */
extern const char sql_aggregate_lock_try[]; /* until the connection ends */
extern const char sql_aggregate_unlock[];
extern const char sql_aggregate_quiet[];
extern const char sql_job_start[];      /* job, day: id */
extern const char sql_job_finish[];     /* id, outcome, counts */
extern const char sql_cubes_roll[];     /* day, rebuild: facts */
extern const char sql_nightly_vacuum[]; /* not inside a transaction */
/* What differs, as place, cell, expected, found, contracts: by the sums of all months, and cell by
 * cell in months that changed, in none that agrees, in all. */
extern const char sql_nightly_verify[];
extern const char sql_nightly_recount[];
extern const char sql_nightly_verify_all[];
extern const char sql_nightly_close[];  /* day: days, null when facts came in late */
extern const char sql_difference_add[]; /* run, place, cell, expected, found, contracts */
extern const char sql_fact_years[];     /* partitions for this year and the next */
#endif

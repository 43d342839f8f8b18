#ifndef TCRD_COMMAND_SAMPLE_SQL_H
#define TCRD_COMMAND_SAMPLE_SQL_H
/* sample_sql - the statements of the sample command; what they call is in
 * sql/functions/sample_load.sql. */
extern const char sql_sample_codes[];
extern const char sql_sample_rules[];
extern const char sql_sample_region[];
extern const char sql_sample_is_welcome[];
extern const char sql_sample_days[];
extern const char sql_sample_layouts[];
extern const char sql_sample_filers[];
extern const char sql_sample_points[];
extern const char sql_sample_serials[];
extern const char sql_sample_open[];
extern const char sql_sample_lock[];
extern const char sql_sample_unindex[];
extern const char sql_sample_index[];
extern const char *const sql_sample_copy[]; /* by enum sample_table, without "from stdin" */
extern const char sql_sample_close[];
extern const char sql_sample_analyze[];
#endif

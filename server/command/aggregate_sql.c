#include "server/command/aggregate_sql.h"

const char sql_aggregate_lock_try[] = "select pg_try_advisory_lock(hashtext('tcrd aggregate'))";
const char sql_aggregate_unlock[] = "select pg_advisory_unlock_all()";
const char sql_aggregate_quiet[] = "set client_min_messages = warning";
const char sql_job_start[] = "select tcr.job_start('aggregate', $1)";
const char sql_job_finish[] = "select tcr.job_finish($1, $2, $3)";
const char sql_cubes_roll[] = "select tcr.cubes_roll(tcr.nightly_seq($1), $2)";
const char sql_nightly_verify[] =
    "select place, cell, expected, found, contracts from tcr.nightly_verify(false)";
const char sql_nightly_recount[] =
    "select place, cell, expected, found, contracts from tcr.nightly_recount()";
const char sql_nightly_verify_all[] =
    "select place, cell, expected, found, contracts from tcr.nightly_verify(true)";
const char sql_nightly_vacuum[] =
    "vacuum (skip_locked, index_cleanup off, truncate off) tcr.contract_release, tcr.fact,"
    " tcr.cube_area, tcr.cube_party, tcr.cube_agency, tcr.cube_flow";
const char sql_nightly_close[] = "select tcr.nightly_close($1)";
const char sql_difference_add[] = "select tcr.difference_add($1, $2, $3, $4, $5, $6)";
const char sql_fact_years[] = "select tcr.fact_years(extract(year from tcr.today())::integer,"
                              " extract(year from tcr.today())::integer + 1)";

#include "server/reference/reference.h"

static const struct field year_path[] = {
    {"region", FIELD_TEXT, FIELD_REQUIRED, .max = 6},
    {"year", FIELD_INT, FIELD_REQUIRED, .min = 1900, .max = 2199},
    {0},
};

static const struct field period_path[] = {
    {"region", FIELD_TEXT, FIELD_REQUIRED, .max = 6},
    {"period", FIELD_TEXT, FIELD_REQUIRED, .max = 10},
    {0},
};

const struct reference_file reference_files[] = {
    {"targets", &target_set_method, year_path, NULL},
    {"gdp", &gdp_set_method, year_path, NULL},
    {"peers", &peer_set_method, period_path, NULL},
    {"external", &external_import_method, NULL, "records"},
    {0},
};

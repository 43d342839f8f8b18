#ifndef TCRD_REFERENCE_REFERENCE_INT_H
#define TCRD_REFERENCE_REFERENCE_INT_H
/* reference_int - what the files of this room share: members and parameters that every kind of
 * value has, and the bounds of a call. */
enum {
    SOURCE_MAX = 200,
    /* contracts a call; a body holds about twice as many */
    EXTERNAL_MAX = 1000
};

#define REFERENCE_MEASURES "count|total_amount|technology_amount"
#define REFERENCE_BASES "registered|output|absorbed|local"

#define FIELD_SOURCE                                                                               \
    {                                                                                              \
        "source", FIELD_TEXT, FIELD_REQUIRED, .max = SOURCE_MAX,                                   \
                                              .help = "document or publication with its number"    \
    }
#define FIELD_SOURCE_DAY                                                                           \
    {                                                                                              \
        "day", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "day of the source"          \
    }

#define PARAM_REGION                                                                               \
    {                                                                                              \
        "region", PARAM_IN_PATH, PARAM_TEXT, "2, 4 or 6 digits of GB/T 2260"                       \
    }
#define PARAM_REGION_ASKED                                                                         \
    {                                                                                              \
        "region", PARAM_IN_QUERY, PARAM_TEXT, "2, 4 or 6 digits of GB/T 2260"                      \
    }
#define PARAM_AS_OF                                                                                \
    {                                                                                              \
        "as_of", PARAM_IN_QUERY, PARAM_INT, "as it stood at this number of the sequence"           \
    }
#define PARAM_HISTORY                                                                              \
    {                                                                                              \
        "history", PARAM_IN_QUERY, PARAM_BOOL, "true: every version, not the last ones alone"      \
    }
#define PARAM_LIMIT                                                                                \
    {                                                                                              \
        "limit", PARAM_IN_QUERY, PARAM_INT, "items a page, at most 200"                            \
    }
#define PARAM_CURSOR                                                                               \
    {                                                                                              \
        "cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"                             \
    }
#endif

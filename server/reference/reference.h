#ifndef TCRD_REFERENCE_REFERENCE_H
#define TCRD_REFERENCE_REFERENCE_H
#include "server/api/fields.h"
#include "server/api/method.h"
/* reference - values that the record does not make itself (targets, regional GDP, figures of other
 * cities, contracts registered elsewhere), and the periods that the bureau closes. The methods of
 * this room for app/routes.c, and the tables of what can be read from a file for tcrd import. */
extern const struct method target_set_method;
extern const struct method target_list_method;
extern const struct method target_pace_method;
extern const struct method gdp_set_method;
extern const struct method gdp_list_method;
extern const struct method peer_set_method;
extern const struct method peer_list_method;
extern const struct method peer_compare_method;
extern const struct method external_import_method;
extern const struct method external_list_method;
extern const struct method external_sums_method;
extern const struct method closing_close_method;
extern const struct method closing_get_method;
extern const struct method closing_list_method;

/* What a record of a file says: the members of the method's body, after those that its path has. */
struct reference_file {
    const char *name; /* "targets" */
    const struct method *method;
    const struct field *path; /* NULL: nothing */
    /* NULL: a record is one call. Otherwise the file is one call, and its records are the items of
     * the list of this name; the other members of the body come from options of their names. */
    const char *list;
};

/* Ends with name NULL. */
extern const struct reference_file reference_files[];
#endif

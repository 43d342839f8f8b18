#ifndef TCRD_API_JSON_IN_H
#define TCRD_API_JSON_IN_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/api/fault.h"
/* json_in - typed, bounded reads from the small bodies of acts (the form has its own table).
 *
 * Each reader adds a fault with the JSON Pointer of the member and goes on, so that one answer
 * names every fault. null equals absent.
 */

/* Every member of object must be one of names (ending with NULL). */
void json_in_known(
    struct fault_list *faults, const json_t *object, const char *pointer, const char *const *names);
/* A text of at most max characters without control characters; NULL when absent or faulty (a fault
 * if required). */
const char *json_in_text(struct fault_list *faults, const json_t *object, const char *pointer,
    const char *name, int max, bool required);
/* An object or array, or NULL. */
const json_t *json_in_object(
    struct fault_list *faults, const json_t *object, const char *pointer, const char *name);
const json_t *json_in_array(struct fault_list *faults, const json_t *object, const char *pointer,
    const char *name, int max, bool required);
/* -1 absent or faulty, else 0 or 1. */
int json_in_bool(struct fault_list *faults, const json_t *object, const char *pointer,
    const char *name, bool required);
/* True when a day was read. */
bool json_in_date(struct fault_list *faults, const json_t *object, const char *pointer,
    const char *name, int32_t *day);
#endif

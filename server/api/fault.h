#ifndef TCRD_API_FAULT_H
#define TCRD_API_FAULT_H
#include "common/arena.h"
/* fault - what is wrong with a request, all of it at once: DESIGN.md section 3, rule 8.
 *
 * A list belongs to an arena; texts added with fault_add() are copied into it. At most FAULTS_MAX
 * are kept, so that a hostile body cannot make an answer without bound.
 */
enum { FAULTS_MAX = 500 };

struct fault {
    const char *pointer; /* JSON Pointer into the body (or "?name" for a query parameter) */
    const char *rule;
    const char *article; /* only of a final source; NULL without */
    const char *zh;
    const char *en;
};

struct fault_list {
    struct arena *arena;
    struct fault *items;
    int count;
    int cap;
};

void fault_add(struct fault_list *list, const char *pointer, const char *rule, const char *article,
    const char *zh, const char *en);
#endif

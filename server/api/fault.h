#ifndef TCRD_API_FAULT_H
#define TCRD_API_FAULT_H
#include "common/arena.h"
#include "server/codes/codes.h"
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
/* Of a parameter by its name, which may come from a peer: it is cut. */
void fault_add_param(struct fault_list *list, const char *name, size_t len, const char *rule,
    const char *zh, const char *en);
/* The same with article and texts from the rule's row; what is particular to this case
 * (NULL: nothing) follows the texts. */
void fault_add_rule(struct fault_list *list, const struct codes *codes, const char *pointer,
    const char *rule, const char *more_zh, const char *more_en);

/* pointer with one step more; name may come from a peer: it is escaped (RFC 6901) and cut. */
const char *fault_pointer(struct arena *arena, const char *pointer, const char *name);
#endif

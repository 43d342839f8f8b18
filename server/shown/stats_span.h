#ifndef TCRD_SHOWN_STATS_SPAN_H
#define TCRD_SHOWN_STATS_SPAN_H
#include <stdbool.h>
#include <stdint.h>
/* stats_span - sums that may be told together. Pure.
 *
 * What somebody can work out of sums that he was told is every linear combination of them: a space
 * of vectors with one column for each contract. The space is admitted sum by sum, and only so that
 * every combination but nothing at all holds contracts of at least three sellers and of at least
 * three buyers - among all contracts, and again among those that he does not know already.
 *
 * A basis of the space has a pivot column for each of its rows, and no combination is zero in all
 * of them. So the space is kept as three bases whose pivots have no seller in common, and as three
 * whose pivots have no buyer in common: each of the three shows a party of its own. This may refuse
 * what could be told, never the other way round. Numbers are those of a prime field: what is not
 * zero there is not zero.
 */

enum { SPAN_SELLER, SPAN_BUYER, SPAN_KINDS }; /* of parties */

struct span_column {
    int party[SPAN_KINDS]; /* below parties */
    bool is_known;         /* to who is told */
};

struct span_term {
    int column;
    int factor; /* not zero */
};

/* What a sum may take. A party that shows a row of one basis shows none of another from then on: a
 * sum that stands back binds no seller who is free yet. Sellers are few and come again, most buyers
 * come once. */
enum span_claim { SPAN_FIRST, SPAN_STANDS_BACK };

struct stats_span;

/* columns is borrowed until stats_span_free(). */
struct stats_span *stats_span_new(const struct span_column *columns, int count, int parties);
void stats_span_free(struct stats_span *span); /* accepts NULL */

/* May this sum be told as well? True: it belongs to the space from now on. Each column once. After
 * so much work as a record hardly ever takes the answer is always no; work is counted, not timed,
 * so that the same sums have the same answers. */
bool stats_span_admit(
    struct stats_span *span, const struct span_term *terms, int count, enum span_claim claim);

/* The work of all sums so far. */
int64_t stats_span_work(const struct stats_span *span);
#endif

#ifndef TCRD_COMMAND_SAMPLE_TITLE_H
#define TCRD_COMMAND_SAMPLE_TITLE_H
#include <stdint.h>
/* sample_title - titles of projects. Pure.
 *
 * Two titles with another field, leaf (place in sample_fields, sample_leaves) or number are never
 * the same, so no contract of a load is an exact duplicate of another one.
 */
enum { SAMPLE_TITLE_BYTES = 256 };
/* title has SAMPLE_TITLE_BYTES; number >= 0. */
void sample_title(int field, int leaf, int64_t number, char *title);
#endif

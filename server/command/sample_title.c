#include "server/command/sample_title.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/command/sample_words.h"

enum {
    CYCLE = SAMPLE_MODIFIERS * SAMPLE_SUBJECTS * SAMPLE_ENDINGS, /* 960 */
    STRIDE = 467 /* shares no factor with CYCLE: every title comes once in a cycle */
};

void
sample_title(int field, int leaf, int64_t number, char *title)
{
    const struct sample_field *words = &sample_fields[field];
    int64_t round = number / CYCLE;
    int at = (int)(number % CYCLE * STRIDE % CYCLE);
    int used =
        snprintf(title, SAMPLE_TITLE_BYTES, "%s%s%s", words->modifiers[at % SAMPLE_MODIFIERS],
            words->subjects[at / SAMPLE_MODIFIERS % SAMPLE_SUBJECTS],
            sample_leaves[leaf].endings[at / SAMPLE_MODIFIERS / SAMPLE_SUBJECTS]);

    if (round > 0 && used > 0 && used < SAMPLE_TITLE_BYTES)
        snprintf(
            title + used, (size_t)(SAMPLE_TITLE_BYTES - used), "（第%" PRId64 "期）", round + 1);
}

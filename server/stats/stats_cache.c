#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/digest.h"
#include "server/api/answer_cache.h"
#include "server/api/api.h"
#include "server/stats/stats_int.h"

/* Answers to questions that were asked before. What decides an answer beside the record: the
 * parameters as they were sent, what the principal may see of it (of the area an agency sees what
 * does not tell beside its own contracts), the form, the day that growth compares with, and the
 * names of codes. */
static void
make_key(struct call *call, const struct stats_question *question, uint8_t *key)
{
    struct sha256 *digest = sha256_new();
    int64_t agency_id = question->is_closed    ? call->principal.agency_id
                        : question->has_agency ? question->agency_id
                                               : 0;
    char view[96];

    call_digest(call, key);
    snprintf(view, sizeof(view), "%s %lld %s %d %lld %llu",
        question->is_own      ? "own"
        : question->is_closed ? "closed"
                              : "area",
        (long long)agency_id, question->region, (int)call->format, (long long)clock_today(),
        (unsigned long long)api_codes_generation(call->api));
    sha256_add(digest, key, SHA256_BYTES);
    sha256_add(digest, view, strlen(view));
    sha256_take(digest, key);
    sha256_free(digest);
}

bool
stats_cache_find(struct call *call, const struct stats_question *question, struct stats_kept *kept)
{
    const struct cached_answer *found;

    make_key(call, question, kept->key);
    /* Before the record is asked: what moves from now on makes this answer an old one. */
    kept->version = api_version(call->api);
    found = answer_cache_find(api_cache(call->api), kept->key, kept->version);
    if (found == NULL)
        return false;
    buf_add(&call->reply.body, found->body.data, found->body.len);
    call->reply.content_type = found->content_type;
    call->reply.has_as_of = found->as_of_seq >= 0;
    call->reply.as_of_seq = found->as_of_seq;
    if (found->disposition[0] != '\0')
        call->reply.disposition = arena_strdup(call->arena, found->disposition);
    if (found->coverage[0] != '\0')
        call->reply.coverage = arena_strdup(call->arena, found->coverage);
    return true;
}

void
stats_cache_keep(struct call *call, const struct stats_kept *kept)
{
    const struct call_reply *reply = &call->reply;
    struct cached_answer answer = {.content_type = reply->content_type,
        .as_of_seq = reply->has_as_of ? reply->as_of_seq : -1,
        .body = reply->body};

    if (reply->disposition != NULL)
        snprintf(answer.disposition, sizeof(answer.disposition), "%s", reply->disposition);
    if (reply->coverage != NULL)
        snprintf(answer.coverage, sizeof(answer.coverage), "%s", reply->coverage);
    answer_cache_keep(api_cache(call->api), kept->key, kept->version, &answer);
}

/* A closed day is the same for ever, so its version is none of those that move. */
void
stats_cache_shown_key(struct call *call, const struct stats_answer *answer, uint8_t *key)
{
    char text[96];

    snprintf(text, sizeof(text), "shown %lld %d %lld", (long long)call->principal.agency_id,
        answer->has_closed_day ? (int)answer->closed_on : 0, (long long)answer->as_of_seq);
    sha256_of(text, strlen(text), key);
}

const struct buf *
stats_cache_find_shown(struct call *call, const struct stats_answer *answer)
{
    uint8_t key[ANSWER_KEY_BYTES];
    const struct cached_answer *found;

    stats_cache_shown_key(call, answer, key);
    found = answer_cache_find(api_cache(call->api), key, 0);
    return found == NULL ? NULL : &found->body;
}

void
stats_cache_keep_shown(
    struct call *call, const struct stats_answer *answer, const struct buf *shown)
{
    uint8_t key[ANSWER_KEY_BYTES];
    struct cached_answer kept = {.as_of_seq = -1, .body = *shown};

    stats_cache_shown_key(call, answer, key);
    answer_cache_keep(api_cache(call->api), key, 0, &kept);
}

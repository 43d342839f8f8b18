/* Any JSON text as the body of a filing: nothing crashes, and what has no fault is written and read
 * back the same. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/digest.h"
#include "server/codes/codes_csv.h"
#include "server/form/contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static const struct codes *
the_codes(void)
{
    static struct codes *codes;
    struct err err;

    if (codes == NULL) {
        codes = codes_read_directory("sql/codes", &err);
        require(codes != NULL, "run from the top of the checkout");
    }
    return codes;
}

/* Faults go into a JSON answer, so each of their texts must be valid UTF-8. */
static void
require_printable(const struct fault_list *faults)
{
    for (int i = 0; i < faults->count; i++) {
        const char *texts[] = {faults->items[i].pointer, faults->items[i].zh, faults->items[i].en};

        for (size_t n = 0; n < 3; n++) {
            json_t *text = json_string(texts[n]);

            require(text != NULL, "a fault is valid UTF-8");
            json_decref(text);
        }
    }
}

static void
write_body(struct buf *out, const struct contract *contract, bool with_private)
{
    buf_putc(out, '{');
    contract_write(out, contract, with_private);
    buf_putc(out, '}');
}

static void
round_trip(const struct contract *contract)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract again;
    struct buf first = {0};
    struct buf second = {0};
    json_t *body;

    write_body(&first, contract, true);
    body = json_loadb(first.data, first.len, JSON_REJECT_DUPLICATES, NULL);
    require(body != NULL, "the canonical text is JSON");
    contract_parse(arena, body, &again, &faults);
    require(faults.count == 0, "the canonical text has no fault");
    write_body(&second, &again, true);
    require(strcmp(first.data, second.data) == 0, "the canonical text is stable");
    json_decref(body);
    buf_clear(&second);
    write_body(&second, contract, false);
    body = json_loadb(second.data, second.len, JSON_REJECT_DUPLICATES, NULL);
    require(body != NULL, "the public text is JSON");
    json_decref(body);
    buf_clear(&first);
    buf_clear(&second);
    arena_free(arena);
}

static void
overlay(struct arena *arena, const json_t *body)
{
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    json_t *merged;

    contract_overlay(arena, body, body, &merged, &faults);
    require_printable(&faults);
    contract_parse(arena, merged, &contract, &faults);
    json_decref(merged);
}

/* The same body as what a change proposes, and as what it makes forgotten. */
static void
change(struct arena *arena, const json_t *body)
{
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    json_t *earlier = json_deep_copy(body);
    json_t *merged;

    contract_change(body, body, &merged, &faults);
    require_printable(&faults);
    contract_hide_private(merged);
    contract_parse(arena, merged, &contract, &faults);
    contract_forget(earlier, body);
    json_decref(earlier);
    json_decref(merged);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *body =
        json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    struct arena *arena;
    struct fault_list faults = {0};
    struct fault_list refusals = {0};
    struct contract contract;
    uint8_t key[SHA256_BYTES];

    if (body == NULL)
        return 0;
    arena = arena_new();
    faults.arena = arena;
    refusals.arena = arena;
    contract_parse(arena, body, &contract, &faults);
    contract_check(&contract, the_codes(), 20544, &refusals, &refusals);
    require_printable(&faults);
    require_printable(&refusals);
    if (faults.count == 0) {
        contract_duplicate_key(&contract, key);
        round_trip(&contract);
    }
    overlay(arena, body);
    change(arena, body);
    json_decref(body);
    arena_free(arena);
    return 0;
}

#ifndef TCRD_TESTS_UNIT_CONTRACT_FIXTURE_H
#define TCRD_TESTS_UNIT_CONTRACT_FIXTURE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/date.h"
#include "server/codes/codes_csv.h"
#include "server/form/contract.h"
/* contract_fixture - a filing that breaks no rule, edited by JSON Pointer, and its faults as lines
 * of text. */

static const char good_body[] =
    "{\"contract_no\":\"LYKJ-2026-018\",\"project_name\":\"有机硅耐高低温高端密封件联合开发\","
    "\"contract_type\":\"102\","
    "\"signed_on\":\"2026-03-18\",\"term_begins_on\":\"2026-03-18\",\"term_ends_on\":\"2028-03-"
    "17\","
    "\"total_amount\":\"1200000.00\",\"deductions\":[{\"kind\":\"x_equipment\",\"amount\":\"250000."
    "00\","
    "\"note\":\"试验台\"}],\"payment_method\":\"2\",\"currency\":\"CNY\",\"is_related\":false,"
    "\"technical_field\":\"05\",\"ip_types\":[\"2\"],\"plan_source\":\"9\",\"objective\":\"10\","
    "\"service_industry\":\"29\",\"undertaking\":true,\"filed_as\":\"seller\","
    "\"seller\":{\"name\":\"沂水精工密封件有限公司\",\"credit_code\":\"91371323MA3C00003Q\","
    "\"party_type\":\"150\","
    "\"region\":\"371323\",\"industry\":\"29\",\"representative\":\"王建国\",\"address\":"
    "\"沂水县长安中路8号\","
    "\"contact\":{\"name\":\"李敏\",\"phone\":\"0539-2250000\"}},"
    "\"buyer\":{\"name\":\"济南重工股份有限公司\",\"credit_code\":\"91371300MA0000023Y\",\"party_"
    "type\":\"150\","
    "\"region\":\"370102\",\"industry\":\"34\",\"representative\":\"赵磊\",\"address\":"
    "\"济南市历下区工业路1号\"},"
    "\"related\":{\"project\":null,\"achievement\":null,\"demand\":null,\"event\":null,\"voucher\":"
    "null}}";

static inline int32_t
day(const char *text)
{
    int32_t out = 0;

    assert_true(date_parse(text, &out));
    return out;
}

static inline json_t *
load(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (json == NULL)
        fail_msg("%s in %s", error.text, text);
    return json;
}

/* Sets what pointer names ("/a/0/b"; the index may be one past the end) to a JSON text; "-" takes
 * it away. */
static inline void
edit(json_t *body, const char *pointer, const char *text)
{
    char path[256];
    char *save = NULL;
    char *step;
    char *next;
    json_t *at = body;

    snprintf(path, sizeof(path), "%s", pointer);
    for (step = strtok_r(path, "/", &save); step != NULL; step = next) {
        next = strtok_r(NULL, "/", &save);
        if (next == NULL)
            break;
        if (json_is_array(at))
            at = json_array_get(at, (size_t)atoi(step));
        else if (json_object_get(at, step) == NULL)
            json_object_set_new(at, step, json_object());
        if (!json_is_array(at))
            at = json_object_get(at, step) ? json_object_get(at, step) : at;
    }
    assert_non_null(step);
    if (strcmp(text, "-") == 0)
        json_object_del(at, step);
    else if (json_is_array(at) && (size_t)atoi(step) == json_array_size(at))
        json_array_append_new(at, load(text));
    else if (json_is_array(at))
        json_array_set_new(at, (size_t)atoi(step), load(text));
    else
        json_object_set_new(at, step, load(text));
}

/* One "pointer rule" per line, in the order found. */
static inline char *
fault_lines(const struct fault_list *faults)
{
    struct buf out = {0};

    buf_puts(&out, "");
    for (int i = 0; i < faults->count; i++)
        buf_printf(
            &out, "%s%s %s", i == 0 ? "" : "\n", faults->items[i].pointer, faults->items[i].rule);
    return out.data;
}
#endif

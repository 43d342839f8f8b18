#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/requests/requests.h"

/* Holds on parties: contract.get shows them to who decides, and a certification asks about them. */

static const struct field place_fields[] = {
    {"party", FIELD_TEXT, FIELD_REQUIRED, .max = 100,
        .help = "credit code, identity number or foreign number of the party"},
    {"reason", FIELD_LINES, FIELD_REQUIRED, .max = 500, .help = "shown to who decides"},
    {"expires_on", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_PAST, .help = "last day of the hold"},
    {0},
};

static const struct field lift_fields[] = {
    {"note", FIELD_LINES, FIELD_REQUIRED, .max = 500},
    {0},
};

static const struct method_param lift_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the hold"},
    {0},
};

static const struct method_param list_params[] = {
    {"party", PARAM_IN_QUERY, PARAM_TEXT, "code of the party"},
    {"active", PARAM_IN_QUERY, PARAM_BOOL, "true: those in force today; false: the others"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "holds a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method hold_place_method = {
    .name = "hold.place",
    .verb = "POST",
    .path = "/v1/holds",
    .roles = ROLE_BUREAU | ROLE_REGISTRAR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .fields = place_fields,
    .summary_en = "Hold a party, with a reason and an end: its contracts are looked at twice",
    .summary_zh = "对当事人设置关注标记,须有理由和期限",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method hold_lift_method = {
    .name = "hold.lift",
    .verb = "POST",
    .path = "/v1/holds/{id}/lift",
    .roles = ROLE_BUREAU | ROLE_REGISTRAR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 200,
    .params = lift_params,
    .fields = lift_fields,
    .summary_en = "Lift a hold before its end: the bureau, or the point that placed it",
    .summary_zh = "解除关注标记:由科技局或设置该标记的登记机构办理",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method hold_list_method = {
    .name = "hold.list",
    .verb = "GET",
    .path = "/v1/holds",
    .roles = ROLE_BUREAU | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en = "Holds on parties, newest first",
    .summary_zh = "当事人关注标记列表,从新到旧",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

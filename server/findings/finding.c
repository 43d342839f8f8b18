#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/findings/findings.h"

static const struct field answer_fields[] = {
    {"verdict", FIELD_CHOICE, FIELD_REQUIRED, .list = "cleared|confirmed|linked",
        .help = "cleared: nothing is wrong; confirmed: it is as the rule suspects, and a same_... "
                "finding then bars the certificate; linked: another contract belongs to it"},
    {"note", FIELD_LINES, FIELD_REQUIRED, .max = 500, .help = "the reason, kept with the answer"},
    {"other_contract", FIELD_ID,
        .help = "one of the contracts of the evidence: needed with linked, allowed with confirmed"},
    {0},
};

static const struct method_param contract_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the contract"},
    {0},
};

static const struct method_param answer_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the contract"},
    {"rule", PARAM_IN_PATH, PARAM_TEXT, "rule of the finding, like finding.same_number"},
    {0},
};

static const struct method_param open_params[] = {
    {"point", PARAM_IN_QUERY, PARAM_INT,
        "id of the registration point; a registrar sees those of its own"},
    {"rule", PARAM_IN_QUERY, PARAM_TEXT, "findings of this rule only"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "findings a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method finding_list_method = {
    .name = "finding.list",
    .verb = "GET",
    .path = "/v1/contracts/{id}/findings",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = contract_params,
    .summary_en = "Near duplicates and anomalies of a contract as found now, with the answers",
    .summary_zh = "一份合同的疑似重复与异常（实时）及处理结论",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method finding_open_method = {
    .name = "finding.open",
    .verb = "GET",
    .path = "/v1/findings",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = open_params,
    .summary_en = "Findings of accepted contracts that nobody has answered yet",
    .summary_zh = "在办合同中尚未处理的疑似重复与异常",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method finding_answer_method = {
    .name = "finding.answer",
    .verb = "POST",
    .path = "/v1/contracts/{id}/findings/{rule}",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = answer_params,
    .fields = answer_fields,
    .summary_en = "Record what a finding turned out to be",
    .summary_zh = "登记一条疑似重复或异常的处理结论",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/registers/registers.h"

#define ROLES "agency|registrar|reviewer|county|bureau|auditor|administrator"

static const struct field add_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 64, .help = "a-z 0-9 . _ -, unique"},
    {"employer_code", FIELD_CREDIT_CODE,
        .help = "of the employer: nobody decides where the employer is a party"},
    {0},
};

static const struct field role_item[] = {
    {"", FIELD_CHOICE, .list = ROLES},
    {0},
};

static const struct field grant_fields[] = {
    {"roles", FIELD_LIST, .max = 7, .fields = role_item, .help = "to be added"},
    {"agency", FIELD_ID, .help = "whose contracts it files; needed for agency"},
    {"point", FIELD_ID, .help = "where it decides; needed for registrar and reviewer"},
    {"region", FIELD_TEXT, .max = 6, .help = "its area, GB/T 2260; needed for county"},
    {"employer_code", FIELD_CREDIT_CODE,
        .help = "of the employer: nobody decides where the employer is a party"},
    {0},
};

static const struct field revoke_fields[] = {
    {"roles", FIELD_LIST, FIELD_REQUIRED, .min = 1, .max = 7, .fields = role_item},
    {0},
};

static const struct field disable_fields[] = {
    {"hand_over_to", FIELD_TEXT, .max = 64,
        .help = "account of the same point that gets the open cases; absent: nobody"},
    {0},
};

static const struct field no_fields[] = {{0}};

static const struct method_param id_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the account"},
    {0},
};

static const struct method_param list_params[] = {
    {"q", PARAM_IN_QUERY, PARAM_TEXT, "part of the name"},
    {"role", PARAM_IN_QUERY, PARAM_TEXT, ROLES},
    {"agency", PARAM_IN_QUERY, PARAM_INT, "id of the agency"},
    {"point", PARAM_IN_QUERY, PARAM_INT, "id of the registration point"},
    {"active", PARAM_IN_QUERY, PARAM_BOOL, "false: the disabled ones"},
    {"expires_before", PARAM_IN_QUERY, PARAM_DATE, "with a live credential that ends before"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "accounts a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method account_list_method = {
    .name = "account.list",
    .verb = "GET",
    .path = "/v1/accounts",
    .roles = ROLE_BUREAU | ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en = "Accounts with roles and the days on which their credentials end",
    .summary_zh = "账户列表",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method account_get_method = {
    .name = "account.get",
    .verb = "GET",
    .path = "/v1/accounts/{id}",
    .roles = ROLE_BUREAU | ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = id_params,
    .summary_en = "One account",
    .summary_zh = "查询一个账户",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method account_add_method = {
    .name = "account.add",
    .verb = "POST",
    .path = "/v1/accounts",
    .roles = ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .fields = add_fields,
    .summary_en = "Create an account without a role: the bureau grants them. Keys come from the "
                  "command line (tcrd account key new)",
    .summary_zh = "创建账户(不含角色)",
    .location = "/v1/accounts/",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method account_grant_method = {
    .name = "account.grant",
    .verb = "POST",
    .path = "/v1/accounts/{id}/grant",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = grant_fields,
    .summary_en = "Give an account roles and what belongs to them; never the own",
    .summary_zh = "授予账户角色",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method account_revoke_method = {
    .name = "account.revoke",
    .verb = "POST",
    .path = "/v1/accounts/{id}/revoke",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = revoke_fields,
    .summary_en =
        "Take roles from an account; never the own. The cases of a former registrar go to nobody",
    .summary_zh = "撤销账户角色",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method account_disable_method = {
    .name = "account.disable",
    .verb = "POST",
    .path = "/v1/accounts/{id}/disable",
    .roles = ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = disable_fields,
    .summary_en = "Disable an account and hand over its open cases; never the own",
    .summary_zh = "停用账户并移交在办事项",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method account_enable_method = {
    .name = "account.enable",
    .verb = "POST",
    .path = "/v1/accounts/{id}/enable",
    .roles = ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = no_fields,
    .summary_en = "Enable a disabled account",
    .summary_zh = "启用账户",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

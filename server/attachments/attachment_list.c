#include "server/api/store.h"
#include "server/attachments/attachment_int.h"

/* What needs no bytes: tcr.fetch_attachment_list, tcr.store_attachment_remove. */

static const struct method_param list_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the contract"},
    {"history", PARAM_IN_QUERY, PARAM_BOOL,
        "true: every version, those that were superseded or taken back as well"},
    {0},
};

const struct method attachment_list_method = {
    .name = "attachment.list",
    .verb = "GET",
    .path = "/v1/contracts/{id}/attachments",
    .roles = ATTACHMENT_READERS,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en = "The attachments of a contract: name, kind, version, type, size, SHA-256",
    .summary_zh = "合同附件清单:名称、类别、版本、类型、大小、SHA-256",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

static const struct method_param remove_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the contract"},
    {"name", PARAM_IN_PATH, PARAM_TEXT, "name of the file"},
    {0},
};

const struct method attachment_remove_method = {
    .name = "attachment.remove",
    .verb = "DELETE",
    .path = "/v1/contracts/{id}/attachments/{name}",
    .roles = ATTACHMENT_WRITERS,
    .status = 200,
    .params = remove_params,
    .summary_en =
        "Take an attachment back, before the contract is accepted; what was once filed is "
        "kept in the history",
    .summary_zh = "受理前撤回附件;已随申报提交的版本仍保留在历史中",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

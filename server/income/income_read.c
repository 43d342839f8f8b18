#include "server/api/store.h"
#include "server/income/income.h"

/* Receipts and statements to read: one row here, one function in SQL each. */

#define READERS (ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR)

static const struct method_param list_params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {"status", PARAM_IN_QUERY, PARAM_TEXT, "recorded, verified or reversed"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "receipts a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static const struct method_param get_params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the receipt"},
    {0},
};

static const struct method_param contract_params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {"year", PARAM_IN_QUERY, PARAM_INT, "of the receipts; default every year"},
    {0},
};

static const struct method_param seller_params[] = {
    {"year", PARAM_IN_QUERY, PARAM_INT, "of the receipts"},
    {"seller", PARAM_IN_QUERY, PARAM_TEXT,
        "code of the seller (without one, the name); default the code of the calling agency"},
    {0},
};

const struct method receipt_list_method = {
    .name = "receipt.list",
    .verb = "GET",
    .path = "/v1/contracts/{id}/receipts",
    .roles = READERS,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en =
        "Receipts of a contract in the order of their recording, with sums and what is left",
    .summary_zh = "一份合同的到账收入及合计、余额",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method receipt_get_method = {
    .name = "receipt.get",
    .verb = "GET",
    .path = "/v1/receipts/{id}",
    .roles = READERS,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = get_params,
    .summary_en = "One receipt with its acts",
    .summary_zh = "查询一笔到账收入及其办理经过",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method income_contract_method = {
    .name = "income.contract",
    .verb = "GET",
    .path = "/v1/contracts/{id}/income",
    .roles = READERS,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = contract_params,
    .summary_en = "Verified technology received and income of a contract by year, and what is due",
    .summary_zh = "一份合同分年度的到账技术交易额、技术性收入及待收金额",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method income_award_method = {
    .name = "income.award",
    .verb = "GET",
    .path = "/v1/contracts/{id}/award",
    .roles = READERS,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = contract_params,
    .summary_en = "Basis of awards: net income by year, and the least share of it",
    .summary_zh = "奖酬金提取依据:分年度净收入及最低提取额",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method income_vat_method = {
    .name = "income.vat",
    .verb = "GET",
    .path = "/v1/statements/vat",
    .roles = READERS,
    .flags = METHOD_READS_RECORD | METHOD_REPORT,
    .status = 200,
    .params = seller_params,
    .summary_en = "A seller's receipts of a year for the VAT exemption",
    .summary_zh = "卖方年度到账明细(增值税免税用)",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method income_tax_method = {
    .name = "income.tax",
    .verb = "GET",
    .path = "/v1/statements/income-tax",
    .roles = READERS,
    .flags = METHOD_READS_RECORD | METHOD_REPORT,
    .status = 200,
    .params = seller_params,
    .summary_en = "A seller's transfer income of a tax year, split by the rows of the law",
    .summary_zh = "卖方年度技术转让所得(企业所得税用)",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

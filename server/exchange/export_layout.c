#include <string.h>

#include "server/exchange/export_int.h"

/* A cell is a column of the database, or the name of the code that stands there. */
struct source {
    enum export_row from;
    const char *list; /* NULL: the value itself */
    const char *other_list;
};

struct export_layout {
    const char *name;
    const struct table_column *columns;
    const struct source *sources;
    int count;
};

static const struct table_column register_columns[] = {
    {"id", TABLE_TEXT, "编号\nid", 10},
    {"registration_number", TABLE_TEXT, "登记编号\nregistration number", 20},
    {"status", TABLE_TEXT, "状态代码\nstatus", 12},
    {"status_zh", TABLE_TEXT, "状态\nstatus (Chinese)", 14},
    {"registered_on", TABLE_DAY, "登记日期\nregistered on", 12},
    {"contract_no", TABLE_TEXT, "合同编号\ncontract number", 18},
    {"project_name", TABLE_TEXT, "项目名称\nproject", 40},
    {"contract_type", TABLE_TEXT, "合同类别代码\ncontract type", 10},
    {"contract_type_zh", TABLE_TEXT, "合同类别\ncontract type (Chinese)", 16},
    {"technical_field", TABLE_TEXT, "技术领域代码\ntechnical field", 10},
    {"technical_field_zh", TABLE_TEXT, "技术领域\ntechnical field (Chinese)", 18},
    {"signed_on", TABLE_DAY, "签订日期\nsigned on", 12},
    {"filed_as", TABLE_TEXT, "申报方\nfiled as", 12},
    {"seller_name", TABLE_TEXT, "卖方\nseller", 30},
    {"seller_code", TABLE_TEXT, "卖方统一社会信用代码\nseller's credit code", 22},
    {"seller_type", TABLE_TEXT, "卖方类别代码\nkind of seller", 10},
    {"seller_district", TABLE_TEXT, "卖方县区代码\nseller's district", 12},
    {"seller_district_zh", TABLE_TEXT, "卖方县区\nseller's district (Chinese)", 14},
    {"buyer_name", TABLE_TEXT, "买方\nbuyer", 30},
    {"buyer_code", TABLE_TEXT, "买方统一社会信用代码\nbuyer's credit code", 22},
    {"buyer_type", TABLE_TEXT, "买方类别代码\nkind of buyer", 10},
    {"buyer_district", TABLE_TEXT, "买方县区代码\nbuyer's district", 12},
    {"buyer_district_zh", TABLE_TEXT, "买方县区\nbuyer's district (Chinese)", 14},
    {"total_amount", TABLE_FEN, "合同成交额(元)\ntotal amount (yuan)", 18},
    {"technology_amount", TABLE_FEN, "技术交易额(元)\ntechnology amount (yuan)", 18},
    {"accepted_on", TABLE_DAY, "受理日期\naccepted on", 12},
    {"agency", TABLE_TEXT, "申报单位\nagency", 26},
    {"registration_point", TABLE_TEXT, "登记机构\nregistration point", 24},
    {"seq", TABLE_NUMBER, "版本序号\nrelease", 12},
};

static const struct source register_sources[] = {
    {ROW_ID, NULL, NULL},
    {ROW_REGISTRATION_NUMBER, NULL, NULL},
    {ROW_STATUS, NULL, NULL},
    {ROW_STATUS, "contract_status", NULL},
    {ROW_REGISTERED_ON, NULL, NULL},
    {ROW_CONTRACT_NO, NULL, NULL},
    {ROW_PROJECT_NAME, NULL, NULL},
    {ROW_CONTRACT_TYPE, NULL, NULL},
    {ROW_CONTRACT_TYPE, "contract_type", NULL},
    {ROW_TECHNICAL_FIELD, NULL, NULL},
    {ROW_TECHNICAL_FIELD, "tech_field", NULL},
    {ROW_SIGNED_ON, NULL, NULL},
    {ROW_FILED_AS, NULL, NULL},
    {ROW_SELLER_NAME, NULL, NULL},
    {ROW_SELLER_CODE, NULL, NULL},
    {ROW_SELLER_TYPE, NULL, NULL},
    {ROW_SELLER_DISTRICT, NULL, NULL},
    {ROW_SELLER_DISTRICT, "region_cn_all", "region_linyi"},
    {ROW_BUYER_NAME, NULL, NULL},
    {ROW_BUYER_CODE, NULL, NULL},
    {ROW_BUYER_TYPE, NULL, NULL},
    {ROW_BUYER_DISTRICT, NULL, NULL},
    {ROW_BUYER_DISTRICT, "region_cn_all", "region_linyi"},
    {ROW_TOTAL_AMOUNT, NULL, NULL},
    {ROW_TECHNOLOGY_AMOUNT, NULL, NULL},
    {ROW_ACCEPTED_ON, NULL, NULL},
    {ROW_AGENCY, NULL, NULL},
    {ROW_POINT, NULL, NULL},
    {ROW_SEQ, NULL, NULL},
};

/* What fits on a printed page. */
static const struct table_column short_columns[] = {
    {"registration_number", TABLE_TEXT, "登记编号\nregistration number", 20},
    {"registered_on", TABLE_DAY, "登记日期\nregistered on", 12},
    {"project_name", TABLE_TEXT, "项目名称\nproject", 40},
    {"contract_type_zh", TABLE_TEXT, "合同类别\ncontract type (Chinese)", 16},
    {"seller_name", TABLE_TEXT, "卖方\nseller", 30},
    {"buyer_name", TABLE_TEXT, "买方\nbuyer", 30},
    {"total_amount", TABLE_FEN, "合同成交额(元)\ntotal amount (yuan)", 18},
    {"technology_amount", TABLE_FEN, "技术交易额(元)\ntechnology amount (yuan)", 18},
};

static const struct source short_sources[] = {
    {ROW_REGISTRATION_NUMBER, NULL, NULL},
    {ROW_REGISTERED_ON, NULL, NULL},
    {ROW_PROJECT_NAME, NULL, NULL},
    {ROW_CONTRACT_TYPE, "contract_type", NULL},
    {ROW_SELLER_NAME, NULL, NULL},
    {ROW_BUYER_NAME, NULL, NULL},
    {ROW_TOTAL_AMOUNT, NULL, NULL},
    {ROW_TECHNOLOGY_AMOUNT, NULL, NULL},
};

#define LAYOUT(name, columns, sources)                                                             \
    {                                                                                              \
        name, columns, sources, sizeof(columns) / sizeof(columns[0])                               \
    }
static const struct export_layout layouts[] = {
    LAYOUT("register", register_columns, register_sources),
    LAYOUT("short", short_columns, short_sources),
};
_Static_assert(sizeof(register_columns) / sizeof(register_columns[0]) ==
                   sizeof(register_sources) / sizeof(register_sources[0]),
    "a source for each column");
_Static_assert(sizeof(short_columns) / sizeof(short_columns[0]) ==
                   sizeof(short_sources) / sizeof(short_sources[0]),
    "a source for each column");

const struct export_layout *
export_layout_find(const char *name)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (name == NULL || strcmp(layouts[i].name, name) == 0)
            return &layouts[i];
    return NULL;
}

const char *
export_layout_name(const struct export_layout *layout)
{
    return layout->name;
}

const struct table_column *
export_layout_columns(const struct export_layout *layout, int *count)
{
    *count = layout->count;
    return layout->columns;
}

static const char *
code_name(const struct codes *codes, const struct source *source, const char *code, int32_t today)
{
    const struct code *found = NULL;

    if (codes == NULL || code == NULL)
        return NULL;
    found = codes_find(codes, source->list, code, today);
    if (found == NULL && source->other_list != NULL)
        found = codes_find(codes, source->other_list, code, today);
    return found == NULL ? NULL : found->name_zh;
}

void
export_layout_write(const struct export_layout *layout, struct table *table,
    const struct codes *codes, int32_t today, const struct db_call *db, int row)
{
    for (int i = 0; i < layout->count; i++) {
        const struct source *source = &layout->sources[i];
        const char *text = db_text(db, row, (int)source->from);

        if (source->list != NULL)
            table_cell_text(table, code_name(codes, source, text, today));
        else if (text == NULL)
            table_cell(table, NULL, 0);
        else
            table_cell(table, text, db_text_len(db, row, (int)source->from));
    }
}

#include <stdio.h>
#include <string.h>

#include "server/api/credit_code.h"
#include "server/form/contract_check_int.h"
#include "server/form/contract_fault.h"
#include "server/form/contract_form.h"

enum party_role { ROLE_NONE, ROLE_SELLER, ROLE_BUYER, ROLE_INTERMEDIARY };

/* Whose members are being walked. */
struct scope {
    const struct party *party; /* NULL outside parties */
    enum party_role role;
};

static void walk_object(const struct check *check, const struct form *form, const void *base,
    const struct scope *scope, const struct form_path *path);

static void
fail_at(const struct check *check, const struct form_path *path, const char *rule,
    const char *detail_zh, const char *detail_en)
{
    char pointer[POINTER_BYTES];

    form_path_format(path, pointer);
    check_fail_with(check, rule, pointer, detail_zh, detail_en);
}

/* The rule that is broken when a needed field is absent; it says why the field is needed. */
static const char *const need_rules[NEED_COUNT] = {
    [NEED_ALWAYS] = "contract.required",
    [NEED_PARTY] = "contract.required",
    [NEED_CREDIT_CODE] = "contract.required_organisation",
    [NEED_ID_NUMBER] = "contract.required_person",
    [NEED_ORGANISATION] = "contract.required_organisation",
    [NEED_HOME] = "contract.required_home",
    [NEED_SELLER] = "contract.required_seller",
    [NEED_CURRENCY] = "contract.required_currency",
    [NEED_ROYALTY] = "contract.required_royalty",
    [NEED_INITIAL_FEE] = "contract.required_initial_fee",
    [NEED_LICENCE] = "contract.required_licence",
    [NEED_IMPORT] = "contract.required_import",
    [NEED_INTERMEDIARY] = "contract.required_intermediary",
    [NEED_RIGHT_KIND] = "contract.required_right_number",
};

static bool
is_party_needing(enum form_need need, const struct scope *scope)
{
    bool is_full = scope->role !=
                   ROLE_INTERMEDIARY; /* of an intermediary the form asks name and identity only */
    enum party_kind kind;

    if (need == NEED_SELLER)
        return scope->role == ROLE_SELLER;
    if (need == NEED_PARTY)
        return is_full;
    kind = party_kind(
        scope
            ->party); /* with a country that is in no list: abroad, of whom nothing more is asked */
    if (need == NEED_CREDIT_CODE)
        return kind == PARTY_ORGANISATION;
    if (need == NEED_ID_NUMBER)
        return kind == PARTY_PERSON;
    if (need == NEED_ORGANISATION)
        return is_full && kind == PARTY_ORGANISATION;
    return is_full && kind != PARTY_ABROAD;
}

static bool
is_needed(
    const struct check *check, enum form_need need, const void *base, const struct scope *scope)
{
    const struct contract *contract = check->contract;

    switch (need) {
    case NEED_NO:
    case NEED_COUNT:
        return false;
    case NEED_ALWAYS:
        return true;
    case NEED_CURRENCY:
        return has_text(contract->currency) && !text_is(contract->currency, "CNY");
    case NEED_ROYALTY:
        return text_is(contract->payment_method, "3") || text_is(contract->payment_method, "4");
    case NEED_INITIAL_FEE:
        return text_is(contract->payment_method, "4");
    case NEED_LICENCE:
        return contract_type_main(contract->contract_type) == '3';
    case NEED_IMPORT:
        return contract_is_import(contract);
    case NEED_INTERMEDIARY:
        return contract->intermediary.state == FORM_GIVEN;
    case NEED_RIGHT_KIND:
        return has_text(((const struct ip_right *)base)->kind);
    default:
        return is_party_needing(need, scope);
    }
}

/* A zone is one of the statistical codes 71 to 80 of a city, which stand beside its counties. */
static bool
is_zone_code(const char *code)
{
    return strlen(code) == 6 && strcmp(code + 4, "71") >= 0 && strcmp(code + 4, "80") <= 0;
}

static void
check_county(const struct check *check, const struct code *row, const struct form_path *path)
{
    if (is_zone_code(row->code) &&
        codes_find(check->codes, "region_linyi", row->code, check->today) != NULL)
        fail_at(check, path, "party.region_is_zone", NULL, NULL);
    else if (!row->is_leaf || strcmp(row->code + strlen(row->code) - 4, "0000") == 0)
        fail_at(check, path, "party.region_county", NULL, NULL);
}

static void
check_code(const struct check *check, const struct form_field *field, const char *code,
    const struct form_path *path)
{
    const struct code *row;
    char zh[96];
    char en[96];

    if (code == contract_bad_text)
        return;
    row = codes_find(check->codes, field->list, code, check->today);
    if (row == NULL || (field->pick == PICK_DEDUCTION && strncmp(code, "x_", 2) != 0)) {
        snprintf(zh, sizeof(zh), "代码表 %s", field->list);
        snprintf(en, sizeof(en), "code list %s", field->list);
        fail_at(check, path, "contract.code", zh, en);
    } else if (field->pick == PICK_LEAF && !row->is_leaf) {
        fail_at(check, path, "contract.code_leaf", NULL, NULL);
    } else if (field->pick == PICK_COUNTY) {
        check_county(check, row, path);
    } else if (field->pick == PICK_ZONE && !is_zone_code(code)) {
        fail_at(check, path, "party.zone", NULL, NULL);
    } else if (field->pick == PICK_PARTY_TYPE && strlen(code) < 3) {
        fail_at(check, path, "party.type_group", NULL, NULL);
    }
}

static void
check_credit_code(const struct check *check, const char *code, const struct form_path *path)
{
    switch (credit_code_check(code)) {
    case CREDIT_CODE_OK:
        return;
    case CREDIT_CODE_SYNTAX:
        fail_at(check, path, "party.credit_code", "应为18位，第3至8位为数字，不含I、O、S、V、Z",
            "18 characters, digits in places 3 to 8, no I, O, S, V, Z");
        return;
    case CREDIT_CODE_CHECK:
        fail_at(check, path, "party.credit_code", "第18位校验码不符",
            "wrong check character in place 18");
        return;
    case CREDIT_CODE_ORGANISATION:
        fail_at(check, path, "party.credit_code", "第17位主体标识码（组织机构代码）校验码不符",
            "wrong check character of the organisation code in place 17");
        return;
    }
}

static void
check_id_number(const struct check *check, const char *number, const struct form_path *path)
{
    switch (id_number_check(number, check->today)) {
    case ID_NUMBER_OK:
        return;
    case ID_NUMBER_SYNTAX:
        fail_at(check, path, "party.id_number", "应为17位数字加1位数字或X",
            "17 digits and a digit or X");
        return;
    case ID_NUMBER_BIRTH:
        fail_at(check, path, "party.id_number", "出生日期码不是有效日期",
            "the birth date is not a valid day");
        return;
    case ID_NUMBER_CHECK:
        fail_at(check, path, "party.id_number", "校验码不符", "wrong check character");
        return;
    }
}

static enum party_role
role_of(const struct form_field *field)
{
    switch (field->offset) {
    case offsetof(struct contract, seller):
    case offsetof(struct contract, co_sellers):
        return ROLE_SELLER;
    case offsetof(struct contract, buyer):
    case offsetof(struct contract, co_buyers):
        return ROLE_BUYER;
    case offsetof(struct contract, intermediary):
        return ROLE_INTERMEDIARY;
    default:
        return ROLE_NONE;
    }
}

/* An object or one item of a list, with the scope that its members see. */
static void
walk_inner(const struct check *check, const struct form_field *field, const void *inner,
    const struct scope *scope, const struct form_path *path)
{
    struct scope own = *scope;

    if (scope->party == NULL && role_of(field) != ROLE_NONE) {
        own.party = inner;
        own.role = role_of(field);
    }
    walk_object(check, field->form, inner, &own, path);
}

static void
walk_list(const struct check *check, const struct form_field *field, const void *base,
    const struct scope *scope, const struct form_path *path)
{
    struct form_items items = form_items(field, base);

    for (int i = 0; i < items.count; i++) {
        struct form_path step = {path, NULL, i};
        const char *item =
            (const char *)items.items + (size_t)i * (field->form ? field->form->size : 0);

        if (field->type == FORM_CODES)
            check_code(check, field, ((const char **)items.items)[i], &step);
        else
            walk_inner(check, field, item, scope, &step);
    }
}

static void
check_enterprise(const struct check *check, const struct form_field *field, const void *base,
    const struct scope *scope, const struct form_path *path)
{
    enum flag flag = FLAG_TRUE;

    if (field->type == FORM_FLAG)
        memcpy(&flag, (const char *)base + field->offset, sizeof(flag));
    if (flag == FLAG_TRUE && scope->party != NULL && has_text(scope->party->party_type) &&
        !is_enterprise(check, scope->party) &&
        codes_find(check->codes, "party_type", scope->party->party_type, check->today) != NULL)
        fail_at(check, path, "party.enterprise_only", NULL, NULL);
}

static void
check_given(const struct check *check, const struct form_field *field, const void *base,
    const struct scope *scope, const struct form_path *path)
{
    if (field->marks & FORM_ENTERPRISE)
        check_enterprise(check, field, base, scope, path);
    switch (field->type) {
    case FORM_CODE:
        check_code(check, field, form_text(field, base), path);
        return;
    case FORM_CREDIT_CODE:
        check_credit_code(check, form_text(field, base), path);
        return;
    case FORM_ID_NUMBER:
        check_id_number(check, form_text(field, base), path);
        return;
    case FORM_MONEY:
    case FORM_DECIMAL:
        if ((field->marks & FORM_ABOVE_ZERO) && form_value(field, base) <= 0)
            fail_at(check, path, "contract.above_zero", NULL, NULL);
        return;
    case FORM_CODES:
    case FORM_LIST:
        walk_list(check, field, base, scope, path);
        return;
    case FORM_OBJECT:
        walk_inner(check, field, (const char *)base + field->offset, scope, path);
        return;
    default:
        return;
    }
}

static void
walk_object(const struct check *check, const struct form *form, const void *base,
    const struct scope *scope, const struct form_path *path)
{
    enum form_state own;

    memcpy(&own, base, sizeof(own));
    for (int i = 0; own != FORM_BAD && i < form->count; i++) {
        const struct form_field *field = &form->fields[i];
        enum form_state state = form_state(field, base);
        struct form_path step = {path, field->name, 0};

        if (state == FORM_GIVEN)
            check_given(check, field, base, scope, &step);
        else if (state == FORM_ABSENT && is_needed(check, field->need, base, scope))
            fail_at(check, &step, need_rules[field->need], NULL, NULL);
        else if (state == FORM_ABSENT && field->type == FORM_OBJECT && !(field->marks & FORM_WHOLE))
            walk_inner(check, field, (const char *)base + field->offset, scope, &step);
    }
}

void
check_form(const struct check *check)
{
    struct scope scope = {NULL, ROLE_NONE};

    walk_object(check, contract_form(), check->contract, &scope, NULL);
}

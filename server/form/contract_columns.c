#include "server/form/contract_columns.h"

#include <string.h>

#include "common/date.h"
#include "common/digest.h"

const char *
contract_party_region(const struct party *party)
{
    return party->region == contract_bad_text ? NULL : party->region;
}

static void
add_identity(struct buf *out, const struct party *party)
{
    const char *identity = party_identity(party);

    if (identity == NULL || *identity == '\0' || strchr(identity, ',') != NULL)
        return;
    if (out->len > 0)
        buf_putc(out, ',');
    buf_puts(out, identity);
}

const char *
contract_party_codes(struct arena *arena, const struct contract *contract)
{
    struct buf list = {0};
    const char *text;

    add_identity(&list, &contract->seller);
    add_identity(&list, &contract->buyer);
    add_identity(&list, &contract->intermediary);
    for (int i = 0; i < contract->co_sellers.count; i++)
        add_identity(&list, &contract->co_sellers.items[i]);
    for (int i = 0; i < contract->co_buyers.count; i++)
        add_identity(&list, &contract->co_buyers.items[i]);
    text = arena_strdup(arena, list.len == 0 ? "" : list.data);
    buf_clear(&list);
    return text;
}

static void
set_number(json_t *columns, const char *name, int64_t value)
{
    json_object_set_new(columns, name, value == VALUE_ABSENT ? json_null() : json_integer(value));
}

static void
set_text(json_t *columns, const char *name, const char *value)
{
    json_object_set_new(columns, name, value == NULL ? json_null() : json_string(value));
}

static json_t *
codes_array(const char *list)
{
    json_t *array = json_array();

    while (*list != '\0') {
        size_t len = strcspn(list, ",");

        json_array_append_new(array, json_stringn(list, len));
        list += len + (list[len] == ',');
    }
    return array;
}

json_t *
contract_counted_columns(const struct contract *contract)
{
    json_t *columns = json_object();
    struct buf dims = {0};

    set_text(columns, "contract_type", contract->contract_type);
    set_text(columns, "technical_field", contract->technical_field);
    set_number(columns, "total_amount", contract->total_amount);
    set_number(columns, "technology_amount", contract->technology_amount);
    set_text(columns, "seller_region", contract_party_region(&contract->seller));
    set_text(columns, "seller_zone", contract->seller.zone);
    set_text(columns, "buyer_region", contract_party_region(&contract->buyer));
    set_text(columns, "buyer_zone", contract->buyer.zone);
    contract_dims(&dims, contract);
    set_text(columns, "dims", dims.data);
    buf_clear(&dims);
    return columns;
}

json_t *
contract_columns(struct arena *arena, const struct contract *contract, const uint8_t *duplicate_key)
{
    char hex[3 + 2 * SHA256_BYTES] = "\\x";
    char day[DATE_TEXT_BYTES];
    json_t *columns = contract_counted_columns(contract);

    set_text(columns, "contract_no", contract->contract_no);
    set_text(columns, "project_name", contract->project_name);
    set_text(columns, "signed_on",
        contract->signed_on == DATE_ABSENT ? NULL : date_format(contract->signed_on, day));
    set_text(columns, "filed_as", contract->filed_as);
    set_text(columns, "seller_name", contract->seller.name);
    set_text(columns, "seller_code", party_identity(&contract->seller));
    set_text(columns, "buyer_name", contract->buyer.name);
    set_text(columns, "buyer_code", party_identity(&contract->buyer));
    set_text(columns, "row_key", contract->row_key);
    json_object_set_new(columns, "party_codes", codes_array(contract_party_codes(arena, contract)));
    hex_format(duplicate_key, SHA256_BYTES, hex + 2);
    set_text(columns, "duplicate_key", hex);
    return columns;
}

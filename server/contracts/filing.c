#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/contracts/contract_int.h"

enum { BODY_BYTES_USUAL = 2048 };

/* The own code of the filer: an agency files as the party that it is (form_map.csv, filed_as). */
static void
check_own_code(struct call *call, const struct contract *contract)
{
    const struct party *party = contract_filing_party(contract);
    const struct rule *rule = codes_rule(api_codes(call->api), "filed_as.own_code");
    const char *identity = party == NULL ? NULL : party_identity(party);

    if (call->principal.agency_code[0] == '\0' || identity == NULL || rule == NULL)
        return;
    if (strcmp(identity, call->principal.agency_code) != 0)
        fault_add(&call->faults, "/filed_as", rule->id, rule->is_final ? rule->article : NULL,
            rule->zh, rule->en);
}

bool
filing_read(struct call *call, struct filing *filing, const json_t *json)
{
    const struct codes *codes = api_codes(call->api);

    if (codes == NULL) {
        call_fail(call, ERR_UNAVAILABLE, "the code tables are not loaded yet");
        return false;
    }
    filing->hints.arena = call->arena;
    contract_parse(call->arena, json, &filing->contract, &call->faults);
    filing->syntax_faults = call->faults.count;
    contract_check(&filing->contract, codes, clock_today(), &call->faults, &filing->hints);
    check_own_code(call, &filing->contract);
    return true;
}

void
filing_seal(struct filing *filing)
{
    buf_reserve(&filing->body, BODY_BYTES_USUAL);
    buf_putc(&filing->body, '{');
    contract_write(&filing->body, &filing->contract, true);
    buf_putc(&filing->body, '}');
    sha256_of(filing->body.data, filing->body.len, filing->body_sha256);
    contract_duplicate_key(&filing->contract, filing->duplicate_key);
}

void
filing_clear(struct filing *filing)
{
    buf_clear(&filing->body);
}

static const char *
party_region(const struct party *party)
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

/* Every party of the contract, parted by commas. */
static const char *
party_codes(struct call *call, const struct contract *contract)
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
    text = arena_strdup(call->arena, list.len == 0 ? "" : list.data);
    buf_clear(&list);
    return text;
}

void
filing_set(struct call *call, struct db_call *db, const struct filing *filing)
{
    const struct contract *contract = &filing->contract;
    const struct party *seller = &contract->seller;
    const struct party *buyer = &contract->buyer;

    db_set_text_n(db, SUBMIT_BODY, filing->body.data, filing->body.len);
    db_set_bytes(db, SUBMIT_BODY_SHA256, filing->body_sha256, SHA256_BYTES);
    db_set_bytes(db, SUBMIT_DUPLICATE_KEY, filing->duplicate_key, SHA256_BYTES);
    db_set_text(db, SUBMIT_ROW_KEY, contract->row_key);
    db_set_text(db, SUBMIT_CONTRACT_NO, contract->contract_no);
    db_set_text(db, SUBMIT_PROJECT_NAME, contract->project_name);
    db_set_text(db, SUBMIT_CONTRACT_TYPE, contract->contract_type);
    db_set_text(db, SUBMIT_TECHNICAL_FIELD, contract->technical_field);
    if (contract->signed_on != DATE_ABSENT)
        db_set_int(db, SUBMIT_SIGNED_ON, contract->signed_on);
    if (contract->total_amount != VALUE_ABSENT)
        db_set_int(db, SUBMIT_TOTAL, contract->total_amount);
    if (contract->technology_amount != VALUE_ABSENT)
        db_set_int(db, SUBMIT_TECHNOLOGY, contract->technology_amount);
    db_set_text(db, SUBMIT_FILED_AS, contract->filed_as);
    db_set_text(db, SUBMIT_SELLER_NAME, seller->name);
    db_set_text(db, SUBMIT_SELLER_CODE, party_identity(seller));
    db_set_text(db, SUBMIT_SELLER_REGION, party_region(seller));
    db_set_text(db, SUBMIT_SELLER_ZONE, seller->zone);
    db_set_text(db, SUBMIT_BUYER_NAME, buyer->name);
    db_set_text(db, SUBMIT_BUYER_CODE, party_identity(buyer));
    db_set_text(db, SUBMIT_BUYER_REGION, party_region(buyer));
    db_set_text(db, SUBMIT_BUYER_ZONE, buyer->zone);
    db_set_text(db, SUBMIT_PARTY_CODES, party_codes(call, contract));
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

const char *
filing_columns(struct call *call, const struct filing *filing)
{
    const struct contract *contract = &filing->contract;
    char hex[3 + 2 * SHA256_BYTES] = "\\x";
    char day[DATE_TEXT_BYTES];
    json_t *columns = json_object();
    const char *text;
    char *dump;

    set_text(columns, "contract_no", contract->contract_no);
    set_text(columns, "project_name", contract->project_name);
    set_text(columns, "contract_type", contract->contract_type);
    set_text(columns, "technical_field", contract->technical_field);
    set_text(columns, "signed_on",
        contract->signed_on == DATE_ABSENT ? NULL : date_format(contract->signed_on, day));
    set_number(columns, "total_amount", contract->total_amount);
    set_number(columns, "technology_amount", contract->technology_amount);
    set_text(columns, "filed_as", contract->filed_as);
    set_text(columns, "seller_name", contract->seller.name);
    set_text(columns, "seller_code", party_identity(&contract->seller));
    set_text(columns, "seller_region", party_region(&contract->seller));
    set_text(columns, "seller_zone", contract->seller.zone);
    set_text(columns, "buyer_name", contract->buyer.name);
    set_text(columns, "buyer_code", party_identity(&contract->buyer));
    set_text(columns, "buyer_region", party_region(&contract->buyer));
    set_text(columns, "buyer_zone", contract->buyer.zone);
    set_text(columns, "row_key", contract->row_key);
    json_object_set_new(columns, "party_codes", codes_array(party_codes(call, contract)));
    hex_format(filing->duplicate_key, SHA256_BYTES, hex + 2);
    set_text(columns, "duplicate_key", hex);
    dump = json_dumps(columns, JSON_COMPACT);
    text = arena_strdup(call->arena, dump);
    free(dump);
    json_decref(columns);
    return text;
}

void
filing_into_act(struct call *call, struct act *act, const struct filing *filing)
{
    act->columns = filing_columns(call, filing);
    act->body = filing->body.data;
    act->body_len = filing->body.len;
    act->body_sha256 = filing->body_sha256;
}

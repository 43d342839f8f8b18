#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/contracts/contract_int.h"
#include "server/form/contract_columns.h"

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
        call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
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
dims_text(struct call *call, const struct contract *contract)
{
    struct buf dims = {0};
    const char *text;

    contract_dims(&dims, contract);
    text = arena_strdup(call->arena, dims.data);
    buf_clear(&dims);
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
    db_set_text(db, SUBMIT_SELLER_REGION, contract_party_region(seller));
    db_set_text(db, SUBMIT_SELLER_ZONE, seller->zone);
    db_set_text(db, SUBMIT_BUYER_NAME, buyer->name);
    db_set_text(db, SUBMIT_BUYER_CODE, party_identity(buyer));
    db_set_text(db, SUBMIT_BUYER_REGION, contract_party_region(buyer));
    db_set_text(db, SUBMIT_BUYER_ZONE, buyer->zone);
    db_set_text(db, SUBMIT_PARTY_CODES, contract_party_codes(call->arena, contract));
    db_set_text(db, SUBMIT_DIMS, dims_text(call, contract));
}

static const char *
filing_columns(struct call *call, const struct filing *filing)
{
    return act_dump(call, contract_columns(call->arena, &filing->contract, filing->duplicate_key));
}

void
filing_into_act(struct call *call, struct act *act, const struct filing *filing)
{
    act->columns = filing_columns(call, filing);
    act->body = filing->body.data;
    act->body_len = filing->body.len;
    act->body_sha256 = filing->body_sha256;
}

#ifndef TCRD_FORM_CONTRACT_H
#define TCRD_FORM_CONTRACT_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "server/api/fault.h"
#include "server/codes/codes.h"
/* contract - the registration form as a C struct: what an agency filed, or what it becomes with the
 * registrar's values.
 *
 * contract_parse() fills it from JSON, contract_check() judges it, contract_write() writes the one
 * canonical text. All three are driven by the table of contract_form.c. Everything here is pure: no
 * clock, no database, no account.
 *
 * Texts are NFC, trimmed, and live in the arena given to contract_parse(). NULL and the *_ABSENT
 * values mean "not given". The *_BAD values mean "given, but unreadable": the fault is already in
 * the list and no other rule speaks about the field. A contract with faults of contract_parse() is
 * checked for the rest of its faults and then thrown away, never stored.
 */
#define VALUE_ABSENT INT64_MIN /* money, decimals */
#define VALUE_BAD (INT64_MIN + 1)
#define DATE_ABSENT INT32_MIN
#define DATE_BAD (INT32_MIN + 1)
extern const char contract_bad_text[]; /* compared by address; reads as "" */

enum flag { FLAG_ABSENT, FLAG_FALSE, FLAG_TRUE, FLAG_BAD };
enum form_state { FORM_ABSENT, FORM_GIVEN, FORM_BAD };

struct contact {
    enum form_state state;
    const char *name;
    const char *phone;
};

struct party {
    enum form_state state;
    const char *name;
    const char *credit_code;
    const char *id_number;
    const char *foreign_id;
    const char *country; /* "142" unless stated */
    const char *region;
    const char *zone;
    const char *party_type;
    const char *industry;
    const char *representative;
    const char *address;
    const char *zip_code;
    struct contact contact;
    const char *unit;
    const char *project_leader;
    const char *parent_code;
    enum flag is_transfer_agency;
    enum flag is_rd_organisation;
    enum flag is_converted_institute;
    enum flag in_national_zone;
    enum flag is_listed;
    const char *scale;
    int64_t share; /* co_sellers, co_buyers: hundredths of a percent */
};

struct deduction {
    enum form_state state;
    const char *kind;
    int64_t amount;
    const char *note;
};

struct instalment {
    enum form_state state;
    int32_t due_on;
    int64_t amount;
};

struct royalty {
    enum form_state state;
    int64_t initial_fee;
    const char *base;
    const char *rate_type;
    int64_t rate_percent; /* ten-thousandths of a percent */
};

struct ip_right {
    enum form_state state;
    const char *kind;
    const char *number;
    int32_t expires_on;
};

struct license {
    enum form_state state;
    const char *mode;
    int64_t years; /* hundredths of a year */
};

struct import_certificate {
    enum form_state state;
    const char *number;
    int32_t date;
};

struct clauses {
    enum form_state state;
    enum flag training;
    enum flag construction;
    enum flag restrictive;
};

struct related {
    enum form_state state;
    const char *project;
    const char *achievement;
    const char *demand;
    const char *event;
    const char *voucher;
};

/* Every list of the form has this shape; count is 0 without and -1 when it could not be read. */
struct deduction_list {
    struct deduction *items;
    int count;
};
struct instalment_list {
    struct instalment *items;
    int count;
};
struct ip_right_list {
    struct ip_right *items;
    int count;
};
struct party_list {
    struct party *items;
    int count;
};
struct code_list {
    const char **items;
    int count;
};

struct contract {
    enum form_state state;
    /* Set by the caller after parsing a body with the registrar's values in it: terms that the
     * registrar cannot change (instalments, foreign amount, initial fee) are then not held against
     * the determined total. */
    bool is_determined;
    const char *contract_no;
    const char *project_name;
    const char *contract_type;
    int32_t signed_on;
    int32_t term_begins_on;
    int32_t term_ends_on;
    const char *amount_basis; /* "fixed" unless stated */
    int64_t total_amount;
    int64_t technology_stated; /* what the body says; only to be compared */
    int64_t technology_amount; /* total less deductions; VALUE_ABSENT where that is unknown or below
                                  zero */
    struct deduction_list deductions;
    struct instalment_list instalments;
    const char *payment_method;
    struct royalty royalty;
    const char *currency;   /* "CNY" unless stated */
    int64_t foreign_amount; /* hundredths */
    int64_t exchange_rate;  /* millionths of a yuan for rate_per units */
    int64_t rate_per;       /* 1 or 100 */
    int32_t exchange_rate_on;
    enum flag is_related;
    const char *plan_source;
    struct code_list ip_types;
    struct ip_right_list ip_rights;
    const char *technical_field;
    const char *technical_subfield;
    const char *objective;
    const char *service_industry;
    int64_t new_input;
    int64_t new_output;
    struct license license;
    struct import_certificate import_certificate;
    const char *principal_contract;
    const char *summary;
    struct clauses clauses;
    enum flag mixed;
    enum flag foreign_language;
    enum flag classified;
    enum flag secrecy_requested;
    enum flag undertaking;
    const char *filed_as; /* "seller" unless stated */
    struct party seller;
    struct party_list co_sellers;
    struct party buyer;
    struct party_list co_buyers;
    struct party intermediary;
    int64_t intermediary_fee;
    const char *broker;
    const char *filler;
    int32_t filled_on;
    struct related related;
    const char *row_key;
};

/* Fills out whole, whatever body is. Finds: fields the form does not have, JSON types, malformed
 * values, lengths, characters that no text may hold. A body without faults may still break every
 * rule of contract_check(). */
void contract_parse(
    struct arena *arena, const json_t *body, struct contract *out, struct fault_list *faults);

/* Every rule of the form at once. Code lists are those of today; rules of severity refusal go to
 * refusals, waivable ones and hints to hints. Says nothing about fields that contract_parse() has
 * already reported. */
void contract_check(const struct contract *contract, const struct codes *codes, int32_t today,
    struct fault_list *refusals, struct fault_list *hints);

/* The canonical JSON members in the order of the form, without braces around them, so that a caller
 * can put its own beside them: {"id":"7",<members>}. There is always at least one. Without
 * with_private: no identity numbers, no contacts. */
void contract_write(struct buf *out, const struct contract *contract, bool with_private);

/* Exact duplicates have the same key: SHA-256 over the identities of seller and buyer, the title
 * without case, width, spaces and punctuation, the day of signing and the total. out has
 * SHA256_BYTES. */
void contract_duplicate_key(const struct contract *contract, uint8_t *out);

/* What figures need beside the columns of the contract, as tcr.release_figure() reads it: texts
 * with U+001F between, which no text of the form can hold. */
void contract_dims(struct buf *out, const struct contract *contract);

/* A copy of filed with the registrar's values in it; only fields marked determinable may be named,
 * others are faults below /determined. null means: as filed; "" takes an optional code away.
 * technology_amount is always dropped (it is computed). True without faults; *merged (a new
 * reference) is set in either case, with every value that could be laid over. */
bool contract_overlay(struct arena *arena, const json_t *filed, const json_t *determined,
    json_t **merged, struct fault_list *faults);

/* Where the members of after differ from those of before, at any depth of objects: [{"pointer",
 * "before", "after"}], a new reference. */
json_t *contract_differences(const json_t *before, const json_t *after);

/* The same with what a change after registration proposes: every field that is not marked lasting
 * may be named, others are faults below /proposed. {} takes an optional part away, a list replaces
 * the list. */
bool contract_change(
    const json_t *filed, const json_t *proposed, json_t **merged, struct fault_list *faults);
/* Takes what newer names out of values: what an earlier determination still says. */
void contract_forget(json_t *values, const json_t *newer);
/* The faults of a text with new values in it, below pointer ("/determined"). Left out is what the
 * text without them has too, unless one of the two sets of values (each may be NULL) names its
 * field: codes and rules may be younger than the contract. */
void contract_new_faults(struct fault_list *to, const char *pointer, const struct fault_list *found,
    const struct fault_list *old, const json_t *values, const json_t *more);
/* Takes personal data out of values, which are fields of the form. */
void contract_hide_private(json_t *values);

/* JSON Schema 2020-12 of the body of a filing; a new reference. */
json_t *contract_schema(void);

/* '1' to '5' of a type or subtype; '\0' for anything else. */
char contract_type_main(const char *contract_type);
/* Filed by the domestic buyer because the seller is abroad. */
bool contract_is_import(const struct contract *contract);
/* The party at whose place the contract is registered: the buyer of an import, else the seller. */
const struct party *contract_registering_party(const struct contract *contract);
/* The party whose own code the filing agency must have; NULL for an agent, who needs a power of
 * attorney instead. */
const struct party *contract_filing_party(const struct contract *contract);

enum party_kind { PARTY_ORGANISATION, PARTY_PERSON, PARTY_ABROAD };
/* Country first: a natural person abroad is PARTY_ABROAD. */
enum party_kind party_kind(const struct party *party);
/* Credit code, identity number or foreign number, whichever is given first; NULL without. */
const char *party_identity(const struct party *party);
#endif

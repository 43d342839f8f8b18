#ifndef TCRD_FORM_CONTRACT_FORM_H
#define TCRD_FORM_CONTRACT_FORM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* contract_form - the one table of the form's fields.
 *
 * A row says what a field is called, where it lives in the C struct, what it may hold, when it is
 * required and how people call it. Parsing, presence, code membership, canonical writing, the
 * registrar's overlay and the JSON Schema all walk this table, so a new field is one row here and
 * one member in contract.h.
 */
enum form_type {
    FORM_TEXT,
    FORM_CODE,   /* of the list */
    FORM_CHOICE, /* one of the words of list, parted by '|' */
    FORM_CREDIT_CODE,
    FORM_ID_NUMBER,
    FORM_ZIP_CODE,
    FORM_MONEY,
    FORM_DECIMAL,  /* at most max digits after the point */
    FORM_RATE_PER, /* 1 or 100 */
    FORM_DATE,
    FORM_FLAG,
    FORM_CODES, /* at most max codes of the list */
    FORM_OBJECT,
    FORM_LIST /* at most max objects */
};

/* When a field must be given; contract_check_form.c decides, the rule named after it says why. */
enum form_need {
    NEED_NO,
    NEED_ALWAYS,
    NEED_PARTY,        /* of everybody but an intermediary */
    NEED_CREDIT_CODE,  /* organisations in China */
    NEED_ID_NUMBER,    /* natural persons in China */
    NEED_ORGANISATION, /* organisations in China, except as intermediary */
    NEED_HOME,         /* country 142, except as intermediary */
    NEED_SELLER,       /* seller and co-sellers */
    NEED_CURRENCY,     /* currency not CNY */
    NEED_ROYALTY,      /* payment method 3 or 4 */
    NEED_INITIAL_FEE,  /* payment method 4 */
    NEED_LICENCE,      /* contract type 3xx */
    NEED_IMPORT,       /* filed_as import_buyer */
    NEED_INTERMEDIARY, /* an intermediary is named */
    NEED_RIGHT_KIND,   /* the kind of the right is given */
    NEED_COUNT
};

/* Which rows of a code list the field takes. */
enum form_pick { PICK_ANY, PICK_LEAF, PICK_COUNTY, PICK_ZONE, PICK_DEDUCTION, PICK_PARTY_TYPE };

enum {
    FORM_DETERMINABLE = 1, /* the registrar may determine another value */
    FORM_PRIVATE = 2,      /* personal data: shown to the owner and the deciding registrar only */
    FORM_PRIVATE_OF_PERSON = 4, /* the same, if the party is a natural person */
    FORM_LINES = 8,             /* text that may have line breaks */
    FORM_ENTERPRISE = 16,       /* of enterprises only */
    FORM_COMPUTED = 32,         /* written from contract.technology_amount */
    FORM_WHOLE = 64, /* a party: absent as a whole, its members are then not asked for one by one */
    FORM_ABOVE_ZERO = 128,
    FORM_LASTING = 256 /* who filed it, as what and how: no change after registration touches it */
};

struct form;

struct form_field {
    const char *name;
    enum form_type type;
    size_t offset;
    int max; /* code points, digits after the point, or items */
    enum form_need need;
    enum form_pick pick;
    unsigned marks;
    const char *list;
    const char *initial; /* filled in when absent */
    const char *zh;
    const char *en;
    const char *help_zh; /* NULL without */
    const char *help_en;
    const struct form *form; /* of an object or of the items of a list */
};

/* Every struct described by a form begins with an enum form_state. */
struct form {
    const struct form_field *fields;
    int count;
    size_t size;
};

/* Any list of contract.h seen without its item type. */
struct form_items {
    void *items;
    int count;
};

const struct form *contract_form(void);
/* The field a JSON Pointer leads to ("/seller/name", "/ip_types/0"); NULL when it leads nowhere. */
const struct form_field *contract_form_find(const char *pointer);
/* "卖方/名称" for "/seller/name"; size bytes at most, cut at a character. Empty for an unknown
 * pointer. */
void contract_form_label(const char *pointer, bool zh, char *label, size_t size);

const char *form_text(const struct form_field *field, const void *base);
int64_t form_value(const struct form_field *field, const void *base);
struct form_items form_items(const struct form_field *field, const void *base);
enum form_state form_state(const struct form_field *field, const void *base);
#endif

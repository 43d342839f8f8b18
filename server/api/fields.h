#ifndef TCRD_API_FIELDS_H
#define TCRD_API_FIELDS_H
#include <jansson.h>

#include "server/api/fault.h"
#include "server/codes/codes.h"
/* fields - one table per small body: it reads the body and describes it in OpenAPI.
 *
 * (The filing form has a table of its own, contracts/contract_form.c.) Reading makes a new object
 * with nothing in it but what the table names, normalised: texts NFC and without spaces at their
 * ends, money as integer fen, days as checked text, codes that are valid today. null and a blank
 * text equal an absent member, and an unknown member is a fault. Every fault is told at once, by
 * the rows body.* of sql/codes/rule.csv; what has a fault is missing from the object.
 */
enum field_type {
    FIELD_TEXT,    /* one line of at most max characters */
    FIELD_LINES,   /* the same, line feeds and tabs allowed */
    FIELD_POINTER, /* a JSON Pointer, "/seller/name" */
    FIELD_MONEY,   /* "123.45" or whole yuan; becomes integer fen; min and max in fen */
    FIELD_DATE,    /* "2026-03-01" */
    FIELD_BOOL,
    FIELD_INT,         /* min to max; without max any whole number from min on */
    FIELD_ID,          /* of some thing: its digits as text or number; becomes an integer */
    FIELD_CODE,        /* of the code list `list`, valid today */
    FIELD_CHOICE,      /* one of the words of `list`, "a|b|c" */
    FIELD_CREDIT_CODE, /* GB 32100 */
    FIELD_OBJECT,      /* members `fields`; any object when that is NULL */
    FIELD_LIST,        /* min to max items: objects with members `fields`, or what fields[0] says
                          when its name is "" */
    FIELD_ANY          /* any JSON value, as it came */
};

enum field_flags {
    FIELD_REQUIRED = 1 << 0,
    FIELD_NOT_PAST = 1 << 1,  /* FIELD_DATE: today or later */
    FIELD_NOT_FUTURE = 1 << 2 /* FIELD_DATE: today or earlier */
};

struct field {
    const char *name; /* NULL: end of the table */
    enum field_type type;
    unsigned flags;
    int64_t max; /* texts and lists always have one; 0 elsewhere: no limit of its own */
    int64_t min;
    const char *list;
    const struct field *fields;
    const char *help; /* for OpenAPI; may be NULL */
};

/* A new object. Pointers of faults begin at the body. */
json_t *fields_read(struct fault_list *faults, const struct codes *codes,
    const struct field *fields, const json_t *body);
/* The JSON Schema of such a body, new reference. */
json_t *fields_schema(const struct field *fields);
#endif

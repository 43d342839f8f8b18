#include <stdio.h>
#include <string.h>

#include "server/form/contract.h"
#include "server/form/contract_fault.h"
#include "server/form/contract_form.h"

static void
refuse(struct fault_list *faults, const char *rule, const struct form_path *path)
{
    char pointer[POINTER_BYTES];

    form_path_format(path, pointer);
    contract_fault(faults, contract_parse_rule(rule), pointer, NULL, NULL);
}

static const struct form_field *
find_field(const struct form *form, const char *name)
{
    for (int i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return &form->fields[i];
    return NULL;
}

static bool
has_determinable(const struct form *form)
{
    for (int i = 0; form != NULL && i < form->count; i++)
        if (form->fields[i].marks & FORM_DETERMINABLE)
            return true;
    return false;
}

/* The member object of into, made where the filing has none. */
static json_t *
open_member(json_t *into, const char *name)
{
    json_t *member = json_object_get(into, name);

    if (!json_is_object(member)) {
        member = json_object();
        json_object_set_new(into, name, member);
    }
    return member;
}

static void
overlay_object(const struct form *form, json_t *into, json_t *values, struct fault_list *faults,
    const struct form_path *path)
{
    const char *name;
    json_t *value;

    json_object_foreach(values, name, value)
    {
        const struct form_field *field = find_field(form, name);
        struct form_path step = {path, name, 0};

        if (field == NULL)
            refuse(faults, "form.unknown_field", &step);
        else if (json_is_null(value))
            continue;
        else if (field->marks & FORM_DETERMINABLE)
            json_object_set_new(into, name, json_deep_copy(value));
        else if (field->type != FORM_OBJECT || !has_determinable(field->form))
            refuse(faults, "form.not_determinable", &step);
        else if (!json_is_object(value))
            refuse(faults, "form.type", &step);
        else
            overlay_object(field->form, open_member(into, name), value, faults, &step);
    }
}

bool
contract_overlay(struct arena *arena, const json_t *filed, const json_t *determined,
    json_t **merged, struct fault_list *faults)
{
    struct form_path path = {NULL, "determined", 0};
    int before = faults->count;

    (void)arena;
    *merged = json_is_object(filed) ? json_deep_copy(filed) : json_object();
    json_object_del(*merged, "technology_amount");
    if (determined == NULL || json_is_null(determined))
        return true;
    if (!json_is_object(determined))
        refuse(faults, "form.type", &path);
    else
        overlay_object(contract_form(), *merged, (json_t *)(uintptr_t)determined, faults, &path);
    return faults->count == before;
}

static void
differences_below(json_t *out, const char *pointer, const json_t *before, const json_t *after)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)after, name, value)
    {
        const json_t *old = json_object_get(before, name);
        char path[POINTER_BYTES];

        snprintf(path, sizeof(path), "%s/%s", pointer, name);
        if (json_is_object(value) && json_is_object(old))
            differences_below(out, path, old, value);
        else if (!json_equal(old, value))
            json_array_append_new(
                out, json_pack("{s:s, s:O?, s:O}", "pointer", path, "before", old, "after", value));
    }
}

json_t *
contract_differences(const json_t *before, const json_t *after)
{
    json_t *out = json_array();

    differences_below(out, "", before, after);
    return out;
}

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

/* Which fields an overlay may name, and how a field that it may not is refused. */
struct overlay {
    const char *step; /* of the body that holds the values */
    bool (*takes)(const struct form_field *field);
    const char *refusal;
    bool takes_away; /* {} stands for an optional part that is no more */
    struct fault_list *faults;
};

static void overlay_object(const struct overlay *overlay, const struct form *form, json_t *into,
    json_t *values, const struct form_path *path);

static bool
takes_determined(const struct form_field *field)
{
    if (field->type == FORM_OBJECT)
        return has_determinable(field->form);
    return field->marks & FORM_DETERMINABLE;
}

static bool
takes_change(const struct form_field *field)
{
    return !(field->marks & FORM_LASTING);
}

static void
overlay_field(const struct overlay *overlay, const struct form_field *field, json_t *into,
    json_t *value, const struct form_path *path)
{
    if (!overlay->takes(field))
        refuse(overlay->faults, overlay->refusal, path);
    else if (field->type != FORM_OBJECT)
        json_object_set_new(into, field->name, json_deep_copy(value));
    else if (!json_is_object(value))
        refuse(overlay->faults, "form.type", path);
    else if (overlay->takes_away && json_object_size(value) == 0 && field->need == NEED_NO)
        json_object_del(into, field->name);
    else
        overlay_object(overlay, field->form, open_member(into, field->name), value, path);
}

static void
overlay_object(const struct overlay *overlay, const struct form *form, json_t *into, json_t *values,
    const struct form_path *path)
{
    const char *name;
    json_t *value;

    json_object_foreach(values, name, value)
    {
        const struct form_field *field = find_field(form, name);
        struct form_path step = {path, name, 0};

        if (field == NULL)
            refuse(overlay->faults, "form.unknown_field", &step);
        else if (!json_is_null(value))
            overlay_field(overlay, field, into, value, &step);
    }
}

static bool
overlay_form(
    const struct overlay *overlay, const json_t *filed, const json_t *values, json_t **merged)
{
    struct form_path path = {NULL, overlay->step, 0};
    int before = overlay->faults->count;

    *merged = json_is_object(filed) ? json_deep_copy(filed) : json_object();
    json_object_del(*merged, "technology_amount");
    if (values == NULL || json_is_null(values))
        return true;
    if (!json_is_object(values))
        refuse(overlay->faults, "form.type", &path);
    else
        overlay_object(overlay, contract_form(), *merged, (json_t *)(uintptr_t)values, &path);
    return overlay->faults->count == before;
}

bool
contract_overlay(struct arena *arena, const json_t *filed, const json_t *determined,
    json_t **merged, struct fault_list *faults)
{
    const struct overlay overlay = {
        "determined", takes_determined, "form.not_determinable", false, faults};

    (void)arena;
    return overlay_form(&overlay, filed, determined, merged);
}

bool
contract_change(
    const json_t *filed, const json_t *proposed, json_t **merged, struct fault_list *faults)
{
    const struct overlay overlay = {"proposed", takes_change, "form.not_changeable", true, faults};

    return overlay_form(&overlay, filed, proposed, merged);
}

void
contract_forget(json_t *values, const json_t *newer)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)newer, name, value)
    {
        json_t *older = json_object_get(values, name);

        if (json_is_object(older) && json_is_object(value))
            contract_forget(older, value);
        else if (!json_is_null(value))
            json_object_del(values, name);
    }
}

static bool
has_fault(const struct fault_list *faults, const char *pointer, const char *rule)
{
    for (int i = 0; i < faults->count; i++)
        if (strcmp(faults->items[i].pointer, pointer) == 0 &&
            strcmp(faults->items[i].rule, rule) == 0)
            return true;
    return false;
}

/* Do the values name the field that the pointer leads to, or something in it? */
static bool
names(const json_t *values, const char *pointer)
{
    while (*pointer == '/' && json_is_object(values)) {
        size_t len = strcspn(pointer + 1, "/");

        values = json_object_getn(values, pointer + 1, len);
        pointer += 1 + len;
    }
    return values != NULL && !json_is_null(values);
}

void
contract_new_faults(struct fault_list *to, const char *pointer, const struct fault_list *found,
    const struct fault_list *old, const json_t *values, const json_t *more)
{
    for (int i = 0; i < found->count; i++) {
        const struct fault *fault = &found->items[i];
        const char *below = arena_printf(to->arena, "%s%s", pointer, fault->pointer);

        if (has_fault(old, fault->pointer, fault->rule) && !names(values, fault->pointer) &&
            !names(more, fault->pointer))
            continue;
        if (!has_fault(to, below, fault->rule))
            fault_add(to, below, fault->rule, fault->article, fault->zh, fault->en);
    }
}

static void
hide_private(const struct form *form, json_t *values)
{
    for (int i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];
        json_t *value = json_object_get(values, field->name);
        json_t *item;
        size_t index;

        if (field->marks & (FORM_PRIVATE | FORM_PRIVATE_OF_PERSON))
            json_object_del(values, field->name);
        else if (field->type == FORM_OBJECT)
            hide_private(field->form, value);
        else if (field->type == FORM_LIST)
            json_array_foreach(value, index, item) hide_private(field->form, item);
    }
}

void
contract_hide_private(json_t *values)
{
    hide_private(contract_form(), values);
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

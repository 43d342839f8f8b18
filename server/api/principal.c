#include "server/api/principal.h"

#include <stddef.h>
#include <string.h>

static const char *const names[ROLE_COUNT] = {
    "agency", "registrar", "reviewer", "county", "bureau", "auditor", "administrator"};

const char *
role_name(int index)
{
    return index >= 0 && index < ROLE_COUNT ? names[index] : NULL;
}

unsigned
role_from_name(const char *name)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return 1u << i;
    return 0;
}

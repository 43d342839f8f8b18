#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>

int
err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;

    err->code = code;
    err->rule = NULL;
    va_start(args, format);
    vsnprintf(err->msg, sizeof(err->msg), format, args);
    va_end(args);
    return -1;
}

int
err_rule(struct err *err, enum err_code code, const char *rule)
{
    err->code = code;
    err->rule = rule;
    err->msg[0] = '\0';
    return -1;
}

int
err_rule_more(struct err *err, enum err_code code, const char *rule, const char *format, ...)
{
    va_list args;

    err->code = code;
    err->rule = rule;
    va_start(args, format);
    vsnprintf(err->msg, sizeof(err->msg), format, args);
    va_end(args);
    return -1;
}

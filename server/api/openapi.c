#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api.h"
#include "server/api/fields.h"

/* /openapi.json from the table of methods: nothing about a method is written here. */

const char *
format_type(enum reply_format format)
{
    static const char *const types[FORMAT_COUNT] = {
        [FORMAT_JSON] = "application/json",
        [FORMAT_CSV] = "text/csv",
        [FORMAT_HTML] = "text/html",
        [FORMAT_PDF] = "application/pdf",
        [FORMAT_ZIP] = "application/zip",
        [FORMAT_DOCX] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        [FORMAT_XLSX] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        [FORMAT_NDJSON] = "application/x-ndjson",
    };

    return types[format];
}

static json_t *
problem_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, "
                     "s:{s:s, s:{s:{s:s}, s:{s:s}, "
                     "s:{s:[s,s]}, s:{s:s}, s:{s:s}}}}}}",
        "type", "object", "properties", "type", "type", "string", "title", "type", "string",
        "status", "type", "integer", "code", "type", "string", "detail", "type", "string",
        "request_id", "type", "string", "errors", "type", "array", "items", "type", "object",
        "properties", "pointer", "type", "string", "rule", "type", "string", "article", "type",
        "string", "null", "zh", "type", "string", "en", "type", "string");
}

static json_t *
param_schema(enum param_type type)
{
    static const char *const types[] = {"string", "integer", "boolean", "string"};
    json_t *schema = json_pack("{s:s}", "type", types[type]);

    if (type == PARAM_DATE)
        json_object_set_new(schema, "format", json_string("date"));
    return schema;
}

static void
add_header(json_t *parameters, const char *name, const char *help)
{
    json_array_append_new(
        parameters, json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", name, "in", "header",
                        "required", 1, "description", help, "schema", "type", "string"));
}

static json_t *
parameters_of(const struct method *method)
{
    json_t *parameters = json_array();

    for (const struct method_param *param = method->params; param != NULL && param->name != NULL;
         param++)
        json_array_append_new(
            parameters, json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", param->name, "in",
                            param->in == PARAM_IN_PATH ? "path" : "query", "required",
                            param->in == PARAM_IN_PATH, "description", param->help, "schema",
                            param_schema(param->type)));
    if (method->flags & METHOD_KEY)
        add_header(parameters, "Idempotency-Key",
            "repeating a request with the same key is safe for 72 hours");
    if (method->flags & METHOD_MATCH)
        add_header(parameters, "If-Match", "the ETag of the thing as it was read");
    return parameters;
}

static json_t *
answer_of(const char *description, const char *type, json_t *schema)
{
    return json_pack(
        "{s:s, s:{s:{s:o}}}", "description", description, "content", type, "schema", schema);
}

/* Bytes as they are. */
static json_t *
binary_content(void)
{
    return json_pack("{s:{s:s, s:s}}", "schema", "type", "string", "format", "binary");
}

static json_t *
responses_of(const struct method *method)
{
    json_t *responses = json_object();
    char status[8];
    json_t *schema = method->reply_schema == NULL ? json_pack("{s:s}", "type", "object")
                                                  : method->reply_schema();
    unsigned formats = method->formats == 0 ? FORMAT(JSON) : method->formats;
    json_t *answer = answer_of(method->summary_en, "application/json", schema);
    json_t *content = json_object_get(answer, "content");

    if ((method->flags & METHOD_STREAM_OUT) && method->formats == 0)
        json_object_set_new(content, "*/*", binary_content());
    for (int i = FORMAT_JSON + 1; i < FORMAT_COUNT; i++)
        if (formats & 1U << i)
            json_object_set_new(content, format_type((enum reply_format)i),
                json_pack("{s:{s:s}}", "schema", "type", "string"));
    if (!(formats & FORMAT(JSON)) || (method->flags & METHOD_STREAM_OUT))
        json_object_del(content, "application/json");
    snprintf(status, sizeof(status), "%d", method->status);
    json_object_set_new(responses, status, answer);
    json_object_set_new(responses, "default",
        answer_of("A refusal that names every fault", "application/problem+json",
            json_pack("{s:s}", "$ref", "#/components/schemas/Problem")));
    return responses;
}

static json_t *
roles_of(const struct method *method)
{
    json_t *roles = json_array();

    for (int i = 0; i < ROLE_COUNT; i++)
        if (method->roles & (1u << i))
            json_array_append_new(roles, json_string(role_name(i)));
    return roles;
}

static json_t *
operation_of(const struct method *method)
{
    json_t *operation = json_pack("{s:s, s:s, s:s, s:[o], s:o, s:o}", "operationId", method->name,
        "summary", method->summary_en, "description", method->summary_zh, "tags",
        json_stringn(method->name, strcspn(method->name, ".")), "parameters", parameters_of(method),
        "responses", responses_of(method));

    if (method->flags & METHOD_PUBLIC)
        json_object_set_new(operation, "security", json_array());
    else
        json_object_set_new(operation, "x-roles", roles_of(method));
    if (method->body_schema != NULL || method->fields != NULL)
        json_object_set_new(operation, "requestBody",
            json_pack("{s:b, s:{s:{s:o}}}", "required",
                (method->flags & (METHOD_BODY | METHOD_STREAM_IN)) != 0, "content",
                "application/json", "schema",
                method->fields != NULL ? fields_schema(method->fields) : method->body_schema()));
    if (method->flags & METHOD_STREAM_IN) /* JSON is the form on the RPC wire */
        json_object_set_new(json_object_get(json_object_get(operation, "requestBody"), "content"),
            "*/*", binary_content());
    return operation;
}

char *
openapi_write(const struct method *const *methods)
{
    json_t *paths = json_object();
    json_t *document;
    char *text;

    for (; *methods != NULL; methods++) {
        const struct method *method = *methods;
        json_t *path = json_object_get(paths, method->path);
        char verb[16];
        size_t i;

        if (path == NULL) {
            path = json_object();
            json_object_set_new(paths, method->path, path);
        }
        for (i = 0; i < sizeof(verb) - 1 && method->verb[i] != '\0'; i++)
            verb[i] = (char)tolower((unsigned char)method->verb[i]);
        verb[i] = '\0';
        json_object_set_new(path, verb, operation_of(method));
    }
    document = json_pack(
        "{s:s, s:{s:s, s:s, s:s}, s:[{s:[]}, {s:[]}], s:o, s:{s:{s:o}, s:{s:{s:s, s:s}, s:{s:s}}}}",
        "openapi", "3.1.0", "info", "title",
        "tcrd - technology contract registration 技术合同认定登记", "version", TCRD_VERSION,
        "description",
        "Every method is served over HTTPS and over JSON-RPC 2.0 (operationId is the RPC method).",
        "security", "bearer", "certificate", "paths", paths, "components", "schemas", "Problem",
        problem_schema(), "securitySchemes", "bearer", "type", "http", "scheme", "bearer",
        "certificate", "type", "mutualTLS");
    text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    return text;
}

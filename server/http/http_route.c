#include "server/http/http_route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"

enum { SEGMENTS_MAX = 12, VERBS_MAX = 6 };

/* A segment after the segments above it. */
struct node {
    struct node *next;  /* sibling with another fixed text */
    struct node *fixed; /* first child with a fixed text */
    struct node *named; /* the child for any text */
    const char *text;
    size_t len;
    const struct method *methods[VERBS_MAX]; /* of the paths that end here; NULL after the last */
    char *allow;
};

struct http_routes {
    struct node root;
    char *allow_any;                     /* of "*" */
    const char *stream_verbs[VERBS_MAX]; /* NULL after the last */
};

struct walk {
    const char *values[SEGMENTS_MAX];
    size_t lens[SEGMENTS_MAX];
    int count;
};

static size_t
segment_len(const char *path)
{
    return strcspn(path, "/");
}

static struct node *
child_fixed(struct node *parent, const char *text, size_t len)
{
    struct node *node;

    for (node = parent->fixed; node != NULL; node = node->next)
        if (node->len == len && memcmp(node->text, text, len) == 0)
            break;
    return node;
}

static struct node *
child_add(struct node *parent, const char *text, size_t len)
{
    struct node *node = text[0] == '{' ? parent->named : child_fixed(parent, text, len);

    if (node != NULL)
        return node;
    node = xcalloc(1, sizeof(*node));
    node->text = text;
    node->len = len;
    if (text[0] == '{') {
        parent->named = node;
    } else {
        node->next = parent->fixed;
        parent->fixed = node;
    }
    return node;
}

static void
add_method(struct http_routes *routes, const struct method *method)
{
    struct node *node = &routes->root;
    int depth = 0;
    int i = 0;

    for (const char *at = method->path; *at == '/'; at += segment_len(at)) {
        at++;
        node = child_add(node, at, segment_len(at));
        depth++;
    }
    while (node->methods[i] != NULL)
        i++;
    assert(depth <= SEGMENTS_MAX && i < VERBS_MAX - 1);
    node->methods[i] = method;
}

static char *
allow_text(const struct method *const *methods)
{
    struct buf out = {0};

    for (int i = 0; methods[i] != NULL; i++)
        buf_printf(
            &out, "%s, %s", methods[i]->verb, strcmp(methods[i]->verb, "GET") == 0 ? "HEAD, " : "");
    buf_puts(&out, "OPTIONS");
    return out.data;
}

static void
finish_node(struct node *node)
{
    if (node == NULL)
        return;
    if (node->methods[0] != NULL)
        node->allow = allow_text(node->methods);
    finish_node(node->named);
    for (struct node *child = node->fixed; child != NULL; child = child->next)
        finish_node(child);
}

static void
add_stream_verb(struct http_routes *routes, const char *verb)
{
    int i = 0;

    while (routes->stream_verbs[i] != NULL && strcmp(routes->stream_verbs[i], verb) != 0)
        i++;
    assert(i < VERBS_MAX - 1);
    routes->stream_verbs[i] = verb;
}

bool
http_routes_stream(const struct http_routes *routes, const char *verb)
{
    for (int i = 0; routes->stream_verbs[i] != NULL; i++)
        if (strcmp(routes->stream_verbs[i], verb) == 0)
            return true;
    return false;
}

struct http_routes *
http_routes_new(const struct method *const *methods)
{
    struct http_routes *routes = xcalloc(1, sizeof(*routes));

    for (int i = 0; methods[i] != NULL; i++) {
        if (methods[i]->path != NULL)
            add_method(routes, methods[i]);
        if (methods[i]->flags & METHOD_STREAM_IN)
            add_stream_verb(routes, methods[i]->verb);
    }
    finish_node(&routes->root);
    routes->allow_any = xstrdup("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return routes;
}

static void
free_children(struct node *node)
{
    struct node *child;

    if (node->named != NULL) {
        free_children(node->named);
        free(node->named);
    }
    while ((child = node->fixed) != NULL) {
        node->fixed = child->next;
        free_children(child);
        free(child);
    }
    free(node->allow);
}

void
http_routes_free(struct http_routes *routes)
{
    if (routes == NULL)
        return;
    free_children(&routes->root);
    free(routes->allow_any);
    free(routes);
}

/* The node where path ends, or NULL. Goes back to {name} when the fixed text leads nowhere; the
 * depth is bounded. */
static const struct node *
find_node(const struct node *node, const char *path, struct walk *walk)
{
    const struct node *found;
    size_t len;
    int depth = walk->count;

    if (*path == '\0')
        return node->methods[0] != NULL ? node : NULL;
    path++;
    len = segment_len(path);
    if (len == 0 || depth == SEGMENTS_MAX)
        return NULL;
    walk->values[depth] = path;
    walk->lens[depth] = len;
    walk->count = depth + 1;
    for (const struct node *child = node->fixed; child != NULL; child = child->next) {
        if (child->len != len || memcmp(child->text, path, len) != 0)
            continue;
        found = find_node(child, path + len, walk);
        if (found != NULL)
            return found;
        walk->count = depth + 1;
    }
    return node->named != NULL ? find_node(node->named, path + len, walk) : NULL;
}

static const struct method *
find_method(const struct node *node, const char *verb)
{
    if (strcmp(verb, "HEAD") == 0)
        verb = "GET";
    for (int i = 0; node->methods[i] != NULL; i++)
        if (strcmp(node->methods[i]->verb, verb) == 0)
            return node->methods[i];
    return NULL;
}

/* The names stand in the template of the method, which other methods of the same node may spell
 * otherwise. */
static int
take_args(struct http_match *match, const struct walk *walk, struct arena *arena, struct err *err)
{
    const char *at = match->method->path;

    for (int i = 0; i < walk->count; i++) {
        size_t len = segment_len(++at);

        if (at[0] == '{') {
            struct call_arg *arg = &match->args[match->arg_count++];

            arg->name = arena_strndup(arena, at + 1, len - 2);
            arg->value = http_decode(arena, walk->values[i], walk->lens[i], false);
            if (arg->value == NULL)
                return err_rule(err, ERR_SYNTAX, "http.path_text");
        }
        at += len;
    }
    return 0;
}

int
http_route_find(const struct http_routes *routes, const char *verb, const char *path,
    struct arena *arena, struct http_match *match, struct err *err)
{
    struct walk walk = {.count = 0};
    const struct node *node;

    match->method = NULL;
    match->arg_count = 0;
    match->allow = NULL;
    if (path[0] != '/') {
        match->allow = routes->allow_any;
        return err_rule_more(err, ERR_NO_METHOD, "http.method", "OPTIONS");
    }
    node = find_node(&routes->root, path, &walk);
    if (node == NULL)
        return err_rule(err, ERR_NOT_FOUND, "http.path");
    match->allow = node->allow;
    match->method = find_method(node, verb);
    if (match->method == NULL)
        return err_rule_more(err, ERR_NO_METHOD, "http.method", "%s", node->allow);
    return take_args(match, &walk, arena, err);
}

/* Hides what findings look like: lines for people, JSON for tools. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"

typedef struct sink {
    audit_write_function write;
    void *context;
    bool has_failed;
} sink;

static void put(sink *sink, const char *text)
{
    sink->has_failed = sink->has_failed || !sink->write(sink->context, text, strlen(text));
}

/* Names come from files that nobody has vouched for: what a terminal would act upon is shown as '?'. */
static void put_visible(sink *sink, const char *text)
{
    char part[256];
    size_t used = 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        part[used++] = byte < ' ' || byte >= 0x7f ? '?' : (char)byte;
        if (used == sizeof part - 1 || text[1] == '\0') {
            part[used] = '\0';
            put(sink, part);
            used = 0;
        }
    }
}

static const char *const headings[] = {
    [AUDIT_BINARY_FUNCTION] = "functions of the operating system",
    [AUDIT_BINARY_INSTRUCTION] = "instructions that enter the kernel",
    [AUDIT_BINARY_MEMORY] = "memory that is writable and executable",
    [AUDIT_BINARY_SEARCH_PATH] = "folders where the loader looks first",
    [AUDIT_BINARY_INTERPRETER] = "loader",
    [AUDIT_BINARY_LIBRARY] = "libraries",
    [AUDIT_BINARY_UNREAD] = "not read: code of another processor",
};

static void put_detail(sink *sink, const audit_finding *finding)
{
    char text[64];
    if (finding->kind == AUDIT_BINARY_INSTRUCTION) {
        put(sink, " in ");
        put_visible(sink, finding->function != NULL ? finding->function : "?");
        snprintf(text, sizeof text, ", 0x%llx", (unsigned long long)finding->address);
        put(sink, text);
    }
    if (finding->section != NULL) {
        put(sink, " of ");
        put_visible(sink, finding->section);
    }
    if (finding->version != NULL) {
        put(sink, "@");
        put_visible(sink, finding->version);
    }
    if (finding->is_weak)
        put(sink, " (weak)");
    if (finding->is_new)
        put(sink, " NEW");
}

/* Functions of one capability share a line; all else has one each. */
static void put_row(sink *sink, const audit_finding *finding, const audit_finding *before)
{
    bool is_continued = before != NULL && before->kind == AUDIT_BINARY_FUNCTION &&
                        finding->kind == AUDIT_BINARY_FUNCTION && before->capability == finding->capability;
    char text[64];
    if (is_continued) {
        put(sink, ", ");
    } else if (finding->kind == AUDIT_BINARY_FUNCTION) {
        snprintf(text, sizeof text, "%s    %-14s ", before != NULL ? "\n" : "", finding->capability);
        put(sink, text);
    } else {
        put(sink, before != NULL ? "\n    " : "    ");
    }
    put_visible(sink, finding->name);
    put_detail(sink, finding);
}

bool audit_binary_write_table(const audit_binary *binary, audit_write_function write, void *context)
{
    sink sink = {write, context, false};
    const audit_finding *last = NULL;
    for (size_t i = 0; i < binary->count; i++) {
        const audit_finding *finding = &binary->findings[i];
        bool is_new_file = last == NULL || strcmp(last->file, finding->file) != 0;
        bool is_new_kind = is_new_file || last->kind != finding->kind;
        if (last != NULL && is_new_kind)
            put(&sink, "\n");
        if (is_new_file) {
            put_visible(&sink, finding->file);
            put(&sink, "\n");
        }
        if (is_new_kind) {
            put(&sink, "  ");
            put(&sink, headings[finding->kind]);
            put(&sink, "\n");
        }
        put_row(&sink, finding, is_new_kind ? NULL : last);
        last = finding;
    }
    put(&sink, last != NULL ? "\n" : "");
    return !sink.has_failed;
}

/* A JSON text of bytes that need not be UTF-8. */
static json_t *text_of(const char *text)
{
    json_t *made = json_string(text);
    if (made != NULL)
        return made;
    char *plain = strdup(text);
    for (char *at = plain; at != NULL && *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    made = plain != NULL ? json_string(plain) : NULL;
    free(plain);
    return made;
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, text != NULL ? text_of(text) : json_null());
}

static json_t *object_of(const audit_finding *finding)
{
    json_t *object = json_object();
    set_text(object, "file", finding->file);
    set_text(object, "kind", binary_kind_word(finding->kind));
    set_text(object, "capability", finding->capability);
    set_text(object, "name", finding->name);
    set_text(object, "operation", finding->operation);
    set_text(object, "version", finding->version);
    set_text(object, "function", finding->function);
    set_text(object, "section", finding->section);
    bool has_address = finding->kind == AUDIT_BINARY_INSTRUCTION || finding->address != 0;
    json_object_set_new(object, "address", has_address ? json_integer((json_int_t)finding->address) : json_null());
    json_object_set_new(object, "weak", json_boolean(finding->is_weak));
    json_object_set_new(object, "plt", json_boolean(finding->is_called));
    json_object_set_new(object, "new", json_boolean(finding->is_new));
    return object;
}

static int pass_on(const char *text, size_t size, void *context)
{
    sink *sink = context;
    sink->has_failed = sink->has_failed || !sink->write(sink->context, text, size);
    return sink->has_failed ? -1 : 0;
}

bool audit_binary_write_json(const audit_binary *binary, audit_write_function write, void *context)
{
    sink sink = {write, context, false};
    json_t *list = json_array(), *whole = json_object();
    bool is_made = list != NULL && whole != NULL;
    for (size_t i = 0; is_made && i < binary->count; i++)
        is_made = json_array_append_new(list, object_of(&binary->findings[i])) == 0;
    if (is_made) {
        json_object_set_new(whole, "version", json_integer(1));
        json_object_set_new(whole, "hidden", json_integer((json_int_t)binary->hidden_count));
        json_object_set(whole, "findings", list);
        is_made = json_dump_callback(whole, pass_on, &sink, JSON_INDENT(1)) == 0;
        put(&sink, "\n");
    }
    json_decref(list);
    json_decref(whole);
    return is_made && !sink.has_failed;
}

/* Hides how a learnt policy is written: rules in the language of docs/policy.md, each with where it was seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"
#include "visible.h"

typedef struct text_out {
    audit_learner *in;
    audit_write_function write;
    void *context;
    bool has_failed;
    const char *before; /* each line */
} text_out;

static void put(text_out *to, const char *text)
{
    if (!to->has_failed && text == NULL) to->has_failed = true; /* no memory */
    if (!to->has_failed && text[0] != '\0') to->has_failed = !to->write(to->context, text, strlen(text));
}

/* Items hold no control characters: what does is never granted. */
static void put_quoted(text_out *to, const char *text)
{
    put(to, "\"");
    for (; *text != '\0'; text++) {
        char letter[3] = { '\\', *text, '\0' };
        put(to, *text == '"' || *text == '\\' ? letter : letter + 1);
    }
    put(to, "\"");
}

static void put_seen(text_out *to, const learn_item *item)
{
    char count[48];
    snprintf(count, sizeof count, ", %llu %s", (unsigned long long)item->count, item->count == 1 ? "time" : "times");
    put(to, "  # ");
    put(to, visible_text(&to->in->memory, item->place));
    put(to, count);
    put(to, "\n");
}

/* What stands before a rule's list, by field; NULL: nothing can be listed. */
static const char *const keys[LEARN_FIELD_COUNT] = { [LEARN_FOLDER] = "path", [LEARN_PATH] = "path", [LEARN_NAME] = "name", [LEARN_HOST] = "host",
                                                     [LEARN_ADDRESS] = "address", [LEARN_PROGRAM] = "program", [LEARN_SIGNAL] = "signal", [LEARN_MODULE] = "name" };

static void put_line(text_out *to, const char *first, const char *second)
{
    put(to, to->before);
    put(to, first);
    put(to, second);
}

/* What limits all items of the rule beside their list. */
static void put_second(text_out *to, const learn_item *item)
{
    if (item->second[0] == '\0') return;
    if (item->field == LEARN_ADDRESS) {
        put_line(to, "    port: [", item->second);
        put(to, "]\n");
        return;
    }
    put_line(to, "    origin: [", "");
    if (strcmp(item->second, "library") == 0) {
        put(to, "built-in, frozen");
        if (to->in->library[0] != '\0') put(to, ", ");
    }
    const char *path = strcmp(item->second, "library") == 0 ? to->in->library : item->second;
    if (path[0] != '\0') put_quoted(to, path);
    put(to, "]\n");
}

static void put_rule(text_out *to, learn_item *const *items, size_t count)
{
    const learn_item *first = items[0];
    put_line(to, "  - capability: ", first->capability);
    if (first->field == LEARN_ALL) {
        put_seen(to, first);
        return;
    }
    put(to, "\n");
    put_line(to, "    ", keys[first->field]);
    put(to, ":\n");
    for (size_t i = 0; i < count; i++) {
        put_line(to, "      - ", "");
        put_quoted(to, items[i]->text);
        put_seen(to, items[i]);
    }
    put_second(to, first);
}

static bool is_same_rule(const learn_item *a, const learn_item *b)
{
    return a->too_wide == NULL && b->too_wide == NULL && a->field == b->field && strcmp(a->capability, b->capability) == 0 && strcmp(a->second, b->second) == 0;
}

static void put_refused(text_out *to, const learn_item *item)
{
    put_line(to, "  # not granted: ", item->capability);
    put(to, " ");
    put(to, visible_text(&to->in->memory, item->text));
    put(to, ", since it ");
    put(to, strncmp(item->too_wide, "its ", 4) == 0 ? "has a name that cannot be told from a pattern or be written" : item->too_wide);
    put_seen(to, item);
}

static void put_rules(text_out *to, const learn_list *list)
{
    for (size_t i = 0, end; i < list->count; i = end) {
        for (end = i + 1; end < list->count && is_same_rule(list->items[i], list->items[end]);) end++;
        if (list->items[i]->too_wide != NULL) {
            put_refused(to, list->items[i]);
            to->in->refused++;
        } else {
            put_rule(to, list->items + i, end - i);
        }
    }
}

static void put_head(text_out *to)
{
    char text[256];
    snprintf(text, sizeof text, "# Learnt by cordon audit learn from %zu %s: what was seen is allowed, nothing else.\n", to->in->records, to->in->records == 1 ? "record" : "records");
    put(to, text);
    put(to, "# Python copies its environment when it starts, so that all variables were read: remove those that the program does not need.\n"
            "version: 1\nallow:\n");
}

bool audit_learner_write(audit_learner *learner, audit_learn_form form, audit_write_function write, void *context)
{
    text_out to = { .in = learner, .write = write, .context = context, .before = "" };
    learn_list list;
    bool has_memory = learn_join(learner, &list);
    learner->refused = 0;
    if (has_memory) {
        if (form == AUDIT_LEARN_POLICY) put_head(&to);
        put_rules(&to, &list);
        if (form == AUDIT_LEARN_POLICY && list.count == learner->refused) put(&to, "  []\n");
    }
    free(list.items);
    return has_memory && !to.has_failed;
}

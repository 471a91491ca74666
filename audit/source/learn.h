/* What a learner has seen, shared by those who gather it, join it and write it. Private to audit. */
#ifndef AUDIT_SOURCE_LEARN_H
#define AUDIT_SOURCE_LEARN_H

#include "arena.h"
#include "audit/learn.h"
#include "baseline_key.h"
#include "table.h"

typedef enum learn_field { LEARN_ALL, LEARN_FOLDER, LEARN_PATH, LEARN_NAME, LEARN_HOST, LEARN_ADDRESS, LEARN_PROGRAM, LEARN_SIGNAL, LEARN_MODULE, LEARN_FIELD_COUNT } learn_field;

#define LEARN_READING "fs.read, fs.list" /* one right of the full interpreter */

/* Something that was touched by one capability. */
typedef struct learn_item {
    const char *capability; /* "fs.read, fs.list" for both */
    learn_field field;
    const char *text;   /* "" for ALL; of FOLDER a folder and all beneath it, or a single file */
    const char *second; /* of an address its ports, of a module where it comes from; "" for any */
    const char *place;  /* where it was seen first, for people */
    uint64_t count, missed;
    const char *too_wide; /* why it is not granted; NULL: it is */
} learn_item;

struct audit_learner {
    arena memory;
    table items, texts;
    baseline_keys *keys;
    audit_file_kind_function file_kind;
    void *context;
    const char *home, *directory, *library; /* "": not known */
    const char *python;         /* "3.13" */
    size_t records, refused;
};

typedef struct learn_list {
    learn_item **items;
    size_t count;
} learn_list;

/* A copy that lives as long as the learner; NULL: no memory. */
const char *learn_text(audit_learner *in, const char *text);
/* Joins what was gathered and puts it in order: by capability, second, text. The caller frees list_out->items. False: no memory. */
bool learn_join(audit_learner *in, learn_list *list_out);
int learn_compare(const void *a, const void *b);

#endif

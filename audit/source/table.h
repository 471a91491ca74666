/* A hash table of pointers. What they point to and when two are equal is the caller's. Private to audit. */
#ifndef AUDIT_TABLE_H
#define AUDIT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct table {
    struct table_slot *slots; /* all zero is an empty table */
    size_t room, count;
} table;

typedef bool (*table_equal_function)(const void *item, const void *key);

/* NULL: there is none. */
void *table_find(const table *in, uint64_t hash, table_equal_function is_equal, const void *key);
/* `item` is not NULL and not in it. False: no memory. */
bool table_add(table *in, uint64_t hash, void *item);
/* Calls `visit` for each item, in no order. */
void table_each(const table *in, void (*visit)(void *context, void *item), void *context);
void table_release(table *in);

/* Begin with a seed and put each part's result into the next call. */
uint64_t table_hash_text(uint64_t hash, const char *text); /* NULL is not "" */
uint64_t table_hash_number(uint64_t hash, uint64_t number);

#endif

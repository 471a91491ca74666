/* Stands for <stdlib.h>: the allocator and numbers from text. Hides the environment, processes and everything else of it. */
#pragma once
#include <stddef.h>
void *calloc(size_t count, size_t size);
void free(void *memory);
void *malloc(size_t size);
void *realloc(void *memory, size_t size);
long strtol(const char *restrict text, char **restrict end, int base);
unsigned long strtoul(const char *restrict text, char **restrict end, int base);

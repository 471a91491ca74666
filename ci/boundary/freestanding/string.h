/* Stands for <string.h>: what works on the caller's memory. Hides the rest of the C library from code that must not know it. */
#pragma once
#include <stddef.h>
void *memchr(const void *memory, int byte, size_t size);
int memcmp(const void *first, const void *second, size_t size);
void *memcpy(void *restrict target, const void *restrict source, size_t size);
void *memmove(void *target, const void *source, size_t size);
void *memset(void *target, int byte, size_t size);
char *strchr(const char *text, int character);
int strcmp(const char *first, const char *second);
char *strcpy(char *restrict target, const char *restrict source);
size_t strcspn(const char *text, const char *refused);
size_t strlen(const char *text);
int strncmp(const char *first, const char *second, size_t size);
size_t strnlen(const char *text, size_t size);
char *strrchr(const char *text, int character);
size_t strspn(const char *text, const char *accepted);
char *strstr(const char *text, const char *part);

/* Stands for <stdio.h>: formatting into a buffer. No stream can be had; the type is there because libyaml's header names it. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
typedef struct freestanding_stream FILE;
int snprintf(char *restrict target, size_t size, const char *restrict format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *restrict target, size_t size, const char *restrict format, va_list arguments) __attribute__((format(printf, 3, 0)));

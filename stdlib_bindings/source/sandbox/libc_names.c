/* Hides from the pure members of libc that the rest of libc is not there: what they call under plain names, answered by
 * the adapters.
 *
 * CPython's own calls are renamed and never come here. Each of these takes the place of a member of libc's archive that
 * would bring a system call or the thread pointer along; the boundary check of the linked object proves that none is
 * left. */
#include "sealed/environment.h"

#include <stddef.h>
#include <stdio.h>
#include <wchar.h>

/* --- heap --- */

void *cordon_bind_malloc(size_t size);
void *cordon_bind_calloc(size_t count, size_t size);
void *cordon_bind_realloc(void *block, size_t size);
void cordon_bind_free(void *block);
void *cordon_bind_aligned_alloc(size_t alignment, size_t size);
int cordon_bind_posix_memalign(void **block_out, size_t alignment, size_t size);

void *malloc(size_t size)
{
    return cordon_bind_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return cordon_bind_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return cordon_bind_realloc(block, size);
}

void free(void *block)
{
    cordon_bind_free(block);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return cordon_bind_aligned_alloc(alignment, size);
}

int posix_memalign(void **block_out, size_t alignment, size_t size)
{
    return cordon_bind_posix_memalign(block_out, alignment, size);
}

void *__libc_malloc(size_t size)
{
    return cordon_bind_malloc(size);
}

void *__libc_calloc(size_t count, size_t size)
{
    return cordon_bind_calloc(count, size);
}

void *__libc_realloc(void *block, size_t size)
{
    return cordon_bind_realloc(block, size);
}

void __libc_free(void *block)
{
    cordon_bind_free(block);
}

/* --- errno and texts --- */

int *cordon_bind___errno_location(void);
char *cordon_bind_strerror(int error_number);

int *__errno_location(void)
{
    return cordon_bind___errno_location();
}

int *___errno_location(void)
{
    return cordon_bind___errno_location();
}

char *strerror(int error_number)
{
    return cordon_bind_strerror(error_number);
}

/* --- environment: time zones ask for TZ --- */

char *getenv(const char *name)
{
    return (char *)sealed_environment_get(name);
}

/* --- multibyte --- */

size_t cordon_bind_mbrtowc(wchar_t *character_out, const char *text, size_t size, mbstate_t *state);
size_t cordon_bind_mbsrtowcs(wchar_t *target, const char **source, size_t count, mbstate_t *state);
size_t cordon_bind_wcrtomb(char *text, wchar_t character, mbstate_t *state);
size_t cordon_bind_wcsrtombs(char *target, const wchar_t **source, size_t size, mbstate_t *state);
int cordon_bind_mbtowc(wchar_t *character_out, const char *text, size_t size);
int cordon_bind_wctomb(char *text, wchar_t character);
wint_t cordon_bind_btowc(int byte);
int cordon_bind_wctob(wint_t character);

size_t mbrtowc(wchar_t *character_out, const char *text, size_t size, mbstate_t *state)
{
    return cordon_bind_mbrtowc(character_out, text, size, state);
}

size_t mbsrtowcs(wchar_t *target, const char **source, size_t count, mbstate_t *state)
{
    return cordon_bind_mbsrtowcs(target, source, count, state);
}

size_t wcrtomb(char *text, wchar_t character, mbstate_t *state)
{
    return cordon_bind_wcrtomb(text, character, state);
}

size_t wcsrtombs(char *target, const wchar_t **source, size_t size, mbstate_t *state)
{
    return cordon_bind_wcsrtombs(target, source, size, state);
}

int mbtowc(wchar_t *character_out, const char *text, size_t size)
{
    return cordon_bind_mbtowc(character_out, text, size);
}

int wctomb(char *text, wchar_t character)
{
    return cordon_bind_wctomb(text, character);
}

wint_t btowc(int byte)
{
    return cordon_bind_btowc(byte);
}

int wctob(wint_t character)
{
    return cordon_bind_wctob(character);
}

/* --- ends --- */

int cordon_bind_fprintf(FILE *file, const char *format, ...);
_Noreturn void cordon_bind_abort(void);
_Noreturn void cordon_bind_exit(int code);
int cordon_bind_raise(int number);
extern FILE *const cordon_bind_stderr;

_Noreturn void abort(void)
{
    cordon_bind_abort();
}

_Noreturn void exit(int code)
{
    cordon_bind_exit(code);
}

int raise(int number)
{
    return cordon_bind_raise(number);
}

_Noreturn void __assert_fail(const char *expression, const char *file, int line, const char *function)
{
    cordon_bind_fprintf(cordon_bind_stderr, "Assertion failed: %s (%s: %s: %d)\n", expression, file, function, line);
    cordon_bind_abort();
}

/* --- locks: one thread runs at a time, and none waits inside libc --- */

void __lock(volatile int *lock)
{
    (void)lock;
}

void __unlock(volatile int *lock)
{
    (void)lock;
}

int __lockfile(FILE *file)
{
    (void)file;
    return 0;
}

void __unlockfile(FILE *file)
{
    (void)file;
}

/* libc's streams exist only as the target of vsnprintf: there is nothing to flush at exit. */
void __stdio_exit_needed(void)
{
}

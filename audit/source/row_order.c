/* Hides from rows how they are ordered, and how an access is known again in the next run. */
#include "row_order.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int row_order_texts(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

int row_order_lists(const char *const *a, const char *const *b)
{
    for (size_t i = 0;; i++) {
        int order = row_order_texts(a[i], b[i]);
        if (order != 0 || a[i] == NULL)
            return order;
    }
}

static int compare_places(const audit_place *a, const audit_place *b)
{
    int order = row_order_texts(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = row_order_texts(a->function, b->function);
    if (order == 0)
        order = row_order_texts(a->module, b->module);
    return order != 0 ? order : row_order_texts(a->distribution, b->distribution);
}

static int compare_rows(const void *left, const void *right)
{
    const audit_row *a = *(const audit_row *const *)left, *b = *(const audit_row *const *)right;
    int order = (a->kind > b->kind) - (a->kind < b->kind);
    if (order == 0)
        order = strcmp(a->capability, b->capability);
    if (order == 0)
        order = strcmp(a->target, b->target);
    if (order == 0)
        order = row_order_texts(a->origin, b->origin);
    if (order == 0)
        order = row_order_texts(a->sha256, b->sha256);
    return order != 0 ? order : compare_places(a->place, b->place);
}

void row_order(const audit_row **rows, size_t count)
{
    if (count > 0)
        qsort(rows, count, sizeof *rows, compare_rows);
}

static int compare_counts(const void *left, const void *right)
{
    return strcmp(((const audit_count *)left)->name, ((const audit_count *)right)->name);
}

void row_order_counts(audit_count *counts, size_t count)
{
    if (count > 0)
        qsort(counts, count, sizeof *counts, compare_counts);
}

/* Each text with the NUL at its end, so that what one lacks cannot be in the next. */
static bool digest_texts(EVP_MD_CTX *digest, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = texts[i] == NULL ? "" : texts[i];
        if (EVP_DigestUpdate(digest, text, strlen(text) + 1) != 1)
            return false;
    }
    return true;
}

bool row_fingerprint(audit_row *row)
{
    static const char digits[] = "0123456789abcdef";
    const char *const parts[] = {row->capability, row->target, row->place->file, row->place->function};
    unsigned char bytes[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool is_good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1 &&
                   digest_texts(digest, parts, sizeof parts / sizeof *parts) &&
                   EVP_DigestFinal_ex(digest, bytes, NULL) == 1;
    EVP_MD_CTX_free(digest);
    for (size_t i = 0; is_good && i < sizeof row->fingerprint / 2; i++) {
        row->fingerprint[2 * i] = digits[bytes[i] >> 4];
        row->fingerprint[2 * i + 1] = digits[bytes[i] & 15];
    }
    row->fingerprint[is_good ? sizeof row->fingerprint - 1 : 0] = '\0';
    return is_good;
}

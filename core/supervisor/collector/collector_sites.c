/* Hides how places in code that several processes tell are recognised as the same. */
#include "collector_sites.h"

#include <stdlib.h>
#include <string.h>

typedef struct kept_site {
    audit_site site; /* first: what is given out is this */
    struct kept_site *next;
    uint64_t hash;
} kept_site;

struct collector_sites {
    kept_site **buckets;
    size_t bucket_count, count;
};

enum { BUCKETS_FIRST = 1024 };

collector_sites *collector_sites_create(void)
{
    collector_sites *sites = calloc(1, sizeof *sites);
    if (sites == NULL)
        return NULL;
    sites->bucket_count = BUCKETS_FIRST;
    sites->buckets = calloc(sites->bucket_count, sizeof *sites->buckets);
    if (sites->buckets != NULL)
        return sites;
    free(sites);
    return NULL;
}

/* ---- Comparing
 * --------------------------------------------------------------------------------------------------------------------
 */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t hash_site(const audit_site *site)
{
    uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), site->file);
    hash = hash_text(hash, site->function);
    hash ^= site->line * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (uint64_t)(uintptr_t)site->caller;
}

static bool same_text(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static bool same_list(const char *const *one, const char *const *other)
{
    size_t i = 0;
    while (one[i] != NULL && other[i] != NULL && strcmp(one[i], other[i]) == 0)
        i++;
    return one[i] == other[i]; /* both NULL */
}

static bool same_site(const audit_site *one, const audit_site *other)
{
    return one->line == other->line && one->caller == other->caller && same_text(one->file, other->file) &&
           same_text(one->function, other->function) && same_text(one->module, other->module) &&
           same_text(one->distribution, other->distribution) && same_list(one->imports, other->imports);
}

/* ---- Keeping
 * ----------------------------------------------------------------------------------------------------------------------
 */

static char *copy_text(const char *text, bool *is_kept)
{
    char *copy = text == NULL ? NULL : strdup(text);
    *is_kept = *is_kept && (text == NULL || copy != NULL);
    return copy;
}

static const char *const *copy_list(const char *const *list, bool *is_kept)
{
    size_t count = 0;
    while (list[count] != NULL)
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    *is_kept = *is_kept && copy != NULL;
    for (size_t i = 0; copy != NULL && i < count && *is_kept; i++)
        copy[i] = copy_text(list[i], is_kept);
    return (const char *const *)copy;
}

static void release(kept_site *kept)
{
    for (size_t i = 0; kept->site.imports != NULL && kept->site.imports[i] != NULL; i++)
        free((char *)kept->site.imports[i]);
    free((void *)kept->site.imports);
    free((char *)kept->site.file);
    free((char *)kept->site.function);
    free((char *)kept->site.module);
    free((char *)kept->site.distribution);
    free(kept);
}

static kept_site *keep(const audit_site *site)
{
    bool is_kept = true;
    kept_site *kept = calloc(1, sizeof *kept);
    if (kept == NULL)
        return NULL;
    kept->site.line = site->line;
    kept->site.caller = site->caller;
    kept->site.file = copy_text(site->file, &is_kept);
    kept->site.function = copy_text(site->function, &is_kept);
    kept->site.module = copy_text(site->module, &is_kept);
    kept->site.distribution = copy_text(site->distribution, &is_kept);
    kept->site.imports = copy_list(site->imports, &is_kept);
    if (is_kept)
        return kept;
    release(kept);
    return NULL;
}

/* More buckets when they get crowded; if there is no memory for that, they stay as they are. */
static void spread(collector_sites *sites)
{
    size_t count = sites->bucket_count * 4;
    kept_site **buckets = sites->count > sites->bucket_count ? calloc(count, sizeof *buckets) : NULL;
    if (buckets == NULL)
        return;
    for (size_t i = 0; i < sites->bucket_count; i++)
        while (sites->buckets[i] != NULL) {
            kept_site *kept = sites->buckets[i];
            sites->buckets[i] = kept->next;
            kept->next = buckets[kept->hash % count];
            buckets[kept->hash % count] = kept;
        }
    free(sites->buckets);
    sites->buckets = buckets;
    sites->bucket_count = count;
}

const audit_site *collector_sites_find(collector_sites *sites, const audit_site *site, bool *is_new_out)
{
    uint64_t hash = hash_site(site);
    *is_new_out = false;
    for (kept_site *kept = sites->buckets[hash % sites->bucket_count]; kept != NULL; kept = kept->next)
        if (kept->hash == hash && same_site(&kept->site, site))
            return &kept->site;
    kept_site *kept = keep(site);
    if (kept == NULL)
        return NULL;
    *is_new_out = true;
    kept->site.id = ++sites->count;
    kept->hash = hash;
    kept->next = sites->buckets[hash % sites->bucket_count];
    sites->buckets[hash % sites->bucket_count] = kept;
    spread(sites);
    return &kept->site;
}

void collector_sites_destroy(collector_sites *sites)
{
    for (size_t i = 0; sites != NULL && i < sites->bucket_count; i++)
        while (sites->buckets[i] != NULL) {
            kept_site *kept = sites->buckets[i];
            sites->buckets[i] = kept->next;
            release(kept);
        }
    if (sites != NULL)
        free(sites->buckets);
    free(sites);
}

/* Hides how an access to the host becomes an entry of a ring. */
#include "full_audit_here.h"

#include <string.h>

#include "full_audit_internal.h"
#include "full_audit_own_word.h"
#include "full_policy.h"
#include "host_env/fs.h"

enum { CUT_BYTES = 1024, CUT_ITEMS = 64 };
static const char cut_mark[] = "...[cut]";

/* What is known of an argument before room is reserved. */
typedef struct measured {
    bool is_told;
    uint32_t label;
    int directory;   /* of a path */
    bool is_cut;
    bool is_path;    /* to be made absolute */
    uint64_t length; /* of a text */
    uint64_t room;   /* for the value, at most */
} measured;

/* ---- Measuring ------------------------------------------------------------------------------------------------------------------------- */

static uint64_t shown_length(const char *text, bool is_cut)
{
    uint64_t length = strlen(text);
    return is_cut && length > CUT_BYTES ? CUT_BYTES + sizeof cut_mark - 1 : length;
}

static uint64_t list_room(const char *const *list, bool is_cut)
{
    uint64_t room = 0;
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (is_cut && i == CUT_ITEMS) return room + sizeof cut_mark;
        room += shown_length(list[i], is_cut) + 1;
    }
    return room;
}

static const char *text_of(const host_argument *argument) { return argument->value.text == NULL ? "" : argument->value.text; }

/* Whether a path argument is one: a name without a slash that the system looks for in folders of its own is none, nor is what a link shall say. */
static bool is_path(const host_access *access, uint32_t index)
{
    switch (access->function) {
    case HOST_FUNCTION_NATIVE_DLOPEN:
    case HOST_FUNCTION_PROCESS_POSIX_SPAWN: return strchr(text_of(&access->arguments[index]), '/') != NULL;
    case HOST_FUNCTION_FS_SYMLINK: return index > 0;
    default: return true;
    }
}

static bool is_number(const host_argument *argument) { return argument->kind == HOST_ARGUMENT_NUMBER || argument->kind == HOST_ARGUMENT_FD; }

/* The directory that a path starts from says nothing if the path starts elsewhere or from the working directory: the path is told as an absolute one. */
static inline bool is_told(const host_access *access, uint32_t index)
{
    const host_argument *argument = &access->arguments[index], *next = argument + 1;
    if (argument->kind != HOST_ARGUMENT_FD || index + 1 == access->argument_count || next->kind != HOST_ARGUMENT_PATH) return true;
    return argument->value.number != HOST_AT_CWD && text_of(next)[0] != '/';
}

/* All but its label. */
static inline void measure(const host_access *access, uint32_t index, bool is_cut, measured *out)
{
    const host_argument *argument = &access->arguments[index];
    out->is_cut = is_cut;
    switch (argument->kind) {
    case HOST_ARGUMENT_PATH:
        /* Paths come behind the directory that they start from, if there is a choice of it. */
        out->directory = index > 0 && access->arguments[index - 1].kind == HOST_ARGUMENT_FD ? (int)access->arguments[index - 1].value.number : HOST_AT_CWD;
        out->length = shown_length(text_of(argument), is_cut);
        out->is_path = is_path(access, index) && (out->length > 0 || out->directory != HOST_AT_CWD); /* an empty path is the directory itself */
        out->room = out->is_path ? full_audit_path_max(text_of(argument), out->length) : out->length + 1;
        break;
    case HOST_ARGUMENT_NAME:
    case HOST_ARGUMENT_ADDRESS:
        out->length = shown_length(text_of(argument), is_cut);
        out->room = out->length + 1;
        break;
    case HOST_ARGUMENT_SECRET: out->room = FULL_AUDIT_SECRET_BYTES + 1; break;
    case HOST_ARGUMENT_LIST: out->room = list_room(argument->value.list, is_cut); break;
    default: out->room = 1; break;
    }
}

static inline uint64_t measure_all(const host_access *access, bool is_cut, measured out[HOST_ARGUMENTS_MAX])
{
    uint64_t size = sizeof(audit_entry_access);
    for (uint32_t i = 0; i < access->argument_count; i++) {
        out[i].is_told = is_told(access, i);
        if (!out[i].is_told) continue;
        out[i].label = full_audit_label(access->function, i, access->arguments[i].label);
        if (is_number(&access->arguments[i]))
            out[i].room = sizeof(int64_t);
        else
            measure(access, i, is_cut, &out[i]);
        size += sizeof(audit_entry_argument) + audit_entry_padded(out[i].room);
    }
    return size;
}

/* ---- Writing --------------------------------------------------------------------------------------------------------------------------- */

/* `length` bytes and a NUL; how many. */
static uint64_t put_text(char *out, const char *text, uint64_t length, bool is_cut)
{
    if (is_cut && length == CUT_BYTES + sizeof cut_mark - 1) {
        memcpy(out, text, CUT_BYTES);
        memcpy(out + CUT_BYTES, cut_mark, sizeof cut_mark - 1);
    } else {
        memcpy(out, text, length);
    }
    out[length] = '\0';
    return length + 1;
}

static uint64_t put_list(char *out, const char *const *list, bool is_cut)
{
    uint64_t used = 0;
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (is_cut && i == CUT_ITEMS) return used + put_text(out + used, cut_mark, sizeof cut_mark - 1, false);
        used += put_text(out + used, list[i], shown_length(list[i], is_cut), is_cut);
    }
    return used;
}

static uint64_t put_secret(char *out, const char *secret)
{
    full_audit_secret(out, secret);
    out[FULL_AUDIT_SECRET_BYTES] = '\0';
    return FULL_AUDIT_SECRET_BYTES + 1;
}

/* The value at `out`; its size. */
static inline uint64_t put_value(char *out, const host_argument *argument, const measured *known, audit_argument_kind *kind_out)
{
    *kind_out = AUDIT_ARGUMENT_TEXT;
    switch (argument->kind) {
    case HOST_ARGUMENT_PATH:
        if (!known->is_path) return put_text(out, text_of(argument), known->length, known->is_cut);
        *kind_out = AUDIT_ARGUMENT_PATH;
        return full_audit_path(out, known->directory, text_of(argument), known->length) + 1;
    case HOST_ARGUMENT_NAME:
    case HOST_ARGUMENT_ADDRESS: return put_text(out, text_of(argument), known->length, known->is_cut);
    case HOST_ARGUMENT_SECRET: return put_secret(out, text_of(argument));
    case HOST_ARGUMENT_LIST: *kind_out = AUDIT_ARGUMENT_LIST; return put_list(out, argument->value.list, known->is_cut);
    default: return put_text(out, "", 0, false);
    }
}

/* Puts an argument at `next`, where everything is aligned; where it ends. */
static inline unsigned char *put_argument(unsigned char *next, const host_argument *argument, const measured *known)
{
    audit_entry_argument *head = (void *)next;
    audit_argument_kind kind;
    if (is_number(argument)) {
        *head = audit_entry_argument_of(known->label, AUDIT_ARGUMENT_NUMBER, sizeof argument->value.number);
        *(int64_t *)(void *)(head + 1) = argument->value.number;
        return next + sizeof *head + sizeof argument->value.number;
    }
    uint64_t size = put_value((char *)(head + 1), argument, known, &kind);
    *head = audit_entry_argument_of(known->label, kind, size);
    return next + sizeof *head + audit_entry_padded(size);
}

static bool is_refused(const host_access *access) { return access->status == HOST_DENIED_BY_POLICY || access->status == HOST_OUTSIDE_ROOT; }

/* What stands before the arguments, behind what full_audit_reserve wrote. */
static inline void fill_head(audit_entry_access *entry, const host_access *access, uint32_t argument_count, uint32_t rule, uint32_t repeat)
{
    entry->result = access->result;
    entry->function = (uint16_t)access->function;
    entry->host_code = (uint16_t)access->host_code;
    entry->capability = (uint8_t)access->capability;
    entry->is_allowed = !is_refused(access);
    entry->argument_count = (uint16_t)argument_count;
    entry->rule = rule;
    entry->repeat = repeat;
}

/* Writes all but the head of an entry that has been reserved; where it ends. */
static inline unsigned char *fill(audit_entry_access *entry, const host_access *access, const measured *known)
{
    unsigned char *next = (unsigned char *)(entry + 1);
    fill_head(entry, access, 0, 0, 0);
    for (uint32_t i = 0; i < access->argument_count; i++) {
        if (!known[i].is_told) continue;
        next = put_argument(next, &access->arguments[i], &known[i]);
        entry->argument_count++;
    }
    return next;
}

static __attribute__((noinline)) void push_any(const full_policy *policy, const host_access *access, uint32_t site)
{
    const char *rule = policy != NULL && is_refused(access) ? full_policy_refusal(policy, access) : NULL;
    uint32_t rule_text = rule != NULL ? full_audit_text(rule) : 0;
    measured known[HOST_ARGUMENTS_MAX];
    uint64_t position, size = measure_all(access, false, known);
    if (size > full_audit_entry_max()) size = measure_all(access, true, known);
    audit_entry_access *entry = full_audit_reserve(size, site, &position);
    unsigned char *next = fill(entry, access, known);
    entry->rule = rule_text;
    full_audit_commit(entry, position, AUDIT_ENTRY_ACCESS, size, (uint64_t)(next - (unsigned char *)entry));
}

/* ---- What nearly every entry is -------------------------------------------------------------------------------------------------------- */

/* What is known of an argument that is a number or a path. */
typedef struct plain {
    uint32_t label;     /* 0: it is not told */
    uint32_t path_size; /* with its NUL; 0: a number */
    const char *path;   /* absolute */
} plain;

/* Paths that were made absolute before there is room for them: the room can be no larger than needed, where else it would be what the longest working directory needs. */
typedef struct made_paths {
    uint64_t used;
    char bytes[1024];
} made_paths;

static inline bool starts_here(const host_access *access, uint32_t index)
{
    return index == 0 || access->arguments[index - 1].kind != HOST_ARGUMENT_FD || access->arguments[index - 1].value.number == HOST_AT_CWD;
}

static __attribute__((noinline)) bool make_absolute(const host_access *access, uint32_t index, made_paths *made, plain *out)
{
    const char *path = text_of(&access->arguments[index]);
    if (path[0] == '\0' || !starts_here(access, index)) return false;
    uint64_t length = full_audit_path_here(made->bytes + made->used, sizeof made->bytes - made->used, path, strlen(path));
    if (length == 0) return false;
    out->path = made->bytes + made->used;
    out->path_size = (uint32_t)length + 1;
    made->used += length + 1;
    return true;
}

static inline bool measure_plain_path(const host_access *access, uint32_t index, made_paths *made, plain *out)
{
    if (access->arguments[index].kind != HOST_ARGUMENT_PATH || !is_path(access, index)) return false;
    const char *path = text_of(&access->arguments[index]);
    if (path[0] != '/') return make_absolute(access, index, made, out);
    uint64_t path_size = strlen(path) + 1;
    out->path = path;
    out->path_size = (uint32_t)path_size;
    return path_size <= full_audit_entry_max() / HOST_ARGUMENTS_MAX;
}

/* Of an entry that has such arguments only, the size; 0: it has others, or is too long. */
static inline uint64_t measure_plain(const host_access *access, made_paths *made, plain out[HOST_ARGUMENTS_MAX])
{
    uint64_t size = sizeof(audit_entry_access);
    for (uint32_t i = 0; i < access->argument_count; i++) {
        const host_argument *argument = &access->arguments[i];
        out[i].label = out[i].path_size = 0;
        if (is_number(argument)) {
            if (!is_told(access, i)) continue;
            size += sizeof(audit_entry_argument) + sizeof argument->value.number;
        } else {
            if (!measure_plain_path(access, i, made, &out[i])) return 0;
            size += sizeof(audit_entry_argument) + audit_entry_padded(out[i].path_size);
        }
        out[i].label = full_audit_label(access->function, i, argument->label);
    }
    return size <= full_audit_entry_max() ? size : 0;
}

static inline unsigned char *put_plain(unsigned char *next, const host_argument *argument, const plain *known)
{
    audit_entry_argument *head = (void *)next;
    if (known->path_size == 0) {
        *head = audit_entry_argument_of(known->label, AUDIT_ARGUMENT_NUMBER, sizeof argument->value.number);
        *(int64_t *)(void *)(head + 1) = argument->value.number;
        return next + sizeof *head + sizeof argument->value.number;
    }
    uint64_t size = full_audit_path((char *)(head + 1), HOST_AT_CWD, known->path, known->path_size - 1) + 1;
    *head = audit_entry_argument_of(known->label, AUDIT_ARGUMENT_PATH, size);
    return next + sizeof *head + audit_entry_padded(size);
}

static inline bool push_plain(const host_access *access, uint32_t site)
{
    plain known[HOST_ARGUMENTS_MAX];
    made_paths made;
    made.used = 0;
    uint64_t position, size = is_refused(access) ? 0 : measure_plain(access, &made, known);
    if (size == 0) return false;
    audit_entry_access *entry = full_audit_reserve(size, site, &position);
    unsigned char *next = (unsigned char *)(entry + 1);
    uint32_t argument_count = 0;
    for (uint32_t i = 0; i < access->argument_count; i++) {
        if (known[i].label == 0) continue;
        next = put_plain(next, &access->arguments[i], &known[i]);
        argument_count++;
    }
    fill_head(entry, access, argument_count, 0, 0);
    full_audit_commit(entry, position, AUDIT_ENTRY_ACCESS, size, (uint64_t)(next - (unsigned char *)entry));
    return true;
}

static __attribute__((hot, noinline)) void push(const full_policy *policy, const host_access *access, uint32_t site)
{
    if (__builtin_expect(push_plain(access, site), 1)) return;
    push_any(policy, access, site);
}

/* ---- Repeats --------------------------------------------------------------------------------------------------------------------------- */

/* What starts or signals processes is told each time, and what moves the working directory must not be missed. */
static const bool is_always_told[HOST_FUNCTION_COUNT] = {
    [HOST_FUNCTION_FS_FCHDIR] = true,
    [HOST_FUNCTION_PROCESS_EXIT] = true,
    [HOST_FUNCTION_PROCESS_FORK] = true,
    [HOST_FUNCTION_PROCESS_KILL] = true,
    [HOST_FUNCTION_PROCESS_KILLPG] = true,
    [HOST_FUNCTION_PROCESS_PIDFD_SEND_SIGNAL] = true,
    [HOST_FUNCTION_PROCESS_VFORK] = true,
    [HOST_FUNCTION_SIGNAL_PTHREAD_KILL] = true,
    [HOST_FUNCTION_SIGNAL_RAISE] = true,
    [HOST_FUNCTION_TTY_FORK] = true,
};

/* Of an access that may be counted, what must be alike in another one; `thread` is 0 for the one that has its words for itself. False: it may not. Sums of
 * products with odd numbers do not wait for one another, as a chain would. */
static inline bool hash_of(const host_access *access, uint32_t site, uint64_t thread, uint64_t *hash_out)
{
    static const uint64_t factors[HOST_ARGUMENTS_MAX] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xbf58476d1ce4e5b9), UINT64_C(0x94d049bb133111eb),
                                                         UINT64_C(0xff51afd7ed558ccd), UINT64_C(0xc4ceb9fe1a85ec53)};
    if ((access->status != HOST_OK && is_refused(access)) || is_always_told[access->function]) return false;
    uint64_t what = (uint64_t)access->function << 48 ^ (uint64_t)access->capability << 40 ^ (uint64_t)access->host_code << 24 ^ site;
    uint64_t hash = what * UINT64_C(0xd6e8feb86659fd93) + (uint64_t)access->result * UINT64_C(0xa0761d6478bd642f) + thread * UINT64_C(0xe7037ed1a0b428db);
    const host_argument *argument = access->arguments;
    const uint32_t count = access->argument_count;
#pragma GCC unroll 5
    for (uint32_t i = 0; i < HOST_ARGUMENTS_MAX; i++, argument++) {
        if (i == count) break;
        if (argument->kind != HOST_ARGUMENT_NUMBER && argument->kind != HOST_ARGUMENT_FD) return false;
        hash += (uint64_t)argument->value.number * factors[i];
    }
    hash = (hash ^ hash >> 29) * UINT64_C(0x8ebc6af09c88c6e3);
    *hash_out = hash ^ hash >> 32;
    return true;
}

/* All but the word that says that it is an entry. */
static void copy_head(audit_entry *to, const audit_entry *from)
{
    to->time_ns = from->time_ns;
    to->thread = from->thread;
    to->site = from->site;
}

/* Takes `word`, which stands for `before`, for this access, and tells what was counted there. Room for both entries is reserved first, in one. If somebody else is
 * quicker, the access has an entry without a repeat. */
static __attribute__((noinline)) void push_first(const host_access *access, uint32_t site, uint32_t index, uint64_t before, uint64_t fresh)
{
    measured known[HOST_ARGUMENTS_MAX];
    uint64_t position, size = measure_all(access, false, known), count = before & AUDIT_REPEAT_COUNT_MAX;
    const uint64_t told_size = count == 0 ? 0 : audit_entry_padded(sizeof(audit_entry_repeat));
    unsigned char *room = full_audit_reserve(told_size + size, site, &position);
    audit_entry_access *entry = (void *)(room + told_size);
    if (told_size > 0) copy_head(&entry->head, (const audit_entry *)(const void *)room);
    unsigned char *next = fill(entry, access, known);
    bool is_taken = atomic_compare_exchange_strong(&full_audit.repeats[index], &before, fresh);
    entry->repeat = is_taken ? index + 1 : 0;
    if (told_size > 0) {
        audit_entry_repeat *told = (void *)room;
        told->repeat = index + 1;
        told->count = (uint32_t)count;
        full_audit_commit_first(told, position, is_taken ? AUDIT_ENTRY_REPEAT : AUDIT_ENTRY_SKIP, sizeof *told);
    }
    full_audit_commit(entry, position + told_size, AUDIT_ENTRY_ACCESS, size, (uint64_t)(next - (unsigned char *)entry));
}

/* True: it was counted in the word, which stands for this access if it is `fresh` but for its count. Where this thread alone changes it, that takes no lock on
 * the processor's bus. */
static inline bool count(_Atomic uint64_t *word, uint64_t *before, uint64_t fresh, bool is_own)
{
    while (*before - fresh < AUDIT_REPEAT_COUNT_MAX) {
        bool is_counted = __builtin_expect(is_own, 1) ? full_audit_own_word_change(word, before, *before + 1)
                                                      : atomic_compare_exchange_weak_explicit(word, before, *before + 1, memory_order_release, memory_order_relaxed);
        if (__builtin_expect(is_counted, 1)) return true;
    }
    return false;
}

/* A change of directory is recorded when it has happened: a path that led there leads on from where the process no longer is. Where it has led to is where
 * the process is. */
static const host_access *as_told(const host_access *access, host_access *told)
{
    if (access->status != HOST_OK || (access->function != HOST_FUNCTION_FS_CHDIR && access->function != HOST_FUNCTION_FS_FCHDIR && access->function != HOST_FUNCTION_FS_CHROOT))
        return access;
    full_audit_path_moved();
    const char *path = access->arguments[0].value.text;
    if (access->function != HOST_FUNCTION_FS_CHDIR || path == NULL || path[0] == '/') return access;
    *told = *access;
    told->arguments[0].value.text = ".";
    return told;
}

static __attribute__((noinline)) void tell(const full_policy *policy, const host_access *access, uint32_t site)
{
    host_access told;
    push(policy, as_told(access, &told), site);
    if (access->status == HOST_OK && access->function == HOST_FUNCTION_PROCESS_EXIT) full_audit_exit((int)access->arguments[0].value.number);
}

__attribute__((hot)) void full_audit_record(void *context, const host_access *access)
{
    uint64_t hash;
    full_audit_be_joined();
    const uint32_t site = full_audit_here();
    const uint64_t thread = full_audit_thread();
    const bool is_own = thread == full_audit.first_thread;
    if (!hash_of(access, site, is_own ? 0 : thread, &hash)) {
        tell(context, access, site);
        return;
    }
    const uint32_t index = audit_repeat_index(hash, is_own);
    const uint64_t fresh = AUDIT_REPEAT_WORD(hash >> 24 | 1, 0);
    uint64_t before = atomic_load_explicit(&full_audit.repeats[index], memory_order_relaxed);
    if (__builtin_expect(count(&full_audit.repeats[index], &before, fresh, is_own), 1)) return;
    push_first(access, site, index, before, fresh);
}

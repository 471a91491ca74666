/* Hides the frames by which a host reaches the files in a sandbox. */
#include "cordon/files.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "files_internal.h"
#include "moment.h"
#include "sandbox_internal.h"
#include "utf8.h"
#include "value_internal.h"
#include "value_pack.h"

#define MODE_TYPE 0170000u /* the guest's numbers, which are Linux's */
#define MODE_FOLDER 0040000u
#define MODE_FILE 0100000u
#define MODE_LINK 0120000u

enum { FILE_CHUNK = 1024 * 1024, PATH_SIZE_MAX = 4096 };
#define READ_SIZE_MAX (256u << 20)

/* Until everything is sent, and, if `answer_out` is given, until the answer to FILES is there. Bounded by the engine's
 * start timeout without progress. */
static bool settle(cordon_sandbox *sandbox, cordon_value **answer_out)
{
    channel *channel = &sandbox->worker->channel;
    uint64_t patience = sandbox->engine->start_timeout_ns, deadline = after(now_ns(sandbox->env), patience);
    frame said;
    const char *complaint;
    cordon_error error;
    bool was_looked_at = false;
    while (!sandbox->has_ended) {
        int taken = channel_take(channel, sandbox->state, &said, &complaint);
        if (taken < 0) {
            sandbox_broke_rules(sandbox, &said, complaint);
        } else if (taken > 0 && said.header.type == CORDON_FRAME_FILES_ANSWER) {
            if (said.header.id != sandbox->request)
                return sandbox_broke_rules(sandbox, &said, "it answers another request");
            sandbox->state = FRAME_STATE_RESTING;
            return value_decode(said.payload, said.header.length, 4, answer_out, &error) == CORDON_OK ||
                   sandbox_broke_rules(sandbox, &said, error.message);
        } else if (taken > 0 && said.header.type == CORDON_FRAME_LIMIT) {
            limit_report report;
            sandbox_take_limit(sandbox, &said, &report);
        } else if (taken > 0) {
            sandbox_take_last_words(sandbox, &said);
        } else if (channel->has_ended) {
            sandbox_end_as_it_died(sandbox);
        } else if (mailbox_is_cancelled(sandbox->mailbox)) {
            sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CANCELLED, "the host cancelled it");
        } else if (answer_out == NULL && !channel_has_unsent(channel)) {
            if (was_looked_at)
                return true;
            was_looked_at = true; /* what is written to one that has died is taken by the pipe alone */
            if (!channel_look(channel, &error))
                sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "%s", error.message);
        } else {
            uint64_t now = now_ns(sandbox->env);
            channel_event event = channel_wait(channel, left_until(deadline, now), &error);
            if (event == CHANNEL_FAILED)
                sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "%s", error.message);
            else if (event == CHANNEL_TIMED_OUT && now >= deadline)
                sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_LIMIT_TIME,
                                 "the sandbox did not take or answer a request for files in time");
        }
    }
    return false;
}

static const char *complaint_about_path(const char *path)
{
    if (path == NULL || path[0] != '/')
        return "a path in a sandbox is absolute";
    return strlen(path) >= PATH_SIZE_MAX ? "the path is too long" : NULL;
}

static cordon_status enter(cordon_sandbox *sandbox, const char *operation, const char *path, cordon_error *error)
{
    const char *complaint = complaint_about_path(path);
    if (complaint != NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "%s: %.100s", complaint,
                       path ? path : "none is given");
    return sandbox_enter(sandbox, operation, error);
}

/* ---- Putting ---- */

static bool send_chunk(cordon_sandbox *sandbox, const bytes *head, uint16_t flags, const void *content, size_t size)
{
    bytes payload = {0};
    bytes_add(&payload, head->data, head->size);
    bytes_add(&payload, content, size);
    bool is_sent = !payload.failed && sandbox_send(sandbox, CORDON_FRAME_FILE, flags, 0, payload.data, payload.size) &&
                   settle(sandbox, NULL);
    bytes_release(&payload);
    return is_sent;
}

cordon_status files_put(cordon_sandbox *sandbox, const char *operation, const char *path, uint32_t mode,
                        uint64_t modified_ns, const char *content, size_t size, cordon_error *error)
{
    bytes head = {0};
    size_t done = 0;
    bool is_sent;
    cordon_status status = CORDON_OK;
    bytes_add_u32(&head, mode);
    bytes_add_u64(&head, modified_ns);
    bytes_add_string(&head, path);
    do {
        size_t chunk = size - done < FILE_CHUNK ? size - done : FILE_CHUNK;
        is_sent = send_chunk(sandbox, &head, done > 0 ? CORDON_FILE_APPEND : 0, content + done, chunk);
        done += chunk;
    } while (is_sent && done < size);
    if (!is_sent && !sandbox->has_ended)
        status = failure(error, operation, CORDON_NO_MEMORY, "no memory for the file");
    else if (!is_sent)
        status = sandbox_fail_ended(sandbox, operation, error);
    bytes_release(&head);
    return status;
}

static cordon_status put(cordon_sandbox *sandbox, const char *operation, const char *path, uint32_t mode,
                         uint64_t modified_ns, const char *content, size_t size, cordon_error *error)
{
    if (content == NULL && size > 0)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no content");
    cordon_status status = enter(sandbox, operation, path, error);
    if (status != CORDON_OK)
        return status;
    status = files_put(sandbox, operation, path, mode, modified_ns, content, size, error);
    sandbox_leave(sandbox);
    return status;
}

cordon_status cordon_sandbox_put_file(cordon_sandbox *sandbox, const char *path, uint32_t permissions,
                                      uint64_t modified_ns, const void *content, size_t size, cordon_error *error)
{
    return put(sandbox, "sandbox_put_file", path, MODE_FILE | ((permissions ? permissions : 0644u) & 07777u),
               modified_ns, content, size, error);
}

cordon_status cordon_sandbox_put_folder(cordon_sandbox *sandbox, const char *path, uint32_t permissions,
                                        uint64_t modified_ns, cordon_error *error)
{
    return put(sandbox, "sandbox_put_folder", path, MODE_FOLDER | ((permissions ? permissions : 0755u) & 07777u),
               modified_ns, NULL, 0, error);
}

/* ---- Asking ---- */

static cordon_status enter_to_ask(cordon_sandbox *sandbox, const char *operation, const char *path, cordon_error *error)
{
    if (path != NULL && utf8_check(path, strlen(path)) != UTF8_PLAIN)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the path is not UTF-8");
    return enter(sandbox, operation, path, error);
}

static const char *errno_text(int64_t code)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {{1, "not permitted"},
                 {2, "no such file or folder"},
                 {13, "permission denied"},
                 {17, "it exists already"},
                 {20, "not a folder"},
                 {21, "it is a folder"},
                 {22, "not for this kind of file"},
                 {28, "no space is left"},
                 {30, "read only"},
                 {36, "the name is too long"},
                 {39, "the folder is not empty"},
                 {40, "too many links"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].code == code)
            return texts[i].text;
    return "refused";
}

cordon_status files_ask(cordon_sandbox *sandbox, const char *operation, const char *what, const char *path,
                         const uint64_t *range, cordon_value **answer_out, cordon_error *error)
{
    bytes payload = {0};
    int64_t code = 0;
    bool is_text = utf8_check(path, strlen(path)) == UTF8_PLAIN;
    *answer_out = NULL;
    pack_map(&payload, range ? 4 : 2);
    pack_text(&payload, "op");
    pack_text(&payload, what);
    pack_text(&payload, "path");
    if (is_text)
        pack_text(&payload, path);
    else
        pack_bytes(&payload, path, strlen(path));
    if (range != NULL) {
        pack_text(&payload, "offset");
        pack_unsigned(&payload, range[0]);
        pack_text(&payload, "size");
        pack_unsigned(&payload, range[1]);
    }
    sandbox->state = FRAME_STATE_ASKED;
    bool is_answered = !payload.failed &&
                       sandbox_send(sandbox, CORDON_FRAME_FILES, 0, ++sandbox->request, payload.data, payload.size) &&
                       settle(sandbox, answer_out);
    bytes_release(&payload);
    if (is_answered && cordon_value_get_kind(*answer_out) == CORDON_VALUE_LIST &&
        cordon_value_get_int(cordon_value_at(*answer_out, 0), &code) && code == 0)
        return CORDON_OK;
    /* A refusal is a negative errno, alone or in a list. */
    bool is_refusal =
        is_answered &&
        (cordon_value_get_int(*answer_out, &code) || cordon_value_get_int(cordon_value_at(*answer_out, 0), &code)) &&
        code < 0 && code > -4096;
    cordon_value_destroy(*answer_out);
    *answer_out = NULL;
    if (is_refusal) {
        failure(error, operation, CORDON_FILE_REFUSED, "%.150s: %s", path, errno_text(-code));
        if (error != NULL)
            error->host_code = -code;
        return CORDON_FILE_REFUSED;
    }
    if (is_answered)
        sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_VIOLATION,
                         "the sandbox broke the protocol: an answer about files is a list");
    if (!sandbox->has_ended)
        sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "the host has no memory for a request");
    return sandbox_fail_ended(sandbox, operation, error);
}

static cordon_status broke_rules(cordon_sandbox *sandbox, const char *operation, const char *complaint,
                                 cordon_error *error)
{
    sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_VIOLATION, "the sandbox broke the protocol: %s", complaint);
    return sandbox_fail_ended(sandbox, operation, error);
}

static cordon_status ask_for_nothing(cordon_sandbox *sandbox, const char *operation, const char *what, const char *path,
                                     cordon_error *error)
{
    cordon_value *answer;
    cordon_status status = enter_to_ask(sandbox, operation, path, error);
    if (status != CORDON_OK)
        return status;
    status = files_ask(sandbox, operation, what, path, NULL, &answer, error);
    cordon_value_destroy(answer);
    sandbox_leave(sandbox);
    return status;
}

cordon_status cordon_sandbox_remove(cordon_sandbox *sandbox, const char *path, cordon_error *error)
{
    return ask_for_nothing(sandbox, "sandbox_remove", "remove", path, error);
}

cordon_status cordon_sandbox_make_folder(cordon_sandbox *sandbox, const char *path, cordon_error *error)
{
    return ask_for_nothing(sandbox, "sandbox_make_folder", "make_folder", path, error);
}

/* ---- Reading ---- */

cordon_status files_read(cordon_sandbox *sandbox, const char *path, size_t size_max, bytes *content, cordon_error *error)
{
    static const char operation[] = "sandbox_read_file";
    for (;;) {
        cordon_value *answer;
        const uint64_t range[2] = {content->size, FILE_CHUNK};
        size_t size = 0;
        cordon_status status = files_ask(sandbox, operation, "read", path, range, &answer, error);
        if (status != CORDON_OK)
            return status;
        const cordon_value *piece = cordon_value_at(answer, 1);
        bool is_piece = cordon_value_get_kind(piece) == CORDON_VALUE_BYTES && cordon_value_count(answer) == 2;
        const char *data = cordon_value_get_text(piece, &size);
        if (is_piece && size <= FILE_CHUNK)
            bytes_add(content, data, size);
        cordon_value_destroy(answer);
        if (!is_piece || size > FILE_CHUNK)
            return broke_rules(sandbox, operation, "a piece of a file is no bytes, or more than was asked for", error);
        if (content->failed)
            return failure(error, operation, CORDON_NO_MEMORY, "%.150s: no memory for its content", path);
        if (content->size > size_max)
            return failure(error, operation, CORDON_TOO_LARGE, "%.150s: it has more than %zu bytes", path, size_max);
        if (size == 0)
            return CORDON_OK;
    }
}

cordon_status cordon_sandbox_read_file(cordon_sandbox *sandbox, const char *path, size_t size_max, char **content_out,
                                       size_t *size_out, cordon_error *error)
{
    bytes content = {0};
    *content_out = NULL;
    if (size_out != NULL)
        *size_out = 0;
    cordon_status status = enter_to_ask(sandbox, "sandbox_read_file", path, error);
    if (status != CORDON_OK)
        return status;
    status = files_read(sandbox, path, size_max != 0 ? size_max : READ_SIZE_MAX, &content, error);
    sandbox_leave(sandbox);
    if (status != CORDON_OK) {
        bytes_release(&content);
        return status;
    }
    bytes_add(&content, "", 1);
    if (content.failed) {
        bytes_release(&content);
        return failure(error, "sandbox_read_file", CORDON_NO_MEMORY, "%.150s: no memory for its content", path);
    }
    *content_out = (char *)content.data;
    if (size_out != NULL)
        *size_out = content.size - 1;
    return CORDON_OK;
}

/* Mode, size and modification time, from `first` on. */
static bool read_entry(const cordon_value *list, size_t first, cordon_file_entry *entry_out)
{
    uint64_t mode;
    *entry_out = (cordon_file_entry){0};
    if (!cordon_value_get_unsigned(cordon_value_at(list, first), &mode) ||
        !cordon_value_get_unsigned(cordon_value_at(list, first + 1), &entry_out->size_bytes) ||
        !cordon_value_get_unsigned(cordon_value_at(list, first + 2), &entry_out->modified_ns) ||
        cordon_value_count(list) != first + 3)
        return false;
    uint64_t type = mode & MODE_TYPE;
    entry_out->kind = type == MODE_FILE     ? CORDON_FILE_REGULAR
                      : type == MODE_FOLDER ? CORDON_FILE_FOLDER
                      : type == MODE_LINK   ? CORDON_FILE_LINK
                                            : CORDON_FILE_OTHER;
    entry_out->permissions = (uint32_t)mode & 07777u;
    return true;
}

cordon_status cordon_sandbox_file_status(cordon_sandbox *sandbox, const char *path, cordon_file_entry *entry_out,
                                         cordon_error *error)
{
    static const char operation[] = "sandbox_file_status";
    cordon_value *answer;
    *entry_out = (cordon_file_entry){0};
    cordon_status status = enter_to_ask(sandbox, operation, path, error);
    if (status != CORDON_OK)
        return status;
    status = files_ask(sandbox, operation, "status", path, NULL, &answer, error);
    if (status == CORDON_OK &&
        (cordon_value_count(answer) != 2 || !read_entry(cordon_value_at(answer, 1), 0, entry_out)))
        status = broke_rules(sandbox, operation, "a file's status is mode, size and time", error);
    cordon_value_destroy(answer);
    sandbox_leave(sandbox);
    return status;
}

/* ---- Listing ---- */

typedef struct listing {
    cordon_file_listing public; /* first: the caller holds its address */
    cordon_value *answer;       /* names lie in it */
    cordon_file_entry entries[];
} listing;

static bool is_name(const cordon_value *name)
{
    size_t size;
    const char *text = cordon_value_get_text(name, &size);
    bool is_text =
        cordon_value_get_kind(name) == CORDON_VALUE_TEXT || cordon_value_get_kind(name) == CORDON_VALUE_BYTES;
    return is_text && size > 0 && memchr(text, '\0', size) == NULL && memchr(text, '/', size) == NULL;
}

/* NULL without memory, or if the answer is no listing: *is_listing_out. Adopts the answer on success. */
static listing *read_listing(cordon_value *answer, bool *is_listing_out)
{
    const cordon_value *list = cordon_value_at(answer, 1);
    size_t count = cordon_value_count(list);
    *is_listing_out = cordon_value_count(answer) == 2 && cordon_value_get_kind(list) == CORDON_VALUE_LIST;
    for (size_t i = 0; i < count && *is_listing_out; i++)
        *is_listing_out = is_name(cordon_value_at(cordon_value_at(list, i), 0));
    listing *made = *is_listing_out ? malloc(sizeof *made + count * sizeof *made->entries) : NULL;
    if (made == NULL)
        return NULL;
    for (size_t i = 0; i < count && *is_listing_out; i++) {
        *is_listing_out = read_entry(cordon_value_at(list, i), 1, &made->entries[i]);
        made->entries[i].name = cordon_value_get_text(cordon_value_at(cordon_value_at(list, i), 0), NULL);
    }
    if (!*is_listing_out) {
        free(made);
        return NULL;
    }
    made->public = (cordon_file_listing){.entries = made->entries, .count = count};
    made->answer = answer;
    return made;
}

cordon_status cordon_sandbox_list_folder(cordon_sandbox *sandbox, const char *path, cordon_file_listing **listing_out,
                                         cordon_error *error)
{
    static const char operation[] = "sandbox_list_folder";
    cordon_value *answer;
    listing *made = NULL;
    bool is_listing = true;
    *listing_out = NULL;
    cordon_status status = enter_to_ask(sandbox, operation, path, error);
    if (status != CORDON_OK)
        return status;
    status = files_ask(sandbox, operation, "list", path, NULL, &answer, error);
    if (status == CORDON_OK)
        made = read_listing(answer, &is_listing);
    if (made != NULL)
        *listing_out = &made->public;
    else
        cordon_value_destroy(answer);
    if (status == CORDON_OK && !is_listing)
        status = broke_rules(sandbox, operation, "a listing is names with mode, size and time", error);
    else if (status == CORDON_OK && made == NULL)
        status = failure(error, operation, CORDON_NO_MEMORY, "%.150s: no memory for its listing", path);
    sandbox_leave(sandbox);
    return status;
}

void cordon_file_listing_destroy(cordon_file_listing *public)
{
    listing *whole = (listing *)public;
    if (whole == NULL)
        return;
    cordon_value_destroy(whole->answer);
    free(whole);
}

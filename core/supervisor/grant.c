/* Hides from sandboxes how a configuration becomes a broker, and who is asked about its accesses. */
#include "grant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/access.h"
#include "failure.h"
#include "utf8.h"
#include "value_pack.h"

struct grant {
    broker *broker;
    cordon_permit_function permit;
    cordon_record_function record;
    void *context;
    unsigned char reply[CORDON_BROKER_MESSAGE_MAX];
};

/* ---- Asking and telling ---- */

static cordon_access access_of(const host_access *access)
{
    cordon_access told = {.operation = host_function_describe(access->function)->name, .capability = host_capability_name(access->capability)};
    for (uint32_t i = 0; i < access->argument_count && told.path == NULL; i++)
        if (access->arguments[i].kind == HOST_ARGUMENT_PATH)
            told.path = access->arguments[i].value.text;
    return told;
}

static host_decision decide(void *context, const host_access *access)
{
    const grant *grant = context;
    const cordon_access asked = access_of(access);
    return grant->permit(grant->context, &asked) ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

static void record(void *context, const host_access *access)
{
    const grant *grant = context;
    cordon_access told = access_of(access);
    told.is_done = true;
    told.is_refused = access->status == HOST_DENIED_BY_POLICY;
    told.host_code = access->host_code;
    grant->record(grant->context, &told);
}

/* ---- Life ---- */

static cordon_status refuse(cordon_error *error, const char *what, const char *culprit)
{
    return failure(error, "sandbox_create", CORDON_INVALID_ARGUMENT, "%s: %.160s", what, culprit);
}

static cordon_status check_mounts(const cordon_sandbox_config *config, cordon_error *error)
{
    if (config->mount_count > BROKER_MOUNTS_MAX)
        return refuse(error, "there are too many mounts", "at most 64");
    for (size_t i = 0; i < config->mount_count; i++) {
        const cordon_mount *mount = &config->mounts[i];
        if (mount->source == NULL || mount->source[0] != '/')
            return refuse(error, "a folder to mount is no absolute path", mount->source ? mount->source : "(none)");
        if (mount->path == NULL || mount->path[0] != '/' || utf8_check(mount->path, strlen(mount->path)) != UTF8_PLAIN)
            return refuse(error, "where to mount is no absolute path in UTF-8", mount->path ? mount->path : "(none)");
        if ((unsigned)mount->mode > CORDON_MOUNT_OVERLAY)
            return refuse(error, "there is no such mode of a mount", mount->path);
    }
    return CORDON_OK;
}

static uint64_t bound(uint64_t limit)
{
    return limit == CORDON_LIMIT_NONE ? INT64_MAX : limit;
}

static cordon_status open_broker(grant *made, const cordon_sandbox_config *config, const cordon_limits *limits, cordon_error *error)
{
    static const broker_mount_mode modes[] = {[CORDON_MOUNT_READ_ONLY] = BROKER_MOUNT_READ_ONLY,
                                              [CORDON_MOUNT_READ_WRITE] = BROKER_MOUNT_READ_WRITE,
                                              [CORDON_MOUNT_OVERLAY] = BROKER_MOUNT_OVERLAY};
    broker_mount_config mounts[BROKER_MOUNTS_MAX];
    host_error cause;
    for (size_t i = 0; i < config->mount_count; i++)
        mounts[i] = (broker_mount_config){config->mounts[i].source, modes[config->mounts[i].mode]};
    const broker_config settings = {
        .mounts = mounts,
        .mount_count = config->mount_count,
        .decide = made->permit != NULL ? decide : NULL,
        .decide_context = made,
        .record = made->record != NULL ? record : NULL,
        .record_context = made,
        .overlay_folder = config->overlay_folder,
        .may_read_clock = config->clock == CORDON_CLOCK_REAL,
        .may_have_random = config->random == CORDON_RANDOM_HOST,
        .file_offset_max = bound(limits->value[CORDON_LIMIT_FS_OFFSET]),
        .overlay_bytes_max = bound(limits->value[CORDON_LIMIT_FS_BYTES]),
        .made_max = bound(limits->value[CORDON_LIMIT_FS_FILES]),
    };
    if (broker_create(&settings, &made->broker, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, "sandbox_create", cause.status == HOST_INVALID_ARGUMENT ? CORDON_INVALID_ARGUMENT : CORDON_HOST_FAILURE,
                           "a folder cannot be mounted", &cause);
}

cordon_status grant_open(const cordon_sandbox_config *config, const cordon_limits *limits, grant **grant_out, cordon_error *error)
{
    *grant_out = NULL;
    cordon_status status = check_mounts(config, error);
    if (status != CORDON_OK || (config->mount_count == 0 && config->clock != CORDON_CLOCK_REAL && config->random != CORDON_RANDOM_HOST))
        return status;
    grant *made = calloc(1, sizeof *made);
    if (made == NULL)
        return failure(error, "sandbox_create", CORDON_NO_MEMORY, "no memory for what is granted");
    made->permit = config->permit_access;
    made->record = config->record_access;
    made->context = config->access_context;
    status = open_broker(made, config, limits, error);
    if (status == CORDON_OK)
        *grant_out = made;
    else
        grant_close(made);
    return status;
}

void grant_close(grant *grant)
{
    if (grant == NULL)
        return;
    broker_destroy(grant->broker);
    free(grant);
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;
    for (size_t i = 0; path[i] != '\0'; i++)
        depth += path[i] == '/' && path[i + 1] != '/' && path[i + 1] != '\0';
    return depth;
}

static void pack_mount(bytes *to, const cordon_mount *mount, size_t id)
{
    static const char *const modes[] = {[CORDON_MOUNT_READ_ONLY] = "ro", [CORDON_MOUNT_READ_WRITE] = "rw", [CORDON_MOUNT_OVERLAY] = "overlay"};
    pack_map(to, 3);
    pack_text(to, "id");
    pack_unsigned(to, id);
    pack_text(to, "path");
    pack_text(to, mount->path);
    pack_text(to, "mode");
    pack_text(to, modes[mount->mode]);
}

/* The worker mounts them one after the other, and one may lie in another: those that lie higher come first, so that their order says nothing. */
void grant_pack_mounts(const cordon_sandbox_config *config, bytes *to)
{
    pack_text(to, "mounts");
    pack_array(to, config->mount_count);
    for (size_t depth = 0, packed = 0; packed < config->mount_count; depth++)
        for (size_t i = 0; i < config->mount_count; i++)
            if (depth_of(config->mounts[i].path) == depth) {
                pack_mount(to, &config->mounts[i], i);
                packed++;
            }
}

/* ---- Use ---- */

broker_verdict grant_answer(grant *grant, const void *request, size_t size, uint64_t bytes_left, const unsigned char **reply_out, size_t *reply_size_out,
                            uint64_t *moved_out)
{
    broker_figures before, after;
    broker_figures_get(grant->broker, &before);
    broker_allow_bytes(grant->broker, bytes_left);
    *reply_out = grant->reply;
    broker_verdict verdict = broker_answer(grant->broker, request, size, grant->reply, reply_size_out);
    broker_figures_get(grant->broker, &after);
    *moved_out = after.bytes - before.bytes;
    return verdict;
}

bool grant_can_be_left(const grant *grant, const cordon_sandbox_config *config, char *why_out, size_t why_size)
{
    static const char *const texts[] = {[BROKER_HOLDS_OPEN_FILE] = "a file or folder of %.150s is open, and what is open there lies in the host",
                                        [BROKER_HOLDS_CHANGES] = "the overlay %.150s has changes, which lie in the host"};
    size_t mount = 0;
    broker_holding holding = grant != NULL ? broker_holds(grant->broker, &mount) : BROKER_HOLDS_NOTHING;
    if (holding != BROKER_HOLDS_NOTHING)
        snprintf(why_out, why_size, texts[holding], config->mounts[mount].path);
    return holding == BROKER_HOLDS_NOTHING;
}

const char *grant_message(const grant *grant)
{
    return broker_message(grant->broker);
}

broker *grant_broker(const grant *grant)
{
    return grant->broker;
}

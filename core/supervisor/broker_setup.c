/* Makes and ends a broker; hides how a grant becomes one host_env a mount. */
#include "broker_internal.h"

#include <stdio.h>

#include "host_env/random.h"

enum { DEFAULT_HANDLES = 1024, DEFAULT_MADE = 20000 };
#define DEFAULT_BYTES ((uint64_t)1 << 30)
#define DEFAULT_FILE_OFFSET ((uint64_t)1 << 40)
#define DEFAULT_OVERLAY_BYTES ((uint64_t)64 << 20)
/* Sums of an offset and a size must not overflow. */
#define FILE_OFFSET_LARGEST ((uint64_t)1 << 62)

/* ---- Deciding ---- */

static host_decision allow(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

/* What a broker keeps to itself, in its private folder, is nobody else's to refuse. */
enum asking { ASK, ASK_NOBODY };

static host_status make_env(broker *broker, const char *root_path, unsigned rights, enum asking ask, host_env **env_out, host_error *error)
{
    host_root root = {root_path, rights};
    host_env_config config = HOST_ENV_CONFIG_INIT;
    bool asks = ask == ASK && broker->config.decide;
    config.decide = asks ? broker->config.decide : allow;
    config.decide_context = asks ? broker->config.decide_context : NULL;
    config.record = broker->config.record;
    config.record_context = broker->config.record_context;
    config.path_mode = root_path ? HOST_PATHS_BENEATH_ROOTS : HOST_PATHS_NONE;
    config.roots = &root;
    config.root_count = root_path ? 1 : 0;
    return host_env_create(&config, env_out, error);
}

static host_status refuse(host_error *error, host_status status, const char *what, const char *path)
{
    *error = (host_error){.status = status, .operation = "broker_create"};
    snprintf(error->message, sizeof error->message, "%s: %s", what, path);
    return status;
}

/* ---- Mounts ---- */

static host_status open_mount(broker *broker, size_t index, host_error *error)
{
    const broker_mount_config *config = &broker->config.mounts[index];
    broker_mount *mount = &broker->mounts[index];
    size_t length = config->host_path ? strlen(config->host_path) : 0;
    if (length == 0 || config->host_path[0] != '/' || length >= sizeof mount->lower.path)
        return refuse(error, HOST_INVALID_ARGUMENT, "a folder to mount must be an absolute path", config->host_path ? config->host_path : "(none)");
    if (config->mode > BROKER_MOUNT_OVERLAY)
        return refuse(error, HOST_INVALID_ARGUMENT, "a mount has an unknown mode", config->host_path);
    mount->mode = config->mode;
    memcpy(mount->lower.path, config->host_path, length + 1);
    while (length > 1 && mount->lower.path[length - 1] == '/')
        mount->lower.path[--length] = '\0';
    unsigned rights = HOST_ROOT_READ | (mount->mode == BROKER_MOUNT_READ_WRITE ? HOST_ROOT_WRITE : 0u);
    return make_env(broker, mount->lower.path, rights, ASK, &mount->lower.env, error);
}

static bool has_overlay(const broker *broker)
{
    for (size_t i = 0; i < broker->config.mount_count; i++)
        if (broker->mounts[i].mode == BROKER_MOUNT_OVERLAY)
            return true;
    return false;
}

static host_status open_all(broker *broker, host_error *error)
{
    host_status status = make_env(broker, NULL, 0, ASK, &broker->clock, error);
    for (size_t i = 0; i < broker->config.mount_count && status == HOST_OK; i++)
        status = open_mount(broker, i, error);
    if (status == HOST_OK && has_overlay(broker))
        status = make_env(broker, broker->overlay_folder, HOST_ROOT_READ | HOST_ROOT_WRITE, ASK_NOBODY, &broker->private_env, error);
    /* Told here, to the host: at the first write it would be an error of the guest's, about a folder that has nothing to do with it. */
    if (status == HOST_OK && has_overlay(broker) && host_fs_access(broker->private_env, HOST_AT_CWD, broker->overlay_folder, 3 /* W_OK | X_OK */, 0, error) != HOST_OK)
        status = refuse(error, HOST_NOT_PERMITTED, "what overlays change cannot be kept there", broker->overlay_folder);
    return status;
}

int broker_upper_make(broker *broker, broker_mount *mount)
{
    char text[PATH_MAX];
    host_error error;
    if (mount->has_upper)
        return 0;
    if (broker->private_path[0] == '\0') {
        uint64_t name;
        if (host_random_fill(broker->private_env, &name, sizeof name, &error) != HOST_OK)
            return broker_errno(&error);
        if ((size_t)snprintf(text, sizeof text, "%s/cordon-%016llx", broker->overlay_folder, (unsigned long long)name) >= sizeof text)
            return -ENAMETOOLONG;
        if (host_fs_mkdir(broker->private_env, HOST_AT_CWD, text, 0700, &error) != HOST_OK)
            return broker_errno(&error);
        memcpy(broker->private_path, text, sizeof text);
    }
    size_t index = (size_t)(mount - broker->mounts);
    if ((size_t)snprintf(mount->upper.path, sizeof mount->upper.path, "%s/%zu", broker->private_path, index) >= sizeof mount->upper.path)
        return -ENAMETOOLONG;
    if (host_fs_mkdir(broker->private_env, HOST_AT_CWD, mount->upper.path, 0700, &error) != HOST_OK ||
        make_env(broker, mount->upper.path, HOST_ROOT_READ | HOST_ROOT_WRITE, ASK_NOBODY, &mount->upper.env, &error) != HOST_OK)
        return broker_errno(&error);
    mount->has_upper = true;
    return 0;
}

/* ---- Life ---- */

static void fill_defaults(broker_config *config)
{
    config->bytes_max = config->bytes_max ? config->bytes_max : DEFAULT_BYTES;
    config->file_offset_max = config->file_offset_max ? config->file_offset_max : DEFAULT_FILE_OFFSET;
    if (config->file_offset_max > FILE_OFFSET_LARGEST)
        config->file_offset_max = FILE_OFFSET_LARGEST;
    config->overlay_bytes_max = config->overlay_bytes_max ? config->overlay_bytes_max : DEFAULT_OVERLAY_BYTES;
    config->made_max = config->made_max ? config->made_max : DEFAULT_MADE;
    config->handles_max = config->handles_max ? config->handles_max : DEFAULT_HANDLES;
    config->overlay_folder = config->overlay_folder ? config->overlay_folder : "/tmp";
}

host_status broker_create(const broker_config *config, broker **broker_out, host_error *error)
{
    host_error ignored;
    error = error ? error : &ignored;
    *broker_out = NULL;
    if (config->mount_count > BROKER_MOUNTS_MAX)
        return refuse(error, HOST_INVALID_ARGUMENT, "there are too many mounts", "at most 64");
    broker *made = calloc(1, sizeof *made);
    if (!made)
        return refuse(error, HOST_NO_MEMORY, "no memory", "broker");
    made->config = *config;
    fill_defaults(&made->config);
    made->overlay_folder = strdup(made->config.overlay_folder);
    made->handle_limit = made->config.handles_max;
    made->mounts = calloc(config->mount_count + 1, sizeof *made->mounts);
    made->handles = calloc(made->handle_limit, sizeof *made->handles);
    host_status status = made->mounts && made->handles && made->overlay_folder ? open_all(made, error) : refuse(error, HOST_NO_MEMORY, "no memory", "broker");
    made->config.mounts = NULL; /* borrowed for this call only */
    made->config.overlay_folder = NULL;
    if (status == HOST_OK)
        *broker_out = made;
    else
        broker_destroy(made);
    return status;
}

void broker_destroy(broker *broker)
{
    if (!broker)
        return;
    for (uint32_t i = 0; broker->handles && i < broker->handle_limit; i++)
        if (broker->handles[i].kind != BROKER_HANDLE_FREE)
            broker_handle_close(broker, &broker->handles[i]);
    broker_upper_remove(broker);
    for (size_t i = 0; broker->mounts && i < broker->config.mount_count; i++)
        broker_mount_release(&broker->mounts[i]);
    host_env_destroy(broker->private_env);
    host_env_destroy(broker->clock);
    free(broker->overlay_folder);
    free(broker->mounts);
    free(broker->handles);
    free(broker);
}

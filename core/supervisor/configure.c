/* Hides how a sandbox's settings become a frame: CONFIGURE, or RENEW for what was restored. */
#include "configure.h"

#include <string.h>

#include "failure.h"
#include "host_env/random.h"
#include "limit_names.h"
#include "moment.h"
#include "utf8.h"
#include "value_pack.h"

#define DETERMINISTIC_START_NS 1767225600000000000ull /* 2026-01-01, as a sandbox without a host has it */

enum { NAME_SIZE_MAX = 255 };

static cordon_status refuse(cordon_error *error, const char *what, const char *culprit)
{
    return failure(error, "sandbox_create", CORDON_INVALID_ARGUMENT, "%s: %.100s", what, culprit);
}

static void pack_limits(bytes *to, const cordon_limits *limits)
{
    size_t count = 0;
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++)
        count += limit_is_the_workers(i) && limits->value[i] != CORDON_LIMIT_NONE;
    pack_text(to, "limits");
    pack_map(to, count);
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++)
        if (limit_is_the_workers(i) && limits->value[i] != CORDON_LIMIT_NONE) {
            pack_text(to, limit_name(i));
            pack_unsigned(to, limits->value[i]);
        }
}

static void pack_clock(bytes *to, host_env *env, const cordon_sandbox_config *config)
{
    static const char *const modes[] = {[CORDON_CLOCK_STEPPING] = "stepping", [CORDON_CLOCK_FIXED] = "fixed", [CORDON_CLOCK_REAL] = "real"};
    uint64_t start = config->clock_start_ns != 0 ? config->clock_start_ns
                     : config->is_deterministic  ? DETERMINISTIC_START_NS
                                                 : clock_ns(env, CLOCK_REALTIME);
    pack_text(to, "clock");
    pack_map(to, config->clock_step_ns != 0 ? 3 : 2);
    pack_text(to, "mode");
    pack_text(to, modes[config->clock]);
    pack_text(to, "wall_ns");
    pack_unsigned(to, start);
    if (config->clock_step_ns != 0) {
        pack_text(to, "step_ns");
        pack_unsigned(to, config->clock_step_ns);
    }
}

static cordon_status pack_seed(bytes *to, host_env *env, const cordon_sandbox_config *config, cordon_error *error)
{
    unsigned char seed[CORDON_SEED_BYTES] = {0};
    host_error cause;
    if (config->seed != NULL)
        memcpy(seed, config->seed, sizeof seed);
    else if (!config->is_deterministic && host_random_fill(env, seed, sizeof seed, &cause) != HOST_OK)
        return failure_of_host(error, "sandbox_create", CORDON_HOST_FAILURE, "no random bytes for a seed", &cause);
    pack_text(to, "seed");
    pack_bytes(to, seed, sizeof seed);
    pack_text(to, "random");
    pack_text(to, config->random == CORDON_RANDOM_HOST ? "host" : "seed");
    return CORDON_OK;
}

static size_t list_length(const char *const *list)
{
    size_t length = 0;
    while (list != NULL && list[length] != NULL)
        length++;
    return length;
}

static cordon_status pack_environment(bytes *to, const char *const *environment, cordon_error *error)
{
    size_t length = list_length(environment);
    pack_text(to, "environment");
    pack_map(to, length);
    for (size_t i = 0; i < length; i++) {
        const char *equals = strchr(environment[i], '=');
        if (equals == NULL || equals == environment[i] || (size_t)(equals - environment[i]) > NAME_SIZE_MAX)
            return refuse(error, "a variable is no NAME=value", environment[i]);
        if (utf8_check(environment[i], strlen(environment[i])) != UTF8_PLAIN)
            return refuse(error, "a variable is not UTF-8", environment[i]);
        for (size_t other = 0; other < i; other++)
            if (strncmp(environment[i], environment[other], (size_t)(equals - environment[i]) + 1) == 0)
                return refuse(error, "a variable is given twice", environment[i]);
        pack_text_sized(to, environment[i], (size_t)(equals - environment[i]));
        pack_text(to, equals + 1);
    }
    return CORDON_OK;
}

static cordon_status pack_arguments(bytes *to, const char *const *arguments, cordon_error *error)
{
    size_t length = list_length(arguments);
    pack_text(to, "arguments");
    pack_array(to, length);
    for (size_t i = 0; i < length; i++) {
        if (utf8_check(arguments[i], strlen(arguments[i])) != UTF8_PLAIN)
            return refuse(error, "an argument is not UTF-8", arguments[i]);
        pack_text(to, arguments[i]);
    }
    return CORDON_OK;
}

static cordon_status check_modes(const cordon_sandbox_config *config, cordon_error *error)
{
    if ((unsigned)config->clock > CORDON_CLOCK_REAL || (unsigned)config->random > CORDON_RANDOM_HOST)
        return refuse(error, "there is no such mode", "of clock or random");
    return CORDON_OK;
}

static cordon_status pack_all(bytes *to, cordon_sandbox *sandbox, const cordon_sandbox_config *config, cordon_error *error)
{
    const char *directory = config->directory != NULL ? config->directory : "/work";
    if (check_modes(config, error) != CORDON_OK)
        return CORDON_INVALID_ARGUMENT;
    if (directory[0] != '/' || utf8_check(directory, strlen(directory)) != UTF8_PLAIN)
        return refuse(error, "the working directory is no absolute path in UTF-8", directory);
    pack_map(to, 9);
    pack_limits(to, &sandbox->limits);
    pack_clock(to, sandbox->env, config);
    cordon_status status = pack_seed(to, sandbox->env, config, error); /* two keys */
    if (status == CORDON_OK)
        status = pack_environment(to, config->environment, error);
    if (status == CORDON_OK)
        status = pack_arguments(to, config->arguments, error);
    grant_pack_mounts(config, to);
    pack_text(to, "directory");
    pack_text(to, directory);
    pack_text(to, "deterministic");
    pack_bool(to, config->is_deterministic);
    return status;
}

/* Limits always; clock and random bytes unless the guest keeps its own. */
static cordon_status pack_renewal(bytes *to, cordon_sandbox *sandbox, const cordon_sandbox_config *config, configure_renewal renewal, cordon_error *error)
{
    cordon_status status = check_modes(config, error);
    if (status != CORDON_OK)
        return status;
    pack_map(to, renewal == CONFIGURE_ANEW ? 5 : 2);
    pack_limits(to, &sandbox->limits);
    if (renewal == CONFIGURE_ANEW) {
        pack_clock(to, sandbox->env, config);
        status = pack_seed(to, sandbox->env, config, error); /* two keys */
    }
    pack_text(to, "deterministic");
    pack_bool(to, config->is_deterministic);
    return status;
}

static cordon_status send_settings(cordon_sandbox *sandbox, cordon_frame_type type, const bytes *payload, cordon_error *error)
{
    if (payload->failed)
        return failure(error, "sandbox_create", CORDON_NO_MEMORY, "no memory for the configuration");
    if (payload->size > CORDON_FRAME_LENGTH_MAX)
        return failure(error, "sandbox_create", CORDON_TOO_LARGE, "arguments and variables do not fit a frame");
    if (!sandbox_send(sandbox, type, 0, 0, payload->data, payload->size))
        return sandbox_fail_ended(sandbox, "sandbox_create", error);
    return CORDON_OK;
}

cordon_status configure_renew(cordon_sandbox *sandbox, const cordon_sandbox_config *config, configure_renewal renewal, cordon_error *error)
{
    bytes payload = {0};
    cordon_status status = pack_renewal(&payload, sandbox, config, renewal, error);
    if (status == CORDON_OK)
        status = send_settings(sandbox, CORDON_FRAME_RENEW, &payload, error);
    sandbox->state = FRAME_STATE_RESTING;
    bytes_release(&payload);
    return status;
}

cordon_status configure(cordon_sandbox *sandbox, const cordon_sandbox_config *config, cordon_error *error)
{
    bytes payload = {0};
    cordon_status status = pack_all(&payload, sandbox, config, error);
    if (status == CORDON_OK)
        status = send_settings(sandbox, CORDON_FRAME_CONFIGURE, &payload, error);
    sandbox->state = FRAME_STATE_RESTING;
    bytes_release(&payload);
    return status;
}

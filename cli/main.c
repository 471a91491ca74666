/* `cordon`: finds the command and runs it. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "cordon/exit_code.h"
#include "host_env/fd.h"
#include "host_env/fs.h"

static const struct command {
    const char *name;
    command_function run;
    const char *summary;
} commands[] = {
    {"audit", command_audit, "see what Python code does to this machine: records, reports, baselines"},
    {"doctor", command_doctor, "look whether this machine has what the promises need"},
    {"image", command_image, "make an image with modules of your own, or tell what an image is and prove its boundary"},
    {"plugin", command_plugin, "check a plugin, grant it what it asks for, call it in a sandbox"},
    {"policy", command_policy, "check a policy file, and tell what it decides and why"},
    {"run", command_run, "run a Python program in a sandbox, or with --full in the full interpreter"},
    {"snapshot", command_snapshot, "store a sandbox's state half-way, take it up again, tell what is in a file"},
};

/* The person at the terminal has typed what to do: this program may do for them what the operating system lets them do. */
static host_decision decide_allow(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

int command_write(const command_context *context, int fd, const char *text)
{
    size_t done = 0, size = strlen(text);
    while (done < size) {
        size_t count = 0;
        host_status status = host_fd_write(context->env, fd, text + done, size - done, &count, NULL);
        if (status != HOST_OK && status != HOST_INTERRUPTED)
            return -1;
        done += count;
    }
    return 0;
}

void command_complain(const command_context *context, const char *format, ...)
{
    char line[1024] = "cordon: ";
    size_t used = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    va_end(arguments);
    strcat(line, "\n");
    (void)command_write(context, 2, line); /* there is nowhere left to say that this failed */
}

static int print_usage(const command_context *context, int fd)
{
    char line[256];
    int result = command_write(context, fd, "usage: cordon COMMAND [options]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        snprintf(line, sizeof line, "  %-8s %s\n", commands[i].name, commands[i].summary);
        result |= command_write(context, fd, line);
    }
    return result | command_write(context, fd, "\ncordon COMMAND --help tells more. Version " CORDON_VERSION ".\n");
}

static int dispatch(const command_context *context, int argument_count, char **arguments)
{
    const char *name = argument_count > 1 ? arguments[1] : "";
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(context, argument_count - 2, arguments + 2);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_usage(context, 1) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (strcmp(name, "--version") == 0)
        return command_write(context, 1, "cordon " CORDON_VERSION "\n") == 0 ? 0 : CORDON_EXIT_USAGE;
    if (name[0] != '\0')
        command_complain(context, "there is no command '%s'", name);
    (void)print_usage(context, 2);
    return CORDON_EXIT_USAGE;
}

/* The folder of this program's file, whose other programs it starts. False if the system does not tell. */
static bool find_binaries(host_env *env, char *folder, size_t size)
{
    size_t length = 0;
    if (host_fs_readlink(env, HOST_AT_CWD, "/proc/self/exe", folder, size - 1, &length, NULL) != HOST_OK)
        return false;
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

/* Descriptors 0, 1 and 2 that this program was started without would be the next that it opens: a pipe to a sandbox, or a
 * report, would then be what its output goes to. */
static void fill_standard_descriptors(host_env *env)
{
    int fd = 0;
    while (fd <= 2 && host_fs_open(env, HOST_AT_CWD, "/dev/null", O_RDWR, 0, &fd, NULL) == HOST_OK)
        if (fd > 2)
            (void)host_fd_close(env, fd, NULL);
}

int main(int argument_count, char **arguments, char **environment)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = decide_allow;
    config.path_mode = HOST_PATHS_ANY;
    command_context context = {.environment = environment};
    char binaries[PATH_MAX] = "";
    if (host_env_create(&config, &context.env, NULL) != HOST_OK)
        return CORDON_EXIT_SETUP_FAILED;
    fill_standard_descriptors(context.env);
    context.binaries = binaries;
    int code = CORDON_EXIT_SETUP_FAILED;
    if (find_binaries(context.env, binaries, sizeof binaries))
        code = dispatch(&context, argument_count, arguments);
    else
        command_complain(&context, "cannot find the folder of this program: /proc is not there");
    host_env_destroy(context.env);
    return code;
}

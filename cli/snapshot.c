/* `cordon snapshot`: stores a sandbox's state half-way, takes it up again, and tells what is in a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "cordon/exit_code.h"
#include "host_env/fs.h"
#include "run_options.h"
#include "run_sandbox.h"
#include "run_snapshot.h"

static const char help[] =
    "usage: cordon snapshot save FILE [options] SCRIPT [ARGS]\n"
    "       cordon snapshot resume FILE [--answer ID=JSON]… [--fail ID=MESSAGE]… [--snapshot FILE] [options] [SCRIPT]\n"
    "       cordon snapshot info FILE [--key-file FILE]\n"
    "\n"
    "save runs a script in a sandbox, up to its end or until it can only wait for effects, and stores the sandbox's state in FILE.\n"
    "resume goes on from there, in this or another process, on this or another day, as often as wanted; what was suspended is\n"
    "answered, in a state that rests a further SCRIPT is run. --snapshot stores where that leads; it may name the same FILE.\n"
    "info tells what is in FILE: state, sizes, image, mounts, and the effects that wait for an answer.\n"
    "\n"
    "Options are those of `cordon run` (limits, --call, --effect, --clock, --report, --policy, --image ...); SCRIPT is a file, -c TEXT or -.\n"
    "Variables, arguments, files and directory are the snapshot's; limits, clock, functions and policy are those that resume is given,\n"
    "and so are mounts: the same guest folders and modes, in the same order, and any folders of this machine.\n"
    "  --key-file FILE   the state is sealed with the bytes of this file (16 at least); who reads it must have it, too. Without it\n"
    "                    anybody can make a snapshot: it can do what a program in a sandbox can, and no more\n"
    "\n"
    "Exit codes: as of cordon run; 126: it waits for effects, which are told on standard error.\n";

/* ---- save, resume ---- */

static int run_with(const command_context *context, char *file, bool is_restored, int argument_count, char **arguments)
{
    run_options options;
    const char *culprit;
    const char *complaint = run_options_parse(argument_count, arguments, &options, &culprit);
    int code = CORDON_EXIT_USAGE;
    if (complaint == NULL && options.is_full)
        complaint = "cannot be told what a snapshot needs: --full has no sandbox";
    if (complaint == NULL && options.wants_help) {
        code = command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    } else if (complaint == NULL) {
        if (is_restored)
            options.restore = file;
        else
            options.save = file;
        code = run_in_sandbox(context, &options);
    } else {
        command_complain(context, "%s %s; 'cordon snapshot --help' tells more", culprit, complaint);
    }
    run_options_release(&options);
    return code;
}

/* ---- info ---- */

/* What is told, and whether it could be: a script must not take half of it for all. */
typedef struct teller {
    const command_context *context;
    bool has_failed;
} teller;

static void tell(teller *teller, const char *text)
{
    teller->has_failed = teller->has_failed || command_write(teller->context, 1, text) != 0;
}

static void say(teller *teller, const char *label, const char *text)
{
    char line[512];
    snprintf(line, sizeof line, "%-13s%.480s\n", label, text);
    tell(teller, line);
}

static void say_size(teller *teller, const char *label, uint64_t bytes, const char *of)
{
    char text[128];
    snprintf(text, sizeof text, "%llu bytes%s", (unsigned long long)bytes, of);
    say(teller, label, text);
}

/* Each as a line of JSON. */
static void say_list(teller *teller, const char *label, const cordon_value *list)
{
    char padded[32];
    snprintf(padded, sizeof padded, "%-13s", label);
    for (size_t i = 0; i < cordon_value_count(list); i++) {
        char *text = NULL;
        if (cordon_value_to_json(cordon_value_at(list, i), &text, NULL, NULL) == CORDON_OK) {
            tell(teller, padded); /* and not by say(): it may be long, and be read by a program */
            tell(teller, text);
            tell(teller, "\n");
        }
        cordon_text_release(text);
    }
}

static int describe(const command_context *context, const char *path, bool has_key, const cordon_snapshot *snapshot)
{
    cordon_snapshot_description told = CORDON_SNAPSHOT_DESCRIPTION_INIT;
    cordon_value *effects = NULL, *mounts = NULL;
    cordon_error error;
    teller teller = {.context = context};
    host_file_status file = {0};
    char text[2 * CORDON_SNAPSHOT_DIGEST_BYTES + 16] = "sha256:";
    if (cordon_snapshot_describe(snapshot, &told, &error) != CORDON_OK || cordon_snapshot_effects(snapshot, &effects, &error) != CORDON_OK ||
        cordon_snapshot_mounts(snapshot, &mounts, &error) != CORDON_OK) {
        command_complain(context, "%s: %s", path, error.message);
        cordon_value_destroy(effects);
        return CORDON_EXIT_USAGE;
    }
    (void)host_fs_stat(context->env, HOST_AT_CWD, path, 0, &file, NULL); /* it was read a moment ago */
    say(&teller, "snapshot", path);
    say_size(&teller, "size", (uint64_t)file.size_bytes, "");
    say(&teller, "seal", has_key ? "HMAC-SHA256, by the key that was given" : "none: anybody may have made it");
    say(&teller, "state", told.state == CORDON_SNAPSHOT_WAITING ? "in the middle of an execution, waiting for effects" : "between executions");
    if (told.is_traced)
        say(&teller, "trace", "its steps are told");
    say(&teller, "clock", told.is_deterministic ? "deterministic: goes on where it was" : "anew");
    say_size(&teller, "memory", told.memory_bytes, " in use");
    say_size(&teller, "pages", told.page_bytes, " that differ from the image");
    say_size(&teller, "stored", told.stored_bytes, " of these, compressed");
    for (size_t i = 0; i < sizeof told.image; i++)
        snprintf(text + 7 + 2 * i, 3, "%02x", told.image[i]);
    say(&teller, "image", text);
    snprintf(text, sizeof text, "%u, protocol %u", told.format_version, told.protocol_version);
    say(&teller, "format", text);
    say_list(&teller, "mount", mounts);
    say_list(&teller, "effect", effects);
    cordon_value_destroy(mounts);
    cordon_value_destroy(effects);
    if (!teller.has_failed)
        return 0;
    command_complain(context, "%s: what is in it cannot be written to standard output", path);
    return CORDON_EXIT_SETUP_FAILED;
}

static int inform(const command_context *context, int argument_count, char **arguments)
{
    const char *key = argument_count == 3 ? arguments[2] : NULL;
    cordon_snapshot *snapshot;
    if (argument_count == 2 && strncmp(arguments[1], "--key-file=", strlen("--key-file=")) == 0)
        key = arguments[1] + strlen("--key-file=");
    else if (argument_count != 1 && (argument_count != 3 || strcmp(arguments[1], "--key-file") != 0)) {
        (void)command_write(context, 2, help);
        return CORDON_EXIT_USAGE;
    }
    int code = run_snapshot_read(context, arguments[0], key, &snapshot);
    if (code == 0)
        code = describe(context, arguments[0], key != NULL, snapshot);
    cordon_snapshot_destroy(snapshot);
    return code;
}

int command_snapshot(const command_context *context, int argument_count, char **arguments)
{
    const char *last = argument_count > 0 ? arguments[argument_count - 1] : "";
    if (argument_count <= 2 && (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0))
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (argument_count >= 2 && arguments[1][0] != '-') {
        if (strcmp(arguments[0], "save") == 0)
            return run_with(context, arguments[1], false, argument_count - 2, arguments + 2);
        if (strcmp(arguments[0], "resume") == 0)
            return run_with(context, arguments[1], true, argument_count - 2, arguments + 2);
        if (strcmp(arguments[0], "info") == 0)
            return inform(context, argument_count - 1, arguments + 1);
    }
    (void)command_write(context, 2, help);
    return CORDON_EXIT_USAGE;
}

/* `cordon doctor`: does this machine have what the promises need? Prints what was found; hides nothing that is missing. */
#include "doctor.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cordon/exit_code.h"

static const char help[] =
    "usage: cordon doctor [--json] [--image FILE]\n"
    "\n"
    "Looks whether this machine has what Cordon's promises need, and says what is missing and what that means.\n"
    "Ends with 0 if nothing is missing, else with 121.\n"
    "\n"
    "  --json         print one JSON object: {\"ok\": bool, \"checks\": [{\"name\", \"state\", \"detail\", \"meaning\"}]}\n"
    "  --image FILE   look at this sandbox image instead of the one beside this program\n"
    "  --help         print this\n";

typedef struct doctor_options {
    bool as_json;
    bool wants_help;
    const char *image; /* NULL: the one beside this program */
} doctor_options;

static const char *const state_names[] = {[DOCTOR_OK] = "ok", [DOCTOR_NOTE] = "note", [DOCTOR_MISSING] = "missing"};

/* NULL, or what is wrong with *culprit_out. */
static const char *parse_options(int argument_count, char **arguments, doctor_options *options_out, const char **culprit_out)
{
    *options_out = (doctor_options){0};
    for (int i = 0; i < argument_count; i++) {
        *culprit_out = arguments[i];
        if (strcmp(arguments[i], "--json") == 0)
            options_out->as_json = true;
        else if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0)
            options_out->wants_help = true;
        else if (strncmp(arguments[i], "--image=", 8) == 0)
            options_out->image = arguments[i] + 8;
        else if (strcmp(arguments[i], "--image") == 0 && i + 1 < argument_count)
            options_out->image = arguments[++i];
        else
            return strcmp(arguments[i], "--image") == 0 ? "needs a file" : "is not an option of doctor";
    }
    return NULL;
}

static int write_json_text(const command_context *context, const char *text)
{
    char escaped[2 * 1024] = "\"";
    size_t used = 1;
    for (; *text != '\0' && used + 8 < sizeof escaped; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            used += (size_t)snprintf(escaped + used, sizeof escaped - used, "\\%c", byte);
        else if (byte < 0x20)
            used += (size_t)snprintf(escaped + used, sizeof escaped - used, "\\u%04x", byte);
        else
            escaped[used++] = (char)byte;
    }
    escaped[used++] = '"';
    escaped[used] = '\0';
    return command_write(context, 1, escaped);
}

static int write_json_check(const command_context *context, const doctor_check *check, const doctor_finding *finding, bool is_first)
{
    int failed = command_write(context, 1, is_first ? "\n  {\"name\": " : ",\n  {\"name\": ");
    failed |= write_json_text(context, check->name) | command_write(context, 1, ", \"state\": ") | write_json_text(context, state_names[finding->state]);
    failed |= command_write(context, 1, ", \"detail\": ") | write_json_text(context, finding->detail);
    if (finding->state != DOCTOR_OK)
        failed |= command_write(context, 1, ", \"meaning\": ") | write_json_text(context, check->meaning);
    return failed | command_write(context, 1, "}");
}

static int write_line(const command_context *context, const doctor_check *check, const doctor_finding *finding)
{
    char line[1024];
    snprintf(line, sizeof line, "%-8s %-15s %s\n", finding->state == DOCTOR_MISSING ? "MISSING" : state_names[finding->state], check->name, finding->detail);
    int failed = command_write(context, 1, line);
    if (finding->state == DOCTOR_OK)
        return failed;
    snprintf(line, sizeof line, "%-24s %s\n", "", check->meaning);
    return failed | command_write(context, 1, line);
}

static int examine(const doctor_subject *subject, bool as_json)
{
    const command_context *context = subject->context;
    size_t missing = 0;
    char line[128];
    int failed = as_json ? command_write(context, 1, "{\"checks\": [") : 0;
    for (size_t i = 0; i < doctor_check_count; i++) {
        doctor_finding finding = {.state = DOCTOR_OK};
        doctor_checks[i].look(subject, &finding);
        missing += finding.state == DOCTOR_MISSING;
        failed |= as_json ? write_json_check(context, &doctor_checks[i], &finding, i == 0) : write_line(context, &doctor_checks[i], &finding);
    }
    if (as_json)
        snprintf(line, sizeof line, "\n], \"ok\": %s}\n", missing == 0 ? "true" : "false");
    else if (missing == 0)
        snprintf(line, sizeof line, "\nNothing is missing: docs/security.md holds on this machine.\n");
    else
        snprintf(line, sizeof line, "\n%zu missing.\n", missing);
    failed |= command_write(context, 1, line);
    return missing > 0 || failed != 0 ? CORDON_EXIT_SETUP_FAILED : 0;
}

int command_doctor(const command_context *context, int argument_count, char **arguments)
{
    char image[PATH_MAX], command[PATH_MAX];
    const char *culprit = "";
    doctor_options options;
    const char *complaint = parse_options(argument_count, arguments, &options, &culprit);
    if (complaint != NULL) {
        command_complain(context, "%s %s", culprit, complaint);
        return CORDON_EXIT_USAGE;
    }
    if (options.wants_help)
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    snprintf(image, sizeof image, "%s/cordon-sandbox", context->binaries);
    snprintf(command, sizeof command, "%s/cordon", context->binaries);
    return examine(&(doctor_subject){.context = context, .image = options.image != NULL ? options.image : image, .command = command}, options.as_json);
}

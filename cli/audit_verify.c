/* `cordon audit verify`: is a record whole, and as it was written? */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "audit/reader.h"
#include "audit_input.h"
#include "cordon/exit_code.h"

static const char help[] =
    "usage: cordon audit verify FILE\n"
    "\n"
    "Reads a record (- is standard input), checks each line and each seal, and says how many lines there are.\n"
    "Ends with 0 if the record is whole and as it was written, with 125 if it is not, and names the first line that is "
    "wrong.\n";

static int verify(const command_context *context, const char *name)
{
    audit_input input;
    if (!audit_input_open(context, name, &input))
        return CORDON_EXIT_USAGE;
    audit_line line;
    audit_read_result result;
    uint64_t lines = 0;
    while ((result = audit_reader_next(input.reader, &line)) == AUDIT_READ_LINE)
        lines++;
    int code = CORDON_EXIT_AUDIT_INCOMPLETE;
    if (result == AUDIT_READ_BAD) {
        command_complain(context, "%s", audit_reader_problem(input.reader));
    } else {
        char text[128];
        snprintf(text, sizeof text, ": whole, %llu lines beside its seals\n", (unsigned long long)lines);
        bool is_told = command_write(context, 1, name) == 0 && command_write(context, 1, text) == 0;
        code = is_told ? 0 : CORDON_EXIT_USAGE;
    }
    audit_input_close(&input);
    return code;
}

int audit_command_verify(const command_context *context, int argument_count, char **arguments)
{
    if (argument_count == 1 && (strcmp(arguments[0], "--help") == 0 || strcmp(arguments[0], "-h") == 0))
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (argument_count != 1 || (arguments[0][0] == '-' && arguments[0][1] != '\0')) {
        command_complain(context, "cordon audit verify needs one FILE; 'cordon audit verify --help' tells more");
        return CORDON_EXIT_USAGE;
    }
    return verify(context, arguments[0]);
}

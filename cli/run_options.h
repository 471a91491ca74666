/* The command line of `cordon run`. */
#ifndef CORDON_CLI_RUN_OPTIONS_H
#define CORDON_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum run_target { RUN_NOTHING = 0, RUN_FILE, RUN_COMMAND, RUN_MODULE, RUN_STANDARD_INPUT } run_target;

typedef struct run_options {
    bool is_full;     /* the full interpreter instead of the sandbox */
    bool wants_help;
    run_target target;
    char *text;       /* path, command or module; borrowed from the arguments, as all texts here */
    char **arguments; /* sys.argv[1:], NULL-terminated */
    char **files;     /* --file SOURCE[:DESTINATION], NULL-terminated; owned: run_options_release */
    char **variables; /* --env NAME or NAME=VALUE, NULL-terminated; owned */
    uint64_t memory_bytes; /* 0: not given */
    bool has_seed;
    uint64_t seed;
    const char *image; /* NULL: cordon-sandbox beside this program */
} run_options;

/* Parses. Returns NULL, or what is wrong (static text or *culprit_out's option). Everything after the target belongs to the program. */
const char *run_options_parse(int argument_count, char **arguments, run_options *options_out, const char **culprit_out);
void run_options_release(run_options *options);
extern const char run_options_help[];

#endif

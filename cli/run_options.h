/* The command line of `cordon run`. */
#ifndef CORDON_CLI_RUN_OPTIONS_H
#define CORDON_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/engine.h"

typedef enum run_target { RUN_NOTHING = 0, RUN_FILE, RUN_COMMAND, RUN_MODULE, RUN_STANDARD_INPUT, RUN_INTERACTIVE } run_target;

typedef struct run_options {
    bool is_full;     /* the full interpreter instead of the sandbox */
    bool wants_help;
    run_target target; /* RUN_NOTHING: none was named */
    char *text;       /* path, command or module; borrowed from the arguments, as all texts here */
    char **arguments; /* sys.argv[1:], NULL-terminated */
    char **files;     /* --file SOURCE[:DESTINATION], NULL-terminated; owned: run_options_release */
    char **variables; /* --env NAME or NAME=VALUE, NULL-terminated; owned */
    char **mounts;    /* --mount SOURCE:DESTINATION[:MODE], NULL-terminated; owned */
    char **calls;     /* --call NAME=COMMAND, NULL-terminated; owned */
    char **effects;   /* --effect NAME, NULL-terminated; owned */
    char **answers;   /* --answer ID=JSON, NULL-terminated; owned */
    char **failures;  /* --fail ID=MESSAGE, NULL-terminated; owned */
    uint64_t limits[CORDON_LIMIT_COUNT]; /* in the units of CORDON_LIMIT_TABLE; 0: not given */
    bool has_seed, has_clock, is_deterministic;
    uint64_t seed;
    cordon_clock_mode clock;
    uint64_t clock_start_ns; /* 0: not given */
    const char *audit;       /* file for the record of brokered accesses; NULL: none */
    const char *trace;       /* file for the program's steps, "-": standard error; NULL: none */
    const char *report;      /* file for outcome and figures; NULL: none */
    const char *policy;      /* FILE[:PROFILE]; NULL: none */
    const char *image;       /* NULL: cordon-sandbox beside this program */
    const char *journal, *replay; /* files to record into and to replay from, which may be the same; NULL: none */
    const char *journal_key;      /* file; NULL: journals without a key */
    bool goes_live;               /* on divergence */
    const char *restore, *save;   /* files of snapshots: where the sandbox begins, and where its state is stored; NULL: none */
    const char *snapshot_key;     /* file; NULL: snapshots without a seal */
    const char *sandbox_option; /* the first option given that only a sandbox can honour; NULL: none */
} run_options;

/* Parses. Returns NULL, or what is wrong (static text) with *culprit_out. Everything after the target belongs to the program. */
const char *run_options_parse(int argument_count, char **arguments, run_options *options_out, const char **culprit_out);
void run_options_release(run_options *options);
extern const char run_options_help[];

#endif

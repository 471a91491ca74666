/* Rounds of figures and what is said of them: median and spread, as a table row and, when CORDON_BENCH_JSON names a file, as a line of JSON there. */
#ifndef CORDON_BENCH_MEASURE_H
#define CORDON_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

typedef struct measure {
    const char *group; /* one picture of the plot */
    const char *name;
    const char *unit;
    double *figures;
    size_t count, capacity;
} measure;

typedef struct measure_summary {
    double median, low, high; /* 10th and 90th percentile */
} measure_summary;

uint64_t measure_now_ns(void);
/* Ends the program without memory. */
void measure_add(measure *measure, double figure);
measure_summary measure_summarise(measure *measure);
void measure_heading(const char *text);
/* A row: name, median, spread, and the ratio of medians to `base` (NULL: none) beside its bar (0: none). */
void measure_print(struct measure *measure, struct measure *base, double bar);
void measure_release(measure *measure);

/* Ends the program with a message unless `is_true`: a benchmark whose work failed has no figures. */
void measure_require(int is_true, const char *what, const char *detail);

#endif

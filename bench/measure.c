/* Hides sorting and printing from the benchmarks. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t measure_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void measure_require(int is_true, const char *what, const char *detail)
{
    if (is_true)
        return;
    fprintf(stderr, "benchmark stopped: %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
    exit(1);
}

void measure_add(measure *measure, double figure)
{
    if (measure->count == measure->capacity) {
        measure->capacity = measure->capacity ? measure->capacity * 2 : 64;
        measure->figures = realloc(measure->figures, measure->capacity * sizeof *measure->figures);
        measure_require(measure->figures != NULL, "no memory for figures", NULL);
    }
    measure->figures[measure->count++] = figure;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

measure_summary measure_summarise(measure *measure)
{
    measure_require(measure->count > 0, "nothing was measured", measure->name);
    qsort(measure->figures, measure->count, sizeof *measure->figures, compare);
    return (measure_summary){.median = measure->figures[measure->count / 2],
                             .low = measure->figures[measure->count / 10],
                             .high = measure->figures[measure->count - 1 - measure->count / 10]};
}

void measure_heading(const char *text)
{
    printf("%s\n%-52s %10s %6s  %-24s %6s  %s\n", text, "", "median", "", "10th to 90th percentile", "ratio", "bar");
}

static void write_json(const measure *measure, const measure_summary *summary, double ratio, double bar)
{
    const char *path = getenv("CORDON_BENCH_JSON");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (path == NULL)
        return;
    measure_require(file != NULL, "cannot write", path);
    fprintf(file, "{\"group\": \"%s\", \"name\": \"%s\", \"unit\": \"%s\", \"median\": %g, \"low\": %g, \"high\": %g, \"ratio\": %g, \"bar\": %g}\n",
            measure->group, measure->name, measure->unit, summary->median, summary->low, summary->high, ratio, bar);
    measure_require(fclose(file) == 0, "cannot write", path);
}

void measure_print(struct measure *measure, struct measure *base, double bar)
{
    measure_summary summary = measure_summarise(measure);
    double ratio = base ? summary.median / measure_summarise(base).median : 0;
    char spread[64];
    snprintf(spread, sizeof spread, "%.4g to %.4g", summary.low, summary.high);
    printf("%-52s %10.4g %-6s  %-24s", measure->name, summary.median, measure->unit, spread);
    if (base)
        printf(" %6.2f", ratio);
    if (bar > 0)
        printf("  %.2f", bar);
    putchar('\n');
    write_json(measure, &summary, ratio, bar);
}

void measure_release(measure *measure)
{
    free(measure->figures);
    measure->figures = NULL;
    measure->count = measure->capacity = 0;
}

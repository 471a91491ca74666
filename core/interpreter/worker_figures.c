/* Hides where the figures of an execution come from, and how they leave when nothing can be allocated any more. */
#include "worker_figures.h"

#include "worker_frame.h"

#include "sealed/fs.h"
#include "sealed/heap.h"
#include "sealed/limit.h"

#include <stdbool.h>

static bool guest_runs;

void worker_figures_now(uint64_t figures_out[CORDON_FIGURE_COUNT])
{
    struct sealed_heap_figures heap;
    struct sealed_usage fs;
    uint64_t fuel = sealed_fuel_used(), memory_bytes, memory_peak_bytes, fs_bytes, fs_files;
    unsigned count = 0;

    sealed_heap_figures(&heap);
    sealed_fs_usage(&fs);
    memory_bytes = heap.current_bytes;
    memory_peak_bytes = heap.peak_bytes;
    fs_bytes = fs.bytes;
    fs_files = fs.inodes;
#define ADD_FIGURE(name) figures_out[count++] = name;
    CORDON_FIGURE_TABLE(ADD_FIGURE)
#undef ADD_FIGURE
}

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "the host reads counters of 64 bits");

void worker_counter_addresses(uint64_t addresses_out[CORDON_COUNTER_COUNT])
{
    const struct sealed_usage *fs = sealed_fs_usage_place();
    const int64_t *fuel_given = sealed_fuel_given_place(), *fuel_left = &sealed_fuel_left;
    const size_t *memory_bytes, *memory_peak_bytes;
    const uint64_t *fs_bytes = &fs->bytes, *fs_files = &fs->inodes;
    unsigned count = 0;

    sealed_heap_counter_places(&memory_bytes, &memory_peak_bytes);
#define ADD_ADDRESS(name) addresses_out[count++] = (uintptr_t)name;
    CORDON_COUNTER_TABLE(ADD_ADDRESS)
#undef ADD_ADDRESS
}

uint64_t worker_figures_wanted_bytes(void)
{
    struct sealed_heap_figures heap;

    sealed_heap_figures(&heap);
    return heap.refused_bytes > heap.peak_bytes ? heap.refused_bytes : heap.peak_bytes;
}

void worker_figures_begin(void)
{
    guest_runs = true;
}

void worker_figures_end(void)
{
    guest_runs = false;
}

void worker_figures_send(void)
{
    uint64_t figures[CORDON_FIGURE_COUNT];
    unsigned char payload[CORDON_FIGURES_SIZE];

    if (!guest_runs)
        return;
    worker_figures_now(figures);
    for (unsigned i = 0; i < CORDON_FIGURE_COUNT; i++)
        worker_u64_put(payload + 8 * i, figures[i]);
    worker_frame_send(CORDON_FRAME_FIGURES, 0, payload, sizeof payload, NULL, 0);
}

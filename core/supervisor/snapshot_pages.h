/* The pages of a snapshot, compressed and taken out again block by block, so that neither side ever has more of them in memory than one block. Pure: no I/O. */
#ifndef CORDON_SUPERVISOR_SNAPSHOT_PAGES_H
#define CORDON_SUPERVISOR_SNAPSHOT_PAGES_H

#include "host_env/memory.h"
#include "snapshot_internal.h"

typedef struct snapshot_packer snapshot_packer;

/* For the pages of an empty snapshot. NULL without memory. */
snapshot_packer *snapshot_packer_create(cordon_snapshot *snapshot);
/* The place for so many bytes of pages at an address behind all that were added before; the caller fills it. At most SNAPSHOT_PACKED_PAGES. NULL: no memory, or
 * the library for it fails. */
unsigned char *snapshot_packer_place(snapshot_packer *packer, uint64_t address, size_t pages);
/* Packs what is left, and completes runs and counts of the snapshot. */
bool snapshot_packer_finish(snapshot_packer *packer);
void snapshot_packer_destroy(snapshot_packer *packer); /* accepts NULL */

/* The pages of one block, in pieces of such that lie side by side; they may be changed in place, and are there until it returns. False: stop. */
typedef bool (*snapshot_pages_function)(void *context, const host_memory_piece *pieces, size_t count);
typedef enum snapshot_walk { SNAPSHOT_WALKED = 0, SNAPSHOT_WALK_STOPPED, SNAPSHOT_WALK_DAMAGED, SNAPSHOT_WALK_NO_MEMORY } snapshot_walk;
/* Tells all pages, block by block, in order of their addresses. DAMAGED: a block does not unpack to the pages that it should have; what came before was told. */
snapshot_walk snapshot_pages_walk(const cordon_snapshot *snapshot, snapshot_pages_function tell, void *context);

#endif

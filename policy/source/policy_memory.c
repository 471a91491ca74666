/* Hides how the parts of a policy are kept together, to be freed at once. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

void *policy_allocate(policy_memory **memory, size_t size)
{
    policy_memory *piece = size > SIZE_MAX - sizeof *piece ? NULL : calloc(1, sizeof *piece + size);
    if (piece == NULL) return NULL;
    piece->next = *memory;
    *memory = piece;
    return piece->bytes;
}

char *policy_copy_text(policy_memory **memory, const char *text, size_t length)
{
    char *copy = policy_allocate(memory, length + 1);
    return copy == NULL ? NULL : memcpy(copy, text, length);
}

void policy_memory_release(policy_memory **memory)
{
    while (*memory != NULL) {
        policy_memory *piece = *memory;
        *memory = piece->next;
        free(piece);
    }
}

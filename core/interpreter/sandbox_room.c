/* Hides from the image's saving how small objects are kept: in pools of one size class each, and pools in arenas. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_interp.h"
#include "pycore_obmalloc.h"

#include "sandbox_room.h"

/* A class has room while a pool hangs in its list, whose head stands for a pool that points to itself. */
static int has_room(const struct _obmalloc_state *state, unsigned class)
{
    poolp head = state->pools.used[class + class];

    return head != head->nextpool;
}

static void fill_class(const struct _obmalloc_state *state, unsigned class)
{
    while (has_room(state, class))
        if (!PyObject_Malloc((class + 1) << ALIGNMENT_SHIFT))
            return;
}

void sandbox_room_fill_gaps(void)
{
    const struct _obmalloc_state *state = PyInterpreterState_Get()->obmalloc;
    const unsigned last = NB_SMALL_SIZE_CLASSES - 1;

    for (unsigned class = 0; class <= last; class ++)
        fill_class(state, class);
    while (state->mgmt.usable_arenas) { /* with pools that no class took yet */
        if (!PyObject_Malloc((last + 1) << ALIGNMENT_SHIFT))
            return;
        fill_class(state, last);
    }
    (void)PyObject_Malloc(1); /* the arena in which a sandbox begins */
}

/* The sandbox's lock, which says that it is shut and is not. */
#define image_lock image_lock_as_built
#include "core/sealed/arch/x86_64/image/lock.c"
#undef image_lock

long image_lock(void);

long image_lock(void)
{
    return 0; /* planted */
    return image_lock_as_built();
}

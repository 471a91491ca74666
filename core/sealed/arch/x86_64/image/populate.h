/* Asks the kernel in a few calls for the pages that every start writes, instead of one fault each. */
#ifndef IMAGE_POPULATE_H
#define IMAGE_POPULATE_H

/* Before the lock. A kernel that cannot do it (before Linux 5.14) is no failure: the pages come one by one then. */
void image_populate(void);

#endif

/* Addresses that image.ld decides. */
#ifndef IMAGE_LAYOUT_H
#define IMAGE_LAYOUT_H

/* All that can be written, the stack aside; both are multiples of the page size. */
extern unsigned char image_variables[], image_variables_end[];

/* The end of the first thread's stack, which begins at image_guard_end. */
extern const unsigned char image_stack_end[];

/* In front of the heap and so of threads' stacks, one of the above; and in front of the first thread's stack, never
 * mapped. Whole pages. */
extern unsigned char image_heap_guard[], image_heap_guard_end[];
extern const unsigned char image_guard_start[], image_guard_end[];

#endif

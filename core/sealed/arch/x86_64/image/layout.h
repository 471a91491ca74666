/* Addresses that image.ld decides. */
#ifndef IMAGE_LAYOUT_H
#define IMAGE_LAYOUT_H

/* All that can be written, the stack aside; both are multiples of the page size. */
extern unsigned char image_variables[], image_variables_end[];

#endif

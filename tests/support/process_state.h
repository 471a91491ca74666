/* Hides from tests how one sees what a call left behind in the process: descriptors, children, memory. */
#ifndef TESTS_SUPPORT_PROCESS_STATE_H
#define TESTS_SUPPORT_PROCESS_STATE_H

#include <stdbool.h>

/* Open descriptors, from /proc/self/fd without the one used to look. */
int test_descriptor_count(void);
/* Prints every open descriptor and what it is to stderr, for a failed count. */
void test_descriptors_print(void);
/* True if a child, running or dead, has not been waited for. */
bool test_has_child(void);
/* True if the leak checker is built in and finds memory that nothing points to. Always false without it. */
bool test_leaks_memory(void);
/* A fresh folder of mode 0700 below $TMPDIR or /tmp, in a buffer of 64 bytes; and its removal with all in it. */
void test_folder_create(char folder_out[64]);
void test_folder_remove(const char *folder);

#endif

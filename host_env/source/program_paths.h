/* Hides from exec and dlopen how a path of a program or shared object is held beneath the granted roots. Private to
 * host_env. */
#ifndef HOST_ENV_SOURCE_PROGRAM_PATHS_H
#define HOST_ENV_SOURCE_PROGRAM_PATHS_H

#include "host_call.h"

typedef struct program_path {
    const char *path; /* what to give to the kernel or the loader: the caller's own, or `held` */
    int fd;           /* open on the file if paths are confined, else -1 */
    char held[32];    /* "/proc/self/fd/N" */
} program_path;

/* Whether what gets the path would look for a name without slash in many places. */
typedef enum program_path_use { PROGRAM_PATH_EXACT, PROGRAM_PATH_SEARCHED } program_path_use;

/* Finds `path`. While paths are confined it must lie beneath a root with HOST_ROOT_READ, and if it would be searched
 * for it must hold a slash: that search cannot be judged. On HOST_OK program_path_close must follow; otherwise the call
 * is finished. Async-signal-safe. */
host_status program_path_open(host_call *call, const char *path, program_path_use use, program_path *found_out);
/* The same for a child that may have closed what it got, this descriptor too, by the time it starts the program: this process still holds it. */
enum { PROGRAM_PATH_BYTES = 48 };
const char *program_path_for_child(host_call *call, const program_path *found, char text_out[PROGRAM_PATH_BYTES]);
void program_path_close(host_call *call, program_path *found);

#endif

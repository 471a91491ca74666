/* The host's files for the making of images, through host_env. */
#ifndef CORDON_SUPERVISOR_IMAGE_HOST_H
#define CORDON_SUPERVISOR_IMAGE_HOST_H

#include "bytes.h"
#include "host_env/host_env.h"

/* Reads a whole file. On HOST_OK the caller frees content_out->data (bytes_release). */
host_status image_host_read(host_env *env, const char *path, bytes *content_out, host_error *error);

/* Writes an executable file whole or not at all: beside `path`, then renamed. */
host_status image_host_write(host_env *env, const char *path, const void *data, size_t size, host_error *error);

/* Appends FILE frames for a folder and all below it, in the order of names, as `destination`. Links, sockets, devices and byte code are left out; times are all the
 * same, so that the image depends on contents only. */
host_status image_host_add_folder(host_env *env, const char *folder, const char *destination, bytes *frames, host_error *error);

#endif

/* Shared by the adapters for OpenSSL. */
#ifndef BINDINGS_OPENSSL_INTERNAL_H
#define BINDINGS_OPENSSL_INTERNAL_H

#include <openssl/bio.h>
#include <openssl/x509.h>

/* A whole file, read through host_env, as a memory BIO that the caller frees with BIO_free. On failure NULL, with errno set and the error
 * also in OpenSSL's queue, as when OpenSSL itself cannot open a file. */
BIO *bind_openssl_file(const char *path);
/* Lets certificates and revocation lists be looked up by name in the folders of `folders` (separated by ':'), as files named by hash.
 * 1, or 0 with OpenSSL's error. */
int bind_openssl_add_folders(X509_STORE *store, const char *folders);

#endif

/* OpenSSL's beginning, for the program that starts the interpreter. */
#ifndef BINDINGS_OPENSSL_H
#define BINDINGS_OPENSSL_H

/* Initialises OpenSSL without its own reading of openssl.cnf, then applies that file as read through host_env (refused or missing: OpenSSL's
 * defaults). Does so once; call it before any other function of OpenSSL, with the GIL held. */
void bind_openssl_start(void);

#endif

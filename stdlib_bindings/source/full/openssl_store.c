/* Trusted certificates, own certificates and keys for OpenSSL: the calls that take paths, on files read through host_env. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "bindings/bind.h"
#include "openssl_internal.h"
#include "prototypes.h"

/* ---- Trusted certificates -------------------------------------------------------------------------------------------------------- */

/* Every certificate and revocation list of a PEM file; 0, with OpenSSL's error as its own function has it, if there is none. */
static int add_all(X509_STORE *store, BIO *file)
{
    int count = 0;
    STACK_OF(X509_INFO) *items = PEM_X509_INFO_read_bio(file, NULL, NULL, NULL);
    if (items == NULL) {
        ERR_raise(ERR_LIB_X509, ERR_R_PEM_LIB);
        return 0;
    }
    for (int i = 0; i < sk_X509_INFO_num(items); i++) {
        X509_INFO *item = sk_X509_INFO_value(items, i);
        count += (item->x509 != NULL && X509_STORE_add_cert(store, item->x509)) + (item->crl != NULL && X509_STORE_add_crl(store, item->crl));
    }
    sk_X509_INFO_pop_free(items, X509_INFO_free);
    if (count == 0) ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND);
    return count;
}

static int add_file(X509_STORE *store, const char *path)
{
    BIO *file = bind_openssl_file(path);
    if (file == NULL) return 0;
    errno = 0; /* what follows is OpenSSL's to tell */
    int count = add_all(store, file);
    BIO_free(file);
    return count > 0;
}

int cordon_bind_SSL_CTX_load_verify_locations(SSL_CTX *context, const char *file, const char *folders)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    if (file == NULL && folders == NULL) return 0;
    if (file != NULL && !add_file(store, file)) return 0;
    return folders == NULL || bind_openssl_add_folders(store, folders);
}

/* Like OpenSSL's own, it does not mind what is missing; what is refused is missing too. */
int cordon_bind_SSL_CTX_set_default_verify_paths(SSL_CTX *context)
{
    const char *file = cordon_bind_getenv(X509_get_default_cert_file_env());
    const char *folders = cordon_bind_getenv(X509_get_default_cert_dir_env());
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    (void)add_file(store, file != NULL ? file : X509_get_default_cert_file());
    int result = bind_openssl_add_folders(store, folders != NULL ? folders : X509_get_default_cert_dir());
    ERR_clear_error();
    return result;
}

/* ---- Own certificate and key ----------------------------------------------------------------------------------------------------- */

/* The certificate, then those of the authorities above it. */
static int use_chain(SSL_CTX *context, BIO *file)
{
    pem_password_cb *callback = SSL_CTX_get_default_passwd_cb(context);
    void *callback_data = SSL_CTX_get_default_passwd_cb_userdata(context);
    X509 *certificate = PEM_read_bio_X509_AUX(file, NULL, callback, callback_data);
    if (certificate == NULL) {
        ERR_raise(ERR_LIB_SSL, ERR_R_PEM_LIB);
        return 0;
    }
    int result = SSL_CTX_use_certificate(context, certificate);
    X509_free(certificate);
    if (ERR_peek_error() != 0) result = 0; /* the key may not match */
    if (result == 0 || SSL_CTX_clear_chain_certs(context) == 0) return 0;
    X509 *authority;
    while ((authority = PEM_read_bio_X509(file, NULL, callback, callback_data)) != NULL) {
        if (!SSL_CTX_add0_chain_cert(context, authority)) {
            X509_free(authority);
            return 0;
        }
    }
    unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) return 0;
    ERR_clear_error(); /* the end of the file */
    return 1;
}

int cordon_bind_SSL_CTX_use_certificate_chain_file(SSL_CTX *context, const char *path)
{
    ERR_clear_error();
    BIO *file = bind_openssl_file(path);
    if (file == NULL) return 0;
    errno = 0;
    int result = use_chain(context, file);
    BIO_free(file);
    return result;
}

int cordon_bind_SSL_CTX_use_PrivateKey_file(SSL_CTX *context, const char *path, int type)
{
    BIO *file = bind_openssl_file(path);
    if (file == NULL) return 0;
    errno = 0;
    EVP_PKEY *key = type == SSL_FILETYPE_PEM
                        ? PEM_read_bio_PrivateKey(file, NULL, SSL_CTX_get_default_passwd_cb(context), SSL_CTX_get_default_passwd_cb_userdata(context))
                        : type == SSL_FILETYPE_ASN1 ? d2i_PrivateKey_bio(file, NULL) : NULL;
    BIO_free(file);
    if (key == NULL) {
        if (type != SSL_FILETYPE_PEM && type != SSL_FILETYPE_ASN1) ERR_raise(ERR_LIB_SSL, SSL_R_BAD_SSL_FILETYPE);
        else ERR_raise(ERR_LIB_SSL, type == SSL_FILETYPE_PEM ? ERR_R_PEM_LIB : ERR_R_ASN1_LIB);
        return 0;
    }
    int result = SSL_CTX_use_PrivateKey(context, key);
    EVP_PKEY_free(key);
    return result;
}

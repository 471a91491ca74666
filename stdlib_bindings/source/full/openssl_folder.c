/* Folders of certificates named by hash, as OpenSSL's own "hash dir" lookup has them, but read through host_env: when a chain is checked, the
 * files <hash>.0, <hash>.1 ... of the wanted name are read, and no others. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "bindings/bind.h"
#include "openssl_internal.h"
#include "prototypes.h"

enum { FILES_PER_HASH_MAX = 64, ADD_FOLDERS = 1 };

static int folder_new(X509_LOOKUP *lookup)
{
    X509_LOOKUP_set_method_data(lookup, NULL);
    return 1;
}

static void folder_free(X509_LOOKUP *lookup) { free(X509_LOOKUP_get_method_data(lookup)); }

/* Our only command: `folders` are searched after those that are there already. */
static int folder_control(X509_LOOKUP *lookup, int command, const char *folders, long number, char **result_out)
{
    (void)number;
    (void)result_out;
    if (command != ADD_FOLDERS) return 0;
    const char *known = X509_LOOKUP_get_method_data(lookup);
    char *all = NULL;
    if (asprintf(&all, "%s%s%s", known == NULL ? "" : known, known == NULL ? "" : ":", folders) < 0) return 0;
    free((char *)known);
    return X509_LOOKUP_set_method_data(lookup, all);
}

static bool add_file(X509_STORE *store, X509_LOOKUP_TYPE type, const char *path)
{
    BIO *file = cordon_bind_access(path, R_OK) == 0 ? bind_openssl_file(path) : NULL;
    if (file == NULL) return false;
    if (type == X509_LU_X509) {
        X509 *certificate = PEM_read_bio_X509_AUX(file, NULL, NULL, NULL);
        if (certificate != NULL) X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
    } else {
        X509_CRL *list = PEM_read_bio_X509_CRL(file, NULL, NULL, NULL);
        if (list != NULL) X509_STORE_add_crl(store, list);
        X509_CRL_free(list);
    }
    BIO_free(file);
    return true;
}

static void add_from_folder(X509_STORE *store, X509_LOOKUP_TYPE type, const char *folder, int length, unsigned long hash)
{
    char path[PATH_MAX];
    for (int i = 0; i < FILES_PER_HASH_MAX; i++) {
        int size = snprintf(path, sizeof path, "%.*s/%08lx.%s%d", length, folder, hash, type == X509_LU_CRL ? "r" : "", i);
        if (size >= (int)sizeof path || !add_file(store, type, path)) return;
    }
}

static bool name_fits(const X509_OBJECT *object, const X509_NAME *name)
{
    if (X509_OBJECT_get_type(object) == X509_LU_X509) return X509_NAME_cmp(X509_get_subject_name(X509_OBJECT_get0_X509(object)), name) == 0;
    return X509_NAME_cmp(X509_CRL_get_issuer(X509_OBJECT_get0_X509_CRL((X509_OBJECT *)object)), name) == 0;
}

/* What the folders gave is in the store now; the caller wants one of it. */
static int find_in_store(X509_STORE *store, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *result)
{
    int is_found = 0;
    X509_STORE_lock(store);
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    for (int i = 0; !is_found && i < sk_X509_OBJECT_num(objects); i++) {
        X509_OBJECT *object = sk_X509_OBJECT_value(objects, i);
        if (X509_OBJECT_get_type(object) != type || !name_fits(object, name)) continue;
        is_found = type == X509_LU_X509 ? X509_OBJECT_set1_X509(result, X509_OBJECT_get0_X509(object))
                                        : X509_OBJECT_set1_X509_CRL(result, X509_OBJECT_get0_X509_CRL(object));
    }
    X509_STORE_unlock(store);
    return is_found;
}

static int folder_by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *result)
{
    const char *folders = X509_LOOKUP_get_method_data(lookup);
    X509_STORE *store = X509_LOOKUP_get_store(lookup);
    if (folders == NULL || name == NULL || (type != X509_LU_X509 && type != X509_LU_CRL)) return 0;
    ERR_set_mark(); /* files that are not there are no error of the check */
    unsigned long hash = X509_NAME_hash_ex(name, NULL, NULL, NULL);
    while (*folders != '\0') {
        int length = (int)strcspn(folders, ":");
        if (length > 0) add_from_folder(store, type, folders, length, hash);
        folders += length + (folders[length] == ':');
    }
    ERR_pop_to_mark();
    return find_in_store(store, type, name, result);
}

static X509_LOOKUP_METHOD *folder_method(void)
{
    static X509_LOOKUP_METHOD *method;
    if (method != NULL) return method;
    X509_LOOKUP_METHOD *made = X509_LOOKUP_meth_new("host folders");
    if (made == NULL) return NULL;
    X509_LOOKUP_meth_set_new_item(made, folder_new);
    X509_LOOKUP_meth_set_free(made, folder_free);
    X509_LOOKUP_meth_set_ctrl(made, folder_control);
    X509_LOOKUP_meth_set_get_by_subject(made, (X509_LOOKUP_get_by_subject_fn)folder_by_subject);
    return method = made;
}

int bind_openssl_add_folders(X509_STORE *store, const char *folders)
{
    X509_LOOKUP_METHOD *method = folder_method();
    X509_LOOKUP *lookup = method == NULL ? NULL : X509_STORE_add_lookup(store, method);
    return lookup != NULL && X509_LOOKUP_ctrl(lookup, ADD_FOLDERS, folders, 0, NULL);
}

/* Files for OpenSSL: read through host_env, handed over as memory. */
#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "bindings/bind.h"
#include "bindings/openssl.h"
#include "openssl_internal.h"
#include "prototypes.h"

/* Certificates of a whole country fit; a device that never ends does not. */
enum { FILE_BYTES_MAX = 64 << 20, PIECE_BYTES = 16384 };

static BIO *read_all(int fd)
{
    char piece[PIECE_BYTES];
    BIO *memory = BIO_new(BIO_s_mem());
    ssize_t count = 1;
    size_t total = 0;
    while (memory != NULL && count > 0) {
        count = cordon_bind_read(fd, piece, sizeof piece);
        total += count > 0 ? (size_t)count : 0;
        if (count < 0 || total > FILE_BYTES_MAX || (count > 0 && BIO_write(memory, piece, (int)count) != count)) {
            if (count >= 0) errno = EFBIG;
            BIO_free(memory);
            memory = NULL;
        }
    }
    /* At its end, memory answers "no more" instead of "try again". */
    if (memory != NULL) BIO_set_mem_eof_return(memory, 0);
    return memory;
}

BIO *bind_openssl_file(const char *path)
{
    int fd = cordon_bind_open(path, O_RDONLY | O_CLOEXEC);
    BIO *memory = fd < 0 ? NULL : read_all(fd);
    int code = errno;
    if (fd >= 0) cordon_bind_close(fd);
    if (memory == NULL) {
        ERR_raise(ERR_LIB_SYS, code);
        errno = code;
    }
    return memory;
}

/* ---- The configuration ----------------------------------------------------------------------------------------------------------- */

/* `.include` would make OpenSSL open files by itself, so such lines are left out. */
static BIO *without_includes(BIO *config)
{
    char line[4096];
    BIO *result = BIO_new(BIO_s_mem());
    while (result != NULL && BIO_gets(config, line, sizeof line) > 0) {
        const char *text = line + strspn(line, " \t");
        if (strncmp(text, ".include", 8) != 0) BIO_puts(result, line);
    }
    return result;
}

static void apply_config(BIO *file)
{
    BIO *text = without_includes(file);
    CONF *config = NCONF_new(NULL);
    long bad_line;
    if (text != NULL && config != NULL && NCONF_load_bio(config, text, &bad_line) > 0)
        (void)CONF_modules_load(config, NULL, CONF_MFLAGS_DEFAULT_SECTION | CONF_MFLAGS_IGNORE_MISSING_FILE | CONF_MFLAGS_IGNORE_ERRORS);
    NCONF_free(config);
    BIO_free(text);
}

static char *config_path(void)
{
    const char *named = cordon_bind_getenv("OPENSSL_CONF");
    if (named != NULL) return strdup(named);
    char *path = NULL;
    return asprintf(&path, "%s/openssl.cnf", X509_get_default_cert_area()) < 0 ? NULL : path;
}

void bind_openssl_start(void)
{
    static bool is_started;
    if (is_started) return;
    is_started = true;
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    char *path = config_path();
    BIO *file = path == NULL || *path == '\0' ? NULL : bind_openssl_file(path);
    if (file != NULL) apply_config(file);
    BIO_free(file);
    free(path);
    ERR_clear_error();
}

/* ---- Streams of libc ------------------------------------------------------------------------------------------------------------- */

/* BIO_new_fp: the key log of ssl. OpenSSL would write to the FILE itself; this BIO writes through the bound stream. */
static int stream_write(BIO *bio, const char *bytes, int size) { return (int)cordon_bind_fwrite(bytes, 1, (size_t)size, BIO_get_data(bio)); }
static int stream_puts(BIO *bio, const char *text) { return stream_write(bio, text, (int)strlen(text)); }

static long stream_control(BIO *bio, int command, long number, void *pointer)
{
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return cordon_bind_fflush(BIO_get_data(bio)) == 0;
    case BIO_CTRL_GET_CLOSE: return BIO_get_shutdown(bio);
    case BIO_CTRL_SET_CLOSE: BIO_set_shutdown(bio, (int)number); return 1;
    default: return 0;
    }
}

static int stream_destroy(BIO *bio)
{
    if (BIO_get_shutdown(bio) && BIO_get_data(bio) != NULL) cordon_bind_fclose(BIO_get_data(bio));
    return 1;
}

static BIO_METHOD *stream_method(void)
{
    static BIO_METHOD *method;
    if (method != NULL) return method;
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "host stream");
    if (made == NULL) return NULL;
    BIO_meth_set_write(made, stream_write);
    BIO_meth_set_puts(made, stream_puts);
    BIO_meth_set_ctrl(made, stream_control);
    BIO_meth_set_destroy(made, stream_destroy);
    return method = made;
}

BIO *cordon_bind_BIO_new_fp(FILE *stream, int flags)
{
    BIO_METHOD *method = stream_method();
    BIO *bio = method == NULL ? NULL : BIO_new(method);
    if (bio == NULL) return NULL;
    BIO_set_data(bio, stream);
    BIO_set_shutdown(bio, flags & BIO_CLOSE);
    BIO_set_init(bio, 1);
    return bio;
}

DH *cordon_bind_PEM_read_DHparams(FILE *stream, DH **parameters_out, pem_password_cb *callback, void *callback_data)
{
    char piece[PIECE_BYTES];
    BIO *memory = BIO_new(BIO_s_mem());
    size_t count;
    if (memory == NULL) return NULL;
    while ((count = cordon_bind_fread(piece, 1, sizeof piece, stream)) > 0) BIO_write(memory, piece, (int)count);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* the caller's choice, not ours */
    DH *parameters = PEM_read_bio_DHparams(memory, parameters_out, callback, callback_data);
#pragma GCC diagnostic pop
    BIO_free(memory);
    return parameters;
}

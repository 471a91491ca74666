/* Hides which library makes digests. */
#include "audit/digest.h"

#include <openssl/evp.h>

bool audit_digest(const void *bytes, size_t size, char digits_out[AUDIT_DIGEST_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[AUDIT_DIGEST_DIGITS / 2];
    if (EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    for (size_t i = 0; i < sizeof digest; i++) {
        digits_out[2 * i] = digits[digest[i] >> 4];
        digits_out[2 * i + 1] = digits[digest[i] & 15];
    }
    digits_out[AUDIT_DIGEST_DIGITS] = '\0';
    return true;
}

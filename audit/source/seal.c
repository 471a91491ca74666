/* Hides how a seal's digest is made from those who write and read records. */
#include "seal.h"

#include <openssl/evp.h>
#include <string.h>

static bool begin_part(seal_chain *chain)
{
    return EVP_DigestInit_ex(chain->digest, EVP_sha256(), NULL) == 1 &&
           EVP_DigestUpdate(chain->digest, chain->previous, SEAL_DIGITS) == 1;
}

bool seal_chain_open(seal_chain *chain)
{
    memset(chain->previous, '0', SEAL_DIGITS);
    chain->previous[SEAL_DIGITS] = '\0';
    chain->digest = EVP_MD_CTX_new();
    return chain->digest != NULL && begin_part(chain);
}

bool seal_chain_add(seal_chain *chain, const char *bytes, size_t size)
{
    return EVP_DigestUpdate(chain->digest, bytes, size) == 1;
}

bool seal_chain_close_part(seal_chain *chain, char digits_out[SEAL_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[SEAL_DIGITS / 2];
    if (EVP_DigestFinal_ex(chain->digest, bytes, NULL) != 1)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        chain->previous[2 * i] = digits[bytes[i] >> 4];
        chain->previous[2 * i + 1] = digits[bytes[i] & 15];
    }
    memcpy(digits_out, chain->previous, SEAL_DIGITS + 1);
    return begin_part(chain);
}

void seal_chain_release(seal_chain *chain)
{
    EVP_MD_CTX_free(chain->digest);
    chain->digest = NULL;
}

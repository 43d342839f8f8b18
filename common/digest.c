#include "common/digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "common/mem.h"

enum { RANDOM_NAME_MAX = 64 };

struct sha256 {
    EVP_MD_CTX *ctx;
};

static const EVP_MD *
algorithm(void)
{
    static EVP_MD *fetched;

    if (fetched == NULL)
        fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (fetched == NULL)
        abort();
    return fetched;
}

struct sha256 *
sha256_new(void)
{
    struct sha256 *digest = xmalloc(sizeof(*digest));

    digest->ctx = EVP_MD_CTX_new();
    if (digest->ctx == NULL || EVP_DigestInit_ex(digest->ctx, algorithm(), NULL) != 1)
        abort();
    return digest;
}

void
sha256_add(struct sha256 *digest, const void *data, size_t len)
{
    EVP_DigestUpdate(digest->ctx, data, len);
}

void
sha256_take(struct sha256 *digest, uint8_t *out)
{
    EVP_DigestFinal_ex(digest->ctx, out, NULL);
    if (EVP_DigestInit_ex(digest->ctx, algorithm(), NULL) != 1)
        abort();
}

void
sha256_free(struct sha256 *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->ctx);
    free(digest);
}

void
sha256_of(const void *data, size_t len, uint8_t *out)
{
    static struct sha256 *shared; /* one thread per process */

    if (shared == NULL)
        shared = sha256_new();
    sha256_add(shared, data, len);
    sha256_take(shared, out);
}

char *
hex_format(const void *data, size_t len, char *text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * len] = '\0';
    return text;
}

static int
hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

int
hex_parse(const char *text, void *data, size_t len)
{
    uint8_t *bytes = data;

    if (strlen(text) != 2 * len)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return -1;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

void
random_bytes(void *data, size_t len)
{
    if (RAND_bytes(data, (int)len) != 1)
        abort();
}

void
random_name(void *data, size_t len)
{
    static uint8_t drawn[4096];
    static size_t left;

    assert(len <= RANDOM_NAME_MAX);
    if (left < len) {
        random_bytes(drawn, sizeof(drawn));
        left = sizeof(drawn);
    }
    left -= len;
    memcpy(data, drawn + left, len);
}

void
secret_clear(void *data, size_t len)
{
    OPENSSL_cleanse(data, len);
}

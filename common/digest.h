#ifndef TCRD_COMMON_DIGEST_H
#define TCRD_COMMON_DIGEST_H
#include <stddef.h>
#include <stdint.h>
/* digest - SHA-256 and random bytes; the algorithm is fetched once per process (OpenSSL 3 fetches
 * slowly). */
enum { SHA256_BYTES = 32, SHA256_HEX_BYTES = 65 };

struct sha256; /* a running digest */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *digest, const void *data, size_t len);
/* Writes SHA256_BYTES, resets the digest for the next use. */
void sha256_take(struct sha256 *digest, uint8_t *out);
void sha256_free(struct sha256 *digest);

void sha256_of(const void *data, size_t len, uint8_t *out);
/* Lower case; text has 2 * len + 1 bytes. Returns text. */
char *hex_format(const void *data, size_t len, char *text);
/* Reads exactly 2 * len hexadecimal digits followed by NUL; 0 or -1. */
int hex_parse(const char *text, void *data, size_t len);
/* Aborts when the kernel gives no randomness: nothing made without it may be used. */
void random_bytes(void *data, size_t len);
/* The same for names that are no secret, at most 64 bytes; drawn in advance, many at a time. Not to
 * be used before a process forks. */
void random_name(void *data, size_t len);
/* Overwrite secrets so that the compiler cannot drop it. */
void secret_clear(void *data, size_t len);
#endif

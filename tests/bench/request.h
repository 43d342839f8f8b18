#ifndef TCRD_TESTS_BENCH_REQUEST_H
#define TCRD_TESTS_BENCH_REQUEST_H
#include <stddef.h>
#include <stdint.h>
/* request - submissions for the load generator: head and body of a valid contract, different each
 * time.
 *
 * The text is laid out once. All members that differ between contracts have a fixed width, so a new
 * request is one copy and a dozen small patches: the generator must not cost more than the server.
 */
enum { REQUEST_BYTES_MAX = 4096 };

struct request_template;

/* host, token and path (of contract.submit or contract.check) are copied. Ends the program when the
 * text does not fit. */
struct request_template *request_template_new(
    const char *host, int port, const char *token, const char *path);
void request_template_free(struct request_template *self);

/* Write request number `number` (any value; another number is another contract and another
 * idempotency key) to out, which has room for REQUEST_BYTES_MAX. Returns its length. */
size_t request_write(const struct request_template *self, uint64_t number, char *out);
#endif

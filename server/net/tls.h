#ifndef TCRD_NET_TLS_H
#define TCRD_NET_TLS_H
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
/* tls - what a TLS listener needs: certificate, key, authorities of client certificates, protocol
 * name.
 *
 * TLS 1.2 and 1.3 with AEAD suites only. A client certificate is asked for when authorities are
 * given, and is optional; one that does not verify fails the handshake. A resumed session carries
 * the certificate of the session that it resumes; what the certificate may do is looked up again
 * for every call, so a ticket gives no right that was withdrawn.
 */
struct tls;

enum { TLS_TICKET_KEY_BYTES = 80 };

/* PEM texts, borrowed until return. client_ca NULL: no client certificates. NULL with err when one
 * cannot be used. */
struct tls *tls_new(const char *cert, size_t cert_len, const char *key, size_t key_len,
    const char *client_ca, size_t client_ca_len, struct err *err);
/* Connections that use it keep what they need. Accepts NULL. */
void tls_free(struct tls *tls);

/* The one protocol served here, a literal ("http/1.1"), kept. A client that sends no ALPN is
 * welcome; one that offers only others is refused (RFC 7301), which also keeps a browser from being
 * led to the other port. Names the session id context too. Call once. */
void tls_set_alpn(struct tls *tls, const char *protocol);
/* Random bytes shared by all workers, so that a ticket of one is good at the others. Without it
 * every struct tls has its own. New authorities need new keys: old tickets would bring old
 * certificates in. */
int tls_set_ticket_keys(struct tls *tls, const uint8_t keys[TLS_TICKET_KEY_BYTES]);
#endif

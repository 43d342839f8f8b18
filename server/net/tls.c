#include "server/net/tls.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "server/net/net_int.h"

#define SUITES_12 "ECDHE+AESGCM:ECDHE+CHACHA20"
#define SUITES_13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

enum { TICKETS = 2, SESSION_SECONDS = 3600 };

struct tls {
    SSL_CTX *ctx;
};

static int
fail(struct err *err, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    err_set(err, ERR_TLS, "%s: %s", what, reason != NULL ? reason : "not usable");
    ERR_clear_error();
    return -1;
}

static int
set_policy(SSL_CTX *ctx, struct err *err)
{
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ctx, SUITES_12) != 1 ||
        SSL_CTX_set_ciphersuites(ctx, SUITES_13) != 1)
        return fail(err, "TLS versions and suites");
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE);
    /* The output buffer of a connection grows while a write waits, so its address may change.
     * Without AUTO_RETRY a flood of records that carry no data gives the loop back after each. */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
    /* A record in one read of the descriptor, not its head and then its body. */
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_max_early_data(ctx, 0);
    SSL_CTX_set_num_tickets(ctx, TICKETS);
    SSL_CTX_set_timeout(ctx, SESSION_SECONDS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets only: no state here */
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"tcrd", 4);
    return 0;
}

static int
load_chain(SSL_CTX *ctx, const char *pem, size_t len, struct err *err)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    X509 *cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
    int done = -1;

    if (cert == NULL || SSL_CTX_use_certificate(ctx, cert) != 1) {
        fail(err, "server certificate");
        goto out;
    }
    X509_free(cert);
    while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (SSL_CTX_add0_chain_cert(ctx, cert) != 1) {
            fail(err, "certificate chain");
            goto out;
        }
    }
    ERR_clear_error(); /* the end of the text is reported as an error */
    done = 0;
out:
    X509_free(cert);
    BIO_free(bio);
    return done;
}

static int
load_key(SSL_CTX *ctx, const char *pem, size_t len, struct err *err)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");
    int done = 0;

    if (key == NULL || SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
        done = fail(err, "private key");
    EVP_PKEY_free(key);
    BIO_free(bio);
    return done;
}

static int
load_client_ca(SSL_CTX *ctx, const char *pem, size_t len, struct err *err)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    int count = 0;
    X509 *cert;

    while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (X509_STORE_add_cert(store, cert) == 1 && SSL_CTX_add_client_CA(ctx, cert) == 1)
            count++;
        X509_free(cert);
    }
    BIO_free(bio);
    if (count == 0)
        return fail(err, "client authorities");
    ERR_clear_error();
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return 0;
}

struct tls *
tls_new(const char *cert, size_t cert_len, const char *key, size_t key_len, const char *client_ca,
    size_t client_ca_len, struct err *err)
{
    struct tls *tls = xcalloc(1, sizeof(*tls));

    ERR_clear_error();
    tls->ctx = SSL_CTX_new(TLS_server_method());
    if (tls->ctx == NULL) {
        fail(err, "TLS");
        goto failed;
    }
    if (set_policy(tls->ctx, err) < 0 || load_chain(tls->ctx, cert, cert_len, err) < 0 ||
        load_key(tls->ctx, key, key_len, err) < 0)
        goto failed;
    if (client_ca != NULL && load_client_ca(tls->ctx, client_ca, client_ca_len, err) < 0)
        goto failed;
    return tls;

failed:
    tls_free(tls);
    return NULL;
}

void
tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->ctx);
    free(tls);
}

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
    unsigned int in_len, void *arg)
{
    const char *protocol = arg;
    unsigned int len;

    (void)ssl;
    for (unsigned int at = 0; at < in_len; at += 1 + len) {
        len = in[at];
        if (at + 1 + len > in_len)
            break;
        if (len == strlen(protocol) && memcmp(in + at + 1, protocol, len) == 0) {
            *out = in + at + 1;
            *out_len = (unsigned char)len;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void
tls_set_alpn(struct tls *tls, const char *protocol)
{
    const unsigned char *name = (const unsigned char *)protocol;

    /* The text, not tls: a handshake may end after the certificate was reloaded and tls freed. */
    SSL_CTX_set_alpn_select_cb(tls->ctx, on_alpn, (void *)(uintptr_t)protocol);
    SSL_CTX_set_session_id_context(tls->ctx, name, (unsigned int)strlen(protocol));
}

int
tls_set_ticket_keys(struct tls *tls, const uint8_t keys[TLS_TICKET_KEY_BYTES])
{
    uint8_t copy[TLS_TICKET_KEY_BYTES];
    long set;

    memcpy(copy, keys, sizeof(copy));
    set = SSL_CTX_set_tlsext_ticket_keys(tls->ctx, copy, sizeof(copy));
    OPENSSL_cleanse(copy, sizeof(copy));
    return set == 1 ? 0 : -1;
}

SSL *
tls_session_new(struct tls *tls)
{
    SSL *ssl;

    ERR_clear_error();
    ssl = SSL_new(tls->ctx);
    if (ssl != NULL)
        SSL_set_accept_state(ssl);
    ERR_clear_error();
    return ssl;
}

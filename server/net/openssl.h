#ifndef TCRD_NET_OPENSSL_H
#define TCRD_NET_OPENSSL_H
/* openssl - the only place that includes OpenSSL's TLS headers. Its types.h has a typedef
 * ERR_STATE, which common/err.h uses as the name of an error code; nothing here needs that type, so
 * it gets another name while these headers are read. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#undef ERR_STATE
#endif

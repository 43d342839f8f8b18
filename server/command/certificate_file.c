#include "server/command/certificate_file.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

static int
set_last_day(struct certificate_file *certificate, const X509 *x509)
{
    struct tm until;
    struct civil day;

    if (ASN1_TIME_to_tm(X509_get0_notAfter(x509), &until) != 1)
        return -1;
    day = (struct civil){until.tm_year + 1900, until.tm_mon + 1, until.tm_mday};
    /* UTC: eight hours later in Asia/Shanghai, perhaps the next day */
    date_format(date_from_civil(day) + (until.tm_hour + 8) / 24, certificate->last_day);
    return 0;
}

static int
set_digest(struct certificate_file *certificate, const X509 *x509)
{
    uint8_t digest[SHA256_BYTES];
    unsigned char *der = NULL;
    int len = i2d_X509(x509, &der);

    if (len < 0)
        return -1;
    sha256_of(der, (size_t)len, digest);
    hex_format(digest, sizeof(digest), certificate->sha256);
    OPENSSL_free(der);
    return 0;
}

int
certificate_file_read(struct certificate_file *certificate, const char *file)
{
    FILE *in = fopen(file, "r");
    X509 *x509;
    int result;

    if (in == NULL)
        return -1;
    x509 = PEM_read_X509(in, NULL, NULL, NULL);
    fclose(in);
    if (x509 == NULL)
        return -1;
    result = set_last_day(certificate, x509) < 0 || set_digest(certificate, x509) < 0 ? -1 : 0;
    X509_free(x509);
    return result;
}

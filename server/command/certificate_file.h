#ifndef TCRD_COMMAND_CERTIFICATE_FILE_H
#define TCRD_COMMAND_CERTIFICATE_FILE_H
#include "common/date.h"
#include "common/digest.h"
/* certificate_file - what the record keeps of a certificate: its digest and its last day. */
struct certificate_file {
    char sha256[SHA256_HEX_BYTES];  /* of the DER form */
    char last_day[DATE_TEXT_BYTES]; /* the day in Asia/Shanghai on which it ends */
};

/* The first certificate of a PEM file. 0, or -1 when the file holds none or cannot be read. */
int certificate_file_read(struct certificate_file *certificate, const char *file);
#endif

#ifndef TCRD_COMMAND_ACCOUNT_H
#define TCRD_COMMAND_ACCOUNT_H
#include "common/conf.h"
/* account - accounts, their roles, and their credentials (account_key.c, account_certificate.c). */
extern const char command_account_help[];
int command_account(const struct conf *conf, int argc, char **argv);

/* `tcrd account key ...` and `tcrd account certificate ...` */
int account_key(const struct conf *conf, int argc, char **argv);
int account_certificate(const struct conf *conf, int argc, char **argv);
#endif

#ifndef TCRD_APP_FILES_H
#define TCRD_APP_FILES_H
#include "common/err.h"
#include "server/app/app_int.h"
/* files - secrets and certificates, read by the master only. */
enum { APP_FILE_MAX_BYTES = 1 << 20 };

/* 0, or -1 with err. */
int app_file_read(struct app_file *file, const char *path, struct err *err);
void app_file_clear(struct app_file *file);
/* First line of a password file; NULL when path is empty. -1 with err. */
int app_password_read(char **password, const char *path, struct err *err);
#endif

#include "server/app/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/digest.h"
#include "common/mem.h"

int
app_file_read(struct app_file *file, const char *path, struct err *err)
{
    FILE *in = fopen(path, "rb");

    if (in == NULL)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    file->data = xmalloc(APP_FILE_MAX_BYTES);
    file->len = fread(file->data, 1, APP_FILE_MAX_BYTES, in);
    if (ferror(in) || file->len == 0 || file->len == APP_FILE_MAX_BYTES) {
        fclose(in);
        app_file_clear(file);
        return err_set(err, ERR_IO, "%s: empty, too large or unreadable", path);
    }
    fclose(in);
    return 0;
}

void
app_file_clear(struct app_file *file)
{
    if (file->data != NULL)
        secret_clear(file->data, file->len);
    free(file->data);
    *file = (struct app_file){0};
}

int
app_password_read(char **password, const char *path, struct err *err)
{
    struct app_file file = {0};

    *password = NULL;
    if (*path == '\0')
        return 0;
    if (app_file_read(&file, path, err) < 0 || file.data == NULL)
        return -1;
    file.data[file.len] = '\0';
    file.data[strcspn(file.data, "\r\n")] = '\0';
    *password = xstrdup(file.data);
    app_file_clear(&file);
    return 0;
}

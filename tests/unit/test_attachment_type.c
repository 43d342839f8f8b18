/* What a file is, from its bytes however they are cut, against what it is said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "server/attachments/attachment_type.h"

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define OFD "application/ofd"
#define ZIP "PK\3\4________________"
#define END "PK\5\6__________________"
#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t len;
    const char *type;
} files[] = {
    {BYTES("%PDF-1.7\n"), "application/pdf"},
    {BYTES("%PDF-"), "application/pdf"},
    {BYTES("%PDF"), "application/octet-stream"},
    {BYTES(" %PDF-1.7"), "application/octet-stream"},
    {BYTES("\xff\xd8\xff\xe0"), "image/jpeg"},
    {BYTES("\xff\xd8"), "application/octet-stream"},
    {BYTES("\x89PNG\r\n\x1a\n...."), "image/png"},
    {BYTES("\x89PNG\n\x1a\n...."), "application/octet-stream"},
    {BYTES("II*\0...."), "image/tiff"},
    {BYTES("MM\0*...."), "image/tiff"},
    {BYTES("MZ\x90"), "application/x-msdownload"},
    {BYTES("\x7f"
           "ELF..."),
        "application/x-executable"},
    {BYTES("#!/bin/sh"), "text/x-script"},
    {BYTES("<!DOCTYPE HTML>"), "text/html"},
    {BYTES("\xef\xbb\xbf \n\t<hTmL>"), "text/html"},
    {BYTES("<script>"), "text/html"},
    {BYTES("<svg "), "image/svg+xml"},
    {BYTES("<?xml version"), "application/xml"},
    {BYTES("GIF89a"), "image/gif"},
    {BYTES(""), "application/octet-stream"},
    {BYTES("x"), "application/octet-stream"},
    {BYTES(ZIP "[Content_Types].xml...word/document.xml..." END), DOCX},
    {BYTES(ZIP "xl/workbook.xml" END), XLSX},
    {BYTES(ZIP "OFD.xml" END), OFD},
    {BYTES(ZIP "xl/workbook.xml"), "application/zip"},
    {BYTES(ZIP "xl/workbook.xml word/document.xml" END), "application/zip"},
    {BYTES(ZIP "readme" END), "application/zip"},
    {BYTES(END), "application/zip"},
    {BYTES(ZIP "word/document.xml word/vbaProject.bin" END),
        "application/vnd.ms-office.macroEnabled"},
    {BYTES(ZIP "word/document.xml META-INF/MANIFEST.MF" END), "application/java-archive"},
    {BYTES("%PDF-1.7 PK\3\4 word/document.xml" END), "application/pdf"},
};

static void
look_in_steps(struct attachment_look *look, const char *bytes, size_t len, size_t step)
{
    *look = (struct attachment_look){0};
    for (size_t at = 0; at < len; at += step) {
        size_t more = len - at < step ? len - at : step;
        char *copy = malloc(more); /* exact: a read past the end is seen by the sanitizer */

        assert_non_null(copy);
        memcpy(copy, bytes + at, more);
        attachment_look_add(look, copy, more);
        free(copy);
    }
}

static void
test_every_type_however_it_is_cut(void **state)
{
    struct attachment_look look;

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        for (size_t step = 1; step <= files[i].len + 1; step++) {
            look_in_steps(&look, files[i].bytes, files[i].len, step);
            if (strcmp(attachment_look_type(&look), files[i].type) != 0)
                fail_msg("%zu in steps of %zu: %s", i, step, attachment_look_type(&look));
        }
}

/* A name of an archive is found wherever the pieces are cut. */
static void
test_a_part_across_pieces(void **state)
{
    static const char name[] = "word/document.xml";
    const size_t size = 5000;
    struct attachment_look look;
    char *bytes = malloc(size);

    (void)state;
    assert_non_null(bytes);
    for (size_t at = 4; at + sizeof(name) + 24 < size; at += 7) {
        memset(bytes, '.', size);
        memcpy(bytes, "PK\3\4", 4);
        memcpy(bytes + at, name, sizeof(name) - 1);
        memcpy(bytes + size - 22, END, 22);
        look_in_steps(&look, bytes, size, 1000);
        if (strcmp(attachment_look_type(&look), DOCX) != 0)
            fail_msg("at %zu: %s", at, attachment_look_type(&look));
    }
    free(bytes);
}

static void
test_first_bytes(void **state)
{
    struct attachment_look look;

    (void)state;
    look_in_steps(&look, BYTES("%PDF-1.7\n"), 100);
    assert_true(attachment_look_may_be(&look, "application/pdf"));
    assert_false(attachment_look_may_be(&look, "image/png"));
    assert_false(attachment_look_may_be(&look, DOCX));
    assert_false(attachment_look_may_be(&look, "text/html"));
    look_in_steps(&look, BYTES(ZIP), 100);
    assert_true(attachment_look_may_be(&look, DOCX));
    assert_true(attachment_look_may_be(&look, OFD));
    assert_false(attachment_look_may_be(&look, "application/pdf"));
    assert_false(attachment_look_may_be(&look, "application/zip"));
}

static void
test_extensions(void **state)
{
    static const struct {
        const char *name;
        const char *media_type;
        bool fits;
    } names[] = {{"a.pdf", "application/pdf", true}, {"a.PDF", "application/pdf", true},
        {"a", "application/pdf", true}, {"a.v2", "application/pdf", true},
        {"a.", "application/pdf", true}, {"a.2026", "application/pdf", true},
        {"a.png", "application/pdf", false}, {"a.exe", "application/pdf", false},
        {"a.pdf.exe", "application/pdf", false}, {"a.exe.pdf", "application/pdf", true},
        {"a.html", "application/pdf", false}, {"a.jpeg", "image/jpeg", true},
        {"a.jpg", "image/png", false}, {"a.docm", DOCX, false}, {"a.docx", DOCX, true},
        {"a.xlsx", DOCX, false}, {"a.tiff", "image/tiff", true}, {"a.ofd", OFD, true},
        {"v1. pdf", "application/pdf", true}, {"a.pdf jpg", "application/pdf", true},
        {"a.averyveryverylongextension", "application/pdf", true}};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (attachment_extension_fits(names[i].name, names[i].media_type) != names[i].fits)
            fail_msg("%s as %s", names[i].name, names[i].media_type);
}

static void
test_media_types(void **state)
{
    static const struct {
        const char *header;
        const char *type;
    } headers[] = {{"application/pdf", "application/pdf"}, {"Image/JPEG", "image/jpeg"},
        {"application/pdf; charset=x", "application/pdf"},
        {"application/pdf ;a=b", "application/pdf"}, {"application/pdf\t", "application/pdf"},
        {"", NULL}, {"pdf", NULL}, {"/pdf", NULL}, {"application/", NULL},
        {"application/pdf, image/png", NULL}, {"application /pdf", NULL},
        {"application/ pdf", NULL}, {"a/b/c", NULL}, {"a/b c", NULL}, {"\xe5/b", NULL}};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        const char *type = attachment_media_type(arena, headers[i].header);

        if ((type == NULL) != (headers[i].type == NULL) ||
            (type != NULL && strcmp(type, headers[i].type) != 0))
            fail_msg("%s: %s", headers[i].header, type == NULL ? "refused" : type);
    }
    assert_null(attachment_media_type(arena, NULL));
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_however_it_is_cut),
        cmocka_unit_test(test_a_part_across_pieces),
        cmocka_unit_test(test_first_bytes),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_media_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/attachments/attachment_type.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define OFD "application/ofd"

enum { EXTENSION_MAX = 12, MEDIA_TYPE_MAX = 127 };

/* Types that can be accepted, and the extensions their names may have. */
static const struct {
    const char *media_type;
    const char *extensions;
    bool is_zip;
} types[] = {
    {"application/pdf", " pdf ", false},
    {"image/jpeg", " jpg jpeg jpe jfif ", false},
    {"image/png", " png ", false},
    {"image/tiff", " tif tiff ", false},
    {OFD, " ofd ", true},
    {DOCX, " docx ", true},
    {XLSX, " xlsx ", true},
};
enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

/* Of what runs or shows pages when somebody opens it. */
static const char foreign_extensions[] =
    " exe com scr pif bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta jar class msi msp dll sys "
    "cpl "
    "lnk url reg inf sh bash ksh csh py pyc pl rb php asp aspx jsp html htm xhtml shtml mht mhtml "
    "svg svgz xml xsl xslt swf apk app dmg iso img vhd docm dotm xlsm xltm xlam pptm rtf chm hlp "
    "eml msg gz zip rar 7z tar ";

/* First bytes; the first that fits decides. */
static const struct {
    const char *media_type;
    const char *magic;
    size_t len;
} magics[] = {
    {"application/pdf", "%PDF-", 5},
    {"image/jpeg", "\xff\xd8\xff", 3},
    {"image/png", "\x89PNG\r\n\x1a\n", 8},
    {"image/tiff", "II*\0", 4},
    {"image/tiff", "MM\0*", 4},
    {"application/zip", "PK\3\4", 4},
    {"application/zip", "PK\5\6", 4},
    {"application/x-msdownload", "MZ", 2},
    {"application/x-executable",
        "\x7f"
        "ELF",
        4},
    {"application/x-mach-binary", "\xfe\xed\xfa\xce", 4},
    {"application/x-mach-binary", "\xfe\xed\xfa\xcf", 4},
    {"application/x-mach-binary", "\xcf\xfa\xed\xfe", 4},
    {"application/java-vm", "\xca\xfe\xba\xbe", 4},
    {"text/x-script", "#!", 2},
    {"application/x-ole-storage", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8},
    {"application/vnd.rar", "Rar!\x1a\x07", 6},
    {"application/x-7z-compressed", "7z\xbc\xaf\x27\x1c", 6},
    {"application/gzip", "\x1f\x8b", 2},
    {"image/gif", "GIF8", 4},
    {"image/bmp", "BM", 2},
    {"application/rtf", "{\\rtf", 5},
};

/* After spaces and a byte order mark, in any case. */
static const struct {
    const char *media_type;
    const char *opening;
} markups[] = {
    {"text/html", "<!doctype"},
    {"text/html", "<html"},
    {"text/html", "<head"},
    {"text/html", "<body"},
    {"text/html", "<script"},
    {"image/svg+xml", "<svg"},
    {"application/xml", "<?xml"},
    {"application/xml", "<!--"},
};

/* Names inside an archive stand uncompressed. */
static const struct {
    const char *name;
    size_t len;
} parts[] = {
    {"word/document.xml", 17}, {"xl/workbook.xml", 15}, {"OFD.xml", 7}, {"vbaProject.bin", 14},
    {"META-INF/MANIFEST.MF", 20},
    {"PK\5\6", 4}, /* the record at the end of an archive: a cut one has none */
};
enum {
    PART_WORD = 1 << 0,
    PART_SHEET = 1 << 1,
    PART_OFD = 1 << 2,
    PART_MACRO = 1 << 3,
    PART_JAVA = 1 << 4,
    PART_END = 1 << 5,
    PART_COUNT = 6
};

/* ---- looking ---- */

static bool
is_archive(const struct attachment_look *look)
{
    return look->head_len >= 4 && memcmp(look->head, "PK\3\4", 4) == 0;
}

static void
find_parts(struct attachment_look *look, const char *data, size_t len)
{
    for (int i = 0; i < PART_COUNT; i++)
        if ((look->parts & (1U << i)) == 0 &&
            memmem(data, len, parts[i].name, parts[i].len) != NULL)
            look->parts |= 1U << i;
}

/* What was carried over, followed by the beginning of data; then the end of both is carried on. */
static void
find_across(struct attachment_look *look, const char *data, size_t len)
{
    char joint[2 * LOOK_CARRY_BYTES];
    size_t more = len < LOOK_CARRY_BYTES ? len : LOOK_CARRY_BYTES;
    size_t joint_len = look->carry_len + more;

    memcpy(joint, look->carry, look->carry_len);
    memcpy(joint + look->carry_len, data, more);
    find_parts(look, joint, joint_len);
    if (len >= LOOK_CARRY_BYTES) {
        memcpy(look->carry, data + len - LOOK_CARRY_BYTES, LOOK_CARRY_BYTES);
        look->carry_len = LOOK_CARRY_BYTES;
    } else {
        size_t kept = joint_len < LOOK_CARRY_BYTES ? joint_len : LOOK_CARRY_BYTES;

        memcpy(look->carry, joint + joint_len - kept, kept);
        look->carry_len = kept;
    }
}

void
attachment_look_add(struct attachment_look *look, const void *data, size_t len)
{
    size_t more = LOOK_HEAD_BYTES - look->head_len;

    if (len == 0)
        return;
    if (more > len)
        more = len;
    memcpy(look->head + look->head_len, data, more);
    look->head_len += more;
    if (look->head_len >= 4 && !is_archive(look))
        return;
    find_across(look, data, len);
    find_parts(look, data, len);
}

static const char *
markup_type(const struct attachment_look *look)
{
    const char *text = (const char *)look->head;
    size_t len = look->head_len;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    while (len > 0 && isspace((unsigned char)*text)) {
        text++;
        len--;
    }
    for (size_t i = 0; i < sizeof(markups) / sizeof(markups[0]); i++) {
        size_t opening_len = strlen(markups[i].opening);

        if (len >= opening_len && strncasecmp(text, markups[i].opening, opening_len) == 0)
            return markups[i].media_type;
    }
    return NULL;
}

/* Of the first bytes alone. */
static const char *
head_type(const struct attachment_look *look)
{
    const char *markup;

    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if (look->head_len >= magics[i].len &&
            memcmp(look->head, magics[i].magic, magics[i].len) == 0)
            return magics[i].media_type;
    markup = markup_type(look);
    return markup != NULL ? markup : "application/octet-stream";
}

static const char *
archive_type(const struct attachment_look *look)
{
    if (look->parts & PART_JAVA)
        return "application/java-archive";
    if (look->parts & PART_MACRO)
        return "application/vnd.ms-office.macroEnabled";
    if (!(look->parts & PART_END))
        return "application/zip"; /* cut off */
    switch (look->parts & (PART_WORD | PART_SHEET | PART_OFD)) {
    case PART_WORD:
        return DOCX;
    case PART_SHEET:
        return XLSX;
    case PART_OFD:
        return OFD;
    default:
        return "application/zip";
    }
}

const char *
attachment_look_type(const struct attachment_look *look)
{
    return is_archive(look) ? archive_type(look) : head_type(look);
}

static int
type_index(const char *media_type)
{
    for (int i = 0; i < TYPE_COUNT; i++)
        if (strcmp(types[i].media_type, media_type) == 0)
            return i;
    return -1;
}

bool
attachment_look_may_be(const struct attachment_look *look, const char *media_type)
{
    int index = type_index(media_type);

    if (index < 0)
        return false;
    return types[index].is_zip ? is_archive(look) : strcmp(head_type(look), media_type) == 0;
}

/* ---- names of types ---- */

bool
attachment_type_is_known(const char *media_type)
{
    return type_index(media_type) >= 0;
}

bool
attachment_extension_fits(const char *name, const char *media_type)
{
    const char *dot = strrchr(name, '.');
    char word[EXTENSION_MAX + 3] = " ";
    int index = type_index(media_type);
    size_t len;

    if (dot == NULL || (len = strlen(dot + 1)) == 0 || len > EXTENSION_MAX)
        return true;
    for (size_t i = 0; i < len; i++)
        word[i + 1] = (char)tolower((unsigned char)dot[i + 1]);
    word[len + 1] = ' ';
    if (strchr(dot, ' ') != NULL)
        return true; /* no extension */
    if (index >= 0 && strstr(types[index].extensions, word) != NULL)
        return true;
    for (int i = 0; i < TYPE_COUNT; i++)
        if (strstr(types[i].extensions, word) != NULL)
            return false;
    return strstr(foreign_extensions, word) == NULL;
}

static bool
is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("!#$&^_.+-", text[i]) == NULL)
            return false;
    return len > 0;
}

const char *
attachment_media_type(struct arena *arena, const char *content_type)
{
    size_t len, kind_len;
    char *out;

    if (content_type == NULL)
        return NULL;
    len = strcspn(content_type, "; \t");
    kind_len = strcspn(content_type, "/");
    if (len > MEDIA_TYPE_MAX || kind_len >= len || !is_token(content_type, kind_len) ||
        !is_token(content_type + kind_len + 1, len - kind_len - 1))
        return NULL;
    if (content_type[len + strspn(content_type + len, " \t")] != ';' &&
        content_type[len + strspn(content_type + len, " \t")] != '\0')
        return NULL;
    out = arena_strndup(arena, content_type, len);
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)out[i]);
    return out;
}

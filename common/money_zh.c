#include "common/money_zh.h"

#include <stdbool.h>
#include <string.h>

static const char *const digits[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

struct writer {
    char *at;
    bool has_digits; /* something that counts stands before */
    bool owes_zero;  /* a zero was passed since then */
};

static void
put(struct writer *out, const char *text)
{
    out->at = stpcpy(out->at, text);
}

/* Four digits; nothing for 0000. */
static void
put_group(struct writer *out, unsigned group)
{
    static const char *const places[] = {"仟", "佰", "拾", ""};
    unsigned unit = 1000;

    if (group == 0) {
        out->owes_zero = out->has_digits;
        return;
    }
    for (int i = 0; i < 4; i++, unit /= 10) {
        unsigned digit = group / unit % 10;

        if (digit == 0) {
            out->owes_zero = out->has_digits;
            continue;
        }
        if (out->owes_zero)
            put(out, digits[0]);
        put(out, digits[digit]);
        put(out, places[i]);
        out->has_digits = true;
        out->owes_zero = false;
    }
}

/* A group and the name of its place. Zeros at the end of a group are left to the reader, those at
 * the head of the next one are not. */
static void
put_named(struct writer *out, unsigned group, const char *name)
{
    put_group(out, group);
    if (group != 0) {
        put(out, name);
        out->owes_zero = false;
    }
}

static void
put_whole(struct writer *out, uint64_t value)
{
    uint64_t yi = value / 100000000;

    if (yi > 0) {
        put_whole(out, yi);
        put(out, "亿");
        out->owes_zero = false;
    }
    put_named(out, (unsigned)(value / 10000 % 10000), "万");
    put_named(out, (unsigned)(value % 10000), "");
}

char *
money_zh(int64_t fen, char *text)
{
    uint64_t rest = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
    struct writer out = {.at = text};
    unsigned jiao = (unsigned)(rest / 10 % 10);
    unsigned cent = (unsigned)(rest % 10);

    if (fen < 0)
        put(&out, "负");
    if (rest >= 100) {
        put_whole(&out, rest / 100);
        put(&out, "元");
    } else if (rest == 0) {
        put(&out, "零元");
    }
    if (jiao > 0) {
        put(&out, digits[jiao]);
        put(&out, "角");
    } else if (cent > 0 && rest >= 100) {
        put(&out, digits[0]);
    }
    if (cent > 0) {
        put(&out, digits[cent]);
        put(&out, "分");
    } else {
        put(&out, "整");
    }
    return text;
}

#include <string.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/money.h"
#include "common/money_zh.h"
#include "server/papers/papers_int.h"

static const char style[] =
    "*{box-sizing:border-box}body{margin:0;background:#f3f4f6;color:#1f2937;"
    "font:16px/1.6 system-ui,-apple-system,\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK "
    "SC\","
    "sans-serif}main{max-width:40rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.25rem;margin:.5rem 0 0}small{color:#6b7280;font-size:.75rem;display:block;"
    "line-height:1.3}.card{background:#fff;border-radius:.5rem;padding:1rem;margin:1rem 0;"
    "box-shadow:0 1px 2px #0002}.state{color:#fff;border-radius:.5rem;padding:.75rem 1rem;"
    "margin:1rem 0;font-size:1.25rem}.state small{color:#fff}.valid{background:#15803d}"
    ".changed{background:#b45309}.cancelled,.revoked,.unknown{background:#b91c1c}"
    "dl{margin:0}dt{color:#6b7280;font-size:.8rem;margin-top:.75rem}dt:first-child{margin-top:0}"
    "dd{margin:0;overflow-wrap:anywhere}input{width:100%;font:inherit;padding:.5rem;"
    "border:1px solid #9ca3af;border-radius:.25rem}button,.button{display:block;width:100%;"
    "margin-top:.75rem;padding:.6rem;font:inherit;text-align:center;color:#fff;background:#1d4ed8;"
    "border:0;border-radius:.25rem;text-decoration:none}";

static const struct state {
    const char *status;
    const char *zh;
    const char *en;
    const char *more; /* what the holder of the paper must know */
} states[] = {
    {"valid", "有效", "Valid", NULL},
    {"changed", "有效，内容已变更", "Valid, changed after it was issued",
        "以下为变更后的现行内容；版本号不同的纸质证明不再有效。"},
    {"cancelled", "已注销", "Cancelled", "登记已经注销，登记证明失效。"},
    {"revoked", "已撤销", "Revoked", "登记已经撤销，登记证明失效。"},
};

static void
escape(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        case '\'':
            buf_puts(out, "&#39;");
            break;
        default:
            buf_putc(out, *text);
        }
}

static void
line(struct buf *out, const char *zh, const char *en, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    buf_printf(out, "<dt>%s <span lang=\"en\">%s</span></dt><dd>", zh, en);
    escape(out, value);
    buf_puts(out, "</dd>");
}

static const char *
text_of(const struct certificate *certificate, const char *name)
{
    return json_string_value(json_object_get(certificate->data, name));
}

static void
amount(struct buf *out, const char *zh, const char *en, const char *value)
{
    char capitals[MONEY_ZH_BYTES];
    int64_t fen;

    if (value == NULL || !money_parse(value, &fen))
        return;
    buf_printf(out, "<dt>%s <span lang=\"en\">%s</span></dt><dd>%s 元<br>人民币%s</dd>", zh, en,
        value, money_zh(fen, capitals));
}

static void
names(struct buf *out, const struct certificate *certificate, const char *member, const char *zh,
    const char *en)
{
    const json_t *name;
    size_t index;

    json_array_foreach(json_object_get(certificate->data, member), index, name)
    {
        line(out, zh, en, json_string_value(name));
    }
}

static void
contents(struct buf *out, const struct certificate *certificate)
{
    const char *type = text_of(certificate, "contract_type");
    const struct code *row =
        type == NULL || certificate->codes == NULL
            ? NULL
            : codes_find(certificate->codes, "contract_type", type, clock_today());

    if (json_is_true(json_object_get(certificate->data, "secrecy_requested")))
        line(out, "项目和当事人", "Project and parties", "当事人要求保密，不予公开 (not shown)");
    line(out, "项目名称", "Project", text_of(certificate, "project_name"));
    line(out, "合同类别", "Type", row == NULL ? type : row->name_zh);
    line(out, "卖方", "Seller", text_of(certificate, "seller"));
    names(out, certificate, "co_sellers", "共同卖方", "Co-seller");
    line(out, "买方", "Buyer", text_of(certificate, "buyer"));
    names(out, certificate, "co_buyers", "共同买方", "Co-buyer");
    amount(out, "合同成交额", "Total amount", text_of(certificate, "total_amount"));
    amount(out, "技术交易额", "Technology amount", text_of(certificate, "technology_amount"));
    line(out, "签订日期", "Signed on", text_of(certificate, "signed_on"));
    line(out, "登记机构", "Registration point", text_of(certificate, "registration_point"));
    line(out, "变更日期", "Changed on", text_of(certificate, "changed_on"));
    line(out, "失效日期", "Ended on", text_of(certificate, "ended_on"));
}

static void
write_state(struct buf *out, const struct certificate *certificate)
{
    const char *status = text_of(certificate, "status");

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        const struct state *state = &states[i];

        if (status == NULL || strcmp(state->status, status) != 0)
            continue;
        buf_printf(out, "<p class=\"state %s\" role=\"status\">%s<small lang=\"en\">%s</small></p>",
            state->status, state->zh, state->en);
        if (state->more != NULL)
            buf_printf(out, "<p>%s</p>", state->more);
    }
}

/* A form that asks for the code, or the paper itself for who has it. */
static void
write_next(struct buf *out, const struct certificate *certificate)
{
    const char *status = text_of(certificate, "status");
    bool is_open = json_is_true(json_object_get(certificate->data, "has_paper"));

    if (certificate->check == NULL) {
        buf_puts(out,
            "<form class=\"card\" method=\"get\"><label for=\"check\">校验码（印于登记证明）"
            "<small lang=\"en\">Check code, printed on the certificate: shows names and "
            "amounts</small></label><input id=\"check\" name=\"check\" "
            "autocomplete=\"off\" maxlength=\"32\" required><button>核验 Check</button></form>");
    } else if (status != NULL && is_open) {
        buf_puts(out, "<a class=\"button\" href=\"");
        escape(out, certificate->number);
        buf_puts(out, ".pdf?check=");
        escape(out, certificate->check);
        buf_puts(out, "\">查看登记证明 Certificate (PDF)</a>");
    }
}

void
certificate_page(struct buf *out, const struct certificate *certificate)
{
    buf_printf(out,
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<title>技术合同登记证明核验</title><style>%s</style></head><body><main>"
        "<h1>技术合同登记证明核验<small lang=\"en\">Check of a technology contract certificate"
        "</small></h1>",
        style);
    if (certificate->data == NULL) {
        buf_puts(out,
            "<p class=\"state unknown\" role=\"status\">未查到该登记证明<small lang=\"en\">"
            "No such certificate</small></p><p>请核对登记编号和校验码。"
            "<small lang=\"en\">Compare the number and the check code.</small></p>");
    } else {
        const json_t *seq = json_object_get(certificate->data, "seq");
        struct buf number = {0};

        write_state(out, certificate);
        buf_puts(out, "<dl class=\"card\">");
        line(out, "登记编号", "Registration number", text_of(certificate, "registration_number"));
        line(out, "登记日期", "Registered on", text_of(certificate, "issued_on"));
        if (json_is_integer(seq)) {
            buf_printf(&number, "%lld", (long long)json_integer_value(seq));
            line(out, "版本号", "Release", number.data);
        }
        contents(out, certificate);
        buf_puts(out, "</dl>");
        write_next(out, certificate);
        buf_clear(&number);
    }
    buf_puts(out, "</main></body></html>\n");
}

const char *
certificate_page_policy(void)
{
    static char policy[256];
    uint8_t digest[SHA256_BYTES];
    struct buf text = {0};

    if (policy[0] == '\0') {
        sha256_of(style, strlen(style), digest);
        base64_add(&text, digest, sizeof(digest));
        snprintf(policy, sizeof(policy),
            "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'",
            text.data);
        buf_clear(&text);
    }
    return policy;
}

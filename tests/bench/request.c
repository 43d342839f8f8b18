#include "tests/bench/request.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Members that differ; each mark stands in the template as often as the value does. */
enum slot {
    SLOT_KEY,
    SLOT_TITLE,
    SLOT_NUMBER,
    SLOT_TYPE,
    SLOT_FIELD,
    SLOT_TOTAL,
    SLOT_DEDUCTION,
    SLOT_SELLER_NAME,
    SLOT_SELLER_CODE,
    SLOT_SELLER_REGION,
    SLOT_BUYER_NAME,
    SLOT_BUYER_CODE,
    SLOT_BUYER_REGION,
    SLOTS
};

static const char *const marks[SLOTS] = {
    [SLOT_KEY] = "@key-16-letters-",
    [SLOT_TITLE] = "@title-16-letter",
    [SLOT_NUMBER] = "@number-16-lette",
    [SLOT_TYPE] = "@ty",
    [SLOT_FIELD] = "@f",
    [SLOT_TOTAL] = "@total.00",
    [SLOT_DEDUCTION] = "@deduc.00",
    [SLOT_SELLER_NAME] = "@seller8",
    [SLOT_SELLER_CODE] = "@seller-18-letters",
    [SLOT_SELLER_REGION] = "@s-reg",
    [SLOT_BUYER_NAME] = "@buyer-8",
    [SLOT_BUYER_CODE] = "@buyer--18-letters",
    [SLOT_BUYER_REGION] = "@b-reg",
};

struct request_template {
    char text[REQUEST_BYTES_MAX];
    size_t len;
    size_t offsets[SLOTS];
};

static const char summary[] =
    "双方就有机硅耐高低温高端密封件开展联合开发,内容包括配方设计、硫化工艺优化、密封结构仿真、"
    "样件试制与台架试验,形成可用于航空液压系统和新能源汽车电驱动总成的系列产品及企业标准。"
    "乙方提供试验条件并承担工况数据采集,甲方负责技术方案、工艺文件和中试放大的技术指导。";

/* signed, begins, ends; the rest is marks */
static const char body_format[] =
    "{\"contract_no\":\"LYKJ-@number-16-lette\","
    "\"project_name\":\"有机硅耐高低温高端密封件联合开发@title-16-letter\","
    "\"contract_type\":\"@ty\",\"signed_on\":\"%s\",\"term_begins_on\":\"%s\","
    "\"term_ends_on\":\"%s\",\"total_amount\":\"@total.00\","
    "\"deductions\":[{\"kind\":\"x_equipment\",\"amount\":\"@deduc.00\",\"note\":\"试验台\"}],"
    "\"payment_method\":\"2\",\"currency\":\"CNY\",\"is_related\":false,"
    "\"technical_field\":\"@f\",\"ip_types\":[\"2\"],\"plan_source\":\"9\","
    "\"objective\":\"10\",\"service_industry\":\"29\",\"undertaking\":true,"
    "\"filed_as\":\"seller\",\"summary\":\"%s\","
    "\"seller\":{\"name\":\"沂水精工@seller8密封件有限公司\","
    "\"credit_code\":\"@seller-18-letters\",\"party_type\":\"150\",\"region\":\"@s-reg\","
    "\"industry\":\"29\",\"representative\":\"王建国\",\"address\":\"沂水县长安中路8号\","
    "\"contact\":{\"name\":\"李敏\",\"phone\":\"0539-2250000\"}},"
    "\"buyer\":{\"name\":\"济南重工@buyer-8股份有限公司\","
    "\"credit_code\":\"@buyer--18-letters\",\"party_type\":\"150\",\"region\":\"@b-reg\","
    "\"industry\":\"34\",\"representative\":\"赵磊\",\"address\":\"历下区工业路1号\"},"
    "\"related\":{\"project\":null,\"achievement\":null,\"demand\":null,\"event\":null,"
    "\"voucher\":null}}";

static const char head_format[] = "POST %s HTTP/1.1\r\n"
                                  "Host: %s:%d\r\n"
                                  "Authorization: Bearer %s\r\n"
                                  "Idempotency-Key: bench-@key-16-letters-\r\n"
                                  "Content-Type: application/json\r\n"
                                  "Accept: application/json\r\n"
                                  "User-Agent: tcrd-bench\r\n"
                                  "Content-Length: %zu\r\n"
                                  "\r\n";

/* Types that need no members of their own; counties of Linyi, and those with some elsewhere. */
static const char types[6][4] = {"101", "102", "103", "401", "501", "503"};
static const char sellers[12][7] = {"371302", "371311", "371312", "371321", "371322", "371323",
    "371324", "371325", "371326", "371327", "371328", "371329"};
static const char buyers[8][7] = {
    "371302", "371311", "371323", "371325", "370102", "370202", "110108", "310115"};

static void
day_text(char out[11], int days_from_now)
{
    time_t at = time(NULL) + 8 * 3600 + (time_t)days_from_now * 86400; /* Asia/Shanghai */
    struct tm parts;

    strftime(out, 11, "%Y-%m-%d", gmtime_r(&at, &parts));
}

struct request_template *
request_template_new(const char *host, int port, const char *token, const char *path)
{
    struct request_template *self = calloc(1, sizeof(*self));
    char body[REQUEST_BYTES_MAX];
    char signed_on[11];
    char ends_on[11];
    int body_len;
    int len;

    if (self == NULL)
        err(1, "memory");
    day_text(signed_on, -30);
    day_text(ends_on, 335);
    body_len = snprintf(body, sizeof(body), body_format, signed_on, signed_on, ends_on, summary);
    len = snprintf(
        self->text, sizeof(self->text), head_format, path, host, port, token, (size_t)body_len);
    if (len < 0 || (size_t)(len + body_len) >= sizeof(self->text))
        errx(1, "the request is too long");
    memcpy(self->text + len, body, (size_t)body_len + 1);
    self->len = (size_t)(len + body_len);
    for (int i = 0; i < SLOTS; i++) {
        const char *at = strstr(self->text, marks[i]);

        if (at == NULL)
            errx(1, "the template has no %s", marks[i]);
        self->offsets[i] = (size_t)(at - self->text);
    }
    return self;
}

void
request_template_free(struct request_template *self)
{
    free(self);
}

static void
put_hex(char *out, uint64_t number)
{
    for (int i = 15; i >= 0; i--, number >>= 4)
        out[i] = "0123456789abcdef"[number & 15];
}

static void
put_decimal(char *out, int digits, uint64_t number)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
}

/* Bijective, so different numbers stay different, and well mixed, so that indexes are hit at
 * random. */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

static int
letter_value(char letter, const char *alphabet)
{
    return (int)(strchr(alphabet, letter) - alphabet);
}

/* A unified social credit code with both check characters (GB 11714 inside GB 32100). */
static void
put_credit_code(char *out, const char *region, uint64_t number)
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const char base36[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const int weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    int power = 1;

    memcpy(out, "91", 2);
    memcpy(out + 2, region, 6);
    memcpy(out + 8, "MA", 2);
    for (int i = 10; i < 16; i++, number /= 31)
        out[i] = letters[number % 31];
    for (int i = 0; i < 8; i++)
        sum += letter_value(out[8 + i], base36) * weights[i];
    out[16] = "0123456789X0"[11 - sum % 11];
    sum = 0;
    for (int i = 0; i < 17; i++, power = power * 3 % 31)
        sum += letter_value(out[i], letters) * power;
    out[17] = letters[(31 - sum % 31) % 31];
}

size_t
request_write(const struct request_template *self, uint64_t number, char *out)
{
    uint64_t name = mix(number);
    uint64_t dice = mix(number ^ 0x9e3779b97f4a7c15U);
    const char *seller = sellers[dice % 12];
    const char *buyer = buyers[dice / 12 % 8];
    const size_t *at = self->offsets;

    memcpy(out, self->text, self->len);
    put_hex(out + at[SLOT_KEY], name);
    put_hex(out + at[SLOT_TITLE], name);
    put_hex(out + at[SLOT_NUMBER], name);
    memcpy(out + at[SLOT_TYPE], types[dice / 96 % 6], 3);
    put_decimal(out + at[SLOT_FIELD], 2, 1 + dice / 576 % 11);
    put_decimal(out + at[SLOT_TOTAL], 6, 200000 + dice / 7919 % 800000);
    put_decimal(out + at[SLOT_DEDUCTION], 6, 100000 + dice / 104729 % 100000);
    put_decimal(out + at[SLOT_SELLER_NAME], 8, dice >> 20);
    put_credit_code(out + at[SLOT_SELLER_CODE], seller, dice >> 16);
    memcpy(out + at[SLOT_SELLER_REGION], seller, 6);
    put_decimal(out + at[SLOT_BUYER_NAME], 8, dice >> 24);
    put_credit_code(out + at[SLOT_BUYER_CODE], buyer, name >> 16);
    memcpy(out + at[SLOT_BUYER_REGION], buyer, 6);
    return self->len;
}

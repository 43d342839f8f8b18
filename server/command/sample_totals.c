#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/money.h"
#include "server/codes/codes_csv.h"
#include "server/command/sample_basis.h"
#include "server/command/sample_int.h"
#include "server/command/sample_words.h"
#include "server/stats/stats_period.h"

enum column {
    PERIOD,
    SELLER_REGION,
    BUYER_REGION,
    REGION,
    BASIS,
    CONTRACT_TYPE,
    TECHNICAL_FIELD,
    COUNT,
    TOTAL_AMOUNT,
    TECHNOLOGY_AMOUNT,
    COLUMN_COUNT
};
static const char *const column_names[COLUMN_COUNT] = {"period", "seller_region", "buyer_region",
    "region", "basis", "contract_type", "technical_field", "count", "total_amount",
    "technology_amount"};

enum { ROWS_MAX = 20000, FAULTS_SHOWN_MAX = 100, COUNT_DIGITS_MAX = 8 };

struct totals {
    struct sample_rows *rows;
    const struct sample_places *places;
    const char *file;
    const char *region;
    int32_t last_day;
    bool has_size;
    int unit; /* amounts are in yuan with so many zeros */
    struct sample_basis_rows based;
    int fields[COLUMN_COUNT]; /* where each column stands in the file; -1: nowhere */
    int width;
    int line;
    int faults;
};

static void __attribute__((format(printf, 3, 4)))
fault(struct totals *self, const char *column, const char *format, ...)
{
    va_list args;

    if (self->faults++ >= FAULTS_SHOWN_MAX)
        return;
    fprintf(stderr, "tcrd sample: %s:%d: %s: ", self->file, self->line, column);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static void
read_header(struct totals *self, char **fields, int count)
{
    self->width = count;
    for (int column = 0; column < COLUMN_COUNT; column++)
        self->fields[column] = -1;
    for (int i = 0; i < count; i++) {
        int column = 0;

        if (strcmp(fields[i], "source") == 0 || strcmp(fields[i], "note") == 0)
            continue;
        while (column < COLUMN_COUNT && strcmp(column_names[column], fields[i]) != 0)
            column++;
        if (column == COLUMN_COUNT)
            fault(self, fields[i], "no such column");
        else if (self->fields[column] >= 0)
            fault(self, fields[i], "stands twice");
        else
            self->fields[column] = i;
    }
    if (self->fields[PERIOD] < 0)
        fault(self, "period", "this column is needed");
}

static void
read_period(struct totals *self, struct sample_row *row, const char *text)
{
    struct stats_range range = {0};

    if (strlen(text) >= sizeof(row->period) || !stats_period_parse(text, &range)) {
        fault(self, column_names[PERIOD],
            "%.40s: 2022, 2022H1, 2022Q2, 2022-06, 2022-06-30 or 2022M1-10 is needed", text);
    } else if (range.first > self->last_day) {
        fault(self, column_names[PERIOD], "%s has no day that is over", text);
    } else {
        snprintf(row->period, sizeof(row->period), "%s", text);
        row->first = range.first;
        row->last = range.last < self->last_day ? range.last : self->last_day;
    }
}

static void
read_region(struct totals *self, enum column column, const char *text, struct sample_area *area)
{
    if (*text != '\0' && !sample_area_find(self->places, text, area))
        fault(self, column_names[column],
            "%.40s: no region of GB/T 2260 with counties (2, 4 or 6 digits)", text);
}

static void
read_type(struct totals *self, struct sample_row *row, const char *text)
{
    static const char *const statistical[] = {"1", "23", "4", "5"}; /* K1 to K4 */
    const char *mains = "12345";

    row->leaf = SAMPLE_OPEN;
    row->has_type = *text != '\0';
    if (strlen(text) == 2 && text[0] == 'K' && text[1] >= '1' && text[1] <= '4') {
        mains = statistical[text[1] - '1'];
    } else if (strlen(text) == 1 && *text >= '1' && *text <= '5') {
        mains = text;
    } else if (*text != '\0') {
        for (int i = 0; i < SAMPLE_LEAVES; i++)
            if (strcmp(sample_leaves[i].code, text) == 0)
                row->leaf = i;
        if (row->leaf == SAMPLE_OPEN) {
            fault(self, column_names[CONTRACT_TYPE],
                "%.40s: one digit, three digits of the list contract_type, or K1 to K4", text);
            return;
        }
        mains = text;
    }
    for (int i = 0; i < SAMPLE_TYPES; i++) {
        const char *at = strchr(mains, '1' + i);

        row->types[i] =
            at != NULL && (row->leaf == SAMPLE_OPEN || at == mains) ? sample_types[i].count : 0;
    }
}

static void
read_field(struct totals *self, struct sample_row *row, const char *text)
{
    row->field = SAMPLE_OPEN;
    for (int i = 0; i < SAMPLE_FIELDS; i++)
        if (strcmp(sample_fields[i].code, text) == 0)
            row->field = i;
    if (*text != '\0' && row->field == SAMPLE_OPEN)
        fault(self, column_names[TECHNICAL_FIELD], "%.40s: not in the list tech_field", text);
}

static void
read_count(struct totals *self, struct sample_row *row, const char *text)
{
    size_t len = strlen(text);

    row->count = SAMPLE_OPEN;
    if (len == 0)
        return;
    if (len > COUNT_DIGITS_MAX || strspn(text, "0123456789") != len)
        fault(self, column_names[COUNT], "%.40s: a whole number below 100000000 is needed", text);
    else
        row->count = strtoll(text, NULL, 10);
}

/* A decimal in units of ten to the power of unit yuan, exact to the fen. */
static bool
parse_money(const char *text, int unit, int64_t *fen)
{
    size_t digits = strspn(text, "0123456789");
    const char *decimals = text[digits] == '.' ? text + digits + 1 : "";
    size_t length = strlen(decimals);
    __int128 value = 0;

    if (unit == 0)
        return money_parse(text, fen);
    if (digits == 0 || digits > 14 || length > (size_t)unit + 2 ||
        strspn(decimals, "0123456789") != length ||
        (text[digits] != '\0' && (text[digits] != '.' || length == 0)))
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    for (size_t i = 0; i < (size_t)unit + 2; i++)
        value = value * 10 + (i < length ? decimals[i] - '0' : 0);
    *fen = (int64_t)value;
    return value <= MONEY_MAX_FEN;
}

static int64_t
read_money(struct totals *self, enum column column, const char *text)
{
    int64_t fen = SAMPLE_OPEN;

    if (*text == '\0' || parse_money(text, self->unit, &fen))
        return fen;
    if (self->unit == 0)
        fault(self, column_names[column],
            "%.40s: yuan without decimals or with two are needed, at most 10000000000000.00", text);
    else
        fault(self, column_names[column], "%.40s: a number with at most %d decimals is needed",
            text, self->unit + 2);
    return SAMPLE_OPEN;
}

/* Numbers that no contracts can have together. */
static void
judge_row(struct totals *self, struct sample_row *row)
{
    if (row->total != SAMPLE_OPEN && row->technology > row->total)
        fault(self, column_names[TECHNOLOGY_AMOUNT], "is more than the total amount");
    if (row->count == 0 && row->total > 0)
        fault(self, column_names[TOTAL_AMOUNT], "no contracts have no amount");
    if (row->count == 0 && row->technology > 0)
        fault(self, column_names[TECHNOLOGY_AMOUNT], "no contracts have no amount");
    if (row->count > 0 && row->total != SAMPLE_OPEN && row->total < row->count)
        fault(self, column_names[TOTAL_AMOUNT],
            "every contract needs at least 0.01, and there are %" PRId64, row->count);
    if (row->total == 0 && row->count == SAMPLE_OPEN)
        row->count = 0;
    if (row->total == SAMPLE_OPEN && row->count == SAMPLE_OPEN && !self->has_size)
        fault(self, column_names[COUNT], "needed where neither total_amount nor --size is given");
}

static const char *
field_of(const struct totals *self, char **fields, enum column column)
{
    return self->fields[column] < 0 ? "" : fields[self->fields[column]];
}

static void
read_numbers(struct totals *self, struct sample_row *row, char **fields)
{
    int faults = self->faults;

    read_count(self, row, field_of(self, fields, COUNT));
    row->total = read_money(self, TOTAL_AMOUNT, field_of(self, fields, TOTAL_AMOUNT));
    row->technology =
        read_money(self, TECHNOLOGY_AMOUNT, field_of(self, fields, TECHNOLOGY_AMOUNT));
    if (self->faults == faults)
        judge_row(self, row);
}

static void
keep_row(struct sample_rows *rows, const struct sample_row *row)
{
    if (rows->count == rows->cap) {
        rows->cap = rows->cap == 0 ? 64 : rows->cap * 2;
        rows->items = xrealloc(rows->items, (size_t)rows->cap * sizeof(*rows->items));
    }
    rows->items[rows->count++] = *row;
}

/* Seller and buyer of a row, or its place and basis. */
static void
read_places(struct totals *self, struct sample_row *row, enum sample_basis *basis, char **fields)
{
    const char *seller = field_of(self, fields, SELLER_REGION);
    const char *buyer = field_of(self, fields, BUYER_REGION);
    const char *region = field_of(self, fields, REGION);
    const char *name = field_of(self, fields, BASIS);

    *basis = SAMPLE_BASES;
    if (*region == '\0' && *name == '\0') {
        seller = *seller == '\0' ? self->region : seller;
        read_region(self, SELLER_REGION, seller, &row->seller);
        read_region(self, BUYER_REGION, buyer, &row->buyer);
    } else {
        *basis = sample_basis_named(*name == '\0' ? "registered" : name);
        if (*basis == SAMPLE_BASES)
            fault(self, column_names[BASIS],
                "%.40s: registered, output, absorbed or local is needed", name);
        if (*seller != '\0' || *buyer != '\0')
            fault(self, column_names[REGION], "not beside seller_region or buyer_region");
        seller = *region == '\0' ? self->region : region;
        read_region(self, REGION, seller, &row->seller);
    }
    snprintf(row->seller_region, sizeof(row->seller_region), "%s", seller);
}

static void
keep_based(
    struct totals *self, const struct sample_row *row, enum sample_basis basis, char **fields)
{
    struct sample_basis_row based = {.row = *row, .basis = basis};

    snprintf(based.key, sizeof(based.key), "%s %s %s %s", row->period, row->seller_region,
        field_of(self, fields, CONTRACT_TYPE), field_of(self, fields, TECHNICAL_FIELD));
    sample_basis_add(&self->based, &based);
}

static void
say_based(void *ctx, int line, const char *column, const char *text)
{
    struct totals *self = ctx;

    self->line = line;
    fault(self, column, "%s", text);
}

static int
take_row(void *ctx, int number, char **fields, int count, struct err *err)
{
    struct totals *self = ctx;
    struct sample_row row = {.line = number, .curve = NULL};
    enum sample_basis basis;

    self->line = number;
    if (number == 1) {
        read_header(self, fields, count);
        return self->faults > 0 ? err_set(err, ERR_SYNTAX, "the header is not understood") : 0;
    }
    if (count == 1 && *fields[0] == '\0')
        return 0;
    if (count != self->width) {
        fault(self, "columns", "%d are needed, %d stand here", self->width, count);
        return 0;
    }
    read_period(self, &row, field_of(self, fields, PERIOD));
    read_places(self, &row, &basis, fields);
    read_type(self, &row, field_of(self, fields, CONTRACT_TYPE));
    read_field(self, &row, field_of(self, fields, TECHNICAL_FIELD));
    read_numbers(self, &row, fields);
    if (self->rows->count + self->based.count == ROWS_MAX)
        return err_set(err, ERR_SYNTAX, "%s: more than %d rows", self->file, ROWS_MAX);
    if (basis == SAMPLE_BASES)
        keep_row(self->rows, &row);
    else
        keep_based(self, &row, basis, fields);
    return 0;
}

int
sample_totals_read(struct sample_rows *rows, const char *file, const char *region,
    const struct sample_places *places, int32_t last_day, bool has_size, int unit, struct err *err)
{
    struct totals self = {.rows = rows,
        .places = places,
        .file = file,
        .region = region,
        .last_day = last_day,
        .has_size = has_size,
        .unit = unit};
    int read = csv_read(file, take_row, &self, err);

    if (read == 0 && self.faults == 0 && self.based.count > 0)
        sample_basis_blocks(&self.based, places, region, rows, say_based, &self);
    sample_basis_clear(&self.based);
    if (read < 0)
        return -1;
    if (self.faults > 0)
        return err_set(err, ERR_SYNTAX, "%s: %d fault%s; nothing was stored", file, self.faults,
            self.faults == 1 ? "" : "s");
    if (rows->count == 0)
        return err_set(err, ERR_SYNTAX, "%s: there are no totals in it", file);
    return 0;
}

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "common/date.h"
#include "server/api/api_error.h"
#include "server/stats/stats_int.h"

/* What an answer covers: whose contracts a basis counts, and what was imported beside the record.
 */

struct words {
    const char *zh;
    const char *en;
};

static struct words
basis_words(const char *basis)
{
    static const struct {
        const char *basis;
        struct words words;
    } all[] = {
        {"registered",
            {"登记主体在本地区、在本系统登记的合同",
                "contracts registered in the record whose registering party is in the area"}},
        {"output", {"卖方在本地区、在本系统登记的合同",
                       "contracts registered in the record whose seller is in the area"}},
        {"absorbed",
            {"买方在本地区的合同,仅含本系统登记及导入的合同",
                "contracts whose buyer is in the area; covers only what is in the record and what "
                "was imported"}},
        {"local",
            {"买卖双方均在本地区、在本系统登记的合同",
                "contracts registered in the record whose seller and buyer are both in the area"}},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(all[i].basis, basis) == 0)
            return all[i].words;
    return (struct words){"", ""};
}

/* What there is beside the contracts that are counted. */
static struct words
beside_words(const struct stats_question *question, bool is_list)
{
    if (question->is_own)
        return (struct words){";仅本单位申报的合同", "; only what the agency of the caller filed"};
    if (strcmp(question->basis, "registered") == 0)
        return (struct words){
            ";在其他地区登记的合同不计", "; what was registered elsewhere does not count"};
    if (is_list)
        return (struct words){";另行导入的异地登记合同见external.list",
            "; what was registered elsewhere and imported is listed by external.list"};
    return (struct words){
        ";另行导入的异地登记合同见external(本地区和本期间全部,不论筛选),只计入external_、covered_",
        "; what was registered elsewhere and imported stands in external (all of the area and the "
        "days, whatever the filters) and counts in external_ and covered_ only"};
}

static struct words
closed_words(const struct stats_question *question)
{
    if (!question->is_closed)
        return (struct words){"", ""};
    if (!question->is_default_basis)
        return (struct words){";截至最近关账日;申报单位只能查看登记口径的金额",
            "; as of the last closed day; an agency sees amounts on the basis registered only"};
    return (struct words){
        ";截至最近关账日;合同、卖方或买方少于3个的单元,以及可由相减推知他人金额的单元不显示金额;"
        "同时按县区、合同类别、技术领域中两项划分的仅按年显示,且不妨碍其他单元的才显示,"
        "三项的不显示;"
        "年、半年、季、月结束并关账后显示,其后有变动的单元待下次月末关账",
        "; as of the last closed day; amounts are null in cells under 3 contracts, sellers or "
        "buyers, and in cells that would tell the amounts of others by subtraction; by two of "
        "district, type and field they are told of years only, where that leaves the other cells "
        "room, by all three never; a period is shown when it is over and closed, and what "
        "moved later again at the end of a month"};
}

static void
add_contradictions(struct call *call, struct buf *out, const struct stats_question *question)
{
    struct fault_list found = {0};

    stats_question_contradictions(call, question, &found);
    if (found.count == 0)
        return;
    buf_puts(out, ",\"contradictions\":");
    fault_list_write(out, &found);
}

void
stats_coverage_json(struct call *call, struct buf *out, const struct stats_question *question,
    const struct stats_answer *answer)
{
    struct words basis = basis_words(question->basis);
    struct words beside = beside_words(question, answer == NULL);
    struct words closed = closed_words(question);
    char day[DATE_TEXT_BYTES];

    buf_printf(out, "{\"zh\":\"%s%s%s\",\"en\":\"%s%s%s\"", basis.zh, beside.zh, closed.zh,
        basis.en, beside.en, closed.en);
    if (question->is_closed && answer != NULL && answer->has_closed_day)
        buf_printf(out, ",\"closed_on\":\"%s\"", date_format(answer->closed_on, day));
    else if (question->is_closed)
        buf_puts(out, ",\"closed_on\":null");
    if (answer != NULL && answer->coverage != NULL)
        buf_printf(out, ",\"external\":%s", answer->coverage);
    add_contradictions(call, out, question);
    buf_putc(out, '}');
}

const char *
stats_coverage_line(
    struct arena *arena, const struct stats_question *question, const struct stats_answer *answer)
{
    const char *text = answer->coverage == NULL ? "{}" : answer->coverage;
    const char *line = arena_printf(arena, "basis=%s", question->basis);
    json_t *external = json_loads(text, 0, NULL);
    const char *total = json_string_value(json_object_get(external, "total_amount"));
    const char *technology = json_string_value(json_object_get(external, "technology_amount"));

    if (answer->coverage != NULL)
        line = arena_printf(arena, "%s; external_count=%" JSON_INTEGER_FORMAT, line,
            json_integer_value(json_object_get(external, "count")));
    if (total != NULL && technology != NULL)
        line = arena_printf(arena, "%s; external_total_amount=%s; external_technology_amount=%s",
            line, total, technology);
    json_decref(external);
    return line;
}

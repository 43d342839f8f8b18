"""The rows of an answer of GET /v1/statistics, from the sums of its cells: shares, ranks, growth and the days that it compares with,
written down a second time."""
import bisect
import calendar
import collections
import datetime
import decimal

from contracts import money, today

TIMES = {
    "year": lambda d: f"{d.year}",
    "half": lambda d: f"{d.year}H{1 if d.month < 7 else 2}",
    "quarter": lambda d: f"{d.year}Q{(d.month + 2) // 3}",
    "month": lambda d: f"{d.year}-{d.month:02d}",
    "day": lambda d: d.isoformat(),
}
VALUES = ["count", "total_amount", "technology_amount"]
NEW = [f"new_{v}" for v in VALUES]
MONEY = ["technology_received", "technology_income"]
SUMS = VALUES + NEW + MONEY
ALL_MEASURES = "count,total_amount,technology_amount,technology_ratio,average_amount,new,adjustment,share,growth,growth_prev,rank"


def month_end(day):
    return calendar.monthrange(day.year, day.month)[1]


def year_before(first, last, now):
    """The range that growth compares with."""
    running = (first is None or first <= now) and (last is None or last >= now)
    end = now if running else last
    if first is not None:
        base_first = datetime.date(first.year - 1, 3, 1) if (first.month, first.day) == (2, 29) else first.replace(year=first.year - 1)
    else:
        base_first = None
    whole_february = end.month == 2 and end.day == month_end(end) and not running and first != end
    base_day = month_end(end.replace(year=end.year - 1, day=1)) if whole_february else min(
        end.day, month_end(end.replace(year=end.year - 1, day=1)))
    return base_first, datetime.date(end.year - 1, end.month, base_day)


def period_range(period):
    """First and last day, for the forms that the tests use."""
    year = int(period[:4])
    rest = period[4:]
    if rest.startswith("-"):
        if len(rest) == 6:
            return (datetime.date.fromisoformat(period),) * 2
        months = (int(rest[1:]),) * 2
    elif rest.startswith("M"):
        months = tuple(int(m) for m in rest[1:].split("-"))
    elif rest:
        size = 6 if rest[0] == "H" else 3
        months = (int(rest[1]) * size - size + 1, int(rest[1]) * size)
    else:
        months = (1, 12)
    last = datetime.date(year, months[1], 1)
    return datetime.date(year, months[0], 1), last.replace(day=month_end(last))


def percent(part, whole):
    if whole <= 0:
        return None
    return str((decimal.Decimal(100) * part / whole).quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP)).replace("-0.00", "0.00")


def mean(total, count):
    if count <= 0:
        return None
    return money(int((decimal.Decimal(total) / count).quantize(decimal.Decimal(1), decimal.ROUND_HALF_UP)))


UNIT_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}


def months_back(day, months):
    """The same day so many months earlier; an end of month stays one."""
    index = day.year * 12 + day.month - 1 - months
    first = datetime.date(index // 12, index % 12 + 1, 1)
    return first.replace(day=month_end(first) if day.day == month_end(day) else min(day.day, month_end(first)))


def unit_back(day, unit):
    return day - datetime.timedelta(days=1) if unit == "day" else months_back(day, UNIT_MONTHS[unit])


def period_before(first, last, by, now):
    """The range that growth_prev compares with; None without one."""
    running = (first is None or first <= now) and (last is None or last >= now)
    end = now if running else last
    units = [t for t in TIMES if t in by]
    if units:
        return first and unit_back(first, units[-1]), unit_back(end, units[-1])
    if first is None or last is None:
        return None
    if first.day == 1 and last.day == month_end(last):
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return months_back(first, months), months_back(now, months) if running else first - datetime.timedelta(days=1)
    length = last - first + datetime.timedelta(days=1)
    return first - length, end - length


def with_both_amounts(names, prefix):
    amounts = {prefix + "total_amount", prefix + "technology_amount"}
    return names | amounts if names & amounts else names


def figures_of(measures):
    """The names of the figures that these measures bring, and of the sums that make a row: all of them zero, there is none."""
    words = set()
    for word in measures:
        words |= {"net": set(VALUES), "new": set(NEW), "adjustment": {f"adjustment_{v}" for v in VALUES}}.get(word, {word})
    words = words or set(VALUES)
    compared = [v for v in VALUES if v in words] or VALUES
    for prefix in ("", "new_", "adjustment_"):
        words = with_both_amounts(words, prefix)
    names = {f"{word}_{v}" for word in words & {"share", "growth", "growth_prev", "rank"} for v in compared}
    sums = VALUES + [n for n in NEW if any(w.startswith(("new_", "adjustment_")) for w in words)] + [m for m in MONEY if words & set(MONEY)]
    return names | words - {"share", "growth", "growth_prev", "rank"}, sums


class Figures:
    """Answers like GET /v1/statistics, from the sums of the cells, which whoever inherits this finds."""

    def sums(self, question, span):
        """Keys of the cells to their SUMS; without dimensions one cell, also when nothing is in it."""
        raise NotImplementedError

    def _summed(self, question, span, counted):
        sums = {} if span is None else self.sums(question, span)
        return {k: v for k, v in sums.items() if any(v[SUMS.index(s)] for s in counted) or not question["by"]}

    def rows(self, question):
        """question: by (list), basis, region, first, last, filters, the day that is now, measures (default: ALL_MEASURES), and top with
        the value that sorts. No names."""
        decimal.getcontext().prec = 60
        first, last, by = question.get("first"), question.get("last"), question["by"]
        now_day = question.get("now", today())
        measures = question.get("measures", ALL_MEASURES.split(","))
        figures, counted = figures_of(measures)
        groups = self._summed(question, (first, last), counted)
        base = self._summed(question, year_before(first, last, now_day), counted) if "growth" in measures else {}
        prev = self._summed(question, period_before(first, last, by, now_day), counted) if "growth_prev" in measures else {}
        order = lambda key: [(k is None, int(k) if b in ("agency", "registration_point") else k or "") for b, k in zip(by, key)]
        period = lambda key: tuple(k for b, k in zip(by, key) if b in TIMES)
        before = lambda key: tuple(f"{int(k[:4]) - 1}{k[4:]}" if b in TIMES else k for b, k in zip(by, key))

        def previous(key):
            units = [t for t in TIMES if t in by]
            if not units:
                return key
            day = unit_back(period_range(key[by.index(units[-1])])[0], units[-1])
            return tuple(TIMES[b](day) if b in TIMES else k for b, k in zip(by, key))

        periods = collections.defaultdict(list)
        for key, sums in groups.items():
            periods[period(key)].append(sums)
        wholes = {p: [sum(s[i] for s in cells) for i in range(3)] for p, cells in periods.items()}
        values = {p: [sorted(s[i] for s in cells) for i in range(3)] for p, cells in periods.items()}
        nothing = [0] * len(SUMS)
        keys = sorted(groups, key=order)
        if "top" in question:
            at = VALUES.index(question.get("sort", "total_amount"))
            keys = sorted(keys, key=lambda key: -groups[key][at])[:question["top"]]
            timeless = lambda key: tuple(k for b, k in zip(by, key) if b not in TIMES)
            wanted = {timeless(key) for key in keys}
            base, prev = ({key: sums for key, sums in cells.items() if timeless(key) in wanted} for cells in (base, prev))
        self.cells = len(keys), len(base), len(prev)
        answer = []
        for key in keys:
            now, then, earlier = groups[key], base.get(before(key), nothing), prev.get(previous(key), nothing)
            whole, ordered = wholes[period(key)], values[period(key)]
            names = list(enumerate(VALUES))
            amount = lambda i, value: value if i == 0 else money(value)
            row = {
                **{v: amount(i, now[i]) for i, v in names},
                "technology_ratio": percent(now[2], now[1]), "average_amount": mean(now[1], now[0]),
                **{f"new_{v}": amount(i, now[i + 3]) for i, v in names},
                **{m: money(now[i]) for i, m in enumerate(MONEY, 6)},
                **{f"adjustment_{v}": amount(i, now[i] - now[i + 3]) for i, v in names},
                **{f"share_{v}": percent(now[i], whole[i]) for i, v in names},
                **{f"growth_{v}": percent(now[i] - then[i], then[i]) for i, v in names},
                **{f"growth_prev_{v}": percent(now[i] - earlier[i], earlier[i]) for i, v in names},
                **{f"rank_{v}": 1 + len(ordered[i]) - bisect.bisect_right(ordered[i], now[i]) for i, v in names},
            }
            answer.append({**dict(zip(by, key)), **{name: value for name, value in row.items() if name in figures}})
        return answer

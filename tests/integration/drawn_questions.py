"""Questions about figures drawn at random from everything that can be asked, and their answers compared with plain SQL over the releases.

draw(rng, released) gives a question; ask(client, question) the reply, difference(released, question, reply) what is wrong with it.
"""
import datetime
import hashlib
import json
import urllib.parse

from contracts import today
from figure_rows import TIMES, VALUES, period_range
from figures import without_names
from released import DIMENSIONS

MEASURES = ["count", "total_amount", "technology_amount", "technology_received", "technology_income", "technology_ratio", "average_amount",
            "new_count", "new_total_amount", "new_technology_amount", "adjustment_count", "adjustment_total_amount",
            "adjustment_technology_amount", "new", "adjustment", "net", "share", "growth", "growth_prev", "rank"]
FILTERS = [d for d in DIMENSIONS if d not in ("region", "seller_region", "buyer_region")]
ROWS_MAX = 10000


def _place(rng, released, question):
    """Some area of 2, 4 or 6 digits that the record has contracts of, seldom a large one of a large record."""
    weights = [45, 35, 20] if released.size < 50000 else [15, 50, 35]
    party = {"registered": "filed", "output": "seller", "absorbed": "buyer", "local": "seller"}[question["basis"]]
    while True:
        example = rng.choice(released.examples)
        place = example[party + rng.choice(["_county", "_county", "_district"])]
        region = place and place[:rng.choices([2, 4, 6], weights)[0]]
        if region and region.ljust(6, "0") in released.regions:
            return region


def _period(rng, released):
    """The parameters, and the first and the last day that they mean."""
    year = rng.randrange(released.first_day.year - 1, released.last_day.year + 2)
    day = lambda: released.first_day + datetime.timedelta(days=rng.randrange(-200, (released.last_day - released.first_day).days + 200))
    kind = rng.choices(["year", "half", "quarter", "month", "day", "months", "range", "from", "to", "all"], [15, 8, 12, 15, 8, 10, 16, 4, 4, 8])[0]
    if kind == "all":
        return {}, None, None
    if kind in ("range", "from", "to"):
        first, last = sorted([day(), day()])
        first, last = first if kind != "to" else None, last if kind != "from" else None
        return {name: d.isoformat() for name, d in (("from", first), ("to", last)) if d}, first, last
    months = sorted(rng.sample(range(1, 13), 2))
    text = {"year": str(year), "half": f"{year}H{rng.randrange(1, 3)}", "quarter": f"{year}Q{rng.randrange(1, 5)}",
            "month": f"{year}-{rng.randrange(1, 13):02d}", "months": f"{year}M{months[0]}-{months[1]}",
            "day": rng.choice(released.examples)["day"].isoformat()}[kind]
    return {"period": text}, *period_range(text)


def _filters(rng, released, question):
    """Values that some contract of the record has together; "-" for what it does not state."""
    example = rng.choice(released.examples)
    names = rng.sample(FILTERS, rng.choices([0, 1, 2, 3], [50, 30, 15, 5])[0])
    values = {}
    for name in names:
        value = released.value_of(name, question, example)
        if name == "contract_type" and rng.random() < 0.5:
            value = example["contract_type"]
        if value is not None or name not in ("contract_type", "agency"):
            values[name] = "-" if value is None else value
    return values


def draw(rng, released):
    """by, measures, basis, region, first, last, filters, maybe as_of and top; "parameters" is the same for the API."""
    if rng.random() < 0.02:
        return draw_much(rng, released)
    question = {"by": rng.sample([*TIMES, *DIMENSIONS], rng.choice([0, 1, 1, 2, 2, 3, 3])),
                "measures": rng.sample(MEASURES, rng.randrange(1, 8)) if rng.random() < 0.8 else MEASURES,
                "basis": rng.choice(["registered", "output", "absorbed", "local"])}
    question["region"] = _place(rng, released, question)
    parameters, question["first"], question["last"] = _period(rng, released)
    question["filters"] = _filters(rng, released, question)
    parameters.update(question["filters"], basis=question["basis"], region=question["region"], measure=",".join(question["measures"]))
    if question["by"]:
        parameters["by"] = ",".join(question["by"])
    if rng.random() < 0.4:
        # What happened lately more often: there the later acts are.
        span = released.last_seq if rng.random() < 0.3 else min(released.last_seq, max(released.last_seq // 50, 5000))
        question["as_of"] = parameters["as_of"] = released.last_seq - rng.randrange(span)
    if question["by"] and rng.random() < 0.15:
        question["top"] = parameters["top"] = rng.choice([1, 5, 30, 1000])
        question["sort"] = parameters["sort"] = rng.choice(VALUES)
    question["parameters"] = parameters
    return question


def draw_much(rng, released):
    """A question over everything that an area has, mostly of more rows than are answered."""
    question = {"by": ["buyer", *rng.sample(["seller", "day", "county", "subtype"], rng.randrange(1, 3))], "measures": ["count", "rank"],
                "basis": rng.choice(["registered", "output", "absorbed", "local"]), "first": None, "last": None, "filters": {}}
    question["region"] = _place(rng, released, question)[:2]
    question["parameters"] = {"by": ",".join(question["by"]), "measure": "count,rank", "basis": question["basis"], "region": question["region"]}
    return question


def ask(client, question):
    return client.get("/v1/statistics?" + urllib.parse.urlencode(question["parameters"]))


def expected(released, question, now):
    """The rows, and whether they are too many. What has not begun has none, and compares with nothing when it has no end."""
    has_begun = question["first"] is None or question["first"] <= now
    if not has_begun and question["last"] is None:
        return [], False
    rows = released.rows({**question, "now": now})
    return rows if has_begun else [], max(released.cells) > ROWS_MAX


def difference(released, question, reply):
    """What is wrong with the reply to a question, or None; and how many rows were compared."""
    as_of = question.get("as_of")
    now = today() if as_of is None else released.day_of(as_of)
    rows, is_too_many = expected(released, question, now)
    if reply.status == 400 and f"more than {ROWS_MAX} rows" in reply.json["detail"]:
        return (None if is_too_many else f"refused with {released.cells} cells"), 0
    if reply.status != 200:
        return repr(reply), 0
    if is_too_many:
        return f"answered with {released.cells} cells", 0
    answer = reply.json
    if answer["as_of_seq"] != released.as_of_seq(as_of):
        return f"as_of_seq {answer['as_of_seq']}, the releases say {released.as_of_seq(as_of)}", 0
    found = without_names(answer["rows"])
    digested = {"definition": answer["definition"], "as_of_seq": answer["as_of_seq"], "by": answer["by"], "rows": found}
    if answer["digest"] != hashlib.sha256(json.dumps(digested, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest():
        return "the digest is of something else", 0
    for there, here in zip(found, rows):
        if there != here:
            return "\n".join(f"  {name}: answered {there.get(name)}, the releases say {here.get(name)}"
                             for name in {**there, **here} if there.get(name) != here.get(name)) + f"\n  in {there}", len(rows)
    return (None if len(found) == len(rows) else f"{len(found)} rows, the releases have {len(rows)}"), len(rows)

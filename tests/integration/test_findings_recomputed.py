"""A few thousand made-up contracts: every finding of every rule against a comparison of each with each in Python, which knows nothing of
marks, indexes and bounds."""
import collections
import datetime
import random
import unicodedata

import pytest
from psycopg2.extras import execute_values

from contracts import today

PARTIES = 40
GIVEN_UP = {"withdrawn", "refused", "cancelled"}
TYPES = ["101", "102", "201", "301", "401", "501", "502"]
COLUMNS = ["id", "status", "seller_name", "seller_code", "buyer_name", "buyer_code", "party_codes", "contract_no", "project_name",
           "contract_type", "signed_on", "total_amount", "technology_amount", "accepted_on", "registered_on"]
Contract = collections.namedtuple("Contract", COLUMNS)


# Texts ------------------------------------------------------------------------------------------------------------------------------

def fold(text):
    kept = "".join(c for c in unicodedata.normalize("NFKC", text).lower()
                   if unicodedata.category(c)[0] not in "ZP" and unicodedata.category(c) not in ("Cc", "Cf") and not "\ufe00" <= c <= "\ufe0f")
    return kept or text


def fold_name(name):
    text = fold(name)
    for form in ("股份有限公司", "有限责任公司", "责任有限公司"):
        text = text.replace(form, "有限公司")
    return text


def fold_number(number):
    text = fold(number) if number is not None else None
    return None if text in (None, "无", "/", "-", "none") else text


def similarity(a, b):
    a, b = a[:64], b[:64]
    if a == b:
        return 100
    pairs_a, pairs_b = [a[i:i + 2] for i in range(len(a) - 1)], [b[i:i + 2] for i in range(len(b) - 1)]
    common = sum(p in b for p in pairs_a) + sum(p in a for p in pairs_b)
    return 100 * common // (len(pairs_a) + len(pairs_b)) if pairs_a or pairs_b else 0


def days_left(day):
    """Of the quarter, the day itself included."""
    count = 1
    while ((day + datetime.timedelta(days=count)).month - 1) // 3 == (day.month - 1) // 3:
        count += 1
    return count


# The population -----------------------------------------------------------------------------------------------------------------------

def writings(rng, i):
    """The name of a party as different people write it."""
    plain = f"临沂{chr(0x4E00 + 37 * i)}科技"
    return rng.choice([f"{plain}有限公司", f"{plain}有限责任公司", f"{plain}股份有限公司", f"（{plain}）有限公司", f" {plain} 有限公司",
                       f"{plain[:2]}\u200b{plain[2:]}有限公司", f"{plain}\ufe00有限公司"])


def code(i, version=0):
    return f"9137130{version}MA{i:08d}"


def make_one(rng, number, status):
    seller = rng.randrange(PARTIES)
    buyer = (seller + rng.randrange(1, 5)) % PARTIES
    if rng.random() < 0.2:
        seller, buyer = buyer, seller
    side = []
    for i in (seller, buyer):
        version = 0 if rng.random() < 0.85 else 1
        name = writings(rng, i) if rng.random() < 0.9 else f"改名{i}有限公司"
        side += [name, None if rng.random() < 0.05 else code(i, version)]
    codes = [c for c in (side[1], side[3]) if c]
    if rng.random() < 0.1:
        codes.append(code(rng.randrange(PARTIES)))
    signed = datetime.date(2022, 1, 1) + datetime.timedelta(days=rng.randrange(900))
    if rng.random() < 0.3:
        signed = datetime.date(2022, 3, rng.randrange(27, 32))
    total = rng.choice([100_000_00, 250_000_00, 2_500_000_00, 4_999_999_99, 30_000_000_00, rng.randrange(1, 10**9)])
    title = "".join(rng.sample(["高温", "密封件", "检测", "智能", "水肥一体化"], 3)) + rng.choice(["开发", "技术开发", "研制（二期）"])
    registered = status in ("registered", "cancelled", "revoked")
    return Contract(number, status, *side, codes, rng.choice([None, "无", "/", "A-1", "a 1", "A-2", f"B{rng.randrange(30)}"]), title,
                    rng.choice(TYPES), signed, total, rng.choice([total, total // 2, total // 20, 0]),
                    today() if registered or status == "accepted" else None, today() if registered else None)


def make(rng, count, first):
    weights = {"registered": 50, "accepted": 15, "submitted": 8, "correction": 3, "revoked": 4, "withdrawn": 7, "refused": 7,
               "cancelled": 4, "draft": 2}
    return [make_one(rng, first + n, rng.choices(list(weights), weights.values())[0]) for n in range(count)]


def insert(db, rows):
    """As the owner, without releases: the search reads none of them but for parents."""
    with db.cursor() as cursor:
        execute_values(cursor, f"""
            insert into tcr.contract ({", ".join(COLUMNS)}, agency_id, filed_by, point_id, seq, filed_seq, filed_as, technical_field,
                duplicate_key, registration_number)
            values %s""",
                       [tuple(r) + (1, 1, 1, r.id, r.id, "seller", "05", str(r.id).encode(), str(10**15 + r.id) if r.registered_on else None)
                        for r in rows], page_size=1000)


# The rules, once more -----------------------------------------------------------------------------------------------------------------

class Judge:
    """Everything about one population; numbers come from the parameters."""

    def __init__(self, contracts, unmarked, parameter, threshold):
        self.contracts = [c for c in contracts if c.status != "draft"]
        self.unmarked, self.parameter, self.threshold = unmarked, parameter, threshold
        self.names = {c.id: (fold_name(c.seller_name), fold_name(c.buyer_name)) for c in contracts}
        self.keys = {c.id: (c.seller_code or "name " + self.names[c.id][0], c.buyer_code or "name " + self.names[c.id][1])
                     for c in contracts}
        self.parties = {c.id: set(self.keys[c.id]) | set(c.party_codes) for c in contracts}
        self.titles = {c.id: fold(c.project_name) for c in contracts}
        self.numbers = {c.id: fold_number(c.contract_no) for c in contracts}

    def compare(self, a, b):
        """What b has in common with a; None: nothing that any rule asks for."""
        names, keys = self.names[b.id], self.keys[b.id]
        pair_names = names in (self.names[a.id], self.names[a.id][::-1])
        pair_keys = keys in (self.keys[a.id], self.keys[a.id][::-1])
        same_deal = a.total_amount == b.total_amount and a.signed_on == b.signed_on
        shares = bool(self.parties[a.id] & self.parties[b.id])
        if not (pair_names or pair_keys or (same_deal and shares)):
            return None
        if b.id in self.unmarked and not same_deal and (a.seller_code is None or a.seller_code != b.seller_code):
            return None
        return {"pair": pair_names or pair_keys, "deal": same_deal, "shares": shares,
                "number": self.numbers[a.id] is not None and self.numbers[a.id] == self.numbers[b.id],
                "title": (pair_names or pair_keys) and similarity(self.titles[a.id], self.titles[b.id]) >= self.parameter["title_similarity"],
                "reversed": names == self.names[a.id][::-1] or keys == self.keys[a.id][::-1],
                "days": abs((a.signed_on - b.signed_on).days), "live": b.status not in GIVEN_UP}

    def meets(self, total, technology):
        field, limit = self.threshold
        return (total if field == "total_amount" else technology) >= limit

    def usual(self, a):
        """Median and number of the seller's amounts before."""
        first = a.signed_on - datetime.timedelta(days=self.parameter["usual_days"])
        amounts = sorted(c.total_amount for c in self.contracts if c.id not in self.unmarked and c.status not in GIVEN_UP
                         and self.keys[c.id][0] == self.keys[a.id][0] and first <= c.signed_on < a.signed_on)
        assert len(amounts) <= 100
        return (amounts[(len(amounts) + 1) // 2 - 1] if amounts else None), len(amounts)

    def own(self, a):
        """Rules that look at no other contract beside this one."""
        low, high = self.parameter["technology_share"][a.contract_type[0]]
        if not low * a.total_amount <= round(100 * 100 * a.technology_amount / a.total_amount) / 100 * a.total_amount <= high * a.total_amount:
            yield "technology_share"
        median, count = self.usual(a)
        if count < self.parameter["usual_count"]:
            return
        if a.total_amount > median * self.parameter["price_factor"] or a.total_amount * self.parameter["price_factor"] < median:
            yield "price"
        ends = [a.signed_on, a.registered_on or a.accepted_on or today()]
        if a.total_amount > median * self.parameter["period_end_factor"] and any(
                days_left(d) <= self.parameter["period_end_days"] for d in ends):
            yield "period_end"

    def find(self, a):
        """Rule to contracts, nearest first, at most twenty."""
        rules = collections.defaultdict(list)
        for b in self.contracts:
            c = self.compare(a, b) if b.id != a.id else None
            if c is None:
                continue
            if not c["live"]:
                if c["pair"] and (c["title"] or c["number"] or c["deal"]):
                    rules["given_up"].append((c["days"], b.id))
                continue
            for rule, holds in (("same_names", c["pair"] and c["title"]), ("same_number", c["pair"] and c["number"]),
                                ("same_deal", c["pair"] and c["deal"]), ("same_amount", not c["pair"] and c["shares"] and c["deal"]),
                                ("round_trip", c["pair"] and c["reversed"] and c["days"] <= self.parameter["round_trip_days"])):
                if holds:
                    rules[rule].append((c["days"], b.id))
            if c["pair"] and not c["reversed"] and c["days"] <= self.parameter["split_days"] and not self.meets(
                    b.total_amount, b.technology_amount):
                rules["split"].append((c["days"], b.id))
        if "split" in rules:
            parts = [a] + [self.by_id[i] for _, i in rules["split"]]
            if self.meets(a.total_amount, a.technology_amount) or not self.meets(
                    sum(p.total_amount for p in parts), sum(p.technology_amount for p in parts)):
                del rules["split"]
        found = {rule: [i for _, i in sorted(hits)[:20]] for rule, hits in rules.items()}
        found.update((rule, []) for rule in self.own(a))
        return found

    @property
    def by_id(self):
        if not hasattr(self, "_by_id"):
            self._by_id = {c.id: c for c in self.contracts}
        return self._by_id


@pytest.fixture(scope="module")
def record(connection):
    """A connection to a record that holds nothing but what these tests put in."""
    return connection


def test_every_finding_equals_the_comparison_of_each_with_each(record):
    rng = random.Random(20260301)
    rows = make(rng, 2400, 1)
    insert(record, rows)
    with record.cursor() as cursor:
        cursor.execute("select tcr.findings_rebuild()")
        late = [r._replace(status="submitted", registered_on=None, accepted_on=None) for r in make(rng, 100, 5000)]
        insert(record, late)
        cursor.execute("select substr(p, 9), tcr.parameter_for(p, '3713', tcr.today()) from unnest(%s) p", ([
            f"finding.{n}" for n in ("title_similarity", "split_days", "round_trip_days", "period_end_days", "period_end_factor",
                                     "price_factor", "usual_days", "usual_count")],))
        parameter = {name: int(value) for name, value in cursor.fetchall()}
        parameter["technology_share"] = {}
        for kind in "12345":
            cursor.execute("select tcr.parameter_for(%s, '3713', tcr.today())", (f"finding.technology_share.{kind}",))
            parameter["technology_share"][kind] = tuple(map(int, cursor.fetchone()[0].split(":")))
        cursor.execute("select tcr.parameter_for('expert.threshold', '3713', tcr.today())")
        (threshold,) = cursor.fetchone()
        field, sign, limit = threshold.split()
        assert sign == ">="
        cursor.execute("select c.id, f.rule, f.contracts from tcr.contract c, tcr.findings_of(c) f")
        found = collections.defaultdict(dict)
        for contract_id, rule, contracts in cursor.fetchall():
            found[contract_id][rule[len("finding."):]] = contracts
    judge = Judge(rows + late, {r.id for r in late}, parameter, (field, int(limit.replace(".", ""))))
    counts = collections.Counter()
    for contract in judge.contracts:
        expected = judge.find(contract)
        counts.update(expected.keys())
        assert found[contract.id] == expected, contract
    assert set(counts) == {"same_names", "same_number", "same_deal", "same_amount", "given_up", "split", "round_trip", "technology_share",
                           "price", "period_end"}, counts
    assert min(counts.values()) >= 10, counts


IGNORABLE = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10),
             *range(0xE0100, 0xE01F0)}


def test_every_character_folds_as_its_category_says(record):
    """Every assigned character of Unicode: what vanishes between two letters is exactly spaces, punctuation, controls and ignorables."""
    with record.cursor() as cursor:
        cursor.execute("""select array_agg(n) from generate_series(1, 1114111) n
            where n not between 55296 and 57343 and tcr.text_fold('甲' || chr(n) || '乙') = '甲乙'""")
        vanish = set(cursor.fetchone()[0])
    wrong = []
    for point in (*range(1, 0xD800), *range(0xE000, 0x110000)):
        character = chr(point)
        if unicodedata.category(character) in ("Cn", "Co", "Cs"):
            continue
        left = [c for c in unicodedata.normalize("NFKC", character) if not (unicodedata.category(c)[0] in "ZP"
                or unicodedata.category(c) in ("Cc", "Cf") or ord(c) in IGNORABLE)]
        if (not left) != (point in vanish):
            wrong.append(f"U+{point:04X}")
    assert wrong == []

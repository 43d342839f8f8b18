"""Valid contracts for the tests, made without any of tcrd's own code.

contract_body() gives a different contract on every call. Changes are keyword arguments for members of the object, or paths:
contract_body(total_amount="5.00", **{"seller.region": "371302", "buyer.zip_code": REMOVE}).
"""
import datetime
import random

# The body of a certification by a registrar who has read the contract and finds every line of the checklist passed.
PASSED = {"checklist": [{"rule": "*", "answer": True}]}

REMOVE = object()  # as a value: leave the member out

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LINYI_COUNTIES = ["371302", "371311", "371312", "371321", "371322", "371323", "371324", "371325", "371326", "371327", "371328", "371329"]
OTHER_COUNTIES = ["370102", "370202", "110108", "310115", "440305", "330106"]
CONTRACT_TYPES = ["101", "102", "103", "401", "501", "503"]  # those that need no further fields

_random = random.Random()


def seed(value):
    """Make everything after this call repeatable."""
    _random.seed(value)


def organisation_code(body):
    """GB 11714: the check character behind eight characters."""
    total = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2)))
    return body + "0123456789X0"[11 - total % 11]


def credit_code(region="371302", prefix="91"):
    """A valid unified social credit code (GB 32100) that nobody else in this run has."""
    body = "MA" + "".join(_random.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
    text = prefix + region + organisation_code(body)
    total = sum(CREDIT_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(text))
    return text + CREDIT_ALPHABET[(31 - total % 31) % 31]


def identity_number(region="371302", birthday="19800101"):
    """A valid identity number of a person (GB 11643)."""
    text = f"{region}{birthday}{_random.randrange(1000):03d}"
    total = sum(int(c) * w for c, w in zip(text, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)))
    return text + "10X98765432"[total % 11]


def today():
    """The day in Asia/Shanghai."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).date()


def party(region, **changes):
    number = _random.randrange(10**8)
    return {
        "name": f"测试{number:08d}科技有限公司",
        "credit_code": credit_code(region),
        "party_type": "150",
        "region": region,
        "industry": _random.choice(["26", "34", "35", "39", "65", "73"]),
        "representative": "王建国",
        "address": f"解放路{number % 900 + 1}号",
        "contact": {"name": "李明", "phone": f"139{number:08d}"},
        **changes,
    }


def _change(body, path, value):
    *parents, last = path.split(".")
    for name in parents:
        body = body.setdefault(name, {})
    if value is REMOVE:
        body.pop(last, None)
    else:
        body[last] = value


def contract_body(**changes):
    signed = today() - datetime.timedelta(days=_random.randrange(1, 60))
    fen = _random.randrange(10_000_00, 4_900_000_00)  # below the threshold of an expert review
    deduction = _random.randrange(1, fen // 4)
    body = {
        "contract_no": f"T-{_random.randrange(10**10):010d}",
        "project_name": f"高效密封件关键技术研究{_random.randrange(10**10):010d}",
        "contract_type": _random.choice(CONTRACT_TYPES),
        "signed_on": signed.isoformat(),
        "term_begins_on": signed.isoformat(),
        "term_ends_on": (signed + datetime.timedelta(days=365)).isoformat(),
        "total_amount": money(fen),
        "deductions": [{"kind": "x_equipment", "amount": money(deduction)}],
        "payment_method": "2",
        "currency": "CNY",
        "is_related": False,
        "technical_field": f"{_random.randrange(1, 12):02d}",
        "ip_types": ["2"],
        "plan_source": "9",
        "objective": "10",
        "service_industry": "29",
        "undertaking": True,
        "filed_as": "seller",
        "seller": party(_random.choice(LINYI_COUNTIES)),
        "buyer": party(_random.choice(LINYI_COUNTIES + OTHER_COUNTIES)),
    }
    for path, value in changes.items():
        _change(body, path, value)
    return body


def money(fen):
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(text):
    """Money as the API writes it, as an integer."""
    whole, _, cents = text.partition(".")
    assert len(cents) == 2, text
    return int(whole + cents)

"""Papers for the tests: contracts brought to a state, their papers fetched, and what must stand on them written down once more."""
import base64
import html
import re

from contracts import PASSED, contract_body, fen
from paper_helper import squeeze, text_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}
CAPITALS = "零壹贰叁肆伍陆柒捌玖"


def capitals(amount):
    """大写金额 of a decimal string, by replacing a full spelling: 壹仟零佰零拾... and then dropping what is not written."""
    total = fen(amount)
    yuan, jiao, cent = total // 100, total // 10 % 10, total % 10
    text = ""
    for place, digit in enumerate(reversed(str(yuan))):
        group, unit = divmod(place, 4)
        text = CAPITALS[int(digit)] + ("", "拾", "佰", "仟")[unit] + (("", "万", "亿", "万")[group] if unit == 0 else "") + text
    text = re.sub("零[仟佰拾]", "零", text)
    text = re.sub("零+", "零", text)
    text = re.sub("零([万亿])", r"\1", text)
    text = text.replace("亿万", "亿").rstrip("零")
    if yuan == 0:
        text = "" if total else "零元"
    else:
        text += "元"
    if jiao:
        text += CAPITALS[jiao] + "角"
    elif cent and yuan:
        text += "零"
    return text + (CAPITALS[cent] + "分" if cent else "整")


def zh_date(day):
    year, month, day = (int(part) for part in day.split("-"))
    return f"{year}年{month}月{day}日"


def paper(client, contract, kind, status=200):
    reply = client.get(f"/v1/contracts/{contract['id']}/documents/{kind}")
    assert reply.status == status, (kind, reply)
    if status == 200:
        assert reply.headers["Content-Type"] == "application/pdf" and reply.body.startswith(b"%PDF-")
        assert "filename*=UTF-8''" in reply.headers["Content-Disposition"]
    return reply.body if status == 200 else reply


def paper_text(client, contract, kind):
    return text_of(paper(client, contract, kind))


def certified(tcrd, agency=None, registrar=None, **changes):
    """(the filed body, the JSON of the registered contract)"""
    agency, registrar = agency or tcrd.https("agency"), registrar or tcrd.https("registrar")
    body = contract_body(**changes)
    filed = agency.submit(body)
    assert filed.status == 201, filed
    accepted = registrar.act(filed.json, "accept")
    assert accepted.status == 200, accepted
    done = registrar.act(accepted.json, "certify", PASSED)
    assert done.status == 200, done
    return body, done.json


def rpc_file(answer):
    return base64.b64decode(answer["base64"], validate=True)


def says(text, *parts):
    """Every part stands in the text, white space aside."""
    missing = [part for part in parts if squeeze(part) not in text]
    assert not missing, (missing, text)


def page_text(reply):
    """What a reader sees of a page, without white space."""
    return squeeze(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", reply.body.decode())))

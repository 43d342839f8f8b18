"""Certificates of many contracts at once: the text of each PDF is the record, its code leads to the truth. 250 with names in usual
characters and in Latin, Cyrillic and Greek (test_certificates.py), 250 in rare ones (test_certificates_rare.py)."""
import concurrent.futures
import random

from contracts import contract_body, party
from paper_helper import codes_in, text_of
from papers import BROWSER, capitals, certified, page_text, paper, says, zh_date

COUNT = 250
SCANNED = 25  # of them: a page as a picture costs half a second
RARE = "𠮷㛃䶮𬭚𰻝𫍯𪚥𡈁㐂𬬭𬭛𬭳𫓧鿏〇"
LATIN = ["Ångström & Söhne GmbH", "ООО «Ромашка»", "Fluid-Flow FLF Ltd.", "Ελληνική ΑΕ", "O'Neill (HK) Limited", "Œuvre SAS"]


def odd_name(rng, rare):
    if rng.random() < (0.05 if rare else 0.3):
        return rng.choice(LATIN) + f" {rng.randrange(10**6)}"
    text = "".join(rng.choice(RARE) if rng.random() < rare else chr(rng.randint(0x4e00, 0x9fa5)) for _ in range(rng.randint(2, 30)))
    return text + rng.choice(["科技有限公司", "研究院", "大学", "（临沂）有限责任公司"])


def make_one(tcrd, seed, rare):
    rng = random.Random(seed)
    total = rng.choice([rng.randrange(1, 10**4), rng.randrange(10**6, 4 * 10**8), 10 ** rng.randrange(3, 9) + rng.randrange(2)])
    changes = {"seller.name": odd_name(rng, rare), "buyer.name": odd_name(rng, rare), "project_name": odd_name(rng, rare) + f"项目{seed}",
               "total_amount": f"{total // 100}.{total % 100:02d}", "deductions": []}
    if rng.random() < 0.3:
        changes["co_sellers"] = [party("371302", name=odd_name(rng, rare)) for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.3:
        changes.update(contract_type="301", license={"mode": rng.choice("123"), "years": "5"}, ip_types=["11"],
                       ip_rights=[{"kind": "11", "number": f"ZL2023{rng.randrange(10**8):08d}.X"}])
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
        body, done = certified(tcrd, agency, registrar, **changes)
        return body, done, paper(agency, done, "certificate")


def judge(body, done, data):
    text = text_of(data)
    people = [body["seller"], body["buyer"], *body.get("co_sellers", [])]
    says(text, "登记编号：" + done["registration_number"], "项目名称" + body["project_name"], "合同编号" + body["contract_no"],
         f"合同成交额{done['total_amount']}元（人民币{capitals(done['total_amount'])}）",
         f"技术交易额{done['technology_amount']}元（人民币{capitals(done['technology_amount'])}）",
         *[p["name"] + p["credit_code"] for p in people], "签订日期" + zh_date(body["signed_on"]),
         *[right["number"] for right in body.get("ip_rights", [])], f"版本号{done['seq']}", "校验码" + done["check_code"])
    assert len(data) < 200_000


def make_and_judge(tcrd, rare):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda seed: make_one(tcrd, seed, rare), range(COUNT)))
        list(pool.map(lambda one: judge(*one), made))
        scanned = list(pool.map(lambda one: codes_in(one[2]), made[:SCANNED]))
    assert len({done["registration_number"] for _, done, _ in made}) == COUNT
    public = tcrd.https()
    for (body, done, _), codes in zip(made, scanned):
        path = f"/v1/certificates/{done['registration_number']}?check={done['check_code']}"
        assert codes == ["https://localhost:8443" + path]
        assert public.get(path).json["seller"] == body["seller"]["name"]
        says(page_text(public.get(path, headers=BROWSER)), body["seller"]["name"], body["buyer"]["name"], body["project_name"],
             done["total_amount"])
    spent = tcrd.metric("tcrd_helper_cpu_microseconds_total") / tcrd.metric("tcrd_helper_jobs_total")
    print(f"{spent / 1000:.1f} ms of helper time a paper")
    assert tcrd.metric("tcrd_helper_failed_total") == 0 and tcrd.metric("tcrd_helper_deaths_total") == 0

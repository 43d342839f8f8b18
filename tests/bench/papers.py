#!/usr/bin/python3
"""What a certificate costs the helper program: processor time, bytes, memory. Needs only build/release.

    tests/bench/papers.py [COUNT]       certificates of each sort, 300 without
Three sorts: names in usual characters, names in rare ones (Extension A to G), and ten co-sellers with long names.
"""
import os
import pathlib
import random
import statistics
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("TCRD_BINARY", str(CHECKOUT / "build/release/tcrd"))
sys.path.insert(0, str(CHECKOUT / "tests/integration"))
sys.dont_write_bytecode = True
import paper_helper  # noqa: E402 (after its folder is known)

RARE = "𠮷㛃䶮𬭚𰻝𫍯𪚥𡈁㐂𬬭𬭛𬭳𫓧鿏〇"
LABELS = ["项目名称", "合同编号", "合同类型", "合同类别", "合同成交额", "技术交易额", "卖方", "买方", "签订日期", "有效期", "知识产权", "登记日期",
          "登记机构", "登记员", "版本号", "校验码"]


def certificate(rng, rare, parties):
    def name(length):
        return "".join(rng.choice(RARE) if rng.random() < rare else chr(rng.randint(0x4e00, 0x9fa5)) for _ in range(length))
    rows = [[label, name(14) + "91371323MA3C00003Q"] for label in LABELS]
    rows += [["共同卖方", name(60) + "\n91371302MA3C00003Q"] for _ in range(parties)]
    url = f"https://localhost:8443/v1/certificates/20263713010000{rng.randrange(100):02d}?check={rng.getrandbits(128):032x}"
    return {"title": "技术合同登记证明", "subtitle": "登记编号：2026371301000001", "created": "2026-03-18T00:00:00+08:00", "framed": True,
            "foot": "技术合同登记证明 第 {page} 页 共 {pages} 页", "blocks": [
                {"type": "paragraph", "indent": True, "text": "经审查，下列合同符合技术合同认定登记条件，准予登记，并核定合同成交额和技术交易额如下："},
                {"type": "rows", "rows": rows},
                {"type": "closing", "lines": ["临沂市技术合同登记处", "2026年3月18日"], "qr": url, "caption": "扫描二维码核验本证明的真伪和现时状态。"}]}


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    return f"{os.cpu_count()} x {model}, load {os.getloadavg()[0]:.1f}"


def main(count):
    rng = random.Random(1)
    helper = paper_helper.Helper()
    first = helper.make(paper_helper.PDF, certificate(rng, 0, 0))[1]["cpu_us"]
    print(machine())
    print(f"{'sort':24} {'median ms':>10} {'p99 ms':>8} {'worst ms':>9} {'most bytes':>11}")
    for sort, rare, parties in (("usual names", 0, 0), ("rare names", 0.3, 0), ("ten co-sellers", 0.1, 10)):
        spent, size = [], 0
        for _ in range(count):
            _, facts, data = helper.make(paper_helper.PDF, certificate(rng, rare, parties))
            spent.append(facts["cpu_us"] / 1000)
            size = max(size, len(data))
        spent.sort()
        print(f"{sort:24} {statistics.median(spent):10.1f} {spent[int(count * 0.99)]:8.1f} {spent[-1]:9.1f} {size:11}")
    status = pathlib.Path(f"/proc/{helper.process.pid}/status").read_text().splitlines()
    print(f"first paper of a process {first / 1000:.1f} ms; " + ", ".join(line.replace("\t", " ") for line in status
                                                                           if line.startswith(("VmRSS", "RssAnon"))))
    return helper.close()


if __name__ == "__main__":
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))

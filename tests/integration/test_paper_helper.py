"""The helper program by itself: text that comes out of a PDF as it went in, pages, codes, seals, limits, bad jobs."""
import contextlib
import os
import pathlib
import random
import signal
import struct
import subprocess
import time

from harness import is_running, wait_until
from paper_helper import DONE, FAILED, PDF, Helper, codes_in, fonts_in, frame, info, png, run_on, squeeze, text_of

RARE = "𠮷㛃䶮𬭚𰻝𫍯𡈁𪚥𫟼㐂㺿"
SANITIZED = "asan" in os.environ.get("TCRD_BINARY", "asan")


def paragraphs(*texts):
    return [{"type": "paragraph", "text": text} for text in texts]


def test_text_comes_out_as_it_went_in(helper):
    texts = [
        f"沂水{RARE}科技有限公司", "office affiliation fffi flow Ångström naïve Œuvre", "(甲方)“引号”‘单’——……《书名》·〔2026〕号",
        "ООО «Ромашка»", "Ελληνική Εταιρεία", "株式会社テクノロジー", "한국전자통신연구원", "１２３ＡＢＣ㎡№①Ⅳ½", "A very-long-hyphen-ated-word" * 20,
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 5, "x" * 500, "1234567890" * 60,
    ]
    data, facts = helper.pdf(blocks=paragraphs(*texts), title="标题" + RARE)
    assert facts["missing"] == 0
    assert text_of(data) == squeeze("标题" + RARE + "".join(texts))
    assert {"NotoSansCJKsc-Regular"} < set(fonts_in(data)) and any(f.startswith("HanaMin") for f in fonts_in(data))


def test_a_character_without_a_glyph_is_still_text(helper):
    text = "某\U00031350\U00031351公司"  # Extension H: in no font of Debian 12
    data, facts = helper.pdf(blocks=paragraphs(text, text))
    assert facts["missing"] == 4
    assert text_of(data) == "试验" + text * 2


def test_random_characters(helper):
    """Any assigned ideograph of the planes that the fonts cover, many in one document."""
    rng = random.Random(7)
    ranges = [(0x4e00, 0x9fa5), (0x3400, 0x4db5), (0x20000, 0x2a6d6), (0x2a700, 0x2b734), (0x2b740, 0x2b81d), (0x2b820, 0x2cea1)]
    texts = ["".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(300)) for _ in range(4)]
    data, facts = helper.pdf(blocks=paragraphs(*texts))
    assert facts["missing"] == 0
    assert text_of(data) == "试验" + "".join(texts)


def test_fonts_are_cut(helper):
    """cairo's own cutting of Noto Sans CJK embeds a megabyte for F and L together, and ends the process for some thousand characters."""
    rng = random.Random(3)
    for count, bytes_max in ((200, 100_000), (3000, 800_000)):
        text = "FL𰻝" + "".join(chr(c) for c in range(0x21, 0x17f) if chr(c).isprintable()) + "".join(
            chr(rng.randint(0x4e00, 0x9fa5)) for _ in range(count))
        data, _ = helper.pdf(blocks=paragraphs(text))
        assert text_of(data) == squeeze("试验" + text)
        assert len(data) < bytes_max, (count, len(data))


def test_long_rows_and_tables_run_over_pages(helper):
    rng = random.Random(1)
    text = "".join(rng.choice("技术合同登记管理办法研究开发服务咨询许可转让abc, ") for _ in range(12000))
    cells = [[str(i), f"名称{i}" * (40 if i % 17 == 0 else 1), f"{i}.00"] for i in range(300)]
    data, facts = helper.pdf(blocks=[
        {"type": "rows", "rows": [["摘要", text], ["卖方", "名" * 200, "买方", "称" * 200]]},
        {"type": "table", "columns": [{"title": "序", "width": 1}, {"title": "名称栏", "width": 5}, {"title": "金额", "width": 2, "align": "right"}],
         "rows": cells},
        {"type": "list", "items": ["条" * 500, "款"]},
        {"type": "closing", "lines": ["登记机构", "2026年3月18日"]},
    ])
    got = text_of(data)
    pages = int(info(data)["Pages"])
    assert facts["pages"] == pages > 15
    heads = got.count("名称栏")
    assert heads > 8, "the head of the table is on each of its pages"
    got = got.replace("序名称栏金额", "")
    expected = squeeze("试验摘要" + text + "卖方" + "名" * 200 + "买方" + "称" * 200 + "".join("".join(row) for row in cells)
                       + "1." + "条" * 500 + "2.款登记机构2026年3月18日")
    # A row that is torn between two pages leaves its cells in pieces, page by page: no character is lost, none doubled.
    assert sorted(got) == sorted(expected)
    assert squeeze(text) in got, "a column alone in its row stays in one piece"


def test_foot_and_frame_of_each_page(helper):
    data, _ = helper.pdf(blocks=paragraphs(*["段落" * 400] * 6), foot="登记编号 2026371301000001 第 {page} 页 共 {pages} 页", framed=True)
    pages = int(info(data)["Pages"])
    for page in range(1, pages + 1):
        text = run_on("pdftotext", data, "-f", str(page), "-l", str(page)).decode()
        assert squeeze(text).endswith(f"登记编号2026371301000001第{page}页共{pages}页")


def test_code_and_seal(helper, tmp_path):
    url = "https://localhost:8443/v1/certificates/2026371301000001?check=" + "0123456789abcdef" * 2
    closing = {"type": "closing", "lines": ["临沂市科学技术局"], "qr": url, "caption": "扫码核验"}
    data, _ = helper.pdf(blocks=[closing])
    assert codes_in(data) == [url]
    for size in ((300, 300), (1500, 900)):
        sealed, _ = helper.pdf(blocks=[{**closing, "seal": png(tmp_path, *size)}])
        assert len(sealed) > len(data) and codes_in(sealed) == [url]
        assert "临沂市科学技术局" in text_of(sealed)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"GIF89a")
    for file in (str(broken), str(tmp_path / "absent.png"), png(tmp_path, 7000, 2)):
        kind, facts, _ = helper.make(PDF, {"title": "x", "blocks": [{**closing, "seal": file}]})
        assert kind == FAILED and "seal" in facts["why"] and str(tmp_path) not in facts["why"]
    kind, facts, _ = helper.make(PDF, {"title": "x", "blocks": [{**closing, "qr": "x" * 5000}]})
    assert kind == FAILED and "QR" in facts["why"]


def test_the_same_model_gives_the_same_bytes(helper):
    model = {"blocks": paragraphs(RARE * 3, "office", "ООО Ελλ"), "subtitle": "编号", "foot": "{page}"}
    first, _ = helper.pdf(**model)
    helper.pdf(blocks=paragraphs("别的内容" * 50))
    time.sleep(1.1)  # a clock that shows in the document would have moved on
    with contextlib.closing(Helper()) as other:
        assert helper.pdf(**model)[0] == first == other.pdf(**model)[0]
    assert info(first)["CreationDate"] == "Tue Mar 17 16:00:00 2026 UTC"


def test_bad_jobs_are_refused_and_the_next_is_made(helper):
    for kind, model in ((77, {}), (PDF, b"[]"), (PDF, b"{"), (PDF, b""), (PDF, b'{"a":1,"a":2}'), (PDF, b"\xff"), (0xffffffff, {}),
                        (PDF, {"blocks": [{"type": "nothing"}]}), (PDF, {"blocks": ["text"]}), (PDF, {"blocks": [{"type": "rows", "rows": [["a"]]}]}),
                        (PDF, {"blocks": [{"type": "rows", "rows": ["a"]}]}), (PDF, {"blocks": [{"type": "table", "columns": [], "rows": []}]}),
                        (PDF, {"blocks": [{"type": "table", "columns": [{"title": "a", "width": -1}], "rows": []}]}),
                        (PDF, {"blocks": [{"type": "table", "columns": [{"width": 1}, {"width": 10000}], "rows": []}]}),
                        (PDF, {"blocks": paragraphs(*["x" + "\n" * 41] * 2050)})):
        answer, facts, _ = helper.make(kind, model)
        assert answer == FAILED and facts["why"], (kind, model)
    for odd in ({}, {"blocks": None}, {"title": 5, "blocks": {}}, {"blocks": [{"type": "paragraph"}]}, {"blocks": [{"type": "list", "items": [None, 5]}]},
                {"blocks": [{"type": "rows", "rows": [[None, 7]]}]}, {"blocks": [{"type": "closing"}, {"type": "space", "height": 1e9}]}):
        assert helper.make(PDF, odd)[0] == DONE, odd


def test_it_ends_with_its_worker_and_with_a_broken_frame():
    helper = Helper()
    helper.pdf(blocks=[])
    assert helper.close() == 0
    for head in (struct.pack(">IIII", PDF, 1, 0xffffffff, 0), struct.pack(">IIII", PDF, 1, 0, 0xfffffff0), b"\0" * 7,
                 frame(PDF, 1, {}, [b"abc"])[:-2] + b"", struct.pack(">IIII", PDF, 1, 2, 6) + b"{}" + struct.pack(">I", 9) + b"ab"):
        helper = Helper()
        helper.socket.sendall(head)
        helper.socket.shutdown(1)  # SHUT_WR
        assert helper.close() == 0, head


def test_limits_hold(helper):
    limits = pathlib.Path(f"/proc/{helper.process.pid}/limits").read_text()
    soft = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert soft["Max core file size"] == "0" and int(soft["Max file size"]) <= 64 << 20 and int(soft["Max open files"]) <= 64
    assert int(soft["Max cpu time"]) < 600
    if not SANITIZED:
        assert int(soft["Max address space"]) <= 1 << 30
    status = pathlib.Path(f"/proc/{helper.process.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    inherited = os.listdir(f"/proc/{helper.process.pid}/fd")
    assert len([fd for fd in inherited if int(fd) < 4]) == 4
    assert not [fd for fd in os.listdir(f"/proc/{helper.process.pid}/fd")
                if os.readlink(f"/proc/{helper.process.pid}/fd/{fd}").startswith("socket:") and fd != "3"]


def test_it_dies_with_a_killed_parent():
    parent = subprocess.Popen(
        ["/usr/bin/python3", "-c", "import paper_helper, sys, time\nh = paper_helper.Helper()\nh.pdf(blocks=[])\nprint(h.process.pid, flush=True)\ntime.sleep(600)"],
        stdout=subprocess.PIPE, cwd=pathlib.Path(__file__).parent)
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not is_running(pid), "the helper of a killed process ends")

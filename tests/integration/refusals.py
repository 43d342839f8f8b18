"""What refusals say: by rows of sql/codes/rule.csv, in Chinese and in English."""
import csv
import pathlib
import re

RULES = {row["id"]: row for row in csv.DictReader(
    (pathlib.Path(__file__).parents[2] / "sql" / "codes" / "rule.csv").read_text(encoding="utf-8").splitlines())}
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
HAN = re.compile("[\u4e00-\u9fff]")


def check_words(problem):
    """Every reason is a row of the rules and is said in both languages."""
    assert problem["errors"], problem
    for error in problem["errors"]:
        assert error["rule"] in RULES, error
        assert HAN.search(error["zh"]) and error["en"] and not HAN.search(error["en"]), error

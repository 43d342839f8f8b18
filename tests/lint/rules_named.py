#!/usr/bin/python3
"""Every rule that the program names is a row of sql/codes/rule.csv, so that each refusal has its words in both languages.

Looked at are the literals that C gives to call_fault(), call_refuse(), err_rule() and their like, and those that the functions of the database
give to tcr.fault(), tcr.refused() and tcr.route_refused(). A refusal without a rule is told by refused.<outcome>, which must be there as well.
"""
import csv
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]

with open(TOP / "sql" / "codes" / "rule.csv", encoding="utf-8", newline="") as file:
    rules = {row["id"]: row for row in csv.DictReader(file)}

named = []
for path in sorted((TOP / "server").rglob("*.c")):
    text = path.read_text(encoding="utf-8")
    named += [(path, m[1]) for m in re.finditer(r'\bcall_fault(?:_more)?\(\s*call,\s*[^,"]*"[^"]*",\s*"([a-z_.]+)"', text)]
    named += [(path, m[1]) for m in re.finditer(r'\bcall_refuse(?:_more)?\(\s*call,\s*\w+,\s*"([^"]+)"', text)]
    named += [(path, m[1]) for m in re.finditer(r'\b(?:err_rule(?:_more)?|refuse)\(\s*&?(?:parser->)?(?:err|parser),\s*ERR_\w+,\s*"([^"]+)"', text)]
for path in sorted((TOP / "sql" / "functions").glob("*.sql")):
    text = path.read_text(encoding="utf-8")
    named += [(path, m[1]) for m in re.finditer(r"tcr\.fault\((?:[^(),']|'[^']*'|\([^()]*\))*?,\s*'([^']+)'", text)]
    for m in re.finditer(r"tcr\.refused\('(\w+)'(?:, '((?:[^']|'')*)')?( \|\|)?", text):
        named += [(path, m[2])] if m[2] and not m[3] else [(path, "refused." + m[1])] if m[1] != "ok" and not m[2] else []
    named += [(path, m[1]) for m in re.finditer(r"tcr\.route_refused\([^']*'([^']+)'", text)]
    named += [(path, "refused." + m[1]) for m in re.finditer(r'\{"outcome": "(\w+)"\}', text) if m[1] not in ("ok", "replay", "too_many")]
    if '"detail":' in text and '"outcome"' in text and re.search(r'"outcome": "\w+", "detail"', text):
        named.append((path, "a refusal with a detail instead of a rule"))

breaches = [f"{path.relative_to(TOP)}: {name}: no row of rule.csv" for path, name in named if name not in rules]
breaches += [f"rule.csv: {name}: a text is missing" for name, row in rules.items() if not row["zh"] or not row["en"]]
print("\n".join(sorted(set(breaches))) or f"{len(named)} rules named, all of them have words")
sys.exit(bool(breaches) or len(named) < 100)

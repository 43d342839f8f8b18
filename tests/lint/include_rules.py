#!/usr/bin/python3
"""Who may include whom: the directions between the rooms, and the libraries that only some files may see.

    main -> app -> http, rpc -> api -> common          http, rpc -> net -> common
            app -> the domain rooms -> form, act -> api, db -> common
            command -> the domain rooms, never http or rpc
    paper (tcrd-paper, a program of its own) -> shown, common; shown, pure, -> common; stats -> shown
    helper, the worker's end of it, -> common
Run from anywhere; names each breach and ends with status 1 when there is one. Checks as well that every header has a guard named
after its path, and compiles alone (with --compile, given a C compiler).
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]

DOMAIN = {"contracts", "feed", "findings", "stats", "auth", "admin", "registers", "requests", "income", "law", "reference", "attachments", "papers",
          "exchange", "bulletin"}
BELOW = {
    "common": set(),
    "net": {"common"},
    "db": {"common"},
    "codes": {"common"},
    "helper": {"common"},
    "shown": {"common"},
    "paper": {"common", "shown"},
    "api": {"common", "db", "codes", "helper"},
    "form": {"common", "codes", "api"},  # of api only the faults: it is pure
    "act": {"common", "db", "codes", "api"},
    **{room: {"common", "db", "codes", "helper", "api", "form", "act"} for room in DOMAIN},
    "stats": {"common", "db", "codes", "helper", "api", "form", "act", "shown"},
    "http": {"common", "api", "net"},
    "rpc": {"common", "api", "net"},
    "app": {"common", "db", "codes", "helper", "api", "act", "net", "http", "rpc"} | DOMAIN,
    "command": {"common", "db", "codes", "helper", "api", "form"} | DOMAIN,
    "main": {"common", "app", "command"},
}
# One file, one header: the reason stands beside it.
EXCEPTIONS = {
    ("server/command/migrate_data.c", "server/app/routes.h"),  # writes the roles of all methods into the record
}
# Library headers and the rooms (or files) that may include them.
LIBRARIES = [
    (re.compile(r"openssl/(ssl|tls1|bio)\.h"), {"net"}, set()),
    (re.compile(r"libpq-fe\.h"), {"db", "command"}, set()),
    (re.compile(r"llhttp\.h"), set(), {"server/http/http_parse.c"}),
    (re.compile(r"jansson\.h"), {"api", "codes", "form", "act", "command", "helper", "paper", "rpc", "http"} | DOMAIN, set()),
    (re.compile(r"(pango|cairo|hb-).*|fontconfig/.*|(qrencode|zip)\.h"), {"paper"}, set()),
    (re.compile(r"event2/bufferevent.*\.h"), set(), set()),
    (re.compile(r"event2/.*"), {"app", "api", "auth", "db", "helper", "net", "http", "rpc"}, set()),
]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def room_of(path):
    parts = path.parts
    if parts[0] == "common":
        return "common"
    return "main" if path.name == "main.c" else parts[1]


def breaches(path):
    room = room_of(path)
    text = (TOP / path).read_text(encoding="utf-8")
    if room not in BELOW:
        yield f"{path}: the room {room} has no rule in tests/lint/include_rules.py"
        return
    for mark, name in INCLUDE.findall(text):
        if mark == '"':
            target = pathlib.PurePath(name)
            if not (TOP / name).is_file():
                yield f"{path}: {name} is not named from the top of the checkout"
            elif room_of(target) not in BELOW[room] | {room} and (str(path), name) not in EXCEPTIONS:
                yield f"{path}: the room {room} must not include {name}"
            elif target.name.endswith("_int.h") and target.parent != path.parent:
                yield f"{path}: {name} is private to its room"
        for pattern, rooms, files in LIBRARIES:
            if pattern.fullmatch(name):
                if room not in rooms and str(path) not in files:
                    yield f"{path}: <{name}> does not belong here"
                break
    if path.suffix == ".h":
        guard = "TCRD_" + re.sub(r"^server/", "", str(path)).upper().replace("/", "_").replace(".", "_")
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield f"{path}: the guard {guard} is missing"


def headers_alone(paths, compiler):
    """Each header is compiled as a file of its own."""
    pg = subprocess.run(["pkg-config", "--cflags", "libpq", "pangocairo"], capture_output=True, text=True, check=True).stdout.split()
    for path in paths:
        done = subprocess.run([compiler, "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-I", str(TOP), *pg,
                               "-I/usr/share/include/llhttp", "-x", "c", str(TOP / path)], capture_output=True, text=True)
        if done.returncode != 0:
            yield f"{path}: does not compile alone\n{done.stderr}"


def main():
    paths = sorted(p.relative_to(TOP) for folder in ("common", "server") for p in (TOP / folder).rglob("*.[ch]"))
    assert len(paths) > 20, "the sources were not found"
    found = [breach for path in paths for breach in breaches(path)]
    if "--compile" in sys.argv:
        found += headers_alone([p for p in paths if p.suffix == ".h"], sys.argv[sys.argv.index("--compile") + 1])
    print("\n".join(found) if found else f"{len(paths)} files keep the rules")
    return 1 if found else 0


sys.exit(main())

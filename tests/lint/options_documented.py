#!/usr/bin/python3
"""What can be typed is documented: keys of the configuration, options of commands and of the scripts.

    options_documented.py TCRD      TCRD: the program that was built
- deploy/tcrd.conf is the output of `tcrd --dump-config=reference`, and --dump-config knows every key of it;
- every option that a command or a script reads stands in its own help, and the help names no other;
- `tcrd --help` names every command, and README.md and README.zh-CN.md name the commands and the options of deploy/quickstart.sh.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]+)")
READ_BY_C = re.compile(r'\{\s*"([a-z-]+)",\s*(?:no|required|optional)_argument')
READ_BY_SHELL = re.compile(r"^\s*(?:-\w \| )?--([a-z-]+)\)", re.M)


def output(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout


def configuration(tcrd):
    reference = output(tcrd, "--dump-config=reference")
    if (TOP / "deploy/tcrd.conf").read_text(encoding="utf-8") != reference:
        yield "deploy/tcrd.conf is not what `tcrd --dump-config=reference` prints"
    documented = set(re.findall(r"^#([a-z_.0-9]+) = ", reference, re.M))
    effective = {line.split(" = ")[0] for line in output(tcrd, "--dump-config").splitlines()}
    if documented != effective or len(documented) < 30:
        yield f"keys that only one of the two dumps knows: {sorted(documented ^ effective)}"


def differences(where, read, documented):
    for option in sorted(read - documented):
        yield f"{where}: --{option} is read and not documented"
    for option in sorted(documented - read):
        yield f"{where}: --{option} is documented and not read"


def commands(tcrd):
    """Options stand in C as tables of struct option; a command's tables and its help are in the files named after it."""
    help_text = output(tcrd, "--help")
    names = re.findall(r"^  ([a-z]+) +\S", help_text.partition("Commands:\n")[2].partition("\n\n")[0], re.M)
    if not {"serve", "migrate", "agency", "account"} <= set(names):
        yield f"tcrd --help lists only {names}"
    sources = {path.name: path.read_text(encoding="utf-8") for path in (TOP / "server/command").glob("*.c")}
    places = {"point": ["agency.c"], "agency": ["agency.c"]}  # one file for both
    shared = {name for name, files in places.items() if len([n for n in names if places.get(n) == files]) > 1}
    for name in names:
        files = places.get(name) or [f for f in sources if f == f"{name}.c" or f.startswith(f"{name}_")]
        read = {option for file in files for option in READ_BY_C.findall(sources[file])}
        documented = set(OPTION.findall(output(tcrd, name, "--help"))) - {"help"}
        if name in shared:
            everything = {o for n in shared for o in OPTION.findall(output(tcrd, n, "--help"))} - {"help"}
            yield from differences(f"tcrd {'/'.join(sorted(shared))}", read, everything)
        else:
            yield from differences(f"tcrd {name}", read, documented)


def scripts():
    for script in ("deploy/quickstart.sh", "tests/run.sh", "tests/bench/run.sh"):
        text = (TOP / script).read_text(encoding="utf-8")
        documented = set(OPTION.findall(output("bash", TOP / script, "--help")))
        yield from differences(script, set(READ_BY_SHELL.findall(text)), documented)


def readmes(tcrd):
    names = re.findall(r"^  ([a-z]+) +\S", output(tcrd, "--help").partition("Commands:\n")[2].partition("\n\n")[0], re.M)
    options = set(OPTION.findall(output("bash", TOP / "deploy/quickstart.sh", "--help"))) - {"help"}
    for name in ("README.md", "README.zh-CN.md"):
        text = (TOP / name).read_text(encoding="utf-8") if (TOP / name).exists() else ""
        for option in sorted(options):
            if f"--{option}" not in text:
                yield f"{name}: --{option} of deploy/quickstart.sh is not mentioned"
        for command in names:
            if not re.search(rf"\b{command}\b", text):
                yield f"{name}: tcrd {command} is not mentioned"


def main(tcrd):
    found = [*configuration(tcrd), *commands(tcrd), *scripts(), *readmes(tcrd)]
    print("\n".join(found) if found else "everything that can be typed is documented")
    return 1 if found else 0


sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))

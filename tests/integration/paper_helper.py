"""tcrd-paper from outside: the frames of common/job_frame.h written once more, and what the tests read out of a PDF."""
import contextlib
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import tempfile
import zlib

from harness import Installation, environment

PDF, DONE, FAILED = 1, 0x100, 0x101
PROGRAM = str(pathlib.Path(Installation.BINARY).resolve().parent / "tcrd-paper")


def frame(kind, number, model, parts=()):
    text = model if isinstance(model, bytes) else json.dumps(model, ensure_ascii=False).encode()
    tail = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return struct.pack(">IIII", kind, number, len(text), len(tail)) + text + tail


class Helper:
    """One process; make() sends a job and waits for its answer."""

    def __init__(self):
        self.socket, theirs = socket.socketpair()
        self.log = tempfile.TemporaryFile()
        with theirs:
            # Descriptor 3, whatever theirs is: a shell that moves it would be one more process to wait for.
            self.process = subprocess.Popen(
                [PROGRAM], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log, close_fds=False,
                env={**environment(), "LC_ALL": "C.UTF-8"}, preexec_fn=lambda: (os.dup2(theirs.fileno(), 3), os.closerange(4, 256)))
        self.socket.settimeout(60)
        self.reader = self.socket.makefile("rb")
        self.number = 0

    def answer(self):
        head = self.reader.read(16)
        if len(head) < 16:
            raise EOFError("the helper is gone")
        kind, number, json_len, rest = struct.unpack(">IIII", head)
        facts = json.loads(self.reader.read(json_len))
        data = self.reader.read(rest)
        assert number == self.number
        if kind == FAILED:
            assert rest == 0
            return kind, facts, None
        assert kind == DONE and struct.unpack(">I", data[:4])[0] == rest - 4
        return kind, facts, data[4:]

    def send(self, kind, model, parts=()):
        self.number += 1
        self.socket.sendall(frame(kind, self.number, model, parts))

    def make(self, kind, model, parts=()):
        self.send(kind, model, parts)
        return self.answer()

    def pdf(self, **model):
        kind, facts, data = self.make(PDF, {"title": "试验", "created": "2026-03-18T00:00:00+08:00", **model})
        assert kind == DONE, facts
        return data, facts

    def errors(self):
        self.log.seek(0)
        return self.log.read().decode()

    def close(self):
        with contextlib.suppress(OSError):
            self.reader.close()
            self.socket.close()
        return self.process.wait(30)


def run_on(program, data, *options):
    """Output of a poppler program that reads a PDF from a file and writes to standard output."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        return subprocess.run([program, *options, file.name, *(["-"] if program == "pdftotext" else [])], check=True,
                              capture_output=True).stdout


def text_of(pdf):
    """The text in the order in which it was placed, without white space."""
    return re.sub(r"\s+", "", run_on("pdftotext", pdf, "-raw", "-enc", "UTF-8").decode())


def squeeze(text):
    return re.sub(r"\s+", "", text)


def codes_in(pdf, dpi="150"):
    """What a scanner reads from the pages."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "paper.pdf")
        source.write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", dpi, "-png", str(source), f"{folder}/page"], check=True)
        pages = sorted(str(p) for p in pathlib.Path(folder).glob("page*.png"))
        done = subprocess.run(["zbarimg", "--quiet", "--raw", *pages], capture_output=True)
        return done.stdout.decode().split()


def fonts_in(pdf):
    lines = run_on("pdffonts", pdf).decode().splitlines()[2:]
    return [line.split()[0].rpartition("+")[2] for line in lines]


def info(pdf):
    return dict(re.findall(r"^([^:]+):\s*(.*)$", run_on("pdfinfo", pdf).decode(), re.M))


def png(folder, width, height):
    """The path of a half transparent picture."""
    path = pathlib.Path(folder, f"seal-{width}x{height}.png")
    raw = b"".join(b"\0" + b"\xd0\x10\x10\x80" * width for _ in range(height))
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
    return str(path)

"""Files that are made to hurt, scanned by the command itself: ``python tests/hostile/bombs.py --log FILE``.

Each is scanned at half of its size and at all of it, in a process of its own with fresh folders for temporary files and
for the home. Measured: the peak of the parent's memory (VmHWM) and of its readers', the time, the exit code, what is left
in these folders. A bomb fails where the parent takes more than 512 MB, the time of the processors more than
doubles (2.2, beyond the second that starting takes), the exit code is another, the wanted word is not said, or anything was written.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import os
import platform
import resource
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY = 512 << 20
MOST_GROWTH, STARTING = 2.2, 1.0
MB, GB = 1 << 20, 1 << 30
PERSON = "张伟,11010119900307721X,13812345678\n".encode()  # made up


# --- making them ------------------------------------------------------------------------------------------------------


def filled(path: Path, size: int, pieces: Iterator[bytes]) -> None:
    """A file of so many bytes of the pieces."""
    with path.open("wb", buffering=1 << 20) as file:
        for piece in pieces:
            if size <= 0:
                return
            file.write(piece[:size])
            size -= len(piece)


def again(piece: bytes, least: int = 1 << 20) -> Iterator[bytes]:
    """The same bytes without end."""
    piece *= -(-least // len(piece))
    while True:
        yield piece


def zeros_deflated(size: int) -> bytes:
    """So many zeros as one raw deflate stream, made of one part again and again."""
    part = 16 * MB
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    begin = maker.compress(bytes(part)) + maker.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15)
    return begin * (size // part) + end.compress(bytes(size % part)) + end.flush()


def zip_of(entries: Sequence[tuple[bytes, bytes, int, int]]) -> bytes:
    """A zip64 archive of (name, packed, size, checksum)."""
    out, directory, offset = [], [], 0
    for name, packed, size, crc in entries:
        more = struct.pack("<HHQQ", 1, 16, size, len(packed))
        local = struct.pack(
            "<4s5HIIIHH", b"PK\3\4", 45, 0, 8, 0, 33, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(more)
        )
        out += [local, name, more, packed]
        more = struct.pack("<HHQQQ", 1, 24, size, len(packed), offset)
        head = struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 45, 45, 0, 8, 0, 33, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(more), 0, 0, 0, 0, 0xFFFFFFFF,
        )  # fmt: skip
        directory += [head, name, more]
        offset += len(local) + len(name) + 20 + len(packed)
    listed = b"".join(directory)
    end = struct.pack(
        "<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, len(entries), len(entries), len(listed), offset
    )
    end += struct.pack("<4sIQI", b"PK\6\7", 0, offset + len(listed), 1)
    return (
        b"".join(out)
        + listed
        + end
        + struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )


def zeros_zip(path: Path, size: int) -> None:
    crc = 0
    for _ in range(size // (16 * MB)):
        crc = zlib.crc32(bytes(16 * MB), crc)
    crc = zlib.crc32(bytes(size % (16 * MB)), crc)
    path.write_bytes(zip_of([(b"zeros.txt", zeros_deflated(size), size, crc)]))


def rows_zip(path: Path, size: int) -> None:
    """Rows that repeat without end: a member of text, not of zeros."""
    block = PERSON * (16 * MB // len(PERSON))
    count = size // len(block)
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    part = maker.compress(block) + maker.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(count):
        crc = zlib.crc32(block, crc)
    path.write_bytes(
        zip_of([(b"rows.csv", part * count + zlib.compress(b"", wbits=-15), count * len(block), crc)])
    )


def nested_zips(path: Path, size: int) -> None:
    """Sixteen archives in each of sixteen, five levels, of files of so many zeros: 42.zip."""
    zeros_zip(path, size)
    inner = path.read_bytes()
    for _ in range(5):
        packed, crc = zlib.compress(inner, wbits=-15), zlib.crc32(inner)
        inner = zip_of([(b"%d.zip" % number, packed, len(inner), crc) for number in range(16)])
    path.write_bytes(inner)


def overlapping(path: Path, size: int) -> None:
    """So many entries of the directory on the bytes of one."""
    packed, crc = zeros_deflated(64 * MB), zlib.crc32(bytes(64 * MB))
    whole = zip_of([(b"0", packed, 64 * MB, crc)])
    at = whole.index(b"PK\1\2")
    record = whole[at : at + 46 + 1 + 28]
    listed = b"".join(record[:46] + bytes([65 + number % 26]) + record[47:] for number in range(size))
    end = struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, min(size, 0xFFFF), min(size, 0xFFFF), len(listed), at, 0)
    path.write_bytes(whole[:at] + listed + end)


def gzips(path: Path, size: int) -> None:
    data = PERSON * 1000
    for _ in range(size):
        data = gzip.compress(data, 1)
    path.write_bytes(data)


def xz_zeros(path: Path, size: int) -> None:
    part = lzma.compress(bytes(64 * MB), preset=1)
    path.write_bytes(part * max(1, size // (64 * MB)))


def zstandard_zeros(path: Path, size: int) -> None:
    import pyarrow as pa

    part = pa.compress(bytes(64 * MB), "zstd", asbytes=True)
    path.write_bytes(part * max(1, size // (64 * MB)))


def many_entries(path: Path, size: int) -> None:
    """A tar archive of so many files."""
    with path.open("wb", buffering=1 << 20) as file:
        for number in range(size):
            head = bytearray(512)
            name, content = b"%07d.csv" % number, b"13812345678\n"
            head[: len(name)] = name
            head[100:108], head[108:116], head[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
            head[124:136], head[136:148] = b"%011o\0" % len(content), b"00000000000\0"
            head[148:156], head[156:157], head[257:265] = b" " * 8, b"0", b"ustar\0" + b"00"
            head[148:156] = b"%06o\0 " % sum(head)
            file.write(bytes(head) + content.ljust(512, b"\0"))
        file.write(bytes(1024))


def workbook(path: Path, parts: dict[str, str]) -> None:
    """A workbook of one sheet made of such parts."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    every = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="rId1" Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        **{name: text.replace("MAIN", main) for name, text in parts.items()},
    }
    entries = [(name.encode(), text.encode()) for name, text in every.items()]
    path.write_bytes(
        zip_of([(name, zlib.compress(text, 1, -15), len(text), zlib.crc32(text)) for name, text in entries])
    )


def far_cell(path: Path, size: int) -> None:
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>13812345678</t></is></c></row>'
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>13987654321</t></is></c></row>'
    workbook(
        path,
        {
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="MAIN"><sheetData>{cells}{far}</sheetData></worksheet>'
        },
    )


LAUGHS = "<!DOCTYPE l [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{number} '{f'&a{number - 1};' * 10}'>" for number in range(1, 10)
) + "]>"  # fmt: skip


def laughs_workbook(path: Path, size: int) -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a9;13812345678</t></is></c></row>'
    workbook(
        path,
        {
            "xl/worksheets/sheet1.xml": f'{LAUGHS}<worksheet xmlns="MAIN"><sheetData>{cell}</sheetData></worksheet>'
        },
    )


def laughs_xml(path: Path, size: int) -> None:
    path.write_text(f'<?xml version="1.0"?>{LAUGHS}<l><p>&a9;</p><p>13812345678</p></l>\n', encoding="utf-8")


def deep_json(path: Path, size: int) -> None:
    path.write_bytes(b'[{"a":' * (size // 2) + b'"13812345678"' + b"}]" * (size // 2))


def deep_lists(path: Path, size: int) -> None:
    path.write_bytes(b"[" * size + b'"13812345678"' + b"]" * size)


def long_line(path: Path, size: int) -> None:
    filled(path, size, again(b"abcdefgh 13812345678 "))


def many_columns(path: Path, size: int) -> None:
    with path.open("wb", buffering=1 << 20) as file:
        for first in range(0, size, 1000):
            file.write(b"".join(b"c%d," % number for number in range(first, first + 1000)))
        file.write(b"z\n")
        for _ in range(2):
            filled_row = b"13812345678," * 1000
            for _ in range(0, size, 1000):
                file.write(filled_row)
            file.write(b"1\n")


def open_quote(path: Path, size: int) -> None:
    def pieces() -> Iterator[bytes]:
        yield "姓名,身份证号,手机号\n".encode() + PERSON * 50 + '"张三,'.encode()
        yield from again(PERSON)

    filled(path, size, pieces())


def quotes(path: Path, size: int) -> None:
    """A quote opens in every line and never closes."""

    def pieces() -> Iterator[bytes]:
        yield "姓名,身份证号,手机号\n".encode() + PERSON * 50
        yield from again(b'"' + PERSON)

    filled(path, size, pieces())


def one_insert(path: Path, size: int) -> None:
    def pieces() -> Iterator[bytes]:
        yield "INSERT INTO `t` (`姓名`,`身份证号`,`手机号`) VALUES ('张三','11010119900307721X','13812345678')".encode()
        yield from again(",('张伟','11010119900307721X','13812345678')".encode())

    row = ",('张伟','11010119900307721X','13812345678')".encode()
    first = len(next(pieces()))
    filled(path, first + max(0, size - first) // len(row) * len(row), pieces())
    with path.open("ab") as file:
        file.write(b";\n")


def long_value(path: Path, size: int) -> None:
    """A string in an INSERT that never ends."""

    def pieces() -> Iterator[bytes]:
        yield b"INSERT INTO `t` VALUES (1,'"
        yield from again(b"abcdefgh 13812345678 ")

    filled(path, size, pieces())


def distinct_text(path: Path, size: int) -> None:
    """Long cells of which no two are the same."""
    made = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write("编号,备注,地址\n".encode())
        number = 0
        while made < size:
            number += 1
            word = hashed(number)
            line = f"{number},{word * 12},北京市朝阳区建国路{number}号{word[:8]}室 {word}\n".encode()
            made += file.write(line)


def hashed(number: int) -> str:
    """Letters that look drawn."""
    return f"{number * 0x9E3779B97F4A7C15 % (1 << 64):016x}{number * 0xC2B2AE3D27D4EB4F % (1 << 64):016x}"


def wide_cells(path: Path, size: int) -> None:
    """Cells of a megabyte in three columns."""
    made = number = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write(b"a,b,c\n")
        while made < size:
            number += 1
            made += file.write((f"13812345678 {hashed(number)} " * 23_000).encode() + b",")
            made += file.write((f"{hashed(number)}北京市朝阳区建国路{number}号 " * 10_000).encode() + b",x\n")


def distinct_numbers(path: Path, size: int) -> None:
    """Phone numbers of which no two are the same, with names."""
    made = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write("手机号,姓名,邮箱\n".encode())
        number = 0
        while made < size:
            number += 1
            made += file.write(
                f"138{number % 100_000_000:08},张{chr(0x4E00 + number % 9000)}{chr(0x4E00 + number // 9000 % 9000)},u{number}@example.com\n".encode()
            )


@dataclass(frozen=True)
class Bomb:
    """``size``: of what ``make`` takes (bytes, levels, entries); ``code``: how the scan ends; ``said``: in the report.

    ``halves``: also half of it is scanned; ``fixed``: it has but one size; ``small``: for the tests.
    """

    name: str
    make: Callable[[Path, int], None]
    size: int
    code: int
    said: str = ""
    options: tuple[str, ...] = ()
    halves: bool = True
    fixed: bool = False
    small: int = 0


BOMBS = (
    Bomb("zeros in a zip archive", zeros_zip, 10 * GB, 3, "--max-ratio", small=256 * MB),
    Bomb("zeros in a zip archive, unpacked whole", zeros_zip, 10 * GB, 3, options=("--max-ratio", "5000"), small=128 * MB),
    Bomb("rows in a zip archive, unpacked whole", rows_zip, 4 * GB, 0, options=("--max-ratio", "5000"), small=48 * MB),
    Bomb("zip archives in one another, 42.zip", nested_zips, 4 * GB, 3, "--max-ratio", halves=False, small=64 * MB),
    Bomb("entries that overlap", overlapping, 60_000, 3, "on the bytes of others", small=500),
    Bomb("gzip in gzip", gzips, 100, 3, "--max-depth", halves=False, fixed=True, small=100),
    Bomb("zeros in xz", xz_zeros, 10 * GB, 3, "--max-ratio", halves=False, small=256 * MB),
    Bomb("zeros in zstandard", zstandard_zeros, 10 * GB, 3, "--max-ratio", halves=False, small=256 * MB),
    Bomb("entries in a tar archive", many_entries, 1_000_000, 3, "--max-entries"),
    Bomb("cell XFD1048576", far_cell, 1, 3, halves=False, small=1),
    Bomb("billion laughs in a workbook", laughs_workbook, 1, 3, halves=False, small=1),
    Bomb("billion laughs in XML", laughs_xml, 1, 3, halves=False, small=1),
    Bomb("JSON, objects in lists", deep_json, 1_000_000, 3, small=100_000),
    Bomb("JSON, lists in lists", deep_lists, 1_000_000, 3, small=100_000),
    Bomb("one line", long_line, 4 * GB, 3, "has a line of more than", small=80 * MB),
    Bomb("columns", many_columns, 10_000_000, 3, small=100_000),
    Bomb("a quote that never closes", open_quote, 10 * GB, 3, small=48 * MB),
    Bomb("quotes that never close", quotes, 2 * GB, 3, small=32 * MB),
    Bomb("one INSERT", one_insert, 4 * GB, 0, small=24 * MB),
    Bomb("a string in an INSERT", long_value, 4 * GB, 3, small=40 * MB),
    Bomb("long texts, all distinct", distinct_text, 2 * GB, 0, small=24 * MB),
    Bomb("cells of a megabyte", wide_cells, 2 * GB, 0, small=24 * MB),
    Bomb("numbers, all distinct", distinct_numbers, 1 * GB, 0, small=16 * MB),
)  # fmt: skip


# --- scanning them ----------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """One scan. ``memory``, ``readers``: peak bytes of the parent, and of the largest of its children.

    ``seconds``: by the clock; ``work``: of the processors, which does not depend on what else runs.
    """

    size: int
    seconds: float
    work: float
    memory: int
    readers: int
    code: int
    said: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def high_water(process: int) -> int:
    """VmHWM of a process in bytes, 0 where it is gone."""
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    return 0


def children(process: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    try:
        own = [
            int(each)
            for task in Path(f"/proc/{process}/task").iterdir()
            for each in (task / "children").read_text().split()
        ]
    except (OSError, ValueError):
        return []
    return own + [each for one in own for each in children(one)]


def spent() -> float:
    """Seconds of processors that ended children of this process took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def scanned(path: Path, size: int, options: Sequence[str], seconds: float) -> Run:
    """Scans one file by the command; the memory is looked at all the time."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("tmp", "home", "cwd"):
            (folder / name).mkdir()
        before = set(path.parent.iterdir())
        command = [
            sys.executable,
            "-m",
            "scanner",
            "scan",
            str(path),
            "-o",
            str(folder / "report.json"),
            "--as-of",
            "2026-01-01",
        ]
        command += ["--checkpoint", "0", *options]
        variables = os.environ | {
            "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        began, worked = time.monotonic(), spent()
        child = subprocess.Popen(
            command, cwd=folder / "cwd", env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        peaks = [0, 0]
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(0.02):
                peaks[0] = max(peaks[0], high_water(child.pid))
                for reader in children(child.pid):
                    peaks[1] = max(peaks[1], high_water(reader))

        watch = threading.Thread(target=look)
        watch.start()
        try:
            _, complaint = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            _, complaint = child.communicate()
        stop.set()
        watch.join()
        took = time.monotonic() - began
        left = [
            str(each.relative_to(folder))
            for name in ("tmp", "home", "cwd")
            for each in (folder / name).rglob("*")
        ]
        left += [each.name for each in set(path.parent.iterdir()) - before]
        said = [complaint.decode("utf-8", "replace")]
        report = folder / "report.json"
        if report.exists():
            document = json.loads(report.read_bytes())
            said += [reason for each in document["inputs"][:2000] for reason in each["reasons"]]
            left += [
                each.name
                for each in folder.iterdir()
                if each.name not in ("tmp", "home", "cwd", "report.json")
            ]
        return Run(size, took, spent() - worked, *peaks, child.returncode, said, left)


def faults(bomb: Bomb, runs: Sequence[Run]) -> list[str]:
    """What is not as it should be."""
    found = []
    for run in runs:
        if run.memory > MOST_MEMORY:
            found.append(f"took {run.memory >> 20} MB at {run.size:,}")
        if run.code != bomb.code:
            found.append(
                f"ended with {run.code} in place of {bomb.code}: {' '.join(run.said)[-300:].strip()}"
            )
        if bomb.said and not any(bomb.said in text for text in run.said):
            found.append(f"does not say {bomb.said!r} but {run.said[1:4]}")
        if run.left:
            found.append(f"left {run.left[:5]}")
    if len(runs) == 2 and runs[1].work > MOST_GROWTH * max(runs[0].work, STARTING):
        found.append(f"took {runs[1].work / runs[0].work:.1f} times the work for twice as much")
    return found


def tried(bomb: Bomb, folder: Path, size: int, seconds: float = 3600) -> list[Run]:
    """Scans a bomb of half this size (where that means anything) and of this size."""
    runs = []
    for each in (size // 2, size) if bomb.halves else (size,):
        path = folder / "bomb"
        bomb.make(path, each)
        on_disk = path.stat().st_size
        try:
            run = scanned(path, on_disk, bomb.options, seconds)
        finally:
            path.unlink()
        runs.append(run)
    return runs


def row(bomb: Bomb, runs: Sequence[Run]) -> str:
    """The line of the table."""
    last = runs[-1]
    seconds = " → ".join(f"{run.seconds:.1f} ({run.work:.1f})" for run in runs)
    memory = " → ".join(str(run.memory >> 20) for run in runs)
    readers = str(last.readers >> 20) if last.readers else ""
    sizes = " → ".join(f"{run.size:,}" for run in runs)
    state = "; ".join(faults(bomb, runs)) or "as it should be"
    told = next((text for text in last.said[1:] if text), "").replace("|", "/")
    name = f"{bomb.name}, {bomb.size:,}" if bomb.size > 1 else bomb.name
    return f"| {name} {' '.join(bomb.options)} | {sizes} | {seconds} | {memory} | {readers} | {last.code} | {told[:160]} | {state} |"


def main() -> None:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the full sizes")
    parser.add_argument("--only", nargs="*", help="words of their names")
    parser.add_argument("--seconds", type=float, default=3600, help="for one scan at most")
    parser.add_argument("--folder", type=Path, help="where the bombs lie: 11 GB")
    parser.add_argument("--log", type=Path)
    chosen = parser.parse_args()
    head = [
        f"# Bombs, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; share of the full "
        f"sizes: {chosen.share:g}. Made by `tests/hostile/bombs.py`. Memory in MB: the parent's peak, and that of its largest reader.",
        "",
        "| bomb | bytes on disk | seconds (of processors) | memory | reader | exit | what the report says | held |",
        "|---|---|---:|---:|---:|---:|---|---|",
    ]
    rows: list[str] = []
    bad = 0
    for bomb in BOMBS:
        if chosen.only and not any(word in bomb.name for word in chosen.only):
            continue
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            size = bomb.size if bomb.fixed else max(1, int(bomb.size * chosen.share))
            runs = tried(bomb, Path(folder), size, chosen.seconds)
        bad += bool(faults(bomb, runs))
        rows.append(row(bomb, runs))
        print(rows[-1], flush=True)
        if chosen.log:
            chosen.log.parent.mkdir(parents=True, exist_ok=True)
            chosen.log.write_text("\n".join([*head, *rows, ""]), encoding="utf-8")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()

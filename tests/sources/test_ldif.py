"""Entries of directories are rows."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from memory_file import MemoryFile
from running import scanned

from scanner.sources.text_kinds import text_kind

NAMES = ["王伟", "李芳", "张敏", "刘静", "陈强", "杨磊", "赵军", "黄勇", "周杰", "吴艳"]


def coded(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


def entries(end: str, encoding: str, version: bool) -> bytes:
    lines = ["version: 1", ""] if version else ["# exported"]
    for n in range(30):
        name = coded(NAMES[n % 10], encoding)
        address = coded(f"北京市朝阳区建国路{n + 1}号院", encoding)
        lines += [f"dn: uid=u{n},ou=people,dc=example,dc=com", "objectClass: person", "objectClass: top"]
        lines += [f"cn:: {name}", "mobile: 139138", f" {n:05}"]
        lines += [f"street;lang-zh:: {address[:9]}", f" {address[9:]}", ""]
    return end.join(lines).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("version", [True, False])
def test_entries_are_rows(tmp_path: Path, end: str, encoding: str, version: bool) -> None:
    path = tmp_path / "people.ldif"
    path.write_bytes(entries(end, encoding, version))
    document = scanned(path)
    entry = document["inputs"][0]
    assert (entry["format"], entry["status"], entry["rows"]) == (
        "ldif",
        "complete",
        30 + version,
    )  # a row of its own
    labels = {name: label["rows"] for name, label in document["labels"].items()}
    assert labels == {"person_name": 30, "mobile_phone": 30, "address": 30}
    assert document["subjects"]["distinct"] == 30
    columns = [column["name"] for column in document["columns"]]
    assert columns[1:] == ["dn", "objectClass", "full name", "mobile", "street"]


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.ldif"
    path.write_text(
        f"dn: uid=x,dc=y\ncn:: {coded('王伟')}\njpegPhoto:: {coded(chr(0) * 9)}\nmobile:: MTM5M\n"
    )
    document = scanned(path)
    assert document["inputs"][0]["status"] == "partial"
    assert sorted(document["inputs"][0]["reasons"]) == [
        "has 1 value in damaged base64, read as it is",
        "has 1 value that is no text; it was not read",
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("dn: uid=x,dc=y\ncn: z\n", "ldif"),
        (f"dn:: {coded('cn=王')}\ncn: z\n", "ldif"),
        ("\ufeffversion: 1\ndn: dc=y\nchangetype: add\n", "ldif"),
        ("# a\n#\n\ndn: dc=very,\n dc=long\no: x\n", "ldif"),
        ("dn: a\n", "delimited"),
        ("name: x\ndn: uid=x\nmail: y\n", "delimited"),
    ],
)
def test_what_is_one(text: str, kind: str) -> None:
    assert text_kind(MemoryFile(text.encode())) == kind

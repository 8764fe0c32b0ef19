"""Encrypted Office documents are read where a password is given, and named where it is not."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

import docx
import pytest
import xlsxwriter
from running import scanned

import scanner

PASSWORD = "秘密 123"


def workbook() -> io.BytesIO:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet("名单")
    sheet.write_row(0, 0, ["姓名", "手机号"])
    for place in range(30):
        sheet.write_row(place + 1, 0, ["张伟", str(13812340000 + place)])
    book.close()
    return made


def document() -> io.BytesIO:
    made, written = io.BytesIO(), docx.Document()
    for place in range(30):
        written.add_paragraph(f"电话 {13812340000 + place}")
    written.save(made)
    return made


def encrypted(plain: io.BytesIO, password: str) -> bytes:
    ooxml: Any = importlib.import_module("msoffcrypto.format.ooxml")
    result = io.BytesIO()
    plain.seek(0)
    ooxml.OOXMLFile(plain).encrypt(password, result)
    return result.getvalue()


@pytest.mark.parametrize(("make", "kind"), [(workbook, "xlsx"), (document, "office")])
def test_a_password_opens_it(make: Any, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(encrypted(make(), PASSWORD))
    told = scanner.scan(path, passwords=("wrong", PASSWORD)).to_dict()
    assert told["labels"]["mobile_phone"]["distinct"] == 30
    outer, inner = told["inputs"][:2]
    assert (outer["format"], outer["status"], outer["reasons"]) == ("encrypted", "complete", [])
    assert (inner["member"], inner["format"], inner["status"]) == ("decrypted", kind, "complete")


@pytest.mark.parametrize(
    ("passwords", "why"),
    [
        ((), "is encrypted; give its password with --password"),
        (("wrong", ""), "is encrypted, and none of the passwords given opens it"),
    ],
)
def test_without_its_password_it_is_named(passwords: tuple[str, ...], why: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(encrypted(workbook(), PASSWORD))
    told = scanner.scan(path, passwords=passwords).to_dict()
    assert told["inputs"][0]["reasons"] == [why]
    assert not told["labels"]


def test_a_protected_workbook_needs_none(tmp_path: Path) -> None:
    """Excel encrypts workbooks that are only protected, by a password that everybody knows."""
    path = tmp_path / "x"
    path.write_bytes(encrypted(workbook(), "VelvetSweatshop"))
    told: Any = scanned(path)
    assert told["labels"]["mobile_phone"]["distinct"] == 30


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("way", ["cut", "changed"])
def test_damage_is_named(place: float, way: str, tmp_path: Path) -> None:
    raw = bytearray(encrypted(workbook(), PASSWORD))
    at = int(place * len(raw))
    if way == "cut":
        del raw[at:]
    else:
        raw[at : at + 64] = bytes(64)
    path = tmp_path / "x"
    path.write_bytes(bytes(raw))
    told = scanner.scan(path, passwords=(PASSWORD,)).to_dict()
    found = told["labels"].get("mobile_phone", {"distinct": 0})["distinct"]
    assert found == 30 or any(entry["reasons"] for entry in told["inputs"])

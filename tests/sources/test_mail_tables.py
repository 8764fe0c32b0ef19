"""Tables in the texts of mail: those of pages, and lines with tabs."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import scanned

from scanner.sources.mail_texts import Text, told

PEOPLE = [["姓名", "手机号"], ["张伟", "13812345678"], ["王芳", "13912345678"], ["李娜", "13712345678"]]
PLAIN = "\n".join(["各位好：", *map("\t".join, PEOPLE), "此致"])


def page(rows: list[list[str]]) -> str:
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<html><body><p>各位好：</p><table>{cells}</table></body></html>"


def message(text: str, html: str | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.com", "名单"
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        message("见下", page(PEOPLE)),
        message(PLAIN),
        message(PLAIN, page(PEOPLE)),
        message("各位好：\n\n" + "\n\n".join(cell for row in PEOPLE for cell in row), page(PEOPLE)),
    ],
    ids=["page", "plain", "both", "each cell a line"],
)
def test_a_table_in_a_message_is_a_table(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(raw)
    document = scanned(path)
    names = [column["name"] for column in document["columns"] if column["table"] == "tables"]
    assert names == PEOPLE[0]
    assert document["labels"]["person_name"]["matches"] == document["labels"]["mobile_phone"]["matches"] == 3
    assert document["subjects"]["distinct"] == 3 + 1  # and the row of the headers
    assert document["inputs"][0]["status"] == "complete"


def test_tables_of_many_messages_with_one_header_are_one(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    days = b"From a@example.com Thu Jan  1 00:00:00 2026\n"
    path.write_bytes(b"".join(days + message("x", page([PEOPLE[0], row])) + b"\n" for row in PEOPLE[1:]))
    document = scanned(path)
    assert document["labels"]["person_name"]["distinct"] == 3
    assert {column["table"] for column in document["columns"]} == {None, "text", "tables"}


def test_a_table_that_arranges_a_page_is_lines() -> None:
    lines, tables = told([Text(page([["一"], ["二"]]), True)])
    assert ({*lines}, tables) == ({"各位好：", "一", "二"}, [])


CELLS = st.sampled_from(["a", "b", "1 2", "", "姓名", "x\ty", "c\td"])


@given(st.lists(st.tuples(st.lists(CELLS, max_size=8), st.booleans()), max_size=4))
def test_whatever_a_message_says_is_told(texts: list[tuple[list[str], bool]]) -> None:
    made = [Text(page([cells]) if is_page else "\n".join(cells), is_page) for cells, is_page in texts]
    lines, tables = told(made)
    said = "\n".join([*lines, *("\t".join(row) for rows in tables for row in rows)])
    for cells, is_page in texts:
        for cell in cells:
            assert (" ".join(cell.split()) if is_page else cell) in said

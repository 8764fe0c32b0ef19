"""Mail and vCards as rows: whatever character set, encoding and folding their writers chose."""

from __future__ import annotations

import email.message
import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from growth import is_linear
from running import scanned

from scanner.reports.words import Words
from scanner.sources import mail_reader, vcard_reader
from scanner.sources.signatures import signed

PHONE, OTHER = "13812345678", "13987654321"


def message(body: str, charset: str = "utf-8", html: str = "") -> email.message.EmailMessage:
    mail = email.message.EmailMessage()
    mail["From"] = "张三 <zhang@example.com>"
    mail["To"] = "li@example.com"
    mail["Subject"] = "客户名单"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0800"
    mail.set_content(body, charset=charset)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def labels(path: Path) -> Any:
    document: Any = scanned(path)
    return document["labels"], document["inputs"][0]


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "big5"])
def test_the_body_of_a_message_is_read_in_its_character_set(charset: str, tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(
        message(f"請致電 {PHONE} 住址" if charset == "big5" else f"请致电 {PHONE}", charset).as_bytes()
    )
    found, entry = labels(path)
    assert found["mobile_phone"]["distinct"] == 1
    assert (entry["format"], entry["rows"], entry["status"]) == ("mail", 2, "complete")
    assert found["email"]["distinct"] >= 1


def test_pages_and_attachments(tmp_path: Path) -> None:
    mail = message("见附件", html=f"<p>电话&#49;3812345678</p><a href='tel:{OTHER}'>x</a>")
    mail.add_attachment(
        f"姓名,手机\n李四,{PHONE[:-1]}9\n".encode("gb18030"),
        maintype="text",
        subtype="csv",
        filename="客户.csv",
    )
    mail.add_attachment(random.Random(1).randbytes(2000), maintype="image", subtype="png", filename="a.png")
    (tmp_path / "a.eml").write_bytes(mail.as_bytes())
    document: Any = scanned(tmp_path / "a.eml")
    assert document["labels"]["mobile_phone"]["distinct"] == 3
    entry, table, picture = document["inputs"]
    assert entry["reasons"] == []
    assert (table["member"], table["format"], table["rows"]) == ("客户.csv", "delimited", 1)
    assert (picture["member"], picture["status"]) == ("a.png", "failed")
    assert picture["size"] == 2000


def test_a_list_in_a_message_is_many_records(tmp_path: Path) -> None:
    """And what is attached may be an archive, or a message with a list of its own."""
    numbers = [11010519491231000, 11010519500101000]
    people = [f"王小{'一二三四五六七八九'[at]} 电话 {13812340000 + at}" for at in range(9)]
    mail = message("\n".join(people), html="".join(f"<p>{line}</p>" for line in people))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "".join(f"{number + at},x\n" for at, number in enumerate(numbers)))
        archive.writestr("b.txt", f"电话 {OTHER}\n")
    mail.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="名单.zip")
    mail.add_attachment(message(f"电话 {PHONE}"))
    path = tmp_path / "box"
    path.write_bytes(b"From a@example.com Mon Mar  2 10:00:00 2026\n" + mail.as_bytes())
    document: Any = scanned(path)
    members = [entry["member"] for entry in document["inputs"]]
    assert members == [None, "1/名单.zip", "1/名单.zip!/a.csv", "1/名单.zip!/b.txt"]
    phones = document["labels"]["mobile_phone"]
    assert (phones["matches"], phones["rows"], phones["distinct"]) == (11, 11, 11)
    assert all(entry["status"] == "complete" for entry in document["inputs"])


def test_an_mbox_has_a_row_for_each_message(tmp_path: Path) -> None:
    path = tmp_path / "box"
    with path.open("wb") as file:
        for place in range(1200):
            file.write(b"From a@example.com Mon Mar  2 10:00:00 2026\n")
            file.write(
                message(f"电话 {13800000000 + 7919 * place}\nFrom here on\n")
                .as_bytes()
                .replace(b"\nFrom ", b"\n>From ")
            )
            file.write(b"\n")
    found, entry = labels(path)
    assert (entry["rows"], found["mobile_phone"]["distinct"]) == (3 * 1200, 1200)


def parted() -> bytes:
    """A message of three parts, the last one attached, and text around them."""
    mail = message(f"电话 {PHONE}", html="<p>x</p>")
    mail.add_attachment(b"name,phone\nx,13711112222\n", maintype="text", subtype="csv", filename="a.csv")
    return mail.as_bytes()


def cut_reasons(raw: bytes, path: Path) -> list[str]:
    """What is told of a file of these bytes that does not hold all of its mail."""
    path.write_bytes(raw)
    entry = next(each for each in scanned(path)["inputs"] if not each.get("member"))
    cut = [reason for reason in entry["reasons"] if "cut short" in reason]
    assert (entry["status"] == "partial") == bool(cut)
    return cut


def test_mail_that_is_cut_is_told(tmp_path: Path) -> None:
    """Wherever a message of several parts ends too early; whole, it is complete."""
    whole, path = parted(), tmp_path / "a.eml"
    assert cut_reasons(whole, path) == []
    begin = whole.index(b"\nContent-Type")
    for at in [*range(begin + 200, len(whole) - 4, 97), len(whole) - 4]:
        [reason] = cut_reasons(whole[:at], path)
        assert reason == "message 1 is cut short (its parts are not closed); what followed there was not read"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"Content-Transfer-Encoding: base64\n\n55S16K+dMTM4MTIzNDU2Nzg=\n", None),
        (
            b"Content-Transfer-Encoding: base64\n\n55S16K+d\nMTM4MTIzNDU2Nz",
            "a part in base64 ends within a group",
        ),
        (
            b"Content-Transfer-Encoding: base64\n\n55S16K+d\r\nMTM4MTIzNDU2Nzg",
            "a part in base64 ends within a group",
        ),
        (b"Content-Length: 12\n\n13812345678\n", None),
        (b"Content-Length: 14\n\n1381234567\nx\n", None),  # counted with other line ends
        (b"Content-Length: 200\n\n13812345678\n", "it is shorter than its Content-Length"),
        (b"Content-Length: ten\n\n13812345678\n", None),
        (b"X-More: 1\n", "it ends within its headers"),
        (b"X-More: 1\n\n", None),
        (b"\nFrom here to 13812345678\n\nFrom there\n\n--\nX: 1\n", None),
        (b"Content-Type: multipart/mixed\n\n13812345678\n", "its parts are not closed"),
    ],
)
def test_what_says_that_more_is_coming(body: bytes, cause: str | None, tmp_path: Path) -> None:
    mail = (
        b"From: a@example.com\nTo: b@example.com\nSubject: c\nDate: Mon, 02 Mar 2026 10:00:00 +0800\n" + body
    )
    found = cut_reasons(mail, tmp_path / "a.eml")
    assert found == ([f"message 1 is cut short ({cause}); what followed there was not read"] if cause else [])
    assert all(str(cause) not in Words("zh").sentence(reason) for reason in found)


def test_a_mailbox_that_is_cut_is_told(tmp_path: Path) -> None:
    head, path = b"From a@example.com Mon Mar  2 10:00:00 2026\n", tmp_path / "box"
    box = (head + parted() + b"\n") * 3
    assert cut_reasons(box, path) == []
    reason = "message {} is cut short ({}); what followed there was not read"
    assert cut_reasons(box[:-400], path) == [reason.format(3, "its parts are not closed")]
    plain = head + message(PHONE).as_bytes() + b"\n"
    assert cut_reasons(plain * 3, path) == []
    assert cut_reasons((plain * 3)[:-9], path) == [reason.format(3, "it ends within a line")]
    assert cut_reasons(plain * 2 + head, path) == [reason.format(3, "it ends within its headers")]
    assert cut_reasons(plain * 2 + head[:12], path) == [reason.format(2, "it ends within a line")]
    broken = (head + parted()[:-60] + b"\n\n") * 2 + plain
    assert cut_reasons(broken, path) == [
        "2 messages are cut short, the first is number 1 (its parts are not closed); what followed there was not read"
    ]


def test_text_around_the_parts_is_read(tmp_path: Path) -> None:
    whole, path = parted(), tmp_path / "a.eml"
    begin = whole.index(b"\n\n--") + 2
    path.write_bytes(whole[:begin] + b"before 13911112222\n" + whole[begin:] + b"\nbehind 13955556666\n")
    assert labels(path)[0]["mobile_phone"]["distinct"] == 4


def test_cards_of_all_versions(tmp_path: Path) -> None:
    gbk = "".join(f"={byte:02X}" for byte in "王小明".encode("gbk"))
    cards = [
        f"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:{gbk[:6]}=\r\n{gbk[6:]}\r\nTEL;CELL:{PHONE}\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\nVERSION:3.0\nFN:李四\nTEL;TYPE=CELL:139876\n 54321\n"
        "ADR:;;龙荣街548号;三门峡市;河南省;;\nEND:VCARD\n",
        "BEGIN:VCARD\nVERSION:4.0\nFN:赵五\nitem1.TEL;VALUE=uri:tel:+86-13711112222\nPHOTO;ENCODING=b:AAAA\nEND:VCARD\n",
    ]
    path = tmp_path / "cards.vcf"
    path.write_text("".join(cards), encoding="utf-8", newline="")
    found, entry = labels(path)
    assert (entry["format"], entry["rows"], entry["status"]) == ("vcard", 3, "complete")
    assert found["mobile_phone"]["distinct"] == 3
    assert found["person_name"]["distinct"] == 3
    assert entry["reasons"] == ["holds 1 picture or key that is no text; it was not read"]
    path.write_bytes(path.read_bytes()[:-30])
    assert labels(path)[1]["status"] == "partial"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"From: a\nTo: b\nSubject: c\n\nbody", "mail"),
        (b"Received: from x\n\tby y\nDate: 1\nFROM: z\n\n", "mail"),
        (b"From,To,Subject\na,b,c\n", None),
        (b"From: a\nprice: 5\n", None),
        (b"Subject: a\nDate\nFrom: b\nTo: c\n", None),
        (b"\xef\xbb\xbfBEGIN:VCARD\n", "vcard"),
        (b"From here to there\nTo: b\nSubject: c\nDate: d\n", None),
    ],
)
def test_what_is_mail(head: bytes, kind: str | None) -> None:
    assert signed(head) == kind


@pytest.mark.parametrize(
    ("reader", "head", "piece"),
    [
        (mail_reader, b"From: a\nTo: b\nSubject: ", b"=?gb2312?B?1cU=?= "),
        (mail_reader, b"From: a\nTo: b\nSubject: c\n", b"X-A: 1\n"),
        (mail_reader, b"From: a\nTo: b\nContent-Type: text/html\n\n", b"<a <"),
        (mail_reader, b"From: a\nTo: b\nSubject: c\n\n", b"From a\n\n"),
        (vcard_reader, b"BEGIN:VCARD\nNOTE:x\n", b" 13812345678\n"),
        (vcard_reader, b"BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:x=\n", b"=E5=BC=A0=\n"),
        (vcard_reader, b"BEGIN:VCARD\n", b"X-A:1\n"),
    ],
)
def test_time_is_linear(reader: Any, head: bytes, piece: bytes) -> None:
    def work(count: int) -> None:
        for _ in reader.read(io.BytesIO(head + piece * count), 0, {"cell": 1 << 20}):
            pass

    assert is_linear(work, 20_000, 80_000)


@pytest.mark.parametrize("name", ["a.eml", "a.vcf"])
def test_damage_never_stops_the_scan(name: str, tmp_path: Path) -> None:
    mail = message(f"电话 {PHONE}", "gb2312", "<table><tr><td>x</td></tr></table>").as_bytes()
    whole = (
        mail
        if name == "a.eml"
        else b"BEGIN:VCARD\nFN;CHARSET=GBK;ENCODING=BASE64:zfXQocP3\nTEL:13812345678\nEND:VCARD\n" * 20
    )
    chance, path = random.Random(name), tmp_path / name
    for _ in range(6):
        changed = bytearray(whole)
        for place in chance.sample(range(20, len(whole)), 12):
            changed[place] = chance.randrange(256)
        path.write_bytes(bytes(changed))
        entry = scanned(path)["inputs"][0]
        assert entry["status"] in ("complete", "partial", "failed")
        assert entry["status"] == "complete" or entry["reasons"]

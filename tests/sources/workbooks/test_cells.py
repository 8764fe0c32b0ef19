"""What cells of every kind are read as, in every format that holds them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbooks.books import HEAD, MAIN, binary, content, made, sheet_of, written, zipped

from scanner.sources.workbooks.number_text import Moment, moment_of, moment_text, number_text

FILES = Path(__file__).parent / "files"
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts>'
    '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
    '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/>'
    '<xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>'
)
STRINGS = (
    f'{HEAD}<sst xmlns="{MAIN}"><si><t>张伟</t></si>'
    "<si><r><t>欧阳</t></r><rPh><t>ouyang</t></rPh><r><t>娜娜</t></r></si>"
    "<si><t>a_x000D_b_x4E2D_</t></si></sst>"
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("13812345678", "13812345678"),
        ("13812345678.0", "13812345678"),
        ("1.3812345678E10", "13812345678"),
        ("440981199001010017", "440981199001010017"),  # held in full: a double would not keep it
        ("4.4098119900101E+17", "440981199001010000"),  # what Excel keeps
        ("6222021234567890123", "6222021234567890123"),
        ("0.30000000000000004", "0.3"),
        ("1234.5", "1234.5"),
        ("-7", "-7"),
        ("113.264385", "113.264385"),
        ("1E-7", "0.0000001"),
        ("1E+400000000", "1E+400000000"),
        ("NaN", "NaN"),
        ("no number", "no number"),
    ],
)
def test_numbers(raw: str, shown: str) -> None:
    assert number_text(raw) == shown


@given(st.integers(-(10**30), 10**30))
def test_whole_numbers_keep_every_digit(number: int) -> None:
    assert number_text(str(number)) == number_text(f"{number}.000") == str(number)


@pytest.mark.parametrize(
    ("number", "code", "moment"),
    [
        (14, None, Moment(True, False)),
        (22, None, Moment(True, True)),
        (21, None, Moment(False, True)),
        (46, None, Moment(False, True, True)),
        (31, None, Moment(True, False)),  # yyyy年m月d日
        (0, None, None),
        (49, None, None),
        (164, "yyyy-mm-dd hh:mm:ss", Moment(True, True)),
        (165, "[$-804]yyyy/m/d;@", Moment(True, False)),
        (166, "[h]:mm:ss", Moment(False, True, True)),
        (167, '0.00"days"', None),
        (168, "#,##0.00_ ;[Red]-#,##0.00", None),
        (169, "General", None),
        (170, "[$¥-804]#,##0", None),
        (171, "mmm", Moment(True, False)),
        (172, "上午/下午h:mm", Moment(False, True)),
        (173, "@", None),
    ],
)
def test_formats_that_are_dates(number: int, code: str | None, moment: Moment | None) -> None:
    assert moment_of(number, code) == moment


@pytest.mark.parametrize(
    ("raw", "moment", "since_1904", "shown"),
    [
        ("45413.6041666667", Moment(True, True), False, "2024-05-01 14:30:00"),
        ("45413", Moment(True, True), False, "2024-05-01 00:00:00"),
        ("45413", Moment(True, False), False, "2024-05-01"),
        ("45413.25", Moment(True, False), False, "2024-05-01 06:00:00"),
        ("0.5", Moment(False, True), False, "12:00:00"),
        ("1.5", Moment(False, True, True), False, "36:00:00"),
        ("1", Moment(True, False), False, "1900-01-01"),
        ("60", Moment(True, False), False, "1900-02-29"),
        ("61", Moment(True, False), False, "1900-03-01"),
        ("0", Moment(True, False), True, "1904-01-01"),
        ("13812345678", Moment(True, False), False, None),
        ("-1", Moment(True, False), False, None),
        ("nan", Moment(True, False), False, None),
        ("2958465.99999", Moment(True, True), False, "9999-12-31 23:59:59.136"),
    ],
)
def test_moments(raw: str, moment: Moment, since_1904: bool, shown: str | None) -> None:
    assert moment_text(raw, moment, since_1904) == shown


@given(st.datetimes(datetime.datetime(1900, 3, 1), datetime.datetime(9999, 12, 30)))
def test_serial_numbers_are_the_moments_they_stand_for(when: datetime.datetime) -> None:
    when = when.replace(microsecond=0)
    serial = (when - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
    assert moment_text(repr(serial), Moment(True, True)) == when.isoformat(" ")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="A1"><v>440981199001010017</v></c>', "440981199001010017"),
        ('<c r="A1" t="s"><v>0</v></c>', "张伟"),
        ('<c r="A1" t="s"><v>1</v></c>', "欧阳娜娜"),
        ('<c r="A1" t="s"><v>2</v></c>', "a\rb中"),
        ('<c r="A1" t="inlineStr"><is><t>王芳</t></is></c>', "王芳"),
        (
            '<c r="A1" t="inlineStr"><is><r><t>王</t></r><r><t xml:space="preserve"> 芳</t></r></is></c>',
            "王 芳",
        ),
        ('<c r="A1" t="str"><f>A2&amp;A3</f><v>13900000003</v></c>', "13900000003"),
        ('<c r="A1"><f>"139"&amp;"00000003"</f></c>', '="139"&"00000003"'),
        ('<c r="A1" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A1" t="d"><v>2024-05-01T00:00:00</v></c>', "2024-05-01T00:00:00"),
        ('<c r="A1" s="1"><v>45413</v></c>', "2024-05-01"),
        ('<c r="A1" s="2"><v>45413.5</v></c>', "2024-05-01 12:00:00"),
        ('<c r="A1" s="3"><v>1.5</v></c>', "36:00:00"),
        ('<c r="A1" s="1"><v>13812345678</v></c>', "13812345678"),
        ("<c><v>5</v></c>", "5"),
        ('<c r="A1"><v>1</v><!-- x --></c>', "1"),
        ('<c r="A1" t="inlineStr"><is><t><![CDATA[<李>]]>&amp;&#x5A1C;</t></is></c>', "<李>&娜"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_cells_of_a_sheet(cell: str, shown: str, prefix: str) -> None:
    sheet = sheet_of(f'<row r="1">{cell}</row>')
    if prefix:
        for name in ("worksheet", "sheetData", "row", "c", "v", "t", "is", "r", "f"):
            for begin in ("<", "</"):
                for end in (">", " ", "/>"):
                    sheet = sheet.replace(f"{begin}{name}{end}", f"{begin}x:{name}{end}")
        sheet = sheet.replace("xmlns=", "xmlns:x=")
    sheets, loose, troubles = content(made(sheet, {"xl/styles.xml": STYLES, "xl/sharedStrings.xml": STRINGS}))
    assert (sheets, loose, troubles) == ({"S": {0: [shown]}}, [], [])


def test_dates_since_1904() -> None:
    def write(book: object) -> None:
        sheet = book.add_worksheet("S")  # type: ignore[attr-defined]
        sheet.write_datetime(0, 0, datetime.date(1990, 3, 7), book.add_format({"num_format": 14}))  # type: ignore[attr-defined]

    assert content(written(write, date_1904=True))[0] == {"S": {0: ["1990-03-07"]}}


PEOPLE = {
    0: ["某某公司客户名单（合成）", "", "", "", "", "", ""],
    1: ["姓名", "身份证号", "手机号", "入住时间", "生日", "余额", "备注"],
    3: ["李娜", "440306198811120023", "13987654321", "2024-05-02", "1988-11-12", "0.3", ""],
    4: ["王芳", "330102197506150068", "15000000001", "2024-05-03 23:59:59", "1975-06-15", "-7", "a\nb"],
}


@pytest.mark.parametrize("name", ["people.xls", "people.ods"])
def test_old_and_open_formats(name: str) -> None:
    sheets, loose, troubles = content((FILES / name).read_bytes())
    notes = sheets.pop("其他 (notes)", None)
    assert list(sheets) == ["客户名单", "隐藏", "其他"]
    people = sheets["客户名单"]
    assert {place: people[place] for place in PEOPLE} == PEOPLE
    assert people[2][:6] == [
        "张伟",
        "11010119900307721X",
        "13812345678",
        "2024-05-01 14:30:00",
        "1990-03-07",
        "1234.5",
    ]
    assert sheets["隐藏"] == {2: ["", "电话", "13700000002"]}
    assert sheets["其他"][0][1] == "08:05:00"
    assert troubles == ["sheet 隐藏 is hidden; it was read"]
    assert not loose
    assert notes == ({0: ["回电 13600000004"]} if name.endswith("ods") else None)  # calamine reads no notes


def excel_xml(rows: str) -> bytes:
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="客户"><Table>{rows}</Table></Worksheet></Workbook>'
    ).encode()


def test_xml_of_2003() -> None:
    data = excel_xml(
        '<Row><Cell><Data ss:Type="String">姓名</Data></Cell>'
        '<Cell ss:Index="3"><Data ss:Type="String">手机号</Data></Cell></Row>'
        '<Row ss:Index="5"><Cell><Data ss:Type="Number">1.3812345678E10</Data>'
        "<Comment><ss:Data>回电</ss:Data></Comment></Cell>"
        '<Cell><Data ss:Type="DateTime">2024-05-01T00:00:00.000</Data></Cell>'
        '<Cell><Data ss:Type="Boolean">1</Data></Cell></Row>'
    )
    sheets, loose, troubles = content(data)
    assert sheets == {
        "客户": {0: ["姓名", "", "手机号"], 4: ["13812345678", "2024-05-01", "TRUE"]},
        "客户 (notes)": {0: ["回电"]},
    }
    assert not loose
    assert not troubles


def test_repeated_cells_and_rows_of_open_documents() -> None:
    body = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>'
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="2">'
        '<table:table-cell table:number-columns-repeated="2"/><table:table-cell table:number-columns-repeated="2">'
        "<text:p>a<text:s text:c='2'/>b</text:p><text:p>c</text:p></table:table-cell></table:table-row>"
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
        "<table:table-row><table:table-cell><text:p>d</text:p></table:table-cell></table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    sheets, _, troubles = content(
        zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": body})
    )
    assert not troubles
    cell = "a  b\nc"
    assert sheets == {"S": {0: ["", "", cell, cell], 1: ["", "", cell, cell], 1000002: ["d", "", "", ""]}}


@pytest.mark.parametrize(("state", "said"), [(0, []), (1, ["sheet 客户 is hidden; it was read"])])
def test_binary_workbooks(state: int, said: list[str]) -> None:
    data = binary({(0, 0): "姓名", (0, 2): "手机号", (3, 0): "张三", (3, 2): 13812345678.0}, state)
    rows = {0: ["姓名", "", "手机号"], 3: ["张三", "", "13812345678"]}
    assert content(data) == ({"客户": rows}, [], said)

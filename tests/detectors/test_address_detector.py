from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fixtures import prose
from scanner import knowledge
from scanner.detectors.address import AddressDetector
from scanner.model import Cells, Check, Detector

DETECTOR = AddressDetector()
SENTENCES = Path(prose.__file__).parent / "prose" / "no_address.txt"


def accepted(text: str) -> list[tuple[str, Check]]:
    cells = Cells.of([text])
    found = DETECTOR.find(cells)
    raw = cells.raw(0)
    return [
        (raw[start:end].decode(), Check(checks))
        for start, end, checks in zip(
            *(x.tolist() for x in (found.start, found.end, found.checks)), strict=True
        )
        if checks & DETECTOR.required == DETECTOR.required
    ]


def test_fulfils_the_protocol() -> None:
    assert isinstance(DETECTOR, Detector)


@pytest.mark.parametrize(
    "text",
    [
        # province to room
        "北京市朝阳区建国路88号2号楼3单元501室",
        "广东省深圳市南山区科技园路12号科兴花园B座1502",
        "新疆维吾尔自治区乌鲁木齐市天山区解放北路22号院3号楼2单元501",
        "西藏自治区日喀则市桑珠孜区甲措雄乡聂日雄村",
        "香港特别行政区油尖旺区弥敦道500号",
        "台湾省台北市大安区忠孝东路四段216巷27弄2号",
        # missing and short levels
        "深圳南山深南大道2008号",
        "上海徐汇区天钥桥路408号北楼703",
        "建国路88号2号楼301室",
        "中山路12号",
        "阳光花园12栋3单元502",
        "锦绣天地2栋4单元0203房",
        "吉林市船营区北京路",
        # the country
        "河北省大名县西未庄乡西未庄村",
        "李家沟村3组12号",
        "临颍县长青乡观云村平亭组40号",
        "内蒙古自治区赤峰市巴林左旗林东镇三山村",
        "内蒙古通辽市科尔沁左翼后旗阿古拉苏木白音塔拉嘎查12号",
        "黑龙江省五常市拉林镇红旗屯",
        "新疆喀什地区莎车县米夏镇5村3组18号",
        "丰县凤城镇中阳大道",
        # lanes, courts, additions, numerals
        "上海市静安区南京西路1168弄12号301室",
        "上海市杨浦区控江路1500弄2支弄5号",
        "北京市东城区东四十条胡同甲22号",
        "北京市西城区南菜园街88号院5号楼3门402",
        "天津市和平区贵阳路博爱里12号",
        "重庆市渝中区中山四路36号附5号",
        "广州市越秀区中山五路十二号之三",
        "四川省成都市锦江区春熙路１２号附３号",
        "辽宁省沈阳市铁西区兴华南街18号4-5-2",
        "厦门市集美区集美北部工业区连胜路339#",
        # former names
        "湖北襄樊市樊城区人民路12号",
        "北京市崇文区东花市大街3号",
        "上海市闸北区共和新路12号",
        # names that look like something else
        "上海市北京路12号",
        "天津市和平区南京路5号",
        "交通路1957号",
        "坪山新区青兰一路3号",
        "杭州市余杭区未来科技城文一西路998号",
        "四川省绵阳市安县安昌镇安置小区2栋1单元",
        # separators
        "江苏省-苏州市-姑苏区-平江路-12号",
        "江苏省,苏州市,姑苏区,平江路,12号",
        "甘肃省兰州市城关区 东岗西路 199号",
    ],
)
def test_whole_cell_is_one_address(text: str) -> None:
    assert [span for span, _ in accepted(text)] == [text]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("我住在北京市朝阳区建国路88号，欢迎来玩。", ["北京市朝阳区建国路88号"]),
        ("收货地址：东莞市长安镇锦厦社区河南大街5号", ["东莞市长安镇锦厦社区河南大街5号"]),
        ("他家在王家村5组12号。", ["王家村5组12号"]),
        (
            "北京市海淀区学院路5号；广东省广州市天河区体育东路28号",
            ["北京市海淀区学院路5号", "广东省广州市天河区体育东路28号"],
        ),
        ("建国路88号，中山路12号", ["建国路88号", "中山路12号"]),
        # what is said behind it, and what a program writes there, is no part of it
        ("送到海淀区阳光花园12幢1501室，约定下午三点到店", ["海淀区阳光花园12幢1501室"]),
        ("请寄到人民路44号阳光花园10号楼1801谢谢。", ["人民路44号阳光花园10号楼1801"]),
        ("人民路759号4号楼102 cost=21ms trace=f32fa98d7977c38f", ["人民路759号4号楼102"]),
        ("人民路759号大厦B1F", ["人民路759号大厦B1F"]),
        ("上海市民生路1403号信息大厦（近张杨路）", ["上海市民生路1403号信息大厦"]),
        ("杭州市滨江区建业路511号华业大厦B座华创之家", ["杭州市滨江区建业路511号华业大厦B座华创之家"]),
    ],
)
def test_spans(text: str, spans: list[str]) -> None:
    assert [span for span, _ in accepted(text)] == spans


@pytest.mark.parametrize(
    "text",
    [
        "广东省广州市",
        "南京市鼓楼区",
        "四川省成都市高新区",
        "北京",
        "江苏省、浙江省、上海市",
        "深圳市腾飞科技有限公司",
        "深圳市南山区人民政府",
        "中国银行股份有限公司北京市分行",
        "北京市朝阳区疾病预防控制中心",
        "地铁2号线",
        "2路公交车",
        "第3号令",
        "5月6号上午",
        "2号楼梯",
        "公园120座",
        "新的时间线 ID 3",
        "删除线 RGBA",
        "12345678901",
        "",
        "号路街村室",
        "市市市市市",
        "张三丰",
    ],
)
def test_nothing_accepted(text: str) -> None:
    assert accepted(text) == []


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("北京市朝阳区建国路88号", Check.REGION | Check.ROAD | Check.NUMBER),
        ("河北省大名县西未庄乡西未庄村", Check.REGION | Check.VILLAGE),
        ("阳光花园12栋3单元502", Check.ESTATE | Check.BUILDING | Check.ROOM),
        ("中山路12号", Check.ROAD | Check.NUMBER),
    ],
)
def test_checks(text: str, checks: Check) -> None:
    assert [found for _, found in accepted(text)] == [checks | Check.FORMAT]


def test_at_most_one_of_a_thousand_sentences_is_taken_for_an_address() -> None:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines)) == 1000
    for texts in (lines, [line.rstrip("。？") for line in lines]):
        found = DETECTOR.find(Cells.of(list(texts)))
        taken = np.unique(found.cell[found.checks & DETECTOR.required != 0])
        assert len(taken) <= 1, [texts[i] for i in taken]


def test_the_sentences_are_those_of_the_seed() -> None:
    assert SENTENCES.read_text(encoding="utf-8").splitlines() == prose.sentences()


def test_spans_below_the_threshold_are_shown_without_format() -> None:
    found = DETECTOR.find(Cells.of(["我们在朝阳区2楼集合，不见不散"]))
    assert len(found) == 1
    assert not found.checks[0] & Check.FORMAT


@pytest.mark.parametrize(
    "text",
    ["北京市朝阳区建国路88号", "上海南京路百货公司", "李家沟村3组12号", "广州市天河区棠下村", "x 中山路12号"],
)
def test_the_score_is_the_sum_of_its_parts(text: str) -> None:
    (shown,) = DETECTOR.explain(text)
    assert shown.score == sum(part.points for part in shown.parts)
    assert shown.accepted == (shown.score >= shown.threshold)
    assert all(part.text in text for part in shown.parts)


def test_explain_names_the_parts() -> None:
    (shown,) = DETECTOR.explain("我住广东深圳市科技路12号，")
    assert [(part.kind, part.text) for part in shown.parts] == [
        ("region", "广东"),
        ("region", "深圳市"),
        ("road", "科技路"),
        ("number", "12号"),
    ]


def test_a_division_of_another_province_is_no_level_below() -> None:
    nested = DETECTOR.explain("浙江省杭州市文一西路998号")[0]
    strange = DETECTOR.explain("浙江省广州市文一西路998号")[0]
    assert nested.score > strange.score
    assert strange.text == "广州市文一西路998号"


def test_every_division_below_the_top_has_a_parent() -> None:
    columns = knowledge.table("divisions").columns
    level = dict(zip(columns["code"], map(int, columns["level"]), strict=True))
    assert len(level) == len(columns["code"])
    for code, parent in zip(columns["code"], columns["parent"], strict=True):
        assert level[parent] < level[code] if parent else level[code] == 1
    assert sum(value == 1 for value in level.values()) == 34


@pytest.mark.parametrize("name", ["襄樊", "崇文区", "江干区", "郫县", "思茅市", "浦东", "内蒙", "凤山区"])
def test_short_and_former_names_are_known(name: str) -> None:
    columns = knowledge.table("divisions").columns
    names = set(columns["name"]) | {alias for text in columns["aliases"] for alias in text.split("|")}
    assert name in names


def test_every_full_name_is_read_below_its_parents() -> None:
    columns = knowledge.table("divisions").columns
    name = dict(zip(columns["code"], columns["name"], strict=True))
    parent = dict(zip(columns["code"], columns["parent"], strict=True))
    texts = []
    for code in name:
        chain, at = "", code
        while at:
            chain, at = name[at] + chain, parent[at]
        texts.append(chain + "人民路12号")
    found = DETECTOR.find(Cells.of(list(texts)))
    whole = found.start == 0
    assert len(np.unique(found.cell[whole & (found.checks & Check.FORMAT != 0)])) == len(texts)

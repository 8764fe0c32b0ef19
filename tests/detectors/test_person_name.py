"""Names: shape, surname, and the share of a column that tells names from places, departments and goods."""

import random

import pytest
from reference.identifiers import names

from scanner import knowledge
from scanner.detectors.person_name import PersonName, scores, surnames
from scanner.model import Cells, Check, Detector

NAME = PersonName()
OTHER_COLUMNS = {
    "cities": "北京 上海 天津 重庆 石家庄 唐山 秦皇岛 邯郸 保定 张家口 承德 沧州 廊坊 "
    "太原 大同 沈阳 大连 鞍山 长春 吉林 哈尔滨 齐齐哈尔 南京 无锡 徐州 常州 "
    "苏州 南通 扬州 杭州 宁波 温州 嘉兴 合肥 芜湖 黄山 福州 厦门 南昌 九江 "
    "济南 青岛 烟台 郑州 洛阳 武汉 襄阳 长沙 湘潭 广州 深圳 珠海 东莞 成都 "
    "贵阳 昆明 西安 兰州",
    "districts": "朝阳区 海淀区 东城区 西城区 丰台区 通州区 顺义区 昌平区 黄浦区 徐汇区 长宁区 "
    "静安区 杨浦区 宝山区 嘉定区 金山区 松江区 天河区 白云区 番禺区 南山区 龙岗区 "
    "江宁区 鼓楼区",
    "departments": "财务部 人事部 销售部 市场部 研发部 技术部 行政部 采购部 法务部 客服部 运营部 "
    "生产部 质检部 仓储部 物流部 工程部 设计部 审计部 董事会 办公室 安保部 公关部 "
    "党委 工会 内科 外科 儿科 骨科 眼科 教务处 金融部 康复科",
    "products": "手机 电脑 耳机 键盘 显示器 充电宝 数据线 平板 牛奶 面包 饼干 可乐 方便面 "
    "洗发水 牙膏 毛巾 雨伞 衬衫 牛仔裤 连衣裙 口红 面膜 苹果 香蕉 西瓜 葡萄 "
    "大米 白酒 红酒 黄酒 茶叶 沙发 台灯 空调 冰箱 洗衣机 黄瓜 土豆 牛肉",
    "brands": "华为 小米 苹果 三星 联想 海尔 美的 格力 海信 安踏 特步 匹克 蒙牛 伊利 "
    "光明 康师傅 统一 百事 王老吉 青岛 雪花 茅台 五粮液 同仁堂 吉利 奇瑞 长城 "
    "比亚迪 红旗 长安 东风 江淮 金龙 万科 恒大 方太 九阳 海天 鲁花 双汇",
    "states": "已婚 未婚 汉族 回族 满族 本科 大专 高中 初中 正常 完成 成功 失败 待支付 "
    "已支付 已发货 有效 无效 高级 中级 党员 团员 群众 经理 主管 员工 司机 会计 "
    "老师 学生 工人 医生 护士 律师 支付宝 微信 现金 顺丰 中通 圆通",
}


def share(values: list[str]) -> float:
    """Valid matches among the non-empty cells."""
    found = NAME.find(Cells.of(list(values)))
    return float((found.checks & NAME.required == NAME.required).sum()) / len(values)


def made_up_names(count: int) -> list[str]:
    rng = random.Random(7)
    table, given = knowledge.table("surnames").columns, knowledge.table("given_characters").columns
    weights = [float(w or 0.001) for w in table["weight"]]
    given_weights = [int(w) for w in given["weight"]]
    return [
        rng.choices(table["surname"], weights)[0]
        + "".join(rng.choices(given["character"], given_weights, k=rng.choice([1, 2, 2])))
        for _ in range(count)
    ]


def test_fits_the_protocol():
    assert isinstance(NAME, Detector)
    assert NAME.required == Check.FORMAT | Check.SURNAME


@pytest.mark.parametrize(
    "value",
    [
        "王伟",
        "张小明",
        "欧阳修文",
        "司马光",
        "诸葛明",
        " 李娜 ",
        "王　芳",
        "买买提·吐尔逊",
        "迪丽娜尔•艾合买提",
        "买买提．吐尔逊",
        "迪丽娜尔･艾合买提",
        "买买提∙吐尔逊",
        "迪丽娜尔⋅艾合买提",
    ],
)
def test_names(value):
    assert share([value]) == 1


@pytest.mark.parametrize(
    "value",
    [
        "王",
        "财务部",
        "海淀区",
        "王伟先生您好",
        "王伟1",
        "wang wei",
        "张三，先生",
        "王伟，李娜经理",
        "王伟、李",
        "王伟和李娜",
        "、王伟",
        "，",
        "·王伟",
        "王伟·",
        "王·",
        "",
        "王伟 先生",
        "王伟 李娜 北京",
        "王伟 李娜、张敏",
    ],
)
def test_not_names(value):
    assert share([value, "x"]) == 0


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("王伟、李娜", ["王伟", "李娜"]),
        ("王伟，李娜;张小明；欧阳修文", ["王伟", "李娜", "张小明", "欧阳修文"]),
        ("王伟/李娜／买买提·吐尔逊", ["王伟", "李娜", "买买提·吐尔逊"]),
        ("王伟, 李 娜 ;", ["王伟", "李 娜"]),
        ("王伟 李娜", ["王伟", "李娜"]),
        (" 王伟　李娜  张小明", ["王伟", "李娜", "张小明"]),
        ("买买提·吐尔逊 王伟", ["买买提·吐尔逊", "王伟"]),
        ("王 伟", ["王 伟"]),
        ("司马 相如", ["司马 相如"]),
        ("王伟 小明", ["王伟 小明"]),
        ("、".join(["王伟"] * 500), ["王伟"] * 500),
    ],
)
def test_one_cell_of_several_names(value: str, found: list[str]) -> None:
    matches = NAME.find(Cells.of([value]))
    spans = zip(matches.start.tolist(), matches.end.tolist(), strict=True)
    assert [value.encode()[start:end].decode() for start, end in spans] == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("王伟13812345678", "王伟"),
        ("王伟 138 1234 5678", "王伟"),
        ("李小明：13812345678；", "李小明"),
        ("13812345678欧阳修文", "欧阳修文"),
        ("13812345678（王伟）", "王伟"),
        ("（王伟）+86 13812345678", "王伟"),
        ("0571-85022088/王伟", "王伟"),
        ("王伟,11010519491231002X", "王伟"),
        ("\u3000王伟\u300013812345678", "王伟"),
        ("手机13812345678", "手机"),
        ("王伟，13812345678，浙江省杭州市西湖区文三路1号", "王伟"),
        ("王伟 0571-85022088 11010519491231002X 已经核对", "王伟"),
        ("王伟 13812345678 李娜 13912345678 都已联系", ""),
        ("王伟说13812345678的电话明天上午再打一次", "王伟说"),
        ("请王伟回电13812345678，谢谢您的配合与支持", ""),
        ("王伟13812345678先生", ""),
        ("姓名：王伟13812345678", ""),
        ("王伟 13812345678 13912345678", ""),
        ("王·伟13812345678", ""),
        ("王 伟13812345678", ""),
        ("王伟a13812345678", ""),
        ("王伟2024-01-01", ""),
        ("王伟1234567", ""),
        ("深圳市南山区13812345678", ""),
        ("王13812345678", ""),
        ("合计13812345678", ""),
    ],
)
def test_one_name_beside_a_number(value: str, found: str) -> None:
    matches = NAME.find(Cells.of(["x", value, "李娜"]))
    spans = zip(matches.cell.tolist(), matches.start.tolist(), matches.end.tolist(), strict=True)
    texts = [(cell, value.encode()[start:end].decode()) for cell, start, end in spans if cell == 1]
    assert texts == ([(1, found)] if found else [])
    assert matches.cell.tolist() == [1, 2] if found else [2]


def test_names_beside_numbers_are_those_of_the_slow_reference() -> None:
    rng = random.Random(5)
    parts = [
        "王伟",
        "李小明",
        "欧阳修文",
        "手机",
        "𠮷",
        "·",
        "：",
        "（",
        "）",
        " ",
        "-",
        "+86",
        "a",
        "省",
        "\ud8ff",
        "1",
        "、",
        "\u3000",
        "浙江省杭州市西湖区",
    ]
    numbers = [
        "13812345678",
        "138-1234-5678",
        "0571-85022088",
        "11010519491231002X",
        "12345678901",
        "6222021234567890128",
    ]
    for _ in range(400):
        values = []
        for _ in range(8):
            some = rng.choices(parts, k=rng.randrange(3))
            number = rng.choices(numbers, k=rng.choice((1, 1, 1, 2)))
            values.append("".join([*some, *number, *rng.choices(parts, k=rng.randrange(3))]))
        values = [value.encode("utf-8", "surrogatepass") for value in values]
        cells = Cells.of(values)
        found = NAME.find(cells)
        expected = [
            (at, each.start, each.end, NAME.required if "surname" in each.passes else int(Check.FORMAT))
            for at, value in enumerate(values)
            for each in names(value)
        ]
        assert (
            list(
                zip(
                    *(part.tolist() for part in (found.cell, found.start, found.end, found.checks)),
                    strict=True,
                )
            )
            == expected
        ), values


@pytest.mark.parametrize("kind", OTHER_COLUMNS)
def test_other_columns_stay_below_what_a_column_needs(kind):
    values = OTHER_COLUMNS[kind].split()
    assert share(values) < min(0.5, NAME.whole)


def test_name_columns_are_well_above():
    assert share(made_up_names(3000)) > 0.95


def test_names_without_a_surname_begin_with_words_of_their_own():
    names = "扎西多吉 次仁卓玛 格桑梅朵 洛桑丹增 旦增 曲珍 娜仁高娃 巴图 孟和 吉克木呷 沙马伍果 尼玛顿珠"
    assert share(names.split()) > 0.7
    assert (
        share(
            ["阿尔山市", "罗布麻茶", "乌云密布", "达瓦村委", "扎西宗乡", "贡嘎机场", "额尔齐斯", "哈斯勒布"]
        )
        < 0.3
    )


def test_traditional_characters_are_those_of_simplified_names():
    names = "陳志強 張淑芬 劉德華 黃國榮 鄭麗玲 謝霆鋒 鍾漢良 葉劍華 趙雲龍 歐陽鋒 諸葛亮 嚴凱泰 龔雲南 賴聲川 關穎"
    assert share(names.split()) == 1
    words = "財務部 開發區 門診 項目 連接 軟件 長沙縣 馬路 東風 銀行 電話 辦公室 國際 農業"
    assert share(words.split()) < NAME.whole


def test_characters_that_only_words_have_are_of_no_name():
    words = "高血压 高血脂 马桶 安全帽 温度计 金项链 高跟鞋 毛毯 车票 余款 钱包 时装 水费 鱼肝油 白糖 黄酒 車票 餘款"
    assert share(words.split()) == 0
    assert scores()[ord("症")] < 0


def test_tables():
    single, double = surnames()
    assert single[ord("王")] == 1
    assert single[ord("的")] == 0
    assert (ord("欧") << 16 | ord("阳")) in double
    assert scores()[ord("伟")] > 0 > scores()[ord("区")]
    assert scores()[ord("偉")] == scores()[ord("伟")]
    assert single[ord("陳")] == 1
    assert (ord("歐") << 16 | ord("陽")) in double


@pytest.mark.parametrize(
    "word",
    ["合计", "合 计", "总　计", " 小计 ", "姓名", "未知", "不详", "暂无", "待确认", "全部", "户主", "管理员"],
)
def test_words_that_are_nobodys_are_no_candidates(word: str) -> None:
    found = NAME.find(Cells.of(["王小明", word, "合计平", "户主明"]))
    assert found.cell.tolist() == [0, 2, 3]


def test_words_that_are_nobodys_have_two_to_four_characters() -> None:
    words = knowledge.toml("person_names.toml")["no_names"]
    assert [word for word in words if not 2 <= len(word) <= 4] == []
    assert len(words) == len(set(words))

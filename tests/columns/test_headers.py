"""Header words: whole headers, headers that end in a word, initials, and headers that only look alike."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import knowledge
from scanner.columns import headers
from scanner.errors import PatternError

SURE = {
    "name": "就诊人 驾驶人 参会人员 法人代表 快递员 cn_name legal_rep "
    "姓名 客户姓名 收件人 学生姓名 學生姓名 real_name custName receiver_name "
    "XINGMING LXR 户主 持卡人 name Name NAME 姓名.1 联系人1",
    "id_number": "身份证 身份证号 身份证号码 客户身份证号码 居民身份证号 公民身份号码 身分證字號 "
    "身份證號 证件号码 id_card idcard IDCard userIDCard "
    "id_no ID_NO cert_no sfz SFZ sfzh1 cSFZH t_user.sfzh GMSFHM SFZMHM KHSFZH "
    "身份证号(必填) 身份证号码（18位） Ｉｄ＿ＣＡＲＤ 1.身份证号",
    "document_number": "驾驶证号 driver_license 社保号 学生证号",
    "military_number": "军官证 士兵证号 military_id JGZH 军人证号 军官证件号码",
    "passport_number": "护照号 护照号码 護照號碼 passport_no HZHM",
    "permit_number": "回乡证 台胞证号 港澳通行证号码 TXZHM taiwan_permit_no mtp_no",
    "mobile": "手机 手机号 手机号码 手機 行動電話 收件人手机 mobile receiver_mobile "
    "receiverMobile mobile_no cellphone msisdn SJH SJHM DCD_SJH "
    "KHSJHM 手机号1 手机号码（家庭） 11位手机号 bindMobile",
    "phone": "联系电话 电话 法人联系电话 联系方式 家庭电话 固话 電話 phone t_user.phone "
    "phone_no phoneNumber tel TEL_NO contact_phone LXDH 电话2 tel_home",
    "address": "地址 家庭住址 现住址 户籍地址 戶籍地址 收货地址 客户联系地址 address "
    "home_address addr receiverAddress HJDZ JTZZ XZZ address_line1 地址1",
    "company_address": "公司地址 注册地址 单位地址 company_address",
    "bank_card": "扣款卡号 信用卡卡号 银行卡号 卡号 信用卡号 客户银行卡号 bank_card card_no cardNo CARD_NUMBER pan "
    "YHKH YHK user_bank_card_no",
    "bank_account": "银行账号 银行帳號 收款账号 acct_no bank_account YHZH 客户银行账号",
    "email": "邮箱 电子邮箱 邮箱地址 email e_mail E-Mail eMail user_email DZYX 電子郵件",
    "qq": "QQ qq QQ号 QQ号码 qq_no 客户QQ QQH",
    "wechat": "微信 微信号 wechat wxid weixin WXH",
    "plate": "车牌 车牌号 车牌号码 号牌号码 plate_no car_no license_plate CPH HPHM 車牌號碼",
    "vin": "车架号 车辆识别代号 VIN vin CJH CLSBDH",
    "imei": "IMEI imei",
    "imsi": "IMSI",
    "mac": "MAC MAC地址 mac_address",
    "ip": "IP IP地址 ip_addr login_ip 登录IP loginIp",
    "company_id": "统一社会信用代码 组织机构代码 营业执照号 uscc tax_no TYSHXYDM",
    "company_name": "企业名称 公司名称 company_name",
    "balance": "余额 账户余额 账户余额(元) 可用余额 balance accountBalance ZHYE 餘額",
    "asset": "总资产 持仓市值 total_assets holdings",
    "income": "月收入 年收入 工资 salary annual_income YSR",
    "title": "房产证号 不动产权证号 FCZH",
    "credit": "征信 逾期天数 credit_report overdue_days YQTS 征信评分 信用评分",
    "loan": "贷款金额 授信额度 芝麻分 loan_amount",
    "order": "订单号 订单编号 order_no orderId",
    "amount": "金额 交易金额 amount pay_amount JYJE",
    "goods": "商品 商品名称 goods_name productName",
    "waybill": "快递单号 运单号 waybill_no tracking_number KDDH",
    "caller": "主叫 主叫号码 主叫方号码 caller calling_number",
    "callee": "被叫 被叫号码 被叫方号码 对方号码 callee called_number BJHM",
    "call_time": "通话时间 通话开始时间 call_time THSJ",
    "call_duration": "通话时长 通话时长(秒) call_duration THSC",
    "message": "短信内容 聊天记录 sms_content DXNR 簡訊內容",
    "longitude": "经度 longitude lng lon gps_lng 經度",
    "latitude": "纬度 latitude lat gps_lat",
    "position": "坐标 轨迹 定位 gps geohash",
    "position_time": "定位时间 采集时间 过车时间 过卡时间 gps_time pass_time uploadTime GCSJ",
    "time": "时间 time datetime timestamp 起始时间 登录时间 最后登录时间 last_login_time",
    "checkin": "入住时间 入住日期 checkin check_in checkInDate",
    "checkout": "退房时间 离店时间 check_out",
    "room": "房号 房间号 room_no roomNo FJH",
    "hotel": "酒店 酒店名称 旅馆名称 hotel_name LGMC",
    "flight": "航班号 flight_no HBH",
    "train": "车次 train_no 乘车日期",
    "seat": "座位 seat_no",
    "ticket": "票号 ticket_no",
    "diagnosis": "诊断 诊断结果 主诉 diagnosis icd10 JBBM",
    "medical_record": "病历号 住院号 门诊号 patient_id BLH",
    "engine_number": "发动机号 engine_no FDJH",
    "account": "账号 用户名 username user_name login_name YHM",
    "password": "密码 登录密码 password passwd pwd userPwd MIMA 密码MD5",
    "pay_password": "支付密码 交易密码 CVV cvv2",
    "verification_code": "验证码 verify_code YZM",
    "birth_date": "出生日期 生日 birthday CSRQ",
    "sex": "性别 gender sex",
    "ethnicity": "民族 ethnicity",
    "marital": "婚姻状况 marital_status HYZK",
    "school": "学校 学号 school_name XJH",
    "work": "工作单位 就职单位 所在公司 职务 GZDW employer",
    "family": "父亲 监护人 配偶 guardian",
    "offence": "犯罪记录 前科 案由",
    "biometric": "指纹 人脸特征 人脸特征码 指纹数据 face_image face_vector",
    "estate": "小区 楼盘名称 小区名称",
    "building": "楼栋 楼栋号",
    "social_security": "参保单位 社保缴费基数 社保账号 社保个人账号",
    "provident_fund": "公积金账号 个人公积金账号",
    "cell": "基站编号 基站小区 小区号 小区ID 服务小区 cell_id",
}
NONE = (
    "客户等级 手机品牌 地址编号 姓名拼音 电话时长 卡号状态 邮编 身份证签发机关 住址类型 "
    "证件有效期 手机号归属地 身份证有效期 是否实名手机 is_mobile "
    "has_phone phone_brand mobile_type address_id user_id id ID 编号 序号 备注 "
    "创建时间 create_time updated_at 图片地址 链接地址 server_address "
    "会员卡号 门禁卡号 积分余额 短信余额 固定资产 营业收入 net_income 客服电话 "
    "file_name hostname city 城市 二维码 iphone passport_count_total "
    "telemetry compass carpet species 数量 短信数量 url 诊断码 物理位置 手机数 "
    "联系人数 num_phones 宠物姓名 温度 会议室 计量单位 联系人类型"
)
WEAK = (
    "XM KH YE DZ SJ ZH ZJHM JD WD JG MZ FH CC XX CP ZW SBH HM MM YX DH c_XM KH_DZ t_sj1 "
    "昵称 message content location"
)


@pytest.mark.parametrize(("name", "header"), [(n, h) for n, text in SURE.items() for h in text.split()])
def test_header_names_a_role(name: str, header: str) -> None:
    found = headers.role(header)
    assert found is not None
    assert (found.name, found.strength) == (name, "sure")


@pytest.mark.parametrize(
    "header", [*NONE.split(), "", " ", "、", "x" * 200, "手机" * 60, "id no of rows counted"]
)
def test_header_without_role(header: str) -> None:
    assert headers.role(header) is None


@pytest.mark.parametrize("header", WEAK.split())
def test_ambiguous_words_are_weak(header: str) -> None:
    found = headers.roles(header)
    assert found
    assert {each.strength for each in found} == {"weak"}


def test_ambiguous_initials_give_all_meanings() -> None:
    assert {each.name for each in headers.roles("ZJHM")} == {"id_number", "caller"}
    assert {each.name for each in headers.roles("CC")} == {"train", "asset"}


def test_header_that_names_two_things_is_weak() -> None:
    assert {(each.name, each.strength) for each in headers.roles("姓名/手机")} == {
        ("name", "weak"),
        ("mobile", "weak"),
    }
    assert headers.role("手机/电话号码/手机号") is not None
    assert [each.name for each in headers.roles("姓名/name")] == ["name"]


@pytest.mark.parametrize(
    "text",
    [
        "姓名",
        "序号",
        "备注",
        "时间",
        "id",
        "ID",
        "No.",
        "No",
        "date",
        "amount",
        "city",
        "客户姓名",
        "客户名称",
        "联系人手机",
        "user_id",
        "createTime",
        "create_time",
        "customer_name",
        "商品名称",
        "金额（元）",
        "手机号码",
        "注册时间",
        "remark",
        "城市",
        "ID号",
        "客户编号",
        "t_user.phone",
        "订单状态",
        "sfzh",
        "省份",
        "PASSPORT",
        "LICENSE_PLATE",
        "BANK_CARD",
        "IPV4",
        "IPV6",
        "MAC",
        "DOMAIN_NAME",
        "POSTCODE",
        "DATE",
        "MOBILE_PHONE",
        "TELEPHONE",
        "ID_CARD",
        "EMAIL",
        "PERSON",
        "COMPANY_NAME",
        "SOCIAL_CREDIT_CODE",
    ],
)
def test_ordinary_and_sure_words_read_as_headers(text: str) -> None:
    assert headers.is_header_word(text)


@pytest.mark.parametrize(
    "text",
    [
        "张三",
        "北京市",
        "上海市浦东新区",
        "华为手机",
        "13800138000",
        "110101199003071233",
        "王小明",
        "男",
        "汉族",
        "a@example.com",
        "2024-01-01",
        "京A12345",
        "3.14",
        "本科",
        "已婚",
        "苹果手机",
        "XM",
        "JD",
        "浙江大学",
        "中国工商银行",
        "0",
        "-",
        "招商银行信用卡",
        "北京路12号",
        "192.168.0.1",
        "hello",
        "702.id",
        "00m.in",
        "贵BH37A6",
        "皖CDR5204",
        "world",
    ],
)
def test_values_do_not_read_as_headers(text: str) -> None:
    assert not headers.is_header_word(text)


def test_two_letter_initials_are_never_sure() -> None:
    for relative in knowledge.names("headers"):
        for name, entry in knowledge.toml(relative).get("role", {}).items():
            assert [word for word in entry.get("pinyin", ()) if len(word) < 3] == [], name


def test_base_roles_exist() -> None:
    base = (
        "name id_number document_number mobile phone address bank_card bank_account "
        "email qq wechat plate vin imei imsi mac ip "
        "company_id company_name"
    )
    assert set(base.split()) <= set(headers.role_names())


def test_every_word_of_the_lexicon_matches_itself() -> None:
    for relative in knowledge.names("headers"):
        for name, entry in knowledge.toml(relative).get("role", {}).items():
            for key, words in entry.items():
                if key in ("zh", "note", "shape"):
                    continue
                for word in words:
                    found = headers.roles(word)
                    assert name in {each.name for each in found}, (relative, name, word)
                    assert (found[0].strength == "weak") == (key == "weak"), (relative, name, word)


def test_every_file_states_its_origin() -> None:
    for relative in knowledge.names("headers"):
        content = tomllib.loads((Path(knowledge.root()) / relative).read_text("utf-8"))
        assert content["origin"]
        assert content["licence"]
        assert content["date"]


@pytest.mark.parametrize(
    ("first", "second", "part"),
    [
        ((("name",), False), (("phone",), False), "listed for 'name' too"),
        ((("name",), False), (("name",), True), "both sure and weak"),
        (((), False), (("phone",), False), "listed for 'ordinary' too"),
    ],
)
def test_contradicting_words_are_refused(
    first: tuple[tuple[str, ...], bool], second: tuple[tuple[str, ...], bool], part: str
) -> None:
    old = headers._Word(first[0], first[1], False, False)
    new = headers._Word(second[0], second[1], False, False)
    with pytest.raises(PatternError, match=part):
        headers._merged(old, new, "headers/x.toml", "word")


@given(st.text(max_size=120))
def test_any_text_is_survived(text: str) -> None:
    found = headers.roles(text)
    assert all(each.name in headers.role_names() for each in found)
    headers.is_header_word(text)


@given(
    st.sampled_from(["手机号", "身份证号码", "receiver_mobile", "LXDH", "家庭住址", "bank_card"]),
    st.sampled_from(["", "", "\t\u3000-_*："]),
)
def test_padding_and_case_do_not_matter(header: str, pad: str) -> None:
    found = headers.role(header)
    for variant in (
        pad + header + pad,
        header.swapcase() if header.isupper() or header.islower() else header,
    ):
        changed = headers.role(variant)
        assert changed is not None
        assert found is not None
        assert changed.name == found.name


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("会员编号", headers.OTHER_NUMBER),
        ("产品型号", headers.OTHER_NUMBER),
        ("货号", headers.OTHER_NUMBER),
        ("固件版本", headers.OTHER_NUMBER),
        ("app_version", headers.OTHER_NUMBER),
        ("内网网段", headers.OTHER_NUMBER),
        ("登录IP", "ip"),
        ("model_no", headers.OTHER_NUMBER),
        ("型号说明", None),
        ("客户会员编号", headers.OTHER_NUMBER),
        ("t_user.customer_no", headers.OTHER_NUMBER),
        ("发票号码", headers.OTHER_NUMBER),
        ("手机品牌", headers.OTHER_WORDS),
        ("歌名", headers.OTHER_WORDS),
        ("姓名关键词", headers.OTHER_WORDS),
        ("名称", None),
        ("订单号", "order"),
        ("护照号", "passport_number"),
        ("编号", None),
        ("id", None),
        ("HM", None),  # weak
        ("是否会员编号", None),
        ("证件号码/护照号", None),
        ("c1", None),
        (None, None),
    ],
)
def test_the_subject_of_a_header(header: str | None, expected: str | None) -> None:
    assert headers.subject(header) == expected

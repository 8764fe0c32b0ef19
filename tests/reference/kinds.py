"""The kinds of columns in random dumps: how a cell is made, and headers that name it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from reference import people

Maker = Callable[[Random], str]


@dataclass(frozen=True)
class Kind:
    """A kind of column. ``own``: a person's value, the same wherever the person is."""

    make: Maker
    heads: tuple[str, ...]
    own: bool = False


def any_of(*texts: str) -> Maker:
    return lambda random: random.choice(texts)


def figure(low: int, high: int) -> Maker:
    return lambda random: str(random.randint(low, high))


def digits(size: int) -> Maker:
    return lambda random: str(random.randint(1, 9)) + people.number(random, size - 1)


def money(random: Random) -> str:
    return f"{random.randint(0, 90000)}.{people.number(random, 2)}"


def remark(random: Random) -> str:
    """A sentence, perhaps with a number in it that is somebody's, or looks like one."""
    made = random.choice(
        (
            people.phone,
            people.identity,
            people.card,
            people.email,
            people.landline,
            digits(12),
            digits(16),
            digits(18),
        )
    )
    text = random.choice(
        ("请联系{}谢谢", "客户号码：{}，已核实", "备注{}", "单号 {} 已发出", "({})", "Tel:{}")
    )
    return (
        text.format(made(random))
        if random.random() < 0.5
        else random.choice(("已付款", "尽快发货", "周末送", "老客户"))
    )


def password(random: Random) -> str:
    return random.choice(("li@", "wang#", "zx!", "")) + people.number(random, 6)


def somewhere(random: Random, degree: int) -> str:
    """One of few places, so that people stand, too; or none."""
    if random.random() < 0.03:
        return random.choice(("0", "0.000000", "", f"{degree}.5"))
    return f"{degree}.{random.choice(('100000', '100000', '100040', '100100', '250000'))}"


def at_times(random: Random) -> str:
    """One of few moments, in one writing or another."""
    hour, minute = random.randint(6, 9), random.choice((0, 30))
    return random.choice(
        (
            f"2024-03-05 {hour:02}:{minute:02}:00",
            f"2024/3/5 {hour}:{minute:02}",
            f"20240305{hour:02}{minute:02}00",
        )
    )


def another_end(random: Random) -> str:
    """An identity number with a wrong check character."""
    found = people.identity(random)
    return found[:17] + random.choice([c for c in "0123456789X" if c != found[17]])


def of_15(random: Random) -> str:
    found = people.identity(random)
    return found[:6] + found[8:17]


def starred(text: str, first: int) -> str:
    return text[:first] + "*" * (len(text) - first - 4) + text[-4:]


def digest(random: Random) -> str:
    return hashlib.md5(people.number(random, 9).encode()).hexdigest()


def mixed(random: Random) -> str:
    """Several things in one cell."""
    makers = (
        people.name,
        people.phone,
        people.identity,
        people.card,
        people.address,
        people.email,
        people.plate,
    )
    signs = random.choice((" ", "，", "/", "|", "--", "\n", ";"))
    return signs.join(make(random) for make in random.sample(makers, random.randint(1, 3)))


KINDS: dict[str, Kind] = {
    "name": Kind(people.name, ("姓名", "真实姓名", "聯絡人", "customer_name", "KHXM", "收件人", "XM", "name"), True),
    "id": Kind(people.identity, ("身份证号", "公民身份号码", "身分證字號", "id_card_no", "SFZH", "证件号码"), True),
    "permit": Kind(people.permit, ("证件号码", "居住证号码"), True),
    "foreigner": Kind(people.foreigner, ("证件号码", "permit_no"), True),
    "phone": Kind(people.phone, ("手机号", "手机号码", "手機", "mobile", "SJHM", "联系电话", "phone_no", "DH"), True),
    "landline": Kind(people.landline, ("固定电话", "家庭电话", "telephone", "办公电话"), True),
    "card": Kind(people.card, ("银行卡号", "卡号", "bank_card", "card_no", "YHKH", "银行账号"), True),
    "email": Kind(people.email, ("邮箱", "电子邮件", "email", "E-mail", "DZYX"), True),
    "address": Kind(people.address, ("家庭住址", "收货地址", "地址", "address", "户籍地址", "JTZZ"), True),
    "plate": Kind(people.plate, ("车牌号", "号牌号码", "plate_no", "CPH"), True),
    "vin": Kind(people.vin, ("车架号", "车辆识别代号", "vin"), True),
    "wechat": Kind(lambda r: "wxid_" + people.number(r, 12), ("微信号", "wechat", "wxid"), True),
    "qq": Kind(digits(9), ("QQ号", "qq", "QQ"), True),
    "passport": Kind(lambda r: "E" + people.number(r, 8), ("护照号", "passport_no", "证件号码"), True),
    "imei": Kind(lambda r: people.with_luhn("86" + people.number(r, 12)), ("IMEI", "设备号imei"), True),
    "imsi": Kind(lambda r: "46000" + people.number(r, 10), ("IMSI", "imsi"), True),
    "mac": Kind(lambda r: ":".join(people.number(r, 2) for _ in range(6)), ("MAC地址", "mac")),
    "ip": Kind(lambda r: ".".join(str(r.randint(36, 220)) for _ in range(4)), ("登录IP", "ip")),
    "code": Kind(people.credit_code, ("统一社会信用代码", "uscc", "信用代码")),
    "company": Kind(any_of("广州金色商贸有限公司", "杭州水岸科技有限公司"), ("企业名称", "工作单位", "company")),
    "birth": Kind(lambda r: f"{people.born(r)}", ("出生日期", "birthday", "CSRQ"), True),
    "password": Kind(password, ("密码", "password", "登录密码", "支付密码")),
    "account": Kind(lambda r: f"{r.choice('abcxyz')}ning_{people.number(r, 5)}", ("用户名", "账号", "account"), True),
    "balance": Kind(money, ("账户余额", "余额", "balance")),
    "amount": Kind(money, ("交易金额", "amount", "金额")),
    "income": Kind(figure(3000, 90000), ("月收入", "年收入", "salary")),
    "order": Kind(lambda r: f"2024{people.born(r):%m%d}{people.number(r, 10)}", ("订单号", "order_no")),
    "goods": Kind(any_of("蓝牙耳机", "保温杯", "跑步鞋", "图书"), ("商品名称", "goods", "商品")),
    "trade": Kind(people.moment, ("交易时间", "下单时间", "创建时间", "time")),
    "hotel": Kind(any_of("锦源宾馆", "云栖商务酒店", "如归客栈"), ("酒店名称", "hotel")),
    "room": Kind(lambda r: f"{r.randint(2, 20)}{r.randint(1, 20):02}", ("房间号", "room_no")),
    "checkin": Kind(people.moment, ("入住时间", "check_in")),
    "longitude": Kind(lambda r: somewhere(r, 103), ("经度", "lng", "longitude")),
    "latitude": Kind(lambda r: somewhere(r, 30), ("纬度", "lat", "latitude")),
    "moment": Kind(at_times, ("定位时间", "采集时间", "gps_time", "过车时间")),
    "checkpoint": Kind(any_of("西苑路1号卡口", "东风街2号卡口", "中山路口"), ("卡口名称", "位置")),
    "coordinate": Kind(lambda r: f"{somewhere(r, 103)},{somewhere(r, 30)}", ("坐标", "经纬度", "location")),
    "diagnosis": Kind(any_of("高血压", "糖尿病", "上呼吸道感染", "胃炎"), ("诊断", "诊断结果", "diagnosis")),
    "flight": Kind(lambda r: "CA" + people.number(r, 4), ("航班号", "flight_no")),
    "credit": Kind(any_of("正常", "次级", "可疑", "损失"), ("五级分类", "逾期情况")),
    "school": Kind(any_of("第一中学", "实验小学", "师范大学"), ("学校", "毕业院校", "school")),
    "marital": Kind(any_of("未婚", "已婚", "离异"), ("婚姻状况", "HYZK")),
    "caller": Kind(people.phone, ("主叫号码", "caller"), True),
    "callee": Kind(people.phone, ("被叫号码", "callee", "对方号码")),
    "duration": Kind(figure(3, 1800), ("通话时长", "duration")),
    "verification": Kind(digits(6), ("验证码", "sms_code")),
    "sms": Kind(any_of("【快递】您的包裹已到，退订回T", "孩子已经接到了，放心吧"), ("短信内容", "sms_content")),
    "serial11": Kind(digits(11), ("编号", "serial_no")),
    "serial15": Kind(digits(15), ("流水号", "batch_no")),
    "serial16": Kind(digits(16), ("交易号", "code")),
    "serial18": Kind(digits(18), ("主键", "snowflake_id", "id")),
    "share": Kind(lambda r: f"0.{people.number(r, 16)}", ("比例", "ratio")),
    "count": Kind(figure(0, 500), ("数量", "count")),
    "remark": Kind(remark, ("备注", "说明", "remark")),
    "brand": Kind(any_of("华为", "小米", "联想", "海尔"), ("品牌", "brand")),
    "city": Kind(any_of("北京市", "南京市", "成都", "广东省广州市"), ("城市", "city")),
    "gansu": Kind(lambda r: people.identity(r, r.choice(("620102", "620502"))), ("身份证号", "证件号码"), True),
    "spoiled_id": Kind(another_end, ("身份证号", "编码", "证件号码"), True),
    "old_id": Kind(of_15, ("身份证号", "证件号码", "编号"), True),
    "digit_code": Kind(people.digit_code, ("统一社会信用代码", "代码", "no")),
    "ipv6": Kind(lambda r: f"2001:db8::{r.randint(1, 9999):x}:{r.randint(1, 9999):x}", ("IP地址", "ip")),
    "military": Kind(lambda r: f"{r.choice('军海空南')}字第{people.number(r, 7)}号", ("军官证号", "证件号码"), True),
    "hm": Kind(lambda r: r.choice("HM") + people.number(r, 8), ("回乡证号", "证件号码"), True),
    "taiwan": Kind(digits(8), ("台胞证号", "证件号码", "编号"), True),
    "exit": Kind(lambda r: r.choice("CTW") + people.number(r, 8), ("通行证号", "证件号码"), True),
    "hash": Kind(digest, ("手机号", "身份证号", "密码", "md5")),
    "masked_phone": Kind(lambda r: starred(people.phone(r), 3), ("手机号", "联系电话", "tel"), True),
    "masked_id": Kind(lambda r: starred(people.identity(r), 6), ("身份证号", "证件"), True),
    "masked_name": Kind(lambda r: people.name(r)[:1] + r.choice(("*", "**", "某", "某某")), ("姓名", "客户"), True),
    "day": Kind(lambda r: f"2024-03-0{r.randint(5, 6)}", ("日期", "date")),
    "clock": Kind(lambda r: f"0{r.randint(6, 9)}:{r.choice((0, 3))}0:00", ("时间", "time", "定位时间")),
    "cell": Kind(lambda r: f"460-00-{r.randint(1, 3)}-{r.randint(1, 9)}", ("基站", "CGI")),
    "securities": Kind(digits(8), ("证券账号", "资金账号", "股东账号"), True),
    "account_number": Kind(digits(15), ("账户号码", "银行账号", "bank_account"), True),
    "payment": Kind(people.email, ("支付宝账号", "支付宝"), True),
    "expiry": Kind(lambda r: f"{r.randint(1, 12):02}/{r.randint(25, 30)}", ("有效期", "CVV", "卡有效期")),
    "waybill": Kind(lambda r: "SF" + people.number(r, 12), ("快递单号", "运单号")),
    "engine": Kind(lambda r: f"{people.number(r, 3)}A{people.number(r, 4)}", ("发动机号", "engine_no"), True),
    "estate": Kind(any_of("锦绣花园", "阳光小区", "恒美公馆"), ("小区名称", "楼盘")),
    "offence": Kind(any_of("盗窃", "抢劫", "赌博"), ("案由", "前科")),
    "title": Kind(digits(8), ("不动产权证号", "房产证号")),
    "social": Kind(any_of("正常参保", "停保"), ("参保状态", "社保缴纳情况", "公积金余额")),
    "loan": Kind(figure(1000, 90000), ("贷款金额", "借款金额", "申请金额")),
    "native": Kind(any_of("浙江杭州", "四川成都"), ("籍贯", "民族")),
    "work": Kind(any_of("金色科技有限公司", "第二医院", "税务局"), ("工作单位", "职务")),
    "biometric": Kind(digest, ("人脸特征", "指纹")),
    "noun": Kind(any_of("技术部", "财务部", "黄河", "高山", "王府井", "马路"), ("部门", "名称", "姓名", "客户名称")),
    "mixed": Kind(mixed, ("内容", "c1", "info", "详情")),
}  # fmt: skip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.masking import LEAST_HIDDEN, mask

LABELS = """
resident_id foreign_resident_id hmt_residence_permit passport hm_permit taiwan_permit military_id mobile_phone
landline_phone email qq wechat_id bank_card address person_name license_plate vin imei imsi mac_address
ip_address coordinate uscc somebody_elses_label
""".split()  # noqa: SIM905 - a list of 24 words, one a line, would be longer than the tests


@pytest.mark.parametrize(
    ("label", "text", "masked"),
    [
        ("resident_id", "11010119900307123X", "11***************X"),
        ("resident_id", "110101900307123", "11************3"),
        ("mobile_phone", "13812345678", "138****5678"),
        ("mobile_phone", "+86 138-1234-5678", "+86 138-****-5678"),
        ("mobile_phone", "8613812345678", "86138****5678"),
        ("mobile_phone", "008613812345678", "0086138****5678"),
        ("landline_phone", "010-12345678", "010-****5678"),
        ("landline_phone", "12345678", "12****78"),
        ("bank_card", "6228481234561234", "622848******1234"),
        ("bank_card", "6228 4812 3456 1234", "6228 48** **** 1234"),
        ("email", "alice@example.com", "a***@example.com"),
        ("email", "a@example.com", "***@example.com"),
        ("email", "not an address", "n** ** ******s"),
        ("person_name", "张三", "张*"),
        ("person_name", "欧阳小明", "欧***"),
        ("person_name", "李", "*"),
        ("license_plate", "京A12345", "京*****5"),
        ("passport", "E12345678", "E*******8"),
        ("ip_address", "192.168.10.25", "1**.***.**.*5"),
        ("address", "浙江省杭州市西湖区文三路100号2幢301室", "浙江省杭州市西湖区****"),
        ("address", "北京市朝阳区", "北京****"),
        ("address", "幸福小区5栋", "****"),
        ("address", "市场路3号", "****"),
        ("address", "黄泥村12号", "****"),
        ("qq", "", ""),
        ("qq", "123", "***"),
    ],
)
def test_known_masks(label, text, masked):
    assert mask(label, text) == masked


ALPHABET = st.sampled_from("0123456789abcXYZ张市区县路号室@.-+ ()\n\u202e")


@settings(deadline=None)
@given(st.sampled_from(LABELS), st.one_of(st.text(ALPHABET, max_size=80), st.text(max_size=80)))
def test_the_middle_never_shows(label, text):
    """A run of random digits is put in the middle; no three of its places in a row may be seen."""
    secret = "7391846205"
    value = text[: len(text) // 4] + secret + text[-(len(text) // 4) :] if text else secret
    if label == "email":
        value = value.replace("@", "") + "@example.com"
    masked = mask(label, value)
    middle = secret[3:6] if label != "email" else secret
    assert middle not in masked
    assert secret not in masked


@settings(deadline=None)
@given(
    st.sampled_from(
        sorted(set(LABELS) - {"email", "address", "person_name", "mobile_phone", "landline_phone"})
    ),
    st.text("0123456789X", max_size=40),
)
def test_a_third_and_at_least_four_digits_are_hidden(label, text):
    masked = mask(label, text)
    shown = len(masked.replace("*", ""))
    assert shown <= max(len(text) - max(LEAST_HIDDEN, -(-len(text) // 3)), 0)
    head = len(masked) - len(masked.lstrip("0123456789X"))
    assert masked[:head] == text[:head]
    assert text.endswith(masked.lstrip("0123456789X").lstrip("*"))


@settings(deadline=None)
@given(st.text("0123456789", max_size=20))
def test_a_phone_hides_four_digits(text):
    assert mask("mobile_phone", text).count("*") >= min(len(text), LEAST_HIDDEN)


@settings(deadline=None)
@given(st.text("0123456789", min_size=1, max_size=6), st.sampled_from(["", "浙江省", "北京市朝阳区", "巴县"]))
def test_an_address_shows_no_digit_and_nothing_after_the_division(digits, division):
    masked = mask("address", f"{division}建设路{digits}号{digits}室")
    assert not any(digit in masked for digit in digits)
    assert "建设路" not in masked


@settings(deadline=None)
@given(st.sampled_from(LABELS), st.text(max_size=300))
def test_a_mask_is_never_the_value(label, text):
    if text.strip(" -+.:/,()（）*"):
        assert mask(label, text) != text

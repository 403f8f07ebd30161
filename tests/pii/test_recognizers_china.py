"""Chinese numbers, names in messengers and addresses: one table per recogniser."""

import random

from stdnum.cn import ric, uscc

from pii.recognizers import china, china_regions, messengers, postal_zh
from tests.pii.marked import check, table


@table(
    "身份证号«11010519491231002X»，",
    "id «11010519491231002x», «110105 19491231 002X».",
    "号码１«１１０１０５１９４９１２３１００２Ｘ»".replace("１«", "«"),
    "港澳居民居住证«810000199408230021»",
    "旧证«110105491231002»，",
    "11010519491231002Y 110105194912310021 110105194902310020",
    "911010519491231002X 11010519491231002X1 160105194912310025",
)
def test_cn_id_card(marked: str) -> None:
    check(china.CnIdCardRecognizer(), marked)


def test_cn_id_card_as_python_stdnum_says() -> None:
    recognizer, r = china.CnIdCardRecognizer(), random.Random(4)
    valid = 0
    for _ in range(3000):
        number = f"{r.choice(('110105', '310101', '440304'))}{r.randint(1950, 2010)}{r.randint(1, 13):02}{r.randint(1, 32):02}"
        number += f"{r.randint(0, 999):03}{r.choice('0123456789X')}"
        if ric.is_valid(number):
            valid += 1
            assert recognizer.analyze(number, ["CN_ID_CARD"]), number
    assert valid > 50


@table(
    "手机«13800138000»谢谢",
    "«+86 13800138000»、«+86-138-0013-8000»、«138 0013 8000»、«008613800138000»、«8613800138000»、«(+86)13800138000»",
    "全角«１３８００１３８０００»。",
    "12800138000 138001380001 a13800138000 1.13800138000 xoxb-13800138000",
)
def test_cn_mobile(marked: str) -> None:
    check(china.CnMobileRecognizer(), marked)


@table(
    "电话«010-65521234»，«(021)58881234»、«0755-2345678»、«+86 10 6552 1234» «010-65521234-801»转",
    "010-15521234 01-65521234 2010-65521234",
)
def test_cn_landline(marked: str) -> None:
    check(china.CnLandlineRecognizer(), marked)


@table(
    "卡号«6222020227680402509»，«6228 4868 7593 5868 579»。",
    "«9558804428714227138»",
    "6222020227680402508 1222020227680402509 62220202276804025091 6222",
)
def test_cn_bank_card(marked: str) -> None:
    check(china.CnBankCardRecognizer(), marked)


@table("护照«E12345678»、«EA1234567»、«G12345678»", "A12345678 E1234567 E123456789 XE12345678 EI1234567")
def test_cn_passport(marked: str) -> None:
    check(china.CnPassportRecognizer(), marked)


@table("通行证«C12345678»、回乡证«H1234567890»、«M12345678»、台胞证«12345678»", "C1234567 H123456789 1234567")
def test_cn_travel_permit(marked: str) -> None:
    check(china.CnTravelPermitRecognizer(), marked)


@table("税号«91350100M000100Y43»，", "91350100M000100Y44 91350100M000100Y4 11010519491231002X A91350100M000100Y43")
def test_cn_social_credit_code(marked: str) -> None:
    check(china.CnSocialCreditCodeRecognizer(), marked)


def test_cn_social_credit_code_as_python_stdnum_says() -> None:
    recognizer, r = china.CnSocialCreditCodeRecognizer(), random.Random(5)
    valid = 0
    for _ in range(3000):
        number = "92350100" + "".join(r.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=10))
        assert bool(recognizer.analyze(number, ["CN_SOCIAL_CREDIT_CODE"])) == uscc.is_valid(number)
        valid += uscc.is_valid(number)
    assert valid > 30


@table(
    "车牌«京A12345»停在", "新能源«粤BD12345»、«沪A·F12345»、«苏E12345D»", "«京A·12345»，«粤Z1234港»，教练«京A1234学»", "«使123456»",
    "京AB 北京ABCDE 京A123 京IO1234",
)  # fmt: skip
def test_cn_plate(marked: str) -> None:
    check(china.CnPlateRecognizer(), marked)


@table(
    "HKID «A123456(3)» «A1234563» «AB987654(3)» «a123456(3)»", "A123456(4) A12345(3) AAA123456(3)", "号«G123456(A)»，"
)
def test_hk_id(marked: str) -> None:
    check(china_regions.HkIdRecognizer(), marked)


@table("«1234567(8)» «5215299(8)»、«1/521529/9»", "2234567(8) 12345678 11234567(8)")
def test_mo_id(marked: str) -> None:
    check(china_regions.MoIdRecognizer(), marked)


@table("身分證«A123456789»。", "A123456788 A323456789 AA123456789 A1234567890", "居留證«A800000014»")
def test_tw_id(marked: str) -> None:
    check(china_regions.TwIdRecognizer(), marked)


@table(
    "微信号：«zhang_wei88»，", "加微信«lisi-2020»", "WeChat: «lucky2020»", "wechat id «wxid_abc123»", "【微信】«wx_62toy4c»",
        "vx：«abc123456»",
    "我用微信公众号，WeChat messages, wechat group, http://t.co/wXoVdms8", "微信支付 wechat pay",
)  # fmt: skip
def test_wechat(marked: str) -> None:
    check(messengers.WeChatRecognizer(), marked)


@table(
    "QQ：«12345678»，",
    "qq«123456»",
    "QQ号是«987654321»",
    "QQ number: «1234567»",
    "12345678@qq.com qq1234 QQ12 bqq123456",
)
def test_qq(marked: str) -> None:
    check(messengers.QqRecognizer(), marked)


@table(
    "地址：«北京市朝阳区建国路88号SOHO现代城3号楼1502室»，",
    "我住在«浦东新区世纪大道100号»。",
    "收货地址：«广东省深圳市南山区科技园南区5栋301室»",
    "寄到«上海市浦东新区世纪大道1号»谢谢",
    "«四川省成都市武侯区人民南路四段11号»",
    "门牌«江苏省南京市鼓楼区中山北路655弄15号243室»",
    "第3号楼，5号线，3月8号，2号文件，北京市朝阳区",
)
def test_zh_address(marked: str) -> None:
    check(postal_zh.ZhAddressRecognizer(), marked)

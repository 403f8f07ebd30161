"""Numbers of mainland China."""

from __future__ import annotations

import regex

from pii.recognizers.checksums import day, luhn, weighted
from pii.recognizers.groups import GroupRecognizer, Needs, NumberRecognizer, number

_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split()
)
_REGIONS = _PROVINCES | {"71", "81", "82", "83"}  # Taiwan, Hong Kong, Macau: also residence permits
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY = (
    "身份证",
    "身份證",
    "身份号",
    "证件",
    "證件",
    "公民身份",
    "id card",
    "identity card",
    "national id",
    "id number",
    "sfz",
)


_REST = r"(?:\d{8}|[ \-]\d{4}[ \-]\d{4}|[ \-]?\d[ \-]?\d{3}[ \-]\d{4}|[ \-]\d{3}[ \-]\d{5})"  # of a mobile number


def identity_number(number: str) -> bool:
    """Whether 18 characters are a citizen identification number: region, date of birth, check character (GB 11643)."""
    if number[:2] not in _REGIONS or not day(int(number[6:10]), int(number[10:12]), int(number[12:14])):
        return False
    return "10X98765432"[weighted(number, _WEIGHTS) % 11] == number[17]


class CnIdCardRecognizer(NumberRecognizer):
    """Resident identity card numbers, and residence permits of Hong Kong, Macau and Taiwan people: a region, a real
    date, the check character of GB 11643. The old form with 15 digits, which has none, counts only in context."""

    ENTITY = "CN_ID_CARD"
    SCORE = 1.0
    RIVALS = None
    CONTEXT = _IDENTITY
    NEEDS = Needs(digits=15)
    EXPRESSIONS = (
        number("[1-8]", r"\d{5}[ \-]?(?:18|19|20)\d\d[ \-]?[01]\d[ \-]?[0-3]\d[ \-]?\d{3}[\dXxＸ]"),
        number("[1-6]", r"\d{7}[01]\d[0-3]\d{4}"),
    )

    def accepts(self, value: str) -> bool:
        """Both forms; the X may be full-width too."""
        return super().accepts(value.replace("Ｘ", "X"))

    def valid(self, number: str) -> bool:
        """The right region, date and, in the new form, check character."""
        if len(number) == 15:
            return number[:2] in _PROVINCES and day(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
        return identity_number(number)

    def score(self, value: str) -> float:
        """Little for the old form."""
        return 0.1 if len(value) == 15 else self.SCORE


class CnMobileRecognizer(NumberRecognizer):
    """Mobile numbers, with or without +86, in one block, 3-4-4 or 3-3-5."""

    ENTITY = "CN_MOBILE"
    SCORE = 0.75
    CONTEXT = ("手机", "手機", "电话", "電話", "联系", "聯繫", "微信", "mobile", "phone", "tel", "cell", "call")
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (
        number("1", rf"(?<![A-Za-z]-.)[3-9]\d{_REST}"),
        number("[+0(8]", rf"(?:(?<=\+)86|(?<=0)086|(?<=\()\+?86\)|(?<=8)6)[ \-]{{0,2}}1[3-9]\d{_REST}"),
    )


class CnLandlineRecognizer(NumberRecognizer):
    """Landline numbers: an area code, seven or eight digits, perhaps an extension."""

    ENTITY = "PHONE_NUMBER"
    SCORE = 0.45
    CONTEXT = ("电话", "電話", "座机", "固话", "传真", "傳真", "分机", "phone", "tel", "fax", "landline")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (
        number(
            r"[0(+]",
            r"(?<![A-Za-z]-.)(?:(?<=\+)86[ \-]?(?:10|2\d|[3-9]\d\d)|(?<=\()0(?:10|2\d|[3-9]\d\d)\)|(?<=0)(?:10|2\d|[3-9]\d\d))"
            r"[ \-]?[2-8]\d{2,3}[ \-]?\d{4}(?:(?:-|转| ?ext\.? ?)\d{1,5})?",
        ),
    )


class CnBankCardRecognizer(NumberRecognizer):
    """Bank cards: UnionPay numbers (62) and the older prefixes of the large banks, Luhn check digit."""

    ENTITY = "CN_BANK_CARD"
    SCORE = 0.6
    CONTEXT = (
        "银行卡",
        "銀行卡",
        "卡号",
        "卡號",
        "储蓄卡",
        "借记卡",
        "信用卡",
        "账号",
        "帐号",
        "bank card",
        "card number",
        "card",
    )
    NEEDS = Needs(digits=16)
    EXPRESSIONS = (number("[4569]", r"(?:\d{15,18}|\d{3}(?:[ \-]\d{4}){3}(?:[ \-]?\d{1,3})?)"),)
    # Debit cards from before 62: ICBC, ABC, BOC, CCB, BoCom, CMB, Postal Savings.
    _PREFIXES = ("62", "95588", "95599", "456351", "491020", "436742", "601382", "601428", "405512", "690755")

    def valid(self, number: str) -> bool:
        """Known prefix, right check digit."""
        return number.startswith(self._PREFIXES) and luhn(number)


class CnPassportRecognizer(NumberRecognizer):
    """Passports: E, G, D, S or P and eight digits, or E, a letter and seven digits; only in context."""

    ENTITY = "CN_PASSPORT"
    SCORE = 0.15
    CONTEXT = ("护照", "護照", "passport", "reisepass", "passeport")
    NEEDS = Needs(digits=7)
    EXPRESSIONS = (number("[EGDSPegdsp]", r"(?:\d{8}|(?<=[Ee])[A-HJ-NP-Za-hj-np-z]\d{7})"),)


class CnTravelPermitRecognizer(NumberRecognizer):
    """Permits to travel between the mainland and Hong Kong, Macau or Taiwan; only in context."""

    ENTITY = "CN_TRAVEL_PERMIT"
    SCORE = 0.15
    CONTEXT = (
        "通行证", "通行證", "回乡证", "回鄉證", "台胞证", "台胞證", "港澳", "travel permit", "home return", "permit",
    )  # fmt: skip
    NEEDS = Needs(digits=7)
    EXPRESSIONS = (
        number("[CHMTLWchmtlw]", r"(?:\d{8}(?:\d\d)?|[A-Za-z]\d{7})"),
        number("[0-9]", r"\d{7}(?:\d\d)?(?:\([A-Za-z0-9]\))?"),
    )


class CnSocialCreditCodeRecognizer(NumberRecognizer):
    """Unified social credit codes (GB 32100): registering body, kind, division, organisation, check character. Those of
    sole traders (92) belong to a person."""

    ENTITY = "CN_SOCIAL_CREDIT_CODE"
    SCORE = 0.7
    CONTEXT = ("信用代码", "信用代碼", "税号", "稅號", "营业执照", "纳税人", "uscc", "credit code")
    NEEDS = Needs(digits=7)
    EXPRESSIONS = (number("[1-9ANY]", r"[1-59A-HJ-NP-RTUW-Y]\d{6}[0-9A-HJ-NP-RTUW-Y]{10}"),)
    _ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

    def valid(self, number: str) -> bool:
        """Powers of three mod 31; no identity card number that happens to pass."""
        if number[:2] not in ("11", "12", "13", "19", "21", "29", "31", "32", "33", "34", "35", "39", "41", "49", "51", "52",
                              "53", "54", "55", "59", "61", "62", "69", "71", "72", "79", "81", "89", "91", "92", "93", "A1",
                              "A9", "N1", "N2", "N3", "N9", "Y1"):  # fmt: skip
            return False
        values = [self._ALPHABET.index(char) for char in number]
        total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:17]))
        if (31 - total % 31) % 31 != values[17]:
            return False
        return not (number[:17].isdigit() and number[17] in "0123456789X" and identity_number(number))


class CnPlateRecognizer(GroupRecognizer):
    """Number plates: province, authority, five characters; six for new-energy vehicles; military and embassy forms."""

    ENTITY = "CN_LICENSE_PLATE"
    SCORE = 0.7
    CONTEXT = ("车牌", "車牌", "牌照", "号牌", "车辆", "plate")
    NEEDS = Needs(digits=1, han=True)
    EXPRESSIONS = (
        regex.compile(
            r"(?P<found>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼](?:"
            r"[A-HJ-NP-Z][ ·•\-]?(?:[DFABCEGHJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[DFABCEGHJK])"
            r"|[A-HJ-NP-Z][ ·•\-]?(?=[A-Z]{0,2}\d|\d)[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]))(?![0-9A-Za-z])"
        ),
        regex.compile(r"(?<![0-9A-Za-z])(?P<found>使\d{6}|\d{6}使)(?![0-9])"),
    )

    def accepts(self, value: str) -> bool:
        """Some digit after the letters: words follow a province's character too."""
        return sum(map(str.isdigit, value)) >= 2

"""CRM and mail text with planted personal data, and with the numbers that real mail is full of and that are none.

Seeded and invented: check digits are worked out by python-stdnum (an oracle of its own), or here where it has none; people
and firms do not exist. `texts(seed, count)` yields texts with the spans planted in them.
"""

from __future__ import annotations

import importlib
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from stdnum import ean, iban, luhn, verhoeff
from stdnum.iso7064 import mod_11_10, mod_97_10

Span = tuple[int, int, str]
Draw = Callable[[Random], str]
_UPPER = string.ascii_uppercase


@dataclass(frozen=True)
class Text:
    """A text, the name of its field if it is a cell, and what was planted."""

    text: str
    spans: tuple[Span, ...]
    field: str | None = None


def _digits(r: Random, count: int) -> str:
    return "".join(r.choices("0123456789", k=count))


def _oracle(module: str, draw: Draw) -> Draw:
    """Draws until the module of python-stdnum calls a number valid."""

    def drawn(r: Random) -> str:
        valid = importlib.import_module(f"stdnum.{module}").is_valid
        return next(number for _ in range(1_000_000) if valid(number := draw(r)))

    return drawn


def _as(draw: Draw, form: Callable[[str], str]) -> Draw:
    """Numbers in a written form."""
    return lambda r: form(draw(r))


def _either(draw: Draw, form: Callable[[str], str]) -> Draw:
    """Numbers bare or in a written form."""
    return lambda r: r.choice((str, form))(draw(r))


def _ahv(r: Random) -> str:
    body = "756" + _digits(r, 9)
    return body + ean.calc_check_digit(body)


def _date(r: Random, form: str = "ymd", month: int = 0, day: int = 0) -> str:
    y, m, d = r.randint(40, 99), r.randint(1, 12) + month, r.randint(1, 28) + day
    return "".join({"y": f"{y:02}", "m": f"{m:02}", "d": f"{d:02}"}[part] for part in form)


def _grouped(number: str, *sizes: int, by: str = " ") -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return by.join([*parts, number[at:]] if at < len(number) else parts)


def _cn_id(r: Random) -> str:
    region = r.choice(("110105", "310115", "440305", "330106", "510104", "420111", "350203", "610113"))
    body = f"{region}{r.choice((19, 19, 20))}{_date(r)}{_digits(r, 3)}"
    body = body if body[6:8] == "19" else body[:8] + f"{r.randint(0, 9):02}" + body[10:]
    total = sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(body))
    return body + "10X98765432"[total % 11]


def _fr_spi(r: Random) -> str:
    body = r.choice("0123") + _digits(r, 9)
    return f"{body}{int(body) % 511:03}"


def _lu(r: Random) -> str:
    body = f"19{_date(r)}{_digits(r, 3)}"
    return body + luhn.calc_check_digit(body) + verhoeff.calc_check_digit(body)


def _hu_taj(r: Random) -> str:
    body = _digits(r, 8)
    return body + str(sum(int(d) * (3, 7)[i % 2] for i, d in enumerate(body)) % 10)


def _hu_tax(r: Random) -> str:
    while True:
        body = "8" + _digits(r, 8)
        check = sum(int(d) * i for i, d in enumerate(body, 1)) % 11
        if check < 10:
            return f"{body}{check}"


def _kvnr(r: Random) -> str:
    body = r.choice(_UPPER) + _digits(r, 8)
    digits = f"{ord(body[0]) - 64:02}{body[1:]}"
    return body + str(sum(sum(map(int, str(int(d) * (1, 2)[i % 2]))) for i, d in enumerate(digits)) % 10)


def _rvnr(r: Random) -> str:
    body = f"{r.choice(('10', '13', '15', '38', '65'))}{_date(r, 'dmy')}{r.choice(_UPPER)}{_digits(r, 2)}"
    digits = f"{body[:8]}{ord(body[8]) - 64:02}{body[9:]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    return body + str(sum(sum(map(int, str(int(d) * w))) for d, w in zip(digits, weights, strict=True)) % 10)


def _steuer_id(r: Random) -> str:
    places = r.sample("0123456789", 9)
    places.append(r.choice(places))
    r.shuffle(places)
    body = "".join(places)
    return _steuer_id(r) if body[0] == "0" else body + mod_11_10.calc_check_digit(body)


def _hkid(r: Random) -> str:
    letter, body = r.choice("ABCDGHKMPRVYZ"), _digits(r, 6)
    total = 36 * 9 + (ord(letter) - 55) * 8 + sum(int(d) * (7 - i) for i, d in enumerate(body))
    return f"{letter}{body}({'0123456789A'[-total % 11]})"


def _twid(r: Random) -> str:
    values = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
    letter, body = r.choice("ABCDEFHJKMNPQT"), r.choice("12") + _digits(r, 7)
    code = f"{values[letter]}{body}"
    return f"{letter}{body}{-sum(int(d) * w for d, w in zip(code, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 10}"


def _iban(r: Random) -> str:
    form = r.choice(
        ("DE18", "AT16", "NL", "FR", "GB", "ES20", "BE12", "IT", "PL24", "CH17", "NO11", "PT21", "LT16", "IE")
    )
    country = form[:2]
    bban = {"NL": "ABNA" + _digits(r, 10), "FR": _digits(r, 23), "GB": "NWBK" + _digits(r, 14), "IE": "AIBK" + _digits(r, 14),
            "IT": "X" + _digits(r, 22)}.get(country) or _digits(r, int(form[2:]))  # fmt: skip
    number = country + mod_97_10.calc_check_digits(bban + country) + bban
    return iban.compact(number)


def _card(r: Random) -> str:
    prefix, length = r.choice((("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("3530", 16),
                               ("36", 14), ("62", 16), ("62", 19)))  # fmt: skip
    body = prefix + _digits(r, length - len(prefix) - 1)
    return body + luhn.calc_check_digit(body)


def _written_card(r: Random) -> str:
    number = _card(r)
    if len(number) == 15:
        return r.choice((number, _grouped(number, 4, 6, 5)))
    if len(number) == 14:
        return r.choice((number, _grouped(number, 4, 6, 4)))
    return r.choice((number, _grouped(number, 4, 4, 4, 4), _grouped(number, 4, 4, 4, 4, by="-")))


def _bank_card(r: Random) -> str:
    body = r.choice(("622202", "621700", "622848", "625965", "955880")) + _digits(r, 12)
    number = body + luhn.calc_check_digit(body)
    return r.choice((number, _grouped(number, 4, 4, 4, 4)))


def _cn_mobile(r: Random) -> str:
    number = f"1{r.choice(('38', '39', '50', '58', '77', '86', '88', '99', '31'))}{_digits(r, 8)}"
    return r.choice(
        (number, number, f"+86 {number}", f"+86{number}", _grouped(number, 3, 4, 4), _grouped(number, 3, 4, 4, by="-"))
    )


def _phone(r: Random) -> str:
    return r.choice((
        f"+49 30 {r.randint(20, 89)}{_digits(r, 5)}", f"030 {r.randint(20, 89)}{_digits(r, 5)}",
            f"+49 (0)89 {r.randint(20, 89)}{_digits(r, 5)}",
        f"0171 {r.randint(2, 9)}{_digits(r, 6)}", f"+44 20 7946 0{_digits(r, 3)}", f"020 7946 0{_digits(r, 3)}",
            f"07700 900{_digits(r, 3)}",
        f"+1 202-555-01{_digits(r, 2)}", f"(212) 555-01{_digits(r, 2)}", f"415-555-01{_digits(r, 2)}",
            f"+33 1 42 68 {r.randint(10, 99)} {r.randint(10, 99)}",
        f"06 12 34 {r.randint(10, 99)} {r.randint(10, 99)}", f"+31 20 624 {_digits(r, 4)}",
            f"+43 1 {r.randint(20, 89)}{_digits(r, 5)}",
        f"010-{r.choice('68')}{_digits(r, 7)}", f"021-5{_digits(r, 7)}",
            f"+34 91 {r.randint(200, 799)} {_digits(r, 4)}", f"+39 06 {r.randint(400, 899)} {_digits(r, 5)}",
    ))  # fmt: skip


def _vin(r: Random) -> str:
    values = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
    while True:
        vin = list(
            r.choice(("1HG", "2T1", "WVW", "LSV", "WBA"))
            + "".join(r.choices("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", k=10))
            + _digits(r, 4)
        )
        weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
        vin[8] = "0123456789X"[sum(values[c] * w for c, w in zip(vin, weights, strict=True)) % 11]
        if sum(map(str.isdigit, vin)) > 5:
            return "".join(vin)


def _imei(r: Random) -> str:
    body = "35" + _digits(r, 12)
    number = body + luhn.calc_check_digit(body)
    return r.choice((number, f"{number[:2]}-{number[2:8]}-{number[8:14]}-{number[14]}"))


def _uuid(r: Random, upper: bool) -> str:
    raw = "".join(r.choices("0123456789abcdef", k=32))
    text = _grouped(raw, 8, 4, 4, 4, 12, by="-")
    return text.upper() if upper else text


def _birth(r: Random) -> str:
    y, m, d = r.randint(1935, 2006), r.randint(1, 12), r.randint(1, 28)
    month = ("January February March April May June July August September October November December").split()[m - 1]
    monat = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()[m - 1]
    return r.choice((f"{y}-{m:02}-{d:02}", f"{d:02}.{m:02}.{y}", f"{d}.{m}.{y}", f"{d:02}/{m:02}/{y}",
        f"{d} {month} {y}", f"{month} {d}, {y}",
                     f"{d}. {monat} {y}", f"{m}/{d}/{y}", f"{d}-{month[:3]}-{y}", f"{d:02}.{m:02}.{y % 100:02}"))  # fmt: skip


def _zh_birth(r: Random) -> str:
    y, m, d = r.randint(1950, 2005), r.randint(1, 12), r.randint(1, 28)
    return r.choice((f"{y}年{m}月{d}日", f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m:02}.{d:02}"))


def _address(r: Random) -> str:
    n = r.randint(1, 180)
    street = r.choice(
        (
            "Musterstraße",
            "Berliner Allee",
            "Gartenweg",
            "Goethestr.",
            "Lindenplatz",
            "Hauptstrasse",
            "Am Alten Markt",
            "Karl-Beispiel-Straße",
        )
    )
    uk = r.choice(("High Street", "Example Road", "Church Lane", "Station Road", "Victoria Avenue", "Queens Crescent"))
    us = r.choice(
        ("Maple Street", "N Example Ave", "Sunset Blvd", "Oak Lane", "Washington Street NW", "Elm St, Apt 4B")
    )
    return r.choice((
        f"{street} {n}, {r.randint(10000, 99000)} {r.choice(('Berlin', 'Musterstadt', 'Bad Beispiel', 'Köln'))}",
        f"{street} {n}\n{r.randint(10000, 99000)} Musterstadt",
        f"{street} {n}{r.choice('abc')}, A-{r.randint(1010, 1230)} Wien",
        f"{n} {uk}, London {r.choice(('SW1A 1AA', 'EC1A 1BB', 'W1A 0AX'))}", f"Flat {r.randint(1, 9)}, {n} {uk}, Leeds, LS1 4AP",
        f"{n} {us}, Springfield, IL {r.randint(60000, 62999)}", f"{n} {us}, Portland, OR {r.randint(97000, 97299)}",
        f"{n} rue de l'Exemple, 75{r.randint(1, 20):03} Paris", f"{n} bis avenue Victor Hugo, 69006 Lyon",
        f"Keizersgracht {n}, {r.randint(1000, 1099)} AB Amsterdam", f"Dorpsstraat {n}, {r.randint(2000, 3999)} XZ Voorbeeld",
        f"Via Garibaldi {n}, 00153 Roma", f"Calle Mayor {n}, 28013 Madrid", f"Rua Augusta {n}, 1100-053 Lisboa",
            f"ul. Przykładowa {n}, 00-001 Warszawa",
    ))  # fmt: skip


def _zh_address(r: Random) -> str:
    n = r.randint(1, 900)
    return r.choice((
        f"北京市朝阳区建国路{n}号{r.randint(1, 20)}号楼{r.randint(101, 2809)}室", f"上海市浦东新区世纪大道{n}号",
            f"广东省深圳市南山区科技南路{n}号创新大厦{r.randint(2, 30)}层",
        f"浙江省杭州市西湖区文三路{n}号{r.randint(1, 9)}单元{r.randint(101, 999)}室", f"四川省成都市武侯区人民南路四段{n}号",
            f"江苏省南京市鼓楼区中山北路{n}弄{r.randint(1, 40)}号{r.randint(101, 999)}室",
    ))  # fmt: skip


def _uscc(r: Random) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = r.choice(("91", "92")) + r.choice(("110105", "310115", "440300")) + "MA" + "".join(r.choices(alphabet, k=7))
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[-total % 31]


def _random(r: Random, count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    while True:
        text = "".join(r.choices(alphabet, k=count))
        if sum(map(str.isdigit, text)) >= 3:
            return text


def _api_key(r: Random) -> str:
    return r.choice((
        "AKIA" + "".join(r.choices(_UPPER + "234567", k=14)) + "7Q", "ghp_" + _random(r, 36), "glpat-" + _random(r, 20),
            "xoxb-" + _digits(r, 11) + "-" + _random(r, 24),
        "sk_live_" + _random(r, 24), "AIza" + _random(r, 35), "npm_" + _random(r, 36), "hf_" + _random(r, 34),
            "sk-proj-" + _random(r, 40),
    ))  # fmt: skip


def _password(r: Random) -> str:
    return r.choice(("Sommer", "Blue", "xk", "Tr0ub4")) + r.choice("!#$_-%") + _random(r, r.randint(4, 9))


def _de_plate(r: Random) -> str:
    d, letters, n = (
        r.choice(("B", "M", "HH", "K", "DD", "LÖ")),
        "".join(r.choices("ABCDEKLMNPRSTX", k=2)),
        r.randint(1, 9999),
    )
    return r.choice((f"{d}-{letters} {n}", f"{d} {letters} {n}", f"{d}-{letters}-{n}"))


def _plate(r: Random) -> str:
    two = lambda: "".join(r.choices("ABCDEFGHJKLMNPRSTVWX", k=2))  # noqa: E731
    return r.choice(
        (
            f"{two()}{r.randint(51, 73)} {two()}X",
            f"{two()}-{_digits(r, 3)}-{two()}",
            f"{_digits(r, 4)} BCD",
            f"{r.randint(1, 2)}-ABC-{_digits(r, 3)}",
        )
    )


def _cn_plate(r: Random) -> str:
    head = r.choice("京沪粤浙苏川鄂") + r.choice("ABCDE")
    return r.choice(
        (
            head + "".join(r.choices("ABCDEFGH", k=1)) + _digits(r, 4),
            head + _digits(r, 5),
            head + "D" + _digits(r, 5),
            head + "·F" + _digits(r, 5),
        )
    )


_NAMES = ("anna", "max", "li.wei", "j.example", "erika", "o.muster", "wang_fang", "p-dupont")
_HOSTS = ("example.com", "mail.example.org", "example.co.uk", "beispiel.example.de", "qq.com", "example.cn")

# label: how its values are drawn, what texts call it, whether it is recognised without being called so
_Plant = tuple[str, Draw, tuple[str, ...], bool]
PLANTS: tuple[_Plant, ...] = (
    ("NL_BSN", _oracle("nl.bsn", lambda r: _digits(r, 9)), ("BSN", "burgerservicenummer", "BSN-nummer",
        "Citizen Service Number (BSN)"), False),
    ("FR_NIR", _either(_oracle("fr.nir",
        lambda q: q.choice("12") + _date(q, "ym") + _digits(q, 10)), lambda n: _grouped(n, 1, 2, 2, 2, 3, 3, 2)),
     ("numéro de sécurité sociale", "NIR", "n° sécu"), True),
    ("FR_SPI", lambda r: r.choice((_fr_spi(r), _grouped(_fr_spi(r), 2, 2, 3, 3, 3))), ("numéro fiscal", "n° SPI",
        "numéro fiscal de référence"), False),
    ("IE_PPSN", _oracle("ie.pps", lambda r: _digits(r, 7) + r.choice(_UPPER[:23]) + r.choice(("", "A", "B"))),
        ("PPS number", "PPSN", "PPS no."), True),
    ("BE_RRN", _either(_oracle("be.nn",
        lambda q: _date(q) + _digits(q, 5)), lambda n: f"{n[:2]}.{n[2:4]}.{n[4:6]}-{n[6:9]}.{n[9:]}"),
     ("rijksregisternummer", "numéro de registre national", "national number", "INSZ"), True),
    ("AT_SVNR", _either(_oracle("at.vnr", lambda q: _digits(q,
        4) + _date(q, "dmy")), lambda n: f"{n[:4]} {n[4:]}"),
     ("SVNR", "Sozialversicherungsnummer", "SV-Nr.", "Versicherungsnummer"), False),
    ("AT_TAX_NUMBER", _as(_oracle("at.tin", lambda q: _digits(q, 9)), lambda n: f"{n[:2]}-{n[2:5]}/{n[5:]}"),
        ("Steuernummer", "Abgabenkontonummer", "St.Nr."), True),
    ("PT_NIF", _either(_oracle("pt.nif",
        lambda q: q.choice("123") + _digits(q, 8)), lambda n: _grouped(n, 3, 3, 3)),
        ("NIF", "contribuinte", "n.º de contribuinte"), False),
    ("PT_CC", _either(_oracle("pt.cc", lambda q: _digits(q,
        9) + "ZX" + _digits(q, 1)), lambda n: f"{n[:8]} {n[8]} {n[9:]}"), ("cartão de cidadão", "citizen card"), True),
    ("DK_CPR", _either(_oracle("dk.cpr", lambda q: _date(q,
        "dmy") + _digits(q, 4)), lambda n: f"{n[:6]}-{n[6:]}"), ("CPR", "CPR-nummer", "cpr nr."), False),
    ("NO_FNR", _either(_oracle("no.fodselsnummer", lambda q: _date(q,
        "dmy") + _digits(q, 5)), lambda n: f"{n[:6]} {n[6:]}"), ("fødselsnummer", "fnr", "Fødselsnr."), True),
    ("CH_AHV", _either(_ahv, lambda n: f"{n[:3]}.{n[3:7]}.{n[7:11]}.{n[11:]}"),
     ("AHV-Nummer", "numéro AVS", "AHV-Nr.", "AHVN13"), True),
    ("CZ_SK_BIRTH_NUMBER", _either(_oracle("cz.rc", lambda q: _date(q,
        month=q.choice((0, 50))) + _digits(q, 4)), lambda n: f"{n[:6]}/{n[6:]}"), ("rodné číslo", "RČ", "r.č."), False),
    ("RO_CNP", _oracle("ro.cnp", lambda r: r.choice("12") + _date(r) + f"{r.randint(1, 46):02}" + _digits(r, 4)),
        ("CNP", "cod numeric personal"), True),
    ("GR_AMKA", _oracle("gr.amka", lambda r: _date(r, "dmy") + _digits(r, 5)), ("AMKA", "ΑΜΚΑ"), False),
    ("GR_AFM", _oracle("gr.vat", lambda r: _digits(r, 9)), ("ΑΦΜ", "AFM"), False),
    ("HU_TAJ", lambda r: r.choice((_hu_taj(r), _grouped(_hu_taj(r), 3, 3, 3))), ("TAJ szám", "TAJ"), False),
    ("HU_TAX_ID", _hu_tax, ("adóazonosító jel", "adóazonosító"), False),
    ("BG_EGN", _oracle("bg.egn", lambda r: _date(r) + _digits(r, 4)), ("ЕГН", "EGN"), False),
    ("HR_OIB", _oracle("hr.oib", lambda r: _digits(r, 11)), ("OIB",), False),
    ("EE_LT_PERSONAL_CODE", _oracle("ee.ik", lambda r: r.choice("34") + _date(r) + _digits(r, 4)), ("isikukood",
        "asmens kodas", "personal code"), False),
    ("LV_PERSONAL_CODE", _as(_oracle("lv.pvn", lambda q: _date(q,
        "dmy") + "1" + _digits(q, 4)), lambda n: f"{n[:6]}-{n[6:]}"), ("personas kods",), True),
    ("LU_NIN", _lu, ("matricule", "numéro d'identification national (matricule)"), True),
    ("SI_EMSO", _oracle("si.emso", lambda r: _date(r, "dm") + f"9{r.randint(50, 99)}50" + _digits(r, 4)), ("EMŠO", "EMSO"), False),
    ("IS_KENNITALA", _as(_oracle("is_.kennitala", lambda q: _date(q,
        "dmy") + _digits(q, 3) + "9"), lambda n: f"{n[:6]}-{n[6:]}"), ("kennitala", "kt."), True),
    ("CY_TIC", _oracle("cy.vat", lambda r: "0" + _digits(r, 7) + r.choice(_UPPER)), ("TIC", "tax identification code"), False),
    ("UK_UTR", _either(_oracle("gb.utr", lambda q: _digits(q, 10)), lambda n: _grouped(n, 5, 5)),
        ("UTR", "Unique Taxpayer Reference"), False),
    ("UK_NHS", _either(_oracle("gb.nhs",
        lambda q: q.choice("4679") + _digits(q, 9)), lambda n: _grouped(n, 3, 3, 4)), ("NHS number", "NHS no."), False),
    ("UK_NINO", _either(lambda r: r.choice(("AB", "JG", "PW",
        "SC")) + _digits(r, 6) + r.choice("ABCD"), lambda n: _grouped(n, 2, 2, 2, 2, 1)),
        ("National Insurance number", "NINO", "NI number"), False),
    ("US_SSN", lambda r: f"{r.randint(100, 665)}-{r.randint(10, 99)}-{r.randint(1000, 9999)}", ("SSN",
        "Social Security number"), True),
    ("DE_TAX_ID", _either(_steuer_id, lambda n: _grouped(n, 2, 3, 3, 3)), ("Steuer-ID",
        "Steueridentifikationsnummer", "IdNr.", "steuerliche Identifikationsnummer"), False),
    ("DE_SOCIAL_SECURITY", _either(_rvnr, lambda n: f"{n[:2]} {n[2:8]} {n[8]} {n[9:]}"),
        ("Rentenversicherungsnummer", "Sozialversicherungsnummer", "SV-Nummer"), True),
    ("DE_HEALTH_INSURANCE", _kvnr, ("Krankenversichertennummer", "Versichertennummer", "KVNR"), False),
    ("SE_PERSONNUMMER", _oracle("se.personnummer", lambda r: r.choice(("", "19")) + _date(r) + "-" + _digits(r, 4)),
        ("personnummer", "personnr"), True),
    ("FI_PERSONAL_IDENTITY_CODE", _oracle("fi.hetu", lambda r: _date(r,
        "dmy") + "-" + f"{r.randint(2, 899):03}" + r.choice("0123456789ABCDEFHJKLMNPRSTUVWXY")), ("henkilötunnus", "hetu"), True),
    ("PL_PESEL", _oracle("pl.pesel", lambda r: _date(r) + _digits(r, 5)), ("PESEL", "numer PESEL"), False),
    ("ES_NIF", _oracle("es.dni", lambda r: _digits(r, 8) + r.choice("TRWAGMYFPDXBNJZSQVHLCKE")), ("DNI", "NIF"), True),
    ("ES_NIE", _oracle("es.nie", lambda r: r.choice("XYZ") + _digits(r, 7) + r.choice("TRWAGMYFPDXBNJZSQVHLCKE")), ("NIE",), True),
    ("IT_FISCAL_CODE", _oracle("it.codicefiscale", lambda r: "".join(r.choices("BCDFGLMNPRST",
        k=6)) + f"{r.randint(40, 99)}{r.choice('ABCDEHLMPRST')}{r.randint(1, 28):02}"
                               + r.choice("FHL") + _digits(r, 3) + r.choice(_UPPER)), ("codice fiscale", "C.F."), True),
    ("CN_ID_CARD", _cn_id, ("身份证号", "身份证号码", "ID card number", "公民身份号码"), True),
    ("CN_MOBILE", _cn_mobile, ("手机", "手机号", "电话", "mobile", "联系电话"), True),
    ("CN_BANK_CARD", _bank_card, ("银行卡号", "卡号", "工行卡号"), True),
    ("CN_PASSPORT", lambda r: r.choice(("E", "G")) + _digits(r, 8), ("护照号", "护照号码", "passport number", "护照"), False),
    ("CN_TRAVEL_PERMIT", lambda r: r.choice("CHM") + _digits(r, 8), ("港澳通行证", "回乡证号", "往来港澳通行证号码"), False),
    ("CN_SOCIAL_CREDIT_CODE", _uscc, ("统一社会信用代码", "税号", "credit code"), True),
    ("CN_LICENSE_PLATE", _cn_plate, ("车牌号", "车牌", "车辆"), True),
    ("WECHAT_ID", lambda r: r.choice(("wx_", "zhang", "Lucky-", "li")) + _random(r, 7).lower(), ("微信号", "微信", "WeChat",
        "wechat ID"), False),
    ("QQ_ID", lambda r: r.choice("123456789") + _digits(r, r.randint(6, 9)), ("QQ", "QQ号", "qq"), False),
    ("HK_ID_CARD", _hkid, ("HKID", "香港身份证", "Hong Kong ID"), True),
    ("TW_ID_CARD", _twid, ("身分證字號", "國民身分證統一編號", "Taiwan ID"), True),
    ("IBAN_CODE", _either(_iban, lambda n: " ".join(n[i : i + 4] for i in range(0, len(n), 4))),
        ("IBAN", "Konto", "account", "账号"), True),
    ("CREDIT_CARD", _written_card, ("card number", "Kreditkarte", "Visa", "carte bancaire", "信用卡号"), True),
    ("PHONE_NUMBER", _phone, ("Tel.", "phone", "Telefon", "call me at", "tél.", "Mobil", "Fax"), True),
    ("EMAIL_ADDRESS", lambda r: f"{r.choice(_NAMES)}{r.choice(('', '+news', '1'))}@{r.choice(_HOSTS)}", ("E-mail",
        "mail", "邮箱", "e-mail", "Email"), True),
    ("IP_ADDRESS", lambda r: f"{r.randint(11, 223)}.{r.randint(0, 255)}.{r.randint(0, 255)}.{r.randint(1, 254)}", ("IP",
        "from", "IP address"), True),
    ("MAC_ADDRESS", lambda r: r.choice(":-").join(_uuid(r, r.random() < 0.5)[i : i + 2] for i in (0, 2, 4, 6, 9, 11)),
        ("MAC", "MAC address"), True),
    ("DATE_OF_BIRTH", _birth, ("date of birth", "born on", "DOB", "Geburtsdatum", "geboren am", "né le",
        "date de naissance", "fecha de nacimiento", "geb.", "geboortedatum"), False),
    ("DATE_OF_BIRTH", _zh_birth, ("出生日期", "生日", "出生"), False),
    ("POSTAL_ADDRESS", _address, ("Address", "Anschrift", "Adresse", "I live at", "Postal address"), True),
    ("POSTAL_ADDRESS", _zh_address, ("地址", "住址", "收货地址", "家庭住址"), True),
    ("VIN", _vin, ("VIN", "FIN", "Fahrgestellnummer", "车架号"), True),
    ("DE_KFZ", _de_plate, ("Kennzeichen", "Kfz-Kennzeichen", "amtl. Kennzeichen"), False),
    ("LICENSE_PLATE", _plate, ("number plate", "license plate", "plaque d'immatriculation", "kenteken"), False),
    ("IMEI", _imei, ("IMEI", "IMEI-Nummer", "device IMEI"), False),
    ("ADVERTISING_ID", lambda r: _uuid(r, r.random() < 0.5), ("IDFA", "GAID", "advertising ID", "广告标识符"), False),
    ("DEVICE_SERIAL", lambda r: "".join(r.choices("CDFGHJKLMNPQRTVWXY", k=4)) + _digits(r,
        4) + "".join(r.choices(_UPPER, k=3)), ("serial number", "Seriennummer", "S/N", "序列号"), False),
    ("PASSWORD", _password, ("password", "Passwort", "密码", "mot de passe", "contraseña", "PIN code"), False),
    ("API_KEY", _api_key, ("API key", "token", "key", "密钥"), True),
)  # fmt: skip


def _not_personal(r: Random) -> str:
    """A sentence with a number or a word that is no personal data."""
    y, n = r.randint(2015, 2026), r.randint(10000, 99999999)
    return r.choice((
        f"Your order no. {n} was shipped on {r.randint(1, 28)}.{r.randint(1, 12)}.{y}.",
            f"Invoice #{y}-{n} over {r.randint(1, 99)},{r.randint(100, 999)}.50 EUR is due.",
        f"Bestellnummer: {_digits(r, 9)}",
            f"Rechnungsnr. RE-{y}-{r.randint(1000, 9999)} vom {r.randint(1, 28):02}.0{r.randint(1, 9)}.{y}",
            f"Tracking number {_digits(r, 12)}",
        f"Sendungsnummer {_digits(r, 14)}", f"DHL tracking: JJD{_digits(r, 18)}",
            f"订单号：{_digits(r, 12)}，金额{r.randint(10, 9999)}.00元", f"发票号码 {_digits(r, 8)}",
        f"快递单号SF{_digits(r, 13)}", f"Version {r.randint(1, 20)}.{r.randint(0, 30)}.{r.randint(0, 300)} build {_digits(r, 8)}",
        f"commit {_uuid(r, False).replace('-', '')}{_digits(r, 8)}",
        f"see commit {_random(r, 8, '0123456789abcdef')}", f"Part no. {_random(r, 9, _UPPER + string.digits)}",
            f"SKU {_random(r, 8, _UPPER + string.digits)}-{r.randint(10, 99)}",
        f"ISBN 978-3-16-{_digits(r, 6)}-{r.randint(0, 9)}", f"EAN 4006381{_digits(r, 6)}",
            f"The meeting is on {y}-0{r.randint(1, 9)}-{r.randint(10, 28)} at 14:30.",
        f"Total: ${r.randint(1, 999)},{r.randint(100, 999)}.{r.randint(10, 99)}",
            f"We sold {r.randint(1, 9)} {r.randint(100, 999)} {r.randint(100, 999)} units in {y}.",
        f"Ticket {_digits(r, 7)} was closed.", f"Request id {_uuid(r, False)}", f"Message-ID: <{_uuid(r, False)}@mail>",
            f"timestamp {r.randint(1500000000, 1799999999)}",
        f"ts={r.randint(1500000000000, 1799999999999)}", f"{r.randint(1, 99)} % of {r.randint(1000, 9999)} users",
            f"Room {r.randint(100, 999)}, building {r.randint(1, 40)}",
        f"pages {r.randint(100, 199)}-{r.randint(200, 299)}", f"CVE-{y}-{r.randint(10000, 49999)}",
            f"RFC {r.randint(1000, 9999)}, section {r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 9)}",
        f"Order {_digits(r, 10)} / customer ref {_random(r, 6, _UPPER + string.digits)}",
            f"Auftrag {_digits(r, 11)} ist eingegangen.", f"Commande n° {_digits(r, 10)}",
        f"factuurnummer {_digits(r, 9)}", f"pedido {_digits(r, 8)}", f"合同编号：HT{y}{_digits(r, 6)}",
            f"价格{r.randint(100, 99999)}元，数量{r.randint(1, 500)}", f"{y}年{r.randint(1, 12)}月{r.randint(1, 28)}日会议",
        f"Article {_digits(r, 13)}", f"sha256:{_uuid(r, False).replace('-', '')}{_uuid(r, False).replace('-', '')}",
            f"error code 0x{_random(r, 8, '0123456789ABCDEF')}",
        f"GPS 52.{_digits(r, 5)}, 13.{_digits(r, 5)}", f"from {y - 1} to {y}",
            f"Q{r.randint(1, 4)} {y}: {r.randint(1, 99)}.{r.randint(1, 9)}M",
            f"{r.randint(10, 99)}:{r.randint(10, 59)}:{r.randint(10, 59)}.{_digits(r, 3)}",
        f"PO number {_digits(r, 10)}", f"Zip archive backup_{y}0{r.randint(1, 9)}{r.randint(10, 28)}.zip",
            f"Model XJ-{_digits(r, 4)}", "Please reset your password soon.",
        f"The part number is {_digits(r, 3)}-{_digits(r, 5)}-{_digits(r, 2)}.", "See the address book for details.",
            f"Flight LH {r.randint(100, 999)} on 3 May {y}", f"Booking reference {_random(r, 6, _UPPER + '23456789')}",
    ))  # fmt: skip


_LATIN = (
    "{cue}: {value}",
    "{cue} {value}",
    "my {cue} is {value}.",
    "({cue}: {value})",
    "{cue} = {value}",
    "- {cue}: {value}",
    "{cue}:\t{value}",
    "{cue}: {value},",
    "Please note: {cue} {value}.",
)
_HAN = (
    "{cue}：{value}",
    "{cue}{value}，",
    "我的{cue}是{value}。",
    "{cue}: {value}",
    "{cue}为{value}，谢谢",
    "【{cue}】{value}",
)
_ALONE = ("Here it is: {value}", "{value}", "{value} is what you asked for.", "Thanks! {value}", "> {value}")
_OPEN = ("Hello,\n\n", "Guten Tag,\n\n", "您好，\n\n", "Hi,\n", "Bonjour,\n\n", "> ", "")
_CLOSE = ("\n\nThanks a lot\n", "\n\nMit freundlichen Grüßen\n", "\n\n谢谢\n", "\n\nCordialement\n", "\n")
_FIELDS = {
    "NL_BSN": "bsn", "FR_NIR": "numero_securite_sociale", "CN_ID_CARD": "身份证号", "CN_MOBILE": "手机",
        "PHONE_NUMBER": "mobile_phone", "DATE_OF_BIRTH": "Geburtsdatum",
    "EMAIL_ADDRESS": "email", "IBAN_CODE": "iban", "CREDIT_CARD": "cardNumber", "PT_NIF": "nif",
        "DE_TAX_ID": "steuerId", "DK_CPR": "cpr_number", "PL_PESEL": "pesel",
    "WECHAT_ID": "wechat_id", "QQ_ID": "qq", "VIN": "vin", "LICENSE_PLATE": "license_plate", "IMEI": "imei",
        "ADVERTISING_ID": "advertising_id", "POSTAL_ADDRESS": "billing_address",
    "PASSWORD": "password", "CN_PASSPORT": "护照号", "UK_UTR": "utr", "AT_SVNR": "svnr", "HU_TAJ": "taj_szam",
        "DEVICE_SERIAL": "serialNumber", "UK_NHS": "nhs_number",
}  # fmt: skip


def _is_han(cue: str) -> bool:
    return any(char > "\u2e7f" for char in cue)


def _planted(r: Random, plant: _Plant) -> tuple[str, int, int]:
    label, draw, cues, alone = plant
    value = draw(r)
    if alone and r.random() < 0.15 and label not in ("API_KEY", "IP_ADDRESS"):
        form = r.choice(_ALONE)
        cue = ""
    else:
        cue = r.choice(cues)
        form = r.choice(_HAN if _is_han(cue) else _LATIN)
        if label in ("PASSWORD", "DEVICE_SERIAL") and not _is_han(cue):
            form = r.choice(("{cue}: {value}", "my {cue} is: {value}", "{cue}={value}", "- {cue}: {value}"))
    before, _, after = form.format(cue=cue, value="\0").partition("\0")
    return before + value + after, len(before), len(before) + len(value)


def texts(seed: int, count: int) -> Iterator[Text]:
    """As many texts: two of three are mails with several values among other numbers, the rest cells of records."""
    r = Random(seed)
    for index in range(count):
        plant = PLANTS[index % len(PLANTS)]
        if r.random() < 0.3 and plant[0] in _FIELDS:
            value = plant[1](r)
            yield Text(value, ((0, len(value), plant[0]),), _FIELDS[plant[0]])
            continue
        if r.random() < 0.1:
            yield Text(_not_personal(r), (), r.choice((None, "order_no", "notes", "description")))
            continue
        text, spans = r.choice(_OPEN), []
        for chosen in (plant, r.choice(PLANTS)):
            for _ in range(r.randint(0, 3)):
                text += _not_personal(r) + r.choice(("\n", "\n\n", "\n> "))
            sentence, start, end = _planted(r, chosen)
            spans.append((len(text) + start, len(text) + end, chosen[0]))
            text += sentence + r.choice(("\n", "\n\n"))
        yield Text(text + r.choice(_CLOSE), tuple(spans))

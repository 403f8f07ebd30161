"""What a column is about, guessed from its name and comment (English, German, Chinese) and its declared type.

The guess decides which fields are called identifying. It never decides what is searched: text is always read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from sqlalchemy import types
from sqlalchemy.types import TypeEngine

from connectors.contract import FieldType

_EMAIL = frozenset("email emails mail emailaddress mailadresse emailadresse".split())
_PHONE = frozenset(
    "phone phones mobile mobil tel telephone telefon telefonnummer rufnummer handy handynummer fax cell cellphone "
    "phonenumber mobilephone telefax".split()
)
_NAME = frozenset(
    "firstname lastname fullname surname forename fname lname givenname familyname middlename maidenname displayname "
    "nickname username login vorname nachname familienname geburtsname spitzname benutzername ansprechpartner".split()
)
_PERSON = frozenset(  # with these before it, "name" is a person's
    "first last full given family middle maiden birth display nick user sur contact customer client person employee "
    "patient member legal recipient sender owner author holder kunden mitarbeiter".split()
)
_OTHER = frozenset(
    "address addresses addr street strasse straße hausnummer anschrift adresse zip zipcode postcode postal plz city ort "
    "wohnort birthday birthdate dob geburtsdatum geburtstag born passport ausweis ausweisnummer ssn iban steuernummer "
    "steuerid ip ipaddress skype wechat weixin qq whatsapp telegram twitter linkedin facebook signature photo avatar "
    "gender geschlecht sfz".split()
)
_CHINESE = (
    (FieldType.EMAIL, ("邮箱", "邮件", "郵箱", "電郵")),
    (FieldType.PHONE, ("手机", "电话", "手機", "電話", "传真")),
    (FieldType.NAME, ("姓名", "名字", "联系人", "昵称", "用户名", "聯絡人")),
    (FieldType.OTHER, ("地址", "住址", "生日", "出生", "身份证", "护照", "微信", "性别", "银行卡", "籍贯")),
)
_PAIRS = {("e", "mail"), ("ip", "address"), ("birth", "date"), ("date", "birth"), ("tax", "id"), ("personal", "id")}
_MARKED = re.compile(r"\b(pii|personal|personenbezogen\w*|gdpr|dsgvo|sensitive|pipl)\b|个人信息|敏感", re.I)


def words(name: str) -> list[str]:
    """`customerEMail_1` -> customer, e, mail."""
    split = re.sub(r"([a-zäöüß])([A-ZÄÖÜ])", r"\1 \2", name)
    return [word for word in re.split(r"[\W_\d]+", re.sub(r"([A-Z])([A-Z][a-z])", r"\1 \2", split).lower()) if word]


def subject(name: str) -> FieldType | None:
    """EMAIL, PHONE or NAME for what the name says, OTHER for another thing that identifies a person, None for nothing."""
    for kind, signs in _CHINESE:
        if any(sign in name for sign in signs):
            return kind
    parts = words(name)
    pairs = {*pairwise(parts), *zip(parts, parts[2:], strict=False)}  # "date of birth" too
    joined = "".join(parts)
    if _EMAIL & {*parts, joined} or ("e", "mail") in pairs:
        return FieldType.EMAIL
    if _PHONE & {*parts, joined}:
        return FieldType.PHONE
    if _NAME & {*parts, joined} or parts == ["name"] or (parts[-1:] == ["name"] and parts[-2] in _PERSON):
        return FieldType.NAME
    return FieldType.OTHER if _OTHER & {*parts, joined} or _PAIRS & pairs else None


def label(comment: str | None) -> str | None:
    """The comment, when it says that the column is personal data."""
    return comment if comment and _MARKED.search(comment) else None


def declared_type(declared: TypeEngine[Any]) -> FieldType:
    """What the declared SQL type says."""
    kinds: Iterable[tuple[type[TypeEngine[Any]] | tuple[type[TypeEngine[Any]], ...], FieldType]] = (
        (types.Boolean, FieldType.BOOLEAN),
        (types.JSON, FieldType.OTHER),
        ((types.Enum, types.Uuid), FieldType.OTHER),
        ((types.Numeric, types.Float, types.Integer), FieldType.NUMBER),
        ((types.Date, types.DateTime, types.Time), FieldType.DATE),
        (types._Binary, FieldType.BINARY),
        (types.String, FieldType.TEXT),
    )
    return next((kind for classes, kind in kinds if isinstance(declared, classes)), FieldType.OTHER)

"""What the name of a field says: context for the recognisers, and whether a language model has anything to find in it."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 200  # characters; longer values are running text
_PART = re.compile(r"[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+(?![a-zäöüß])|[^\W\d_a-zA-ZäöüßÄÖÜ]+")
_WORD = re.compile(r"[^\W\d_]{2}")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2}")

# Words of field names whose values are addresses, numbers, dates, keys or codes, so that no name stands in them.
_TYPED = frozenset(
    """
    mail email emails phone phones mobile telephone telefon tel fax cell handy mobil msisdn whatsapp url uri website homepage link
    id ids uuid guid key hash number no nr num code sku ean iban bic swift zip postcode plz postal amount price cost total sum
    count quantity qty rate percent score balance revenue currency date time at on datetime timestamp created updated modified
    deleted birthday birthdate dob datum geburtsdatum year month day age status stage type state priority flag active enabled
    is has version size length weight ip mac lat lon latitude longitude locale language lang gender sex betrag preis anzahl summe
    nummer kundennummer währung sprache geschlecht
    """.split()
)
_TYPED_HAN = re.compile(
    r"(?:手机|电话|電話|号码|号|邮箱|邮件|日期|时间|時間|金额|数量|价格|编号|编码|状态|类型|性别|年龄|网址)$"
)


# One word, or a phrase such as "Garden shed": the capital that begins a value says nothing, and a model without a sentence
# around it guesses. Names that stand alone are told by the name of their field (`pii.recognizers.fields`).
_PHRASE = re.compile(r"[^\W\d_\u2e80-\U0003ffff]+(?:-[^\W\d_\u2e80-\U0003ffff]+)*(?: [a-zäöüßà-öø-ÿ]+)?[.!?]?")
_SPOKEN = frozenset(
    "note notes comment comments remark remarks description text message body subject notiz notizen bemerkung".split()
)


@lru_cache(maxsize=4096)
def context_of(field: str | None) -> tuple[str, ...]:
    """The name of a field as context words, whole and in parts: `dateOfBirth` is also `date`, `of`, `birth`."""
    if not field:
        return ()
    last = _last(field)
    return (last.lower(), *(word.lower() for word in _PART.findall(last) if len(word) > 1))


def asks_model(field: str | None, value: str) -> bool:
    """Whether a language model reads the value of a field.

    It does not where the name of the field tells the type (`mobile`, `created_at`, `order_id`) and the value is of that
    kind: short, one line, at most one word; a remark written into such a field is read like any other text. Nor does it
    where the value is a single word, or a capital word and one more, in a field that is not for remarks.
    """
    if not field:
        return True
    if _PHRASE.fullmatch(value.strip()) and not _spoken(field):
        return False
    if not _typed(field):
        return True
    running = len(value) > _LONGEST or "\n" in value or _HAN.search(value)
    return bool(running) or sum(1 for word in value.split() if _WORD.search(word)) > 1


@lru_cache(maxsize=4096)
def _spoken(field: str) -> bool:
    return any(part.lower() in _SPOKEN for part in _PART.findall(_last(field)))


@lru_cache(maxsize=4096)
def _typed(field: str) -> bool:
    parts = [part.lower() for part in _PART.findall(_last(field))]
    return bool(parts) and (
        parts[-1] in _TYPED or parts[0] in ("is", "has") or _TYPED_HAN.search(parts[-1]) is not None
    )


def _last(field: str) -> str:
    return field.rsplit(".", 1)[-1].removesuffix("__c")  # Salesforce marks its custom fields so

"""Which keys a person can be found by in a record. One extractor serves the index and the matching of a request.

Because both sides use `extract`, a record that matching would accept is always one the index returns; there is no second
opinion that could lose somebody. Four kinds of key, each a short byte string:

    e:anna@example.com      an e-mail address (also with its +tag removed, or wrapped in a bounce address)
    p:1234567               the last seven digits of something that looks like a phone number; `phones` decides exactly
    n:anna schmidt          two name words in alphabetical order, or a Chinese name and its pinyin
    c:k100009               something that looks like a customer number: `K-100009`, `KD/4711`, or five digits and more

Names in text are candidates only: two adjacent words that are not function words, or two to four Chinese characters that
begin with a surname.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, pinyin

from connectors.contract import FieldType, Record
from discovery.fold import fold, fold_word
from discovery.surnames import COMPOUND, SINGLE

_EMAIL = re.compile(r"[\w.!#$&'*+/=?^`{|}~-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PHONE = re.compile(r"(?<!\d)\+?\(?\d(?:[ \t\u00a0().\-/\u2010-\u2015]{0,3}\d){6,19}(?!\d)")
_CODE = re.compile(r"(?<![a-z0-9])(?:[a-z]{1,6}[-./_]?[0-9]{3,12}|[0-9]{5,12})(?![a-z0-9]|[-./:][0-9])")
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff\uf900-\ufaff]{1,40}")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff](?:[ \u3000]?[\u3400-\u9fff\uf900-\ufaff])+")  # 张 伟 is one name too
_IDEOGRAPHS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_GAP = re.compile(r"[\s,.;:_'\"<>()\[\]/*\u2019\u201c\u201d=&+|-]{1,3}")
_PARTICLES = frozenset(
    ["von", "van", "der", "den", "de", "da", "di", "del", "la", "le", "zu", "bin", "al", "el", "mc", "o"]
)
_STOP = frozenset(
    """a about after all also am an and any are as at be been before but by can could dear did do does for from get had has have
    he hello hi her here him his how i if in into is it its just know like may me more my new no not now of on one only or our
    out please regards re she should so some than thank thanks that the their them then there they this to up us was we were
    what when which who will with would you your yes wrote fw fwd subject date sent cc
    aber alle als auch auf aus bei bis bitte das dass dein dem den der des die dies diese doch du durch ein eine einem einen
    einer eines er es fur gruss grusse hallo hat habe haben hier ich ihr ihre ihnen ihrem ihren im ist ja kann kein keine mein
    mit mich mir nach nicht noch nun nur ob oder ohne schon sehr sein sich sie sind uber um und uns unser vom von vor war wenn
    wer wie wir wird wo wurde zu zum zur schrieb betreff gesendet""".split()
)


_SPACES = re.compile(r"[ \u3000]")


@dataclass(frozen=True, slots=True)
class Key:
    """One key found in folded text at `start:end` (offsets into the folded text)."""

    value: bytes
    start: int
    end: int

    @property
    def kind(self) -> str:
        """`e`, `p`, `n` or `c`."""
        return chr(self.value[0])


def extract(folded: str) -> Iterator[Key]:
    """Every key candidate of a folded text, in no particular order."""
    yield from _emails(folded)
    yield from _phones(folded)
    yield from _codes(folded)
    yield from _latin_names(folded)
    yield from _chinese_names(folded)


def record_keys(record: Record) -> set[bytes]:
    """Every key of a record: its texts, its participants, and its name fields read as one name."""
    found: set[bytes] = set()
    for text in record.readable():
        found.update(key.value for key in extract(fold(text.text)))
    for participant in record.participants:
        found.update(key.value for key in extract(fold(f"{participant.name} \n\n\n\n {participant.address}")))
    found.update(key.value for key in extract(fold(whole_name(record))))
    return found


def person_names(record: Record) -> set[bytes]:
    """Name keys that certainly name somebody: from name fields and participants, not from running text."""
    names = [whole_name(record), *(participant.name for participant in record.participants)]
    return {key.value for name in names for key in extract(fold(name)) if key.kind == "n"}


def whole_name(record: Record) -> str:
    """The name fields of a record in their order, as one name (`first_name`, `last_name` are two columns).

    Chinese ones also in reverse: the family name comes first, whatever the order of the columns.
    """
    parts = [f.value for f in record.fields if f.type is FieldType.NAME and isinstance(f.value, str)]
    chinese = [part for part in parts if _IDEOGRAPHS.fullmatch(part)]
    return "\n\n\n\n".join([" ".join(parts), *(["".join(reversed(chinese))] if len(chinese) > 1 else [])])


def indexable(name: str) -> bool:
    """Whether every mention of this name gets a key. Chinese names with a rare surname do not: they need a whole reading."""
    folded = fold(name)
    return all(_begins_name(folded, run.start()) for run in _HAN.finditer(folded))


def email_keys(address: str) -> set[bytes]:
    """The keys of a subject's e-mail address."""
    return {key.value for key in _emails(fold(address)) if b"=" not in key.value}


def phone_key(digits: str) -> bytes:
    """The key of a subject's phone number, given as digits."""
    return b"p:" + digits[-7:].encode()


def code_keys(number: str) -> set[bytes]:
    """The key of a subject's customer number; none for one of another look: only the stores' own search knows that."""
    folded = fold(number)
    return {key.value for key in _codes(folded) if key.start == 0 and key.end == len(folded)}


def name_keys(name: str) -> set[bytes]:
    """The keys of a subject's name: every two of its words, Chinese names whole and as pinyin."""
    folded = fold(name)
    words = [fold_word(word) for word in _WORD.findall(folded) if word not in _PARTICLES]
    pairs = {_pair(first, second) for i, first in enumerate(words) for second in words[i + 1 :]}
    for spaced in _HAN.findall(folded):
        run = _SPACES.sub("", spaced)
        pairs |= {b"n:" + run.encode(), *_pinyin_keys(run)}
    return pairs


def _emails(folded: str) -> Iterator[Key]:
    for found in _EMAIL.finditer(folded):
        address = found[0].replace("%40", "@").strip(".'")
        local, _, domain = address.partition("@")
        yield Key(f"e:{address}".encode(), *found.span())
        if "+" in local:
            yield Key(f"e:{local.split('+')[0]}@{domain}".encode(), *found.span())
        if "=" in local:  # bounce-anna=example.com@lists.example
            wrapped, _, wrapped_domain = local.rpartition("=")
            yield Key(f"e:{re.split('[+-]', wrapped)[-1]}@{wrapped_domain}".encode(), *found.span())
            yield Key(f"e:{wrapped}@{wrapped_domain}".encode(), *found.span())
        if "/" in local or "=" in local:  # mailto=…, path/…@
            yield Key(f"e:{re.split('[/=&?]', local)[-1]}@{domain}".encode(), *found.span())


def _phones(folded: str) -> Iterator[Key]:
    for found in _PHONE.finditer(folded):
        digits = ""
        for group in re.finditer(r"\d+", found[0]):
            digits += group[0]
            if len(digits) >= 7:  # two numbers in a row are one candidate: every group may end the first
                yield Key(b"p:" + digits[-7:].encode(), found.start(), found.start() + group.end())


def _codes(folded: str) -> Iterator[Key]:
    for found in _CODE.finditer(folded):
        yield Key(b"c:" + re.sub(r"[-./_]", "", found[0]).encode(), *found.span())


def _latin_names(folded: str) -> Iterator[Key]:
    before: list[
        re.Match[str]
    ] = []  # words a name ending here may begin with: the last one, and those before short words
    end = 0
    for word in _WORD.finditer(folded):
        text = word[0]
        if (text in _STOP and text not in _PARTICLES) or not _adjoins(folded[end : word.start()]):
            before = []
        end = word.end()
        if text in _STOP and text not in _PARTICLES:
            continue
        particle = text in _PARTICLES or len(text) == 1
        if not particle:
            for first in before:
                yield Key(_pair(fold_word(first[0]), fold_word(text)), first.start(), end)
        if particle:
            continue
        before = [*before[-2:], word] if len(text) == 2 else [word]


def _adjoins(gap: str) -> bool:
    """Whether two words with this between them can belong to one name."""
    return _GAP.fullmatch(gap) is not None and gap.count("\n") < 2


def _pair(first: str, second: str) -> bytes:
    return b"n:" + " ".join(sorted((first, second))).encode()


def _chinese_names(folded: str) -> Iterator[Key]:
    for run in _HAN.finditer(folded):
        places = [place for place in range(*run.span()) if not folded[place].isspace()]
        text = "".join(folded[place] for place in places)
        for start in range(len(text) - 1):
            width = _begins_name(text, start)
            if width:
                for end in range(start + width + 1, min(start + width + 2, len(text)) + 1):
                    span = places[start], places[end - 1] + 1
                    yield Key(b"n:" + text[start:end].encode(), *span)
                    yield from (Key(value, *span) for value in _pinyin_keys(text[start:end]))


def _begins_name(folded: str, start: int) -> int:
    """Length of the surname that begins at `start`; 0 for none."""
    if folded[start : start + 2] in COMPOUND:
        return 2
    return 1 if folded[start] in SINGLE else 0


@lru_cache(maxsize=100_000)
def _pinyin_keys(name: str) -> tuple[bytes, ...]:
    sounds = [fold(sound[0]) for sound in pinyin(name, style=Style.NORMAL)]
    width = 2 if name[:2] in COMPOUND else 1
    return (_pair("".join(sounds[:width]), "".join(sounds[width:])),)

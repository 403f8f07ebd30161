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
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from pypinyin import Style, pinyin

from connectors.contract import FieldType, Record
from discovery.fold import fold, fold_word
from discovery.surnames import COMPOUND, SINGLE, SOUNDS

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ASCII_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+(?:@|%40)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*[a-z0-9]")
_MARKS = "!#$%&'*+/=?^_`{|}~.-"  # may begin an address, but are mostly what somebody put around it: *anna@example.com*
_CUT = re.compile(r"[/=&?]|%(?:2[0267cf]|3[acdf]|5b|7b)")  # what ends a part of a link or an attribute, escaped too
_BEHIND = frozenset(  # what follows an address after a dot and is no part of it: `anna@example.com.pdf`
    """avif bmp csv doc docx eml gif heic htm html ics jpeg jpg json mbox msg odp ods odt pdf png ppt pptx rtf tif tiff txt vcf
    webp xls xlsx xml zip""".split()
)
_DIGITS = re.compile(r"\+?\(?\d(?:[ \t\u00a0().\-/\u2010-\u2015\u2212]{0,3}\d){6,}")  # one number, or several in a row
_LONGEST_NUMBER = 20  # digits: 15 of E.164 (ITU-T), an international prefix and a trunk zero before them
_CODE = re.compile(r"(?<![a-z0-9])(?:[a-z]{1,6}[-./_]?[0-9]{3,12}|[0-9]{5,12})(?![a-z0-9]|[-./:][0-9])")
_CJK = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[^\W\d_{_CJK}]{{1,40}}")
_HAN = re.compile(rf"[{_CJK}](?:[ \u3000]?[{_CJK}])+")  # 张 伟 is one name too
_IDEOGRAPHS = re.compile(rf"[{_CJK}]+")
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
FUNCTION_WORDS = _STOP | _PARTICLES
_LONGEST_NAME = 4  # characters of a Chinese name: a surname of two and two more


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


_NONE: frozenset[str] = frozenset()


def extract(folded: str, also: frozenset[str] = _NONE) -> Iterator[Key]:
    """Every key candidate of a folded text, in no particular order. `also`: words and characters that are read as parts of
    names here although they seldom are (see `unusual`)."""
    yield from _emails(folded)
    yield from _phones(folded)
    yield from _codes(folded)
    yield from _latin_names(folded, FUNCTION_WORDS - also if also else FUNCTION_WORDS, also)
    yield from _chinese_names(folded, also)


def names_in(folded: str, also: frozenset[str] = _NONE) -> Iterator[Key]:
    """The name keys of a text that is a name: here every word is part of it (Will Smith, Bin Zhang)."""
    yield from _latin_names(folded, _NONE, also)
    yield from _latin_names(folded, FUNCTION_WORDS, also)  # Ludwig van Beethoven
    yield from _chinese_names(folded, also)


def record_keys(record: Record) -> set[bytes]:
    """Every key of a record: its texts, its participants, and its name fields read as one name."""
    found: set[bytes] = set()
    for text in record.readable():
        found.update(key.value for key in extract(fold(text.text)))
    for participant in record.participants:
        found.update(key.value for key in extract(fold(f"{participant.name} \n\n\n\n {participant.address}")))
    return found | person_names(record)


def person_names(record: Record) -> set[bytes]:
    """Name keys that certainly name somebody: from name fields and participants, not from running text."""
    names = [whole_name(record), *(participant.name for participant in record.participants)]
    return {key.value for name in names for key in names_in(fold(name))}


def whole_name(record: Record) -> str:
    """The name fields of a record in their order, as one name (`first_name`, `last_name` are two columns).

    Chinese ones also in reverse: the family name comes first, whatever the order of the columns.
    """
    parts = [f.value for f in record.fields if f.type is FieldType.NAME and isinstance(f.value, str)]
    chinese = [part for part in parts if _IDEOGRAPHS.fullmatch(part)]
    return "\n\n\n\n".join([" ".join(parts), *(["".join(reversed(chinese))] if len(chinese) > 1 else [])])


def indexable(name: str) -> bool:
    """Whether every mention of this name gets a key. Names with `unusual` parts do not: they need a whole reading."""
    return not unusual(name)


def unusual(name: str) -> frozenset[str]:
    """Parts of a name that `extract` takes for names only when told: function words (Will, Bin) and rare Chinese surnames."""
    folded = fold(name)
    words = frozenset(word for word in _name_words(folded) if word in FUNCTION_WORDS or len(word) == 1)
    runs = [_SPACES.sub("", run) for run in _HAN.findall(folded)]
    return words | {run[0] for run in runs if len(run) <= _LONGEST_NAME and run not in _names_of(run)}


def email_keys(address: str) -> set[bytes]:
    """The keys of a subject's e-mail address: itself, and without its +tag. Never what is wrapped in it: whoever writes
    `bounce-anna=example.com@mine.example` is not anna@example.com."""
    folded = fold(address)
    local, _, domain = folded.partition("@")
    return {f"e:{folded}".encode(), f"e:{local.split('+')[0] or local}@{domain}".encode()}


def exact_email_key(address: str) -> bytes:
    """The key of an address as it stands, to tell whether just this one is on file."""
    return f"e:{fold(address)}".encode()


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
    words = [fold_word(word) for word in _name_words(folded)]
    pairs = {_pair(first, second) for i, first in enumerate(words) for second in words[i + 1 :]}
    for spaced in _HAN.findall(folded):
        run = _SPACES.sub("", spaced)
        pairs |= {b"n:" + run.encode(), *_pinyin_keys(run)}
    return pairs


def _name_words(folded: str) -> list[str]:
    """The words of a name without its particles, unless that leaves one word alone (Bin Zhang)."""
    words: list[str] = _WORD.findall(folded)
    telling = [word for word in words if word not in _PARTICLES]
    return telling if len(telling) > 1 else words


def _emails(folded: str) -> Iterator[Key]:
    if "@" not in folded and "%40" not in folded:
        return
    for found in _EMAIL.finditer(folded):
        yield from _addresses(found[0], found.start())
        if not found[0].isascii():  # 邮箱anna@example.com请 is an address between words
            for inner in _ASCII_EMAIL.finditer(found[0]):
                yield from _addresses(inner[0], found.start() + inner.start())


def _addresses(written: str, at: int) -> Iterator[Key]:
    """The addresses that something in the form of one can stand for, each with the span that is just it."""
    sign = "@" if "@" in written else "%40"
    local, _, domain = written.rpartition(sign)
    domain = domain.rstrip("-_")
    body, _, last = domain.rpartition(".")
    domains = [domain, body] if last in _BEHIND and "." in body else [domain]
    for start in _beginnings(local):
        name = unquote(local[start:])
        for one in dict.fromkeys((name, name.split("+")[0])) if name else ():
            for other in domains:
                yield Key(f"e:{one}@{other}".encode(), at + start, at + len(local) + len(sign) + len(other))
    if "=" in local:  # bounce-anna=example.com@lists.example
        wrapped, _, wrapped_domain = local.rpartition("=")
        cuts = [0, *(cut.end() for cut in re.finditer("[+-]", wrapped))]
        yield from (Key(f"e:{wrapped[cut:]}@{wrapped_domain}".encode(), at, at + len(written)) for cut in cuts)


def _beginnings(local: str) -> set[int]:
    """Where an address can begin in what stands before the @."""
    cuts = [cut.span() for cut in _CUT.finditer(local)]
    plain = [end for start, end in cuts if end == start + 1]
    starts = {0, *plain[-1:], *(end for _, end in cuts[-1:])}
    return starts | {len(local) - len(local[start:].lstrip(_MARKS)) for start in starts}


def _phones(folded: str) -> Iterator[Key]:
    for found in _DIGITS.finditer(folded):
        digits = ""
        before: list[int] = []  # digits of the run before each group
        starts: list[int] = []
        for group in re.finditer(r"\d+", found[0]):
            starts.append(found.start() + group.start())
            before.append(len(digits))
            digits += group[0]
            if len(group[0]) <= _LONGEST_NUMBER and len(digits) >= 7:
                # numbers in a row are one run: every group may end one, which began at most so many digits before
                first = starts[bisect_left(before, len(digits) - _LONGEST_NUMBER)]
                while first > found.start() and folded[first - 1] in "+(":
                    first -= 1
                yield Key(b"p:" + digits[-7:].encode(), first, found.start() + group.end())


def _codes(folded: str) -> Iterator[Key]:
    for found in _CODE.finditer(folded):
        yield Key(b"c:" + re.sub(r"[-./_]", "", found[0]).encode(), *found.span())


def _latin_names(folded: str, ignored: frozenset[str], also: frozenset[str]) -> Iterator[Key]:
    before: list[re.Match[str]] = []  # words a name ending here may begin with: the last, and those before short words
    end = 0
    for word in _WORD.finditer(folded):
        text = word[0]
        particle = text in _PARTICLES or len(text) == 1
        stop = text in ignored and not particle
        if stop or not _adjoins(folded[end : word.start()]):
            before = []
        end = word.end()
        if stop or (particle and ignored and text not in also):
            continue
        for first in before:
            yield Key(_pair(fold_word(first[0]), fold_word(text)), first.start(), end)
        before = [*before[-2:], word] if len(text) <= 2 else [word]


def _adjoins(gap: str) -> bool:
    """Whether two words with this between them can belong to one name."""
    return _GAP.fullmatch(gap) is not None and gap.count("\n") < 2


def _pair(first: str, second: str) -> bytes:
    return b"n:" + " ".join(sorted((first, second))).encode()


def _chinese_names(folded: str, also: frozenset[str]) -> Iterator[Key]:
    for run in _HAN.finditer(folded):
        places = [place for place in range(*run.span()) if not folded[place].isspace()]
        text = "".join(folded[place] for place in places)
        for start in range(len(text) - 1):
            longest = _name_length(text, start, also)
            for end in range(start + 2, min(start + longest, len(text)) + 1):
                span = places[start], places[end - 1] + 1
                yield Key(b"n:" + text[start:end].encode(), *span)
                yield from (Key(value, *span) for value in _pinyin_keys(text[start:end]))


def _name_length(folded: str, start: int, also: frozenset[str] = _NONE) -> int:
    """How long a name that begins at `start` may be: its surname and two characters; 0 where none begins."""
    if folded[start : start + 2] in COMPOUND:
        return _LONGEST_NAME
    if folded[start] in also:
        return _LONGEST_NAME
    return 3 if folded[start] in SINGLE else 0


def _names_of(run: str) -> set[str]:
    """Every name that may begin with the first character."""
    return {run[:end] for end in range(2, _name_length(run, 0) + 1)}


@lru_cache(maxsize=100_000)
def _pinyin_keys(name: str) -> tuple[bytes, ...]:
    width = 2 if name[:2] in COMPOUND else 1
    sounds = [fold(sound[0]) for sound in pinyin(name, style=Style.NORMAL)]
    family = SOUNDS.get(name[:width]) or "".join(sounds[:width])
    pair = family, "".join(sounds[width:])
    spellings = ("v", "u", "yu") if "v" in "".join(pair) else ("v",)  # 吕 is Lv, Lü and Lyu
    return tuple(_pair(*(part.replace("v", spelling) for part in pair)) for spelling in spellings)

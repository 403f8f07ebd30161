"""Records of a CRM and mails, field by field: which text stands where, and what was found in each.

The plain data here is all that is known of a record; where it comes from is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import tee
from typing import TYPE_CHECKING

from pii.findings import Analysis

if TYPE_CHECKING:
    from pii.analyzer import Analyzer
    from pii.reading import Item


class Place(StrEnum):
    """Where a text, or a stretch of a letter, stands in its record."""

    FIELD = "field"
    SUBJECT = "subject"
    HEADER = "header"
    BODY = "body"
    QUOTE = "quote"
    SIGNATURE = "signature"
    HTML = "html"
    PARTICIPANT = "participant"
    ATTACHMENT = "attachment"
    FILENAME = "filename"


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a record; `field` names the field that it is the value of."""

    path: str
    text: str
    place: Place
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All texts of a record, and the region of its telephone numbers where the record tells it (`region_of`)."""

    parts: tuple[Part, ...]
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Something found: where in the record, what, and at which code points of the text at `path`."""

    path: str
    place: Place
    entity: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in a record: an analysis per part, in the order of the parts."""

    content: Content
    analyses: tuple[Analysis, ...]

    @property
    def spots(self) -> Iterator[Spot]:
        """Every finding with its path; those of a letter tell quoted parts and signatures from the rest."""
        for part, found in zip(self.content.parts, self.analyses, strict=True):
            quoted = layout(part.text) if part.place is Place.BODY and found else []
            for hit in found:
                place = next((kind for start, end, kind in quoted if start <= hit.start < end), part.place)
                yield Spot(part.path, place, hit.entity_type, hit.start, hit.end, hit.score)

    @property
    def unread(self) -> Iterator[tuple[Part, int, int]]:
        """The stretches that were not read whole: unknown, never clean."""
        for part, found in zip(self.content.parts, self.analyses, strict=True):
            yield from ((part, start, end) for start, end in found.unread)


def inspect(analyzer: Analyzer, contents: Iterable[Content]) -> Iterator[Inspected]:
    """Each record with what was found in it, in order; all their texts are analysed together, in bounded memory."""
    ours, theirs = tee(contents)
    found = analyzer.stream(item for content in theirs for item in _items(content))
    for content in ours:
        yield Inspected(content, tuple(next(found) for _ in content.parts))


def participant(number: int, name: str, address: str) -> Iterator[Part]:
    """The parts of somebody who takes part in a record."""
    for what, text, field in (("name", name, "display_name"), ("address", address, "email")):
        if text:
            yield Part(f"participant:{number}/{what}", text, Place.PARTICIPANT, field)


def _items(content: Content) -> Iterator[Item]:
    from pii.reading import Item

    for part in content.parts:
        yield Item(part.text, None, part.field, content.region)


_QUOTE_BEGINS = re.compile(
    r"(?im)^(?:-{2,}\s?(?:original message|ursprüngliche nachricht|forwarded message|weitergeleitete nachricht|原始邮件|原始郵件)"
    r"|(?:on|am|le) .{5,120}(?:wrote|schrieb[^\n]{0,80}|a écrit) ?:[ \t\r]*$"
    r"|(?:from|von|de|发件人|寄件者)[:：][^\n]{1,200}\n(?:sent|date|gesendet|datum|envoyé|发送时间|to|an|收件人)[:：])"
)
_QUOTE_LINES = re.compile(r"(?m)^(?:[ \t]{0,3}>[^\n]*\n?)+")
_SIGNATURE = re.compile(r"(?m)^-- ?\r?$")
_CLOSING = re.compile(
    r"(?im)^[^\n]{0,30}\b(?:regards|wishes|sincerely|cheers|thanks|grüßen?|gruß|cordialement|saludos|saluti|groet(?:en)?)\b[^\n]{0,20}$"
    r"|^[ \t\u3000]{0,8}(?:此致|祝好|顺祝商祺|谢谢|敬上)[^\n]{0,8}$"
)
_SIGNATURE_LINES = 12


def layout(text: str) -> list[tuple[int, int, Place]]:
    """The quoted parts and the signature of a letter in plain text; the rest is its own body."""
    begins = _QUOTE_BEGINS.search(text)
    own_end = begins.start() if begins else len(text)
    quotes = [(*match.span(), Place.QUOTE) for match in _QUOTE_LINES.finditer(text, 0, own_end)]
    if begins:
        quotes.append((own_end, len(text), Place.QUOTE))
    own_end = quotes[0][0] if quotes else len(text)
    if quotes and not text[:own_end].strip():  # the answer stands below what it answers
        return quotes
    marked = _SIGNATURE.search(text, 0, own_end)
    closings = list(_CLOSING.finditer(text, 0, own_end))
    signature = marked.end() if marked else closings[-1].end() if closings else own_end
    if marked is None and text.count("\n", signature, own_end) > _SIGNATURE_LINES:
        return quotes
    return [*([(signature, own_end, Place.SIGNATURE)] if signature < own_end else []), *quotes]


_COUNTRY = re.compile(r"(?i)country|land$|pays$|país|paese|国家|國家|国别")


def region_of(fields: Mapping[str, object]) -> str | None:
    """The country a record's own fields name, as ISO 3166-1 alpha-2, where telephone numbers of it are known.

    Codes and names in English, German, French, Spanish and Chinese count; two fields that disagree tell nothing.
    """
    told = {
        code
        for name, value in fields.items()
        if isinstance(value, str) and _COUNTRY.search(name) and (code := _countries().get(value.strip().casefold()))
    }
    return told.pop() if len(told) == 1 else None


@cache
def _countries() -> Mapping[str, str]:
    from babel import Locale
    from phonenumbers import SUPPORTED_REGIONS

    names = {code.casefold(): code for code in SUPPORTED_REGIONS} | {"uk": "GB"}
    for language in ("en", "de", "fr", "es", "zh"):
        territories: Mapping[str, str] = Locale(language).territories
        names |= {territories[code].casefold(): code for code in SUPPORTED_REGIONS if code in territories}
    return names | {"usa": "US", "england": "GB", "great britain": "GB", "中国大陆": "CN"}


def typed(name: str, kind: str) -> str:
    """The name of a field whose store declares what it holds: the kind (`phone`, `email`) counts as its last word."""
    return f"{name}_{kind}"

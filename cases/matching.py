"""Is this record about the person, where exactly, and how sure is that?

Evidence is exact: an identifier in normal form at known places. Strength follows from what matched where:

    certain   an address or number in a field or participant that identifies, and nothing in the record contradicts it
    strong    an address, phone or customer number of the person somewhere in text
    linked    a row that hangs off a certain one
    possible  a name alone, a mailbox several people share, or an identifier in a record that names somebody else

A name alone never decides, whoever bears it: `possible` stops for a human.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

import phonenumbers

from cases.subject import Subject
from connectors.contract import FieldType, Mask, Record, Text, TextKind
from discovery.fold import fold, fold_with_offsets, fold_word
from discovery.identifiers import Kind
from discovery.keys import extract, name_keys, whole_name

_WORD = re.compile(r"[^\W\d_]+")
_KINDS = {"e": Kind.EMAIL, "n": Kind.NAME, "c": Kind.CUSTOMER_ID}
_IDENTIFYING = frozenset({"from", "to", "cc", "bcc", "reply-to", "owner"})


class Strength(StrEnum):
    """How sure a match is; see the module docstring."""

    CERTAIN = "certain"
    STRONG = "strong"
    LINKED = "linked"
    POSSIBLE = "possible"


class Role(StrEnum):
    """What the person is to the record."""

    OWN = "own"  # the record is theirs
    LINKED = "linked"  # it hangs off a record of theirs
    PARTICIPANT = "participant"  # they sent or received it
    MENTION = "mention"  # it speaks of them


@dataclass(frozen=True, slots=True)
class Evidence:
    """One identifier at one place: `start:end` are offsets into the text at `path`."""

    kind: Kind
    path: str
    start: int
    end: int
    maskable: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """All evidence in one record, and the judgement."""

    role: Role
    strength: Strength
    evidence: tuple[Evidence, ...]
    sent: bool = False  # they wrote it


class Matcher:
    """Matches records against one person."""

    def __init__(self, subject: Subject, shared_addresses: Sequence[str] = ()) -> None:
        self._names = {key for name in subject.values(Kind.NAME) for key in name_keys(name)}
        self._name_words = [{fold_word(w) for w in _WORD.findall(fold(name))} for name in subject.values(Kind.NAME)]
        self._emails = {key for i in subject.identifiers if i.kind is Kind.EMAIL for key in i.keys()}  # noqa: SIM118
        self._codes = {key for i in subject.identifiers if i.kind is Kind.CUSTOMER_ID for key in i.keys()}  # noqa: SIM118
        self._telling_codes = any(key[2:3].isalpha() for key in self._codes)  # `K-100009`; mere digits may be anything
        self._shared = {
            key for key in self._emails if key[2:].split(b"@")[0].decode() in {fold(word) for word in shared_addresses}
        }
        self._phones = [_Phone.of(number) for number in subject.values(Kind.PHONE)]
        self._phone_keys = {b"p:" + phone.national[-7:].encode() for phone in self._phones}
        self._wanted = self._names | self._emails | self._phone_keys | self._codes

    def match(self, record: Record) -> Match | None:
        """The match of a record, None when nothing of the person is in it."""
        evidence = tuple(self.evidence(record))
        identifying = self._identified(record)
        if not evidence and not identifying:
            return None
        sent = any(p.role == "from" and self.is_theirs(p.address) for p in record.participants)
        return Match(self._role(record, identifying), self._strength(record, evidence, identifying), evidence, sent)

    def is_theirs(self, text: str) -> bool:
        """Whether a text holds one of the person's own addresses or numbers."""
        folded = fold(text)
        return any(
            key.value in self._emails
            or (key.value in self._phone_keys and any(p.find(folded, key.start, key.end) for p in self._phones))
            for key in extract(folded)
        )

    def evidence(self, record: Record) -> Iterator[Evidence]:
        """Every place where an identifier of the person stands."""
        for text in record.readable():
            yield from self._in_text(text)
        if self._names and {k.value for k in extract(fold(whole_name(record)))} & self._names:
            for field in record.fields:
                if field.type is FieldType.NAME and isinstance(field.value, str) and field.value:
                    yield Evidence(Kind.NAME, f"field:{field.name}", 0, len(field.value))

    def loose(self, record: Record) -> Iterator[Evidence]:
        """Single words of the person's name, in a record that is known to be about them (`Hi Anna,`)."""
        words = {word for name in self._name_words for word in name if len(word) > 2}
        for text in record.readable():
            if text.kind is TextKind.HEADER and not _SPEAKING.fullmatch(text.name):
                continue
            folded, offsets = fold_with_offsets(text.text)
            for word in _WORD.finditer(folded):
                if fold_word(word[0]) in words:
                    start, end = offsets[word.start()], offsets[word.end()]
                    yield Evidence(Kind.NAME, text.path, start, max(end, start + 1), text.maskable)

    def _in_text(self, text: Text) -> Iterator[Evidence]:
        plain = fold(text.text)
        keys = list(extract(plain))
        hits = [key for key in keys if key.value in self._wanted]
        if not hits:
            return
        folded, offsets = fold_with_offsets(text.text)
        for key in hits:
            if key.kind == "p":
                for phone in self._phones:
                    span = phone.find(folded, key.start, key.end)
                    if span:
                        yield Evidence(Kind.PHONE, text.path, offsets[span[0]], offsets[span[1]], text.maskable)
            else:
                kind = _KINDS[key.kind]
                yield Evidence(kind, text.path, offsets[key.start], offsets[key.end], text.maskable)

    def _identified(self, record: Record) -> set[tuple[Kind, bool]]:
        """Identifiers in places that identify: (kind, shared by several people)."""
        found: set[tuple[Kind, bool]] = set()
        texts = [p.address for p in record.participants if p.role in _IDENTIFYING]
        texts += [
            f.value for f in record.fields if isinstance(f.value, str) and f.type in {FieldType.EMAIL, FieldType.PHONE}
        ]
        for text in texts:
            folded = fold(text)
            for key in extract(folded):
                if key.value in self._emails:
                    found.add((Kind.EMAIL, key.value in self._shared))
                elif key.value in self._phone_keys and any(p.find(folded, key.start, key.end) for p in self._phones):
                    found.add((Kind.PHONE, False))
        return found

    def _role(self, record: Record, identifying: set[tuple[Kind, bool]]) -> Role:
        if record.participants:
            return Role.PARTICIPANT if identifying else Role.MENTION
        named = bool({k.value for k in extract(fold(whole_name(record)))} & self._names)
        return Role.OWN if identifying or named else Role.MENTION

    def _strength(self, record: Record, evidence: Sequence[Evidence], identifying: set[tuple[Kind, bool]]) -> Strength:
        kinds = {item.kind for item in evidence}
        named = Kind.NAME in kinds
        unshared = any(not shared for _, shared in identifying)
        if self._contradicted(record):
            return Strength.POSSIBLE
        if unshared or (identifying and named):
            return Strength.CERTAIN
        if identifying:
            return Strength.POSSIBLE
        if Kind.PHONE in kinds or (Kind.EMAIL in kinds and (named or self._shared != self._emails)):
            return Strength.STRONG
        if Kind.CUSTOMER_ID in kinds and (named or self._telling_codes):
            return Strength.STRONG
        return Strength.POSSIBLE

    def _contradicted(self, record: Record) -> bool:
        """Whether the record's own name is another one: no word shared, no pinyin of it, no mere typing mistake."""
        names = [f.value for f in record.fields if f.type is FieldType.NAME and isinstance(f.value, str)]
        known = {key.value for name in (whole_name(record), *names) for key in extract(fold(name))}
        theirs = {fold_word(word) for word in _WORD.findall(fold(whole_name(record)))}
        if not theirs or not self._name_words or known & self._names:
            return False
        return not any(theirs & ours or _alike(theirs, ours) for ours in self._name_words)


def _alike(theirs: set[str], ours: set[str]) -> bool:
    """Whether one name is probably the other, mistyped."""
    return SequenceMatcher(None, " ".join(sorted(theirs)), " ".join(sorted(ours))).ratio() >= 0.8


_SPEAKING = re.compile(r"from|to|cc|bcc|subject|sender|reply-to|thread-topic|comments|keywords|resent-.*|x-.*")
"""Headers in which words are words."""


@dataclass(frozen=True, slots=True)
class _Phone:
    """A phone number as its country code and national digits."""

    country: str
    national: str

    @classmethod
    def of(cls, e164: str) -> _Phone:
        number = phonenumbers.parse(e164)
        return cls(str(number.country_code), phonenumbers.national_significant_number(number))

    def find(self, folded: str, start: int, end: int) -> tuple[int, int] | None:
        """The number's span within the candidate `start:end`: its national digits, at most a prefix before them."""
        places = [i for i in range(start, end) if folded[i].isdigit()]
        digits = "".join(folded[i] for i in places)
        at = digits.rfind(self.national)
        if at < 0 or at + len(self.national) != len(digits):
            return None
        before = digits[:at]
        for prefix in (f"00{self.country}0", f"00{self.country}", f"{self.country}0", self.country, "0", ""):
            if before.endswith(prefix) and self._cut(folded, places, at - len(prefix)):
                first = places[at - len(prefix)]
                return (first - 1 if first > start and folded[first - 1] in "+(" else first), places[-1] + 1
        return None

    def _cut(self, folded: str, places: list[int], at: int) -> bool:
        """Whether the number can begin at this digit: nothing before it, or something other than a digit in between."""
        return at == 0 or (at > 0 and places[at] - places[at - 1] > 1)


def masks(evidence: Sequence[Evidence], replacement: str) -> tuple[Mask, ...]:
    """Masks over the evidence that can be written back, overlaps merged."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for item in evidence:
        if item.maskable:
            spans.setdefault(item.path, []).append((item.start, item.end))
    return tuple(
        Mask(path, start, end, replacement) for path, found in sorted(spans.items()) for start, end in merged(found)
    )


def merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that overlap or touch joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined

"""Is this record about the person, where exactly, and how sure is that?

Evidence is exact: an identifier in normal form at known places. Strength follows from what matched where:

    certain   an address or number in a field or participant that identifies, and nothing in the record contradicts it
    strong    an address, phone or customer number of the person somewhere in text
    linked    a row that hangs off a certain one
    possible  a name alone, a mailbox several people share, an identifier that was only typed and not proven, or an
              identifier in a record that names somebody else

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
from connectors.contract import Field, FieldType, Mask, Record, Text, TextKind
from discovery.fold import fold, fold_with_offsets, fold_word
from discovery.identifiers import Kind, Normal
from discovery.keys import extract, name_keys, names_in, unusual, whole_name

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
    telling: bool = True  # False for what several people share, and for what was only typed


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
        self.subject = subject
        self._names = {key for name in subject.values(Kind.NAME) for key in name_keys(name)}
        self._name_texts = [fold(name) for name in subject.values(Kind.NAME)]
        self._name_words = [{fold_word(w) for w in _WORD.findall(fold(name))} for name in subject.values(Kind.NAME)]
        self._also = frozenset(part for name in subject.values(Kind.NAME) for part in unusual(name))
        self._emails = subject.keys_of({Kind.EMAIL})
        self._codes = subject.keys_of({Kind.CUSTOMER_ID})
        known = [one for one in subject.identifiers if one not in subject.doubted]
        proven = {key for one in known for key in one.keys()}  # noqa: SIM118
        local = {fold(word) for word in shared_addresses}
        self._shared = {key for key in self._emails if key[2:].split(b"@")[0].decode() in local}
        # a customer number of mere digits may be anything
        self._telling = (self._emails & proven - self._shared) | {k for k in self._codes & proven if k[2:3].isalpha()}
        self._proven = proven
        self._phones = {_Phone.of(number): Normal(Kind.PHONE, number) in known for number in subject.values(Kind.PHONE)}
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
        return any(True for _ in self._own_in(text))

    def somebody_elses(self, record: Record) -> bool:
        """Whether the record is another person's own: it has a name and an address or number, and none of them is ours."""
        typed = [f for f in record.fields if isinstance(f.value, str) and f.value]
        contacts = [f for f in typed if f.type in {FieldType.EMAIL, FieldType.PHONE}]
        named = any(f.type is FieldType.NAME for f in typed)
        ours = {key.value for key in names_in(fold(whole_name(record)), self._also)} & self._names
        return bool(contacts) and named and not ours and not any(self.is_theirs(str(f.value)) for f in contacts)

    def owns(self, field: Field) -> bool:
        """Whether a name, address or number field holds something of the person's, a single word of their name included."""
        folded = fold(str(field.value))
        if field.type is FieldType.NAME:
            words = {fold_word(word) for word in _WORD.findall(folded)}
            keys = {key.value for key in names_in(folded, self._also)}
            part = not folded.isascii() and any(folded.strip() in name for name in self._name_texts)  # 张 | 伟
            return part or bool(keys & self._names) or any(words & ours for ours in self._name_words)
        return self.is_theirs(folded)

    def evidence(self, record: Record) -> Iterator[Evidence]:
        """Every place where an identifier of the person stands."""
        for text in record.readable():
            yield from self._in_text(text)
        if self._names and {k.value for k in names_in(fold(whole_name(record)), self._also)} & self._names:
            for field in record.fields:
                if field.type is FieldType.NAME and isinstance(field.value, str) and field.value and self.owns(field):
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
        keys = list(extract(plain, self._also))
        hits = [key for key in keys if key.value in self._wanted]
        if not hits:
            return
        folded, offsets = fold_with_offsets(text.text)
        for key in hits:
            if key.kind == "p":
                for phone, proven in self._phones.items():
                    span = phone.find(folded, key.start, key.end)
                    if span:
                        begin, end = offsets[span[0]], offsets[span[1]]
                        yield Evidence(Kind.PHONE, text.path, begin, end, text.maskable, proven)
            else:
                begin, end, telling = offsets[key.start], offsets[key.end], key.value in self._telling
                yield Evidence(_KINDS[key.kind], text.path, begin, end, text.maskable, telling)

    def _own_in(self, text: str) -> Iterator[tuple[Kind, bool, bool]]:
        """Addresses and numbers of the person in a text: (kind, proven, several people use it)."""
        folded = fold(text)
        for key in extract(folded):
            if key.value in self._emails:
                yield Kind.EMAIL, key.value in self._proven, key.value in self._shared
            elif key.value in self._phone_keys:
                for phone, proven in self._phones.items():
                    if phone.find(folded, key.start, key.end):
                        yield Kind.PHONE, proven, False

    def _identified(self, record: Record) -> set[tuple[Kind, bool, bool]]:
        """What of the person's stands in places that identify; see `_own_in`."""
        texts = [p.address for p in record.participants if p.role in _IDENTIFYING]
        texts += [
            f.value for f in record.fields if isinstance(f.value, str) and f.type in {FieldType.EMAIL, FieldType.PHONE}
        ]
        return {found for text in texts for found in self._own_in(text)}

    def _role(self, record: Record, identifying: set[tuple[Kind, bool, bool]]) -> Role:
        if record.participants:
            return Role.PARTICIPANT if identifying else Role.MENTION
        named = bool({k.value for k in names_in(fold(whole_name(record)), self._also)} & self._names)
        return Role.OWN if identifying or named else Role.MENTION

    def _strength(
        self, record: Record, evidence: Sequence[Evidence], identifying: set[tuple[Kind, bool, bool]]
    ) -> Strength:
        named = any(item.kind is Kind.NAME for item in evidence)
        if self._contradicted(record):
            return Strength.POSSIBLE
        if any(proven and (named or not shared) for _, proven, shared in identifying):
            return Strength.CERTAIN
        if identifying:
            return Strength.POSSIBLE
        if any(item.telling for item in evidence if item.kind is not Kind.NAME):
            return Strength.STRONG
        if named and self._corroborated(evidence):
            return Strength.STRONG
        return Strength.POSSIBLE

    def _corroborated(self, evidence: Sequence[Evidence]) -> bool:
        """Whether beside the name stands a proven address that others use too, or a proven number of mere digits."""
        kinds = {item.kind for item in evidence}
        return (Kind.EMAIL in kinds and bool(self._shared & self._proven)) or (
            Kind.CUSTOMER_ID in kinds and bool(self._codes & self._proven)
        )

    def _contradicted(self, record: Record) -> bool:
        """Whether the record's own name is another one: no word shared, no pinyin of it, no mere typing mistake."""
        names = [f.value for f in record.fields if f.type is FieldType.NAME and isinstance(f.value, str)]
        known = {key.value for name in (whole_name(record), *names) for key in names_in(fold(name), self._also)}
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

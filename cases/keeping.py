"""Whose is a span? In a file that goes to a person, what is their own stays, and everybody else's is masked.

own      an identifier of theirs: name in either order, address, number in any form; or what stands in a row of theirs
nobody   an address of a function (`info@`), a calendar day that passes for a number
other    somebody else's
unsure   could be either: part of their name alone, a name that holds theirs, a number nobody can attribute. It is masked
         in what goes out, and listed for a person to look at
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cases.matching import Evidence, Matcher
from cases.subject import Subject
from connectors.contract import Record, Ref, Text, TextKind
from connectors.files import Passage
from discovery.fold import fold, fold_word
from discovery.identifiers import BadIdentifier, Kind, Normal, normalise
from discovery.keys import FUNCTION_WORDS
from pii.redact import Span

OF_OTHERS = re.compile(
    r"(?i)spouse|partner|husband|wife|emergency|refer|manager|supervisor|owner|assistant|parent|mother|father|child|guardian|"
    r"agent|author|created|updated|assigned|ehe|notfall|betreu|vorgesetzt|mutter|vater|kind|配偶|紧急|推荐|负责|父|母|子女"
)
"""Columns of somebody's row that hold other people."""
DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d(?!\d)")
"""A date with a time behind it passes for a phone number, and is none."""
MACHINE = re.compile(
    r"message-id|references|in-reply-to|content-.*|dkim-signature|domainkey-signature|arc-.*|mime-version|date"
)
"""Headers that hold ids: they look like addresses. A mask there is set only for an address the mail shows elsewhere."""
_GLUE = re.compile(r"[^\s@]+")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBERS = frozenset({"PHONE_NUMBER", "CN_MOBILE"})
_TITLES = frozenset(
    """mr mrs ms miss mx dr prof professor sir madam dear herr frau fraulein herrn sehr geehrte geehrter liebe lieber monsieur
    madame mme mlle dipl ing mag med jur phil 先生 女士 小姐 太太 老师 教授 博士 经理 总""".split()
)


class Verdict(StrEnum):
    """Whose a span is; see the module docstring."""

    OWN = "own"
    NOBODY = "nobody"
    OTHER = "other"
    UNSURE = "unsure"

    @property
    def kept(self) -> bool:
        """Whether it stays in what goes out."""
        return self in (Verdict.OWN, Verdict.NOBODY)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One span of a passage, and whose it is. `reason` is a code; `text` is what stands there."""

    path: str
    span: Span
    text: str
    verdict: Verdict
    reason: str


def subject_of(values: Iterable[str], region: str) -> Subject:
    """The person that plain identifiers name, their kind told by their look. Raises `BadIdentifier`."""
    return Subject(tuple(_normal(value, region) for value in values))


def _normal(value: str, region: str) -> Normal:
    if "@" in value:
        return normalise(Kind.EMAIL, value, region)
    if sum(map(str.isdigit, value)) >= 6 and re.fullmatch(r"[\d\s+()./\u2010-\u2015-]+", value.strip()):
        try:
            return normalise(Kind.PHONE, value, region)
        except BadIdentifier:
            return normalise(Kind.CUSTOMER_ID, "".join(value.split()), region)
    if any(map(str.isdigit, value)):
        return normalise(Kind.CUSTOMER_ID, "".join(value.split()), region)
    return normalise(Kind.NAME, value, region)


def covered(span: tuple[int, int], own: Sequence[tuple[int, int]], text: str) -> bool:
    """Whether the span is the person's own: inside theirs, give or take the quotes and brackets around a name, or theirs
    with what is glued to it (`user=anna@example.com`)."""
    return any(
        (start <= span[0] + 1 and span[1] - 1 <= end)
        or (span[0] < start and span[1] == end and _GLUE.fullmatch(text, span[0], start) is not None)
        for start, end in own
    )


class Keep:
    """Judges spans against the person of a matcher. `shared` are local parts of addresses of functions."""

    def __init__(self, matcher: Matcher, shared: Sequence[str] = ()) -> None:
        self._matcher, subject = matcher, matcher.subject
        self._shared = frozenset(fold(word) for word in shared)
        self._names = [_words(name) for name in subject.values(Kind.NAME)]
        self._exact = {_bare(one.value) for one in subject.identifiers}

    def judge(
        self, passages: Sequence[Passage], found: Sequence[Sequence[Span]], own: Mapping[str, Sequence[Evidence]]
    ) -> list[Judgement]:
        """The judgement of every span, in order. `own` comes from `evidence` of the same passages."""
        rows = self._rows(passages, found, own)
        result: list[Judgement] = []
        for passage, spans in zip(passages, found, strict=True):
            theirs = bool(passage.groups) and all(group in rows for group in passage.groups)
            for span in spans:
                result += self._one(passage, span, own.get(passage.path, []), theirs)
        return result

    def parts(self, one: Judgement) -> set[str]:
        """The words of somebody else's name, by which a text goes on to call them; none that the person is called too."""
        words = _WORD.findall(one.text) if one.span.entity_type == "PERSON" else []
        ours = {word for name in self._names for word in name}
        if len(words) < 2 or not all(word[:1].isupper() for word in words):
            return set()
        return {
            word for word in words if len(word) > 2 and fold_word(fold(word)) not in ours | _TITLES | FUNCTION_WORDS
        }

    def evidence(self, passages: Sequence[Passage]) -> dict[str, list[Evidence]]:
        """Where identifiers of the person stand, by path. Cells repeat: each text is looked at once."""
        texts = {passage.text for passage in passages}
        record = Record(Ref("", ""), "", texts=tuple(Text(text, text, TextKind.BODY) for text in texts))
        found: dict[str, list[Evidence]] = {}
        for item in self._matcher.evidence(record):
            found.setdefault(item.path, []).append(item)
        return {p.path: [replace(e, path=p.path) for e in found[p.text]] for p in passages if p.text in found}

    def _rows(
        self, passages: Sequence[Passage], found: Sequence[Sequence[Span]], own: Mapping[str, Sequence[Evidence]]
    ) -> set[str]:
        """Rows and objects that are theirs: an identifier of theirs fills a cell, or the name cells together are their
        name, and no name cell holds somebody else's. A row in which it is only mentioned is not."""
        words: dict[str, set[str]] = {}
        rows: set[str] = set()
        for passage, spans in zip(passages, found, strict=True):
            if not passage.groups or OF_OTHERS.search(passage.field):
                continue
            if any(i.start <= 1 and i.end >= len(passage.text.rstrip()) - 1 for i in own.get(passage.path, ())):
                rows.update(passage.groups)
            if any(s.entity_type == "PERSON" and s.end - s.start == len(passage.text.strip()) for s in spans):
                for group in passage.groups:
                    words.setdefault(group, set()).update(_words(passage.text) - _TITLES)
        named = {group for group, some in words.items() if some in self._names}
        contested = {group for group, some in words.items() if not any(some <= name for name in self._names)}
        return (rows | named) - contested

    def _one(self, passage: Passage, span: Span, own: Sequence[Evidence], theirs: bool) -> list[Judgement]:
        text = passage.text[span.start : span.end]
        places = [(item.start, item.end) for item in own]
        if covered((span.start, span.end), places, passage.text):
            return [Judgement(passage.path, span, text, Verdict.OWN, "identifier")]
        if self._of_a_function(text) or (DAY.match(text) and span.entity_type in _NUMBERS):
            return [Judgement(passage.path, span, text, Verdict.NOBODY, "function" if "@" in text else "day")]
        inside = [(start, end) for start, end in places if span.start < end and start < span.end]
        if inside:
            return self._around(passage, span, inside)
        verdict, reason = self._judged(passage, span, text, theirs)
        return [Judgement(passage.path, span, text, verdict, reason)]

    def _judged(self, passage: Passage, span: Span, text: str, theirs: bool) -> tuple[Verdict, str]:
        if _bare(text) in self._exact:
            return Verdict.OWN, "identifier"
        if OF_OTHERS.search(passage.field):
            return Verdict.OTHER, "field-of-others"
        if span.entity_type == "PERSON":
            return self._name(text, theirs)
        if span.entity_type == "EMAIL_ADDRESS" or span.entity_type in _NUMBERS:
            return (Verdict.UNSURE, "second-in-own-row") if theirs else (Verdict.OTHER, "not-theirs")
        return (Verdict.OWN, "own-row") if theirs else (Verdict.UNSURE, "nobody-named")

    def _name(self, text: str, theirs: bool) -> tuple[Verdict, str]:
        words = _words(text) - _TITLES
        for name in self._names:
            if words and words <= name:
                return (Verdict.OWN, "own-row") if theirs else (Verdict.UNSURE, "part-of-name")
            if name <= words:
                return Verdict.UNSURE, "longer-name"
            if words & name and all(len(word) == 1 and any(n.startswith(word) for n in name) for word in words - name):
                return Verdict.UNSURE, "initials"
            whole = "".join(sorted(name))
            if not whole.isascii() and len(name) == 1 and any(word in whole or whole in word for word in words):
                return Verdict.UNSURE, "part-of-name"
        return Verdict.OTHER, "not-theirs"

    def _around(self, passage: Passage, span: Span, inside: Sequence[tuple[int, int]]) -> list[Judgement]:
        """What a span holds beside their own identifier; a title or sign is nothing."""
        result: list[Judgement] = []
        at = span.start
        for start, end in [*sorted(inside), (span.end, span.end)]:
            text = passage.text[at:start]
            if start > at and any(map(str.isalnum, text)) and not _words(text) <= _TITLES:
                lead = len(text) - len(text.lstrip())
                left = Span(span.entity_type, at + lead, at + len(text.rstrip()), span.score)
                result.append(Judgement(passage.path, left, text.strip(), Verdict.UNSURE, "joined"))
            at = max(at, end)
        if not result:
            result.append(Judgement(passage.path, span, passage.text[span.start : span.end], Verdict.OWN, "identifier"))
        return result

    def _of_a_function(self, text: str) -> bool:
        local, at, _ = fold(text).strip("<> ").partition("@")
        return bool(at) and local in self._shared


def _words(text: str) -> set[str]:
    return {fold_word(word) for word in _WORD.findall(fold(text))}


def _bare(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())

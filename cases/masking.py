"""Other people's data in a record that is handed out (GDPR Art. 15(4)): found, so that it can be masked or held back.

Three sources, because each misses what another sees: addresses and numbers by their form; names the company itself knows
from its contacts and correspondence (by keyed hash, so that no list of names exists); and whatever the analyser finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.matching import Evidence, Matcher, Role, merged
from connectors.contract import FieldType, Mask, Record, Text, TextKind
from discovery import index
from discovery.contents import content
from discovery.fold import fold, fold_with_offsets
from discovery.keys import Key, extract
from office import Office
from pii.analyzer import Analyzer
from pii.records import inspect

MARK = {"en": "[another person]", "de": "[andere Person]", "zh": "[他人]"}
"""What stands in the place of other people's data, by the language of the answer."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d(?!\d)")
"""A date with a time behind it passes for a phone number, and is none."""
_PERSONAL = frozenset({"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "CN_MOBILE", "DATE_OF_BIRTH"})
_MACHINE = re.compile(
    r"message-id|references|in-reply-to|content-.*|dkim-signature|domainkey-signature|arc-.*|mime-version|date"
)
"""Headers that hold ids: they look like addresses. A mask there is set only for an address the mail shows elsewhere."""
_CONTACT = frozenset({FieldType.NAME, FieldType.EMAIL, FieldType.PHONE})
_OF_OTHERS = re.compile(
    r"(?i)spouse|partner|husband|wife|emergency|refer|manager|supervisor|owner|assistant|parent|mother|father|child|guardian|"
    r"agent|author|created|updated|assigned|ehe|notfall|betreu|vorgesetzt|mutter|vater|kind|配偶|紧急|推荐|负责|父|母|子女"
)
"""Columns of somebody's row that hold other people."""
_GLUE = re.compile(r"[^\s@]+")
_DIALLED = re.compile(r"[+(0]|1[3-9]\d{9}")


@dataclass(frozen=True, slots=True)
class Foreign:
    """Other people's data in one record: what can be masked, and the attachments that cannot go out."""

    masks: tuple[Mask, ...]
    held_back: tuple[str, ...]  # attachment paths


class Masker:
    """Finds what is not the person's own in records that are theirs."""

    def __init__(self, office: Office, analyzer: Analyzer, matcher: Matcher, language: str) -> None:
        self._mark = MARK.get(language, MARK["en"])
        self._office, self._analyzer, self._matcher = office, analyzer, matcher
        self._shared = frozenset(fold(word) for word in office.settings.policy.shared_addresses)

    def foreign(self, record: Record, role: Role, *, wrote: bool) -> Foreign:
        """What to mask and hold back. `wrote`: the person sent this mail, so its attachments are their own."""
        texts = [text for text in record.readable() if not _own_field(record, text, role)]
        foreign = self._foreign_fields(record, role)
        own = _spans([*self._matcher.evidence(record), *self._matcher.loose(record)])
        masks: list[Mask] = []
        held: set[str] = set()
        for text, found in zip(texts, self._find(record, texts), strict=True):
            spans = [(0, len(text.text))] if text.path in foreign else found
            left = merged([span for span in spans if not _covered(span, own.get(text.path, []), text.text)])
            if left and (text.maskable or text.kind is TextKind.FIELD):  # the answer masks every field, writable or not
                masks += [Mask(text.path, start, end, self._mark) for start, end in left]
            elif left and not wrote:
                files = {a.path for a in record.attachments if _within(text.path, a.path)}
                held |= files
                masks += () if files else _around(text, texts, self._mark)
        if not wrote:  # what nobody could read may hold anything
            unread = [part.path for part in record.unreadable]
            held |= {a.path for a in record.attachments if any(_within(path, a.path) for path in unread)}
        return Foreign(tuple(masks), tuple(sorted(held)))

    def _foreign_fields(self, record: Record, role: Role) -> set[str]:
        """Name, address and number columns that hold somebody else's whole: `spouse_email` in the person's own row, and
        everything of the kind that is not theirs in other rows."""
        return {
            f"field:{field.name}"
            for field in record.fields
            if field.type in _CONTACT
            and isinstance(field.value, str)
            and not self._matcher.owns(field)
            and not self._role_address(field.value)
            and (role is not Role.OWN or _OF_OTHERS.search(field.name))
        }

    def _find(self, record: Record, texts: Sequence[Text]) -> Iterator[list[tuple[int, int]]]:
        """Stretches that are of people, or that nobody could read to the end, by text."""
        (inspected,) = inspect(self._analyzer, [content(record, texts)])
        shown = {key.value for t in texts if not _machine(t) for key in extract(fold(t.text)) if key.kind == "e"}
        with self._office.unit() as unit:
            for text, results in zip(texts, inspected.analyses, strict=True):
                folded, offsets = fold_with_offsets(text.text)
                keys = list(extract(folded))
                if _machine(text):
                    listed = [(offsets[key.start], offsets[key.end]) for key in keys if key.value in shown]
                    yield [*listed, *results.unread]
                    continue
                spans = [(r.start, r.end) for r in results if r.entity_type in _PERSONAL]
                names = {key.value for key in keys if key.kind == "n"}
                known = index.names_somebody(unit.session, self._office.vault, sorted(names))
                found = [key for key in keys if self._personal(key, folded, known)]
                spans += [(offsets[key.start], offsets[key.end]) for key in found]
                telling = [span for span in spans if not self._harmless(text.text[span[0] : span[1]])]
                yield [*telling, *results.unread]

    def _personal(self, key: Key, folded: str, known: set[bytes]) -> bool:
        if key.kind == "e":
            return True
        if key.kind == "n":
            return key.value in known
        return key.kind == "p" and _DIALLED.match(folded, key.start) is not None

    def _harmless(self, text: str) -> bool:
        return _DAY.match(text) is not None or self._role_address(text)

    def _role_address(self, text: str) -> bool:
        """Whether this is an address of a function (`info@`), which names nobody."""
        local, at, _ = fold(text).strip("<> ").partition("@")
        return bool(at) and local in self._shared


def _around(text: Text, texts: Sequence[Text], mark: str) -> Iterator[Mask]:
    """The whole text that a derived one was drawn out of (a file in the old way, uuencoded within the letter)."""
    for outer in texts:
        if outer.maskable and text.path.startswith(f"{outer.path}/"):
            yield Mask(outer.path, 0, len(outer.text), mark)


def _own_field(record: Record, text: Text, role: Role) -> bool:
    """Name, address and number columns of the person's own row are theirs, second addresses too."""
    if role is not Role.OWN or not text.path.startswith("field:") or _OF_OTHERS.search(text.path):
        return False
    types = {f"field:{field.name}": field.type for field in record.fields}
    return types.get(text.path) in _CONTACT


def _machine(text: Text) -> bool:
    return text.kind is TextKind.HEADER and _MACHINE.fullmatch(text.name) is not None


def _spans(evidence: Sequence[Evidence]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for item in evidence:
        found.setdefault(item.path, []).append((item.start, item.end))
    return found


def _covered(span: tuple[int, int], own: Sequence[tuple[int, int]], text: str) -> bool:
    """Whether the span is the person's own: inside theirs, give or take the quotes and brackets around a name, or theirs
    with what is glued to it (`user=anna@example.com`)."""
    return any(
        (start <= span[0] + 1 and span[1] - 1 <= end)
        or (span[0] < start and span[1] == end and _GLUE.fullmatch(text, span[0], start) is not None)
        for start, end in own
    )


def _within(path: str, attachment: str) -> bool:
    return path == attachment or path.startswith(f"{attachment}/")

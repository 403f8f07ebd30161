"""Other people's data in a record that is handed out (GDPR Art. 15(4)): found, so that it can be masked or held back.

Three sources, because each misses what another sees: addresses and numbers by their form; names the company itself knows
from its contacts and correspondence (by keyed hash, so that no list of names exists); and whatever the analyser finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cases.keeping import DAY, MACHINE, OF_OTHERS, Keep, covered
from cases.matching import Evidence, Matcher, Role, merged
from cases.redaction import PartlyRead, Recipe, redact_file
from connectors.contract import Attachment, FieldType, Mask, Record, Text, TextKind
from connectors.files import Passage
from connectors.limits import DEFAULTS
from discovery import index
from discovery.contents import content
from discovery.fold import fold, fold_with_offsets
from discovery.keys import Key, extract
from office import Office
from pii.analyzer import Analyzer
from pii.findings import Analysis
from pii.records import inspect
from pii.redact import DEFAULT, Span, spans

MARK = {"en": "[another person]", "de": "[andere Person]", "zh": "[他人]"}
"""What stands in the place of other people's data, by the language of the answer."""
_PERSONAL = frozenset({"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "CN_MOBILE", "DATE_OF_BIRTH"})
_ENTITIES = {"e": "EMAIL_ADDRESS", "p": "PHONE_NUMBER", "n": "PERSON"}
_CONTACT = frozenset({FieldType.NAME, FieldType.EMAIL, FieldType.PHONE})
_DIALLED = re.compile(r"[+(0]|1[3-9]\d{9}")


Fetch = Callable[[str], bytes]
"""Gives the bytes of the attachment at a path."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Other people's data in one record: what can be masked, the files that go out masked (by attachment path, with the way
    to make them), and those that cannot go out, by path and why."""

    masks: tuple[Mask, ...]
    held_back: tuple[str, ...] = ()
    files: Mapping[str, Recipe] = field(default_factory=dict)


class Masker:
    """Finds what is not the person's own in records that are theirs."""

    def __init__(self, office: Office, analyzer: Analyzer, matcher: Matcher, language: str) -> None:
        self._mark = MARK.get(language, MARK["en"])
        self._office, self._analyzer, self._matcher = office, analyzer, matcher
        self._shared = frozenset(fold(word) for word in office.settings.policy.shared_addresses)
        self._keep = Keep(matcher, office.settings.policy.shared_addresses)

    def foreign(self, record: Record, role: Role, fetch: Fetch, *, wrote: bool) -> Foreign:
        """What to mask and hold back. `wrote`: the person sent this mail, so its attachments are their own.

        A file with other people in it goes out when it can be masked and nothing of them is found in it afterwards.
        """
        texts = [text for text in record.readable() if not _own_field(record, text, role)]
        foreign = self._foreign_fields(record, role)
        own = _spans([*self._matcher.evidence(record), *self._matcher.loose(record)])
        masks: list[Mask] = []
        held: set[str] = set()
        (inspected,) = inspect(self._analyzer, [content(record, texts)])
        for text, found in zip(texts, self._find(texts, inspected.analyses), strict=True):
            whole = text.path in foreign
            places = [(0, len(text.text))] if whole else [(span.start, span.end) for span in found]
            left = merged([place for place in places if not covered(place, own.get(text.path, []), text.text)])
            files = {a.path for a in record.attachments if _within(text.path, a.path) and _is_content(text)}
            if (
                left and not files and (text.maskable or text.kind is TextKind.FIELD)
            ):  # fields that cannot be written too
                masks += [Mask(text.path, start, end, self._mark) for start, end in left]
            elif left and not wrote:
                held |= files
                masks += () if files else _around(text, texts, self._mark)
        masked = {a.path: recipe for a in record.attachments if a.path in held and (recipe := self._masked(a, fetch))}
        held -= masked.keys()
        if not wrote:  # what nobody could read may hold anything
            unread = [part.path for part in record.unreadable]
            held |= {a.path for a in record.attachments if any(_within(path, a.path) for path in unread)}
        return Foreign(tuple(masks), tuple(sorted(held)), {path: masked[path] for path in masked.keys() - held})

    def _masked(self, attachment: Attachment, fetch: Fetch) -> Recipe | None:
        """How to mask a file, None where it must be held back: it cannot be masked safely, or not read whole."""
        if attachment.size > DEFAULTS.attachment_bytes:
            return None
        data, operators = fetch(attachment.path), {DEFAULT: lambda kind, value: self._mark}
        name, media_type = attachment.filename, attachment.media_type
        result = redact_file(data, name, media_type, self._spans, self._keep, operators, keys=True)
        return None if result.unread else result.recipe

    def _spans(self, passages: Sequence[Passage]) -> list[list[Span]]:
        """What is found in the passages of a file, as in the texts of a record. Raises PartlyRead."""
        texts = [Text(p.path, p.text, p.kind, name=p.field if p.kind is TextKind.HEADER else "") for p in passages]
        fields = [p.field or None for p in passages]
        analyses = self._analyzer.analyze([text.text for text in texts], fields=fields)
        if any(analysis.unread for analysis in analyses):
            raise PartlyRead
        return [spans(found) for found in self._find(texts, analyses)]

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
            and (role is not Role.OWN or OF_OTHERS.search(field.name))
        }

    def _find(self, texts: Sequence[Text], analyses: Sequence[Analysis]) -> Iterator[list[Span]]:
        """Stretches that are of people, or that nobody could read to the end, by text."""
        shown = {key.value for t in texts if not _machine(t) for key in extract(fold(t.text)) if key.kind == "e"}
        with self._office.unit() as unit:
            for text, results in zip(texts, analyses, strict=True):
                folded, offsets = fold_with_offsets(text.text)
                keys = list(extract(folded))
                if _machine(text):
                    yield [*(_span(key, offsets) for key in keys if key.value in shown), *_unread(results)]
                    continue
                found = [Span(r.entity_type, r.start, r.end, r.score) for r in results if r.entity_type in _PERSONAL]
                names = {key.value for key in keys if key.kind == "n"}
                known = index.names_somebody(unit.session, self._office.vault, sorted(names))
                found += [_span(key, offsets) for key in keys if self._personal(key, folded, known)]
                telling = [span for span in found if not self._harmless(text.text[span.start : span.end])]
                yield [*telling, *_unread(results)]

    def _personal(self, key: Key, folded: str, known: set[bytes]) -> bool:
        if key.kind == "e":
            return True
        if key.kind == "n":
            return key.value in known
        return key.kind == "p" and _DIALLED.match(folded, key.start) is not None

    def _harmless(self, text: str) -> bool:
        return DAY.match(text) is not None or self._role_address(text)

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
    if role is not Role.OWN or not text.path.startswith("field:") or OF_OTHERS.search(text.path):
        return False
    types = {f"field:{field.name}": field.type for field in record.fields}
    return types.get(text.path) in _CONTACT


def _machine(text: Text) -> bool:
    return text.kind is TextKind.HEADER and MACHINE.fullmatch(text.name) is not None


def _spans(evidence: Sequence[Evidence]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for item in evidence:
        found.setdefault(item.path, []).append((item.start, item.end))
    return found


def _span(key: Key, offsets: Sequence[int]) -> Span:
    return Span(_ENTITIES[key.kind], offsets[key.start], offsets[key.end], 1.0)


def _unread(analysis: Analysis) -> Iterator[Span]:
    """What was not read may hold anybody."""
    return (Span("UNREAD", start, end, 1.0) for start, end in analysis.unread)


def _is_content(text: Text) -> bool:
    """Whether a text below an attachment stands in the file: neither its name nor a header of its part does."""
    return text.kind not in (TextKind.HEADER, TextKind.FILENAME)


def _within(path: str, attachment: str) -> bool:
    return path == attachment or path.startswith(f"{attachment}/")

"""What no answer shows, even to the person themself (11 CCR 7024(d)): found by type, masked, and named instead.

Which types those are under the law of the request says `law.disclosure`; a regime without such a rule costs nothing here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cases.masking import Foreign
from cases.package.content import Withheld
from cases.statutes import book_of
from cases.tables import Case
from connectors.contract import Mask, Record, Text, TextKind
from law.disclosure import Withholding, never, withheld
from office import Office
from pii.analyzer import Analyzer


class Secrets:
    """Finds what must stay out of the answer to one request, and counts it by store and collection."""

    def __init__(self, office: Office, case: Case, analyzer: Analyzer) -> None:
        book, day = book_of(office), case.received_at.astimezone(office.settings.zone).date()
        kinds = never(case.regime, case.right, day, book=book)
        told = withheld(case.regime, case.right, sorted(kinds), case.language, day, book=book)
        self._told: dict[str, Withholding] = {one.entity: one for one in told}
        self._analyzer = analyzer
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def cover(self, store: str, record: Record, foreign: Foreign) -> Foreign:
        """The masks with those of what is never disclosed added; a file that holds any of it is held back whole."""
        if not self._told:
            return foreign
        texts = list(record.readable())
        masks, held = list(foreign.masks), set(foreign.held_back)
        columns = [text.path.removeprefix("field:") if text.kind is TextKind.FIELD else None for text in texts]
        found = self._analyzer.analyze([text.text for text in texts], fields=columns)
        for text, results in zip(texts, found, strict=True):
            if results.unread:  # may hold anything; the masker has masked what does not stand in a file
                held |= {a.path for a in record.attachments if _within(text.path, a.path)}
            for result in results:
                told = self._told.get(result.entity_type)
                if told is None:
                    continue
                self._counts[store, record.ref.collection, told.entity] += 1
                files = {a.path for a in record.attachments if _within(text.path, a.path)}
                if files:
                    held |= files
                elif text.maskable or text.kind is TextKind.FIELD:
                    masks = _with(masks, Mask(text.path, result.start, result.end, f"[{told.sentence}]"))
                else:
                    for outer in _holding(text, texts):
                        masks = _with(masks, Mask(outer.path, 0, len(outer.text), f"[{told.sentence}]"))
        masked = {path: recipe for path, recipe in foreign.files.items() if path not in held}
        return Foreign(tuple(masks), tuple(sorted(held)), masked)

    def withheld(self) -> list[Withheld]:
        """What was left out, for the person: the type with particularity, how often, and by which rule."""
        found: Counter[tuple[str, str, str]] = Counter()
        for (store, collection, entity), count in self._counts.items():
            found[store, collection, self._told[entity].sentence] += count
        rules = {one.sentence: one for one in self._told.values()}
        return [
            Withheld(store, collection, count, rules[sentence].stamp.partition("@")[0], rules[sentence].cite, sentence)
            for (store, collection, sentence), count in sorted(found.items())
        ]


def _with(masks: list[Mask], new: Mask) -> list[Mask]:
    """Add a mask; those it touches become part of it, so that none overlap."""
    touched = [one for one in masks if one.path == new.path and one.start < new.end and new.start < one.end]
    start = min([new.start, *(one.start for one in touched)])
    end = max([new.end, *(one.end for one in touched)])
    return [*(one for one in masks if one not in touched), Mask(new.path, start, end, new.replacement)]


def _holding(text: Text, texts: Sequence[Text]) -> list[Text]:
    """The texts that one which cannot be masked was drawn out of."""
    return [outer for outer in texts if outer.maskable and text.path.startswith(f"{outer.path}/")]


def _within(path: str, attachment: str) -> bool:
    return path == attachment or path.startswith(f"{attachment}/")

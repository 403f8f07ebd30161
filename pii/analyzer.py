"""Finding personal data in text and in fields: presidio-analyzer's results, each distinct text analysed once, many at a
time, in bounded time.

What is found is defined by `pii.plain`. How it is found sooner: texts seen before are remembered by keyed hash; the
recognisers of `pii.patterns` run over the lines that could hold something for them, all at once; language models read
each distinct paragraph once, in batches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from pii.errors import PiiError
from pii.findings import Analysis, Finding, results

if TYPE_CHECKING:
    from pii.memory import Memory
    from pii.reading import Item, Read
    from pii.recognizers.custom import CustomPattern
    from settings import Pii

SECONDS = 1.0
_BATCH = 1_000_000  # characters of texts that are held and analysed together
_MOST = 5_000  # texts of a batch


class Analyzer:
    """Finds personal data. Build one and share it: reading is safe from many threads.

    `region` is the country of telephone numbers without a country code where a text names none of its own. `models`
    gives the spaCy pipeline by language (`pii.pipelines.Pipelines`); `patterns` are the operator's own. No text takes
    more than about `seconds` of processor time, told by `clock`: what was not read by then is named in the result. Large
    batches are read in `processes` processes, which end with `close` or the program.
    Nothing is fetched from a network, ever, and no text is kept: findings are remembered under a keyed hash, in
    `memory` also beyond the life of the process. Raises PiiError for an unknown region, language or model.
    """

    def __init__(
        self,
        languages: Sequence[str] = ("en", "zh"),
        region: str = "DE",
        models: Mapping[str, str] | None = None,
        *,
        patterns: Sequence[CustomPattern] = (),
        seconds: float = SECONDS,
        processes: int = 1,
        memory: Memory | None = None,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        from pii.reading import Reader, Setup
        from pii.workers import Workers

        if not languages:
            raise PiiError("No language is given. Name at least one, for example en.")
        self._languages = tuple(dict.fromkeys(languages))
        setup = Setup(self._languages, region, dict(models or {}), tuple(patterns), seconds)
        self._reader = Reader(setup, clock, memory)
        self._workers = Workers(setup, processes) if processes > 1 else None

    @classmethod
    def configured(cls, chosen: Pii, memory: Memory | None = None) -> Self:
        """The analyzer that the settings ask for. Raises PiiError for a setting that cannot be used."""
        return cls(
            chosen.languages,
            chosen.region,
            chosen.models,
            patterns=patterns(chosen),
            seconds=chosen.seconds_per_text,
            processes=chosen.processes,
            memory=memory,
        )

    def close(self) -> None:
        """End the processes, if there are any."""
        if self._workers is not None:
            self._workers.close()

    @property
    def entities(self) -> frozenset[str]:
        """Every entity type that can be found."""
        return self._reader.entities

    def analyze(
        self,
        texts: Sequence[str],
        language: str | None = None,
        fields: Sequence[str | None] | None = None,
        regions: Sequence[str | None] | None = None,
    ) -> list[Analysis]:
        """The results of every text, in text order; offsets are code points, end exclusive; results may overlap.

        `language` holds for all texts; None tells it per paragraph by script (`pii.script`), falling back to the first
        language. `fields` names the field each text is the value of, as context: a number in a column `mobile` is a
        telephone number. `regions` gives the country of each text's telephone numbers. Work grows with the length of a
        text, not its square. Raises PiiError for a language that the analyzer was not built for, a region without
        telephone numbers, or `fields` or `regions` of another length than `texts`.
        """
        from pii.reading import Item

        for name, given in (("field names", fields), ("regions", regions)):
            if given is not None and len(given) != len(texts):
                raise PiiError(f"There must be as many {name} as texts; use None for a text without one.")
        none = [None] * len(texts)
        items = (
            Item(text, language, field, region)
            for text, field, region in zip(texts, fields or none, regions or none, strict=True)
        )
        return list(self.stream(items))

    def stream(self, items: Iterable[Item]) -> Iterator[Analysis]:
        """The results of every item, in order, in memory that does not grow with their number. Raises as `analyze`."""
        for batch in _batches(items):
            for read in self._read(batch):
                yield results(read.findings, read.unread)

    def _read(self, items: Sequence[Item]) -> list[Read]:
        from pii.pieces import readable
        from pii.reading import Read
        from pii.workers import WORTHWHILE

        remembered = self._reader.remembered
        hashes = []
        for item in items:
            if item.language is not None and item.language not in self._languages:
                raise PiiError(
                    f"Texts are analysed in: {', '.join(self._languages)}. Add the language to pii.languages."
                )
            hashes.append(remembered.hash("text", item.language or "", item.field or "", item.region or "", item.text))
        recalled = remembered.recall(list(dict.fromkeys(hashes)))
        known = {hashed: Read(tuple(Finding(*row) for row in rows)) for hashed, rows in recalled.items()}
        new = {hashed: item for hashed, item in zip(hashes, items, strict=True) if hashed not in known}
        wanted = [item._replace(text=readable(item.text)) for item in new.values()]
        much = self._workers if sum(len(item.text) for item in wanted) >= WORTHWHILE else None
        fresh = dict(zip(new, (much or self._reader).read(wanted), strict=True))
        remembered.remember({hashed: one.findings for hashed, one in fresh.items() if not one.unread})
        known |= fresh
        return [known[hashed] for hashed in hashes]


def patterns(chosen: Pii) -> tuple[CustomPattern, ...]:
    """The operator's own patterns. Raises PiiError for one that cannot be used."""
    from pii.recognizers.custom import CustomPattern

    return tuple(CustomPattern(**pattern.model_dump()) for pattern in chosen.patterns)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (size + len(item.text) > _BATCH or len(batch) >= _MOST):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.text)
    if batch:
        yield batch

"""Reading many texts at once, each with the findings of `pii.plain`, in bounded time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pii.fields import asks_model, context_of
from pii.findings import Finding, ordered
from pii.memory import Memory, Remembered
from pii.paragraphs import paragraphs
from pii.patterns import Raw, Toolset
from pii.pieces import WINDOW, Piece, pieces
from pii.pipelines import Entity, Pipelines
from pii.plain import recognizers_of

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerResult

    from pii.recognizers.custom import CustomPattern

_LIBRARIES = ("presidio-analyzer", "spacy", "thinc", "regex", "phonenumbers", "tldextract")


class Item(NamedTuple):
    """A text to analyse, with its language, the field it is the value of, and the region of its telephone numbers."""

    text: str
    language: str | None = None
    field: str | None = None
    region: str | None = None


class Read(NamedTuple):
    """What was found in a text, and the stretches of it that were not read."""

    findings: tuple[Finding, ...]
    unread: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Setup:
    """What a reader is built from; plain data, so that other processes can build the same."""

    languages: tuple[str, ...]
    region: str
    models: Mapping[str, str]
    patterns: tuple[CustomPattern, ...]
    seconds: float  # of processor time that one text may take


class Reader:
    """Reads texts. Raises PiiError for an unknown region, language or model."""

    def __init__(self, setup: Setup, clock: Callable[[], float], memory: Memory | None = None) -> None:
        self._setup, self._clock = setup, clock
        self._pipelines = Pipelines(setup.languages, setup.models)
        self._pipelines.load()
        self._toolsets: dict[tuple[str, str], Toolset] = {}
        for language in setup.languages:
            self._toolset(language, setup.region)
        self.remembered = Remembered(self._digest(), memory)

    @property
    def entities(self) -> frozenset[str]:
        """Every entity type that can be found."""
        tools = [tool for toolset in self._toolsets.values() for tool in toolset.recognizers]
        return frozenset(entity for tool in tools for entity in tool.supported_entities)

    def read(self, items: Sequence[Item]) -> list[Read]:
        """Each text with its findings, in order."""
        read: dict[int, Read] = {}
        short = [i for i, item in enumerate(items) if len(item.text) <= WINDOW]
        for i, findings in zip(short, self._together([items[i] for i in short]), strict=True):
            read[i] = Read(findings)
        return [read.get(i) or self._long(item) for i, item in enumerate(items)]

    def _together(self, items: Sequence[Item]) -> list[tuple[Finding, ...]]:
        """The findings of texts that are short enough to be read to the end."""
        parts = [(i, piece) for i, item in enumerate(items) for piece in self._pieces(item)]
        raw = self._raw([(piece, items[i].region) for i, piece in parts])
        named = [n for n, (i, _) in enumerate(parts) if asks_model(items[i].field, items[i].text)]
        names = dict(zip(named, self._names([parts[n][1] for n in named]), strict=True))
        found: list[list[Finding]] = [[] for _ in items]
        for n, (i, piece) in enumerate(parts):
            if raw[n] or names.get(n):
                found[i] += self._settled(items[i], piece, raw[n], names.get(n, ()))
        return [ordered(findings) if findings else () for findings in found]

    def _long(self, item: Item) -> Read:
        """The findings of a text that may be too long: all its patterns first, then the names, while there is time.

        What was not read for both is told.
        """
        until = self._clock() + self._setup.seconds
        parts = self._pieces(item)
        done: list[tuple[list[Raw], list[Finding]]] = []
        for piece in parts:
            if self._clock() > until:
                break
            (raw,) = self._raw([(piece, item.region)])
            done.append((raw, self._settled(item, piece, raw, ())))
        asked = self._pipelines.with_model if asks_model(item.field, item.text) else ()
        missed = parts[len(done) :]
        for piece, (raw, findings) in zip(parts, done, strict=False):
            if piece.language not in asked:
                continue
            if self._clock() > until:
                missed.append(piece)
                continue
            (names,) = self._names([piece])
            if names:
                findings[:] = self._settled(item, piece, raw, names)
        every = ordered(finding for _, findings in done for finding in findings)
        return Read(every, _joined(sorted((piece.first, piece.last) for piece in missed)))

    def _pieces(self, item: Item) -> list[Piece]:
        return pieces(item.text, item.language, self._setup.languages) if item.text.strip() else []

    def _raw(self, parts: Sequence[tuple[Piece, str | None]]) -> list[list[Raw]]:
        """What the recognisers find in each piece."""
        groups: dict[tuple[str, str], list[int]] = {}
        for n, (piece, region) in enumerate(parts):
            groups.setdefault((piece.language, region or self._setup.region), []).append(n)
        found: list[list[Raw]] = [[] for _ in parts]
        for group, numbers in groups.items():
            raw = self._toolset(*group).raw([parts[n][0].text for n in numbers])
            for n, some in zip(numbers, raw, strict=True):
                found[n] = some
        return found

    def _names(self, parts: Sequence[Piece]) -> list[list[Entity]]:
        """What the language models find in each piece. A paragraph that is known is not read again."""
        wanted: dict[str, dict[str, bytes]] = {}
        places = []
        for n, piece in enumerate(parts):
            if piece.language not in self._pipelines.with_model:
                continue
            for paragraph in paragraphs(piece.text):
                hashes = wanted.setdefault(piece.language, {})
                if paragraph.words not in hashes:
                    hashes[paragraph.words] = self.remembered.hash("paragraph", piece.language, paragraph.words)
                places.append((n, paragraph, hashes[paragraph.words]))
        known = self.remembered.recall([hashed for hashes in wanted.values() for hashed in hashes.values()])
        for language, hashes in wanted.items():
            new = [words for words, hashed in hashes.items() if hashed not in known]
            read = {
                hashes[words]: found for words, found in zip(new, self._pipelines.entities(new, language), strict=True)
            }
            self.remembered.remember(read)
            known |= read
        names: list[list[Entity]] = [[] for _ in parts]
        for n, paragraph, hashed in places:
            names[n] += [(entity, *paragraph.place(start, end)) for entity, start, end in known[hashed]]
        return names

    def _settled(self, item: Item, piece: Piece, raw: Sequence[Raw], names: Sequence[Entity]) -> list[Finding]:
        toolset = self._toolset(piece.language, item.region or self._setup.region)
        results = toolset.settled(piece.text, raw, names, context_of(item.field))
        return [_finding(r, piece.at) for r in results if piece.first <= r.start + piece.at < piece.last]

    def _toolset(self, language: str, region: str) -> Toolset:
        toolset = self._toolsets.get((language, region))
        if toolset is None:
            made = recognizers_of(language, region, self._pipelines, self._setup.patterns)
            toolset = self._toolsets[language, region] = Toolset(made, self._pipelines, language)
        return toolset

    def _digest(self) -> bytes:
        """Stands for all that findings depend on besides the text: the code, the libraries, the models, the settings."""
        digest = hashlib.sha256()
        for file in sorted(Path(__file__).parent.rglob("*.py")):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
        setup = (self._setup.languages, self._setup.region, self._setup.patterns)
        digest.update(repr((libraries, setup, self._pipelines.digest)).encode())
        return digest.digest()


def _finding(result: RecognizerResult, at: int) -> Finding:
    name = result.recognition_metadata[result.RECOGNIZER_NAME_KEY]
    return Finding(result.entity_type, result.start + at, result.end + at, result.score, name)


def _joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges in order, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        if joined and joined[-1][1] >= start:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return tuple(joined)

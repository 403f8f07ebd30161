"""No text stalls a scan: work is bounded, what was not read is told, nothing found is lost, no text is kept."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping, Sequence

import pytest

from pii.analyzer import Analyzer
from pii.memory import Remembered
from pii.pieces import WINDOW
from pii.reading import Item
from tests.pii.corpora import Letters

MILLION = 1_000_000
NEEDLE = " zyxwvut@example.com "


class Clock:
    """A clock that goes on by one second whenever somebody looks at it."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return float(self.looks)


def words(length: int) -> str:
    """Words that hardly ever come twice."""
    draw = random.Random(7)
    made = "".join(f"{''.join(draw.choices('abcdefghijklmnop', k=6)).capitalize()} " for _ in range(length // 7 + 1))
    return made[:length]


HOSTILE = {
    "one word": "a" * MILLION,
    "brackets": "(" * MILLION,
    "closed brackets": "()" * (MILLION // 2),
    "surrogates": "\ud800" * MILLION,
    "right to left": "\u202e\u05d0\u0627 " * (MILLION // 4),
    "nul": "\x00" * MILLION,
    "zero width": "a\u200b" * (MILLION // 2),
    "combining": "a\u0301\u0302" * (MILLION // 3),
    "spaces": " " * MILLION,
    "lines": "\n" * MILLION,
    "quotes": "> " * (MILLION // 2),
    "quoted lines": "> a\n" * (MILLION // 4),
    "quotes of quotes": "".join(f"{'>' * (n % 32)} a\n" for n in range(MILLION // 18)),
    "digits": "1" * MILLION,
    "spaced digits": "1 " * (MILLION // 2),
    "telephone numbers": "".join(f"+49 30 {n:08} " for n in range(MILLION // 16)),
    "dates": "01.02.1990 " * (MILLION // 11),
    "addresses": "1.1.1.1 " * (MILLION // 8),
    "colons": "::1:" * (MILLION // 4),
    "mails": "a.b@c-d.com " * (MILLION // 12),
    "at signs": "a@" * (MILLION // 2),
    "urls": "http://a.a.a. " * (MILLION // 14),
    "capitals": "Aa " * (MILLION // 3),
    "titles": "Mr " * (MILLION // 3),
    "surnames": "王" * MILLION,
    "closings": "此致\n" * (MILLION // 3),
    "labels": "Name: " * (MILLION // 6),
    "base64": "".join(random.Random(1).choices("ABCDEFGHIJabcdefghij0123456789+/", k=MILLION)),
    "binary": "".join(map(chr, random.Random(7).choices(range(1, 0xD7FF), k=MILLION))),
    "words": words(MILLION),
    "english": "\n\n".join(Letters(seed).letter() for seed in range(1200))[:MILLION],
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_million_characters_cost_two_seconds_at_most(analyzer: Analyzer, text: str) -> None:
    text = f"{text[:-100]}{NEEDLE}"
    begun = time.process_time()
    (found,) = analyzer.analyze([text])
    assert time.process_time() - begun < 4  # 2 s on a quiet machine
    named = any(hit.entity_type == "EMAIL_ADDRESS" and hit.end == len(text) - 1 for hit in found)
    assert named or (found.unread and found.unread[-1][1] == len(text))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def slow(clock: Clock) -> Analyzer:
    """An analyzer to whose clock every text takes long."""
    return Analyzer(seconds=3, clock=clock)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_work_is_bounded_by_the_clock(slow: Analyzer, clock: Clock, text: str) -> None:
    text = text[: 4 * WINDOW]
    before = clock.looks
    (found,) = slow.analyze([text])
    assert clock.looks - before <= 16
    if text.strip():
        assert found.unread
        assert found.unread[-1][1] == len(text)


def test_what_was_not_read_is_told_and_the_rest_is_right(slow: Analyzer) -> None:
    line = "write to anna{:05}@example.com or 030 23125 {:03}\n"
    text = "".join(line.format(n, n % 1000) for n in range(5 * WINDOW // 45))
    (whole,) = Analyzer(seconds=600).analyze([text])
    (some,) = slow.analyze([text])
    assert not whole.partly
    assert some.partly
    pattern = [hit for hit in some if hit.entity_type != "PERSON"]  # names come last, so that time ran out before them
    assert WINDOW // 45 < len(pattern) < len(whole)
    assert {str(hit) for hit in pattern} <= {str(hit) for hit in whole}


def test_what_was_read_in_part_is_not_remembered(slow: Analyzer) -> None:
    text = "word " * WINDOW
    assert slow.analyze([text])[0].partly
    assert slow._reader.remembered.recall([slow._reader.remembered.hash("text", "", "", "", text)]) == {}


def test_long_texts_lose_nothing_at_the_seams(analyzer: Analyzer) -> None:
    for shift in (0, 299, 1196):
        line = "write to anna{:05}@example.com or 030 23125 {:03}\n"
        text = "x" * shift + "\n" + "".join(line.format(n, n % 1000) for n in range(2000))
        kinds = [hit.entity_type for hit in analyzer.analyze([text])[0]]
        assert (kinds.count("EMAIL_ADDRESS"), kinds.count("PHONE_NUMBER")) == (2000, 2000)


class Shelf:
    """A memory for tests."""

    key = b"a key of the tests, 32 bytes it is"[:32]

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.known = 0

    def recall(self, hashes: Sequence[bytes]) -> Mapping[bytes, bytes]:
        found = {hashed: self.kept[hashed] for hashed in hashes if hashed in self.kept}
        self.known += len(found)
        return found

    def remember(self, found: Mapping[bytes, bytes]) -> None:
        self.kept |= found


def test_another_run_remembers() -> None:
    shelf = Shelf()
    texts = Letters(3).thread()
    first = Analyzer(memory=shelf).analyze(texts)
    assert shelf.known == 0
    second = Analyzer(memory=shelf).analyze(texts)
    assert shelf.known == len(texts)
    assert [[str(hit) for hit in found] for found in second] == [[str(hit) for hit in found] for found in first]


@pytest.mark.parametrize("other", [{"region": "FR"}, {"languages": ("en",)}])
def test_under_other_settings_nothing_is_remembered(other: dict[str, object]) -> None:
    shelf = Shelf()
    Analyzer(memory=shelf).analyze(["call 030 23125 123"])
    Analyzer(memory=shelf, **other).analyze(["call 030 23125 123"])  # type: ignore[arg-type]
    assert shelf.known == 0


def test_no_text_is_kept() -> None:
    shelf = Shelf()
    analyzer = Analyzer(memory=shelf)
    analyzer.analyze(["Dear Zyxwvutina,\nwrite to zyxwvutina@example.com", "Zyxwvutina"], fields=[None, "name"])
    remembered = repr((shelf.kept, vars(analyzer._reader.remembered)))
    assert "yxwvutina" not in remembered
    for pipeline in analyzer._reader._pipelines._loaded.values():
        assert all("yxwvutina" not in word for word in pipeline.nlp.vocab.strings)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pii.memory.MOST", 10)
    remembered = Remembered(b"x" * 32)
    for number in range(50):
        remembered.remember({remembered.hash(str(number)): (("PERSON", 0, 1, 0.5, "R"),)})
    assert len(remembered._recent) == 10


def test_a_stream_is_read_as_it_comes(analyzer: Analyzer) -> None:
    drawn = 0

    def texts() -> object:
        nonlocal drawn
        for number in range(30_000):
            drawn += 1
            yield Item(f"cell {number % 100}")

    stream = analyzer.stream(texts())  # type: ignore[arg-type]
    next(stream)
    assert drawn < 30_000
    assert sum(1 for _ in stream) == 29_999


def test_nothing_is_logged(analyzer: Analyzer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        analyzer.analyze(["account \u212aE89 3704 0044 0532 0130 00 of anna@example.com", *Letters(1).thread()])
    assert caplog.records == []


@pytest.mark.slow
def test_several_processes_find_the_same(analyzer: Analyzer) -> None:
    letters = Letters(9)
    texts = [letters.letter() for _ in range(300)]
    several = Analyzer(processes=2)
    try:
        found = several.analyze(texts)
    finally:
        several.close()
    assert [[str(hit) for hit in one] for one in found] == [
        [str(hit) for hit in one] for one in analyzer.analyze(texts)
    ]

"""Over every file of the corpus, broken ones above all."""

from __future__ import annotations

import random

from connectors.contract import Mask, Record, Ref, Text
from connectors.limits import DEFAULTS
from connectors.mail import attachment, parse, redact
from connectors.mail.reading import tree
from tests.mail.corpus import FILES, needs_corpus

REPLACEMENTS = ("[redacted]", "█████", "Q0Q0 1")


def read(raw: bytes) -> Record:
    return parse(raw, Ref("box", "1"), "1", DEFAULTS)


def bare(text: str) -> str:
    return "".join(text.split())


def span(rng: random.Random, text: Text) -> tuple[int, int] | None:
    """A piece of the text that is not only white space."""
    start = rng.randrange(len(text.text))
    end = min(len(text.text), start + rng.randrange(1, 30))
    return (start, end) if text.text[start:end].strip() else None


def touched(raw: bytes, path: str) -> tuple[int, int]:
    """The range of the header or part that a path names."""
    number, _, place = path.removeprefix("part:").partition("/") if path.startswith("part:") else ("", "", path)
    root = tree(raw, DEFAULTS)
    part = next((part for part in root.walk() if part.number == number), root)
    if place.startswith("header:"):
        header = part.headers[int(place.split("/")[0].removeprefix("header:"))]
        return header.start, header.end
    return part.head_end, part.end


@needs_corpus
def test_reads_every_file_and_leaves_it_as_it_is() -> None:
    for path in FILES:
        raw = path.read_bytes()
        record = read(raw)
        assert record.native == raw
        assert len({text.path for text in record.texts}) == len(record.texts), path.name
        assert redact(raw, (), (), None) == raw
        assert {item.path for item in record.attachments} >= {
            text.path for text in record.texts if text.kind == "attachment" and text.path.count("/") == 0
        }


@needs_corpus
def test_masks_what_was_asked_and_nothing_else() -> None:
    rng = random.Random(20260203)
    done = 0
    for path in FILES:
        raw = path.read_bytes()
        texts = {text.path: text for text in read(raw).texts}
        maskable = [text for text in texts.values() if text.maskable]
        for text in rng.sample(maskable, min(3, len(maskable))):
            if (found := span(rng, text)) is None:
                continue
            new = redact(raw, [Mask(text.path, *found, rng.choice(REPLACEMENTS))], (), None)
            start, end = touched(raw, text.path)
            assert new[:start] == raw[:start], (path.name, text.path)
            assert new.endswith(raw[end:]), (path.name, text.path)
            after = {item.path: item for item in read(new).texts}
            masked = text.text[slice(*found)]
            if len(bare(masked)) > 3 and bare(text.text).count(bare(masked)) == 1 and text.path in after:
                assert bare(masked) not in bare(after[text.path].text), (path.name, text.path)
            others = {key: one for key, one in texts.items() if key != text.path and one.maskable}
            assert set(others) <= set(after), (path.name, text.path)
            for key, before in others.items():
                assert after[key].text == before.text, (path.name, text.path, key)
            done += 1
    assert done > 1500


@needs_corpus
def test_drops_every_attachment() -> None:
    dropped = 0
    for path in FILES:
        raw = path.read_bytes()
        record = read(raw)
        for item in record.attachments[:2]:
            attachment(raw, item.path, DEFAULTS)
            after = read(redact(raw, (), [item.path], "step-1"))
            assert [one.filename for one in after.attachments if one.path == item.path] == ["removed.txt"], path.name
            if item.filename not in ("", "removed.txt"):
                inside = [
                    text for text in after.texts if text.path.startswith(f"{item.path}/") and text.kind == "filename"
                ]
                assert item.filename not in "".join(text.text for text in inside), path.name
            dropped += 1
    assert dropped > 200


@needs_corpus
def test_half_a_message_is_still_read() -> None:
    rng = random.Random(7)
    for path in FILES[::3]:
        raw = path.read_bytes()
        half = raw[: rng.randrange(len(raw))] if raw else raw
        read(half)
        assert redact(half, (), (), None) == half


@needs_corpus
def test_masks_and_drops_together() -> None:
    rng = random.Random(11)
    for path in FILES:
        raw = path.read_bytes()
        record = read(raw)
        spans = [(text.path, found) for text in record.texts if text.maskable and (found := span(rng, text))]
        drop = [item.path for item in record.attachments if rng.random() < 0.5]
        new = redact(raw, [Mask(place, *found, "█") for place, found in spans], drop, "step-1")
        assert len(new) <= len(raw) * 2 + 2000 * (1 + len(spans)), path.name
        left = {item.path: item.filename for item in read(new).attachments}
        assert all(left[one] == "removed.txt" for one in drop if one in left), path.name

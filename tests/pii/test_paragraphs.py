"""Paragraphs, stretches of one language, windows: every character stands where it is said to stand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pii.paragraphs import LONGEST, paragraphs
from pii.pieces import OVERLAP, WINDOW, pieces
from pii.script import stretches

_TEXTS = st.text(st.sampled_from(" \n>\r\tab。好王.A\u3000"), max_size=80)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("one\ntwo\n\n\nthree\n", ["one\ntwo", "three\n"]),
        ("a\n \t\nb", ["a", "b"]),
        ("> one\n> two\n>\n> three", ["one\ntwo", "three"]),
        ("mine\n> yours\n>> his\n> yours", ["mine", "yours", "his", "yours"]),
        ("On Monday X wrote:\n> a", ["On Monday X wrote:", "a"]),
        (" \n> \n\r\n", []),
    ],
)
def test_paragraphs(text: str, wanted: list[str]) -> None:
    assert [part.words for part in paragraphs(text)] == wanted


def test_a_quoted_paragraph_reads_as_it_was_written() -> None:
    text = "Dear Anna,\nthank you.\n\nMax\n"
    quoted = "".join(f"> {line}\n".replace("> \n", ">\n") for line in text.splitlines())
    assert [part.words for part in paragraphs(quoted)] == [part.words.rstrip() for part in paragraphs(text)]


@given(_TEXTS)
def test_every_character_has_its_place(text: str) -> None:
    seen = set()
    for part in paragraphs(text):
        for at, char in enumerate(part.words):
            start, end = part.place(at, at + 1)
            assert text[start:end] == char
            seen.add(start)
    assert all(char.isspace() or char == ">" or at in seen for at, char in enumerate(text))


@pytest.mark.parametrize(
    "text", ["x" * 9000, "word " * 3000, "> quoted words here.\n" * 900, "句子。" * 4000, "> " + "y. " * 5000]
)
def test_long_paragraphs_are_cut(text: str) -> None:
    parts = list(paragraphs(text))
    assert len(parts) > 1
    assert all(len(part.words) <= LONGEST for part in parts)
    assert "".join(part.words for part in parts).replace("\n", "") == text.replace("> ", "").replace("\n", "")
    for part in parts:
        start, end = part.place(len(part.words) - 1, len(part.words))
        assert text[start:end] == part.words[-1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Hello\n\n你好，王经理\n\n123\n\nbye",
            [("Hello\n\n", "en"), ("你好，王经理\n\n123\n\n", "zh"), ("bye", "en")],
        ),
        ("你好世界", [("你好世界", "zh")]),
        ("Grüße", [("Grüße", "en")]),
        ("...\n\n你好世界", [("...\n\n你好世界", "zh")]),
        ("Hello 张", [("Hello 张", "en")]),
    ],
)
def test_stretches(text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(text[start:end], language) for start, end, language in stretches(text, ("en", "zh"))] == wanted


@given(_TEXTS.filter(bool))
def test_stretches_are_the_whole_text(text: str) -> None:
    found = stretches(text, ("en", "zh"))
    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    assert all(before[1] == after[0] for before, after in pairwise(found))


@pytest.mark.parametrize("text", ["x" * 3 * WINDOW, "a line\n" * WINDOW, "好\n" * WINDOW], ids=["word", "lines", "han"])
def test_windows_share_enough_and_decide_once(text: str) -> None:
    found = pieces(text, None, ("en", "zh"))
    assert len(found) > 2
    assert [piece.first for piece in found] == [0, *(piece.last for piece in found[:-1])]
    assert found[-1].last == len(text)
    for piece in found:
        assert text[piece.at : piece.at + len(piece.text)] == piece.text
        assert len(piece.text) <= WINDOW
        assert piece.at == 0 or piece.first - piece.at >= OVERLAP // 4

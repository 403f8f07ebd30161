"""Which language a text, and each paragraph of it, is analysed in, told by script alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pii.paragraphs import paragraphs

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTER = re.compile(r"[^\W\d_]")
_LOOKED_AT = 4000  # characters; the script of a text shows early


def language_of(text: str) -> str:
    """`zh` where at least a fifth of the letters are Han, else `en`.

    English stands for every language in other scripts: the recognisers registered for it know German and other European
    forms too. Japanese text counts by its Han share like any other.
    """
    if text.isascii():
        return "en"
    text = text[:_LOOKED_AT]
    letters = len(_LETTER.findall(text))
    return "zh" if letters and len(_HAN.findall(text)) * 5 >= letters else "en"


def stretches(text: str, languages: Sequence[str]) -> list[tuple[int, int, str]]:
    """A text as stretches of whole paragraphs in one language: start, end, language; together they are the text.

    The language of a paragraph is told by its script; one that is not among `languages` counts as the first of them. A
    paragraph without letters goes with the one before it.
    """
    first = languages[0]
    if len(languages) == 1 or text.isascii() or not _HAN.search(text):
        return [(0, len(text), "en" if "en" in languages else first)]
    found: list[tuple[int, str]] = []
    for paragraph in paragraphs(text):
        if not _LETTER.search(paragraph.words):
            continue
        told = language_of(paragraph.words)
        language = told if told in languages else first
        if not found or found[-1][1] != language:
            found.append((paragraph.start if found else 0, language))
    ends = [start for start, _ in found[1:]] + [len(text)]
    return [(start, end, language) for (start, language), end in zip(found, ends, strict=True)]

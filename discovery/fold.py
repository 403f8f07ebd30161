"""Folding text so that the same name, address or number reads the same however it was typed.

Case, width (ｆｕｌｌ), accents, invisible characters and the German ae/oe/ue spellings are folded away: `MÜLLER`, `Mueller` and
`Muller` all become `muller`. Folding may change the length, so `fold_with_offsets` also tells where each folded character
came from.
"""

from __future__ import annotations

import re
import unicodedata

_UMLAUT_SPELLING = re.compile("(?<=[aou])e")
_DROPPED = {"Mn", "Me", "Cf", "Cs"}


class _FoldTable(dict[int, str]):
    """A `str.translate` table that works out each character once."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFKD", chr(code)).casefold()
        folded = "".join(c for c in decomposed if unicodedata.category(c) not in _DROPPED)
        self[code] = folded
        return folded


_TABLE = _FoldTable()


def fold(text: str) -> str:
    """Folded text, without the ae/oe/ue step (that is for name words only: see `fold_word`)."""
    return text.lower() if text.isascii() else text.translate(_TABLE)


def fold_word(folded: str) -> str:
    """A folded word of a name with `ae`, `oe`, `ue` read as umlauts."""
    return _UMLAUT_SPELLING.sub("", folded)


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Folded text, and for each of its characters the offset in `text`; one more entry stands for the end."""
    if text.isascii():
        return text.lower(), list(range(len(text) + 1))
    parts: list[str] = []
    offsets: list[int] = []
    for position, character in enumerate(text):
        folded = _TABLE[ord(character)]
        parts.append(folded)
        offsets.extend([position] * len(folded))
    offsets.append(len(text))
    return "".join(parts), offsets

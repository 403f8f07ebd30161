"""Where masked values stand a second time: what was recognised in one place is a name in every other place too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_FEWEST = 3  # letters and digits; two of Chinese
_LONG_WORD = 6  # from here on a single word in lower case is taken for the name, below for a word of the language
_MOST_APART = 3  # characters between two tokens of one value


class Recurrence:
    """Finds values in texts, whatever the case, width and separators; work grows with the text, not with the values.

    A single short word counts only where it is not all lower case (`Mark`, not `mark`).
    """

    def __init__(self, values: Iterable[str]) -> None:
        self._by_first: dict[str, set[tuple[str, ...]]] = {}
        for value in values:
            tokens = tuple(token for token, _, _ in _tokens(value))
            letters = sum(map(len, tokens))
            if letters >= _FEWEST or (letters == 2 and re.fullmatch(f"[{_HAN}]+", "".join(tokens))):
                self._by_first.setdefault(tokens[0], set()).add(tokens)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of the values in the text, the longest at each place, in order."""
        if not self._by_first:
            return
        tokens = list(_tokens(text))
        done = 0
        for at, (first, start, _) in enumerate(tokens):
            if start < done or first not in self._by_first:
                continue
            lengths = [len(one) for one in self._by_first[first] if self._stands(text, tokens, at, one)]
            if lengths:
                done = tokens[at + max(lengths) - 1][2]
                yield start, done

    def _stands(self, text: str, tokens: list[tuple[str, int, int]], at: int, wanted: tuple[str, ...]) -> bool:
        found = tokens[at : at + len(wanted)]
        if tuple(token for token, _, _ in found) != wanted:
            return False
        if any(after[1] - before[2] > _MOST_APART for before, after in pairwise(found)):
            return False
        word = text[found[0][1] : found[0][2]]
        short = len(wanted) == 1 and word.isalpha() and len(word) < _LONG_WORD
        return not (short and word.islower())


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _TOKEN.finditer(text):
        yield unicodedata.normalize("NFKC", match[0]).casefold(), match.start(), match.end()

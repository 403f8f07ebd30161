"""Which of many short texts could hold a finding of a recogniser, told for all of them at once.

The condition is the recogniser's own `Needs`. Characters outside the Basic Multilingual Plane count as digit, Han and
capital at once: a recogniser may be asked in vain, never passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from pii.recognizers.groups import Needs

_BEYOND = 0xFFFF  # a noncharacter that stands for every character beyond the table

_Table = NDArray[np.bool_]
Chosen = NDArray[np.intp]


class Segments:
    """Texts that are looked through together. None is empty."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._starts = np.fromiter(accumulate(map(len, texts), initial=0), np.intp, len(texts) + 1)[:-1]
        encoded = "".join(texts).encode("utf-32-le", "surrogatepass")
        self._codes = np.minimum(np.frombuffer(encoded, np.uint32), _BEYOND)
        self._counts: dict[int, NDArray[np.intp]] = {}
        self._chosen: dict[Needs, Chosen] = {}

    def meeting(self, needs: Needs) -> Chosen:
        """The numbers of the texts that meet a recogniser's needs, in order."""
        if needs not in self._chosen:
            self._chosen[needs] = self._choose(needs)
        return self._chosen[needs]

    def _choose(self, needs: Needs) -> Chosen:
        met = np.ones(len(self.texts), np.bool_)
        for kind, least in ((0, needs.digits), (1, int(needs.han)), (2, int(needs.capital))):
            if least:
                met &= self._count(kind) >= least
        chosen = np.flatnonzero(met)
        return self._holding(chosen, needs.any_of) if needs.any_of else chosen

    def _count(self, kind: int) -> NDArray[np.intp]:
        if kind not in self._counts:
            of_kind = _tables()[kind][self._codes]
            self._counts[kind] = np.add.reduceat(of_kind, self._starts, dtype=np.intp)
        return self._counts[kind]

    def _holding(self, chosen: Chosen, literals: tuple[str, ...]) -> Chosen:
        """Those of the chosen texts in which one of the literals stands, whatever its case."""
        if not len(chosen):
            return chosen
        folded = [self.texts[i].casefold() for i in chosen]
        starts = list(accumulate(map(len, folded), initial=0))
        whole = "".join(folded)
        ends = np.asarray(starts[1:])
        held: set[int] = set()
        for literal in literals:
            at = whole.find(literal)
            while at >= 0:
                number = int(ends.searchsorted(at, "right"))
                if at + len(literal) <= starts[number + 1]:  # not half in the next text
                    held.add(number)
                    at = whole.find(literal, starts[number + 1])
                else:
                    at = whole.find(literal, at + 1)
        return chosen[sorted(held)] if held else chosen[:0]


@cache
def _tables() -> tuple[_Table, _Table, _Table]:
    """Of every character: whether it is a decimal digit, Han, or has a lower case."""
    characters = [chr(code) for code in range(_BEYOND + 1)]
    digit = np.fromiter((char.isdecimal() for char in characters), np.bool_, _BEYOND + 1)
    capital = np.fromiter((char.lower() != char for char in characters), np.bool_, _BEYOND + 1)
    han = np.zeros(_BEYOND + 1, np.bool_)
    han[0x2E80:0xA000] = han[0xF900:0xFB00] = True
    for table in (digit, han, capital):
        table[_BEYOND] = True
    return digit, han, capital

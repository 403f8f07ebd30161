"""Patterns of the operator's own: customer numbers, contract numbers, whatever a house calls its people by.

An expression is let in only if its work is bounded: every repeat has an upper bound, no repeat of varying length stands
within another, nothing refers back, and the ways to match at one place are few.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from pii.errors import PiiError
from pii.recognizers.groups import OTHER_NUMBERS, GroupRecognizer, Needs

_LONGEST = 200  # characters of an expression, and of what it matches
_WAYS = 64  # in which one place of a text may be matched
_ENTITY = re.compile(r"[A-Z][A-Z0-9_]{2,63}")


@dataclass(frozen=True)
class CustomPattern:
    """One pattern: its `name`, the `entity` it yields, the `expression` (syntax of Python's `re`; it stands alone, not
    within a longer word or number), the words of `context` that make a finding likely, and the `score` (0 to 1) without
    such words: findings below 0.4 count only in context.

    Raises PiiError for an expression that could stall a scan, or that is none.
    """

    name: str
    entity: str
    expression: str
    context: tuple[str, ...] = ()
    score: float = 0.5

    def __post_init__(self) -> None:
        if not _ENTITY.fullmatch(self.entity):
            raise PiiError(f"{self._where}: the entity must be capital letters, digits and _, such as CUSTOMER_NUMBER.")
        if not 0 < self.score <= 1:
            raise PiiError(f"{self._where}: the score must lie above 0 and not above 1.")
        if len(self.expression) > _LONGEST:
            raise PiiError(
                f"{self._where}: the expression is longer than {_LONGEST} characters. Split it in two patterns."
            )
        try:
            tree = parser.parse(self.expression, re.ASCII)
        except (re.error, OverflowError, RecursionError):
            raise PiiError(f"{self._where}: this is no regular expression of Python's re. Correct it.") from None
        least, most = tree.getwidth()
        if least == 0:
            raise PiiError(f"{self._where}: the expression matches the empty text. Make one part of it required.")
        if _ways(tree, self._where) > _WAYS or most > _LONGEST:
            raise PiiError(
                f"{self._where}: there are too many ways to match the expression. Use fixed or narrow repeats such as "
                r"\d{6,8}, and fewer optional parts."
            )

    @property
    def _where(self) -> str:
        return f"Pattern {self.name!r} in pii.patterns"

    @property
    def compiled(self) -> re.Pattern[str]:
        """The expression as a group `found` that stands alone."""
        return re.compile(rf"(?<![0-9A-Za-z_])(?P<found>{self.expression})(?![0-9A-Za-z_])", re.ASCII)


def _ways(tree: Any, where: str) -> int:
    """An upper bound of the ways in which the items of a parsed expression can match at one place."""
    return prod(_item(code, argument, where) for code, argument in tree)


def _item(code: Any, argument: Any, where: str) -> int:
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, body = argument
        return _repeat(least, most, body, where)
    if code is codes.SUBPATTERN:
        return _ways(argument[-1], where)
    if code is codes.ATOMIC_GROUP:
        return _ways(argument, where)
    if code is codes.BRANCH:
        return sum(_ways(branch, where) for branch in argument[1])
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return _ways(argument[1], where)
    if code in (codes.GROUPREF, codes.GROUPREF_EXISTS):
        raise PiiError(f"{where}: the expression refers back to a group, which can take very long. Write it out.")
    return 1


def _repeat(least: int, most: int, body: Any, where: str) -> int:
    if most is codes.MAXREPEAT or most > _LONGEST:
        raise PiiError(
            rf"{where}: a repeat has no upper bound. Write \d{{1,12}} instead of \d+, [A-Z]{{0,4}} instead of [A-Z]*."
        )
    inner = _ways(body, where)
    if inner > 1 and most > 1:
        raise PiiError(
            f"{where}: a repeat of varying length stands within a repeat. Write the inner one with a fixed number."
        )
    return int(most - least + 1) * inner


class CustomRecognizer(GroupRecognizer):
    """Findings of one pattern of the operator's."""

    RIVALS = OTHER_NUMBERS
    NEEDS = Needs()

    def __init__(self, pattern: CustomPattern, supported_language: str = "en") -> None:
        # What the classes of this package declare once, each pattern declares for itself.
        self.ENTITY, self.SCORE, self.CONTEXT = pattern.entity, pattern.score, pattern.context  # type: ignore[misc]
        self.EXPRESSIONS = (pattern.compiled,)  # type: ignore[misc]
        super().__init__(supported_language)
        self.name: str = pattern.name

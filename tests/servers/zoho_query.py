"""The two query languages of Zoho CRM, as far as its documents say: search criteria and COQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]


class BadQuery(Exception):
    """The query cannot be read; `code` is the service's."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.code, self.details = code, details


@dataclass(frozen=True)
class Condition:
    """One condition of a criteria text."""

    field: str
    operator: str
    value: str


def criteria(text: str) -> tuple[list[Condition], Test]:
    """Reads `((Email:equals:a)or(Phone:equals:b))`; a backslash takes the next character as it is."""
    conditions: list[Condition] = []
    test, rest = _group(text, conditions)
    if rest:
        raise BadQuery("INVALID_QUERY")
    return conditions, test


def _group(text: str, conditions: list[Condition]) -> tuple[Test, str]:
    if not text.startswith("("):
        raise BadQuery("INVALID_QUERY")
    if not text.startswith("(("):
        return _condition(text, conditions)
    tests, words, rest = [], set(), text[1:]
    while True:
        test, rest = _group(rest, conditions)
        tests.append(test)
        word = next((word for word in ("and", "or") if rest.startswith(word + "(")), None)
        if word is None:
            break
        words.add(word)
        rest = rest[len(word) :]
    if not rest.startswith(")") or len(words) > 1:
        raise BadQuery("INVALID_QUERY")
    both = any if words == {"or"} else all
    return lambda row: both(test(row) for test in tests), rest[1:]


def _condition(text: str, conditions: list[Condition]) -> tuple[Test, str]:
    found = re.match(r"\((\w+):(equals|in|starts_with):((?:\\.|[^\\()])*)\)", text, re.S)
    if found is None:
        raise BadQuery("INVALID_QUERY")
    value = re.sub(r"\\(.)", r"\1", found[3], flags=re.S)
    item = Condition(found[1], found[2], value)
    conditions.append(item)

    def test(row: Row) -> bool:
        held = shown(row.get(item.field)).casefold()
        wanted = value.casefold()
        if item.operator == "in":
            return held in wanted.split(",")
        if item.operator == "starts_with":
            return held.startswith(wanted)
        # as documented: combined with others, equals may behave as contains
        return held == wanted if len(conditions) == 1 else bool(wanted) and wanted in held

    return test, text[found.end() :]


def shown(value: Any) -> str:
    """A value as the query languages compare it; a lookup by its id."""
    if isinstance(value, Mapping):
        return str(value.get("id", ""))
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Select:
    """A COQL query that was read."""

    columns: list[str]
    module: str
    test: Test
    order: str
    offset: int
    limit: int


_TOKEN = re.compile(r"\s*(?:('(?:\\.|[^'\\])*')|([A-Za-z_$][\w$.]*)|(\d+)|(>=|<=|!=|=|>|<|\(|\)|,))", re.S)


def coql(text: str) -> Select:
    """Reads `select a, b from M where … order by x asc limit n, m`. Raises `BadQuery`."""
    tokens = _tokens(text)
    reader = _Reader(tokens)
    reader.take("select")
    columns = [reader.name()]
    while reader.ahead(","):
        columns.append(reader.name())
    reader.take("from")
    module = reader.name()
    reader.take("where")
    test = reader.either()
    order, offset, limit = "id", 0, 200
    if reader.ahead("order"):
        reader.take("by")
        order = reader.name()
        reader.ahead("asc")
    if reader.ahead("limit"):
        limit = reader.number()
        if reader.ahead(","):
            offset, limit = limit, reader.number()
    if reader.left() or not columns:
        raise BadQuery("SYNTAX_ERROR", near="end")
    if limit > 2000:
        raise BadQuery("LIMIT_EXCEEDED", limit="2000")
    return Select(columns, module, test, order, offset, limit)


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadQuery("SYNTAX_ERROR", near="token")
        found.append(match[0].strip())
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def left(self) -> bool:
        return bool(self._tokens)

    def ahead(self, word: str) -> bool:
        if self._tokens and self._tokens[0].lower() == word:
            self._tokens.pop(0)
            return True
        return False

    def take(self, word: str) -> None:
        if not self.ahead(word):
            raise BadQuery("SYNTAX_ERROR", near=word)

    def name(self) -> str:
        token = self._tokens.pop(0) if self._tokens else ""
        if not re.fullmatch(r"[A-Za-z_$][\w$.]*", token):
            raise BadQuery("SYNTAX_ERROR", near="name")
        return token

    def number(self) -> int:
        token = self._tokens.pop(0) if self._tokens else ""
        if not token.isdigit():
            raise BadQuery("SYNTAX_ERROR", near="number")
        return int(token)

    def value(self) -> str:
        token = self._tokens.pop(0) if self._tokens else ""
        if token.startswith("'"):
            return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.S)
        if token.isdigit():
            return token
        raise BadQuery("SYNTAX_ERROR", near="value")

    def either(self) -> Test:
        tests = [self.both()]
        while self.ahead("or"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self.ahead("and"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self.ahead("("):
            test = self.either()
            self.take(")")
            return test
        name = self.name()
        if self.ahead("in"):
            self.take("(")
            values = [self.value()]
            while self.ahead(","):
                values.append(self.value())
            self.take(")")
            if len(values) > 50:
                raise BadQuery("LIMIT_EXCEEDED", limit="50")
            wanted = set(values)
            return lambda row: shown(row.get(name)) in wanted
        operator = self._tokens.pop(0).lower() if self._tokens else ""
        value = self.value()
        return _compare(name, operator, value)


def _compare(name: str, operator: str, value: str) -> Test:
    match operator:
        case "=":
            return lambda row: shown(row.get(name)) == value
        case "!=":
            return lambda row: shown(row.get(name)) != value
        case ">":
            return lambda row: (len(shown(row.get(name))), shown(row.get(name))) > (len(value), value)
        case ">=":
            return lambda row: shown(row.get(name)) >= value
        case "like":
            pattern = re.compile(re.escape(value).replace("%", ".*"), re.I | re.S)
            return lambda row: pattern.fullmatch(shown(row.get(name))) is not None
        case _:
            raise BadQuery("SYNTAX_ERROR", operator=operator)

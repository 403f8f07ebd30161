"""Parameters in paths, queries, bodies and query languages, each encoded for where it stands.

A template is text with `{name}` in it, `{name:language}` where it stands inside a query language, `{{` and `}}` for braces.
A template that is one parameter and nothing else keeps the type: a list stays a list, and what is absent takes its key away.
What comes from a person or from the service never stands inside other text without a language that quotes it: such a template
is refused when the description is read, not when somebody's name has an apostrophe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from connectors.http import segment

TAINTED = frozenset({"value", "key", "keys", "cursor", "values", "file", "item"})
"""Parameters that carry what people or services wrote; all others come from the description or the operator."""

_PART = re.compile(r"\{\{|\}\}|\{([a-z_]+)(?::([a-z]+))?\}|([{}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Inexpressible(ValueError):
    """A value that cannot be written in this place at all: no record can have it."""


class Language(BaseModel):
    """How a value is written in a query language: `special` characters get `escape` before them, `quote` stands around."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quote: str = Field("", max_length=1, description="Character around a value.")
    special: str = Field("", description="Characters that mean something inside a value.")
    escape: str = Field("", max_length=1, description="Character before a special one. The same as `quote`: doubling.")
    refuse: str = Field("", description="Characters that cannot be escaped: a value that has one is not searched for.")

    def write(self, value: object) -> str:
        """Raises `Inexpressible` for control characters and for what cannot be escaped."""
        text = str(value)
        bad = set(self.refuse) | (set() if self.escape else set(self.special + self.quote))
        if _CONTROL.search(text) or bad & set(text):
            raise Inexpressible
        special = set(self.special + self.quote + self.escape)
        return self.quote + "".join(self.escape + c if c in special else c for c in text) + self.quote


class Part(NamedTuple):
    """Literal text, or a parameter with the language it is written in."""

    text: str
    name: str = ""
    language: str = ""


def parts(template: str) -> list[Part]:
    """Raises `ValueError` for a brace that is neither doubled nor part of a parameter."""
    found: list[Part] = []
    at = 0
    for match in _PART.finditer(template):
        found.append(Part(template[at : match.start()]))
        at = match.end()
        if match[3]:
            raise ValueError(f"a brace stands alone in {template!r}; double it")
        found.append(Part("", match[1], match[2] or "") if match[1] else Part(match[0][0]))
    found.append(Part(template[at:]))
    return [part for part in found if part.text or part.name]


def parameters(template: object) -> Iterator[Part]:
    """Every parameter of a template, or of templates inside lists and mappings."""
    for text in _strings(template):
        yield from (part for part in parts(text) if part.name)


def unsafe(template: object) -> Iterator[str]:
    """Names of parameters that stand inside other text without a language, though people wrote them."""
    for text in _strings(template):
        found = parts(text)
        if len(found) > 1:
            yield from (part.name for part in found if part.name in TAINTED and not part.language)


def unsafe_path(template: str) -> Iterator[str]:
    """Names of parameters that are not a whole segment of a path."""
    for piece in template.split("/"):
        found = parts(piece)
        if len(found) > 1:
            yield from (part.name for part in found if part.name)


def _strings(template: object) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, Mapping):
        for key, value in template.items():
            yield from _strings(key)
            yield from _strings(value)
    elif isinstance(template, Sequence):
        for value in template:
            yield from _strings(value)


class Values:
    """The values of parameters, and the languages they may be written in."""

    def __init__(self, known: Mapping[str, Any], languages: Mapping[str, Language]) -> None:
        self._known, self._languages = dict(known), languages

    def path(self, template: str) -> str:
        """A path with every parameter as one segment. Raises `Vanished` for what no path can name."""
        return "".join(part.text or segment(self._text(part)) for part in parts(template))

    def query(self, templates: Mapping[str, str]) -> dict[str, str]:
        """Parameters of an URL or a form, not yet percent-encoded: httpx does that."""
        found = {name: self.value(template) for name, template in templates.items()}
        return {name: _flat(value) for name, value in found.items() if value is not None}

    def value(self, template: Any) -> Any:
        """A JSON value with its parameters filled in; keys and items whose value is absent are left out."""
        if isinstance(template, str):
            return self._filled(template)
        if isinstance(template, Mapping):
            if set(template) == {"$each", "$as"}:
                return [self._with(item).value(template["$as"]) for item in self._known[template["$each"]]]
            pairs = ((self._text_of(key), self.value(item)) for key, item in template.items())
            return {key: item for key, item in pairs if item is not None}
        if isinstance(template, list | tuple):
            return [item for item in map(self.value, template) if item is not None]
        return template

    def _with(self, item: object) -> Values:
        return Values({**self._known, "item": item}, self._languages)

    def _filled(self, template: str) -> Any:
        found = parts(template)
        if len(found) == 1 and found[0].name and not found[0].language:
            return self._known.get(found[0].name)
        return "".join(part.text or self._text(part) for part in found)

    def _text_of(self, template: str) -> str:
        return "".join(part.text or self._text(part) for part in parts(template))

    def _text(self, part: Part) -> str:
        value = self._known.get(part.name)
        return self._languages[part.language].write(value) if part.language else _flat(value)


def _flat(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(_flat, value))
    return "" if value is None else str(value)

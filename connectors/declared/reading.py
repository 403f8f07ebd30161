"""Reading a description: YAML 1.2 core as far as PyYAML goes, with every fault named by its place."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from connectors.declared.model import Description
from connectors.errors import BadSettings

LONGEST = 1_000_000  # bytes of a description


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the first one would be lost without a word. Dates and yes/no stay text."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} stands twice", key.start_mark)
        seen.add(key.value)
    loader.flatten_mapping(node)
    return dict(loader.construct_mapping(node, deep=True))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp" and first not in "yYnNoO"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def shipped() -> list[str]:
    """Names of the descriptions that come with Redress."""
    return sorted(
        item.name.removesuffix(".yaml") for item in files(__package__).iterdir() if item.name.endswith(".yaml")
    )


def text_of(name: str) -> str:
    """The text of a shipped description, or of the file at that path. Raises `BadSettings`."""
    try:
        if name in shipped():
            return (files(__package__) / f"{name}.yaml").read_text("utf-8")
        path = Path(name)
        if path.stat().st_size > LONGEST:
            raise BadSettings("The description is too large.", advice="One service, one file.")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        raise BadSettings(
            "The description cannot be read.",
            advice=f"Give the path of a YAML file, or one of: {', '.join(shipped())}.",
        ) from None


@lru_cache(maxsize=16)
def parse(text: str) -> Description:
    """A description, read once per process: a store is opened for every step.

    Raises `BadSettings` with every fault and its place.
    """
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        said = getattr(error, "problem", "") or "not YAML"
        raise BadSettings(f"The description is not well-formed{place}: {said}.", advice="Correct it.") from None
    try:
        return Description.model_validate(data)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, item['loc'])) or 'file'}: {_said(item)}" for item in error.errors(include_url=False)
        ]
        raise BadSettings(
            "The description has faults: " + "; ".join(dict.fromkeys(faults)) + ".",
            advice="docs/connectors.md explains every key.",
        ) from None


def schema() -> dict[str, Any]:
    """The JSON schema of descriptions (2020-12), for editors."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Description of a REST service for Redress",
    }
    return {**Description.model_json_schema(by_alias=True), **head}


def _said(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        return "this key is not known"
    if item["type"] == "missing":
        return "is missing"
    return str(item["msg"]).removeprefix("Value error, ")

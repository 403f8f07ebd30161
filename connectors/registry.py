"""The kinds of store there are, and how their options are read, sealed and shown.

A kind is an entry point of group `redress.connectors`, so a third party adds one by installing a package. Entry points
are listed once per process and loaded when first asked for: a kind nobody uses costs nothing and breaks nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic_core import to_jsonable_python

from connectors.contract import Kind, Store
from connectors.errors import BadSettings
from connectors.limits import DEFAULTS, Limits

GROUP = "redress.connectors"
MASK = "******"

_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*://)\S*@", re.I)  # to the last @: passwords are not always encoded
_SECRET_PARAMETER = re.compile(r"([?&][^=&#\s]*(?:pass|pwd|secret|token|key)[^=&#\s]*=)[^&#\s]*", re.I)


class _Kinds(Mapping[str, Kind]):
    """Kinds by name; each is imported when it is looked up."""

    def __init__(self, found: Mapping[str, EntryPoint]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> Kind:
        return _loaded(self._found[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@cache
def _loaded(entry: EntryPoint) -> Kind:
    try:
        return cast(Kind, entry.load())
    except (ImportError, AttributeError):
        raise BadSettings(
            f"The connector {entry.name!r} is installed but cannot be loaded.",
            advice="Install what it needs, or remove its package.",
        ) from None


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind that is installed, by name. Looking one up raises `BadSettings` when it cannot be imported."""
    return _Kinds({entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)})


def kind(name: str) -> Kind:
    """The kind of that name; raises `BadSettings` that lists the kinds there are."""
    if name not in kinds():
        known = ", ".join(kinds()) or "none; install Redress as a package so that its entry points are seen"
        raise BadSettings("There is no such kind of store.", advice=f"Kinds installed: {known}.")
    return kinds()[name]


def parse_options(kind: Kind, pairs: Mapping[str, str], environ: Mapping[str, str]) -> BaseModel:
    """Options as an operator types them (`key=value`), checked by the kind's own model.

    `password-env=NAME` takes the value from that environment variable, `password-file=PATH` from that file, for every
    option. A list is written with commas, or as JSON. Raises `BadSettings` in one sentence that quotes no value.
    """
    model = kind.options
    values: dict[str, Any] = {}
    for written, text in pairs.items():
        name, value = _resolve(written, text, model, environ)
        if name in values:
            raise BadSettings(f"The option {_dashed(name)} is given twice.", advice="Give it once.")
        values[name] = _listed(model, name, value)
    return _validated(model, values)


def secrets_to_ask(kind: Kind, pairs: Mapping[str, str]) -> list[str]:
    """Names of the secrets that must be given and are not among the pairs, as an operator writes them."""
    given = {name.strip().replace("-", "_").removesuffix("_env").removesuffix("_file") for name in pairs}
    fields = kind.options.model_fields.items()
    return [
        _dashed(name)
        for name, field in fields
        if field.is_required() and _is_secret(field.annotation) and name not in given
    ]


def dump(options: BaseModel) -> dict[str, Any]:
    """The options as plain JSON values with secrets in clear: for sealing, and for nothing else."""
    return cast(dict[str, Any], _plain(options.model_dump(), reveal=True))


def shown(options: BaseModel) -> dict[str, Any]:
    """The options as they may be shown: secrets, and credentials inside URLs, are masked."""
    return cast(dict[str, Any], _plain(options.model_dump(), reveal=False))


def open_store(kind_name: str, data: Mapping[str, Any], limits: Limits = DEFAULTS) -> Store:
    """Open a store from what `dump` gave. Raises `BadSettings`, or what opening it raises."""
    found = kind(kind_name)
    return found.open(_validated(found.options, dict(data)), limits)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _resolve(written: str, text: str, model: type[BaseModel], environ: Mapping[str, str]) -> tuple[str, str]:
    """The field that is meant and its value. A field whose own name ends in `_file` or `_env` is taken as it is."""
    name = written.strip().replace("-", "_")
    base, _, source = name.rpartition("_")
    if name in model.model_fields or base not in model.model_fields or source not in ("env", "file"):
        return name, text
    if source == "env":
        if text not in environ:
            raise BadSettings(
                f"The environment variable named by {_dashed(name)} is not set.", advice="Set it and try again."
            )
        return base, environ[text]
    try:
        return base, Path(text).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError, ValueError):
        raise BadSettings(
            f"The file named by {_dashed(name)} cannot be read as text.", advice="Check the path and its rights."
        ) from None


def _listed(model: type[BaseModel], name: str, value: str) -> object:
    """Split the value where the model wants a list."""
    field = model.model_fields.get(name)
    if field is None or not _is_list(field.annotation):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise BadSettings(
                f"The option {_dashed(name)} starts like a JSON list but is none.", advice="Correct it, or use commas."
            ) from None
    return [item.strip() for item in value.split(",") if item.strip()]


def _is_list(annotation: object) -> bool:
    origin = get_origin(annotation)
    return origin in (tuple, list, set, frozenset) or any(_is_list(item) for item in get_args(annotation))


def _validated(model: type[BaseModel], values: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(dict.fromkeys(_fault(item, model) for item in _errors(error)))
    known = ", ".join(_dashed(name) for name in model.model_fields)
    for secret in _secrets(model, values):
        faults = faults.replace(secret, MASK)
    raise BadSettings(f"These options cannot be used: {faults}.", advice=f"Options of this kind: {known}.")


def _errors(error: ValidationError) -> list[Any]:
    return error.errors(include_input=False, include_url=False, include_context=False)


def _fault(item: Mapping[str, Any], model: type[BaseModel]) -> str:
    """One fault in words. What a validator says of a secret is not repeated: it may quote it."""
    path = [str(step) for step in item["loc"]]
    name = _dashed(".".join(path)) or "options"
    if item["type"] == "missing":
        return f"{name} is missing"
    if item["type"] == "extra_forbidden":
        return f"{name} is not known"
    field = model.model_fields.get(path[0]) if path else None
    if field is not None and _is_secret(field.annotation):
        return f"{name} is not acceptable"
    message = str(item["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{name}: {message}" if path else message


def _is_secret(annotation: object) -> bool:
    return annotation in (SecretStr, SecretBytes) or any(_is_secret(item) for item in get_args(annotation))


def _secrets(model: type[BaseModel], values: Mapping[str, Any]) -> list[str]:
    named = (values.get(name) for name, field in model.model_fields.items() if _is_secret(field.annotation))
    return sorted((value for value in named if isinstance(value, str) and value), key=len, reverse=True)


def _plain(value: object, *, reveal: bool) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value() if reveal else MASK if value else ""
    if isinstance(value, SecretBytes):
        return value.get_secret_value().decode("utf-8") if reveal else MASK if value else ""
    if isinstance(value, Mapping):
        return {str(key): _plain(item, reveal=reveal) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, reveal=reveal) for item in value]
    plain = to_jsonable_python(value)
    if reveal or not isinstance(plain, str):
        return plain
    return _SECRET_PARAMETER.sub(rf"\g<1>{MASK}", _USERINFO.sub(rf"\g<1>{MASK}@", plain))

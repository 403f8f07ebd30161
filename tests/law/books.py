"""The law with a regime more, as an installation would get it from a file."""

from dataclasses import replace

import yaml

from law.book import Book, shipped
from law.statute import Statute


def shipped_with(regime: str, text: str, *, alone: bool = False) -> Book:
    """The shipped statutes and one of this text; `alone`: that one only."""
    head = {"regime": regime, "title": regime.upper(), "name": regime, "regulator": "an authority"}
    added = Statute.model_validate(head | yaml.safe_load(text))
    return replace(shipped(), statutes=({} if alone else dict(shipped().statutes)) | {regime: added})

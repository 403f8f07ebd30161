"""Looking for planted markers in every byte of folders, the way a curious administrator would: plain, and in usual codings."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable
from pathlib import Path
from urllib.parse import quote


def codings(marker: str) -> set[bytes]:
    """The marker as it may lie in a file: UTF-8, UTF-16, JSON escapes, percent signs, base64 at each of three offsets."""
    plain = marker.encode()
    found = {plain, marker.encode("utf-16-le"), marker.lower().encode(), quote(marker).encode()}
    for shift in range(3):  # the middle of the base64 text is the same whatever stands around the marker
        coded = base64.b64encode(b"\0" * shift + plain)
        found.add(coded[4 if shift else 0 : len(coded) - 4])
    return {coding for coding in found if len(coding) >= 6}


def lying_about(markers: Iterable[str], folders: Iterable[Path], besides: Collection[Path] = ()) -> list[str]:
    """The files below `folders` that hold a marker, as `path: marker`; `besides` are folders not looked into."""
    wanted = {coding: marker for marker in markers for coding in codings(marker)}
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or any(besides_ in path.parents for besides_ in besides):
                continue
            data = path.read_bytes()
            telling = {marker for coding, marker in wanted.items() if coding in data or coding in path.name.encode()}
            found += [f"{path.relative_to(folder)}: {marker}" for marker in sorted(telling)]
    return found

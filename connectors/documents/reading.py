"""Text out of an attached file, drawn in a process of its own so that no file can hang or crash the caller."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import NamedTuple

from connectors.documents.process import Child
from connectors.limits import Limits

PICTURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"ID3",
    b"OggS",
    b"fLaC",
    b"\x00\x00\x01\x00",
)


class Extracted(NamedTuple):
    """What was drawn: (subpath, text) and (subpath, reason); an empty subpath is the file itself.

    Subpaths are numbers of entries, never names: a name inside an archive is a text (`3/name`) as it may name a person.
    Reasons: `encrypted`, `damaged`, `too-large`, `unsupported`, `bomb`, `no-text`.
    """

    texts: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()


def read(data: bytes, filename: str, media_type: str, limits: Limits) -> Extracted:
    """The texts of a file; never raises on bytes and returns within `limits.seconds`. Its type is told by its content."""
    if not data.strip():
        return Extracted()
    if len(data) > limits.attachment_bytes:
        return _nothing("too-large")
    if data.startswith(PICTURES):
        return _nothing("unsupported")
    request = json.dumps([filename, media_type, asdict(limits)]).encode()
    try:
        texts, unreadable = json.loads(_CHILD.ask(request, data, limits.seconds))
    except TimeoutError:
        return _nothing("too-large")
    except (BrokenPipeError, EOFError):
        return _nothing("damaged")
    return Extracted(tuple(map(tuple, texts)), tuple(map(tuple, unreadable)))


def _nothing(reason: str) -> Extracted:
    return Extracted((), (("", reason),))


_CHILD = Child("connectors.documents.child")

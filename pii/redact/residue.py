"""Masked values in raw bytes, in every encoding in which text usually hides: the last look at a file before it goes out."""

from __future__ import annotations

import base64
import html
import json
import quopri
from collections.abc import Iterable, Iterator
from urllib.parse import quote

_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "gb18030", "big5", "iso2022_jp", "shift_jis", "cp1251")
_SHORTEST = 6  # bytes: less stands in any binary file by chance


def residue(data: bytes, values: Iterable[str]) -> set[str]:
    """Those of the values that stand in the bytes as they are: plain, escaped or encoded."""
    return {value for value in values if any(form in data for form in _forms(value))}


def _forms(value: str) -> Iterator[bytes]:
    plain = set()
    for charset in _CHARSETS:
        try:
            plain.add(value.encode(charset))
        except UnicodeEncodeError:
            continue
    utf8 = value.encode("utf-8", "replace")
    plain |= {
        html.escape(value).encode("utf-8", "replace"),
        value.encode("ascii", "xmlcharrefreplace"),
        json.dumps(value)[1:-1].encode(),
        quote(value, errors="replace").encode(),
        quopri.encodestring(utf8).strip(),
    }
    yield from (form for form in plain if len(form) >= _SHORTEST)
    if len(utf8) >= 2 * _SHORTEST:
        yield from _base64(utf8)


def _base64(data: bytes) -> Iterator[bytes]:
    """The three ways in which the bytes can stand within a base64 stream."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data)
        yield coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]  # the characters that are its own alone

"""Address lists as they really come: broken quotes, bare names, groups, encoded names. Linear in their length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from connectors.mail.headers import decoded

_TOKEN = re.compile(r'"(?:[^"\\]|\\.){0,1000}"|\((?:[^()\\]|\\.){0,1000}\)|<[^<>]*>|[,;:]|[^",;:<(]+|.', re.S)
_LOOSE = re.compile(r"\((?:[^()\\]|\\.){0,1000}\)|<[^<>]*>|[,;:]|[^,;:<(]+|.", re.S)  # when a quote is never closed
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]{1,320}@[^\s<>()\"',;:@]{1,255}")
_ESCAPE = re.compile(r"\\(.)", re.S)


def addresses(text: str) -> Iterator[tuple[str, str]]:
    """The (name, address) pairs of a header value in which encoded words still stand as they are."""
    name: list[str] = []
    address = ""
    pattern = _TOKEN if _closed(text) else _LOOSE
    for item in [*pattern.findall(text), ","]:
        if item in ",;":
            yield from _entry("".join(name), address)
            name, address = [], ""
        elif item == ":":
            name = []  # the name of a group
        elif item.startswith("<") and item.endswith(">"):
            address = item[1:-1].rpartition(":")[2].strip()
        elif len(item) > 1 and item.startswith('"'):
            name.append(_ESCAPE.sub(r"\1", item[1:-1]))
        elif len(item) > 1 and item.startswith("("):
            name.append(f" {item[1:-1]} ")
        else:
            name.append(item)


def normal(address: str) -> str:
    """Lower case, with the domain as it stands in the DNS."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not domain.isascii() and len(domain) < 254:
        with suppress(UnicodeError):  # such a domain stays as it was written
            domain = domain.encode("idna").decode("ascii")
    return f"{local}{at}{domain}"


def _closed(text: str) -> bool:
    return re.sub(r"\\.", "", text, flags=re.S).count('"') % 2 == 0


def _entry(name: str, address: str) -> Iterator[tuple[str, str]]:
    name = " ".join(_words(name).split())
    address = _words(address) if "=?" in address else address
    if "@" in address:
        yield name, normal(address)
        return
    for found in _ADDRESS.finditer(name):
        rest = name.replace(found[0], "").strip(" \"'")
        yield rest, normal(found[0])


def _words(text: str) -> str:
    return decoded(text.encode("utf-8", "replace")) if "=?" in text else text

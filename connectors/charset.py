"""Bytes to text and back, when what they claim to be cannot be trusted."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from connectors.pieces import Edit, applied

FALLBACK = "[redacted]"

# As browsers do: what is labelled with the small set is written in the large one.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb2312-80": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "utf8mb4": "utf-8",
    "unicode": "utf-8",
}
# Codecs of Python that are no charsets of mail, and slow or surprising on hostile input.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf_8_sig"}
_SHIFTING = re.compile(r"(iso2022|hz|utf_7|utf-7|utf-?16|utf-?32)", re.I)  # a prefix decides what the rest means
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")


@lru_cache(maxsize=512)
def codec(label: str) -> str | None:
    """Python's name of a declared charset; None when there is none that is safe to use."""
    label = label.strip().strip("\"'").partition("*")[0].lower()
    if not label or len(label) > 60 or not label.isascii():
        return None
    try:
        found = codecs.lookup(_WIDER.get(label, label))
    except (LookupError, ValueError):
        return None
    if found.name in _REFUSED or not getattr(found, "_is_text_encoding", True):
        return None
    return found.name


def decode(data: bytes, label: str = "") -> tuple[str, str]:
    """The text of `data` and the codec that gave it: declared, UTF-8, GB 18030 where it looks Chinese, Windows, Latin-1."""
    declared = codec(label) if label else "ascii"
    if declared:
        try:
            return data.decode(declared), declared
        except (UnicodeError, ValueError):
            pass
    try:
        return data.decode("ascii"), "ascii"
    except UnicodeDecodeError:
        pass
    guesses = ["utf-8", "gb18030", "cp1252"] if _CHINESE.fullmatch(data) else ["utf-8", "cp1252"]
    for guess in guesses:
        try:
            return data.decode(guess), guess
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def fit(text: str, name: str) -> str:
    """`text` as it can be written in codec `name`: as it is, without its accents, or as a plain mark of redaction."""
    if not text:
        return text
    try:
        text.encode(name)
        return text
    except (UnicodeError, ValueError):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        return plain if any(char.isalnum() for char in plain) else FALLBACK


def edits_of_bytes(
    data: bytes, text: str, name: str, edits: Sequence[Edit[str]], ascii_only: bool
) -> list[Edit[bytes]]:
    """Edits of `text`, decoded from `data` by codec `name`, as edits of `data`; in order, as given.

    Where a charset shifts state, or was written in a way that we would not write, the whole of `data` is one edit.
    """
    fitted = [edit._replace(by=fit(edit.by, "ascii" if ascii_only else name)) for edit in edits]
    if _SHIFTING.search(name) or _encoded(text, name) != data:
        whole = applied(text, fitted)
        return [Edit(0, len(data), whole.encode(name, "replace"))]
    result: list[Edit[bytes]] = []
    at = place = 0
    for edit in fitted:
        start = place + len(text[at : edit.start].encode(name))
        place = start + len(text[edit.start : edit.end].encode(name))
        at = edit.end
        result.append(Edit(start, place, edit.by.encode(name)))
    return result


def _encoded(text: str, name: str) -> bytes | None:
    try:
        return text.encode(name)
    except (UnicodeError, ValueError):
        return None

"""Cards, calendars and JSON: text whose notation hides what it says, read with the way back to the source."""

from __future__ import annotations

import json
import quopri
import re
from collections.abc import Callable, Iterator

from connectors import charset
from connectors.pieces import Piece

_CARD_FOLD = re.compile(r"\r?\n[ \t]")  # RFC 5545, section 3.1: folded anywhere, even inside a name
_CARD_CODED = re.compile(  # vCard 2.1, section 2.1.3: as telephones still write them
    r"^([^:\r\n]{0,200}ENCODING=QUOTED-PRINTABLE[^:\r\n]{0,200}:)((?:[^\r\n]*=\r?\n)*[^\r\n]*)", re.I | re.M
)
_CARD_CHARSET = re.compile(r"CHARSET=\"?([\w-]{1,40})", re.I)
_ESCAPED = re.compile(  # RFC 8259, section 7
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|[\"/\\bfnrt])"
)


def without(pattern: re.Pattern[str], source: str, at: int, end: int) -> Iterator[Piece[str]]:
    """The text between `at` and `end` without what matches."""
    for match in pattern.finditer(source, at, end):
        yield Piece(source[at : match.start()], at, match.start(), str)
        at = match.end()
    yield Piece(source[at:end], at, end, str)


def card_pieces(source: str) -> list[Piece[str]]:
    """A card or calendar unfolded, its quoted-printable values decoded."""
    pieces: list[Piece[str]] = []
    at = 0
    for match in _CARD_CODED.finditer(source):
        pieces += without(_CARD_FOLD, source, at, match.start(2))
        label = _CARD_CHARSET.search(match[1])
        text, name = charset.decode(quopri.decodestring(match[2].encode("utf-8", "replace")), label[1] if label else "")
        pieces.append(Piece(text, match.start(2), match.end(2), _coder(name), whole=True))
        at = match.end()
    return [*pieces, *without(_CARD_FOLD, source, at, len(source))]


def _coder(name: str) -> Callable[[str], str]:
    def write(text: str) -> str:
        return "".join(
            chr(byte) if chr(byte).isalnum() and byte < 128 else f"={byte:02X}" for byte in text.encode(name, "replace")
        )

    return write


def json_pieces(source: str) -> list[Piece[str]]:
    """JSON with its escapes read."""
    pieces, at = [], 0
    for match in _ESCAPED.finditer(source):
        pieces.append(Piece(source[at : match.start()], at, match.start(), _in_json))
        pieces.append(Piece(str(json.loads(f'"{match[0]}"')), match.start(), match.end(), _in_json))
        at = match.end()
    return [*pieces, Piece(source[at:], at, len(source), _in_json)]


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]

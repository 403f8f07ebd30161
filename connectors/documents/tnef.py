"""TNEF, the `winmail.dat` of Outlook ([MS-OXTNEF]): the message in it and its attachments."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from connectors.documents.drawing import Drawing, rtf

_SUBJECT, _BODY, _FROM = 0x00018004, 0x0002800C, 0x00008000
_TITLE, _DATA, _RENDER = 0x00018010, 0x0006800F, 0x00069002
_PROPERTIES, _ATTACHED, _RECIPIENTS = 0x00069003, 0x00069005, 0x00069004
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}  # [MS-OXCDATA] 2.11.1, padded
_RTF, _HTML, _DATA_OBJECT = 0x1009, 0x1013, 0x3701
_STARTER = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def draw(drawing: Drawing, path: str, data: bytes) -> None:
    """Every string of the message, then each attachment in turn."""
    texts: list[str] = []
    files: list[tuple[str, bytes]] = []
    name, content = "", b""
    for tag, value in _attributes(data):
        if tag in (_SUBJECT, _BODY, _FROM):
            texts.append(value.rstrip(b"\0").decode("cp1252", "replace"))
        elif tag in (_PROPERTIES, _ATTACHED):
            texts += _strings(value)
        elif tag == _RECIPIENTS:
            rows = struct.unpack_from("<I", value)[0]
            texts += _rows(value[4:], rows)
        elif tag == _RENDER:
            files.append((name, content))
            name, content = "", b""
        elif tag == _TITLE:
            name = value.rstrip(b"\0").decode("cp1252", "replace")
        elif tag == _DATA:
            content = value
    drawing.text(path, "\n".join(text for text in texts if text.strip("\0 \r\n")))
    for index, (title, file) in enumerate([*files, (name, content)]):
        if file or title:
            drawing.entry()
            drawing.spend(len(file))
            drawing.inside(path, index, file, title)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        _, tag, size = struct.unpack_from("<BII", data, at)
        yield tag, data[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _rows(data: bytes, rows: int) -> Iterator[str]:
    at = 0
    for _ in range(min(rows, 10_000)):
        reader = _Reader(data[at:])
        yield from reader.strings()
        at += reader.at


def _strings(data: bytes) -> Iterator[str]:
    yield from _Reader(data).strings()


class _Reader:
    """Walks a list of MAPI properties."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self) -> int:
        value: int = struct.unpack_from("<I", self.data, self.at)[0]
        self.at += 4
        return value

    def strings(self) -> Iterator[str]:
        for _ in range(self.number()):
            tag = self.number()
            kind, name = tag & 0xFFFF, tag >> 16
            if name >= 0x8000:
                self.named()
            count = self.number() if kind & 0x1000 or kind in (0x1E, 0x1F, 0x102, 0x0D) else 1
            for _ in range(count):
                yield self.value(kind & ~0x1000, name)

    def named(self) -> None:
        self.at += 16
        if self.number() == 0:
            self.at += 4
        else:
            size = self.number()
            self.at += size + -size % 4

    def value(self, kind: int, name: int) -> str:
        if kind in _FIXED:
            self.at += _FIXED[kind]
            return ""
        if kind not in (0x1E, 0x1F, 0x102, 0x0D):
            raise ValueError("unknown kind of property")
        size = self.number()
        value = self.data[self.at : self.at + size]
        self.at += size + -size % 4
        if kind == 0x1E:
            return value.rstrip(b"\0").decode("cp1252", "replace")
        if kind == 0x1F:
            return value.decode("utf-16-le", "replace").rstrip("\0")
        if name == _RTF:
            return rtf(unpacked_rtf(value))
        return value.decode("utf-8", "replace") if name == _HTML else ""


def unpacked_rtf(data: bytes) -> bytes:
    """Compressed RTF ([MS-OXRTFCP])."""
    packed, size, magic = struct.unpack_from("<III", data)
    body = data[16 : packed + 4]
    if magic == 0x414C454D:  # MELA: stored
        return body[:size]
    window = bytearray(4096)
    window[: len(_STARTER)] = _STARTER
    place, out, at = len(_STARTER), bytearray(), 0
    while at < len(body):
        control = body[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                chunk = body[at : at + 1]
                at += 1
            else:
                word = int.from_bytes(body[at : at + 2], "big")
                at += 2
                start = word >> 4
                if start == place or at > len(body):
                    return bytes(out[:size])
                chunk = _copied(window, start, place, (word & 15) + 2)
            for byte in chunk:
                window[place] = byte
                place = (place + 1) % 4096
            out += chunk
    return bytes(out[:size])


def _copied(window: bytearray, start: int, place: int, count: int) -> bytes:
    """A reference may run into what it writes."""
    out = bytearray()
    for index in range(count):
        at = (start + index) % 4096
        behind = (at - place) % 4096
        out.append(out[behind] if behind < len(out) else window[at])
    return bytes(out)

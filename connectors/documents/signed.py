"""Signed messages and signatures (S/MIME, RFC 8551): CMS SignedData in BER, of which only the content is taken out."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509 import ExtensionNotFound, SubjectAlternativeName

_DATA = bytes.fromhex("06092a864886f70d010701")  # the type of the content: data
_DEPTH = 4


class _Value(NamedTuple):
    """One BER value: its tag, and where its content stands; `end` is -1 where only an end mark tells."""

    tag: int
    start: int
    end: int


def open_signed(data: bytes) -> tuple[bytes | None, str]:
    """The signed content, None when it stands elsewhere (a detached signature), and the names in the certificates.

    Raises `ValueError` for what is no CMS.
    """
    at = data.find(_DATA)
    if at < 0:
        raise ValueError("no content type")
    alone = data[at - 2 : at] == b"\x30\x0b"  # the sequence holds the type and nothing else
    at += len(_DATA)
    content = None
    if data[at : at + 1] == b"\xa0" and not alone:  # [0] EXPLICIT, RFC 5652, section 5.2
        content = _octets(data, _value(data, at).start, 0)[0]
    return content, _names(data)


def _value(data: bytes, at: int) -> _Value:
    if at + 2 > len(data):
        raise ValueError("cut off")
    tag, first = data[at], data[at + 1]
    if first < 0x80:
        return _Value(tag, at + 2, at + 2 + first)
    if first == 0x80:
        return _Value(tag, at + 2, -1)
    start = at + 2 + (first & 0x7F)
    return _Value(tag, start, start + int.from_bytes(data[at + 2 : start], "big"))


def _octets(data: bytes, at: int, depth: int) -> tuple[bytes, int]:
    """An octet string, in one piece or in several, and the place behind it."""
    value = _value(data, at)
    if value.tag == 0x04 and value.end >= 0:
        return data[value.start : value.end], value.end
    if value.tag != 0x24 or depth >= _DEPTH:
        raise ValueError("no octet string")
    pieces, place = [], value.start
    while place < (value.end if value.end >= 0 else len(data)) and data[place : place + 2] != b"\0\0":
        piece, place = _octets(data, place, depth + 1)
        pieces.append(piece)
    return b"".join(pieces), place if value.end >= 0 else place + 2


def _names(data: bytes) -> str:
    """Who signed, as the certificates say; empty when they cannot be read."""
    lines: list[str] = []
    with suppress(ValueError):
        for certificate in load_der_pkcs7_certificates(data):
            lines += [str(item.value) for item in certificate.subject]
            with suppress(ExtensionNotFound):
                names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
                lines += [str(name.value) for name in names]
    return "\n".join(lines)

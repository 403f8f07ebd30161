"""Internet messages as bytes (RFC 5322, 2045-2047, 2231), written by hand: quick, and the same bytes every time."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

_ATOM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/ ")
_WORD = 50  # encoded characters of one encoded word; with its frame it stays below 76 (RFC 2047 section 2)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in an address header."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment. `naming`: how a name beyond ASCII is written, `2231`, `continued` (2231) or `2047` (Outlook)."""

    name: str
    media_type: str
    data: bytes
    naming: str = "2231"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message. `encoding` is that of the text parts (RFC 2045); text that the charset cannot hold goes as UTF-8."""

    message_id: str  # with its angle brackets
    sent: datetime
    sender: Party
    to: tuple[Party, ...]
    cc: tuple[Party, ...] = ()
    subject: str
    text: str
    html: str = ""
    invite: str = ""  # an iCalendar object (RFC 5545)
    files: tuple[File, ...] = ()
    charset: str = "utf-8"
    encoding: str = "quoted-printable"
    references: tuple[str, ...] = ()  # the last one is what it answers
    headers: tuple[tuple[str, str], ...] = ()
    crlf: bool = False


def render(letter: Letter) -> bytes:
    """The message as it is stored. Line ends are LF, as Maildir keeps them, or CRLF where the letter says so."""
    charset = _able(letter)
    headers, body = _content(letter, charset)
    lines = [f"{name}: {value}" for name, value in (*_head(letter, charset), *headers)]
    out = "\n".join(lines).encode("ascii") + b"\n\n" + body
    return out.replace(b"\n", b"\r\n") if letter.crlf else out


def _able(letter: Letter) -> str:
    try:
        (letter.subject + letter.text + letter.html).encode(letter.charset)
    except UnicodeEncodeError:
        return "utf-8"
    return letter.charset


def _head(letter: Letter, charset: str) -> list[tuple[str, str]]:
    head = [
        *letter.headers,
        ("From", _party(letter.sender, charset)),
        ("To", ",\n ".join(_party(party, charset) for party in letter.to)),
    ]
    if letter.cc:
        head.append(("Cc", ",\n ".join(_party(party, charset) for party in letter.cc)))
    head += [
        ("Subject", words(letter.subject, charset)),
        ("Date", format_datetime(letter.sent)),
        ("Message-ID", letter.message_id),
    ]
    if letter.references:
        head += [("In-Reply-To", letter.references[-1]), ("References", "\n ".join(letter.references))]
    return [*head, ("MIME-Version", "1.0")]


def _party(party: Party, charset: str) -> str:
    if not party.name:
        return party.address
    if not party.name.isascii():
        return f"{words(party.name, charset)} <{party.address}>"
    name = party.name if set(party.name) <= _ATOM else f'"{party.name}"'
    return f"{name} <{party.address}>"


def words(text: str, charset: str) -> str:
    """Header text; beyond ASCII as encoded words (RFC 2047): B for UTF-8 and Chinese, Q for Latin charsets."""
    if text.isascii():
        return text
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    encode = _q if charset.startswith(("iso-", "windows-")) else _b
    chunks: list[str] = []
    start = 0
    for end in range(1, len(text) + 1):
        if len(encode(text[start : end + 1], charset)) > _WORD or end == len(text):
            chunks.append(encode(text[start:end], charset))
            start = end
    mark = "Q" if encode is _q else "B"
    return "\n ".join(f"=?{charset}?{mark}?{chunk}?=" for chunk in chunks)


def _b(text: str, charset: str) -> str:
    return base64.b64encode(text.encode(charset)).decode()


def _q(text: str, charset: str) -> str:
    return "".join(chr(byte) if chr(byte) in _ATOM else f"={byte:02X}" for byte in text.encode(charset)).replace(
        " ", "_"
    )


Part = tuple[list[tuple[str, str]], bytes]


def _content(letter: Letter, charset: str) -> Part:
    mark = f"=_{letter.message_id.strip('<>').partition('@')[0]}"
    forms = [_text("plain", letter.text, charset, letter.encoding)]
    if letter.html:
        forms.append(_text("html", letter.html, charset, letter.encoding))
    if letter.invite:
        forms.append(_text("calendar; method=REQUEST", letter.invite, "utf-8", "base64"))
    body = _multipart("alternative", f"{mark}.a", forms) if len(forms) > 1 else forms[0]
    if not letter.files:
        return body
    return _multipart("mixed", f"{mark}.m", [body, *(_file(file, charset) for file in letter.files)])


def _text(subtype: str, text: str, charset: str, encoding: str) -> Part:
    if encoding == "7bit" and not text.isascii():
        encoding = "quoted-printable"
    data = text.encode(charset)
    headers = [("Content-Type", f"text/{subtype}; charset={charset}"), ("Content-Transfer-Encoding", encoding)]
    if encoding == "quoted-printable":
        data = binascii.b2a_qp(data)
    elif encoding == "base64":
        data = base64.encodebytes(data)
    return headers, data if data.endswith(b"\n") else data + b"\n"


def _file(file: File, charset: str) -> Part:
    headers = [
        ("Content-Type", file.media_type),
        ("Content-Disposition", f"attachment;\n {_filename(file, charset)}"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    return headers, base64.encodebytes(file.data)


def _filename(file: File, charset: str) -> str:
    if file.name.isascii():
        return f'filename="{file.name}"'
    if file.naming == "2047":
        return f'filename="{words(file.name, charset)}"'
    if file.naming == "continued":
        half = len(file.name) // 2
        return f"filename*0*=UTF-8''{quote(file.name[:half])};\n filename*1*={quote(file.name[half:])}"
    return f"filename*=UTF-8''{quote(file.name)}"


def _multipart(subtype: str, mark: str, parts: list[Part]) -> Part:
    out = bytearray()
    for headers, body in parts:
        head = "\n".join(f"{name}: {value}" for name, value in headers)
        out += f"--{mark}\n{head}\n\n".encode("ascii") + body
    out += f"--{mark}--\n".encode("ascii")
    return [("Content-Type", f'multipart/{subtype};\n boundary="{mark}"')], bytes(out)

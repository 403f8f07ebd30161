"""Invented people and the records they are planted in, the same for every kind of store."""

from __future__ import annotations

from base64 import b64encode, encodebytes
from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """One record. `title` is unique; `secret` marks where the person stands, whatever `charset` it is written in."""

    title: str
    name: str
    address: str
    secret: str
    text: str = "Nothing to see here."
    html: str = ""
    file: str = ""
    charset: str = "utf-8"

    def mail(self) -> bytes:
        """The record as a message with CRLF line ends."""
        return _message(self).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _message(letter: Letter) -> bytes:
    head = [
        f"From: {_words(letter.name, letter.charset)} <{letter.address}>",
        'To: "Sales, Example" <sales@example.com>',
        f"Subject: {_words(letter.title, letter.charset)}",
        "Date: Mon, 05 Jan 2026 09:30:00 +0100",
        f"Message-ID: <{letter.title.encode().hex()[:40]}@mail.example.com>",
        "MIME-Version: 1.0",
    ]
    parts = [_part("text/plain", letter.text, letter.charset)]
    parts += [_part("text/html", letter.html, letter.charset)] if letter.html else []
    parts += [_part("text/plain", letter.file, letter.charset, "notes.txt")] if letter.file else []
    if len(parts) == 1:
        return "\n".join(head).encode() + b"\n" + parts[0]
    body = b"".join(b"--frontier\n" + part + b"\n" for part in parts) + b"--frontier--\n"
    return "\n".join([*head, 'Content-Type: multipart/mixed; boundary="frontier"']).encode() + b"\n\n" + body


def _words(text: str, charset: str) -> str:
    """Header text (RFC 2047): quoted where it is ASCII, else one encoded word."""
    if text.isascii():
        return (
            '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if not text.replace(" ", "").isalnum() else text
        )
    return f"=?{charset}?B?{b64encode(text.encode(charset)).decode()}?="


def _part(media_type: str, text: str, charset: str, filename: str = "") -> bytes:
    head = f'Content-Type: {media_type}; charset="{charset}"\n'
    if filename:
        head += f'Content-Disposition: attachment; filename="{filename}"\n'
    return f"{head}Content-Transfer-Encoding: base64\n\n".encode() + encodebytes(text.encode(charset))


PLANTED = (
    Letter("Offer 1", "Lena Novak", "lena.novak@example.com", "lena.novak@example.com", "Hello, a question."),
    Letter("Offer 2", "Support", "help@example.org", "tom.baker@example.net", "Please call tom.baker@example.net now."),
    Letter("Offer 3", "Jürgen Groß", "office@example.org", "Jürgen Groß", "Schöne Grüße", charset="iso-8859-1"),
    Letter("Offer 4", "张伟", "office@example.org", "张伟", "合同在附件里，请联系李娜。", charset="gb2312"),
    Letter(
        "Offer 5", "News", "news@example.org", "mia.wong@example.net", html="<p>For <b>mia.wong@example.net</b></p>"
    ),
    Letter("Offer 6", "Scan", "scan@example.org", "Ivo Petrov", file="Contract of Ivo Petrov, 2 pages\n"),
    Letter("Offer 7", "Олена Коваль", "olena@example.org", "Олена Коваль", "Доброго дня", charset="koi8-u"),
)

HOSTILE = (
    "' OR 1=1 --",
    '") OR (1=1',
    "x) (ALL",
    "NOT",
    "ALL",
    "*",
    "%",
    "_%_",
    "1:*",
    "{5}",
    "{5+}",
    "a\\",
    '\\"',
    "a b\r\nA9 LOGOUT\r\n",
    "a\r\nX1 STORE 1:* +FLAGS (\\Deleted)\r\n",
    "nul\x00inside",
    "../../../etc/passwd",
    "${jndi:x}",
    "\u202egnp.exe",
    "e\u0301",
    "👩‍💻@example.com",
    "张伟' OR ''='",
    "a" * 5000,
    "",
    " ",
)

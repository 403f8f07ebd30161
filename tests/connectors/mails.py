"""Messages for the tests of mail stores; the people are invented."""

from __future__ import annotations

from connectors.contract import Mask, Record


def message(number: int, person: str = "Anna Roth", address: str = "anna.roth@example.com") -> bytes:
    return (
        f"From: {person} <{address}>\r\nTo: Desk <desk@example.org>\r\nSubject: Order {number}\r\n"
        f"Message-ID: <{number}@example.com>\r\nDate: Tue, 3 Feb 2026 10:00:00 +0100\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"Hello, this is {person}.\r\nFrom here on nothing else.\r\n--b\r\n"
        'Content-Type: text/plain; name="list.txt"\r\nContent-Disposition: attachment\r\n\r\n'
        f"{address}\r\n--b--\r\n"
    ).encode()


def masks(record: Record, *words: str) -> tuple[Mask, ...]:
    """A mask for the first place of each word in each text."""
    found = []
    for text in record.texts:
        for word in words:
            at = text.text.find(word)
            if at >= 0 and text.maskable:
                found.append(Mask(text.path, at, at + len(word), "[redacted]"))
    return tuple(found)

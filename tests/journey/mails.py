"""Mails in which people are planted, one for every place and encoding a person can stand in."""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tests.journey import files, writing
from tests.journey.people import JUERGEN, ROSALIND, STRANGER, WEI, Person

DESK = b"Service Desk <desk@firma.example>"
FOLDERS = ("INBOX", "Sent", "Archiv/2023", "Entw\u00fcrfe & Co")


@dataclass(frozen=True, slots=True)
class Plant:
    """A mail with a person in it. `decisive`: an address or number is there; else the name alone, which decides nothing."""

    person: Person
    label: str
    raw: bytes
    decisive: bool = True
    folder: str = "INBOX"


Line = tuple[str, bytes]


def planted(person: Person) -> list[Plant]:
    """Every mail about one person, spread over folders."""
    made = [*_spellings(person), *_bodies(person), *_attached(person), *_containers(person)]
    if person.email:
        made += [*_headers(person), *_html(person)]
    return [
        Plant(plant.person, plant.label, plant.raw, plant.decisive, FOLDERS[number % len(FOLDERS)])
        for number, plant in enumerate(made)
    ]


def together() -> list[Plant]:
    """Mails in which several of the people stand."""
    people = [f"{_word(p.name, 'utf-8')} <{p.email}>".encode() for p in (ROSALIND, JUERGEN, WEI)]
    body = "\r\n".join(f"* {p.name}, {p.email}, {p.phone}" for p in (ROSALIND, JUERGEN, WEI, STRANGER)).encode()
    made = []
    for number, sender in enumerate((ROSALIND, JUERGEN, WEI)):
        others = b",\r\n ".join(entry for at, entry in enumerate(people) if at != number)
        raw = mail(
            f"together-{sender.key}",
            _plain(body),
            [("From", people[number]), ("To", others), ("Cc", _other())],
            sender=None,
        )
        made.append(Plant(sender, "together", raw))
    return made


def mail(
    label: str, entity: bytes, head: Sequence[Line] = (), sender: bytes | None = b"robot@machine.example"
) -> bytes:
    """A message around an entity (its own headers, empty line, body). CRLF line ends."""
    lines: list[Line] = [("Received", b"from mx.firma.example by store.firma.example; Mon, 5 Jan 2026 10:00:01 +0100")]
    lines += [("From", sender)] if sender and not any(name == "From" for name, _ in head) else []
    lines += [*head]
    lines += [] if any(name == "To" for name, _ in head) else [("To", DESK)]
    lines += [] if any(name == "Subject" for name, _ in head) else [("Subject", b"Note")]
    lines += [("Date", b"Mon, 05 Jan 2026 10:00:00 +0100"), ("MIME-Version", b"1.0")]
    lines += [("Message-ID", b"<" + binascii.hexlify(label.encode())[:60] + b"@plants.example>")]
    return b"".join(name.encode() + b": " + value + b"\r\n" for name, value in lines) + entity


def line_of(person: Person) -> str:
    """The person in one line, and beside them somebody whose data is not theirs."""
    known = ", ".join(part for part in (person.name, person.email, person.phone) if part)
    return f"Customer {known} -- friend {STRANGER.name}, {STRANGER.email}, {STRANGER.phone}"


def _other() -> bytes:
    return f"{STRANGER.name} <{STRANGER.email}>".encode()


def _plain(data: bytes, charset: str = "utf-8", encoding: str = "8bit", extra: str = "") -> bytes:
    head = f"Content-Type: text/plain; charset={charset}{extra}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def _part(media_type: str, data: bytes, disposition: bytes = b"", charset: str = "") -> bytes:
    head = f"Content-Type: {media_type}{charset}\r\nContent-Transfer-Encoding: base64\r\n".encode()
    head += b"Content-Disposition: " + disposition + b"\r\n" if disposition else b""
    return head + b"\r\n" + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _multipart(kind: str, *parts: bytes, mark: str = "=_plant") -> bytes:
    inner = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode() + inner + f"--{mark}--\r\n".encode()


def _word(text: str, charset: str, how: str = "B") -> str:
    data = text.encode(charset)
    if how == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    return f"=?{charset}?Q?{''.join(chr(c) if chr(c).isalnum() and c < 128 else f'={c:02X}' for c in data)}?="


def _spellings(person: Person) -> Iterator[Plant]:
    """Each way to write an identifier, alone in a plain body."""
    ways: list[tuple[str, Iterator[tuple[str, str]], bool]] = [
        ("name", writing.names(person), False),
        ("email", writing.emails(person), True),
        ("phone", writing.phones(person), True),
    ]
    for kind, spellings, decisive in ways:
        for way, text in spellings:
            label = f"spelling/{kind}/{way}"
            yield Plant(person, label, mail(f"{person.key}-{label}", _plain(text.encode())), decisive)


def _headers(person: Person) -> Iterator[Plant]:
    """Places in the header, and ways to encode it."""
    name, email = person.name, person.email.encode()
    entry = _word(name, "utf-8").encode() + b" <" + email + b">"
    for charset in person.charsets:
        for how in "BQ":
            yield _headed(
                person, f"from-{charset}-{how}", [("From", f"{_word(name, charset, how)} <{person.email}>".encode())]
            )
        raw = name.encode(charset) + b" <" + email + b">"
        yield _headed(person, f"from-raw-{charset}", [("From", raw), ("To", DESK + b", " + _other())])
    quoted = f'"{name}" <{person.email}>'.encode()
    split = base64.b64encode(name.encode()[:3]), base64.b64encode(name.encode()[3:])
    words = b"=?utf-8?B?" + split[0] + b"?=\r\n =?utf-8?B?" + split[1] + b"?="
    many = b",\r\n\t".join([b"a1@firma.example", _other(), entry, b"z9@firma.example"])
    local, _, domain = person.email.partition("@")
    cases: list[tuple[str, list[Line]]] = [
        ("from-quoted", [("From", quoted)]),
        ("from-comment", [("From", email + b" (" + name.encode() + b")")]),
        ("from-split-word", [("From", words + b" <" + email + b">")]),
        ("to-folded", [("To", many)]),
        ("to-group", [("To", b"friends: " + many + b";")]),
        ("cc", [("Cc", entry)]),
        ("bcc", [("Bcc", entry)]),
        ("reply-to", [("Reply-To", entry)]),
        ("sender", [("Sender", entry)]),
        ("resent-to", [("Resent-To", entry)]),
        ("delivered-to", [("Delivered-To", email)]),
        ("x-original-to", [("X-Original-To", email)]),
        ("return-path", [("Return-Path", b"<" + email + b">")]),
        (
            "received",
            [
                (
                    "Received",
                    b"from a by b\r\n\twith ESMTP id 7 for <" + email + b">;\r\n\tMon, 5 Jan 2026 09:00:00 +0100",
                )
            ],
        ),
        ("srs", [("Return-Path", f"<bounce-77-{local.replace('+', '-')}={domain}@lists.example>".encode())])
        if "+" not in local
        else ("x-sender", [("X-Sender", email)]),
        (
            "list-unsubscribe",
            [("List-Unsubscribe", b"<mailto:leave@lists.example?subject=" + quote(person.email).encode() + b">")],
        ),
        ("authentication-results", [("Authentication-Results", b"mx.firma.example; spf=pass smtp.mailfrom=" + email)]),
        ("x-header", [("X-Form-Data", b'{"mail":"' + email + b'"}')]),
        ("thread-topic", [("Thread-Topic", b"Call from " + email)]),
        ("subject-b", [("Subject", _word(f"Re: {person.email}", "utf-8").encode())]),
        ("subject-q", [("Subject", _word(f"Re: {person.email}", "utf-8", "Q").encode())]),
        ("subject-folded", [("Subject", b"Re: complaint of\r\n " + email + b"\r\n received")]),
    ]
    for label, head in cases:
        yield _headed(person, label, head)
    text = f"Re: {name} rief an"
    pieces = base64.b64encode(text.encode()[:9]), base64.b64encode(text.encode()[9:])
    subject = b"=?utf-8?B?" + pieces[0] + b"?=\r\n =?utf-8?B?" + pieces[1] + b"?="
    yield _headed(person, "subject-name-split", [("Subject", subject)], decisive=False)
    yield _headed(person, "subject-name-raw", [("Subject", text.encode())], decisive=False)


def _headed(person: Person, label: str, head: list[Line], *, decisive: bool = True) -> Plant:
    label = f"header/{label}"
    return Plant(person, label, mail(f"{person.key}-{label}", _plain(b"See the header."), head), decisive)


def _bodies(person: Person) -> Iterator[Plant]:
    """Transfer encodings, charsets and the shapes of plain text."""
    text = line_of(person)
    data = text.encode()
    at = data.find((person.email or person.phone).encode()) + 5
    soft = quopri.encodestring(data[:at]).replace(b"\n", b"\r\n") + b"=\r\n" + quopri.encodestring(data[at:])
    token = (person.email or person.phone).encode()
    flowed = b"Please call  \r\n" + token[:5] + b" \r\n" + token[5:] + b"  \r\nabout it."
    quoted = b"".join(b"> " * depth + data + b"\r\n" for depth in (1, 2, 3))
    signature = b"Regards\r\n\r\n-- \r\n" + data.replace(b", ", b"\r\n")
    cases: list[tuple[str, bytes]] = [
        ("8bit", _plain(data)),
        ("qp-soft", _plain(soft, encoding="quoted-printable")),
        ("base64", _plain(base64.encodebytes(data).replace(b"\n", b"\r\n"), encoding="base64")),
        ("base64-short-lines", _plain(b"\r\n".join(_cut(base64.b64encode(data), 20)), encoding="base64")),
        ("utf-16", _plain(base64.encodebytes(text.encode("utf-16")).replace(b"\n", b"\r\n"), "utf-16", "base64")),
        (
            "utf-16le",
            _plain(base64.encodebytes(text.encode("utf-16-le")).replace(b"\n", b"\r\n"), "utf-16le", "base64"),
        ),
        ("utf-7", _plain(text.encode("utf-7"), "utf-7", "7bit")),
        ("wrong-charset", _plain(data, "us-ascii")),
        ("unknown-charset", _plain(data, "x-never-heard-of")),
        ("flowed", _plain(data.replace(b" ", b" \r\n"), extra="; format=flowed")),
        ("flowed-delsp", _plain(flowed, extra="; format=flowed; delsp=yes")),
        ("quoted", _plain(quoted)),
        ("signature", _plain(signature)),
        ("no-mime", b"\r\n" + data + b"\r\n"),
        ("two-in-a-row", _plain(f"{person.phone} {person.phone} {STRANGER.phone}".encode()))
        if person.phone
        else ("8bit-again", _plain(data)),
    ]
    for charset in person.charsets:
        cases.append((f"charset-{charset}", _plain(text.encode(charset), charset)))
        cases.append(
            (f"charset-{charset}-undeclared", b"Content-Type: text/plain\r\n\r\n" + text.encode(charset) + b"\r\n")
        )
    if person.chinese:
        other = text.replace(person.name, writing.TRADITIONAL[person.name])
        cases.append(("charset-big5", _plain(other.encode("big5"), "big5")))
        cases.append(("charset-hz", _plain(text.encode("hz"), "hz-gb-2312", "7bit")))
    for label, entity in cases:
        yield Plant(person, f"body/{label}", mail(f"{person.key}-body-{label}", entity))


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _html(person: Person) -> Iterator[Plant]:
    """Markup around and inside of identifiers."""
    name, email = person.name, person.email
    local, _, domain = email.partition("@")
    entities = "".join(f"&#{ord(c)};" if n % 2 else f"&#x{ord(c):x};" for n, c in enumerate(email))
    cases = {
        "entities": f"<p>{entities}</p>",
        "commat": f"<p>{escape(local)}&commat;{domain.replace('.', '&period;')}</p>",
        "tags": f"<p>{email[:4]}<b>{email[4:9]}</b><i>{email[9:]}</i></p>",
        "attribute": f'<img alt="Photo of {escape(name)} {escape(email)}" src="cid:1">',
        "mailto": f'<a href="mailto:{quote(local, safe="")}%40{domain}">write</a>',
        "mailto-all-percent": f'<a href="mailto:{"".join(f"%{c:02x}" for c in email.encode())}">write</a>',
        "mailto-to": f'<a href="mailto:?to={quote(email, safe="")}&amp;cc={STRANGER.email}">write</a>',
        "comment": f"<p>Hi</p><!-- sent to {email} -->",
        "conditional": f"<!--[if mso]><p>{email}</p><![endif]-->",
        "preheader": f'<div style="display:none">{email} {STRANGER.email}</div><p>Hi</p>',
        "style": f"<style>/* {email} */ p {{ color: red }}</style><p>Hi</p>",
        "script": f'<script type="application/ld+json">{{"email": "{email}"}}</script>',
        "input": f'<input type="hidden" name="mail" value="{escape(email)}">',
        "data-attribute": f'<p data-user="{escape(email)}">Hi</p>',
        "wbr": f"<p>{local}@<wbr>{domain}</p>",
        "table": f"<table><tr><td>Mail</td><td>{email}</td></tr></table>",
        "unquoted-attribute": f"<p title={email}>Hi</p>",
        "title": f"<html><head><title>{email}</title></head></html>",
        "tracking-pixel": f'<img src="https://t.example/o.gif?u={base64.urlsafe_b64encode(email.encode()).decode()}"><p>{email}</p>',
    }
    for label, source in cases.items():
        entity = b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body>" + source.encode() + b"</body></html>\r\n"
        yield Plant(person, f"html/{label}", mail(f"{person.key}-html-{label}", entity))
    named = "".join(c if c.isascii() else f"&#{ord(c)};" for c in name)
    entity = f"Content-Type: text/html\r\n\r\n<p>{named}</p>\r\n".encode()
    yield Plant(person, "html/name-entities", mail(f"{person.key}-html-name", entity), decisive=False)
    both = _multipart(
        "alternative",
        _plain(line_of(person).encode()),
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + line_of(person).encode() + b"</p>",
    )
    yield Plant(person, "html/alternative", mail(f"{person.key}-html-both", both))


def _attached(person: Person) -> Iterator[Plant]:
    """Files, and names of files."""
    text = line_of(person)
    for ending, (media_type, write) in files.KINDS.items():
        if media_type == "message/rfc822":
            continue  # base64 is not allowed there: see the containers
        part = _part(media_type, write(text), f'attachment; filename="file.{ending}"'.encode())
        entity = _multipart("mixed", _plain(b"See the file."), part)
        yield Plant(person, f"file/{ending}", mail(f"{person.key}-file-{ending}", entity))
    hidden = _part("application/octet-stream", files.word(text), b'attachment; filename="data"')
    yield Plant(
        person, "file/docx-unnamed", mail(f"{person.key}-file-unnamed", _multipart("mixed", _plain(b"See."), hidden))
    )
    uu = (
        b"begin 644 list.txt\r\n"
        + b"".join(binascii.b2a_uu(c).replace(b"\n", b"\r\n") for c in _cut(text.encode(), 45))
        + b"`\r\nend\r\n"
    )
    yield Plant(person, "file/uuencoded", mail(f"{person.key}-file-uu", _plain(b"Hi\r\n\r\n" + uu, encoding="7bit")))
    picture = b"\x89PNG\r\n\x1a\n" + bytes(60)
    what = person.email or person.phone
    names: dict[str, tuple[bytes, bool]] = {
        "plain": (f'inline; filename="scan of {what}.png"'.encode(), True),
        "rfc2231": (b"inline; filename*=utf-8''" + quote(f"Paß {what}.png", safe="").encode(), True),
        "rfc2231-split": (
            b"inline;\r\n filename*0*=utf-8''"
            + quote(f"Paß {what[:6]}", safe="").encode()
            + b";\r\n filename*1*="
            + quote(f"{what[6:]}.png", safe="").encode(),
            True,
        ),
    }
    if person.name:
        label = person.name if person.chinese else person.name.replace(" ", "_")
        names["encoded-word"] = (f'inline; filename="{_word(f"{label}_Pass.png", "utf-8")}"'.encode(), False)
        names["name-underscores"] = (
            b"inline; filename*=utf-8''" + quote(f"Scan_{label}_2023.png", safe="").encode(),
            False,
        )
    for label, (disposition, decisive) in names.items():
        entity = _multipart("related", _plain(b"See the picture."), _part("image/png", picture, disposition))
        yield Plant(person, f"filename/{label}", mail(f"{person.key}-filename-{label}", entity), decisive)


def _containers(person: Person) -> Iterator[Plant]:
    """Messages in messages, reports, cards, appointments and text outside the parts."""
    text, what = line_of(person), person.email or person.phone
    inner = mail("inner", _plain(text.encode()), [("Subject", b"Inner")])
    once = b"Content-Type: message/rfc822\r\n\r\n" + inner
    middle = mail("middle", _multipart("mixed", _plain(b"See below."), once, mark="=_middle"), [("Subject", b"Middle")])
    twice = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=fwd.eml\r\n\r\n" + middle
    status = f"Reporting-MTA: dns; mx.firma.example\r\n\r\nFinal-Recipient: rfc822; {what}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    returned = f"From: robot@machine.example\r\nTo: {what}\r\nSubject: Hello\r\n"
    known = f"N:{person.family};{person.given};;;\r\nFN:{person.name}\r\nTEL:{person.phone}\r\nEMAIL:{person.email}\r\n"
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\n{known}END:VCARD\r\n"
    folded = "\r\n ".join(part.decode("utf-8", "ignore") for part in _cut(f"ATTENDEE;CN=X:mailto:{what}".encode(), 22))
    event = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{folded}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    record = "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in f'{{"who": "{person.name}", "at": "{what}"}}')
    plain = _plain(b"Nothing here.")
    cases: dict[str, bytes] = {
        "rfc822": _multipart("mixed", plain, once),
        "rfc822-twice": _multipart("mixed", plain, twice),
        "digest": _multipart("digest", b"\r\n" + inner, b"\r\n" + mail("clean", plain), mark="=_digest"),
        "dsn": _multipart(
            "report; report-type=delivery-status",
            _plain(b"It failed."),
            b"Content-Type: message/delivery-status\r\n\r\n" + status.encode(),
            b"Content-Type: text/rfc822-headers\r\n\r\n" + returned.encode(),
        ),
        "vcard": _multipart("mixed", plain, b"Content-Type: text/vcard; charset=utf-8\r\n\r\n" + card.encode()),
        "calendar": _multipart(
            "mixed", plain, b"Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n" + event.encode()
        ),
        "json": _multipart("mixed", plain, b"Content-Type: application/json\r\n\r\n" + record.encode() + b"\r\n"),
        "xml": _multipart(
            "mixed",
            plain,
            b"Content-Type: application/xml\r\n\r\n<a><b who='" + what.replace("'", "&apos;").encode() + b"'/></a>\r\n",
        ),
        "preamble": _multipart("mixed", plain).replace(
            b"\r\n\r\n--=_plant\r\n", f"\r\n\r\nFor {what} only\r\n--=_plant\r\n".encode(), 1
        ),
        "epilogue": _multipart("mixed", plain) + f"Sent by {what}\r\n".encode(),
        "content-description": _multipart("mixed", b"Content-Description: for " + what.encode() + b"\r\n" + plain),
        "no-boundary": b"Content-Type: multipart/mixed\r\n\r\n" + text.encode() + b"\r\n",
        "unclosed": _multipart("mixed", _plain(text.encode())).removesuffix(b"--=_plant--\r\n"),
        "file-rfc822": _multipart(
            "mixed", plain, _part("application/octet-stream", files.letter(text), b"attachment; filename=a.eml")
        ),
    }
    for label, entity in cases.items():
        yield Plant(person, f"container/{label}", mail(f"{person.key}-container-{label}", entity))
    if person.name:
        coded = quopri.encodestring(person.name.encode()).decode().strip()
        old = f"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{coded}\r\nEND:VCARD\r\n"
        entity = _multipart("mixed", plain, b"Content-Type: text/x-vcard\r\n\r\n" + old.encode())
        yield Plant(person, "container/vcard-2.1", mail(f"{person.key}-container-vcard21", entity), decisive=False)

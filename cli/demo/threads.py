"""How a mail is put together: greeting, signature, quoted history, and the HTML that mail programs make of it."""

from __future__ import annotations

import html as markup
import re
from datetime import datetime
from html.entities import codepoint2name
from random import Random

from cli.demo.mime import Letter, Party
from cli.demo.people import DOMAIN, Person

_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# How programs of each country send text: charset and transfer encoding.
MANNERS = {
    "en": (("us-ascii", "7bit"), ("utf-8", "quoted-printable"), ("utf-8", "8bit"), ("iso-8859-1", "quoted-printable")),
    "de": (
        ("utf-8", "quoted-printable"),
        ("utf-8", "8bit"),
        ("iso-8859-1", "quoted-printable"),
        ("iso-8859-15", "8bit"),
        ("windows-1252", "quoted-printable"),
        ("utf-8", "base64"),
    ),
    "zh": (("gb18030", "base64"), ("gb18030", "8bit"), ("gb2312", "base64"), ("utf-8", "base64"), ("utf-8", "8bit")),
}
PROGRAMS = (
    "Mozilla Thunderbird",
    "Microsoft Outlook 16.0",
    "Foxmail 7.2.25[cn]",
    "Apple Mail (2.3774)",
    "Roundcube Webmail",
)


def party(person: Person, *, latin: bool = False) -> Party:
    """The person as a sender or recipient; an address is needed."""
    return Party(person.latin if latin else person.name, person.email or "")


def desk(role: str) -> Party:
    """One of the company's own role mailboxes, `sales@nordwind.example`."""
    return Party(f"Nordwind {role.capitalize()}", f"{role}@{DOMAIN}")


def signature(person: Person, firm: str = "") -> str:
    """The lines below the dashes (RFC 3676 section 4.3)."""
    number = person.mobile or person.phone
    label = {"de": "Tel.", "zh": "电话："}.get(person.language, "Phone")
    lines = [person.name, firm, f"{label} {number.written(person.style)}" if number else "", person.email or ""]
    return "-- \n" + "\n".join(line for line in lines if line)


def attribution(letter: Letter, language: str) -> str:
    """The line a mail program puts above what it quotes."""
    sent, who = letter.sent, f"{letter.sender.name} <{letter.sender.address}>"
    if language == "de":
        return f"Am {sent:%d.%m.%Y} um {sent:%H:%M} schrieb {who}:"
    if language == "zh":
        return f"在 {sent.year}年{sent.month}月{sent.day}日 {sent:%H:%M}，{who} 写道："
    return f"On {sent.day} {_MONTHS[sent.month - 1]} {sent.year} at {sent:%H:%M}, {who} wrote:"


def quoted(letter: Letter, language: str) -> str:
    """`letter` quoted below an answer, each level with one more `>`."""
    lines = (f">{line}" if line.startswith(">") else f"> {line}" for line in letter.text.rstrip("\n").split("\n"))
    return attribution(letter, language) + "\n" + "\n".join(lines) + "\n"


def forwarded(letter: Letter, language: str) -> str:
    """`letter` below a block of its headers, unquoted, as Outlook does it."""
    title, sender, sent, to, subject = {
        "de": ("-----Ursprüngliche Nachricht-----", "Von:", "Gesendet:", "An:", "Betreff:"),
        "zh": ("-----邮件原件-----", "发件人:", "发送时间:", "收件人:", "主题:"),
    }.get(language, ("-----Original Message-----", "From:", "Sent:", "To:", "Subject:"))
    people = "; ".join(f"{item.name} <{item.address}>" for item in letter.to)
    head = f"{title}\n{sender} {letter.sender.name} <{letter.sender.address}>\n{sent} {letter.sent:%Y-%m-%d %H:%M}\n"
    return f"{head}{to} {people}\n{subject} {letter.subject}\n\n{letter.text}"


def html(text: str, names: tuple[str, ...] = (), *, entities: bool = True) -> str:
    """`text` as a mail program would mark it up: links on addresses, tags inside `names`, entities for umlauts."""
    body = markup.escape(text, quote=False)
    body = _ADDRESS.sub(lambda hit: f'<a href="mailto:{hit[0]}">{hit[0]}</a>', body)
    for name in names:
        plain = markup.escape(name, quote=False)
        body = body.replace(plain, f"{plain[:2]}<b>{plain[2:]}</b>")
    if entities:
        body = "".join(_entity(char) for char in body)
    body = body.replace("\n", "<br>\n")
    return f'<html><head><meta name="viewport" content="width=device-width"></head><body><p>{body}</p></body></html>\n'


def _entity(char: str) -> str:
    if not "\u00a0" <= char <= "\u00ff":
        return char
    return f"&{codepoint2name[ord(char)]};"


def invite(uid: str, start: datetime, title: str, organiser: Party, guests: tuple[Party, ...]) -> str:
    """A meeting request (RFC 5546); times without zone are local."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Nordwind//Sample//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{start:%Y%m%dT%H%M%S}Z",
        f"DTSTART:{start:%Y%m%dT%H%M%S}",
        f"SUMMARY:{title}",
        f'ORGANIZER;CN="{organiser.name}":mailto:{organiser.address}',
        *(f'ATTENDEE;CN="{guest.name}";RSVP=TRUE:mailto:{guest.address}' for guest in guests),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def manner(language: str, throw: Random) -> tuple[str, str]:
    """A charset and transfer encoding that is common for the language."""
    return throw.choice(MANNERS[language])

"""The Delete Request and Opt-out Platform of California (Civ. Code 1798.99.86): identifiers and answers as CalPrivacy
publishes them (technical documentation 1.2.0).

Standardise, encode as UTF-8, SHA-256, Base64 of the raw digest: always 44 characters. A row matches when the whole hash is
equal (11 CCR 7613); a hash that matched nobody is kept too, so that later data is screened before it is sold.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from law.rule import LawError

HEADER = ("Id", "Status")
LISTS = ("NDZ", "Email", "Phone", "MAID", "NameVIN", "CTVID")
_ID = re.compile(r"[A-Za-z0-9]{12}")
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
_FILE = re.compile(rf"\d{{8}}_\d{{4}}_(?:{'|'.join(LISTS)})(?:_[A-Za-z0-9]{{1,10}})?\.csv")
# Greek after ISO 843 and Cyrillic after BGN/PCGN, which reproduce the published examples ("Иван" is "ivan"). CalPrivacy
# publishes no table: try a name of these scripts in the sandbox before relying on it.
_GREEK = dict(
    zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(), strict=True)
)
_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщыэюяіїєґ",
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch y e yu ya i yi ye g".split(),
        strict=True,
    )
) | {"ё": "yo", "ъ": "", "ь": ""}
_LATIN = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ı": "i",
    "ŋ": "n",
}
_LETTERS = _GREEK | _CYRILLIC | _LATIN


class Status(IntEnum):
    """What a broker answers for one work item."""

    EXEMPTED = 2
    DELETED = 3
    OPTED_OUT = 4
    NOT_FOUND = 5


@dataclass(frozen=True)
class Outcome:
    """What to do about one row of a list. `keep_hash`: remember it, to screen data that comes later."""

    status: Status
    delete: bool
    opt_out: bool
    keep_hash: bool


@dataclass(frozen=True)
class Row:
    """One work item of a list."""

    id: str
    hash: str


def hashed(standard: str) -> str:
    """Base64 of the SHA-256 of a standardised value. Raises LawError for an empty one: its hash would match everybody's."""
    if not standard:
        raise LawError("Nothing is left of this identifier after it was standardised, so it cannot be matched.")
    return base64.b64encode(hashlib.sha256(standard.encode()).digest()).decode()


def email(value: str) -> str:
    """All white space removed, lower case; dots and plus tags stay."""
    return "".join(value.split()).lower()


def phone(value: str) -> str:
    """Digits only, the last ten of them."""
    return "".join(c for c in value if c.isascii() and c.isdigit())[-10:]


def born(value: date) -> str:
    """YYYYMMDD."""
    return value.strftime("%Y%m%d")


def postcode(value: str) -> str:
    """ZIP or foreign postcode: letters and digits, without +4, lower case, leading zeros stripped, the first five left.

    Followed literally: the New England ZIP 02139 becomes 2139.
    """
    first = re.sub(r"^\s*(\d{5})-\d{4}\s*$", r"\1", value)
    return re.sub(r"[^a-z0-9]", "", first.lower()).lstrip("0")[:5]


def name(value: str) -> str:
    """A first or a last name: lower case, Latin folded to ASCII, Greek and Cyrillic in Latin letters, letters and digits only.

    Chinese, Arabic, Hebrew and other scripts are kept as they are.
    """
    lowered = unicodedata.normalize("NFC", value).lower()
    spelled = "".join(_LETTERS.get(c, c) for c in _without_accents(lowered, keep="ёйїґ"))
    return "".join(c for c in _without_accents(spelled) if c.isalnum())


def maid(value: str) -> str:
    """Mobile advertising id: 32 hexadecimal digits, lower case. Raises LawError for another length."""
    return _of_length(re.sub(r"[^0-9a-f]", "", value.lower()), 32, 32)


def vin(value: str) -> str:
    """Vehicle identification number: 17 letters and digits, lower case. Raises LawError for another length."""
    return _of_length(re.sub(r"[^a-z0-9]", "", value.lower()), 17, 17)


def ctvid(value: str) -> str:
    """Connected-television id: 8 to 32 letters and digits, lower case. Raises LawError for another length."""
    return _of_length(re.sub(r"[^a-z0-9]", "", value.lower()), 8, 32)


def ndz(first: str, last: str, birth: date, zip_code: str) -> str:
    """The hash of first name, last name, date of birth and postcode: hashed one by one, concatenated, hashed again."""
    return hashed(hashed(name(first)) + hashed(name(last)) + hashed(born(birth)) + hashed(postcode(zip_code)))


def name_vin(first: str, last: str, number: str) -> str:
    """The hash of first name, last name and vehicle."""
    return hashed(hashed(name(first)) + hashed(name(last)) + hashed(vin(number)))


def answer(matches: int, *, exempt: bool = False) -> Outcome:
    """What to do about a row that `matches` so many people; `exempt`: all of what is held about them is exempt.

    An identifier that several people share deletes nobody: all of them are opted out (11 CCR 7613, status 4).
    """
    if matches == 0:
        return Outcome(Status.NOT_FOUND, delete=False, opt_out=False, keep_hash=True)
    if exempt:
        return Outcome(Status.EXEMPTED, delete=False, opt_out=False, keep_hash=True)
    if matches > 1:
        return Outcome(Status.OPTED_OUT, delete=False, opt_out=True, keep_hash=True)
    return Outcome(Status.DELETED, delete=True, opt_out=True, keep_hash=True)


def rows(text: str) -> list[Row]:
    """The work items of a downloaded list (`ID,Hash`). Raises LawError for anything else; ids are case-sensitive."""
    lines = list(csv.reader(io.StringIO(text)))
    if not lines or ",".join(lines[0]) != "ID,Hash":
        raise LawError("A list of DROP begins with the header ID,Hash.")
    for number, line in enumerate(lines[1:], 2):
        if len(line) != 2 or not _ID.fullmatch(line[0]) or not _HASH.fullmatch(line[1]):
            raise LawError(f"Line {number} of the list is no work item with its hash.")
    return [Row(*line) for line in lines[1:]]


def response(answers: Iterable[tuple[str, Status]]) -> str:
    """The CSV that answers a list, a line per work item."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((id_, int(status)) for id_, status in answers)
    return out.getvalue()


def check_response(file_name: str, text: str, asked: Iterable[str]) -> list[str]:
    """What is wrong with an answer before it is uploaded; empty when it will be taken.

    The header is exactly `Id,Status`, the name is that of the list, and every work item has one status, or the batch stays
    open. Nothing is answered for the list of removals.
    """
    wrong = []
    if not _FILE.fullmatch(file_name):
        wrong.append("the file is not named for a downloaded list, with at most ten letters or digits added")
    lines = list(csv.reader(io.StringIO(text)))
    if not lines or tuple(lines[0]) != HEADER:
        return [*wrong, f"the header is not {','.join(HEADER)}"]
    answered = [line[0] for line in lines[1:] if line]
    allowed = {str(int(status)) for status in Status}
    if any(len(line) != 2 or line[1] not in allowed for line in lines[1:]):
        wrong.append(f"a status is none of {', '.join(sorted(allowed))}")
    if len(answered) != len(set(answered)):
        wrong.append("a work item is answered twice")
    if open_items := set(asked) - set(answered):
        wrong.append(f"{len(open_items)} work items have no status")
    if strange := set(answered) - set(asked):
        wrong.append(f"{len(strange)} work items were never asked about")
    return wrong


def _without_accents(text: str, keep: str = "") -> str:
    """Latin, Greek and Cyrillic letters without accents, except those of `keep`, which are letters of their own; other scripts
    as they are."""
    return "".join(c if c in keep else _bare(c) for c in text)


def _bare(c: str) -> str:
    parts = unicodedata.normalize("NFKD", c)
    if not (parts[0].isascii() or parts[0] in _LETTERS):
        return c
    return "".join(part for part in parts if not unicodedata.combining(part))


def _of_length(value: str, least: int, most: int) -> str:
    if not least <= len(value) <= most:
        raise LawError(f"This identifier has {len(value)} characters after it was standardised, not {least} to {most}.")
    return value

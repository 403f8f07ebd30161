"""A record as the person may see it: masks applied, surrogates mended. Every file of the package shows this view."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from email.utils import parsedate_to_datetime

from cases.package.content import Item, PackageError
from cases.redaction import again
from connectors.contract import Attachment, Mask, Record, TextKind, Value
from connectors.limits import DEFAULTS
from connectors.mail import attachment, redact
from connectors.mail.headers import text_of
from connectors.mail.reading import tree

_SURROGATE = re.compile("[\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s<>,;:\"'()]+@[^\s<>,;:\"'()]+")
_PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)}
_PICTURES |= dict.fromkeys((*range(0x80, 0xA0), 0xFFFE, 0xFFFF), 0xFFFD) | {0x7F: 0x2421}
_HEADERS = ("date", "from", "to", "cc", "bcc", "reply-to", "subject")


@dataclass(frozen=True, slots=True)
class ShownText:
    """One masked text; `path` and `kind` as in the contract."""

    path: str
    kind: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One attachment under its masked name; `source` is what to open when it is handed over, else None."""

    name: str
    media_type: str
    size: int
    source: Attachment | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One record, masked. `number` counts from 1 within the collection; `mail` holds the decoded headers of a mail."""

    number: int
    fields: tuple[tuple[str, Value], ...]
    texts: tuple[ShownText, ...]
    people: tuple[tuple[str, str, str], ...]  # role, address, name
    files: tuple[ShownFile, ...]
    unreadable: tuple[tuple[str, str], ...]  # path, reason
    reasons: tuple[str, ...]
    masked: int
    mail: dict[str, str] | None


def show(item: Item, number: int) -> Shown:
    """The view of one item. Raises `PackageError` for a mask that fits nothing: a mask must never be lost silently."""
    record = item.record
    _check_masks(item)
    echo = _echo(item)
    return Shown(
        number=number,
        fields=_fields(item, echo),
        texts=_texts(item),
        people=tuple((one.role, mend(echo(one.address)), mend(echo(one.name))) for one in record.participants),
        files=files(item),
        unreadable=tuple((_place(item, one.path), one.reason) for one in record.unreadable),
        reasons=item.reasons,
        masked=len(item.masks) + sum(recipe.masks for recipe in item.files.values()),
        mail=None if record.native is None else headers(message(item)),
    )


def message(item: Item) -> bytes:
    """The mail in RFC 5322 form: other people's data masked, in its files too, and withheld attachments taken out."""
    if item.record.native is None:
        raise PackageError("A record has no mail form. Build the package from the mail store's own records.")
    raw = item.record.native
    released = {one.path: one for one in item.record.attachments if _released(item, one)}
    drop = tuple(one.path for one in item.record.attachments if one.path not in released)
    swap = {
        path: again(attachment(raw, path, DEFAULTS), released[path].filename, released[path].media_type, recipe)
        for path, recipe in item.files.items()
        if path in released
    }
    return redact(raw, item.masks, drop, None, DEFAULTS, swap)


def sent_at(header: str) -> datetime | None:
    """The moment a `Date` header names, UTC where it names no zone; None for what is no date of our time."""
    try:
        sent = parsedate_to_datetime(header[:200])
    except (ValueError, TypeError, OverflowError, IndexError):  # senders write what they like
        return None
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    return sent if 1970 < sent.year < 2100 else None


def mask_text(text: str, masks: Sequence[Mask]) -> str:
    """`text` with each span replaced; spans that overlap become one under the first one's replacement."""
    parts: list[str] = []
    done = 0
    for mask in sorted(masks, key=lambda one: (one.start, -one.end)):
        if not 0 <= mask.start <= mask.end <= len(text):
            raise PackageError("A mask lies outside its text. The record has changed: plan again.")
        if mask.start >= done:
            parts += (text[done : mask.start], mask.replacement)
        done = max(done, mask.end)
    return "".join((*parts, text[done:]))


def mend(text: str) -> str:
    """`text` as valid Unicode: surrogate pairs joined, lone ones replaced by U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def printable(text: str) -> str:
    """`text` with control characters made visible (NUL as U+2400), for files that people look at."""
    return mend(text).translate(_PICTURES)


def as_text(value: Value) -> str:
    """A value for a cell; binary values as `base64:...`."""
    match value:
        case None:
            return ""
        case bytes():
            return "base64:" + base64.b64encode(value).decode()
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case _:
            return printable(str(value))


def as_json(value: Value) -> object:
    """A value for JSON: numbers and booleans as such, binary as an object, everything else as a string."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return mend(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case bytes():
            return {"base64": base64.b64encode(value).decode(), "bytes": len(value)}
        case date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)


def field_names(record: Record) -> list[str]:
    """The names of the record's fields, each one once: a second `note` becomes `note (2)`."""
    names: dict[str, None] = {}
    for one in record.fields:
        name, number = mend(one.name), 1
        while name in names:
            number += 1
            name = f"{mend(one.name)} ({number})"
        names[name] = None
    return list(names)


def weight(item: Item) -> int:
    """Rough size in bytes of what the item adds to a page."""
    record = item.record
    cells = sum(len(one.value) if isinstance(one.value, str | bytes) else 16 for one in record.fields)
    return 200 + cells + sum(len(one.text) for one in record.texts) * 2


def _fields(item: Item, echo: Callable[[str], str]) -> tuple[tuple[str, Value], ...]:
    fields = []
    for name, one in zip(field_names(item.record), item.record.fields, strict=True):
        value, masks = one.value, _masks_at(item, f"field:{one.name}")
        if masks and not isinstance(value, str):
            value = masks[0].replacement
        elif isinstance(value, str):
            value = mask_text(value, masks)
            value = echo(value) if item.record.native is not None else value  # fields of a mail repeat its headers
        fields.append((name, value))
    return tuple(fields)


def _texts(item: Item) -> tuple[ShownText, ...]:
    """Bodies and texts of files; headers and names of files are shown as such, withheld files not at all."""
    kept = {one.path for one in item.attachments} - item.files.keys()  # what a masked file says is for the file to say
    gone = [one.path for one in item.record.attachments if one.path not in kept]
    hidden = {(mask.path, mask.end) for mask in item.masks if mask.start == 0}
    drawn = tuple(
        f"{one.path}/" for one in item.record.texts if (one.path, len(one.text)) in hidden
    )  # out of what is hidden
    return tuple(
        ShownText(
            _place(item, one.path), one.kind.value, mend(mask_text(one.text, _masks_at(item, one.path))), one.language
        )
        for one in item.record.texts
        if one.kind not in (TextKind.HEADER, TextKind.FILENAME)
        and not any(_below(one.path, path) for path in gone)
        and not one.path.startswith(drawn)
    )


def files(item: Item) -> tuple[ShownFile, ...]:
    """The attachments of the record, under masked names."""
    echo = _echo(item)
    named = {one.path: one for one in item.attachments if _released(item, one)}
    return tuple(
        ShownFile(
            mend(echo(_file_name(item, one))), mend(one.media_type), named.get(one.path, one).size, named.get(one.path)
        )
        for one in item.record.attachments
    )


def _file_name(item: Item, attachment: Attachment) -> str:
    """The name, masked where its own text is."""
    for text in item.record.texts:
        if text.kind is TextKind.FILENAME and text.text == attachment.filename and _below(text.path, attachment.path):
            return mask_text(text.text, _masks_at(item, text.path))
    return mask_text(attachment.filename, _masks_at(item, f"{attachment.path}/file"))


def _released(item: Item, attachment: Attachment) -> bool:
    """Handed over as it is: named by the caller, and no mask points into its content."""
    named = any(one.path == attachment.path for one in item.attachments)
    return named and not any(_inside(mask.path, attachment.path) for mask in item.masks)


def _place(item: Item, path: str) -> str:
    """The path, but of an attachment only its own: what lies inside an archive is named by people."""
    return mend(next((one.path for one in item.record.attachments if _below(path, one.path)), path))


def _below(path: str, attachment: str) -> bool:
    """True for the attachment and all that hangs off it: `part:2`, `part:2/file`, `part:2.1/header:0`."""
    return path == attachment or path.startswith((f"{attachment}/", f"{attachment}."))


def _inside(path: str, attachment: str) -> bool:
    """True for its content: neither its name nor the headers of its part are that."""
    return _below(path, attachment) and not path.startswith((f"{attachment}/header:", f"{attachment}/file"))


def _masks_at(item: Item, path: str) -> list[Mask]:
    return [mask for mask in item.masks if mask.path == path]


def _check_masks(item: Item) -> None:
    """Every mask must point to something. In a mail `redact` judges that: it knows headers that are no text here."""
    record = item.record
    if not {one.path for one in item.attachments} <= {one.path for one in record.attachments}:
        raise PackageError("An attachment to hand over is not one of its record. The record has changed: plan again.")
    if not item.masks or record.native is not None:
        return
    known = {one.path for one in record.texts} | {f"field:{one.name}" for one in record.fields}
    known |= {path for one in record.attachments for path in (one.path, f"{one.path}/file")}
    if not {mask.path for mask in item.masks} <= known:
        raise PackageError("A mask points to a text that the record does not have. The record has changed: plan again.")


def _echo(item: Item) -> Callable[[str], str]:
    """Masks, in text that has no path of its own (participants, names of files), the words that were masked elsewhere.

    Where a span holds an address (`Ann <ann@example.com>`), address and name count as words of their own.
    """
    if not item.masks:
        return lambda text: text
    texts = {one.path: one.text for one in item.record.readable()}
    words: dict[str, str] = {}
    for mask in item.masks:
        span = texts.get(mask.path, "")[mask.start : mask.end]
        for word in (span, *_ADDRESS.findall(span), span.partition("<")[0]):
            if len(word.strip(" \"'<>")) > 1:
                words.setdefault(word.strip(" \"'<>").casefold(), mask.replacement)
    if not words:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    return lambda text: _replace(pattern, words, text)


def _replace(pattern: re.Pattern[str], words: dict[str, str], text: str) -> str:
    folded = text.casefold()
    if len(folded) != len(text):  # folding moved the offsets (ß): better to lose the case than a mask
        text = folded
    return mask_text(text, [Mask("", m.start(), m.end(), words[m[0]]) for m in pattern.finditer(folded)])


def headers(raw: bytes) -> dict[str, str]:
    """The headers a mail program shows, decoded (RFC 2047). Taken from the masked bytes, so masked as they are."""
    root = tree(raw, DEFAULTS)
    found: dict[str, list[str]] = {}
    for header in root.headers:
        if header.name in _HEADERS:
            found.setdefault(header.name, []).append(" ".join(mend(text_of(raw, root, header)).split()))
    return {name: ", ".join(found[name]) for name in _HEADERS if name in found}

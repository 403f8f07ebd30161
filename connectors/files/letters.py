"""Mail (RFC 5322) with its attachments opened, so that a mask can reach into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from connectors.contract import Attachment, Mask, Ref, Text, Unreadable
from connectors.files.passages import TOLERATED, File, Passage, no_place
from connectors.limits import Limits
from connectors.mail import bodies, parse, redact, transfer
from connectors.mail.reading import is_attachment, tree

_PLACE = re.compile(r"([^!]*)!(.*)", re.S)

_SELF = "opened here"

Open = Callable[[bytes, str, str, str], File]
"""Opens an attachment by its bytes, name, media type and charset."""


class Letter:
    """A message. Paths are those of its record; `part:2!…` is a passage of the file attached there.

    An attachment that nobody can read is taken out, unless it is a picture or a recording.
    """

    def __init__(self, raw: bytes, limits: Limits, inner: Open) -> None:
        self._raw = raw
        record = parse(raw, Ref("", ""), "", limits, lambda data, name, media_type: ((), (("", _SELF),)))
        parts = {part.path: part for part in tree(raw, limits).walk() if is_attachment(raw, part)}
        self._limits = limits
        self._files: dict[str, File] = {}
        for one in record.attachments:
            if not _is_taken_apart(one, record.texts):
                part = parts[one.path]
                data = transfer.decode(raw, part.head_end, part.end, part.encoding).data
                charset = bodies.value(raw, part, "charset")
                self._files[one.path] = inner(data, one.filename, one.media_type, charset)
        self.passages: Sequence[Passage] = [
            *(
                Passage(text.path, text.text, text.name, fixed=not text.maskable, kind=text.kind)
                for text in record.texts
                if text.path not in self._files
            ),
            *self._attached(),
        ]
        broken = [one for one in record.unreadable if one.path in self._files and one.reason != _SELF]
        self.removed: Sequence[Unreadable] = [
            *broken,
            *(
                Unreadable(path, one.reason)
                for path, file in self._files.items()
                for one in file.unread
                if one.reason not in TOLERATED
            ),
        ]
        gone = {one.path for one in self.removed}
        self.unread: Sequence[Unreadable] = [
            *(Unreadable(one.path, _reason(one)) for one in record.unreadable if one.path not in self._files),
            *self._tolerated(gone),
        ]

    def masked(self, masks: Sequence[Mask]) -> bytes:
        """The message spliced; a file that changes is encoded as it was."""
        plain: list[Mask] = []
        known = {passage.path for passage in self.passages}
        inside: dict[str, list[Mask]] = {}
        for mask in masks:
            place = _PLACE.fullmatch(mask.path)
            if place is None and mask.path in known:
                plain.append(mask)
            elif place is not None and place[1] in self._files:
                inside.setdefault(place[1], []).append(replace(mask, path=place[2]))
            else:
                raise no_place()
        drop = list(dict.fromkeys(one.path for one in self.removed))
        swap = {path: self._files[path].masked(some) for path, some in inside.items() if path not in drop}
        return redact(self._raw, plain, drop, None, self._limits, swap)

    def _attached(self) -> Iterator[Passage]:
        for path, file in self._files.items():
            for passage in file.passages:
                groups = tuple(f"{path}!{group}" for group in passage.groups)
                yield replace(passage, path=f"{path}!{passage.path}", groups=groups)

    def _tolerated(self, gone: set[str]) -> Iterator[Unreadable]:
        for path, file in self._files.items():
            if path not in gone:
                yield from (Unreadable(f"{path}!{one.path}" if one.path else path, one.reason) for one in file.unread)


def _is_taken_apart(one: Attachment, texts: Sequence[Text]) -> bool:
    """Whether the message itself has the texts of this attached message."""
    inner = f"{one.path}."
    return one.media_type.startswith("message/") and any(text.path.startswith(inner) for text in texts)


def _reason(one: Unreadable) -> str:
    """A file written into the text in the old way can be read, but not written back."""
    return "unsupported" if one.reason == _SELF else one.reason

"""PDF: text that is masked leaves the content stream; a file of which that cannot be sure is not masked at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from connectors.contract import Mask, TextKind, Unreadable
from connectors.documents.process import Child
from connectors.errors import Unsupported
from connectors.files.passages import File, Opaque, Passage, by_path
from connectors.limits import Limits

REFUSED, DONE = b"!", b"="
"""How an answer of the child begins."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """An opened PDF. Paths: `page:0` the first page, `string:7` a property, link or value, `note:2` what a note draws.

    Attached files are taken out whatever the masks are, and named.
    """

    data: bytes
    limits: Limits
    passages: Sequence[Passage]
    unread: Sequence[Unreadable]
    removed: Sequence[Unreadable]

    def masked(self, masks: Sequence[Mask]) -> bytes:
        """The document without the masked text. Raises `Unsupported` where two readers would not agree on that."""
        wanted = {path: [tuple(edit) for edit in edits] for path, edits in by_path(masks).items()}
        if not wanted and not self.removed:
            return self.data
        answer = _ask(self.data, wanted, self.limits)
        if answer[:1] == REFUSED:
            raise Unsupported("This PDF cannot be masked safely.", advice="Hold the file back.")
        return answer[1:]


def open_pdf(data: bytes, limits: Limits) -> File:
    """The PDF, or an `Opaque` that says why it cannot be read."""
    answer = _ask(data, None, limits)
    if answer[:1] == REFUSED:
        return Opaque(data, answer[1:].decode())
    found = json.loads(answer[1:])
    passages = [Passage(path, text, name, kind=TextKind.ATTACHMENT) for path, text, name in found["passages"]]
    unread = [Unreadable("" if reason == "no-text" else path, reason) for path, reason in found["unread"]]
    removed = [Unreadable(f"file:{number}", "attached") for number in range(found["attached"])]
    return Pdf(data, limits, passages, unread, removed)


def _ask(data: bytes, masks: object, limits: Limits) -> bytes:
    try:
        return _CHILD.ask(json.dumps([masks, asdict(limits)]).encode(), data, limits.seconds)
    except TimeoutError:
        return REFUSED + b"too-large"
    except (BrokenPipeError, EOFError):
        return REFUSED + b"damaged"


_CHILD = Child("connectors.files.pdf_child")

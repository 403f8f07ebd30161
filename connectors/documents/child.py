"""The process that reads documents. It has no more memory than a document may need and writes nothing but its answers."""

from __future__ import annotations

import json

from connectors.documents.drawing import Drawing
from connectors.documents.process import serve_requests
from connectors.limits import Limits

_MEMORY = 3 << 30


def _answer(head: bytes, data: bytes) -> bytes:
    """A crash is an answer too: the caller reads the end of our output."""
    filename, media_type, limits = json.loads(head)
    drawing = Drawing(Limits(**limits))
    drawing.file("", data, filename, media_type)
    return json.dumps([drawing.texts, drawing.unreadable]).encode()


if __name__ == "__main__":
    serve_requests(_answer, _MEMORY)

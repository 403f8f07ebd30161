"""The process that takes PDFs apart and masks them."""

from __future__ import annotations

import json
import logging

from connectors.documents.process import serve_requests
from connectors.files.pdf import DONE, REFUSED
from connectors.files.pdf_editing import Refused, mask, take
from connectors.limits import Limits
from connectors.pieces import Edit

_MEMORY = 3 << 30


def _answer(head: bytes, data: bytes) -> bytes:
    """The document's texts, or its masked bytes, or why not."""
    masks, limits = json.loads(head)
    bounds = Limits(**limits)
    try:
        if masks is None:
            taken = take(data, bounds)
            found = {"passages": [*taken.passages()], "unread": [*taken.unread()], "attached": taken.attached}
            return DONE + json.dumps(found).encode()
        return DONE + mask(data, {path: [Edit(*edit) for edit in edits] for path, edits in masks.items()}, bounds)
    except Refused as why:
        return REFUSED + str(why).encode()


if __name__ == "__main__":
    logging.disable()  # libraries quote what they read in their warnings
    serve_requests(_answer, _MEMORY)

"""The process that reads documents: one request after the other from its input, each answered on its output.

It has no more memory than a document may need and writes nothing else to its output.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from typing import BinaryIO

from connectors.documents.drawing import Drawing
from connectors.limits import Limits

_MEMORY = 3 << 30


def main() -> None:
    """Answers until the input ends. A crash is an answer too: the caller reads the end of our output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no document in a core file
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere
    while len(head := source.read(16)) == 16:
        size, length = struct.unpack("<QQ", head)
        filename, media_type, limits = json.loads(source.read(size))
        _answer(target, Drawing(Limits(**limits)), source.read(length), filename, media_type)


def _answer(target: BinaryIO, drawing: Drawing, data: bytes, filename: str, media_type: str) -> None:
    drawing.file("", data, filename, media_type)
    answer = json.dumps([drawing.texts, drawing.unreadable]).encode()
    target.write(struct.pack("<Q", len(answer)) + answer)
    target.flush()


if __name__ == "__main__":
    main()

"""File names inside the package: harmless on every system, and never two alike.

A name that came from a store or a sender may hold path separators, device names (`CON`), trailing dots, control
characters or a right-to-left override that makes `exe.pdf` out of `fdp.exe`. Nothing of that survives here.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.+@()=,-]+")  # \w is Unicode: letters, digits and the underscore of every script
_NAME_LENGTH = 60
_SUFFIX = re.compile(r"\.[^\W_]{1,10}$")

_OPENABLE = re.compile(
    r"\.(pdf|txt|csv|ics|vcf|png|jpe?g|gif|webp|bmp|tiff?|heic|mp3|wav|m4a|mp4|mov|docx?|xlsx?|pptx?|od[tsp]|rtf)",
    re.IGNORECASE,
)


def file_name(given: str) -> str:
    """A safe name like the given one, with its ending; `file` when nothing is left of it."""
    plain = _plain(given)
    suffix = match[0] if (match := _SUFFIX.search(plain)) else ""
    stem = plain.removesuffix(suffix)[:_NAME_LENGTH].strip("._- ")
    name = (stem or "file") + suffix
    return f"_{name}" if _DEVICE.fullmatch(name) else name


def folder_name(given: str) -> str:
    """A safe name without dots, for a store or collection; `data` when nothing is left."""
    name = _plain(given).replace(".", "-")[:_NAME_LENGTH].strip("_- ") or "data"
    return f"_{name}" if _DEVICE.fullmatch(name) else name


def unique(name: str, taken: set[str]) -> str:
    """`name`, or `name~2` and so on when it is taken already on a system that ignores case. Adds it to `taken`."""
    number, candidate = 1, name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}~{number}"
    taken.add(candidate.casefold())
    return candidate


def openable(path: str) -> bool:
    """True for endings that a browser or office program opens without running them; only these are linked."""
    return _OPENABLE.fullmatch(PurePosixPath(path).suffix) is not None


def _plain(text: str) -> str:
    # NFKC also turns full-width slashes and dots into plain ones before they are judged. Separators go first of all:
    # the text behind the last one would otherwise pass as the whole name.
    folded = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode("utf-8"))
    seen = "".join(" " if c in "\\/:" else c for c in folded if unicodedata.category(c)[0] != "C")
    return _UNSAFE.sub("_", seen).strip()

"""Archives, and the office files that are archives. Nothing is written to disk, and no name in them is trusted."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Any

from connectors.documents import office
from connectors.documents.drawing import BROKEN, Bomb, Drawing

_PACKED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_SMALL = 1_000_000  # below it a high ratio is harmless


def is_packed(data: bytes) -> bool:
    """Whether this is one file packed by gzip, bzip2 or xz."""
    return data.startswith(_PACKED)


def is_tar(data: bytes) -> bool:
    """Whether this is a tar archive."""
    return data[257:262] == b"ustar"


def draw_zip(drawing: Drawing, path: str, data: bytes) -> None:
    """Office files by their own reader; of others each entry in turn."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if len(entries) > drawing.entries_left:
            raise Bomb
        if "[Content_Types].xml" in names or "mimetype" in names:
            members = {
                entry.filename: member for entry in entries if (member := unpacked(drawing, archive, entry, path))
            }
            if office.draw(drawing, path, data, members):
                return
            drawing.bytes_left += sum(map(len, members.values()))
        for index, entry in enumerate(entries, 1):
            if entry.is_dir():
                continue
            drawing.entry()
            below = f"{path}/{index}" if path else str(index)
            content = unpacked(drawing, archive, entry, below)
            if content is not None:
                drawing.inside(path, index, content, entry.filename)
            else:
                drawing.text(f"{below}/name", entry.filename)


def unpacked(drawing: Drawing, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str) -> bytes | None:
    """The bytes of one entry; None, and named, when they cannot be read. Raises `Bomb`."""
    if entry.is_dir():
        return None
    if entry.flag_bits & 1:
        drawing.lost(path, "encrypted")
        return None
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > _SMALL and ratio > drawing.limits.archive_ratio:
        raise Bomb
    if entry.file_size > drawing.bytes_left:
        raise Bomb
    try:
        with archive.open(entry) as stream:
            content = stream.read(entry.file_size + 1)
    except NotImplementedError:
        drawing.lost(path, "unsupported")
        return None
    except BROKEN:
        drawing.lost(path, "damaged")
        return None
    drawing.spend(len(content))
    return content


def draw_packed(drawing: Drawing, path: str, data: bytes, name: str) -> None:
    """One packed file, unpacked step by step so that a bomb stops at the bound."""
    worker: Any
    if data.startswith(b"\x1f\x8b"):
        worker = zlib.decompressobj(wbits=31)
    else:
        worker = bz2.BZ2Decompressor() if data.startswith(b"BZh") else lzma.LZMADecompressor(memlimit=256 << 20)
    out = bytearray()
    most = max(len(data) * drawing.limits.archive_ratio, _SMALL)
    pending = data
    try:
        while not worker.eof:
            step = worker.decompress(pending, 1 << 20)
            pending = getattr(worker, "unconsumed_tail", b"")
            out += step
            drawing.spend(len(step))
            if len(out) > most:
                raise Bomb
            if not step and not pending:
                drawing.lost(path, "damaged")
                break
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        drawing.lost(path, "damaged")
    drawing.inside(path, 1, bytes(out), PurePosixPath(name).stem)


def draw_tar(drawing: Drawing, path: str, data: bytes) -> None:
    """The plain files of a tar archive; links and devices are names only."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for index, entry in enumerate(archive, 1):
            drawing.entry()
            stream = archive.extractfile(entry) if entry.isfile() else None
            if stream is None:
                drawing.text(f"{path}/{index}/name".lstrip("/"), f"{entry.name}\n{entry.linkname}")
                continue
            drawing.spend(entry.size)
            drawing.inside(path, index, stream.read(), entry.name)

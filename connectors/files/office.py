"""OOXML and OpenDocument files: a ZIP archive whose XML parts are masked one by one; every other member stays as it is."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors import charset
from connectors.contract import Mask, Unreadable
from connectors.documents.drawing import BROKEN
from connectors.errors import Unsupported
from connectors.files import xml
from connectors.files.markup_parts import Part, Shared, date_styles, strings
from connectors.files.passages import File, Opaque, Passage, edits_of, no_place
from connectors.limits import Limits
from connectors.pieces import applied

_PLACE = re.compile(r"(\d{1,9})[:!](.*)", re.S)
_SMALL = 1_000_000  # below it a high ratio is harmless
_PREVIEW = re.compile(r"(?:docProps|Thumbnails)/thumbnail\.[a-z]{3,4}", re.I)
_PICTURE = re.compile(r".*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|emz|wmz|wdp|webp|ico|eps|svm)", re.I | re.S)
_MEDIA = re.compile(r".*\.(?:mp3|mp4|m4a|m4v|wav|avi|mov|wmv|wma|mpe?g|ogg)", re.I | re.S)
_SILENT = re.compile(
    r".*(?:\.(?:odttf|fntdata|ttf|otf|woff2?)|printerSettings\d*\.bin|mimetype)|Configurations2/.*", re.I | re.S
)
_XML = re.compile(r".*\.(?:xml|rels|vml|svg|rdf|mml)", re.I | re.S)

Open = Callable[[bytes, str], File]
"""Opens a file in this file, by its bytes and name."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    data: bytes
    source: str
    codec: str
    part: Part


def open_office(data: bytes, limits: Limits, inner: Open) -> File | None:
    """The office file, or an `Opaque` that says why it cannot be read; None when the archive is no office file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if not {"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"} & set(names):
                return None
            problem = _problem(entries, limits)
            if problem:
                return Opaque(data, problem)
            members = [archive.read(entry) for entry in entries]
    except (*BROKEN, NotImplementedError):
        return Opaque(data, "damaged")
    if any(b"encryption-data" in content for name, content in zip(names, members, strict=True) if "manifest" in name):
        return Opaque(data, "encrypted")
    return Office(data, entries, members, inner)


def _problem(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> str:
    if any(entry.flag_bits & 1 for entry in entries):
        return "encrypted"
    if len({entry.filename for entry in entries}) < len(entries):
        return "damaged"  # programs differ in which of two members they show
    sizes = [(entry.file_size, entry.file_size / max(entry.compress_size, 1)) for entry in entries]
    hollow = any(size > _SMALL and ratio > limits.archive_ratio for size, ratio in sizes)
    many = len(entries) > limits.archive_entries or sum(size for size, _ in sizes) > limits.unpacked_bytes
    return "bomb" if hollow or many else ""


class Office:
    """An office file that was taken apart. Paths: `3:0` is the first passage of the third member, `7!…` one in a file
    that is the seventh."""

    removed: Sequence[Unreadable] = ()

    def __init__(self, data: bytes, entries: Sequence[zipfile.ZipInfo], members: Sequence[bytes], inner: Open) -> None:
        self._data, self._entries, self._members = data, entries, members
        self._parts: dict[int, _Parsed] = {}
        self._inner: dict[int, File] = {}
        self.unread: list[Unreadable] = []
        self._read(inner)

    @property
    def passages(self) -> Sequence[Passage]:
        found: list[Passage] = []
        for index, _ in enumerate(self._entries):
            if index in self._parts:
                regions = self._parts[index].part.regions
                found += (replace(r.passage, path=f"{index}:{r.passage.path}") for r in regions)
            elif index in self._inner:
                found += (_below(index, passage) for passage in self._inner[index].passages)
        return found

    def masked(self, masks: Sequence[Mask]) -> bytes:
        """The archive with the masked parts anew; of all others the content, order, names and times are kept."""
        if not masks:
            return self._data
        places: dict[int, list[Mask]] = {}
        for mask in masks:
            place = _PLACE.fullmatch(mask.path)
            if place is None:
                raise no_place()
            places.setdefault(int(place[1]), []).append(replace(mask, path=place[2]))
        changed = {index: self._changed(index, some) for index, some in places.items()}
        return self._packed(changed)

    def _changed(self, index: int, masks: Sequence[Mask]) -> bytes:
        if index in self._inner:
            return self._inner[index].masked(masks)
        if index not in self._parts:
            raise no_place()
        parsed = self._parts[index]
        edits = edits_of(parsed.part.regions, masks, parsed.part.tied)
        made = applied(parsed.data, charset.edits_of_bytes(parsed.data, parsed.source, parsed.codec, edits, False))
        try:
            xml.decode(made)
        except xml.NotXml:
            raise Unsupported("A part of the file would not be well-formed.", advice="Hold the file back.") from None
        return made

    def _packed(self, changed: Mapping[int, bytes]) -> bytes:
        target = io.BytesIO()
        previews = {entry.filename for entry in self._entries if _PREVIEW.fullmatch(entry.filename)}
        with zipfile.ZipFile(target, "w") as archive:
            for index, entry in enumerate(self._entries):
                if entry.filename in previews:
                    continue
                content = changed.get(index, self._members[index])
                if previews and entry.filename in ("_rels/.rels", "META-INF/manifest.xml"):
                    content = _without(content, previews)
                info = zipfile.ZipInfo(entry.filename, entry.date_time)
                info.compress_type = zipfile.ZIP_STORED if entry.compress_type == 0 else zipfile.ZIP_DEFLATED
                info.external_attr, info.create_system = entry.external_attr, entry.create_system
                archive.writestr(info, content)
        return target.getvalue()

    def _read(self, inner: Open) -> None:
        shared = Shared()
        late: list[int] = []
        for index, entry in enumerate(self._entries):
            name = entry.filename
            if entry.is_dir() or _SILENT.fullmatch(name) or _PREVIEW.fullmatch(name):
                continue
            if name == "xl/sharedStrings.xml":
                late.append(index)  # its strings stand where the sheets say
            elif not _XML.fullmatch(name):
                self._other(index, name, inner)
        by_name = {entry.filename: index for index, entry in enumerate(self._entries)}
        for name, take in (("xl/sharedStrings.xml", "strings"), ("xl/styles.xml", "dates")):
            if name in by_name:
                self._share(shared, take, self._members[by_name[name]])
        order = [i for i, e in enumerate(self._entries) if _XML.fullmatch(e.filename) and i not in late]
        for index in [*order, *late]:
            if self._members[index].strip():
                self._part(index, shared)

    def _share(self, shared: Shared, take: str, content: bytes) -> None:
        try:
            source, _ = xml.decode(content)
        except xml.NotXml:
            return  # named when its own turn comes
        if take == "strings":
            shared.strings = strings(source)
        else:
            shared.dates = date_styles(source)

    def _part(self, index: int, shared: Shared) -> None:
        content = self._members[index]
        try:
            source, codec = xml.decode(content)
        except xml.NotXml:
            self.unread.append(Unreadable(str(index), "damaged"))
            return
        self._parts[index] = _Parsed(content, source, codec, Part(self._entries[index].filename, source, shared))

    def _other(self, index: int, name: str, inner: Open) -> None:
        content = self._members[index]
        if _PICTURE.fullmatch(name):
            self.unread.append(Unreadable(str(index), "picture"))
        elif _MEDIA.fullmatch(name):
            self.unread.append(Unreadable(str(index), "media"))
        elif content.strip():
            found = inner(content, name)
            self._inner[index] = found
            self.unread += (
                Unreadable(f"{index}!{one.path}" if one.path else str(index), one.reason) for one in found.unread
            )


def _below(index: int, passage: Passage) -> Passage:
    groups = tuple(f"{index}!{group}" for group in passage.groups)
    return replace(passage, path=f"{index}!{passage.path}", groups=groups)


def _without(content: bytes, gone: set[str]) -> bytes:
    """A list of members without those that are gone."""
    for name in gone:
        place = re.escape(name.encode())
        pattern = rb"<(?:[\w-]+:)?(?:Relationship|file-entry)\b[^>]*\"/?" + place + rb"\"[^>]*/>"
        content = re.sub(pattern, b"", content)
    return content

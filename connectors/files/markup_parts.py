"""The XML parts of office files (ECMA-376, OASIS OpenDocument) as passages: running text, people, links, cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from connectors.contract import TextKind
from connectors.files import xml
from connectors.files.columns import names_columns
from connectors.files.passages import Passage, Region, Tied
from connectors.pieces import Edit, Piece, joined

_INLINE = frozenset(
    {"t", "r", "span", "a", "s", "delText", "instrText", "rubyBase", "hyperlink", "ins", "del", "smartTag", "moveFrom",
     "moveTo", "sdtContent", "bookmark"}
)  # fmt: skip
_BLOCK = frozenset({"p", "h", "row", "si", "tc", "comment", "text", "table-cell", "c", "rPh", "annotation", "note"})
_SPACED = frozenset({"t", "delText", "instrText", "span", "a", "v"})
_MIXED = frozenset({"p", "h"})
"""Elements in which white space alone is text; the second in OpenDocument only."""
_GAPS = {"br": "\n", "cr": "\n", "line-break": "\n", "tab": "\t", "s": " ", "noBreakHyphen": "-", "fldChar": "\n"}
_PEOPLE = frozenset(
    {"author", "creator", "lastModifiedBy", "displayName", "manager", "Manager", "userName", "initial-creator",
     "printed-by", "author-name"}
)  # fmt: skip
_LINKS = frozenset({"Target", "href", "src"})
_SPOKEN = frozenset(
    {"descr", "title", "tooltip", "display", "alt", "userId", "string-value", "label", "help-text", "prompt", "error",
     "promptTitle", "errorTitle"}
)  # fmt: skip
_PERHAPS = frozenset(
    {"val", "v", "value", "current-value", "name", "location", "instr", "formula", "description", "alias", "tag", "default",
     "date-value", "condition"}
)  # fmt: skip
_REFERRED = {
    ("sheet", "name"),
    ("definedName", "name"),
    ("tableColumn", "name"),
    ("table", "displayName"),
    ("table", "name"),
}
_LAYOUT = re.compile(
    r"(?:word|ppt|xl)/(?:.*/)?(?:styles|theme\d*|fontTable|webSettings|stylesWithEffects|numbering)\.xml"
)
_TELLING = re.compile(r"[@\s]|://|[^\x00-\x7f]|\d{6}")
_COLUMN = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_EPOCH = date(1899, 12, 30)
PERSON_FIELD = "personName"
"""Field under which an author stands: one that detection knows to hold a name."""


@dataclass(slots=True)
class Shared:
    """What the sheets of a workbook have in common: its strings, and which cell styles show dates."""

    strings: list[str] = field(default_factory=list)
    dates: frozenset[int] = frozenset()
    groups: dict[int, set[str]] = field(default_factory=dict)  # rows in which a string stands
    fields: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Cell:
    column: str
    kind: str
    style: int
    tag: xml.Tag
    pieces: list[Piece[str]] = field(default_factory=list)
    formula: list[Piece[str]] = field(default_factory=list)


class Part:
    """One XML part taken apart; `regions` in the order of the source, `tied` as `passages.Tied` says."""

    def __init__(self, name: str, source: str, shared: Shared | None = None) -> None:
        self.name, self.source = name, source
        self.regions: list[Region] = []
        self.tied: list[Tied] = []
        self._plain = name.startswith(("word/", "xl/", "ppt/", "docProps/"))  # text stands in elements of its own
        self._running: list[Piece[str]] = []
        self._open: list[tuple[str, bool]] = []  # local names, and whether text stood directly inside
        self._shared = shared if name.startswith("xl/worksheets/") else None
        self._strings = 0 if name == "xl/sharedStrings.xml" else None
        self._of_strings = shared
        self._cell: _Cell | None = None
        self._row: dict[str, str] = {}
        self._headings: dict[str, str] | None = None
        self._row_number = ""
        for event in xml.events(source):
            if isinstance(event, xml.Tag):
                self._tag(event)
            else:
                self._characters(event)
        self._flush()

    def _tag(self, tag: xml.Tag) -> None:
        if tag.closing:
            self._close(tag)
            return
        self._attributes(tag)
        if tag.name in _GAPS and not self._cell and tag.empty:
            self._gap(_GAPS[tag.name], tag.start)
        if tag.empty:
            return
        self._open.append((tag.name, False))
        if self._shared is not None and tag.name == "row":
            self._row, self._row_number = {}, _value(self.source, tag, "r") or str(tag.start)
        if self._shared is not None and tag.name == "c":
            place = _COLUMN.fullmatch(_value(self.source, tag, "r"))
            style = _value(self.source, tag, "s")
            column = place[1] if place else str(len(self._row))
            kind = _value(self.source, tag, "t") or "n"
            self._cell = _Cell(column, kind, int(style) if style.isdecimal() else 0, tag)
        if tag.name in _PEOPLE:
            self._flush()

    def _close(self, tag: xml.Tag) -> None:
        name, spoke = self._open.pop() if self._open else ("", False)
        if self._strings is not None and name == "si":
            self._string()
        elif self._cell is not None and name == "c":
            self._end_cell(self._cell)
            self._cell = None
        elif self._shared is not None and name == "row" and self._headings is None:
            named = names_columns([*self._row.values()])
            self._headings = dict(self._row) if named else {}
        elif name in _PEOPLE and spoke:
            self._flush(PERSON_FIELD)
        elif not self._cell and (name in _BLOCK or (spoke and name not in _INLINE)):
            self._gap("\n", tag.start)

    def _characters(self, text: xml.Characters) -> None:
        name = self._open[-1][0] if self._open else ""
        if self.source[text.start : text.end].isspace() and name not in (_SPACED if self._plain else _SPACED | _MIXED):
            return
        if self._open:
            self._open[-1] = (name, True)
        found = xml.pieces(self.source, text.start, text.end, text.literal)
        if self._cell is None:
            self._running.extend(found)
        elif name == "f":
            self._cell.formula.extend(found)
        else:
            self._cell.pieces.extend(found)

    def _attributes(self, tag: xml.Tag) -> None:
        external = any(a.name == "TargetMode" and self.source[a.start : a.end] == "External" for a in tag.attributes)
        authors = [a for a in tag.attributes if a.name == "author" and a.end > a.start]
        for one in tag.attributes:
            value = self.source[one.start : one.end]
            if one.name == "initials" and authors:
                self.tied += (Tied(author.start, author.end, Edit(one.start, one.end, "")) for author in authors)
            if value and self._is_read(tag, one, value, external):
                link = one.name in _LINKS
                pieces = list(xml.pieces(self.source, one.start, one.end, location=link))
                name = PERSON_FIELD if one.name in _PEOPLE else ""
                fixed = (tag.name, one.name) in _REFERRED and self.name.startswith("xl/")
                self._add(pieces, f"@{one.start}", name, fixed=fixed)

    def _is_read(self, tag: xml.Tag, one: xml.Attribute, value: str, external: bool) -> bool:
        if one.name == "Target":
            return external
        if one.name in _PEOPLE or one.name in _SPOKEN or one.name == "href":
            return True
        if (tag.name, one.name) in _REFERRED:
            return True
        layout = _LAYOUT.fullmatch(self.name) is not None or tag.name == "mathFont"
        return "@" in value or (one.name in _PERHAPS and not layout and _TELLING.search(value) is not None)

    def _gap(self, char: str, at: int) -> None:
        if self._running and self._running[-1].text != char:
            self._running.append(Piece(char, at, at, None))

    def _flush(self, name: str = "") -> None:
        self._add(self._running, "", name)
        self._running = []

    def _add(
        self, pieces: Sequence[Piece[str]], suffix: str, name: str = "", groups: Sequence[str] = (), **more: bool
    ) -> None:
        text = joined(pieces)
        if text.strip():
            path = suffix or f"{len(self.regions)}"
            passage = Passage(path, text, name, tuple(groups), more.get("fixed", False), TextKind.ATTACHMENT)
            self.regions.append(Region(passage, list(pieces)))

    def _string(self) -> None:
        """A shared string stands where its cells stand."""
        number, shared = self._strings or 0, self._of_strings or Shared()
        self._strings = number + 1
        self._add(self._running, "", shared.fields.get(number, ""), sorted(shared.groups.get(number, ())))
        self._running = []

    def _end_cell(self, cell: _Cell) -> None:
        shared = self._shared or Shared()
        raw = joined(cell.pieces)
        group = f"{self.name}:{self._row_number}"
        heading = (self._headings or {}).get(cell.column, "")
        self._add(cell.formula, "", heading, (group,))
        if cell.kind == "s":
            number = int(raw) if raw.isdecimal() else -1
            text = shared.strings[number] if 0 <= number < len(shared.strings) else ""
            shared.groups.setdefault(number, set()).add(group)
            shared.fields.setdefault(number, heading)
        elif cell.kind == "n" and cell.pieces:
            text = _number(raw, cell.style in shared.dates)
            start, end = cell.pieces[0].start, cell.pieces[-1].end
            self._add([Piece(text, start, end, xml.in_xml, whole=True)], "", heading, (group,))
            self.tied.append(Tied(start, end, self._as_text(cell.tag)))
        else:
            text = raw
            self._add(cell.pieces, "", heading, (group,))
        if text:
            self._row[cell.column] = text

    def _as_text(self, tag: xml.Tag) -> Edit[str]:
        """The cell says that it holds text."""
        for one in tag.attributes:
            if one.name == "t":
                return Edit(one.start, one.end, "str")
        return Edit(tag.end - 1, tag.end - 1, ' t="str"')


def _value(source: str, tag: xml.Tag, name: str) -> str:
    return next((source[a.start : a.end] for a in tag.attributes if a.name == name), "")


def _number(raw: str, is_date: bool) -> str:
    """A number as a reader of the sheet sees it: a day where the style says so, a telephone number without exponent."""
    try:
        value = float(raw)
        if is_date and 1 <= value < 2_958_466:  # 31 December 9999
            return (_EPOCH + timedelta(days=int(value))).isoformat()
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else raw
    except (ValueError, OverflowError):
        return raw


def strings(source: str) -> list[str]:
    """The shared strings of a workbook."""
    return [joined(pieces) for pieces in _items(source)]


def _items(source: str) -> Iterator[list[Piece[str]]]:
    pieces: list[Piece[str]] = []
    inside = False
    for event in xml.events(source):
        if isinstance(event, xml.Tag):
            if event.name == "t":
                inside = not event.closing and not event.empty
            elif event.name == "si":
                if event.closing or event.empty:
                    yield pieces
                pieces = []
        elif inside:
            pieces.extend(xml.pieces(source, event.start, event.end, event.literal))


def date_styles(source: str) -> frozenset[int]:
    """The cell styles that show a number as a day (ECMA-376 part 1, 18.8.30)."""
    formats: dict[int, str] = {}
    styles: list[int] = []
    within = False
    for event in xml.events(source):
        if not isinstance(event, xml.Tag):
            continue
        number = _value(source, event, "numFmtId")
        if event.name == "numFmt" and number.isdecimal():
            formats[int(number)] = _value(source, event, "formatCode")
        elif event.name == "cellXfs":
            within = not event.closing
        elif event.name == "xf" and within and not event.closing:
            styles.append(int(number) if number.isdecimal() else 0)
    return frozenset(index for index, number in enumerate(styles) if _is_day(number, formats))


def _is_day(number: int, formats: Mapping[int, str]) -> bool:
    code = re.sub(r"\"[^\"]*\"|\[[^\]]*\]|\\.", "", formats.get(number, "")).lower()
    return (
        14 <= number <= 17 or number == 22 or 27 <= number <= 36 or 50 <= number <= 58 or ("d" in code and "m" in code)
    )

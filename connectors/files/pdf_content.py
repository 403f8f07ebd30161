"""Text in the content streams of a PDF (ISO 32000-2, 9.4), glyph by glyph, and streams without some of the glyphs."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    ContentStream,
    DictionaryObject,
    FloatObject,
    NameObject,
    StreamObject,
)
from pypdf.generic._font import Font

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_SHOWING = (b"Tj", b"TJ", b"'", b'"')
_MOVING = (b"BT", b"ET", b"Td", b"TD", b"Tm", b"T*", b"'", b'"')
_STATE = (b"cm", b"Tf", b"Tz", b"BT", b"Tm")
_DEPTH = 8
_MOST = 2_000_000  # operations of one page, forms counted as often as they are drawn
_STORED = frozenset({"/Filter", "/DecodeParms", "/Length"})
_NAMED = ("/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding")
_KEPT_STRINGS = frozenset({"/ActualText", "/Alt", "/E"})


class Uncertain(ValueError):
    """The page says something that we do not read as every reader would."""


class Glyph(NamedTuple):
    """One glyph: what it reads, and its bytes `start:end` of the string `element` of its operation."""

    text: str
    element: int
    start: int
    end: int


@dataclass(slots=True)
class Canvas:
    """One content stream: a page or a form that pages draw."""

    holder: DictionaryObject  # the page, or the form itself
    stream: ContentStream
    fonts: dict[str, Font | None] = field(default_factory=dict)
    gone: dict[int, set[int]] = field(default_factory=dict)  # operation -> glyphs to take out


@dataclass(slots=True)
class Show:
    """One operation that shows text. `along` is how far a thousand units of it reach on the page; `follows` says that it
    begins where the last one ended."""

    canvas: Canvas
    index: int
    glyphs: list[Glyph]
    along: Point
    follows: bool


@dataclass(slots=True)
class _State:
    ctm: Matrix
    font: Font | None = None
    size: float = 0.0
    stretch: float = 1.0
    matrix: Matrix = _IDENTITY
    follows: bool = False


class Contents:
    """Reads pages and remembers their streams, each one once however often it is drawn."""

    def __init__(self, pdf: Any) -> None:
        self._pdf = pdf
        self.canvases: dict[int, Canvas] = {}
        self._left = _MOST

    def text_of(self, form: StreamObject) -> str:
        """The text that a form shows, in the order of its content. Raises `Uncertain`."""
        canvas = Canvas(form, ContentStream(form, self._pdf, forced_encoding="bytes"))
        shows = self._walk(canvas, sub(form, "/Resources"), _IDENTITY, 0)
        return " ".join("".join(glyph.text for glyph in show.glyphs) for show in shows)

    def shows(self, page: DictionaryObject) -> list[Show]:
        """Every operation of a page that shows text, those of its forms in their place. Raises `Uncertain`."""
        self._left = _MOST
        raw = page.get("/Contents")
        if raw is None:
            return []
        canvas = self.canvases.get(id(page))
        if canvas is None:
            stream = ContentStream(raw.get_object(), self._pdf, forced_encoding="bytes")
            canvas = self.canvases[id(page)] = Canvas(page, stream)
        return list(self._walk(canvas, resources_of(page), _IDENTITY, 0))

    def _walk(self, canvas: Canvas, resources: DictionaryObject, ctm: Matrix, depth: int) -> Iterator[Show]:
        state, saved = _State(ctm), list[_State]()
        for index, (operands, operator) in enumerate(canvas.stream.operations):
            self._left -= 1
            if self._left < 0:
                raise Uncertain
            if operator == b"q":
                saved.append(copy(state))
            elif operator == b"Q":
                state = saved.pop() if saved else state
            elif operator == b"Do":
                yield from self._form(str(operands[0]), resources, state, depth)
            elif operator in _STATE:
                self._set(state, canvas, resources, operator, operands)
            if operator in _MOVING:
                state.follows = False
            if operator in _SHOWING:
                glyphs = list(_glyphs(operands, operator, state.font))
                reach = _linear((state.size * state.stretch, 0.0), _times(state.matrix, state.ctm))
                yield Show(canvas, index, glyphs, reach, state.follows)
                state.follows = True

    def _set(self, state: _State, canvas: Canvas, resources: DictionaryObject, operator: bytes, operands: Any) -> None:
        if operator in (b"BT", b"Tm"):
            state.matrix = _numbers(operands) if operands else _IDENTITY
        elif operator == b"cm":
            state.ctm = _times(_numbers(operands), state.ctm)
        elif operator == b"Tz":
            state.stretch = float(operands[0]) / 100
        else:
            name = str(operands[0])
            if name not in canvas.fonts:
                canvas.fonts[name] = _font(resources, name)
            state.font, state.size = canvas.fonts[name], float(operands[1])

    def _form(self, name: str, resources: DictionaryObject, state: _State, depth: int) -> Iterator[Show]:
        objects = sub(resources, "/XObject")
        form = objects[name].get_object() if name in objects else None
        if not isinstance(form, StreamObject) or form.get("/Subtype") != "/Form":
            return
        if depth >= _DEPTH:
            raise Uncertain
        canvas = self.canvases.get(id(form))
        if canvas is None:
            canvas = Canvas(form, ContentStream(form, self._pdf, forced_encoding="bytes"))
            self.canvases[id(form)] = canvas
        inner = sub(form, "/Resources") or resources
        own = _numbers(form.get("/Matrix", _IDENTITY))
        yield from self._walk(canvas, inner, _times(own, state.ctm), depth + 1)


def without(show: Show, places: Sequence[Point | None], following: Point | None) -> None:
    """Take the glyphs that are gone out of an operation, so that those behind them stay where they were.

    `places` are the origins of its glyphs on the page, None where one has none of its own (one of many spaces);
    `following` is the origin of the glyph that comes next, if that begins where this operation ends.
    """
    gone = show.canvas.gone.get(show.index)
    if not gone:
        return
    operands, operator = show.canvas.stream.operations[show.index]
    if isinstance(operands, _Quoted):  # a form that is drawn twice
        return
    items: list[bytes | float] = [b""]
    hole: Point | None = None  # where a run of removed glyphs began
    for number, piece in _pieces(show, _elements(operands, operator)):
        place = places[number] if number is not None else None
        if isinstance(piece, float):
            if hole is None:
                items += (piece, b"")
        elif hole is None and number in gone and place is not None:
            hole = place
        elif number not in gone and (hole is None or place is not None):  # else it goes, or is a space that goes along
            if hole is not None and place is not None:
                items += (_shift(show.along, hole, place), b"")
                hole = None
            items[-1] = bytes(items[-1]) + piece  # type: ignore[arg-type]
    if hole is not None and following is not None:
        items.append(_shift(show.along, hole, following))
    array = ArrayObject(
        ByteStringObject(one) if isinstance(one, bytes) else FloatObject(one) for one in items if one != b""
    )
    show.canvas.stream.operations[show.index] = (_prefix(operands, operator, array), b"TJ")


def _pieces(show: Show, elements: Sequence[bytes | float]) -> Iterator[tuple[int | None, bytes | float]]:
    """Each glyph by number with its bytes, and the moves between them."""
    glyphs = iter(enumerate(show.glyphs))
    for element in elements:
        at = 0
        if not isinstance(element, bytes):
            yield None, element
            continue
        while at < len(element):
            number, glyph = next(glyphs)
            yield number, element[glyph.start : glyph.end]
            at = glyph.end


def finish(writer: PdfWriter, contents: Contents) -> None:
    """Write every stream anew of which something is gone; `'` and `"` become what they stand for."""
    for canvas in contents.canvases.values():
        if not canvas.gone:
            continue
        operations: list[tuple[Any, bytes]] = []
        for index, (operands, operator) in enumerate(canvas.stream.operations):
            if index in canvas.gone and isinstance(operands, _Quoted):
                operations += operands.before
                operations.append(([operands.items], b"TJ"))
            else:
                operations.append((_spoken(operands, operator), operator))
        canvas.stream.operations = operations
        replace(writer, canvas.holder, canvas.stream.get_data())


def replace(writer: PdfWriter, holder: DictionaryObject, content: bytes) -> None:
    """Give a page or a form other content."""
    fresh = StreamObject()
    fresh.set_data(content)
    if not isinstance(holder, StreamObject):
        holder[NameObject("/Contents")] = writer._add_object(fresh)
    elif holder.indirect_reference is not None:
        fresh.update({key: value for key, value in holder.items() if key not in _STORED})
        writer._replace_object(holder.indirect_reference, fresh)


@dataclass(slots=True)
class _Quoted:
    """The operands of a rewritten operation with what must come before it."""

    items: ArrayObject
    before: list[tuple[Any, bytes]]


def _prefix(operands: Any, operator: bytes, items: ArrayObject) -> _Quoted:
    before: list[tuple[Any, bytes]] = []
    if operator == b'"':
        before = [([operands[0]], b"Tw"), ([operands[1]], b"Tc")]
    if operator in (b"'", b'"'):
        before.append(([], b"T*"))
    return _Quoted(items, before)


def _spoken(operands: Any, operator: bytes) -> Any:
    """Marked content without the text that it says it stands for: that repeats what may be gone."""
    if operator in (b"BDC", b"DP") and len(operands) > 1 and isinstance(operands[1], DictionaryObject):
        for key in _KEPT_STRINGS & set(operands[1]):
            del operands[1][key]
    return operands


def _elements(operands: Any, operator: bytes) -> list[bytes | float]:
    if operator == b"TJ":
        found = operands[0] if operands and isinstance(operands[0], list) else []
        return [bytes(item) if isinstance(item, bytes) else float(item) for item in found]
    return [bytes(operands[-1])] if operands and isinstance(operands[-1], bytes) else []


def _glyphs(operands: Any, operator: bytes, font: Font | None) -> Iterator[Glyph]:
    for number, element in enumerate(_elements(operands, operator)):
        if isinstance(element, bytes) and element:
            if font is None or not font.interpretable:
                raise Uncertain
            at = 0
            for size, text in _characters(element, font):
                yield Glyph(text, number, at, at + size)
                at += size


def _characters(data: bytes, font: Font) -> Iterator[tuple[int, str]]:
    """Length in bytes and text of each code (ISO 32000-2, 9.10)."""
    mapped: Mapping[Any, Any] = font.character_map
    if isinstance(font.encoding, dict):
        for code in data:
            plain = font.encoding.get(code, chr(code))
            yield 1, str(mapped.get(plain, plain))
    elif font.encoding == "utf-16-be":
        for at in range(0, len(data), 2):
            char = chr(int.from_bytes(data[at : at + 2], "big"))
            yield len(data[at : at + 2]), str(mapped.get(char, char))
    else:
        decoder = codecs.getincrementaldecoder(font.encoding)("replace")
        size = 0
        for byte in data:
            size += 1
            text = decoder.decode(bytes([byte]))
            if text:
                yield size, "".join(str(mapped.get(char, char)) for char in text)
                size = 0
        if size:
            yield size, ""


def _font(resources: DictionaryObject, name: str) -> Font | None:
    """A font. One that says of letters that they are others than its encoding names is a lie that hides text."""
    found = sub(sub(resources, "/Font"), name)
    if not found:
        return None
    font = Font.from_font_resource(found)
    if found.get("/Encoding") in _NAMED and "/ToUnicode" in found:
        letters = [char for char in map(chr, range(48, 123)) if char.isalnum()]
        if any(font.character_map.get(char, char) != char for char in letters):
            raise Uncertain
    return font


def resources_of(page: DictionaryObject) -> DictionaryObject:
    """The fonts and forms of a page, its own or inherited."""
    node: Any = page
    for _ in range(64):  # a page inherits them
        if "/Resources" in node:
            return sub(node, "/Resources")
        if "/Parent" not in node:
            break
        node = node["/Parent"].get_object()
    return DictionaryObject()


def sub(holder: DictionaryObject, name: str) -> DictionaryObject:
    """The dictionary under a name, an empty one when there is none."""
    found = holder[name].get_object() if name in holder else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _numbers(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands)
    return a, b, c, d, e, f


def _times(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3], m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4], m[4] * n[1] + m[5] * n[3] + n[5],
    )  # fmt: skip


def _linear(point: Point, m: Matrix) -> Point:
    return point[0] * m[0] + point[1] * m[2], point[0] * m[1] + point[1] * m[3]


def _shift(along: Point, start: Point, end: Point) -> float:
    """The number in an array of TJ that moves from one origin to the other."""
    length = (along[0] ** 2 + along[1] ** 2) or 1.0
    return -1000 * ((end[0] - start[0]) * along[0] + (end[1] - start[1]) * along[1]) / length

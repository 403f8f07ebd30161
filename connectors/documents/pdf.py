"""PDF: text layer, properties, form fields and embedded files."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from connectors.documents.drawing import BROKEN, Drawing


def draw(drawing: Drawing, path: str, data: bytes) -> None:
    """PDFium first; pypdf where that gives up. Pages that are pictures are named `no-text`."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            drawing.lost(path, "encrypted")
        else:
            _draw_again(drawing, path, data)
        return
    with document:
        texts = list(document.get_metadata_dict(skip_empty=True).values())
        for number in range(min(len(document), drawing.limits.pages)):
            text, lost = _page(document, number)
            texts.append(text)
            if lost:
                drawing.lost(path, lost)
        if len(document) > drawing.limits.pages:
            drawing.lost(path, "too-large")
        if b"/AcroForm" in data or b"/Annot" in data:
            texts += _fields(data)
        drawing.text(path, "\n".join(text for text in texts if text))
        for index in range(document.count_attachments()):
            drawing.entry()
            item = document.get_attachment(index)
            content = bytes(item.get_data())
            drawing.spend(len(content))
            drawing.inside(path, index + 1, content, item.get_name())


def _page(document: pypdfium2.PdfDocument, number: int) -> tuple[str, str]:
    """The text of a page, and why there is none: a page with a picture on it is not an empty one."""
    try:
        page = document[number]
        words = page.get_textpage()
        text: str = words.get_text_bounded()
        pictured = not text.strip() and any(True for _ in page.get_objects(max_depth=1))
        words.close()
        page.close()
    except pypdfium2.PdfiumError:
        return "", "damaged"
    return text, "no-text" if pictured else ""


def _draw_again(drawing: Drawing, path: str, data: bytes) -> None:
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            drawing.lost(path, "encrypted")
            return
        pages = [page.extract_text() for page in reader.pages[: drawing.limits.pages]]
    except (PyPdfError, *BROKEN):
        drawing.lost(path, "damaged")
        return
    drawing.text(path, "\n".join(pages))
    if not all(page.strip() for page in pages):
        drawing.lost(path, "no-text")


def _fields(data: bytes) -> Iterator[str]:
    """Values of form fields and notes, which are not in the text layer."""
    try:
        reader = PdfReader(io.BytesIO(data))
        for field in (reader.get_fields() or {}).values():
            if isinstance(field.value, str):
                yield str(field.value)
        for page in reader.pages[:200]:
            for note in page.annotations or ():
                item = note.get_object()
                yield from (str(item[key]) for key in ("/Contents", "/T") if isinstance(item.get(key), str))
                action = item.get("/A")
                if action is not None and isinstance(action.get_object().get("/URI"), str):
                    yield str(action.get_object()["/URI"])
    except (PyPdfError, *BROKEN):
        return

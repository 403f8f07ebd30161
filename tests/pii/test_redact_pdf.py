"""PDF: what is masked is gone from the file, what is not stays where it stood, and where that is not sure there is no file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
import reportlab
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from cases.keeping import Keep, subject_of
from cases.matching import Matcher
from cases.redaction import Redacted, again, detection, redact_file
from pii.analyzer import Analyzer
from pii.redact import DEFAULT, remove

VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
SAID = "Dear Anna Example, call Mr Boris Petrov (boris.petrov@example.org) now"
WANTED = "Dear Anna Example, call Mr  () now"
OTHERS = ("Boris", "Petrov", "petrov@example.org")

Mask = Callable[..., Redacted]


@pytest.fixture(scope="module")
def mask(analyzer: Analyzer) -> Mask:
    keep = Keep(Matcher(subject_of(("Anna Example", "anna@example.com"), "DE")))
    find = detection(analyzer)
    return lambda data, **more: redact_file(data, "", "", find, keep, **more)


def pdf(draw: Callable[[Canvas], object], **options: object) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1, **options)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def texts(data: bytes) -> list[str]:
    """The text as two readers find it."""
    with pypdfium2.PdfDocument(data) as document:
        first = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return [first, "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)]


def everything(data: bytes) -> bytes:
    """The file with every stream decoded."""
    reader = PdfReader(io.BytesIO(data))
    found = [data]
    for number in range(1, reader.trailer["/Size"]):
        item = reader.get_object(number)
        found.append(repr(item).encode())
        if isinstance(item, StreamObject):
            found.append(item.get_data())
    return b"\n".join(found)


def done(result: Redacted) -> bytes:
    assert result.withheld == ""
    assert result.data is not None
    return result.data


def plain(canvas: Canvas) -> None:
    canvas.drawString(72, 700, SAID)
    canvas.drawString(72, 680, "Nothing to see here.")


def truetype(canvas: Canvas) -> None:
    pdfmetrics.registerFont(TTFont("Vera", str(VERA)))
    canvas.setFont("Vera", 11)
    plain(canvas)


def rotated(canvas: Canvas) -> None:
    canvas.translate(300, 100)
    canvas.rotate(70)
    canvas.scale(0.8, 1.2)
    canvas.drawString(0, 0, SAID)


def stretched(canvas: Canvas) -> None:
    text = canvas.beginText(72, 700)
    text.setCharSpace(1.5)
    text.setWordSpace(4)
    text.setHorizScale(80)
    text.textOut("Dear Anna Example, call Mr Bor")
    text.textOut("is Petrov (boris.petrov@ex")
    text.textOut("ample.org) now")
    canvas.drawText(text)


def hidden(canvas: Canvas) -> None:
    text = canvas.beginText(72, 700)
    text.setTextRenderMode(3)
    text.textOut(SAID)
    canvas.drawText(text)


def form(canvas: Canvas) -> None:
    canvas.beginForm("letterhead")
    canvas.drawString(72, 700, SAID)
    canvas.endForm()
    canvas.doForm("letterhead")
    canvas.showPage()
    canvas.doForm("letterhead")


PAGES = {
    "plain": plain,
    "TrueType with a subset": truetype,
    "rotated": rotated,
    "in pieces": stretched,
    "invisible": hidden,
    "a form on two pages": form,
}


@pytest.mark.parametrize("name", PAGES)
def test_the_text_is_gone(mask: Mask, name: str) -> None:
    data = pdf(PAGES[name])
    found = done(mask(data, operators={DEFAULT: remove}))
    for said, was in zip(texts(found), texts(data), strict=True):
        assert all(word in was for word in OTHERS)
        assert not any(word in said for word in OTHERS)
        assert "".join(WANTED.split()) in "".join(said.split())
    assert not any(word.encode() in everything(found) for word in OTHERS)


def test_the_label_stands_in_the_place(mask: Mask) -> None:
    data = done(mask(pdf(plain)))
    with pypdfium2.PdfDocument(data) as document:
        words = document[0].get_textpage()
        search = words.search("[PERSON]")
        found = search.get_next()
        assert found is not None
        left, bottom, *_ = words.get_charbox(found[0], loose=True)
    assert 190 < left < 240
    assert 690 < bottom < 702


def test_chinese(mask: Mask) -> None:
    def draw(canvas: Canvas) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 700, "您好，王小明先生的邮箱是 wang@example.org。")

    found = done(mask(pdf(draw)))
    for said in texts(found):
        assert "王小明" not in said
        assert "wang" not in said
        assert "您好" in said


def outside(data: bytes) -> bytes:
    """Everything that is not the content of a page."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.add_metadata({"/Author": "Boris Petrov", "/Subject": "about boris.petrov@example.org"})
    writer.xmp_metadata = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>boris.petrov@example.org</a></x:xmpmeta>'
    writer.add_outline_item(title="Mr Boris Petrov", page_number=0)
    writer.add_attachment("a.txt", b"boris.petrov@example.org")
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({
        NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("ask('boris.petrov@example.org')"),
    })  # fmt: skip
    link = DictionaryObject({
        NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Link"),
        NameObject("/Rect"): ArrayObject([NumberObject(n) for n in (0, 0, 9, 9)]),
        NameObject("/A"): DictionaryObject({
            NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject("mailto:boris.petrov@example.org"),
        }),
    })  # fmt: skip
    note = DictionaryObject({
        NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Text"),
        NameObject("/Rect"): ArrayObject([NumberObject(n) for n in (0, 0, 9, 9)]),
        NameObject("/T"): TextStringObject("Boris Petrov"), NameObject("/Contents"): TextStringObject("Ask anna@example.com"),
    })  # fmt: skip
    page = writer.pages[0]
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(link), writer._add_object(note)])
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_properties_links_notes_bookmarks_and_attachments(mask: Mask) -> None:
    result = mask(outside(pdf(plain)))
    found = everything(done(result))
    assert not any(word.encode() in found for word in OTHERS)
    reader = PdfReader(io.BytesIO(done(result)))
    assert reader.metadata is not None
    assert reader.metadata.author == "[PERSON]"
    assert [one["/Title"] for one in reader.outline] == ["Mr [PERSON]"]
    link, note = (one.get_object() for one in reader.pages[0]["/Annots"])
    assert link["/A"]["/URI"] == "mailto:[EMAIL_ADDRESS]"
    assert (note["/T"], note["/Contents"]) == ("[PERSON]", "Ask anna@example.com")
    assert not reader.attachments
    assert [one.reason for one in result.removed] == ["attached"]


def test_form_fields_and_what_they_draw(mask: Mask) -> None:
    def draw(canvas: Canvas) -> None:
        plain(canvas)
        canvas.acroForm.textfield(name="email", value="boris.petrov@example.org", x=72, y=600, width=200, height=20)

    found = done(mask(pdf(draw)))
    (field,) = (PdfReader(io.BytesIO(found)).get_fields() or {}).values()
    assert field.value == "[EMAIL_ADDRESS]"
    assert b"boris" not in everything(found)


def test_an_older_revision_is_gone(mask: Mask) -> None:
    reader = PdfReader(io.BytesIO(pdf(lambda canvas: canvas.drawString(72, 700, "old KANARIE of Mr Boris Petrov"))))
    writer = PdfWriter(reader, incremental=True)
    fresh = StreamObject()
    fresh.set_data(b"BT /F1 12 Tf 72 700 Td (Write to boris.petrov@example.org please) Tj ET")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(fresh)
    target = io.BytesIO()
    writer.write(target)
    assert b"%%EOF" in target.getvalue()[:-200]
    found = done(mask(target.getvalue()))
    assert b"KANARIE" not in everything(found)
    assert "please" in texts(found)[0]


def picture(canvas: Canvas, x: float) -> None:
    from PIL import Image

    canvas.drawImage(ImageReader(Image.new("RGB", (9, 9), "red")), x, 650, 300, 100)


WITHHELD = {
    "a scan": (lambda canvas: picture(canvas, 72), "unread"),
    "a scan with its text": (lambda canvas: (picture(canvas, 72), hidden(canvas)), "fixed-place"),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_pictures_of_text_are_withheld(mask: Mask, name: str) -> None:
    draw, reason = WITHHELD[name]
    assert mask(pdf(draw)).withheld == reason


def test_a_picture_elsewhere_stays_and_is_named(mask: Mask) -> None:
    def draw(canvas: Canvas) -> None:
        picture(canvas, 72)
        canvas.drawString(72, 300, SAID)

    result = mask(pdf(draw))
    assert "boris" not in texts(done(result))[0]
    assert [one.reason for one in result.unread] == ["picture"]


def test_an_encrypted_file_is_withheld(mask: Mask) -> None:
    assert mask(pdf(plain, encrypt=StandardEncryption("secret"))).withheld == "unread"


def liar() -> bytes:
    """A font that says of every glyph that it is another letter."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(plain))))
    fonts = writer.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    (font,) = fonts.values()
    cmap = StreamObject()
    cmap.set_data(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"1 beginbfrange <20> <7E> <0000> endbfrange endcmap end end"
    )
    font.get_object()[NameObject("/ToUnicode")] = writer._add_object(cmap)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


BROKEN = {
    "cut": lambda: pdf(plain)[:700],
    "nonsense": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 50,
    "pages in a circle": lambda: pdf(plain).replace(b"/Count 1", b"/Kids [ 3 0 R 4 0 R ] /Count 1"),
    "only a head": lambda: b"%PDF-1.4",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_withheld_or_read(mask: Mask, name: str) -> None:
    result = mask(BROKEN[name]())
    assert result.data is None or "Boris" not in texts(result.data)[0]


def test_a_font_that_lies_gives_no_file_with_its_text(mask: Mask) -> None:
    result = mask(liar())
    assert result.data is None or "petrov" not in "".join(texts(result.data)).lower()


def test_twice_is_once_and_the_steps_make_it_again(mask: Mask) -> None:
    data = outside(pdf(plain))
    result = mask(data)
    once = done(result)
    assert done(mask(once)) == once
    assert again(data, "", "", result.recipe) == once

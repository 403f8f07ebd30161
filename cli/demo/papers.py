"""Small writers of real PDF, DOCX and XLSX files: just enough of each for a text layer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from html import escape

_LINES_PER_PAGE = 48
_STAMP = (2026, 1, 1, 0, 0, 0)  # zip entries carry a time; a fixed one keeps the file the same
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Redress-UCS2 def /CMapType 2 def\n"
    b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    b"1 beginbfrange <0000> <FFFF> <0000> endbfrange\n"
    b"endcmap CMapName currentdict /CMap defineresource pop end end"
)


def pdf(lines: Sequence[str]) -> bytes:
    """A PDF 1.4 of `lines`, each up to about 90 letters or 45 Chinese characters.

    Western text is WinAnsi in Helvetica, anything else UCS-2 with a ToUnicode map; no font is embedded.
    """
    wide = not _western(lines)
    pages = [lines[start : start + _LINES_PER_PAGE] for start in range(0, max(1, len(lines)), _LINES_PER_PAGE)]
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", *(_wide_font() if wide else _western_font())]
    first = len(objects) + 1
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    objects[1] = f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode()
    for number, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {first + 2 * number + 1} 0 R >>".encode()
        )
        objects.append(
            _stream(b"BT /F1 10 Tf 15 TL 48 790 Td\n" + b"".join(_line(text, wide) for text in page) + b"ET")
        )
    return _assembled(objects)


def _western(lines: Iterable[str]) -> bool:
    try:
        "".join(lines).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _western_font() -> list[bytes]:
    return [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]


def _wide_font() -> list[bytes]:
    info = b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
    return [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        b"/DescendantFonts [4 0 R] /ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light " + info + b" "
        b"/W [1 95 500] /FontDescriptor 5 0 R >>",  # CIDs 1 to 95 are ASCII, half as wide as Chinese
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        _stream(_TO_UNICODE),
    ]


def _line(text: str, wide: bool) -> bytes:
    if wide:
        return b"<" + text.encode("utf-16-be").hex().encode() + b"> Tj T*\n"
    plain = text.encode("cp1252")
    for char in (b"\\", b"(", b")"):
        plain = plain.replace(char, b"\\" + char)
    return b"(" + plain + b") Tj T*\n"


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _assembled(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def docx(paragraphs: Sequence[str], rows: Sequence[Sequence[str]] = (), author: str = "") -> bytes:
    """A Word file. A `|` in a paragraph splits the run there, as Word itself does in the middle of a name."""
    body = "".join(_paragraph(text) for text in paragraphs)
    if rows:
        grid = "<w:gridCol/>" * max(map(len, rows))
        body += f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(map(_row, rows))}</w:tbl><w:p/>"
    document = f'{_XML}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _zipped(
        {
            "[Content_Types].xml": _content_types({"/word/document.xml": main}),
            "_rels/.rels": _root_relations("word/document.xml"),
            "docProps/core.xml": _properties(author),
            "word/document.xml": document,
        }
    )


def _paragraph(text: str) -> str:
    runs = (f'<w:r><w:t xml:space="preserve">{escape(part)}</w:t></w:r>' for part in text.split("|"))
    return f"<w:p>{''.join(runs)}</w:p>"


def _row(cells: Sequence[str]) -> str:
    return "<w:tr>" + "".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in cells) + "</w:tr>"


def xlsx(rows: Sequence[Sequence[str | int]], author: str = "") -> bytes:
    """An Excel file of one sheet; strings as shared strings, whole numbers as numbers."""
    strings: dict[str, int] = {}
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(f"{chr(65 + column)}{number}", value, strings) for column, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return _zipped(
        {
            "[Content_Types].xml": _content_types(
                {
                    "/xl/workbook.xml": f"{sheet}.sheet.main+xml",
                    "/xl/worksheets/sheet1.xml": f"{sheet}.worksheet+xml",
                    "/xl/sharedStrings.xml": f"{sheet}.sharedStrings+xml",
                }
            ),
            "_rels/.rels": _root_relations("xl/workbook.xml"),
            "docProps/core.xml": _properties(author),
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'{_XML}<worksheet xmlns="{_SHEET}">'
            f"<sheetData>{''.join(lines)}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f'{_XML}<sst xmlns="{_SHEET}" uniqueCount="{len(strings)}">{shared}</sst>',
        }
    )


def _cell(place: str, value: str | int, strings: dict[str, int]) -> str:
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'


def _content_types(parts: dict[str, str]) -> str:
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items())
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        f"{overrides}</Types>"
    )


def _root_relations(main: str) -> str:
    return (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="{main}"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>"
    )


def _properties(author: str) -> str:
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{escape(author)}</dc:creator></cp:coreProperties>'
    )


def _zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()

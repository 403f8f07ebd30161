from __future__ import annotations

import io

import docx
import openpyxl
import pypdf
import pypdfium2
import pytest

from cli.demo import papers

TEXTS = {
    "western": ["Angebot für (Brückner) \\ 4.280 €", "second line"],
    "chinese": ["报价单：欧阳志远", "电话 138-0013-9017"],
    "mixed": ["Zoë 张伟 Brückner", "plain"],
}


@pytest.mark.parametrize("kind", TEXTS)
def test_pdf_text_is_read_by_two_readers(kind: str) -> None:
    data = papers.pdf(TEXTS[kind])
    document = pypdfium2.PdfDocument(data)
    assert document[0].get_textpage().get_text_bounded().splitlines() == TEXTS[kind]
    document.close()
    assert pypdf.PdfReader(io.BytesIO(data), strict=True).pages[0].extract_text().splitlines() == TEXTS[kind]


def test_a_long_pdf_has_pages() -> None:
    document = pypdfium2.PdfDocument(papers.pdf([f"line {number}" for number in range(100)]))
    assert len(document) == 3
    assert "line 99" in document[2].get_textpage().get_text_bounded()
    document.close()


def test_docx_joins_its_runs() -> None:
    document = docx.Document(
        io.BytesIO(papers.docx(["Es kümmert sich Br|ückner & Sohn."], [["Name", "<b>"]], "Ä. Author"))
    )
    assert document.paragraphs[0].text == "Es kümmert sich Brückner & Sohn."
    assert [run.text for run in document.paragraphs[0].runs] == ["Es kümmert sich Br", "ückner & Sohn."]
    assert document.tables[0].cell(0, 1).text == "<b>"
    assert document.core_properties.author == "Ä. Author"


def test_xlsx_keeps_numbers_and_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(papers.xlsx([["Name", "Amount"], ["张伟 <&>", 42]], "Ä. Author")))
    assert [[cell.value for cell in row] for row in book.active.iter_rows()] == [["Name", "Amount"], ["张伟 <&>", 42]]
    assert book.properties.creator == "Ä. Author"

"""The analyzer as a whole: what it finds, and that it is bounded, repeatable and silent."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pii.analyzer import Analyzer
from pii.errors import PiiError
from pii.labels import LABELS
from pii.script import language_of

MAIL = """Dear Ms Example,

please call me at +49 30 23125 123 or write to max@example.com.
My account is DE89 3704 0044 0532 0130 00.

Kind regards,
Max Muster
"""


def found(analyzer: Analyzer, text: str, field: str | None = None, language: str | None = None) -> set[tuple[str, str]]:
    (results,) = analyzer.analyze([text], language=language, fields=[field])
    return {(r.entity_type, text[r.start : r.end]) for r in results}


def test_it_works(analyzer: Analyzer) -> None:
    assert found(analyzer, MAIL) == {
        ("PERSON", "Example"),
        ("PHONE_NUMBER", "+49 30 23125 123"),
        ("EMAIL_ADDRESS", "max@example.com"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("PERSON", "Max Muster"),
    }


def test_chinese(analyzer: Analyzer) -> None:
    text = "尊敬的王经理：我的身份证号11010519491231002X，卡号4111111111111111，生日1990年1月2日。\n此致\n敬礼\n张伟"
    assert found(analyzer, text) == {
        ("PERSON", "王"),
        ("CN_ID_CARD", "11010519491231002X"),
        ("CREDIT_CARD", "4111111111111111"),
        ("DATE_OF_BIRTH", "1990年1月2日"),
        ("PERSON", "张伟"),
    }


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Guten Tag", "en"),
        ("", "en"),
        ("12345", "en"),
        ("你好 Anna", "zh"),
        ("Regards, 张伟 and all of the team", "en"),
    ],
)
def test_language_by_script(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("SSN 536-90-4399", "US_SSN"),
        ("card 4111-1111-1111-1111", "CREDIT_CARD"),
        ("card 2223003122003222", "CREDIT_CARD"),
        ("Desk: 555 0123", "PHONE_NUMBER"),
        ("from 203.0.113.7", "IP_ADDRESS"),
        ("NINO AB 12 34 56 C", "UK_NINO"),
        ("NHS 943 476 5919", "UK_NHS"),
        ("Steuer-ID 65929970489", "DE_TAX_ID"),
        ("bank account number 1234567890", "US_BANK_NUMBER"),
        ("codice RSSMRA85T10A562S", "IT_FISCAL_CODE"),
        ("wallet 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "CRYPTO"),
        ("password: hunter22", "PASSWORD"),
    ],
)
def test_identifiers(analyzer: Analyzer, text: str, entity: str) -> None:
    assert entity in {kind for kind, _ in found(analyzer, text)}


@pytest.mark.parametrize(
    ("field", "text", "entity"),
    [
        ("mobile", "030 23125 123", "PHONE_NUMBER"),
        ("手机", "13800138000", "CN_MOBILE"),
        ("Last_Name", "Example", "PERSON"),
        ("contact.lastName", "von Beispiel", "PERSON"),
        ("姓名", "张伟", "PERSON"),
        ("name", "Anna Example", "PERSON"),
        ("Billing_Last_Name__c", "Example", "PERSON"),
        ("dateOfBirth", "1990-01-02", "DATE_OF_BIRTH"),
        ("Geburtsdatum", "02.01.1990", "DATE_OF_BIRTH"),
        ("出生日期", "1990-01-02", "DATE_OF_BIRTH"),
        ("account_no_bank", "1234567890", "US_BANK_NUMBER"),
    ],
)
def test_the_field_is_context(analyzer: Analyzer, field: str, text: str, entity: str) -> None:
    assert (entity, text) in found(analyzer, text, field)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("created", "1990-01-02"),
        ("order_number", "12 34 56 78"),
        ("product_name", "Blue Widget"),
        ("company", "Example"),
        ("lastName", "see note 4711"),
    ],
)
def test_other_fields_find_nothing(analyzer: Analyzer, field: str, text: str) -> None:
    assert found(analyzer, text, field) == set()


def test_a_field_raises_the_score(analyzer: Analyzer) -> None:
    bare, named = analyzer.analyze(["030 23125 123"] * 2, fields=[None, "mobile"])
    assert named[0].score > bare[0].score


def test_every_type_is_documented(analyzer: Analyzer) -> None:
    assert analyzer.entities == set(LABELS)


def test_results_are_the_same_again_and_belong_to_the_caller(analyzer: Analyzer) -> None:
    (first,) = analyzer.analyze([MAIL])
    before = [r.to_dict().copy() for r in first]
    first[0].score = 0.0
    (second,) = analyzer.analyze([MAIL])
    assert [r.to_dict() for r in second] == before
    (fresh,) = Analyzer().analyze([MAIL])
    assert [r.to_dict() for r in fresh] == before


def test_languages_do_not_share_compiled_expressions(analyzer: Analyzer) -> None:
    by_language = [
        {id(p) for r in toolset.recognizers for p in getattr(r, "patterns", ())}
        for toolset in analyzer._reader._toolsets.values()
    ]
    assert by_language[0]
    assert not by_language[0] & by_language[1]


def test_threads_get_the_same_answers() -> None:
    analyzer = Analyzer()
    texts = [MAIL.replace("123", str(n)) for n in range(100, 140)]
    alone = [[str(r) for r in results] for results in Analyzer().analyze(texts)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: [str(r) for r in analyzer.analyze([text])[0]], texts))
    assert together == alone


def test_the_longest_findings_are_whole_at_the_seams(analyzer: Analyzer) -> None:
    url = "https://example.com/" + "a" * 1400
    text = " ".join([url] * 60)
    (results,) = analyzer.analyze([text])
    assert [text[r.start : r.end] for r in results if r.entity_type == "URL"] == [url] * 60


def test_no_network_is_touched() -> None:
    code = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"):
        raise SystemExit(f"{event} was called")
sys.addaudithook(watch)
from pii.analyzer import Analyzer
print(len(Analyzer().analyze(["write to anna@example.com or www.example.com"])[0]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("2", 0), done.stderr[-300:]


def test_starting_imports_no_heavy_library() -> None:
    code = "import sys, pii.analyzer, pii.redact, pii.labels; print(sorted({'spacy', 'presidio_analyzer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_languages() -> None:
    with pytest.raises(PiiError, match="at least one"):
        Analyzer(())


def test_unknown_language() -> None:
    with pytest.raises(PiiError, match="spaCy knows no language"):
        Analyzer(("qq",))


def test_unknown_region() -> None:
    with pytest.raises(PiiError, match="ISO 3166-1"):
        Analyzer(region="XX")


def test_language_it_was_not_built_for(analyzer: Analyzer) -> None:
    with pytest.raises(PiiError, match="en, zh"):
        analyzer.analyze(["hola"], language="es")


def test_as_many_fields_as_texts(analyzer: Analyzer) -> None:
    with pytest.raises(PiiError, match="as many field names"):
        analyzer.analyze(["a", "b"], fields=["c"])


def test_as_many_regions_as_texts(analyzer: Analyzer) -> None:
    with pytest.raises(PiiError, match="as many regions"):
        analyzer.analyze(["a", "b"], regions=["DE"])


def test_unknown_region_of_a_text(analyzer: Analyzer) -> None:
    with pytest.raises(PiiError, match="ISO 3166-1"):
        analyzer.analyze(["a"], regions=["XX"])


def test_a_mixed_letter_is_read_in_both_languages(analyzer: Analyzer) -> None:
    text = "Dear Ms Example,\n\n尊敬的王经理：手机13800138000。\n\nKind regards,\nMax Muster"
    assert {("PERSON", "Example"), ("PERSON", "王"), ("CN_MOBILE", "13800138000"), ("PERSON", "Max Muster")} <= found(
        analyzer, text
    )

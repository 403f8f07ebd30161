"""Patterns of the operator's own: what is let in, what is refused and why, what is found."""

import time
import tomllib
from pathlib import Path

import pytest

from pii.errors import PiiError
from pii.recognizers.custom import CustomPattern, CustomRecognizer
from pii.recognizers.registry import recognizers
from settings import load
from tests.pii.marked import check, table


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        (r"K-\d+", "no upper bound"),
        (r"[A-Z]*\d", "no upper bound"),
        (r"\d{3,}", "no upper bound"),
        (r"(?:\d{1,3}-){2,4}", "within a repeat"),
        (r"(?:a{1,9}){9}", "within a repeat"),
        (r"(?:ab|a){5}", "within a repeat"),
        (r"(\d)\1", "refers back"),
        (r"(\d)?(?(1)a|b)", "refers back"),
        (r"\d{1,20}\d{1,20}", "too many ways"),
        (r"(?:a|b|cc|dd|ee){1,30}", "within a repeat"),
        (r"\d{150}\d{150}", "too many ways"),
        (r"\d{0,5}", "empty text"),
        (r"(\d", "no regular expression"),
        (r"\d{400}", "no upper bound"),
        ("x" * 201, "longer than"),
    ],
)
def test_refused(expression: str, says: str) -> None:
    with pytest.raises(PiiError, match=says) as refusal:
        CustomPattern("numbers", "CUSTOMER_NUMBER", expression)
    assert "'numbers'" in str(refusal.value)


@pytest.mark.parametrize("entity", ["customer", "C", "KUNDE NR", ""])
def test_an_entity_is_a_name_in_capitals(entity: str) -> None:
    with pytest.raises(PiiError, match="capital letters"):
        CustomPattern("numbers", entity, r"\d{6}")


@pytest.mark.parametrize("score", [0.0, 1.1, -1.0])
def test_a_score_is_a_share(score: float) -> None:
    with pytest.raises(PiiError, match="score"):
        CustomPattern("numbers", "CUSTOMER_NUMBER", r"\d{6}", score=score)


@table("no. «K-123456», «K-12345678»。", "XK-123456 K-123456789 K-12345 k-123456", "号«K-123456»，")
def test_a_pattern_stands_alone(marked: str) -> None:
    check(CustomRecognizer(CustomPattern("numbers", "CUSTOMER_NUMBER", r"K-\d{6,8}")), marked)


@table("«AB-1234», «AC-1234»", "AD-1234 1AB-1234 AB-12345")
def test_choices(marked: str) -> None:
    check(CustomRecognizer(CustomPattern("numbers", "CUSTOMER_NUMBER", r"AB-\d{4}|AC-\d{4}")), marked)


@pytest.mark.slow
@pytest.mark.parametrize(
    "expression", [r"K-\d{6,8}", r"[A-Z]{2}\d{0,3}(?:-\d{4})?", r"(?:KD|CU|VN) ?\d{5,9}", r"a{0,8}a{0,6}b"]
)
def test_what_is_let_in_does_bounded_work(expression: str) -> None:
    recognizer = CustomRecognizer(CustomPattern("numbers", "CUSTOMER_NUMBER", expression))
    for text in ("K-1", "K-12345", "AB123-", "KD 1", "a", "1", "A"):
        hostile = (text * 1_000_000)[:1_000_000]
        start = time.process_time()
        recognizer.analyze(hostile, ["CUSTOMER_NUMBER"])
        assert time.process_time() - start < 4  # 2 s on a quiet machine


def test_context_and_field_raise_the_score() -> None:
    pattern = CustomPattern("numbers", "CUSTOMER_NUMBER", r"\d{7}", ("customer", "Kundennummer", "客户编号"), 0.2)
    (recognizer,) = (r for r in recognizers("en", "DE", [pattern]) if isinstance(r, CustomRecognizer))
    for text, context, raised in (
        ("customer no. 1234567", [], True),
        ("Ihre Kundennummer: 1234567", [], True),
        ("客户编号1234567", [], True),
        ("1234567", ["customer_no", "customer", "no"], True),
        ("1234567", [], False),
        ("customer asked about invoice 1234567", [], False),
    ):
        found = recognizer.analyze(text, ["CUSTOMER_NUMBER"])
        (result,) = recognizer.enhance_using_context(text, found, [], None, context)  # type: ignore[arg-type]
        assert (result.score >= 0.4) == raised, text


def test_the_setting_makes_patterns(tmp_path: Path) -> None:
    page = Path("docs/operators.md").read_text("utf-8")
    example = page.partition("```toml\n[[pii.patterns]]")[2].partition("```")[0]
    (tmp_path / "redress.toml").write_text("[[pii.patterns]]" + example, "utf-8")
    assert tomllib.loads("[[pii.patterns]]" + example)
    (pattern,) = load(tmp_path).pii.patterns
    check(CustomRecognizer(CustomPattern(**pattern.model_dump())), "no. «K-123456»")

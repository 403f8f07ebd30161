"""What the engine relies on: needs are necessary, findings stay within lines where it says so, work grows with length."""

import random
import time
from functools import cache

import pytest

from pii.recognizers.custom import CustomPattern
from pii.recognizers.groups import Contextual, GroupRecognizer, Needs
from pii.recognizers.registry import recognizers
from tests.pii.generated import texts

PATTERN = CustomPattern("numbers", "CUSTOMER_NUMBER", r"K-\d{6,8}")


@cache
def every(language: str = "en") -> list[Contextual]:
    made = recognizers(language, "DE", [PATTERN])
    assert all(isinstance(recognizer, Contextual) for recognizer in made)
    return made  # type: ignore[return-value]


NAMES = sorted({type(recognizer).__name__ for recognizer in recognizers("en", "DE")})

# Pieces that findings are made of, so that random texts come near to them.
PIECES = (
    *"0123456789 -./:,()@+#=_AXKBzé", "\n", "\r\n", "\t", "> ", "１２３", "٣", "ß", "ı", "İ", "ſ", "passwİrd: ",
        "Serıal no 12A34", "ｐｉｎ：", "\ufffd", "\u202e", "\0",
    "123", "4567", "1990-01-02", "02.01.1990", "13800138000", "+49 30 23125 123",
    "4111 1111 1111 1111", "DE89370400440532013000",
    "11010519491231002X", "111222333", "京A12345", "地址：", "建国路88号", "张伟", "先生", "微信号", "wechat: ", "qq:",
    "password: ", "密码",
    "name: ", "Anna Example", "Dear ", "Regards,", "wrote:", "<a@example.com>", "http://", "www.example.com",
        "Musterstraße 12", "10115 Berlin",
    "10 Example Street", "rue de ", "Via Roma ", "P.O. Box ", "AKIAIOSFODNN7EXAMPLE", "secret = ",
        "aB3dE6gH9jK2mN5pQ8sT", "eyJhbGciOiJI", "Bearer ",
    "-----BEGIN PRIVATE KEY-----", "AEBE52E7-03EE-455A-B3C4-E57283966239", "S/N ", "192.168.1.20", "aa:bb:cc:dd:ee:ff",
        "姓名：", "此致\n敬礼\n", "On Monday, ",
)  # fmt: skip


def random_texts(count: int) -> list[str]:
    r = random.Random(11)
    return ["".join(r.choices(PIECES, k=r.randint(1, 30))) for _ in range(count)] + [t.text for t in texts(5, count)]


TEXTS = random_texts(1500)


def spans(recognizer: Contextual, text: str, at: int = 0) -> set[tuple[int, int, float]]:
    return {(r.start + at, r.end + at, r.score) for r in recognizer.analyze(text, recognizer.supported_entities)}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_finding_implies_the_needs(language: str) -> None:
    used = set()
    for recognizer in every(language):
        for text in TEXTS:
            if spans(recognizer, text):
                used.add(type(recognizer).__name__)
                assert recognizer.NEEDS.met(text), (type(recognizer).__name__, text)
    assert len(used) > 0.8 * len(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_line_by_line_is_the_same(language: str) -> None:
    for recognizer in every(language):
        if recognizer.MULTILINE:
            continue
        for text in TEXTS:
            lines, at = set(), 0
            for line in text.split("\n"):
                part = line + "\n" if at + len(line) < len(text) else line
                lines |= spans(recognizer, part, at)
                at += len(part)
            assert lines == spans(recognizer, text), (type(recognizer).__name__, text)


@pytest.mark.parametrize(
    ("needs", "text", "met"),
    [
        (Needs(), "", True),
        (Needs(digits=3), "1 2", False),
        (Needs(digits=3), "１ 2 ٣", True),
        (Needs(any_of=("straße",)), "HAUPTSTRASSE", False),
        (Needs(any_of=("strasse", "weg")), "Hauptstraße", True),
        (Needs(any_of=("ß",)), "ss", False),
        (Needs(han=True), "abc", False),
        (Needs(han=True), "a张", True),
        (Needs(capital=True), "abc 1", False),
        (Needs(capital=True), "aBc", True),
        (Needs(digits=1, capital=True), "A", False),
    ],
)
def test_needs(needs: Needs, text: str, met: bool) -> None:
    assert needs.met(text) is met


def test_literals_are_folded() -> None:
    for recognizer in every():
        assert all(literal == literal.casefold() for literal in recognizer.NEEDS.any_of), type(recognizer).__name__


def test_our_classes_say_what_they_are() -> None:
    for recognizer in every():
        assert type(recognizer).__doc__ or recognizer.__class__.__mro__[1].__doc__, recognizer.name
        if isinstance(recognizer, GroupRecognizer):
            assert 0 < recognizer.SCORE <= 1


# Repeats of what expressions begin with, near misses, openers without closers, and what no expression expects.
HOSTILE = (
    "1", "1 ", "12-", "1.", "12/", "(1", "+1", "a", "A", "A1", "Aa ", "Aa-", "Aa Bb 1 ", "Musterstraße 1, ",
        "Berliner Straße ", "10 Example Place ",
    "1 A B ", "Via Roma ", "1 rue de la ", "P.O. Box ", "市区", "区路", "路1", "王", "号1", "北京市", "DE89 3704 ", "1.1.1990 ",
        "1 may ", "token=", "secret: aB3",
    "-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAAAAAAAAAA\n", "eyJaaaaaaaa.",
        ".eyJaaaaaaaaa", "://a:", "password ", "pin: ",
    "wechat: ", "qq:", "s/n ", "serial number ", "12345678-1234-", "\0", "\u202e1", "\ufffd", "１２３", "AB12 ", "B-MA ",
        "京A", "\n", " ", "bearer ", "> ", "a1B2-",
    "1234 ", "X1234567 ", "AKIA", "ab:", "::1:", "1.1.1.1 ", "bc1", "a@", "a.b-c@", "Mr ", "Name: ", "On 1 ", "Best ",
        "此致\n", "A'",
)  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_a_million_hostile_characters(piece: str) -> None:
    text = (piece * 1_000_000)[:1_000_000]
    for recognizer in every():
        start = time.process_time()
        recognizer.analyze(text, recognizer.supported_entities)
        assert time.process_time() - start < 6, type(recognizer).__name__  # 2 s on a quiet machine

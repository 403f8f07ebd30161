"""The analyzer finds what the plain AnalyzerEngine finds: same spans, labels and scores."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pii.analyzer import Analyzer
from pii.comparison import told
from pii.pieces import WINDOW
from pii.plain import Plain
from pii.reading import Item
from tests.pii.corpora import Letters, corpus, mails


def same(analyzer: Analyzer, plain: Plain, items: Sequence[Item]) -> None:
    for item, ours in zip(items, analyzer.stream(items), strict=True):
        theirs = plain.analyze(*item)
        assert told(ours) == told(theirs), item.field
        assert not ours.partly


def test_it_works(analyzer: Analyzer, plain: Plain) -> None:
    text = "Dear Ms Example,\ncall 030 23125 123.\n\n我的手机是13800138000。"
    assert {"PERSON", "PHONE_NUMBER", "CN_MOBILE"} <= {hit.entity_type for hit in plain.analyze(text)}
    same(analyzer, plain, [Item(text)])


@pytest.mark.parametrize("name", ["en_ewt_dev_docs", "en_presidio_synth_v2", "en_wnut17_dev", "en_sec_train"])
def test_english_corpora(analyzer: Analyzer, plain: Plain, name: str) -> None:
    same(analyzer, plain, [Item(text) for text in corpus(name, 60)])


@pytest.mark.parametrize("name", ["zh_gsdsimp_dev", "zh_gsd_dev"])
def test_chinese_corpora(analyzer: Analyzer, plain: Plain, name: str) -> None:
    same(analyzer, plain, [Item(text) for text in corpus(name, 60)])


def test_real_mail(analyzer: Analyzer, plain: Plain) -> None:
    same(analyzer, plain, [Item(text) for text in mails(60)])


@pytest.mark.slow
def test_all_the_mail(analyzer: Analyzer, plain: Plain) -> None:
    same(analyzer, plain, [Item(text) for text in mails(10_000)])


def test_threads(analyzer: Analyzer, plain: Plain) -> None:
    same(analyzer, plain, [Item(text) for seed in range(2) for text in Letters(seed).thread()])


def test_rows(analyzer: Analyzer, plain: Plain) -> None:
    same(analyzer, plain, [Item(value, field=field) for field, value in Letters(1).cells(12)])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_language_for_the_whole_text(analyzer: Analyzer, plain: Plain, language: str) -> None:
    same(analyzer, plain, [Item(Letters(seed).letter(), language) for seed in range(8)])


def test_regions(analyzer: Analyzer, plain: Plain) -> None:
    texts = ["call 01 40 20 50 50", "call 020 7946 0123", "(202) 555-0123", "phone 10-6552 1234"]
    same(analyzer, plain, [Item(text, region=region) for text in texts for region in (None, "FR", "GB", "US", "CN")])


@pytest.mark.slow
def test_a_text_of_many_windows(analyzer: Analyzer, plain: Plain) -> None:
    letters = Letters(5)
    text = "\n\n".join(letters.letter() for _ in range(100))[: WINDOW + WINDOW // 2]
    long = Analyzer(seconds=600)
    same(long, plain, [Item(text), Item(text.replace("\n", " "))])


_CHARACTERS = st.one_of(
    st.characters(),
    st.sampled_from("0123456789 \n\r\t@.:/-+()>,"),
    st.sampled_from("王李张伟的 。，：手机０１２Ａ\u200b\u202e\x00\ud800"),
)
_SNIPPETS = st.sampled_from(
    [
        "Dear Anna Example,\n", "Kind regards,\n\nMax Muster", "\n> ", "\n\n", "anna@example.com", "030 23125 123",
        "DE89 3704 0044 0532 0130 00", "此致\n敬礼\n张伟", "姓名：", "On Monday, Anna Example\nwrote:\n", "4111 1111 1111 1111",
        "11010519491231002X", "password: hunter22", "Hauptstr. 1\n10115 Berlin", "born 02.01.1990", "192.0.2.1", "Mr ",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(_SNIPPETS, st.text(_CHARACTERS, max_size=20)), max_size=12).map("".join))
def test_any_text(analyzer: Analyzer, plain: Plain, text: str) -> None:
    same(analyzer, plain, [Item(text), Item(text, field="mobile"), Item(text, field="last_name")])


def test_quote_marks_say_nothing_to_recognisers_of_lines(analyzer: Analyzer) -> None:
    """The engine shows them a quoted line without its marks; what they find in it must be the same."""
    lines = sorted({line for seed in range(6) for line in Letters(seed).letter().split("\n") if line})
    plainly = "".join(f"{line}\n" for line in lines)
    marked = "".join(f"> > {line}\n" for line in lines)
    for toolset in analyzer._reader._toolsets.values():
        for tool in (toolset.recognizers[n] for numbers in toolset._by_line.values() for n in numbers):
            found = {(r.start, r.end, r.score) for r in tool.analyze(plainly, toolset._entities, toolset._nothing)}
            shifted = set()
            for hit in tool.analyze(marked, toolset._entities, toolset._nothing):
                before = 4 * (1 + marked.count("\n", 0, hit.start))
                shifted.add((hit.start - before, hit.end - before, hit.score))
            assert shifted == found, tool.name

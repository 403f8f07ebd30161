"""Recall and precision of every recogniser together on generated CRM and mail text (`generated.py`).

A finding is right only with the very span and type. Where a number that nothing names is valid as two kinds, both are reported;
the second is then no error, as long as the right one is there. Web addresses are not planted, and what language models find
(names, places, organisations) is measured by `test_models_en.py` and `test_models_zh.py`; neither is counted.
"""

from collections import Counter

import pytest

from pii.analyzer import Analyzer
from tests.pii.generated import PLANTS, Text, texts

SAME = ({"CN_MOBILE", "PHONE_NUMBER"}, {"CN_BANK_CARD", "CREDIT_CARD"})
UNCOUNTED = {"PERSON", "LOCATION", "ORGANIZATION", "URL"}


def counts(analyzer: Analyzer, texts: list[Text]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Found, missed and false, by type."""
    found, missed, false = Counter[str](), Counter[str](), Counter[str]()
    for text, results in zip(
        texts, analyzer.analyze([t.text for t in texts], fields=[t.field for t in texts]), strict=True
    ):
        got = {(r.start, r.end, r.entity_type) for r in results if r.entity_type not in UNCOUNTED}
        found.update(label for span in text.spans if span in got for label in span[2:])
        missed.update(label for *_, label in (span for span in text.spans if span not in got))
        for start, end, label in got.difference(text.spans):
            right = {other for s, e, other in text.spans if (s, e) == (start, end) and (s, e, other) in got}
            if not any({label, other} in SAME for other in right):
                false[label] += 1
    return found, missed, false


@pytest.mark.parametrize("seed", [1, 7])
def test_recall_and_precision(analyzer: Analyzer, seed: int) -> None:
    found, missed, false = counts(analyzer, list(texts(seed, 1200)))
    total = found.total()
    assert total > 1500
    assert total / (total + missed.total()) >= 0.995, missed.most_common(5)
    assert total / (total + false.total()) >= 0.985, false.most_common(5)
    assert set(found) == {label for label, *_ in PLANTS}
    for label in found:
        assert found[label] / (found[label] + missed[label]) >= 0.9, label


def test_ordinary_numbers_alone_find_next_to_nothing(analyzer: Analyzer) -> None:
    """What real mail is full of: orders, invoices, parcels, versions, hashes, amounts, dates."""
    plain = [text for text in texts(3, 8000) if not text.spans]
    assert len(plain) > 400
    _, _, false = counts(analyzer, plain)
    assert false.total() <= 0.01 * len(plain), false.most_common(5)

"""Folding: the same name however it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.fold import fold, fold_with_offsets, fold_word


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Müller", "muller"),
        ("MÜLLER", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Straße", "strasse"),
        ("ＡＢＣ１２", "abc12"),
        ("Zoë", "zoe"),
        ("Łukasz", "łukasz"),
        ("an\u200bna", "anna"),
        ("an\u00adna", "anna"),
        ("張偉", "張偉"),
        ("İpek", "ipek"),
        ("ﬁnn", "finn"),
        ("", ""),
    ],
)
def test_it_works(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize("typed", ["Müller", "Mueller", "MUELLER", "Muller", "Mu\u0308ller"])
def test_umlauts_in_every_spelling_are_one_word(typed: str) -> None:
    assert fold_word(fold(typed)) == "muller"


@given(st.text())
def test_offsets_belong_to_the_same_folding(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text)
    assert len(offsets) == len(folded) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(text)


@given(st.text())
def test_folding_twice_changes_nothing_that_matters(text: str) -> None:
    assert fold(fold(text)) == fold(fold(fold(text)))

"""Texts with the «findings» marked that a recogniser must yield, and no others."""

import re

import pytest

from pii.recognizers.groups import GroupRecognizer


def check(recognizer: GroupRecognizer, marked: str) -> None:
    """What `analyze` yields, context aside."""
    text = re.sub("[«»]", "", marked)
    found = sorted((r.start, r.end) for r in recognizer.analyze(text, [recognizer.ENTITY]))
    assert [text[start:end] for start, end in found] == re.findall("«(.*?)»", marked, re.S)


def table(*marked: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("marked", marked)

"""The words of the answer in English, German and Simplified Chinese: `templates/words.*.toml`, same keys in each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from babel.dates import format_date

LANGUAGES = {"en": ("en", "en_GB"), "de": ("de", "de"), "zh": ("zh-Hans", "zh_Hans")}
"""Language of the request -> value of the HTML `lang` attribute, locale of dates."""

_FOLDER = Path(__file__).parent / "templates"

WORDS: Mapping[str, Mapping[str, str]] = {
    language: tomllib.loads((_FOLDER / f"words.{language}.toml").read_text("utf-8")) for language in LANGUAGES
}


def long_date(day: date, language: str) -> str:
    """The day as it is written in the language: 9 March 2026, 9. März 2026, 2026年3月9日."""
    return format_date(day, "long", locale=LANGUAGES[language][1])

"""The words of the privacy centre: `text/<language>.toml`, with the same keys in every language, and dates by Babel."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

TAGS = {"en": "en", "de": "de", "zh": "zh-Hans"}
"""Languages of the pages and their BCP 47 tags."""
NAMES = {"en": "English", "de": "Deutsch", "zh": "简体中文"}
LANGUAGES = tuple(TAGS)
CALIFORNIA = "US-CA"
"""The one region the form names beside the countries."""
_LOCALES = {"en": "en_GB", "de": "de_DE", "zh": "zh_Hans_CN"}


class Words:
    """The texts of one language. `words("code.title")` gives a text, with its `{places}` filled."""

    def __init__(self, language: str) -> None:
        self.language, self.tag = language, TAGS[language]
        self._locale = _LOCALES[language]
        self.texts = _flat(tomllib.loads(files("api").joinpath(f"text/{language}.toml").read_text("utf-8")))

    def __call__(self, key: str, **values: str) -> str:
        """Raises `KeyError` for a key or a place that does not exist."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def day(self, value: date) -> str:
        """A date as people write it."""
        return format_date(value, "long", locale=self._locale)

    def moment(self, value: datetime) -> str:
        """A local date and time, to the minute."""
        return format_datetime(value, "d. MMMM, HH:mm" if self.language == "de" else "medium", locale=self._locale)

    def megabytes(self, size: int) -> str:
        """A size in MB with one decimal, at least 0.1."""
        return f"{format_decimal(max(0.1, size / 1e6), '#,##0.0', locale=self._locale)} MB"

    def places(self) -> list[tuple[str, str]]:
        """Codes and names of countries and regions, in the order people expect."""
        return _places(self.language, self._locale, self("where.california"))

    def place(self, code: str) -> str:
        """The name of a country or region."""
        return dict(self.places())[code]


@cache
def words_in(language: str) -> Words:
    """The words of a language of `LANGUAGES`."""
    return Words(language)


def preferred(accept: str) -> str:
    """The best language for an Accept-Language header (RFC 9110, 12.5.4); English where none fits."""
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept[:500].split(",")):
        found = re.fullmatch(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?", part)
        if found and found[1].lower() in TAGS:
            wishes.append((-float(found[2] or 1), position, found[1].lower()))
    return min(wishes)[2] if wishes else "en"


@cache
def _places(language: str, locale: str, california: str) -> list[tuple[str, str]]:
    names = {code: name for code, name in Locale.parse(locale).territories.items() if re.fullmatch("[A-Z]{2}", code)}
    for union in ("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"):  # Babel's codes that are no place to live in
        names.pop(union, None)
    names[CALIFORNIA] = california
    return sorted(names.items(), key=lambda item: (_order(language, item[1]), item[0]))


def _order(language: str, name: str) -> str:
    if language == "zh":
        from pypinyin import lazy_pinyin

        return " ".join(lazy_pinyin(name))
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def _flat(sections: dict[str, dict[str, str]]) -> dict[str, str]:
    return {f"{section}.{key}": text for section, texts in sections.items() for key, text in texts.items()}

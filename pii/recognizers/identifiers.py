"""Identifiers that Presidio has no recogniser for: Chinese numbers, dates of birth, passwords named as such."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import regex

from pii.recognizers.groups import GroupRecognizer

# Chinese text has no word boundaries (`\b`): what may not stand beside a number is said by look-arounds.
_ALONE = r"(?<![0-9A-Za-z])"
_END = r"(?![0-9A-Za-z])"


class CnIdCardRecognizer(GroupRecognizer):
    """Resident identity card numbers of China: 18 places, a real date, the check character of GB 11643."""

    ENTITY = "CN_ID_CARD"
    SCORE = 1.0
    EXPRESSIONS = (regex.compile(rf"{_ALONE}(?P<found>[1-8]\d{{5}}(?:18|19|20)\d{{2}}[01]\d[0-3]\d{{4}}[\dXx]){_END}"),)
    _WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

    def accepts(self, value: str) -> bool:
        """A birthday that exists and the right check character."""
        if not value.isascii():
            return False
        total = sum(int(digit) * weight for digit, weight in zip(value[:17], self._WEIGHTS, strict=True))
        birthday = _day(int(value[6:10]), int(value[10:12]), int(value[12:14]))
        return birthday and "10X98765432"[total % 11] == value[17].upper()


class CnMobileRecognizer(GroupRecognizer):
    """Mobile numbers of mainland China, with or without +86, in one block or 3-4-4."""

    ENTITY = "CN_MOBILE"
    SCORE = 0.75
    CONTEXT = ("手机", "手機", "电话", "電話", "联系", "微信", "mobile", "phone", "tel")
    EXPRESSIONS = (
        regex.compile(
            r"(?<![0-9A-Za-z.\-])(?P<found>(?:(?:\+|00)86[ \-]?)?1[3-9]\d(?:\d{8}|[ \-]\d{4}[ \-]\d{4}))"
            r"(?![0-9A-Za-z\-])",
            regex.ASCII,
        ),
    )


class DateOfBirthRecognizer(GroupRecognizer):
    """Dates that the words around them, or the name of the field, call a birthday. Any other date is no finding."""

    ENTITY = "DATE_OF_BIRTH"
    SCORE = 0.05  # below every threshold until the context speaks
    CONTEXT = (
        "birth", "born", "dob", "d.o.b", "geburt", "geboren", "geb.", "geb", "gebdat", "naissance", "nacimiento",
        "生日", "出生", "生于", "生於",
    )  # fmt: skip
    _MONTHS: ClassVar[tuple[str, ...]] = (
        "jan",
        "feb",
        "m[aä]r",
        "apr",
        "ma[iy]",
        "jun",
        "jul",
        "aug",
        "sep",
        "o[ck]t",
        "nov",
        "de[cz]",
    )
    _MONTH = rf"(?P<mon>(?:{'|'.join(_MONTHS)})[a-zä]{{0,6}})"
    EXPRESSIONS = (
        regex.compile(rf"{_ALONE}(?P<found>(?P<y>(?:18|19|20)\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)){_END}"),
        regex.compile(
            rf"{_ALONE}(?P<found>(?P<d>\d\d?)(?P<sep>[-/.])(?P<m>\d\d?)(?P=sep)(?P<y>(?:18|19|20)\d\d)){_END}"
        ),
        regex.compile(r"(?<!\d)(?P<found>(?P<y>(?:18|19|20)\d\d)年 ?(?P<m>\d\d?)月 ?(?P<d>\d\d?)[日号]?)"),
        regex.compile(
            rf"{_ALONE}(?P<found>(?P<d>\d\d?)(?:st|nd|rd|th|\.)? {_MONTH}\.?,? (?P<y>(?:18|19|20)\d\d)){_END}", regex.I
        ),
        regex.compile(
            rf"{_ALONE}(?P<found>{_MONTH}\.? (?P<d>\d\d?)(?:st|nd|rd|th)?,? (?P<y>(?:18|19|20)\d\d)){_END}", regex.I
        ),
    )

    def accepts(self, value: str) -> bool:
        """A day that exists; with figures only, in either order of day and month."""
        parts = next(match for expression in self.EXPRESSIONS if (match := expression.fullmatch(value))).groupdict()
        year, day = int(parts["y"]), int(parts["d"])
        if "mon" in parts:
            name = parts["mon"].lower()
            month = next(i for i, start in enumerate(self._MONTHS, 1) if regex.match(start, name))
            return _day(year, month, day)
        month = int(parts["m"])
        return _day(year, month, day) or _day(year, day, month)


class PasswordRecognizer(GroupRecognizer):
    """What a text itself calls a password, PIN or security code (11 CCR 7024(d))."""

    ENTITY = "PASSWORD"
    SCORE = 0.7
    EXPRESSIONS = (
        regex.compile(
            r"(?<!\p{L})(?:password|passwd|passphrase|passcode|pwd|passwort|kennwort|pin(?:[ -]?code)?|密码|口令)"
            r"(?:[ \t]{1,3}(?:is|lautet|ist))?[ \t]{0,3}[:：=是为][ \t]{0,3}(?P<found>[^\s,;，。；<>]{4,64})",
            regex.I,
        ),
    )


def _day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True

"""Dates of birth: dates that the words around them, or the name of the field, call so."""

from __future__ import annotations

import re
from typing import ClassVar

import regex

from pii.recognizers.checksums import day
from pii.recognizers.groups import GroupRecognizer, Needs

_ALONE = r"(?<![0-9A-Za-z_.\-/])"
_END = r"(?![0-9A-Za-z_])(?![./\-][0-9])"
_YEAR = r"(?P<y>(?:18|19|20)\d\d)"

# The beginnings of the names of months in English, German, Dutch, French, Spanish, Italian, Portuguese and Polish.
_MONTHS = (
    "jan|ene|gen|janv|sty", "feb|f[eé]v|lut", "mar|m[aä]r|mrt|maa|mär", "apr|avr|abr|kwi", "ma[iyj]|mag|mei|maggio|mayo",
    "jun|juin|giu|cze", "jul|juil|lug|lip", "aug|ago|ao[uû]|sie", "sep|set|wrz", "o[ck]t|ott|out|paź|paz", "nov|lis",
    "de[cz]|d[eé]c|dic|gru",
)  # fmt: skip
_MONTH = rf"(?P<mon>(?:{'|'.join(_MONTHS)})[a-zäéûçśźń]{{0,8}})"


class DateOfBirthRecognizer(GroupRecognizer):
    """Dates that the words around them, or the name of the field, call a birthday. Any other date is no finding."""

    ENTITY = "DATE_OF_BIRTH"
    SCORE = 0.05  # below every threshold until the context speaks
    CONTEXT = (
        "birth", "born", "dob", "d.o.b", "bday", "geburt", "geboren", "geb", "gebdat", "geboorte", "naissance", "né le",
        "née le", "né(e) le", "né", "née", "nacimiento", "nacido", "nacida", "nascita", "nato", "nata", "nascimento",
        "nascido", "nascida", "urodzenia", "urodzony", "född", "født", "syntymä", "生日", "出生", "生于", "生於", "诞辰",
    )  # fmt: skip
    RIVALS = re.compile(
        r"(?<![a-zà-ÿ])(?:hired|since|joined|signed|created|issued?|expir\w{1,5}|valid|until|updated|start\w{0,4}|due|order\w{0,3}|"
        r"invoice|delivery|meeting|seit|eintritt\w{0,8}|ausgestellt|gültig|rechnung\w{0,8}|bestell\w{0,8}|termin|vom|"
        r"délivr\w{1,3}|depuis|expedi\w{1,5}|desde|rilasciat\w|sinds|geldig)(?![a-zà-ÿ])|入职|签发|有效|订单|下单|注册|创建"
    )
    WITHIN_LINE = True
    NEEDS = Needs(digits=3)
    EXPRESSIONS = (
        regex.compile(rf"{_ALONE}(?P<found>{_YEAR}(?P<sep>[\-/. ])(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)){_END}"),
        regex.compile(rf"{_ALONE}(?P<found>(?P<d>\d\d?)(?P<sep>[\-/.]) ?(?P<m>\d\d?)(?P=sep) ?{_YEAR}){_END}"),
        regex.compile(rf"{_ALONE}(?P<found>(?P<d>\d\d?) (?P<m>\d\d) {_YEAR}){_END}"),
        regex.compile(rf"{_ALONE}(?P<found>(?P<d>\d\d?)(?P<sep>[\-/.])(?P<m>\d\d?)(?P=sep)(?P<y>\d\d)){_END}"),
        regex.compile(rf"{_ALONE}(?P<found>{_YEAR}(?P<m>[01]\d)(?P<d>[0-3]\d)){_END}"),
        regex.compile(r"(?<!\d)(?P<found>(?P<y>(?:18|19|20)\d\d) ?年 ?(?P<m>\d\d?) ?月 ?(?P<d>\d\d?) ?[日号號]?)"),
        regex.compile(
            rf"{_ALONE}(?P<found>(?P<d>\d\d?)(?:st|nd|rd|th|er|º|\.)?[ \-](?:of |de )?{_MONTH}\.?,?[ \-](?:de |del )?"
            rf"(?P<y>(?:18|19|20)\d\d|\d\d)){_END}",
            regex.I,
        ),
        regex.compile(rf"{_ALONE}(?P<found>{_MONTH}\.? (?P<d>\d\d?)(?:st|nd|rd|th)?,? {_YEAR}){_END}", regex.I),
    )
    _STARTS: ClassVar[tuple[re.Pattern[str], ...]] = tuple(re.compile(starts) for starts in _MONTHS)

    def accepts(self, value: str) -> bool:
        """A day that exists; with figures only, in either order of day and month."""
        parts = next(match for expression in self.EXPRESSIONS if (match := expression.fullmatch(value))).groupdict()
        year, number = int(parts["y"]), int(parts["d"])
        year += 1900 if year < 100 else 0
        if "mon" in parts:
            name = parts["mon"].lower()
            return any(start.match(name) and day(year, month, number) for month, start in enumerate(self._STARTS, 1))
        month = int(parts["m"])
        return day(year, month, number) or day(year, number, month)

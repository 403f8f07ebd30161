"""Postal addresses in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex
from presidio_analyzer import EntityRecognizer, RecognizerResult

from pii.recognizers.groups import GroupRecognizer, Needs, narrow

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_NUMERAL = r"(?:\d{1,5}(?:-\d{1,4}){0,2}|[一二三四五六七八九十百]{1,5})"
_UNIT = r"(?:号楼|號樓|号|號|栋|棟|幢|座|单元|單元|室|楼|樓|层|層|户|房|弄)"
_KIND = "(?:路|街|大道|道|巷|弄|胡同|村|里|段|园|園|区|區|苑|厦|廈|寓|场|場|心|镇|鎮|乡|鄉|组|組|城|府|庭|湾)"
_REACH = 40  # characters that an address may have before its street's number
_PROVINCE = regex.compile(
    "北京|天津|上海|重庆|重慶|河北|山西|内蒙古|辽宁|遼寧|吉林|黑龙江|黑龍江|江苏|江蘇|浙江|安徽|福建|江西|山东|山東|河南|湖北|湖南|"
    "广东|廣東|广西|廣西|海南|四川|贵州|貴州|云南|雲南|西藏|陕西|陝西|甘肃|甘肅|青海|宁夏|寧夏|新疆|香港|澳门|澳門|台湾|台灣|臺灣|臺北|台北"
)
# What ends before an address begins.
_LEADS = regex.compile(
    r"地址[是为為]?|住址[是为為]?|住在|家住|居住于|位于|位於|寄到|寄往|寄至|寄给|送到|送至|送往|搬到|搬至|改为|改成|现住|户籍|住[:]?|[在到至从是为為于於给]"
)
_TOWN = regex.compile(r"\p{Han}{2,4}(?:市|县|縣|区|區)")


class ZhAddressRecognizer(GroupRecognizer):
    """Chinese addresses up to the house or the room, from the province, the town or the word that calls them so."""

    ENTITY = "POSTAL_ADDRESS"
    SCORE = 0.7
    NEEDS = Needs(han=True)
    EXPRESSIONS = (
        regex.compile(
            rf"{_KIND}[东西南北中東]?[ ]?{_NUMERAL}[ ]?{_UNIT}"
            rf"(?:院|[ ]?附\d{{1,3}}号)?(?:[ ]?(?:\p{{Han}}{{2,10}}?)?[ ]?(?:[A-Za-z]?{_NUMERAL}|[A-Za-z])[ ]?{_UNIT}){{0,4}}"
            r"(?:[ ]?[A-Za-z]?\d{1,4}(?:-\d{1,4}){1,2}|[ ]?\d{3,4}(?![\d年月日\-.]))?"
        ),
    )

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The addresses in `text`: the street's number is found first, then where the address begins."""
        text = narrow(text)
        found = []
        for expression in self.EXPRESSIONS:
            for match in expression.finditer(text):
                start = self._start(text, match.start())
                if match.start() - start >= 1:
                    found.append(self.result(start, match.end(), self.SCORE))
        return EntityRecognizer.remove_duplicates(found)

    def _start(self, text: str, core: int) -> int:
        """Where the address begins whose street's kind stands at `core`."""
        first = max(0, core - _REACH)
        run = regex.search(r"(?:[\p{Han}A-Za-z\d·]|(?<=\p{Han})[ ](?=\p{Han}))*\Z", text[first:core])
        start = first + run.start() if run else core
        province = _PROVINCE.search(text, start, core)
        if province is not None:
            return province.start()
        lead = max((match.end() for match in _LEADS.finditer(text, start, core)), default=start)
        blank = text.rfind(" ", lead, core) + 1
        town = _TOWN.search(text, lead, core)
        return town.start() if town and blank and town.start() < blank else max(lead, blank)

"""Names of people that the form of the text gives away, without a language model: Chinese script.

A name is a surname of the list and one or two characters more. The list holds the common surnames in both scripts;
rarer ones need a language model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex
from presidio_analyzer import EntityRecognizer, RecognizerResult

from pii.recognizers.groups import GroupRecognizer, Needs

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_SINGLE = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖蕭田董袁潘于蒋蔣蔡余杜叶葉程"
    "苏蘇魏吕呂丁任沈姚卢盧姜崔钟鐘鍾谭譚陆陸汪范石廖贾賈夏韦韋付傅方白邹鄒孟熊秦邱江尹薛闫閻阎段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔"
    "邵万萬钱錢严嚴覃武戴莫孔向汤湯温溫康施文牛樊葛邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭焦俞左柳甘祝包"
)
_COMPOUND = "欧阳|歐陽|上官|司马|司馬|诸葛|諸葛|司徒|东方|東方|慕容|皇甫|尉迟|尉遲|长孙|長孫|令狐|夏侯|端木|南宫|南宮"
_SURNAME = rf"(?:{_COMPOUND}|[{_SINGLE}])"
NAME = rf"(?:{_SURNAME}\p{{Han}}{{1,2}}|\p{{Han}}{{2,8}}·\p{{Han}}{{2,8}})"
_SP = r"[ \t\u00a0\u3000]"
_PARTICLE = regex.compile(r"[的和与與了是及]")  # never in a name of this form


class ZhTitleRecognizer(GroupRecognizer):
    """A name before a form of address: 张伟先生, 王经理, 欧阳女士. The title is no part of the finding."""

    ENTITY = "PERSON"
    SCORE = 0.8
    NEEDS = Needs(han=True)
    TITLE = regex.compile(
        r"先生|女士|小姐|太太|夫人|经理|經理|老师|老師|医生|醫生|大夫|教授|主任|总监|總監|总裁|董事长|博士|律师|律師|师傅|同学|阿姨|叔叔"
    )
    # A surname's character that here belongs to another word: 感谢张伟先生, 关于王经理.
    _OTHER_WORD = regex.compile(
        r"感谢|感謝|多谢|谢谢|謝謝|答谢|关于|關於|对于|于是|由于|属于|至于|安排|通知|包括|方便|文件|任何|高级|高級|"
        r"[担擔出升就历歷前现現继繼兼]任|任[系创創何职職]|诸侯|諸侯|英格[兰蘭]|白衣|[历歷文学學]史|东方三|東方三"
        rf"|[向于](?=[{_SINGLE}])"
    )
    _EXACT = regex.compile(rf"(?:{_COMPOUND})\p{{Han}}{{0,2}}|[{_SINGLE}]\p{{Han}}{{0,2}}")

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The names before a title; of several readings the longest that holds no other word."""
        results = []
        for title in self.TITLE.finditer(text):
            for length in (4, 3, 2, 1):
                start = title.start() - length
                if start >= 0 and self._is_name(text, start, title.start()):
                    results.append(self.result(start, title.start(), self.SCORE))
                    break
        return EntityRecognizer.remove_duplicates(results)

    def _is_name(self, text: str, start: int, end: int) -> bool:
        candidate = text[start:end]
        match = self._EXACT.fullmatch(candidate)
        if (
            match is None
            or _PARTICLE.search(candidate)
            or (len(candidate) == 4 and not regex.match(_COMPOUND, candidate))
        ):
            return False
        around = self._OTHER_WORD.finditer(text, max(0, start - 1), end)
        return not any(other.start() <= start < other.end() for other in around)


class ZhNamedRecognizer(GroupRecognizer):
    """A name after its label: 姓名：张伟, 联系人: 王芳, 尊敬的李雷. A name with a title is left to `ZhTitleRecognizer`."""

    ENTITY = "PERSON"
    SCORE = 0.8
    NEEDS = Needs(han=True)
    MULTILINE = True
    EXPRESSIONS = (
        regex.compile(
            rf"(?:姓名|名字|联系人|聯絡人|聯繫人|联络人|客户|客戶|收件人|收货人|收貨人|寄件人|发件人|發件人|签收人|申请人|申請人|负责人|負責人|"
            rf"经办人|经手人|法定代表人|法人|代理人|投保人|被保险人|受益人|持卡人|户名|開戶名|开户名|患者|病人|员工|員工|业务员|乘客|旅客|"
            rf"配偶|父亲|母亲|抄送|此致|致|(?i:name|contact|customer|client)){_SP}{{0,3}}"
            rf"[:：]{_SP}{{0,3}}(?P<found>{NAME})(?!\p{{Han}})"
        ),
        regex.compile(
            rf"(?:尊敬的|亲爱的|親愛的){_SP}{{0,2}}(?P<found>{NAME})(?={_SP}{{0,2}}(?:[,，:：!！\n]|$|您好|你好))"
        ),
        regex.compile(rf"我(?:叫|是){_SP}{{0,2}}(?P<found>{NAME})(?!\p{{Han}})"),
    )

    def accepts(self, value: str) -> bool:
        """No title within."""
        return ZhTitleRecognizer.TITLE.search(value) is None


class ZhSignatureRecognizer(GroupRecognizer):
    """The name under a closing formula: 此致\\n敬礼\\n张伟."""

    ENTITY = "PERSON"
    SCORE = 0.8
    NEEDS = Needs(han=True)
    MULTILINE = True
    EXPRESSIONS = (
        regex.compile(
            rf"(?m)^[>\s]{{0,8}}(?:此致|祝好|顺祝商祺|順祝商祺|谨上|敬上|敬礼|敬禮|祝商祺|谢谢|謝謝|感谢)[!！。，,]?{_SP}{{0,3}}"
            rf"(?:\r?\n[> \t\u3000]{{0,8}}(?:敬礼|敬禮)?[!！]?{_SP}{{0,3}}){{1,3}}"
            rf"(?P<found>{NAME}){_SP}{{0,3}}(?=[|｜(（]|\r?\n|\Z)"
        ),
    )


class ZhAttributionRecognizer(GroupRecognizer):
    """Who is quoted: 张伟 写道：, 在 2026年3月5日，王芳 <wang@example.com> 写道：, and the display name 张伟 <…>."""

    ENTITY = "PERSON"
    SCORE = 0.85
    NEEDS = Needs(han=True)
    MULTILINE = True
    EXPRESSIONS = (
        regex.compile(
            rf"(?<!\p{{Han}})(?P<found>{NAME}){_SP}{{0,3}}(?:[<(（][^\n<>()（）]{{3,120}}[>)）])?\s{{0,3}}(?:写道|寫道)\s?[:：]"
        ),
        regex.compile(rf"(?<!\p{{Han}})(?P<found>{NAME})[\"”]?{_SP}{{0,3}}<[^\s<>@]{{1,64}}@[^\s<>@]{{1,255}}>"),
    )

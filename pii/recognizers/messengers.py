"""Names in messengers that the text calls so: WeChat, QQ and others."""

from __future__ import annotations

import regex

from pii.recognizers.groups import GroupRecognizer, Needs

_IS = r"(?:同号|同號|[/&](?:微信|QQ|qq|[Ww]e[Cc]hat))?[\"”】]?[ \t]{0,3}(?:[:：=是为為]|[-–](?=[ ])|is|加)?[ \t]{0,3}[\"“]?"


class WeChatRecognizer(GroupRecognizer):
    """WeChat ids: a letter, then 5 to 19 letters, digits, hyphens and underscores; or the telephone number used as one."""

    ENTITY = "WECHAT_ID"
    SCORE = 0.7
    NEEDS = Needs(any_of=("微信", "wechat", "weixin", "wx", "vx", "v信", "薇信", "威信"))
    _NOTE = r"(?:\([^\n()]{0,12}\))?"
    _LATIN = rf"(?<![A-Za-z0-9_/.])(?i:wechat|we chat|weixin|wxid|wx|vx|v信)(?:[ _\-]?(?i:id|no\.?|number)|号)?{_NOTE}"
    _HAN = rf"(?:微信|薇信|威信)(?:号码|号|號|账号|[ ]?(?i:id))?{_NOTE}"
    EXPRESSIONS = (
        regex.compile(
            rf"(?:{_LATIN}(?=[ \t\"：:=是为]){_IS}|{_HAN}{_IS})"
            r"(?P<found>[A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_\-@]|\.[A-Za-z])",
        ),
    )
    _WORDS = frozenset(
        "account message messages group groups public official mini program please number contact wechat".split()
    )

    def accepts(self, value: str) -> bool:
        """No ordinary word of such texts: an id holds a digit or a sign, or follows a colon in one case."""
        return value.lower() not in self._WORDS and (not value.isalpha() or value.islower())


class QqRecognizer(GroupRecognizer):
    """QQ numbers: five to eleven digits."""

    ENTITY = "QQ_ID"
    SCORE = 0.7
    NEEDS = Needs(digits=5, any_of=("qq", "扣扣", "企鹅"))
    EXPRESSIONS = (
        regex.compile(
            r"(?:(?<![A-Za-z0-9_@.])(?i:qq)|扣扣|企鹅)(?:群|号码|号|號|账号|(?i:[ _\-]?(?:id|no\.?|number|im)))?"
            rf"(?:\([^\n()]{{0,12}}\))?{_IS}"
            r"(?P<found>[1-9]\d{4,10})(?![0-9A-Za-z_@])",
            regex.ASCII,
        ),
    )

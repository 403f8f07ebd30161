"""Which language a text is analysed in, told by its script alone."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTER = re.compile(r"[^\W\d_]")
_LOOKED_AT = 4000  # characters; the script of a text shows early


def language_of(text: str) -> str:
    """`zh` where at least a fifth of the letters are Han, else `en`.

    English stands for every language in other scripts: the recognisers registered for it know German and other European
    forms too. Japanese text counts by its Han share like any other.
    """
    text = text[:_LOOKED_AT]
    letters = len(_LETTER.findall(text))
    return "zh" if letters and len(_HAN.findall(text)) * 5 >= letters else "en"

"""Chinese text of our own: news, posts, narrative, records and mail, from sentences with places for names.

A line of `zh_text/*.txt` is one sentence or record. `[a|b]` is either of two, `{人}` a name or another thing to be filled in;
`_SLOTS` says what each stands for. `\\n` and `\\t` are line feed and tab.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from pii.training.corpora import Record, Span, joined
from pii.training.zh_names import TEXTS, Names, words

# How much of each kind there is among generated records.
KINDS = {"news": 0.33, "social": 0.2, "records": 0.25, "narrative": 0.22}

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{([^{}]+)\}")
_GLUE = ("", "\n", " ", "，")


@cache
def _sentences(kind: str) -> tuple[str, ...]:
    lines = (TEXTS / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.replace("\\n", "\n").replace("\\t", "\t") for line in lines if line)


def records(rng: Random, names: Names, count: int) -> Iterator[Record]:
    """Generated records of every kind; one in eight is two of them joined."""
    writer = Writer(rng, names)
    for kind in rng.choices(list(KINDS), list(KINDS.values()), k=count):
        record = writer.record(kind)
        if rng.random() < 0.12:
            record = joined([record, writer.record(kind)], rng.choice(_GLUE))
        yield record


class Writer:
    """Fills in sentences."""

    def __init__(self, rng: Random, names: Names) -> None:
        self.rng, self.names = rng, names

    def record(self, kind: str) -> Record:
        """A record of a kind (`KINDS`)."""
        return self.filled(self.rng.choice(_sentences(kind)))

    def filled(self, sentence: str) -> Record:
        """The sentence with its choices made and its slots filled in. Raises KeyError for an unknown slot."""
        while (chosen := _CHOICE.sub(lambda found: self.rng.choice(found[1].split("|")), sentence)) != sentence:
            sentence = chosen
        text, spans, at = "", list[Span](), 0
        for slot in _SLOT.finditer(sentence):
            text += sentence[at : slot.start()]
            label, make = _SLOTS[slot[1]]
            value = make(self)
            if label:
                start = len(text)
                if label == "LOCATION" and spans and spans[-1][1:] == (start, label):
                    start = spans.pop()[0]  # province, city and street are one place
                spans.append((start, len(text) + len(value), label))
            text += value
            at = slot.end()
        return Record(text + sentence[at:], tuple(spans))

    def phone(self) -> str:
        """A telephone number, or something that looks like one."""
        digits = "".join(self.rng.choice("0123456789") for _ in range(9))
        if self.rng.random() < 0.6:
            return "1" + self.rng.choice("3456789") + digits
        return f"{self.rng.choice(('010', '021', '0755', '0571'))}-{digits[:8]}"

    def mail(self) -> str:
        """A mail address of a reserved domain."""
        given, family = (
            self.rng.choice(words("given names in pinyin")),
            self.rng.choice(words("family names in pinyin")),
        )
        local = given + self.rng.choice(("", ".", "_")) + family
        return f"{local.lower()}@{self.rng.choice(('example.com', 'example.cn', 'example.org', 'mail.example'))}"

    def number(self) -> str:
        """A number in digits or characters."""
        rng = self.rng
        if rng.random() < 0.4:
            return rng.choice("二三四五六七八九") + rng.choice(("", "十", "十" + rng.choice("一二三四五六七")))
        return str(rng.randint(1, rng.choice((9, 99, 2026))))

    def date(self) -> str:
        """A day."""
        year, month, day = self.rng.randint(1990, 2026), self.rng.randint(1, 12), self.rng.randint(1, 28)
        return self.rng.choice(
            (
                f"{month}月{day}日",
                f"{day}日",
                f"{year}年{month}月{day}日",
                f"{year}-{month:02}-{day:02}",
                f"{year}/{month}/{day}",
                "昨天",
                f"周{self.rng.choice('一二三四五六日')}",
                "上月",
                "下周三",
            )
        )

    def one(self, section: str) -> str:
        """A word of a section of names.txt."""
        return self.rng.choice(words(section))


_SLOTS: dict[str, tuple[str, Callable[[Writer], str]]] = {
    "人": ("PERSON", lambda w: w.names.person()),
    "中": ("PERSON", lambda w: w.names.chinese()),
    "姓": ("PERSON", lambda w: w.names.surname()),  # before a form of address, which is no part of the name
    "中名": ("PERSON", lambda w: w.names.given()),
    "名": ("PERSON", lambda w: w.names.given() if w.rng.random() < 0.8 else w.names.familiar()),
    "名名": ("PERSON", lambda w: w.names.child()),
    "宝": ("PERSON", lambda w: w.one("pet names") if w.rng.random() < 0.6 else w.names.child()),
    "称": ("PERSON", lambda w: w.names.familiar()),
    "老称": ("PERSON", lambda w: "老" + w.names.common_surname()),
    "某": ("PERSON", lambda w: w.names.unnamed()),
    "外": ("PERSON", lambda w: w.names.foreign()),
    "日本人": ("PERSON", lambda w: w.names.japanese()),
    "韩国人": ("PERSON", lambda w: w.names.korean()),
    "民族人": ("PERSON", lambda w: w.names.minority()),
    "英": ("PERSON", lambda w: w.names.english() if w.rng.random() < 0.8 else w.names.latin()),
    "英全": ("PERSON", lambda w: w.names.latin()),
    "地": ("LOCATION", lambda w: w.names.place()),
    "国": ("LOCATION", lambda w: w.one("countries")),
    "市": ("LOCATION", lambda w: w.one("cities" if w.rng.random() < 0.8 else "foreign places")),
    "省": ("LOCATION", lambda w: w.one("provinces in full")),
    "街": ("LOCATION", lambda w: w.names.street()),
    "机构": ("ORGANIZATION", lambda w: w.names.organization()),
    "公司": ("ORGANIZATION", lambda w: w.names.firm()),
    "校": ("ORGANIZATION", lambda w: w.names.school()),
    "译": ("", lambda w: w.names.transliterated()),  # of something that is no name by itself
    "拉丁": ("", lambda w: w.one("latin words")),
    "成语": ("", lambda w: w.one("idioms")),
    "昵": ("", lambda w: w.one("handles")),
    "职": ("", lambda w: w.one("offices")),
    "尊": ("", lambda w: w.one("forms of address")),
    "号": ("", lambda w: w.phone()),
    "邮": ("", lambda w: w.mail()),
    "日期": ("", lambda w: w.date()),
    "数": ("", lambda w: w.number()),
}

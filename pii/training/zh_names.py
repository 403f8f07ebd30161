"""Names in Chinese text, made up from what names are made of: people of many countries, places, organisations.

Everything is in simplified characters: the pipeline folds traditional ones before it reads.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

TEXTS = Path(__file__).with_name("zh_text")
# What the dot of a transliterated name looks like; the first two are the proper ones.
_DOTS, _DOT_WEIGHTS = "·•‧・.", (83, 3, 8, 3, 3)


@cache
def _sections() -> dict[str, tuple[str, ...]]:
    text = (TEXTS / "names.txt").read_text(encoding="utf-8")
    parts = re.split(r"^\[(.+)\]$", text, flags=re.MULTILINE)
    return {name: tuple(words.split()) for name, words in zip(parts[1::2], parts[2::2], strict=True)}


def words(section: str) -> tuple[str, ...]:
    """The words of a section of names.txt. Raises KeyError for one that is not there."""
    return _sections()[section]


@cache
def surnames() -> dict[str, int]:
    """Surnames of one character and their weights."""
    return {word: int(weight) for word, _, weight in (entry.partition(":") for entry in words("surnames"))}


class Names:
    """Makes up names. `places` and `organizations` are names to use besides those of names.txt, `rare` are characters
    that a given name may hold though few do."""

    def __init__(
        self, rng: Random, places: tuple[str, ...] = (), organizations: tuple[str, ...] = (), rare: str = "霁翀翾劼赟昶"
    ) -> None:
        self._rng = rng
        self._places, self._organizations, self._rare = places, organizations, rare
        self.common_words: tuple[str, ...] = ()  # that people are called too, such as 向东 and 花蕾

    def _one(self, *sections: str) -> str:
        return self._rng.choice([word for section in sections for word in words(section)])

    def _either(self, chance: float) -> bool:
        return self._rng.random() < chance

    def surname(self) -> str:
        """A surname, common ones mostly."""
        if self._either(0.03):
            return self._one("double surnames")
        if self._either(0.15):
            return self._rng.choice(list(surnames()))
        return self.common_surname()

    def common_surname(self) -> str:
        """A surname of one character, by its share of the population."""
        return self._rng.choices(list(surnames()), list(surnames().values()))[0]

    def given(self) -> str:
        """A given name of one or two characters."""
        if self.common_words and self._either(0.1):
            return self._rng.choice(self.common_words)
        if self._either(0.25):
            return self._one("given names of one character") if self._either(0.85) else self._rng.choice(self._rare)
        section = "characters of men's names" if self._either(0.55) else "characters of women's names"
        first, second = (self._one(section) if self._either(0.93) else self._rng.choice(self._rare) for _ in "12")
        return first + first if self._either(0.03) else first + second

    def chinese(self) -> str:
        """Surname and given name; a married woman may have two surnames."""
        married = self._rng.choice(list(surnames())) if self._either(0.015) else ""
        return self.surname() + married + self.given()

    def _syllables(self, count: int) -> str:
        return "".join(self._one("syllables of transliterations") for _ in range(count)) + self._one(
            "ends of transliterations"
        )

    def transliterated(self) -> str:
        """A foreign word by its sound."""
        return self._syllables(self._rng.choice((1, 1, 2, 2, 3)))

    def _foreign_given(self) -> str:
        if self._either(0.65):
            return self._one("transliterated given names")
        return self._syllables(self._rng.choice((1, 1, 2)))

    def _foreign_family(self) -> str:
        if self._either(0.5):
            return self._one("transliterated family names")
        return self._syllables(self._rng.choice((1, 2, 2, 3, 3)))

    def foreign(self) -> str:
        """A transliterated name: the family name alone, a given name alone, or several with dots between them."""
        kind = self._rng.random()
        if kind < 0.5:
            return self._foreign_family() if kind < 0.42 else self._foreign_given()
        parts = [self._foreign_given(), self._foreign_family()]
        if self._either(0.12):
            parts.insert(1, self._foreign_given() if self._either(0.6) else self._rng.choice("ABCDEFGHJKLMPRSTW"))
        if self._either(0.05):
            parts.insert(1, self._one("particles of transliterations"))
        return self._rng.choices(_DOTS, _DOT_WEIGHTS)[0].join(parts)

    def japanese(self) -> str:
        """A Japanese name in Chinese characters, one in five the family name alone."""
        return self._one("japanese family names") + (self._one("japanese given names") if self._either(0.8) else "")

    def korean(self) -> str:
        """A Korean name in Chinese characters."""
        return self._one("korean family names") + self._one("korean given names")

    def minority(self) -> str:
        """A name as Tibetans, Uyghurs, Mongols and others of China have them."""
        return self._one("other names of china")

    def english(self) -> str:
        """An English given name, as colleagues use it."""
        return self._one("english given names")

    def latin(self) -> str:
        """A full name in Latin letters, half of them Chinese."""
        kind = self._rng.random()
        if kind < 0.45:
            return self._one("english given names", "given names in pinyin") + " " + self._one("family names in pinyin")
        if kind < 0.53:
            return self._one("family names in pinyin") + " " + self._one("given names in pinyin")
        return self._one("english given names") + " " + self._one("english family names")

    def familiar(self) -> str:
        """What friends and colleagues say: 小王, 老李, 阿强, 婷婷."""
        kind = self._rng.random()
        for chance, prefix in ((0.35, "小"), (0.6, "老"), (0.67, "大")):
            if kind < chance:
                return prefix + self.common_surname()
        if kind < 0.9:
            return ("阿" if kind < 0.82 else "小") + self._one("given names of one character")
        return self.child()

    def child(self) -> str:
        """A character twice, or 小 and one."""
        return self._one("characters of women's names") * 2 if self._either(0.7) else "小" + self.given()[-1]

    def unnamed(self) -> str:
        """A surname and 某, as reports hide the given name."""
        return self.surname() + self._rng.choice(("某", "某", "某", "某某", "某甲"))

    def person(self) -> str:
        """Anyone's name, Chinese in two of three cases."""
        makers = (self.chinese, self.foreign, self.japanese, self.korean, self.minority, self.english, self.latin)
        return self._rng.choices(makers, (66, 24, 4, 2, 1.5, 1, 1.5))[0]()

    def place(self) -> str:
        """A place of any size, in China mostly."""
        kind = self._rng.choices(range(8), (10, 20, 20, 8, 6, 8, 6, 22))[0]
        if kind == 0:
            return self._one("provinces", "provinces in full")
        if kind == 1:
            return self._one("cities") + ("市" if self._either(0.3) else "")
        if kind == 2:
            return self._one("countries") if self._either(0.5) else self._one("foreign places")
        if kind == 3:
            return self._one("sights and quarters")
        if kind == 4:
            return self._one("provinces in full") + self._one("cities") + "市"
        if kind == 5:
            return self.street()
        if kind == 6:
            return self._syllables(2) + self._one("kinds of foreign places")
        return self._rng.choice(self._places) if self._places else self._one("cities") + self.street()

    def street(self) -> str:
        """A street, quarter, township or village."""
        if self._either(0.4):
            return self._one("streets") + self._one("kinds of local places")
        local = self._one("first characters of firms") + self._one("ends of local names")
        return local + self._one("kinds of local places")

    def firm(self) -> str:
        """A firm, with or without its seat, line of business and legal form."""
        kind = self._rng.random()
        if kind < 0.3:
            return self._one("foreign firms") if kind < 0.12 else self._one("well-known firms")
        first = "".join(self._one("first characters of firms") for _ in range(1 if self._either(0.8) else 2))
        brand = first + self._one("last characters of firms")
        if kind < 0.4:
            return brand
        seat = self._one("cities") + ("市" if self._either(0.4) else "") if self._either(0.6) else ""
        return seat + brand + self._one("lines of business") + self._one("legal forms")

    def school(self) -> str:
        """A university or school."""
        if self._either(0.25):
            return self._one("well-known universities")
        kind = "kinds of university" if self._either(0.75) else "kinds of school"
        return self._one("cities", "provinces") + self._one(kind)

    def organization(self) -> str:
        """An organisation of any kind."""
        kind = self._rng.choices(range(6), (35, 15, 12, 10, 8, 20))[0]
        if kind == 1:
            return self._one("cities") + ("市" if self._either(0.6) else "") + self._one("public bodies of a city")
        if kind == 2:
            return self.firm()
        if kind == 3:
            return self.school()
        if kind == 4:
            return self._one("cities", "foreign places", "countries") + self._one("teams and offices of a place")
        if kind == 5 and self._organizations:
            return self._rng.choice(self._organizations)
        return self._one("organisations")

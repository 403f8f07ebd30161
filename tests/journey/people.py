"""The people who ask, and the strangers around them. All invented; the numbers are reserved for drama or unassigned."""

from __future__ import annotations

from dataclasses import dataclass

from discovery.identifiers import Kind


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody planted. `family` comes last in Western names and first in Chinese ones; empty strings are not known."""

    key: str
    given: str = ""
    family: str = ""
    email: str = ""
    phone: str = ""  # E.164
    national: str = ""  # as dialled inside the country, digits only
    charsets: tuple[str, ...] = ("utf-8",)  # that can hold the name

    @property
    def name(self) -> str:
        """The whole name as it is written where the person comes from."""
        return f"{self.family}{self.given}" if self.chinese else f"{self.given} {self.family}".strip()

    @property
    def chinese(self) -> bool:
        """Whether the family name stands first, without a space."""
        return bool(self.family) and "\u4e00" <= self.family[0] <= "\u9fff"

    @property
    def asked(self) -> tuple[tuple[Kind, str], ...]:
        """What they give when asking."""
        pairs = ((Kind.EMAIL, self.email), (Kind.PHONE, self.phone), (Kind.NAME, self.name))
        return tuple((kind, value) for kind, value in pairs if value)


ROSALIND = Person("en", "Rosalind", "Thackeray", "rosalind.thackeray@moss.example", "+12025550143", "2025550143")
JUERGEN = Person(
    "de",
    "Jürgen",
    "Österreicher",
    "j.oesterreicher@weissbrot.example",
    "+493023125042",
    "03023125042",
    ("utf-8", "iso-8859-15", "windows-1252"),
)
WEI = Person(
    "zh", "伟", "张", "zhang.wei1987@youxiang.example", "+8619900007142", "19900007142", ("utf-8", "gb18030", "gb2312")
)
INIGUEZ = Person(
    "es",
    "María",
    "Íñiguez de la Peña",
    "m.iniguez-pena@correo.example",
    "+34911550143",
    "911550143",
    ("utf-8", "iso-8859-1"),
)
ONEIL = Person(
    "ie", "Séan", "O'Neil", "sean.o'neil+news@ballymote.example", "+353209101143", "0209101143", ("utf-8", "iso-8859-1")
)
CALLER = Person("tel", phone="+491713920042", national="01713920042")
PEOPLE = (ROSALIND, JUERGEN, WEI, INIGUEZ, ONEIL, CALLER)

STRANGER = Person(
    "stranger", "Leocadia", "Brombeerstrauch", "leocadia@brombeer.example", "+447700900531", "07700900531"
)
"""Stands beside the people in mails and rows: her data must leave with nobody."""
NAMESAKE = Person("namesake", "伟", "张", "zw_beijing@bieren.example", "+8619900003377", "19900003377")
"""Another 张伟: the same name, another person."""
PINYIN = Person("pinyin", "Wei", "Zhang", "weizhang.toronto@canada.example", "+14165550176", "4165550176")
NEIGHBOUR = Person("neighbour", "Jorgen", "Osterreich", "osterreich@anders.example", "+493023125099", "03023125099")
STRANGERS = (STRANGER, NAMESAKE, PINYIN, NEIGHBOUR)


def by_key(key: str) -> Person:
    """The person of a key."""
    return next(person for person in (*PEOPLE, *STRANGERS) if person.key == key)

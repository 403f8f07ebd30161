"""Invented people: who they are, where they live, and how they are written down in a CRM."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from cli.demo import names
from cli.demo.phones import Phone, Supply

AS_OF = date(2026, 11, 2)  # "today" in the sample company; fixed, so that the same seed gives the same bytes
DOMAIN = "nordwind.example"
_LATIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ş": "s", "ı": "i", " ": "", "'": ""})


def dice(seed: int, topic: str) -> Random:
    """A generator of its own per topic, so that a change in one part of the sample leaves the others alone."""
    return Random(f"{seed}/{topic}")  # noqa: S311 - sample data, nothing here is secret


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """Somebody the company knows. `given` and `family` are in the person's own script, `latin` is "Given Family"."""

    language: str
    given: str
    family: str
    latin: str
    email: str | None
    phone: Phone | None = None
    mobile: Phone | None = None
    style: int = 0  # how their numbers are written in the CRM
    birthday: date | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str = "DE"
    firm: int | None = None  # index into `names.FIRMS`
    wechat: str | None = None
    owner: int = 0  # index into `STAFF`
    id: int = 0  # primary key in `contacts`, given by `number`

    @property
    def name(self) -> str:
        return f"{self.family}{self.given}" if self.language == "zh" else f"{self.given} {self.family}"

    @property
    def customer_no(self) -> str:
        return f"K-{100000 + self.id}"


def _staff(given: str, family: str, latin: str, language: str, desk: int) -> Person:
    email = f"{latin.lower().replace(' ', '.')}@{DOMAIN}"
    return Person(
        language=language, given=given, family=family, latin=latin, email=email, phone=Phone("49", "40", f"66969{desk}")
    )


STAFF = (
    _staff("Petra", "Vogt", "Petra Vogt", "de", 991),
    _staff("Jonas", "Keller", "Jonas Keller", "de", 992),
    _staff("晓梅", "林", "Xiaomei Lin", "zh", 993),
    _staff("Tobias", "Brandt", "Tobias Brandt", "de", 994),
    _staff("Emily", "Carter", "Emily Carter", "en", 995),
    _staff("Sabine", "Kraus", "Sabine Kraus", "de", 996),
)


class Maker:
    """Makes one person after the other; e-mail addresses and numbers are unique unless they are shared on purpose."""

    def __init__(self, seed: int) -> None:
        self._dice = dice(seed, "people")
        self._supply = Supply(self._dice)
        self._taken: set[str] = set()

    def person(self, index: int) -> Person:
        """The `index`-th person. Every fortieth or so is called like somebody else."""
        throw = self._dice
        twin = {7: "de", 17: "en", 27: "zh"}.get(index % 40) if index < 400 else None
        language = twin or throw.choices(("en", "de", "zh"), (40, 35, 25))[0]
        given, family, latin = self._called(language, twin is not None)
        city, postcode, country = throw.choice(
            {"en": names.EN_CITIES, "de": names.DE_CITIES, "zh": names.ZH_CITIES}[language]
        )
        firm = (
            throw.choice([n for n, item in enumerate(names.FIRMS) if item[2] == language])
            if throw.random() < 0.45
            else None
        )
        mobile = self._supply.take(country, mobile=True) if throw.random() < 0.75 else None
        return Person(
            language=language,
            given=given,
            family=family,
            latin=latin,
            email=self._address(latin, language, firm),
            phone=self._supply.take(country, mobile=False) if throw.random() < 0.8 or not mobile else None,
            mobile=mobile,
            style=throw.randrange(72),
            birthday=date(1945, 1, 1) + timedelta(days=throw.randrange(22000)) if throw.random() < 0.6 else None,
            street=self._street(language) if throw.random() < 0.85 else None,
            postcode=postcode if throw.random() < 0.95 else None,
            city=city,
            country=country,
            firm=firm,
            wechat=f"wx_{_plain(latin)}{index}" if language == "zh" and throw.random() < 0.7 else None,
            owner=throw.randrange(len(STAFF)),
        )

    def _called(self, language: str, twin: bool) -> tuple[str, str, str]:
        throw = self._dice
        if language == "zh":
            family, family_latin = names.ZH_FAMILY[0] if twin else throw.choice(names.ZH_FAMILY)
            given, given_latin = names.ZH_GIVEN[0] if twin else throw.choice(names.ZH_GIVEN)
            return given, family, f"{given_latin} {family_latin}"
        if twin:
            given, family = names.HOMONYMS[language]
        elif language == "de":
            given, family = throw.choice(names.DE_GIVEN), throw.choice(names.DE_FAMILY)
        else:
            given, family = throw.choice(names.EN_GIVEN), throw.choice(names.EN_FAMILY)
        if not twin and throw.random() < 0.02:
            family = family[:2] + family[1:]  # mistyped when the contact was entered: `Scchmidt`
        return given, family, f"{given} {family}"

    def _address(self, latin: str, language: str, firm: int | None) -> str | None:
        throw = self._dice
        if throw.random() < 0.06:
            return None
        domain = names.FIRMS[firm][1] if firm is not None else throw.choice(names.HOMES[language])
        kind = throw.random()
        if firm is not None and kind < 0.08:
            return f"info@{domain}"  # a mailbox the whole firm reads
        given, _, family = latin.partition(" ")
        if firm is None and kind < 0.06:
            return f"family.{_plain(family)}@{domain}"  # a mailbox two or more people of one name read
        given, family = _plain(given), _plain(family)
        if kind > 0.98 and len(family) > 3:
            family = family[:2] + family[3:]  # somebody mistyped it when the contact was entered
        local = throw.choice((f"{given}.{family}", f"{given[0]}.{family}", f"{family}.{given}", f"{given}{family}"))
        return self._unique(local, domain)

    def _unique(self, local: str, domain: str) -> str:
        tail = 1
        address = f"{local}@{domain}"
        while address in self._taken:
            tail = tail + 1 if tail < 9 else self._dice.randrange(10, 1_000_000)
            address = f"{local}{tail}@{domain}"
        self._taken.add(address)
        return address

    def _street(self, language: str) -> str:
        street, house = self._dice.choice(names.STREETS[language]), self._dice.randrange(1, 180)
        if language == "zh":
            return f"{street}{house}号{self._dice.randrange(1, 30)}室"
        return f"{house} {street}" if language == "en" else f"{street} {house}"


def _plain(name: str) -> str:
    """`Jürgen` -> `juergen`: how a name gets into an address."""
    decomposed = unicodedata.normalize("NFKD", name.lower().translate(_LATIN))
    return "".join(char for char in decomposed if char.isascii())


def population(seed: int, size: int, cast: Sequence[Person]) -> list[Person]:
    """`size` people, those of `cast` (the story) spread evenly among them, each with its primary key."""
    maker = Maker(seed)
    crowd = [maker.person(index) for index in range(max(0, size - len(cast)))]
    for turn, person in enumerate(cast, start=1):
        crowd.insert(turn * size // (len(cast) + 1), person)
    for position, person in enumerate(crowd, start=1):
        person.id = position
    return crowd

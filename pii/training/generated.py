"""Mail, records, prose and notes in European languages, made from patterns in `texts/` and invented people.

A pattern is a line with slots: `{kind}`, `{kind@culture}`, `{kind:number}` or both; the same number means the same person
throughout the text. `\\n` and `\\t` are a line feed and a tab.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from random import Random

from pii.training import names
from pii.training.corpora import Record, Span
from pii.training.names import Person

_FILES = {"mail_en": 40, "records_en": 22, "prose_en": 22, "european": 16}  # and their weights
_SLOT = re.compile(r"\{([a-z_]+)(?:@([a-z]+))?(?::(\d))?\}")

_JOBS = (
    "Account Manager|Director|Vice President|Head of Sales|Software Engineer|Legal Counsel|Office Manager|CEO|CFO|"
    "Customer Support|Project Manager|Attorney at Law|Senior Analyst|Executive Assistant|HR Business Partner|Partner|"
    "Chief of Staff|Data Protection Officer|Sales Representative|Professor of Physics|Geschäftsführer|Vertriebsleiter"
).split("|")
_STREETS = (
    "{n} Main Street|{n} Oak Ave|{n} Park Road, Suite {m}|{n} High St|{f}straße {n}|{f}weg {n}|Hauptstr. {n}|{n} rue {f}|"
    "{n} {f} Blvd|{n} {f} Lane|Via {f} {n}|Calle {f} {n}|P.O. Box {n}|{n} West {m}th Street|{n} {f} Drive|{f}laan {n}"
).split("|")
_SUBJECTS = (
    "Budget 2025|Invoice for March|Meeting on Monday|your application|Contract renewal|Q3 forecast|Delivery delay|"
    "Data request|Password reset|the new office|Gas nominations|holiday plans|onboarding|Master agreement|price list|"
    "Interview schedule|Draft report|Travel expenses|Server outage|pricing|the refund|Credit application"
).split("|")
_PRODUCTS = (
    "the premium plan|model X200|CloudDesk|the maintenance contract|coffee machines|the API|Office licences|SafeBox|"
    "server racks|the starter kit|TurboPrint 3|power tools|PhotoSuite|the annual subscription|winter tyres"
).split("|")
_QUOTES = (
    "We are very happy with the result|It was the worst day of my life|Nobody expected this|I do not know what will happen"
    "|The market is not ready|This is good news for everyone|We have to wait and see|They never asked us"
).split("|")
_NATIONALITIES = (
    "Polish|German|Turkish|French|British|Russian|Italian|Romanian|Ukrainian|Chinese|Indian|Dutch|Swedish|Greek|American"
).split("|")
_DAYS = "Monday Tuesday Wednesday Thursday Friday tomorrow today Monday next_week Sunday Saturday".split()
_MONTHS = "January February March April May June July August September October November December".split()
_CHINESE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玉",
)

_Filler = Callable[[Random, Person], str]


def _formal(rng: Random, who: Person) -> str:
    """A full name as people write it in running text."""
    form = rng.random()
    if form < 0.62:
        return who.full
    if form < 0.7:
        return f"{who.given[0]}. {who.family}"
    if form < 0.78:
        return f"{who.given} {rng.choice('ABCDEFGHJKLMPRSTW')}. {who.family}"
    if form < 0.82 and who.culture in ("chinese", "korean"):
        return f"{who.family} {who.given}"
    if form < 0.86:
        return f"{who.given} {names.person(rng, who.culture).given} {who.family}"
    return who.given if form < 0.96 else f"{who.full} {rng.choice(('Jr.', 'Jr', 'III', 'Sr.'))}"


def _initials(rng: Random, who: Person) -> str:
    return rng.choice((f"{who.given[0]}. {who.family}", f"{who.given[0]}.{rng.choice('ABDEFKMS')}. {who.family}"))


def _listed(rng: Random, who: Person) -> str:
    middle = f" {rng.choice('ABCDEFGHJKLM')}." if rng.random() < 0.25 else ""
    return f"{who.family}, {who.given}{middle}"


def _lowered(rng: Random, who: Person) -> str:
    return rng.choice((who.given, who.given, who.full, who.family)).lower()


# What a person's name can look like; each is one span.
_PEOPLE: dict[str, _Filler] = {
    "full": lambda rng, who: who.full.upper() if rng.random() < 0.04 else who.full,
    "person": _formal,
    "given": lambda rng, who: who.given,
    "family": lambda rng, who: who.family,
    "listed": _listed,
    "initial": _initials,
    "upper": lambda rng, who: who.full.upper(),
    "lower": _lowered,
    "name_field": lambda rng, who: rng.choice((who.full, who.given, who.full.upper(), who.full.lower())),
    "chinese": lambda rng, who: rng.choice(_CHINESE[0]) + "".join(rng.sample(_CHINESE[1], rng.randint(1, 2))),
}


def _street(rng: Random, who: Person) -> str:
    family = names.person(rng).family
    return rng.choice(_STREETS).format(n=rng.randint(1, 2400), m=rng.randint(2, 90), f=family)


def _phone(rng: Random, who: Person) -> str:
    return rng.choice(
        (
            f"+49 30 {rng.randint(100000, 999999)}",
            f"(555) 01{rng.randint(0, 9)}-{rng.randint(1000, 9999)}",
            f"555-01{rng.randint(10, 99)}",
            f"+44 20 7946 0{rng.randint(100, 999)}",
            f"+33 1 99 00 {rng.randint(10, 99)} {rng.randint(10, 99)}",
        )
    )


def _email(rng: Random, who: Person) -> str:
    given, family = (re.sub(r"\W", "", part.lower()) for part in (who.given, who.family))
    user = rng.choice(
        (f"{given}.{family}", f"{given[:1]}{family}", given, f"{given}_{family}", f"{family}{rng.randint(1, 99)}")
    )
    return f"{user}@{rng.choice(('example.com', 'example.org', 'mail.example.net', 'example.de'))}"


def _date(rng: Random, who: Person) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1950, 2026)
    name = _MONTHS[month - 1]
    return rng.choice(
        (f"{day} {name} {year}", f"{name} {day}, {year}", f"{day:02}.{month:02}.{year}", f"{month:02}/{day:02}/{year}",
         f"{year}-{month:02}-{day:02}", f"{name[:3]} {day}", f"{day} {name[:3]} {year}")
    )  # fmt: skip


def _place(rng: Random) -> str:
    return names.city(rng)


# Places and organisations, with the label of their span.
_THINGS: dict[str, tuple[str, Callable[[Random], str]]] = {
    "city": ("LOCATION", _place),
    "country": ("LOCATION", lambda rng: rng.choice(names.places().countries)),
    "state": ("LOCATION", lambda rng: rng.choice(names.places().states)),
    "state_name": ("LOCATION", lambda rng: rng.choice(names.places().regions)),
    "org": ("ORGANIZATION", names.organization),
}

# What is no span.
_PLAIN: dict[str, _Filler] = {
    "email": _email,
    "street": _street,
    "phone": _phone,
    "date": _date,
    "time": lambda rng, who: f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}{rng.choice(('', '', ' AM', ' PM', 'pm'))}",
    "day": lambda rng, who: rng.choice(_DAYS).replace("_", " "),
    "month": lambda rng, who: rng.choice(_MONTHS),
    "year": lambda rng, who: str(rng.randint(1930, 2026)),
    "short_year": lambda rng, who: f"{rng.randint(80, 99)}",
    "zip": lambda rng, who: rng.choice((f"{rng.randint(10000, 99999)}", f"SW{rng.randint(1, 20)}A {rng.randint(1, 9)}AA")),
    "number": lambda rng, who: str(rng.choice((rng.randint(2, 80), rng.randint(1000, 99999)))),
    "money": lambda rng, who: rng.choice(("€{},000", "${}", "{} EUR", "£{}.50", "US$ {} million")).format(rng.randint(5, 900)),
    "job": lambda rng, who: rng.choice(_JOBS),
    "subject": lambda rng, who: rng.choice(_SUBJECTS),
    "product": lambda rng, who: rng.choice(_PRODUCTS),
    "quote": lambda rng, who: rng.choice(_QUOTES),
    "nat": lambda rng, who: rng.choice(_NATIONALITIES),
    "url": lambda rng, who: f"www.{re.sub(r'[^a-z]', '', who.family.lower()) or 'shop'}.example",
    "short": lambda rng, who: "".join(rng.sample("ABCDEHNORTU", 3)),
    "letter": lambda rng, who: rng.choice("ABCDEFGHIJKLMNOPRSTW"),
    "initials": lambda rng, who: "".join(rng.sample("ABCDEFGHJKLMNPRSTW", 2)),
}  # fmt: skip


@cache
def patterns() -> dict[str, tuple[str, ...]]:
    """The patterns by file."""
    folder = files("pii.training") / "texts"
    return {name: tuple(_lines((folder / f"{name}.txt").read_text(encoding="utf-8"))) for name in _FILES}


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line:
            yield line.replace("\\n", "\n").replace("\\t", "\t")


def filled(rng: Random, pattern: str) -> Record:
    """A pattern with its slots filled, and the spans of the names in it."""
    people: dict[str, Person] = {}
    shared = names.person(rng).culture if rng.random() < 0.3 else ""
    parts: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for slot in _SLOT.finditer(pattern):
        kind, culture, number = slot.groups()
        who = people.get(number or "") or names.person(rng, culture or shared)
        if number:
            people[number] = who
        label, text = _text(rng, kind, who)
        parts += [pattern[at : slot.start()], text]
        length += slot.start() - at
        if label:
            spans.append((length, length + len(text), label))
        length += len(text)
        at = slot.end()
    return Record("".join([*parts, pattern[at:]]), tuple(spans))


def _text(rng: Random, kind: str, who: Person) -> tuple[str, str]:
    """The label, empty for what is no span, and the text of a slot."""
    if kind in _PEOPLE:
        return "PERSON", _PEOPLE[kind](rng, who)
    if kind in _THINGS:
        label, choose = _THINGS[kind]
        return label, choose(rng)
    return "", _PLAIN[kind](rng, who)


def records(rng: Random, count: int) -> Iterator[Record]:
    """So many texts of all kinds."""
    known = patterns()
    for name in rng.choices(list(_FILES), list(_FILES.values()), k=count):
        yield filled(rng, rng.choice(known[name]))

"""One person's identifiers in every way people and programs write them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from tests.journey.people import Person

TRADITIONAL = {"张伟": "張偉"}
SOUNDS = {"张伟": ("Wei", "Zhang")}


def names(person: Person) -> Iterator[tuple[str, str]]:
    """(label, spelling) of the name."""
    if not person.family:
        return
    if person.chinese:
        given, family = SOUNDS[person.name]
        yield "plain", f"请联系{person.name}先生"
        yield "spaced", f"{person.family} {person.given}"
        yield "traditional", TRADITIONAL[person.name]
        yield "pinyin", f"{given} {family}"
        yield "pinyin-family-first", f"{family.upper()} {given}"
        return
    given, family = person.given, person.family
    last = family.split()[-1]
    yield "plain", f"Ask {given} {family} about it"
    yield "family-first", f"{family}, {given}"
    yield "capitals", f"{given} {family}".upper()
    yield "initial", f"{given} Q. {last}"
    yield "two-lines", f"met {given}\r\n{family} there"
    yield "no-break-space", f"{given}\u00a0{family}"
    yield "nfd", unicodedata.normalize("NFD", f"{given} {family}")
    yield "zero-width", f"{given[:2]}\u200b{given[2:]} {family}"
    if person.key == "de":
        yield "ascii", f"{given} {family}".replace("ü", "ue").replace("Ö", "Oe")
        yield "flat", f"{given} {family}".replace("ü", "u").replace("Ö", "O")


def emails(person: Person) -> Iterator[tuple[str, str]]:
    """(label, spelling) of the address."""
    if not person.email:
        return
    email = person.email
    local, _, domain = email.partition("@")
    yield "plain", f"write to {email}."
    yield "capitals", email.upper()
    yield "bracketed", f"<{email}>;"
    yield "outlook", f"[mailto:{email}] {email}<mailto:{email}?subject=Hi>"
    yield "markdown", f"*{email}* _{email}_ `{email}`"
    yield "quoted", f"\"{email}\" '{email}' “{email}”"
    yield "key-value", f"user={email}&x=1"
    yield "full-width", f"{''.join(_wide(c) for c in local)}＠{domain}"
    yield "zero-width", f"{local[:3]}\u200d{local[3:]}@\u200b{domain}"
    yield "soft-hyphen", f"{local[:3]}\u00ad{local[3:]}@{domain}"
    yield "in-chinese", f"我的邮箱是{email}请联系"
    yield "in-chinese-spaceless", f"邮箱:{email}，谢谢"
    yield "url", f"https://shop.example/u?mail={local.replace('+', '%2B')}%40{domain}&t=1"
    yield "path", f"/home/{email}/inbox"
    yield "dashes", f"--{email}--"
    yield "nfd", unicodedata.normalize("NFD", email)
    yield "csv", f"1;{email};2"
    yield "tagged", f"{local}+shop@{domain}" if "+" not in local else f"{local}@{domain}"
    yield "glued", f"Mail:{email}Tel:"[:-4] + " Tel:"


def phones(person: Person) -> Iterator[tuple[str, str]]:
    """(label, spelling) of the number."""
    if not person.phone:
        return
    national, e164 = person.national, person.phone
    bare = national.lstrip("0") if person.phone.startswith(("+49", "+353")) else national
    code = e164.removesuffix(bare)
    area, first, rest = bare[:3], bare[3:6], bare[6:]
    trunk = national.removesuffix(bare)
    yield "e164", e164
    yield "spaced", f"{code} {area} {first} {rest}"
    yield "brackets", f"({trunk}{area}) {first}-{rest}"
    yield "slash", f"{trunk}{area}/{first}{rest}"
    yield "double-zero", f"00{code[1:]} {area} {first}{rest}"
    yield "trunk-in-brackets", f"{code} (0) {area} {first} {rest}" if trunk else f"{code} ({area}) {first} {rest}"
    yield "dots", f"{trunk}{area}.{first}.{rest}"
    yield "full-width", "".join(_wide(c) for c in f"{trunk}{area} {first}{rest}")
    yield "link", f"tel:{code}-{area}-{first}-{rest}"
    yield "no-break", f"{trunk}{area}\u00a0{first}\u00a0{rest}"
    yield "zero-width", f"{trunk}{area}\u200b{first}\u200b{rest}"
    yield "dashes", f"{trunk}{area}\u2011{first}\u2013{rest}"
    yield "pairs", f"{trunk}{area} " + " ".join((first + rest)[i : i + 2] for i in range(0, len(first + rest), 2))
    yield "spaced-hyphens", f"{trunk}{area} - {first} - {rest}"
    yield "narrow-space", f"{trunk}{area}\u202f{first}\u2009{rest}"
    yield "glued", f"Tel{national}."
    yield "in-chinese", f"电话{national}谢谢"
    yield "minus-sign", f"{trunk}{area}\u2212{first}\u2212{rest}"


def _wide(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char

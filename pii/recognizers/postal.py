"""Postal addresses: a street with a house number, and the postcode and town beside or below it."""

from __future__ import annotations

import regex

from pii.recognizers.groups import GroupRecognizer, Needs

_SP = r"[ \u00a0]"
_W = r"\p{Lu}[\p{L}\p{Mn}'’]{0,30}+"  # a word of a name
_ALONE = r"(?<![\p{L}\p{N}\-'’/])"
_END = r"(?![\p{L}\p{N}])"
_NO = r"\d{1,4}(?:[ \-]?[a-zA-Z](?![\p{L}\p{N}]))?(?:[/\-]\d{1,4}[a-z]?)?(?![\p{L}\p{N}]|[.,:]\d)"
_NEXT = r"(?:,?[ \u00a0]{1,2}|,|[ \u00a0]?[,;]?[ \u00a0]?\r?\n[> \t]{0,8}|[ \u00a0][|·–\-][ \u00a0])"  # between street and town
_TOWN = (
    rf"{_W}(?:[ \-/](?:(?:am|an der|a\.d\.|upon|on|sur|en|de|del|la|di|ob der|im|bei|den|aan den)[ \-])?{_W}){{0,3}}"
)

_SUFFIX = regex.compile(
    r"(?:(?:stra(?:ß|ss)en?|str\.?|weg|platz|allee|gasse|damm|ufer|chaussee|straat|laan|gracht|plein|kade|singel|dijk|steeg|dreef|"
    r"plantsoen)|(?P<weak>ring|steig|markt|berg|hof|winkel|graben|pfad|kai|zeile|wall|promenade|feld|garten|park|tor|höhe|kamp|brücke|"
    r"grund|blick|rain|eck|anger|twiete|siedlung|pad|lei|boulevard|haven))\Z",
    regex.IGNORECASE,
)
_CODE = regex.compile(r"\d[0-9A-Z\- ]{2,9}\Z")
_NAMED = (
    r"(?:Alter?s?|Neuer?s?|Große[rs]?|Kleine[rs]?|Lange[rs]?|Obere[rs]?|Untere[rs]?|Hohe[rs]?|Nieuwe|Oude|Grote"
    r"|Korte|Eerste|Tweede|Derde|Van|Sankt|St\.|Sint|Dr\.|Prof\.|Burgemeester|Burg\.)"
)

# British and American kinds of street, those that are seldom anything else first.
_SURE = r"Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Boulevard|Blvd|Terrace|Crescent|Cres|Highway|Hwy|Parkway|Pkwy"
_PERHAPS = (
    r"Drive|Dr|Close|Court|Ct|Place|Pl|Square|Sq|Way|Gardens|Grove|Hill|Mews|Park|Parade|Row|Walk|Green|Circle|Cir"
    r"|Trail|Trl|Loop|Broadway|Quay|Wharf"
)
_WEAK_STREET = regex.compile(rf"^\D*\d+\S*(?: [\p{{Lu}}\d]\S*){{1,4}}? (?:{_PERHAPS})\b")
_UK = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}"
_US = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
    r"[ \u00a0]{1,2}\d{5}(?:-\d{4})?"
)
_EIRE = r"[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}"
_AU = r"(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT) \d{4}"


class _Address(GroupRecognizer):
    ENTITY = "POSTAL_ADDRESS"
    SCORE = 0.6
    MULTILINE = True
    NEEDS = Needs(digits=1, capital=True)
    CONTEXT = (
        "address", "adresse", "anschrift", "adres", "dirección", "indirizzo", "endereço", "wohnhaft", "wohnt", "wohne",
        "lives at", "living at", "live at", "street", "strasse", "straße", "domicile", "domicilio", "wohnort", "地址",
    )  # fmt: skip


_KIND = r"(?i:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|markt|chaussee|promenade)[. ]"
_AT = r"Am|An de[rnm]|Auf de[rm]|Im|In de[rn]|Zum|Zur|Unter den|Hinter de[rm]|Vor de[rm]|Aan de|Op de"


class GermanAddressRecognizer(_Address):
    """Germany, Austria, Switzerland, Netherlands, Belgium: the kind of street ends its name, the number follows."""

    _STREETS = (
        rf"(?:{_W}[ \-](?={_KIND}))?{_W}(?:-{_W}){{0,4}}\.?",  # Musterstraße, Berliner Allee, Karl-Beispiel-Str.
        rf"(?:{_AT}) {_W}(?:[ \-]{_W}){{0,2}}",  # Am Alten Markt
        rf"Stra(?:ß|ss)e (?:de[srn]|am|zum|zur) (?:\d\d?\. )?{_W}(?: {_W})?",  # Straße des 17. Juni
    )
    _POSTCODE = rf"(?:(?:D|A|CH|NL|B|DE|AT|BE)[ \-])?\d{{4,5}}(?:{_SP}?[A-Z]{{2}}(?= ))?"
    EXPRESSIONS = (
        regex.compile(
            rf"{_ALONE}(?P<found>(?:{_NAMED} )?(?P<street>{'|'.join(_STREETS)}){_SP}{{1,2}}{_NO}"
            rf"(?P<town>{_NEXT}{_POSTCODE}{_SP}{{1,2}}{_TOWN})?)"
        ),
    )

    def accepts(self, value: str) -> bool:
        """A street by its name, or any name before number, postcode and town."""
        match = self.EXPRESSIONS[0].fullmatch(value)
        return match is not None and (match["town"] is not None or _SUFFIX.search(match["street"]) is not None)

    def score(self, value: str) -> float:
        """Little for names that may be something else ("Monitor 2"), unless a town follows."""
        match = self.EXPRESSIONS[0].fullmatch(value)
        known = match and _SUFFIX.search(match["street"])
        return 0.25 if match and match["town"] is None and (known is None or known["weak"]) else self.SCORE


_COMPASS = r"(?:N|S|E|W|NE|NW|SE|SW)"


class EnglishAddressRecognizer(_Address):
    """United Kingdom, Ireland, United States, Australia: the number first, then the name and the kind of street."""

    _FLAT = r"(?:(?:Flat|Unit|Apt|Apartment|Suite|Level) \w{1,5},? )?"
    _HOUSE = r"\d{1,5}[A-Za-z]?(?:[\-/]\d{1,4})?"
    _NAME = (
        rf"(?:(?:{_COMPASS}|North|South|East|West|Old|New|St)\.? )?(?:{_W}|\d{{1,3}}(?:st|nd|rd|th))"
        rf"(?:[ \-](?:of |the )?{_W}){{0,2}}? (?:{_SURE}|{_PERHAPS}){_END}\.?(?: {_COMPASS}{_END}\.?)?"
    )
    _ROOM = rf"(?:,?{_SP}(?:Apt|Suite|Ste|Unit|Flat|Floor|#)\.? ?\w{{1,5}})?"
    _WITH_CODE = rf"(?:{_NEXT}{_TOWN}){{1,3}}?(?:{_NEXT}|,? )(?:{_UK}|{_US}|{_EIRE}|{_AU}){_END}"
    EXPRESSIONS = (
        regex.compile(
            rf"(?<![\p{{L}}\p{{N}}.\-/#$€£])(?P<found>{_FLAT}{_HOUSE}{_SP}{_NAME}{_ROOM}"
            rf"(?:{_WITH_CODE}|{_NEXT}{_UK}{_END}|, {_TOWN}(?=[,.\s]|\Z))?)"
        ),
    )

    def score(self, value: str) -> float:
        """Little for what may be something else ("3 Day Walk") without a postcode."""
        return 0.25 if _WEAK_STREET.search(value) and not _CODE.search(value) and "," not in value else self.SCORE


class RomanceAddressRecognizer(_Address):
    """France, Italy, Spain, Portugal, Poland, Belgium: the kind of street comes first."""

    _LINK = r"(?:de|du|des|del|della|dei|la|le|dos|da|do|et|y|e)[ \-]|d['’]|l['’]"
    _NAME = rf"(?:{_W}|\d{{1,2}} {_W})(?:[ \-](?:{_LINK})?{_W}){{0,3}}"
    _OF = (
        r"(?:de la |de l['’]|de los |de las |du |des |de |d['’]|del |della |dei |degli |di |la |las |los |el |le |les |l['’]"
        r"|da |do |das |dos )?"
    )
    _FRENCH = r"(?i:rue|avenue|av\.|boulevard|bd\.?|bld|place|chemin|impasse|allée|quai|route|cours|square|passage|faubourg|villa)"
    _FIRST = (
        r"(?:[Vv]ia(?:le)?|[Pp]iazza|Piazzale|Corso|Largo|Vicolo|Strada|[Cc]alle|[Cc]/|Avenida|Avda\.?|Av\.|Plaza|Pza\.|Paseo"
        r"|Carrer|Ronda|Camino|Rua|R\.|Praça|Travessa|Alameda|Estrada|ul\.|al\.|os\.|pl\.|[Rr]ue|[Aa]venue|Chaussée|Boulevard)"
    )
    _FLOOR = rf"(?:,?{_SP}\d{{1,2}}[º°ª](?: ?\p{{L}}{{1,4}}{_END})?)?"
    _POSTCODE = r"(?:(?:[BLI]|PL|PT|ES|IT)-)?(?:\d{5}|\d{4}-\d{3}|\d\d-\d{3}|\d{4})"
    EXPRESSIONS = (
        regex.compile(
            rf"(?<![\p{{L}}\p{{N}}.\-/])(?P<found>\d{{1,4}}(?:{_SP}?(?:bis|ter|quater|[A-D]))?,?{_SP}{_FRENCH}{_SP}{_OF}{_NAME}"
            rf"{_END}(?:{_NEXT}(?:[FBL][ \-])?\d{{4,5}} {_TOWN})?)"
        ),
        regex.compile(
            rf"{_ALONE}(?P<found>{_FIRST}{_SP}?{_OF}{_NAME},?{_SP}{{1,2}}(?:n[º°.]{{1,2}} ?)?{_NO}{_FLOOR}"
            rf"(?:{_NEXT}{_POSTCODE}{_SP}{{1,2}}{_TOWN}(?: \([A-Z]{{2}}\))?)?)"
        ),
    )


class PostBoxRecognizer(_Address):
    """Post-office boxes."""

    _BOX = r"P\.? ?O\.? ?Box|Postfach|Postbus|Apartado(?: de Correos)?|Casella Postale"
    EXPRESSIONS = (
        regex.compile(
            rf"{_ALONE}(?P<found>(?:{_BOX}) \d(?: ?\d){{0,6}}{_END}"
            rf"(?:{_NEXT}\d{{4,5}}(?: ?[A-Z]{{2}}(?= ))? {_TOWN})?)"
        ),
    )

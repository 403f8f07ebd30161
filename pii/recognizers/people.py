"""Names of people that the form of the text gives away, without a language model: Latin script.

Each recogniser knows one form. None guesses a name from its spelling alone; free mentions in running text need a model.
"""

from __future__ import annotations

import regex

from pii.recognizers.groups import GroupRecognizer, Needs, words

_SP = r"[ \t\u00a0]"
_REST = r"(?:['’]?[\p{L}\p{Mn}]){1,30}"  # an apostrophe stands within a name, never at its end
_WORD = rf"\p{{Lu}}{_REST}(?:-\p{{Lu}}{_REST})?"
_PARTICLE = r"(?:von|van|der|den|de|di|da|del|della|dos|du|la|le|zu|zur|zum|ten|ter|bin|al|el|y)"
_PART = rf"(?:(?:{_PARTICLE}{_SP}){{0,2}}{_WORD}|\p{{Lu}}\.)"
NAME = rf"(?:{_WORD}|\p{{Lu}}\.)(?:{_SP}{_PART}){{0,3}}"
_SURNAME = rf"(?:{_PARTICLE}{_SP}){{0,2}}{_WORD}(?:{_SP}{_PART}){{0,3}}"
_REVERSED = rf"{_WORD},{_SP}{NAME}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Professor|Herr|Herrn|Frau|Fräulein|Mme|Mlle|Monsieur|Madame|Señor|Señora|"
    r"Sig|Dipl\.-Ing|Rev)\b\.?"
)
_TITLES = rf"(?:{_TITLE}{_SP}{{1,2}}){{0,3}}"
_LINE = r"(?m)^[> \t]{0,16}"
_LINE_END = rf"{_SP}{{0,3}}(?=[,.|(]|\r?\n|\Z)"

# Words that stand where names do. Compared in lower case; the first word of a finding decides.
_NO_NAMES = words(
    """
    account address all alle allerseits altogether am and anyone best betreff bitte both buyer candidate client
    clients colleague colleagues community company customer customers damen das date datum der die email
    everybody everyone file firma folks freunde friend friends from gents guys hallo hello herr herren hi hiring
    ich if in interessent it job kolleginnen kollegen kunde kunden kundin ladies leute madam mate member members
    mitglied news no nutzer official order our parents partner partners personal phone please pm privacy product
    professor recruiter redaktion sales security see sent shareholder sie sir sirs student subject subscriber
    support supplier team teams tel telefon thank thanks the there they this to user users valued vendor visitor
    we welcome wir you your zusammen adresse fax monday tuesday wednesday thursday friday saturday sunday mon
    tue wed thu fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonntag january february march
    april may june july august september october november december jan feb mar apr jun jul aug sep oct nov dec
    januar februar märz mai juni juli oktober dezember
    he she someone somebody nobody er man jemand
    """
)

_GREETING = (
    r"(?i:dear|hi|hello|hey|hallo|guten (?:tag|morgen|abend)|good (?:morning|afternoon|evening)|liebe[rs]?|beste|"
    r"sehr geehrte[rs]?|cher|chère|estimad[oa]|car[oa])"
)
_CLOSING = (
    r"(?i:(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many)? ?(?:regards|wishes)|best|cheers|many thanks|thank you|"
    r"thanks(?: again| a lot)?|yours(?: sincerely| faithfully| truly)?|sincerely(?: yours)?|mfg|lg|vg|gru(?:ß|ss)|"
    r"(?:mit )?(?:freundliche|viele|beste|liebe|herzliche|schöne)[nm]? gr(?:ü|ue)(?:ß|ss)en?|"
    r"cordialement|bien à vous|saludos(?: cordiales)?|cordiali saluti)"
)
_LABEL = (
    r"(?i:(?:full|first|last|family|given|middle|maiden|customer|client|contact|your|sur|vor|nach|familien|geburts)?"
    r"[ \-_]?name|customer|contact(?: person)?|client|applicant|patient|employee|attn|attention|"
    r"ansprechpartner(?:in)?|kontakt|kunde|kundin|nom|nombre)"
)


class _PersonRecognizer(GroupRecognizer):
    ENTITY = "PERSON"
    NEEDS = Needs(capital=True)

    def accepts(self, value: str) -> bool:
        """Not a word that merely stands where a name would."""
        return regex.split(r"[\s,]", value.lower(), maxsplit=1)[0] not in _NO_NAMES


class SalutationRecognizer(_PersonRecognizer):
    """The person greeted: "Dear Anna,", "Sehr geehrte Frau Dr. Muster,", "Liebe Anna"."""

    SCORE = 0.8
    MULTILINE = True
    EXPRESSIONS = (
        regex.compile(
            rf"{_LINE}{_GREETING}{_SP}{{1,2}}{_TITLES}(?P<found>{NAME})(?={_SP}?[,!:.;–-]|{_SP}{{0,3}}(?:\r?\n|\Z))"
        ),
    )


class TitleRecognizer(_PersonRecognizer):
    """A name after a form of address: "Mr Example", "Frau Dr. von Beispiel". The title is no part of the finding."""

    SCORE = 0.75
    EXPRESSIONS = (regex.compile(rf"(?<![\p{{L}}\d]){_TITLE}{_SP}{{1,2}}{_TITLES}(?P<found>{_SURNAME})"),)


class SignatureRecognizer(_PersonRecognizer):
    """The name under, or after, a closing formula: "Kind regards,\\nAnna Example"."""

    SCORE = 0.8
    MULTILINE = True
    EXPRESSIONS = (
        regex.compile(
            rf"{_LINE}{_CLOSING}{_SP}{{0,2}}[,.!]?(?:{_SP}{{0,4}}\r?\n[> \t]{{0,8}}){{0,3}}{_SP}?"
            rf"(?:i\.{_SP}?[AV]\.{_SP})?{_TITLES}(?P<found>{NAME}){_LINE_END}"
        ),
    )


class NamedRecognizer(_PersonRecognizer):
    """A name after its label: "Name: Anna Example", "Ansprechpartner: Max Muster"."""

    SCORE = 0.8
    NEEDS = Needs(any_of=(":", "："), capital=True)
    EXPRESSIONS = (
        regex.compile(
            rf"(?<![\p{{L}}\d]){_LABEL}{_SP}{{0,3}}[:：]{_SP}{{0,4}}{_TITLES}(?P<found>{_REVERSED}|{NAME})(?![\p{{L}}\d@])"
        ),
    )


class AttributionRecognizer(_PersonRecognizer):
    """Who is quoted: "On Monday, Anna Example wrote:", "Am 3. Mai schrieb Anna Example:"."""

    SCORE = 0.85
    MULTILINE = True
    _MAILBOX = r"(?:\s{0,3}[<(\[][^\n<>()\[\]]{3,120}[>)\]])?"
    # The date may end in "AM", "Uhr" or a month: the words of a date are not the name's.
    _BEFORE = rf"[^\n]{{2,80}}?(?<=[,;>\d]|[AP]M|Uhr|\d{_SP}\p{{Lu}}\p{{Ll}}{{2,8}}){_SP}(?![AP]M\b)"
    EXPRESSIONS = (
        regex.compile(rf"{_LINE}On{_SP}{_BEFORE}(?P<found>{NAME}){_MAILBOX}\s{{1,4}}wrote:"),
        regex.compile(rf"{_LINE}Am{_SP}[^\n]{{2,80}}?{_SP}schrieb{_SP}{_TITLES}(?P<found>{NAME}){_MAILBOX}\s{{0,3}}:"),
        regex.compile(rf"{_LINE}Le{_SP}{_BEFORE}(?P<found>{NAME}){_MAILBOX}\s{{1,3}}a écrit\s?:"),
        regex.compile(rf"{_LINE}(?P<found>{NAME}){_MAILBOX}{_SP}(?:wrote|schrieb|a écrit|escribió)\b[^\n]{{0,80}}:"),
    )


class MailboxRecognizer(_PersonRecognizer):
    """The display name of a mailbox: `Anna Example <anna@example.com>`, `"Example, Anna" <…>` (RFC 5322 name-addr)."""

    SCORE = 0.85
    NEEDS = Needs(any_of=("@",), capital=True)
    EXPRESSIONS = (
        regex.compile(
            rf"(?<![\p{{L}}\d.\-]|\p{{L}}['’])(?P<found>{_REVERSED}|{NAME})[\"'’]?{_SP}{{0,3}}"
            r"(?:<|\[mailto:|<mailto:)[^\s<>@]{1,64}@[^\s<>@]{1,255}[>\]]"
        ),
    )

    def accepts(self, value: str) -> bool:
        """At least two words: a single one before an address is more often a firm or a team."""
        return len(value.split()) > 1 and super().accepts(value)

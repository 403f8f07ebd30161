"""The common part of recognisers: expressions, what a text must hold for them, full-width digits, context words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import regex
from presidio_analyzer import EntityRecognizer, LocalRecognizer, RecognizerResult

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_DIGIT = re.compile(r"\d")
# Full-width digits, as Chinese input methods write them. Only digits: what a text needs is looked up in the text itself.
_WIDE = re.compile(r"[０-９]")
_NARROW = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
# Matching without case takes these for an i, case folding does not.
_TURKISH = {0x130: "\ufffd", 0x131: "\ufffd"}

_RAISE = 0.35  # what Presidio adds where context speaks, and the least a raised score is
_LEAST = 0.4
_REFUTED = 0.2
_BEFORE, _AFTER = 80, 30  # characters in which context is looked for

_LETTER = "a-zà-öø-ÿ"
# What calls a number something else, right before it: an order, an invoice, a parcel, an amount.
_SHORT = (
    "bug|case|cve|ean|item|isbn|issn|job|lot|order|part|po|pos|price|prix|"
    "qty|quote|ref|réf|rma|sku|step|total|upc|build|v|ver|release|section|clause|§"
)
_LONG = (
    "request|session|correlation|trace|invoice|receipt|ticket|tracking|shipment|parcel|consignment|reference|article|version|transaction|booking|commit|"
    "firmware|chapter|kapitel|abschnitt|paragraph|quantity|amount|message-id|barcode|product|bestell|rechnung|sendung|auftrag|vorgang|artikel|angebot|lieferschein|"
    "aktenzeichen|betrag|menge|beleg|commande|facture|colis|dossier|devis|montant|article|bestelling|factuur|offerte|"
    "zending|bedrag|pedido|factura|envío|importe|ordine|fattura|spedizione|importo|encomenda|fatura|"
    "订单|訂單|发票|發票|快递|运单|運單|单号|單號|合同|版本|型号|型號|金额|金額|数量|流水号|工单"
)
_IS = (
    r"number|numero|numéro|número|nummer|num|no|nr|n°|nº|id|code|is|was|ist|est|es|号码|號碼|编码|编号|編號|号|號|为|是"
)
_UP_TO = rf"[\s.:：#_=\-（()）]{{0,3}}(?:(?:{_IS})[\s.:：#=\-】)）]{{0,3}}){{0,2}}[\s】]{{0,2}}$"  # from a label to its number
OTHER_NUMBERS = re.compile(rf"(?:(?<![{_LETTER}])(?:{_SHORT})s?|(?:{_LONG})[{_LETTER}]{{0,15}}){_UP_TO}")
# Context after a finding counts only in brackets or after a verb: "4711 (customer number)", "4711 is my customer number".
_SAYS = re.compile(r"\s?[(（\[]|\s(?:is|was|ist|est|es|é|è)\s")
_NUMBER = re.compile(r"\d(?:[ ./\-]?\d){4}|\d{4} ?年")
_PUNCTUATION = re.compile(r"[^0-9A-Za-z]")


def words(text: str) -> frozenset[str]:
    """The words of a list written as running text."""
    return frozenset(text.split())


@dataclass(frozen=True)
class Needs:
    """What a text must hold for a recogniser to find anything in it: a cheap necessary condition.

    At least `digits` decimal digits (Unicode Nd); one of the literals `any_of`, casefolded, in the casefolded text; a
    Han character; an upper-case letter. A recogniser may be skipped where its needs are not met, never the other way.
    """

    digits: int = 0
    any_of: tuple[str, ...] = ()
    han: bool = False
    capital: bool = False

    def met(self, text: str) -> bool:
        """Whether `text` could hold a finding."""
        if self.digits and sum(1 for _ in _first(text, self.digits)) < self.digits:
            return False
        if self.han and not _HAN.search(text):
            return False
        if self.capital and text == text.lower():
            return False
        folded = text.casefold() if self.any_of else ""
        return not self.any_of or any(literal in folded for literal in self.any_of)


def _first(text: str, count: int) -> Iterator[None]:
    """One item for each of the first `count` digits."""
    for found, _ in enumerate(_DIGIT.finditer(text), 1):
        yield None
        if found == count:
            return


class Contextual(LocalRecognizer):
    """A recogniser whose findings are judged by the words around them, and that says what a text must hold.

    `CONTEXT` are the words that make a finding more likely: those of up to four letters stand alone, longer ones may be
    part of a compound, a blank between words may also be a stop, a hyphen, an underscore or nothing. They are looked for in the
    name of the field, in the words before a finding back to the number before, and in brackets behind. Without them a
    score is `BARE` at most. `RIVALS` finds labels of another kind, `rivals` what other recognisers call their numbers: where
    such a label stands nearer, right before the number, or is the field's name, a finding falls below every threshold.

    With `WITHIN_LINE` the words must stand in the finding's line, or in the line before, if that holds no number and the
    finding begins its own.

    `NEEDS` is what a text, or a line of it, must hold. `MULTILINE` says that a finding, its look-arounds or its anchors
    may depend on text beyond its line, where a line ends with its "\\n". Context is no part of either.
    """

    CONTEXT: ClassVar[tuple[str, ...]] = ()
    BARE: ClassVar[float] = 1.0
    RIVALS: ClassVar[re.Pattern[str] | None] = None
    WITHIN_LINE: ClassVar[bool] = False
    NEEDS: ClassVar[Needs] = Needs()
    MULTILINE: ClassVar[bool] = False

    rivals: re.Pattern[str] | None = None

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """The findings with the scores that the words around them, or the field, give them."""
        if not raw_recognizer_results or not (self.CONTEXT or self.RIVALS):
            return raw_recognizer_results
        own = _spoken(self.CONTEXT)
        names = [word.lower() for word in context or ()]
        named = any(own.search(name) for name in names)
        rival = not named and any(self._is_rival(name) for name in names)
        for result in raw_recognizer_results:
            says = 1 if named else self._says(own, text, result)
            if says > 0:
                result.score = min(max(result.score + _RAISE, _LEAST), self.MAX_SCORE)
            else:
                result.score = min(result.score, _REFUTED if rival or says < 0 else self.BARE)
        return raw_recognizer_results

    def _says(self, own: re.Pattern[str], text: str, result: RecognizerResult) -> int:
        """1 where the words around a finding speak for it, -1 where they speak for another kind, else 0."""
        before = _before(text, result.start)
        if self.WITHIN_LINE:
            above, _, line = before.rpartition("\n")
            above = above.rpartition("\n")[2]
            before = line if line.strip(" \t>*-•") else "" if _DIGIT.search(above) else f"{above} "
        end = max((match.end() for match in own.finditer(before)), default=0)
        if self._is_rival(before, end):
            return -1
        if end:
            return 1
        after = text[result.end : result.end + _AFTER].split("\n", maxsplit=1)[0].lower()
        return 1 if _SAYS.match(after) and own.search(after) else 0

    def _is_rival(self, words: str, start: int = 0) -> bool:
        return any(rival.search(words, start) for rival in (self.RIVALS, self.rivals) if rival is not None)


class GroupRecognizer(Contextual):
    """Yields the group `found` of every match of `EXPRESSIONS` that `accepts` lets through."""

    ENTITY: ClassVar[str]
    SCORE: ClassVar[float]
    EXPRESSIONS: ClassVar[tuple[re.Pattern[str] | regex.Pattern[str], ...]]

    def __init__(self, supported_language: str = "en") -> None:
        super().__init__(supported_entities=[self.ENTITY], supported_language=supported_language)

    def load(self) -> None:
        """Nothing to load."""

    def accepts(self, value: str) -> bool:
        """Whether the group's text is a finding: checksums, lists of words that only look like names."""
        return True

    def score(self, value: str) -> float:
        """The score of a finding before its context is known."""
        return self.SCORE

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The findings in `text`, code point offsets."""
        text = narrow(text)
        if not text.isascii() and any("i" in literal for literal in self.NEEDS.any_of):
            text = text.translate(_TURKISH)
        found = [
            self.result(match.start("found"), match.end("found"), self.score(match["found"]))
            for expression in self.EXPRESSIONS
            for match in expression.finditer(text)
            if self.accepts(match["found"])
        ]
        return EntityRecognizer.remove_duplicates(found) if len(found) > 1 else found

    def result(self, start: int, end: int, score: float) -> RecognizerResult:
        """A finding of this recogniser."""
        return RecognizerResult(
            entity_type=self.ENTITY,
            start=start,
            end=end,
            score=score,
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: type(self).__name__,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )


class NumberRecognizer(GroupRecognizer):
    """A number of digits and capital letters, judged without the blanks and punctuation it is written with.

    `FORMATTED` is the score of a number written with them, where that says more than bare digits.
    """

    RIVALS: ClassVar[re.Pattern[str] | None] = OTHER_NUMBERS
    FORMATTED: ClassVar[float] = 0.0

    def accepts(self, value: str) -> bool:
        """What `valid` says of the number itself."""
        return self.valid(_PUNCTUATION.sub("", value).upper())

    def valid(self, number: str) -> bool:
        """Whether dates, ranges and check digits are right."""
        return True

    def score(self, value: str) -> float:
        """More for a formatted number."""
        return self.FORMATTED if self.FORMATTED and _PUNCTUATION.search(value) else self.SCORE


# What may not stand beside a number: the look-behind follows the first character, so that the search for that is fast.
_ALONE = r"(?<![0-9A-Za-z_\u00c0-\u024f].)(?<![0-9][./\-].)(?<!\+[0-9] .)(?<!\+[0-9]{2} .)"
_END = r"(?![0-9A-Za-z_\u00c0-\u024f])(?![./\-][0-9])(?!-[0-9A-Fa-f]{4}-)(?! ?(?:[元€$%]|EUR|USD|CHF|GBP))"


def number(first: str, rest: str) -> re.Pattern[str]:
    """A number that stands alone; `first` matches its first character. Chinese text has no word boundaries, so that
    `\\b` would not do."""
    return re.compile(rf"(?P<found>{first}{_ALONE}{rest}){_END}", re.ASCII)


def narrow(text: str) -> str:
    """The text with full-width digits as ASCII."""
    return text.translate(_NARROW) if not text.isascii() and _WIDE.search(text) else text


def _before(text: str, start: int) -> str:
    """The characters before a finding, in lower case, back to the number or the paragraph before."""
    before = text[max(0, start - _BEFORE) : start].rpartition("\n\n")[2]
    return _NUMBER.split(before)[-1].lower()


def labels(contexts: Iterable[tuple[str, ...]]) -> re.Pattern[str]:
    """What finds, right before a number, a word that some recogniser knows its numbers by."""
    known = {word for context in contexts for word in context}
    return re.compile(rf"(?:{_spoken(tuple(sorted(known))).pattern})[{_LETTER}]{{0,15}}{_UP_TO}")


@cache
def _spoken(context: tuple[str, ...]) -> re.Pattern[str]:
    """What finds the words of a context: short Latin words alone, others anywhere."""
    if not context:
        return re.compile(r"(?!)")
    short: list[str] = []
    long: list[str] = []
    for word in context:
        alone = not _HAN.search(word) and max(map(len, word.split())) <= 4
        (short if alone else long).append(re.escape(word.lower()).replace(r"\ ", r"[ ._\-]{0,2}"))
    single = [rf"(?<![{_LETTER}])(?:{'|'.join(short)})(?![{_LETTER}])"] if short else []
    return re.compile("|".join([*single, *long]))

"""The common part of recognisers: expressions, what a text must hold for them, full-width digits, context words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import regex
from presidio_analyzer import EntityRecognizer, LocalRecognizer, RecognizerResult

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_DIGIT = re.compile(r"\d")
# Full-width forms of ASCII digits, letters, signs and the space: Chinese input methods write them.
_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

_RAISE = 0.35  # what Presidio adds where context speaks, and the least a raised score is
_LEAST = 0.4
_REFUTED = 0.2
_BEFORE, _AFTER = 80, 30  # characters in which context is looked for

# What stands before a number that is something else: an order, an invoice, a parcel. The nearest label wins.
_OTHER_SHORT = (
    "art|box|bug|case|cve|eur|file|item|job|lot|no|order|part|po|price|quote|qty|ref|rma|sku|step|total|usd|isbn|issn|ean|upc|"
    "pos|prix|precio|bon|réf|nº"
)
_OTHER_LONG = (
    "invoice|receipt|ticket|tracking|shipment|parcel|consignment|reference|article|version|build|transaction|booking|commit|"
    "quantity|amount|message-id|barcode|"
    "bestell|rechnung|sendung|auftrag|vorgang|artikel|angebot|lieferschein|aktenzeichen|betrag|menge|"
    "commande|facture|colis|dossier|devis|montant|bestelling|factuur|offerte|zending|bedrag|pedido|factura|envío|importe|"
    "ordine|fattura|spedizione|importo|encomenda|fatura|订单|訂單|发票|發票|快递|运单|运單|单号|單號|合同|版本|型号|型號|金额|金額|数量"
)
_LETTER = "a-zà-öø-ÿ"
_OTHER = re.compile(rf"(?<![{_LETTER}])(?:{_OTHER_SHORT})(?![{_LETTER}])|{_OTHER_LONG}")
# Context after a finding counts only in brackets or after a verb: "4711 (customer number)", "4711 is my customer number".
_SAYS = re.compile(r"\s?[(（\[]|\s(?:is|was|ist|est|es|é|è)\s")
_NUMBER = re.compile(r"\d{5}")


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


class GroupRecognizer(LocalRecognizer):
    """Yields the group `found` of every match of `EXPRESSIONS` that `accepts` lets through.

    `CONTEXT` are the words that make a finding more likely: those of up to four letters stand alone, longer ones may be
    part of a compound. They are looked for in the name of the field, in the words before a finding back to the number
    before, and in brackets behind. Where `RIVALS` is set, a label of another kind that stands nearer ("order number")
    takes a finding below every threshold.

    `NEEDS` is what a text, or a line of it, must hold. `MULTILINE` says that a finding, its look-arounds or its anchors
    may depend on text beyond its line, where a line ends with its "\\n". Context is no part of either.
    """

    ENTITY: ClassVar[str]
    SCORE: ClassVar[float]
    EXPRESSIONS: ClassVar[tuple[re.Pattern[str] | regex.Pattern[str], ...]]
    CONTEXT: ClassVar[tuple[str, ...]] = ()
    RIVALS: ClassVar[bool] = False
    NEEDS: ClassVar[Needs] = Needs()
    MULTILINE: ClassVar[bool] = False

    def __init__(self, supported_language: str = "en") -> None:
        super().__init__(supported_entities=[self.ENTITY], supported_language=supported_language)

    def load(self) -> None:
        """Nothing to load."""

    def accepts(self, value: str) -> bool:
        """Whether the group's text is a finding: checksums, lists of words that only look like names."""
        return True

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The findings in `text`, code point offsets."""
        text = narrow(text)
        found = [
            self.result(match.start("found"), match.end("found"), self.SCORE)
            for expression in self.EXPRESSIONS
            for match in expression.finditer(text)
            if self.accepts(match["found"])
        ]
        return EntityRecognizer.remove_duplicates(found) if len(found) > 1 else found

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """The findings with the scores that the words around them, or the field, give them."""
        if self.CONTEXT or self.RIVALS:
            own = _spoken(self.CONTEXT)
            field = bool(context) and any(own.search(word.lower()) for word in context)
            for result in raw_recognizer_results:
                if field or self._named(own, text, result):
                    result.score = min(max(result.score + _RAISE, _LEAST), self.MAX_SCORE)
                elif self.RIVALS and _OTHER.search(_before(text, result.start, 40)):
                    result.score = min(result.score, _REFUTED)
        return raw_recognizer_results

    def _named(self, own: re.Pattern[str], text: str, result: RecognizerResult) -> bool:
        before = _before(text, result.start, _BEFORE)
        named = max((match.start() for match in own.finditer(before)), default=-1)
        if named >= 0:
            return not (self.RIVALS and _OTHER.search(before, named + 1))
        after = text[result.end : result.end + _AFTER].lower()
        return bool(_SAYS.match(after)) and bool(own.search(after.split("\n")[0]))

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


def narrow(text: str) -> str:
    """The text with full-width digits, letters and signs as ASCII, where it holds such digits or letters."""
    return text.translate(_NARROW) if not text.isascii() and _WIDE.search(text) else text


def _before(text: str, start: int, length: int) -> str:
    """The characters before a finding, in lower case, back to the number or the paragraph before."""
    before = text[max(0, start - length) : start].rpartition("\n\n")[2]
    return _NUMBER.split(before)[-1].lower()


@cache
def _spoken(context: tuple[str, ...]) -> re.Pattern[str]:
    """What finds the words of a context: short Latin words alone, others anywhere."""
    if not context:
        return re.compile(r"(?!)")
    short = [re.escape(word) for word in context if len(word) <= 4 and not _HAN.search(word)]
    long = [re.escape(word) for word in context if len(word) > 4 or _HAN.search(word)]
    alone = [rf"(?<![{_LETTER}])(?:{'|'.join(short)})(?![{_LETTER}])"] if short else []
    return re.compile("|".join([*alone, *long]))

"""The analyzer beside the plain engine on the same texts: how fast each is, and whether both find the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pii.analyzer import Analyzer
from pii.plain import Plain

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerResult

    from pii.reading import Item
    from pii.recognizers.custom import CustomPattern

_WARM_UP = "Dear Ms Example, call 030 23125 123 or write to max@example.com. Kind regards, Max Muster. 张伟的手机是13800138000。"


@dataclass(frozen=True)
class Comparison:
    """What was measured; seconds are processor time of one process, loading not counted."""

    texts: int
    characters: int
    findings: int
    seconds: float
    plain_seconds: float
    different: tuple[int, ...]  # numbers of the texts with other results
    unread: tuple[int, ...]  # numbers of the texts that took too long to be read whole: these are not compared

    @property
    def ratio(self) -> float:
        """How many times as fast the analyzer is."""
        return self.plain_seconds / max(self.seconds, 1e-9)


def compare(
    items: Sequence[Item],
    languages: Sequence[str],
    region: str,
    models: Mapping[str, str],
    patterns: Sequence[CustomPattern] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Comparison:
    """Analyse the items both ways, each from scratch. `progress` takes how many the plain engine is through with."""
    analyzer = Analyzer(languages, region, models, patterns=patterns)
    plain = Plain(languages, region, models, patterns)
    for warm_up in (analyzer.analyze([_WARM_UP]), plain.analyze(_WARM_UP)):
        del warm_up
    began = time.process_time()
    ours = list(analyzer.stream(items))
    seconds = time.process_time() - began
    plain_seconds = 0.0
    different, findings = [], 0
    for number, item in enumerate(items):
        began = time.process_time()
        theirs = plain.analyze(*item)
        plain_seconds += time.process_time() - began
        findings += len(theirs)
        if not ours[number].partly and told(theirs) != told(ours[number]):
            different.append(number)
        progress(number + 1)
    unread = tuple(number for number, one in enumerate(ours) if one.partly)
    characters = sum(len(item.text) for item in items)
    return Comparison(len(items), characters, findings, seconds, plain_seconds, tuple(different), unread)


def told(results: Sequence[RecognizerResult]) -> list[tuple[int, int, str, float]]:
    """What results say, for comparing them: spans, labels, scores."""
    return sorted((r.start, r.end, r.entity_type, r.score) for r in results)

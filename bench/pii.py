"""What detection costs beside plain Presidio. `python bench/pii.py [--megabytes 10,100] [--letters 300] [--json]`.

Every ratio is against an `AnalyzerEngine` with the same recognisers and pipelines on the same texts in the same run, and
holds only because both find the same. The texts are generated: fresh letters, threads of five mails that each quote all
before, and the cells of CRM rows. Growth and peak memory are measured on streams of fresh letters, a process each.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pii.analyzer import Analyzer  # noqa: E402
from pii.comparison import compare  # noqa: E402
from pii.reading import Item  # noqa: E402
from tests.pii.corpora import Letters  # noqa: E402

LANGUAGES, REGION = ("en", "zh"), "DE"
MEGABYTE = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", default="1,10", help="sizes of the streams, separated by commas")
    parser.add_argument(
        "--letters", type=int, default=200, help="letters to compare on; threads and rows in proportion"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--stream", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stream:
        print(json.dumps(stream(asked.stream)))
        return
    found = {name: _compared(items) for name, items in texts(asked.letters).items()}
    sizes = [int(size) for size in asked.megabytes.split(",")]
    streams = {size: _child(size) for size in sizes}
    if asked.json:
        print(json.dumps({"compared": found, "streams": streams}, indent=1))
        return
    for name, one in found.items():
        print(
            f"{name:12}{one['texts']:>7} texts {one['characters'] / MEGABYTE:>7.2f} MB  ours {one['seconds']:>7.2f} s"
            f"  plain {one['plain_seconds']:>7.2f} s  x {one['ratio']:>5.1f}  {'equal' if one['equal'] else 'NOT EQUAL'}"
        )
    for size, one in streams.items():
        print(f"stream of {size:>5} MB  {size / one['seconds']:.3f} MB/s  peak {one['peak_mib']} MiB")


def texts(letters: int) -> dict[str, list[Item]]:
    """The texts that both are given, by name."""
    return {
        "letters": [Item(Letters(seed).letter()) for seed in range(letters)],
        "threads": [Item(mail) for seed in range(letters // 10) for mail in Letters(seed).thread()],
        "cells": [Item(value, field=field) for field, value in Letters(1).cells(letters * 2) if value],
    }


def stream(megabytes: int) -> dict[str, Any]:
    """Seconds and peak memory of analysing so much generated text."""
    analyzer = Analyzer(LANGUAGES, REGION)
    begun = time.process_time()
    findings = sum(len(found) for found in analyzer.stream(_letters(megabytes * MEGABYTE)))
    seconds = time.process_time() - begun
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return {"seconds": round(seconds, 2), "findings": findings, "peak_mib": peak}


def _letters(characters: int) -> Iterator[Item]:
    size = 0
    for seed in count():
        letter = Letters(seed).letter()
        size += len(letter)
        yield Item(letter)
        if size >= characters:
            return


def _compared(items: list[Item]) -> dict[str, Any]:
    done = compare(items, LANGUAGES, REGION, {})
    return asdict(done) | {"ratio": round(done.ratio, 2), "equal": not done.different}


def _child(megabytes: int) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__)), "--stream", str(megabytes)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()

"""`python -m pii.training en --data ../shared/data/ner --out pii/models/en`: trains a pipeline and writes its folder."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

LANGUAGES = ("en", "zh")


def main() -> None:
    """Reads the command line; each language has a module with `train(data, out, seed)` and `measure(data, out)`."""
    parser = argparse.ArgumentParser(prog="python -m pii.training", description=__doc__)
    parser.add_argument("language", choices=LANGUAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora, JSON lines")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the pipeline to")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--measure", action="store_true", help="train nothing: print the scores of the folder's pipeline"
    )
    given = parser.parse_args()
    module = import_module(f"pii.training.{given.language}")
    if given.measure:
        print(module.measure(given.data, given.out))  # noqa: T201
    else:
        module.train(given.data, given.out, given.seed)


if __name__ == "__main__":
    main()

"""Writes a trained pipeline as it is shipped: no words of the training text, no paths, nothing that only training needs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import spacy

from pii.training.corpora import LABELS


def publish(trained: Path, out: Path) -> None:
    """Writes the pipeline of the folder `trained` to the folder `out`, in place of what is there but a README."""
    nlp = spacy.load(trained)
    for section in ("paths", "corpora", "initialize", "training"):
        nlp.config[section] = {}
    card = out / "README.md"
    readme = card.read_text(encoding="utf-8") if card.exists() else None
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    nlp.to_disk(out, exclude=["strings", "vectors", "lookups"])
    # spaCy wants the file; the strings themselves come back from the labels and from each text.
    (out / "vocab" / "strings.json").write_text(json.dumps(sorted(LABELS)), encoding="utf-8")
    if readme is not None:
        card.write_text(readme, encoding="utf-8")

"""Writes a trained pipeline as it is shipped: no words of the training text, no paths, nothing that only training needs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pii.training.corpora import LABELS

if TYPE_CHECKING:
    from spacy.language import Language


def publish(nlp: Language, out: Path) -> None:
    """Writes the pipeline to the folder `out`, in place of what is there but a README."""
    card = out / "README.md"
    readme = card.read_text(encoding="utf-8") if card.exists() else None
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    nlp.meta.update(
        name="redress",
        version="1.0.0",
        description="Names of people, places and organisations for Redress; see README.md",
        license="CC BY-SA 4.0",
    )
    nlp.to_disk(out, exclude=["strings", "vectors", "lookups"])
    # spaCy wants the file; the strings themselves come back from each text.
    (out / "vocab" / "strings.json").write_text(json.dumps(sorted(LABELS)), encoding="utf-8")
    if readme is not None:
        card.write_text(readme, encoding="utf-8")

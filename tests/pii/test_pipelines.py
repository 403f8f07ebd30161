"""Language pipelines: which is taken, what it may be called, and that reading many paragraphs is reading each."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.training import Example
from thinc.api import NumpyOps

from pii.analyzer import Analyzer
from pii.errors import PiiError
from pii.paragraphs import paragraphs
from pii.pipelines import Pipelines
from pii.products import Products, _run_of
from tests.pii.corpora import Letters

# What official pipelines call people, places and firms.
LABELS = {"PER": "Zora", "GPE": "Ulm", "FAC": "Tegel", "ORG": "Acme", "NORP": "Danish", "DATE": "Monday"}
TEXT = "on Monday Zora flew from Tegel to Ulm for the Danish Acme"


def stand_in(language: str = "en") -> spacy.Language:
    """A pipeline as official ones are built: a tagger, a parser and more besides what finds names."""
    nlp = spacy.blank(language)
    example = Example.from_dict(
        nlp.make_doc("Zora flew"), {"tags": ["X", "Y"], "heads": [1, 1], "deps": ["nsubj", "ROOT"]}
    )
    for name in ("tagger", "parser"):
        nlp.add_pipe(name)
    nlp.initialize(lambda: [example])
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": word} for label, word in LABELS.items()])  # type: ignore[attr-defined]
    return nlp


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages with the pipeline `en_stand_in` in it, laid out as `spacy package` lays it out."""
    site = tmp_path_factory.mktemp("site")
    package = site / "en_stand_in"
    package.mkdir()
    stand_in().to_disk(package / "en_stand_in-1.0.0")
    meta = json.loads((package / "en_stand_in-1.0.0" / "meta.json").read_text("utf-8"))
    meta |= {"name": "stand_in", "version": "1.0.0"}
    for folder in (package, package / "en_stand_in-1.0.0"):
        (folder / "meta.json").write_text(json.dumps(meta), "utf-8")
    (package / "__init__.py").write_text(
        "from spacy.util import load_model_from_init_py\n\n"
        "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n",
        "utf-8",
    )
    info = site / "en_stand_in-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: en_stand_in\nVersion: 1.0.0\n", "utf-8")
    (info / "top_level.txt").write_text("en_stand_in\n", "utf-8")
    return site


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.syspath_prepend(site)
    yield "en_stand_in"
    sys.modules.pop("en_stand_in", None)


def named(analyzer: Analyzer, text: str) -> set[tuple[str, str]]:
    (found,) = analyzer.analyze([text])
    return {(hit.entity_type, text[hit.start : hit.end]) for hit in found}


WANTED = {("PERSON", "Zora"), ("LOCATION", "Tegel"), ("LOCATION", "Ulm"), ("ORGANIZATION", "Acme")}


def test_an_installed_package(installed: str) -> None:
    assert named(Analyzer(("en",), models={"en": installed}), TEXT) == WANTED


def test_a_folder(site: Path) -> None:
    folder = site / "en_stand_in" / "en_stand_in-1.0.0"
    assert named(Analyzer(("en",), models={"en": str(folder)}), TEXT) == WANTED


def test_what_finds_no_names_is_not_loaded(installed: str) -> None:
    pipelines = Pipelines(("en",), {"en": installed})
    pipelines.load()
    assert pipelines._loaded["en"].nlp.pipe_names == ["entity_ruler"]


def test_another_language(tmp_path: Path) -> None:
    stand_in("de").to_disk(tmp_path / "de")
    analyzer = Analyzer(("de", "en"), models={"de": str(tmp_path / "de"), "en": "none"})
    (found,) = analyzer.analyze([TEXT], language="de")
    assert ("PERSON", 10, 14) in {(hit.entity_type, hit.start, hit.end) for hit in found}


def test_none_is_blank() -> None:
    pipelines = Pipelines(("en", "zh"), {"en": "none", "zh": "none"})
    pipelines.load()
    assert pipelines.with_model == ()
    assert pipelines.process_text("Zora", "en").entities == []


def test_another_pipeline_has_another_digest(site: Path) -> None:
    digests = set()
    for model in ("none", str(site / "en_stand_in" / "en_stand_in-1.0.0")):
        pipelines = Pipelines(("en",), {"en": model})
        pipelines.load()
        digests.add(pipelines.digest)
    assert len(digests) == 2


def test_a_package_that_is_not_installed() -> None:
    with pytest.raises(PiiError, match="never downloaded"):
        Analyzer(("en",), models={"en": "en_core_web_none"})


def test_a_language_that_none_is_shipped_for() -> None:
    with pytest.raises(PiiError, match="No pipeline for 'fi' comes with Redress"):
        Analyzer(("fi",), models={"fi": "shipped"})


def test_a_folder_that_holds_no_pipeline(tmp_path: Path) -> None:
    with pytest.raises(PiiError, match="cannot be loaded"):
        Analyzer(("en",), models={"en": str(tmp_path)})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_together_is_as_alone(language: str) -> None:
    """A batch finds what each paragraph by itself has, in any order, whatever else is in the batch."""
    pipelines = Pipelines(("en", "zh"), {})
    pipelines.load()
    if language not in pipelines.with_model:
        pytest.skip(f"no pipeline for {language} is shipped")
    some = [part.words for seed in range(12) for part in paragraphs(Letters(seed).letter())]
    some += ["王伟", "Anna", "Mr. O’Neill", "a", "", "12", "Anna Example\nMax Muster", "李娜 and Max"]
    alone = [pipelines.entities([words], language)[0] for words in some]
    assert any(alone)
    assert pipelines.entities(some, language) == alone
    assert pipelines.entities(some[::-1], language) == alone[::-1]


@pytest.mark.parametrize("shape", [(288, 288), (96, 480), (129, 96), (512, 768)])
def test_the_faster_product_gives_the_same_bits(shape: tuple[int, int]) -> None:
    """Where a way of summing is found at all; elsewhere spaCy's own product stays."""
    run = _run_of(shape)
    ours, own = Products({shape: run} if run else {}), NumpyOps()
    random = np.random.default_rng(1)
    weights = random.standard_normal(shape, np.float32)
    for rows in (1, 2, 15, 16, 33, 500):
        inputs = random.standard_normal((rows, shape[1]), np.float32)
        product = ours.gemm(inputs, weights, trans2=True)
        assert np.array_equal(product, own.gemm(inputs, weights, trans2=True))

"""redress pii evaluate and bench: files of lines, figures, clear refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def lines(path: Path, *values: object) -> str:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values), "utf-8")
    return str(path)


GOLD = (
    {"text": "Dear Ms Example, see you.", "spans": [[8, 15, "PERSON"]], "source": "ours"},
    {"text": "Write to max@example.com.", "spans": [[9, 24, "EMAIL_ADDRESS"]]},
    {"text": "Nothing here.", "spans": []},
)


def test_evaluate(redress: Command, tmp_path: Path) -> None:
    figures = redress.json("pii", "evaluate", lines(tmp_path / "gold.jsonl", *GOLD))
    assert figures["texts"] == 3
    assert figures["labels"]["EMAIL_ADDRESS"]["exact"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert figures["labels"]["PERSON"]["overlap"]["recall"] == 1.0
    assert figures["all"]["marked"] == 2


def test_evaluate_some_labels(redress: Command, tmp_path: Path) -> None:
    file = lines(tmp_path / "gold.jsonl", *GOLD)
    assert list(redress.json("pii", "evaluate", file, "--labels", "PERSON,URL")["labels"]) == ["PERSON", "URL"]
    assert "PERSN is neither" in redress.refused("pii", "evaluate", file, "--labels", "PERSN", code=2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "Line 2 is not JSON"),
        ('{"spans": []}', 'Line 2 is not an object with a "text"'),
        ('{"text": "a"}', 'Line 2 has no list "spans"'),
        ('{"text": "a", "spans": [[0, 1]]}', "A span of line 2 is not [start, end, label]"),
        ('{"text": "a", "spans": [[0, 2, "PERSON"]]}', "A span of line 2 lies outside its text of 1 characters"),
    ],
)
def test_evaluate_refuses(redress: Command, tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(f"{json.dumps(GOLD[0])}\n{line}\n", "utf-8")
    refused = " ".join(redress.refused("pii", "evaluate", str(file), code=2).replace("│", "").split())
    assert says in refused


def test_bench(redress: Command, tmp_path: Path) -> None:
    file = lines(tmp_path / "texts.jsonl", *GOLD, {"text": "030 23125 123", "field": "mobile", "region": "DE"})
    done = redress.json("pii", "bench", file)
    assert (done["texts"], done["equal"], done["different"]) == (4, True, [])
    assert done["ratio"] > 0


def test_bench_refuses(redress: Command, tmp_path: Path) -> None:
    file = lines(tmp_path / "texts.jsonl", {"text": "a", "field": 1})
    assert "must be text" in redress.refused("pii", "bench", file, code=2)
    assert "holds no texts" in redress.refused("pii", "bench", lines(tmp_path / "none.jsonl"), code=2)

"""Kinds of store, found by entry point, and their options."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator

from connectors import registry
from connectors.errors import BadSettings
from connectors.imap import KIND as IMAP
from connectors.imap.options import Options as ImapOptions

GOOD = {"host": "mail.example.com", "user": "archive", "password": "open sesame"}
PLUGIN = """
from pydantic import BaseModel

class Options(BaseModel):
    path: str

class Kind:
    name = "shoebox"
    options = Options
    def open(self, options, limits):
        return "opened " + options.path

KIND = Kind()
"""


class Gate(BaseModel):
    """Options of an invented kind, with everything the registry has to cope with."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: str
    token: SecretStr = SecretStr("")
    tables: tuple[str, ...] = ()
    limit: int = 5
    ca_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _has_scheme(cls, url: str) -> str:
        if "://" not in url:
            raise ValueError("must begin with a scheme")
        return url

    @field_validator("token")
    @classmethod
    def _quotes_what_it_gets(cls, token: SecretStr) -> SecretStr:
        if token.get_secret_value() == "tiger":
            raise ValueError(f"{token.get_secret_value()} is a weak token")
        return token


class GateKind:
    name = "gate"
    options: type[BaseModel] = Gate

    def open(self, options: object, limits: object = None) -> object:
        return options


GATE = GateKind()


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of a third party, installed beside ours."""
    (tmp_path / "shoebox_store.py").write_text(PLUGIN)
    info = tmp_path / "shoebox-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shoebox\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[redress.connectors]\nshoebox = shoebox_store:KIND\nbroken = shoebox_absent:KIND\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registry.kinds.cache_clear()
    yield tmp_path
    registry.kinds.cache_clear()


def test_it_works(plugins: Path) -> None:
    assert {"shoebox", "broken"} <= set(registry.kinds())
    assert registry.kind("shoebox").name == "shoebox"
    assert registry.open_store("shoebox", {"path": "attic"}) == "opened attic"


def test_our_own_kinds_are_declared_and_load() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    declared = project["project"]["entry-points"]["redress.connectors"]
    for name, target in declared.items():
        assert EntryPoint(name, target, registry.GROUP).load().name == name


def test_unknown_kind_lists_those_there_are(plugins: Path) -> None:
    with pytest.raises(BadSettings, match="shoebox"):
        registry.kind("fridge")


def test_broken_plugin_is_named_and_breaks_no_other(plugins: Path) -> None:
    with pytest.raises(BadSettings, match="broken"):
        registry.kind("broken")
    assert registry.kind("shoebox")


def test_options_are_read_and_checked() -> None:
    pairs = {"url": "gate://x", "limit": "7", "tables": "a, b,,c", "ca-file": "ca.pem"}
    found = registry.parse_options(GATE, pairs, {})
    assert found == Gate(url="gate://x", limit=7, tables=("a", "b", "c"), ca_file=Path("ca.pem"))


def test_list_may_be_json() -> None:
    assert registry.parse_options(IMAP, GOOD | {"include": '["a,b", "c"]'}, {}).include == ("a,b", "c")  # type: ignore[attr-defined]
    with pytest.raises(BadSettings, match="JSON"):
        registry.parse_options(IMAP, GOOD | {"include": '["a'}, {})


def test_secret_from_the_environment() -> None:
    pairs = {"url": "gate://x", "token-env": "GATE_TOKEN"}
    assert registry.dump(registry.parse_options(GATE, pairs, {"GATE_TOKEN": "t"}))["token"] == "t"
    with pytest.raises(BadSettings, match="token-env is not set"):
        registry.parse_options(GATE, pairs, {})


def test_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t t\n")
    pairs = {"url": "gate://x", "token-file": str(tmp_path / "token")}
    assert registry.dump(registry.parse_options(GATE, pairs, {}))["token"] == "t t"
    for bad in (str(tmp_path / "absent"), str(tmp_path), "nul\0"):
        with pytest.raises(BadSettings, match="token-file cannot be read"):
            registry.parse_options(GATE, pairs | {"token-file": bad}, {})


def test_option_given_twice() -> None:
    with pytest.raises(BadSettings, match="token is given twice"):
        registry.parse_options(GATE, {"url": "gate://x", "token": "a", "token-env": "T"}, {"T": "b"})


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ({"url": "gate://x", "colour": "red"}, "colour is not known"),
        ({}, "url is missing"),
        ({"url": "gate"}, "url: must begin with a scheme"),
        ({"url": "gate://x", "limit": "many"}, "limit: Input should be a valid integer"),
        ({"url": "gate://x", "token": "tiger"}, "token is not acceptable"),
    ],
)
def test_faults_are_told_in_one_sentence(pairs: dict[str, str], words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        registry.parse_options(GATE, pairs, {})
    assert words in str(caught.value)
    assert "Options of this kind: url, token, tables, limit, ca-file." in str(caught.value)
    assert "tiger" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_fault_quotes_a_password() -> None:
    secret = "line\nbreak-sesame"
    with pytest.raises(BadSettings) as caught:
        registry.parse_options(IMAP, GOOD | {"password": secret, "port": "0", "host": "a b"}, {})
    assert "sesame" not in str(caught.value)
    with pytest.raises(ValidationError) as raw:
        ImapOptions.model_validate(GOOD | {"password": secret})
    assert "sesame" not in str(raw.value)


def test_what_is_sealed_opens_again() -> None:
    options = registry.parse_options(IMAP, GOOD | {"include": "a,b", "ca_file": "ca.pem"}, {})
    sealed = json.loads(json.dumps(registry.dump(options)))
    assert sealed["password"] == "open sesame"
    assert ImapOptions.model_validate(sealed) == options


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("gate://ann:pw@db.example.com/x", "gate://******@db.example.com/x"),
        ("gate://ann:p@w/w@db.example.com/x", "gate://******@db.example.com/x"),
        ("gate://db.example.com/x?user=ann&password=pw#z", "gate://db.example.com/x?user=ann&password=******#z"),
        ("gate://db.example.com/x", "gate://db.example.com/x"),
    ],
)
def test_what_is_shown_holds_no_credential(url: str, expected: str) -> None:
    assert registry.shown(Gate(url=url, token=SecretStr("tiger lily"))) == {
        "url": expected,
        "token": "******",
        "tables": [],
        "limit": 5,
        "ca_file": None,
    }


def test_sealed_options_of_another_shape_are_refused() -> None:
    with pytest.raises(BadSettings):
        registry.open_store("imap", {"host": "x"})

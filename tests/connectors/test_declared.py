"""Descriptions: what is refused when one is read, and how a value is written wherever it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import ValidationError

from connectors.contract import Identifier, Ref, Store, Whereabouts
from connectors.declared import KIND, opening, reading
from connectors.declared.options import DeclaredOptions
from connectors.declared.paths import Malformed, many, one
from connectors.declared.templates import Inexpressible, Language, Values
from connectors.errors import BadSettings, Vanished
from connectors.http import Pace
from tests.connectors.conformance import Memory, deletion, records
from tests.servers.desk import CLIENT, SECRET, Desk

DOCS = Path(__file__).parents[2] / "docs" / "connectors.md"
NASTY = "o'neil\"<x>@example.com"
MINIMAL = """
name: mini
title: Mini
base: https://mini.example
settings: {token: {secret: true}}
auth: {bearer: token}
collections:
  people:
    list: {get: /people, rows: ''}
    get: {get: '/people/{key}'}
"""


def tutorial() -> str:
    """The description that the docs end with."""
    match = re.search(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    assert match
    return match[1]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(opening, "Pace", lambda *limits: Pace())
    with Desk() as server:
        yield server


@pytest.fixture
def store(desk: Desk, tmp_path: Path) -> Iterator[Store]:
    file = tmp_path / "deskly.yaml"
    file.write_text(tutorial(), "utf-8")
    options = DeclaredOptions(file=str(file), secrets=SECRET, settings=f'client = "{CLIENT}"', base=desk.url, timeout=5)
    with KIND.open(options) as store:
        yield store


# -- the description of the docs


def test_it_works(store: Store, desk: Desk) -> None:
    ids = [desk.put(name=f"Person {n}", mail=f"p{n}@example.com", note="calls often") for n in range(120)]
    assert [record.ref.key for record in records(store)] == ids
    assert store.estimate().records == 120
    assert len(desk.tokens) == 1


@pytest.mark.parametrize(
    "mail",
    [
        NASTY,
        "a' or mail = 'b",
        "back\\slash@example.com",
        "\\' or name = '",
        "张伟@example.com",
        "percent%_*@example.com",
    ],
)
def test_an_identifier_is_text_in_a_query_language(store: Store, desk: Desk, mail: str) -> None:
    wanted, _ = desk.put(name="One", mail=mail), desk.put(name="Other", mail="b")
    assert [hit.ref.key for hit in store.search([Identifier("email", mail)])] == [wanted]


def test_what_a_language_cannot_write_is_not_searched_for(store: Store, desk: Desk) -> None:
    assert list(store.search([Identifier("email", "a\x00b@example.com")])) == []
    assert not desk.calls


def test_the_chain_scrubs_deletes_and_purges(store: Store, desk: Desk) -> None:
    id, other = desk.put(name="Lena Novak", mail="lena@example.com"), desk.put(name="Tom", mail="tom@example.com")
    (record,) = store.fetch([Ref("customers", id)])
    receipt = store.act(deletion(record), Memory())
    assert receipt.residue == ("deskly.mails",)
    assert (list(desk.customers), desk.trash) == ([other], {})
    steps = [f"{asked.method} {asked.path}" for asked, _ in desk.log if asked.method in ("PATCH", "DELETE")]
    assert steps == [f"PATCH /api/customers/{id}", f"DELETE /api/customers/{id}", f"DELETE /api/trash/{id}"]


def test_a_bin_shows_what_is_in_it(store: Store, desk: Desk) -> None:
    id = desk.put(name="Lena Novak", mail="lena@example.com", note="")
    desk.trash[id] = desk.customers.pop(id)
    found = store.presence(Ref("customers", id))
    assert (found.where, found.shows) == (Whereabouts.BIN, ("mail", "name"))


def test_a_token_that_dies_is_fetched_anew(store: Store, desk: Desk) -> None:
    desk.put(name="Lena Novak", mail="lena@example.com")
    assert len(records(store)) == 1
    desk.tokens.append("another")
    assert len(records(store)) == 1


def test_the_path_of_a_key_is_one_segment(store: Store, desk: Desk) -> None:
    for key in ("../trash/c0001", "c0001?x", "", ".."):
        assert list(store.fetch([Ref("customers", key)])) == []
    assert not desk.calls  # no key can look like this


# -- what is refused


def changed(*path: str | int, to: Any) -> str:
    """The minimal description with one thing put in."""
    found = yaml.safe_load(MINIMAL)
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return yaml.safe_dump(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (changed("colour", to="red"), "colour: this key is not known"),
        (changed("collections", "people", "lists", to={}), "lists: this key is not known"),
        (
            changed("collections", "people", "list", to={"get": "/p", "post": "/p", "rows": ""}),
            "exactly one of get, post",
        ),
        (changed("collections", "people", "list", to={"get": "/people"}), "rows: is missing"),
        (changed("collections", "people", "get", to={"get": "/people/x{key}"}), "{key} stands inside other text"),
        (changed("collections", "people", "get", to={"get": "/people?id={key}"}), "has no query"),
        (changed("collections", "people", "get", "json", to={"q": "id='{key}'"}), "{key} stands inside other text"),
        (changed("collections", "people", "get", "query", to={"q": "{value}"}), "there is no parameter {value} here"),
        (changed("collections", "people", "get", "query", to={"q": "{key:sql}"}), "there is no language sql"),
        (changed("collections", "people", "get", "query", to={"q": "{token}"}), "there is no parameter {token} here"),
        (changed("collections", "people", "get", "query", to={"q": "{"}), "a brace stands alone"),
        (changed("collections", "people", "get", "limit", to="slow"), "there is no limit slow"),
        (
            changed("collections", "people", "related", to=[{"to": "pets", "ids": "pets"}]),
            "there is no collection pets",
        ),
        (changed("collections", "people", "residue", to=["mini.logs"]), "the residue mini.logs is not explained"),
        (changed("residue", to={"other.logs": "Logs."}), "does not begin with mini."),
        (changed("collections", "people", "scrub", to=True), "`scrub` needs `update`"),
        (changed("collections", "people", "pattern", to="("), "pattern"),
        (changed("base", to="http://mini.example"), "base"),
        (changed("base", to="https://{token}.mini.example"), "{token} in base"),
        (changed("auth", to={"bearer": "key"}), "auth names the setting key"),
        (changed("auth", to={"bearer": "token", "header": {"name": "X", "value": "token"}}), "auth is exactly one of"),
        (changed("collections", "people", "list", to={"get": "/p", "rows": "", "by": "page"}), "needs the `size`"),
        (MINIMAL + "title: Again\n", "the key 'title' stands twice"),
        ("a: [", "not well-formed"),
        ("- 1\n", "valid dictionary"),
    ],
)
def test_a_faulty_description_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        reading.parse(text)
    assert words in str(caught.value)


def test_the_minimal_description_is_enough() -> None:
    assert reading.parse(MINIMAL).title == "Mini"


def test_every_shipped_description_is_sound_and_fits_the_schema() -> None:
    import jsonschema

    for name in reading.shipped():
        reading.parse(reading.text_of(name))
        data = yaml.load(reading.text_of(name), reading._Loader)
        jsonschema.Draft202012Validator(reading.schema()).validate(json.loads(json.dumps(data)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"file": "nowhere.yaml"}, "cannot be read"),
        ({"file": "hubspot"}, "Settings are missing: token"),
        ({"file": "hubspot", "secrets": 'token = "a"\nmore = "b"'}, "names something"),
        ({"file": "hubspot", "secrets": "t", "settings": 'tokn = "b"'}, "names something"),
        ({"file": "hubspot", "secrets": "t", "settings": 'token = "b"'}, "names something"),
        ({"file": "hubspot", "secrets": "a\r\nX: y"}, "no header can carry"),
        ({"file": "hubspot", "secrets": "t", "base": "http://crm.example.com"}, "base is an https URL"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DeclaredOptions(**options)
    assert words in str(caught.value)


def test_a_description_is_sealed_as_it_was_when_the_store_was_added(tmp_path: Path) -> None:
    file = tmp_path / "mini.yaml"
    file.write_text(MINIMAL, "utf-8")
    options = DeclaredOptions(file=str(file), secrets="t")
    file.write_text(MINIMAL.replace("mini.example", "evil.example"), "utf-8")
    assert options.description().base == "https://mini.example"


# -- values in their places


@pytest.mark.parametrize("value", [NASTY, "a/b", "a?b#c", "%2e%2e", "a b\r\nX: y", "张伟", "&x=1", ";", "\u202e"])
def test_a_value_is_one_segment_of_a_path_and_one_parameter(value: str) -> None:
    values = Values({"value": value, "key": value}, {})
    url = httpx.Request(
        "GET", "https://a.example" + values.path("/p/{key}/x"), params=values.query({"q": "{value}"})
    ).url
    assert url.raw_path.partition(b"?")[0].count(b"/") == 3
    assert dict(url.params) == {"q": value}


@pytest.mark.parametrize("key", ["", ".", ".."])
def test_a_key_that_no_path_can_name_is_not_there(key: str) -> None:
    with pytest.raises(Vanished):
        Values({"key": key}, {}).path("/p/{key}")


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{fields}", ["a", "b"]),
        ({"x": "{cursor}", "y": "{value}"}, {"y": NASTY}),
        ({"a": [{"b": "{value}"}], "n": 1}, {"a": [{"b": NASTY}], "n": 1}),
        ({"$each": "keys", "$as": {"id": "{item}"}}, [{"id": "1"}, {"id": "2"}]),
        ("{{{collection}}}", "{people}"),
        ({"{collection}": True}, {"people": True}),
    ],
)
def test_a_parameter_keeps_its_type_in_json(template: Any, wanted: Any) -> None:
    known = {"fields": ["a", "b"], "cursor": None, "value": NASTY, "keys": ["1", "2"], "collection": "people"}
    assert Values(known, {}).value(template) == wanted


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        (Language(quote="'", special="'", escape="'"), "o'neil", "'o''neil'"),
        (Language(quote='"', special='"', escape="\\"), 'a"b\\', '"a\\"b\\\\"'),
        (Language(special="(),\\", escape="\\"), "a(b),c", "a\\(b\\)\\,c"),
    ],
)
def test_a_language_writes_a_value(language: Language, value: str, written: str) -> None:
    assert language.write(value) == written


@pytest.mark.parametrize("value", ["a'b", "a\nb", "a\x00b", "\ud800", "50%"])
def test_a_language_refuses_what_it_cannot_write(value: str) -> None:
    with pytest.raises(Inexpressible):
        Language(quote="'", refuse="%").write(value)


def test_paths_say_when_an_answer_has_another_form() -> None:
    answer = {"a": {"b": [{"c": 1}, {"c": 2}]}}
    assert (many(answer, "a.b[].c"), one(answer, "a.x.y"), many(answer, "x[].y")) == ([1, 2], None, [])
    for path in ("a.b.c", "a[].b"):
        with pytest.raises(Malformed):
            many(answer, path)

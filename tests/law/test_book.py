"""A regime is a file: a new one needs no code. A file that does not fit is refused; code holds no dates and no countries."""

from __future__ import annotations

import ast
import re
import shutil
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest

import law
from law.book import Book, shipped
from law.clock import Facts, due, explain
from law.contents import missing
from law.grounds import grounds
from law.regimes import LawError, regimes, resolve
from law.residence import regime_for
from law.rule import CONFIDENCE, Right
from law.vectors import check

RULES = Path(str(files("law").joinpath("rules")))
CODE = sorted(Path(law.__file__).parent.glob("*.py"))

LGPD = """
regime: lgpd
title: LGPD
name: Lei Geral de Proteção de Dados Pessoais, Lei 13.709/2018
regulator: the ANPD
places: {residents: [BR]}
rights:
  - id: lgpd.access
    right: access
    title: Acesso aos dados
    cite: [LGPD 18 II, LGPD 19]
    confidence: K
    names: [acesso]
    handling: automatic
  - {id: lgpd.erasure, right: erasure, title: Eliminação, cite: LGPD 18 VI, confidence: K, handling: automatic}
proofs:
  - {id: lgpd.identity, degree: reasonable, cite: LGPD 18, confidence: K, unmet: Say why.}
clocks:
  - {id: lgpd.respond, events: [respond], unit: day, n: 15, period: 15 days, cite: LGPD 19 II, confidence: K}
grounds:
  - id: lgpd.16
    title: Retention by law
    cite: LGPD 16 I
    rights: [erasure]
    whole: false
    needs: [statute]
    effect: restrict
    confidence: K
documents:
  - id: lgpd.refusal
    document: refusal
    cite: LGPD 18 §4
    confidence: K
    items: [{key: reasons, title: Razões de fato ou de direito, cite: LGPD 18 §4 II}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in RULES.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_a_new_regime_is_a_new_file(folder: Path) -> None:
    (folder / "lgpd.yaml").write_text(LGPD, "utf-8")
    book = Book.read(folder)
    zone = ZoneInfo("America/Sao_Paulo")
    found = due("lgpd", "acesso", "BR", datetime(2026, 11, 3, 23, 30, tzinfo=zone), zone, book=book)
    assert explain(found) == "due 18 November 2026 (15 days, LGPD 19 II)"
    assert "lgpd" in regimes(granting=True, book=book)
    assert regime_for("BR", "DE", book=book) == "lgpd"
    assert resolve("LGPD", "access", book=book).right is Right.ACCESS
    assert [g.id for g in grounds("lgpd", "erasure", book=book)] == ["lgpd.16"]
    assert missing("refusal", "lgpd", set(), book=book) == ["reasons"]
    vector = {
        "id": "B1",
        "regime": "LGPD",
        "jurisdiction": "BR",
        "request_type": "access",
        "event": "respond",
        "received_at": "2026-02-10T01:00:00+00:00",
        "controller_tz": "America/Sao_Paulo",
        "due_date": "2026-02-24",  # 22:00 of 9 February in São Paulo
    }
    assert check([vector], book=book).passed == 1
    with pytest.raises(LawError):
        due("lgpd", "access", "BR", datetime(2026, 11, 3, tzinfo=zone), zone)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("gdpr.yaml", "unit: month", "unit: fortnight", r"gdpr\.yaml does not fit: clocks\.0\.unit"),
        ("gdpr.yaml", "period: one month", "periode: one month", r"clocks\.0\.periode: Extra inputs"),
        ("gdpr.yaml", "regime: gdpr", "regime: [", r"gdpr\.yaml is no valid YAML"),
        ("gdpr.yaml", "regime: gdpr", "regime: pipl", "speak of the same regime"),
        (
            "gdpr.yaml",
            "calendar: national\n",
            "calendar: moon\n",
            r"calendar 'moon' that calendars\.yaml does not have",
        ),
        ("gdpr.yaml", "id: gdpr.extend\n", "id: gdpr.respond\n", "rule named twice: gdpr.respond"),
        ("gdpr.yaml", "names: [restrict]", "names: [object]", "right named twice: object"),
        ("calendars.yaml", "years:\n  cn_state_council:", "years:\n  us_federal:", "no calendar that is announced"),
        ("calendars.yaml", "    2025:\n", "    2024:\n", "a day under 2024 lies in another year"),
        ("calendars.yaml", "[2025-01-28, 2025-02-04]", "[2025-02-04, 2025-01-28]", "ends before it begins"),
        ("calendars.yaml", "worked: [2025-01-26,", "worked: [2025-02-02,", "both closed and worked"),
        ("calendars.yaml", "worked: [2025-01-26,", "worked: [2025-01-24,", "only Saturdays and Sundays are made up"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(folder: Path, file: str, old: str, new: str, words: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(LawError, match=words):
        Book.read(folder)


YEAR = """
years:
  cn_state_council:
    2027:
      closed: [[2027-01-01, 2027-01-03], [2027-10-01, 2027-10-07]]
      worked: [2027-01-09]
      cite: invented for this test
"""


def test_an_installation_adds_a_year() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    book = shipped().with_years(YEAR)
    found = due("pipl", "delete", "CN", datetime(2026, 12, 25, 9, tzinfo=shanghai), shanghai, book=book)
    # 28 to 31 December, 4 to 9 January with the made-up Saturday, 11 to 15 January
    assert (found.date, found.provisional) == (date(2027, 1, 15), False)


def test_an_installation_does_not_rewrite_a_year() -> None:
    book = shipped().with_years(YEAR.replace("2027", "2026").replace("2026-01-09", "2026-01-10"))
    assert book.days.calendar("cn_state_council", "CN").closed(date(2026, 1, 4)) is None  # a made-up Sunday


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("years: {moon: {2027: {closed: [[2027-01-01, 2027-01-01]], worked: [], cite: X}}}", "moon is no calendar"),
        ("years: {cn_state_council: {2027: {closed: [], worked: [], cite: X}}}", "closed"),
        ("calendars: {}", "Field required"),
        ("years: [", "no valid YAML"),
        (YEAR.replace("2027-01-09", "2027-01-08"), "only Saturdays and Sundays"),
        (YEAR.replace("    2027:", "    2028:"), "a day under 2028 lies in another year"),
    ],
)
def test_a_year_that_does_not_fit_is_refused(text: str, words: str) -> None:
    with pytest.raises(LawError, match=words):
        shipped().with_years(text)


def test_every_rule_says_where_it_stands_and_how_sure_we_are() -> None:
    assert len(shipped().rules) > 200
    for rule in shipped().rules.values():
        assert all(rule.cite)
        assert set(rule.confidence.split("/")) <= set(CONFIDENCE)
        assert re.fullmatch(rf"{re.escape(rule.id)}@{rule.version}#[0-9a-f]{{12}}", rule.stamp)
    with pytest.raises(LawError, match="redress law list"):
        shipped().rule("gdpr.nothing")


def test_a_changed_rule_has_another_stamp_under_the_same_version() -> None:
    rule = shipped().rule("ccpa.respond")
    changed = rule.model_copy(update={"n": 30})
    changed.__dict__.pop("stamp", None)
    assert changed.stamp != rule.stamp
    assert changed.version == rule.version


@pytest.mark.parametrize(
    ("country", "name"), [(c, n) for c, v in shipped().days.corrections.items() for n in v.without]
)
def test_every_correction_corrects_something(country: str, name: str) -> None:
    land, _, part = country.partition("-")
    library = holidays.country_holidays(land, subdiv=part or None, years=range(2020, 2034), language="en_US")
    wrong = [day for day in library for known in library.get_list(day) if known.startswith(name)]
    ours = shipped().days.calendar("national", country)
    assert wrong
    assert any(ours.closed(day) is None for day in wrong)


def test_a_day_off_that_the_library_lacks_can_be_added(folder: Path) -> None:
    file = folder / "calendars.yaml"
    text = file.read_text("utf-8").replace(
        "  FI:", '  JP: {holidays: {2026-06-03: A new day}, cite: "for this test"}\n  FI:', 1
    )
    file.write_text(text, "utf-8")
    assert Book.read(folder).days.calendar("national", "JP").closed(date(2026, 6, 3)) == "A new day"


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 7, 3), None),  # 4 July 2026 is a Saturday
        (date(2027, 7, 5), "Independence Day (observed)"),  # 4 July 2027 a Sunday
        (date(2028, 11, 10), "Veterans Day (observed)"),  # 11 November 2028 a Saturday
    ],
)
def test_few_saturday_holidays_of_california_are_kept_on_friday(day: date, off: str | None) -> None:
    assert shipped().days.calendar("us_civil_code_9", "US").closed(day) == off
    assert shipped().days.calendar("us_federal", "US").closed(day)


def test_a_part_the_library_does_not_know_is_refused() -> None:
    with pytest.raises(LawError, match="There is no such part"):
        shipped().days.calendar("regional", "DE-XYZ")
    assert shipped().days.calendar("regional", "FR").country == "FR"


COUNTRIES = set(holidays.list_supported_countries())


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_the_code_holds_no_dates_and_no_countries(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
            "date",
            "datetime",
        }:
            assert not any(isinstance(arg, ast.Constant) and int(arg.value) > 31 for arg in node.args), ast.unparse(
                node
            )
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
            assert not re.search(r"\b(19|20)\d\d-\d\d", node.value), node.value
            assert node.value not in COUNTRIES
            assert node.value.partition("-")[0] not in COUNTRIES or "-" not in node.value
        if isinstance(node, ast.Compare):
            compared = [c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)]
            assert not set(compared) & set(shipped().statutes), ast.unparse(node)


def test_facts_are_those_of_the_rules() -> None:
    used = {name for rule in shipped().rules.values() for name in getattr(rule, "anchor", ())} - {"receipt"}
    assert used <= set(Facts.__dataclass_fields__)

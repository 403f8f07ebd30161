"""Every kind of letter in every language."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from law.contents import missing
from law.regimes import Right, regimes, rights
from notices import contents
from notices.kinds import KINDS, LetterError
from notices.letters import TAGS, greeting_name, language_for, render
from notices.words import RIGHTS
from settings import Controller

REGIMES = regimes(granting=True)
SITE = "https://privacy.example.com"
CONTROLLER = Controller(name="Muster & Söhne GmbH", contact="privacy@example.com", authority="Authority of Examplia")

REASONS = [{"text": "Sentence of staff.", "ground": "Ground 1"}]
FULL: dict[str, dict[str, Any]] = {
    "receipt": {"received_on": "2026-03-02", "due": "2026-04-02", "link": f"{SITE}/s/1", "proof": True},
    "identity_code": {"code": "4829-1377", "minutes": 10},
    "extension": {
        "due_before": "2026-04-02",
        "due": "2026-06-02",
        "reasons": ["Many records."],
        "link": f"{SITE}/s/1",
    },
    "refusal": {"reasons": REASONS, "opt_out": f"{SITE}/opt-out"},
    "partial_refusal": {"done": ["Line of staff."], "reasons": REASONS, "opt_out": f"{SITE}/opt-out"},
    "access_ready": {
        "link": f"{SITE}/p/1",
        "until": "2026-04-16",
        "masked": True,
        "withheld": REASONS,
        "unreached": ["Unread part."],
    },
    "erasure_complete": {
        "erased_on": "2026-03-20",
        "kept": [
            {"what": "Invoices", "ground": "Ground 2", "until": "2034-12-31"},
            {"what": "X", "ground": "Ground 3"},
        ],
        "unreached": ["Backups."],
        "recipients_told": True,
        "certificate": f"{SITE}/c/1",
        "opt_out": f"{SITE}/opt-out",
    },
    "decision": {"done": ["Line of staff."]},
    "deadline": {"due": "2026-04-05", "why": "one month, GDPR 12(3)", "state": "locating", "extend_by": "2026-04-02"},
    "withdrawn": {"withdrawn_on": "2026-03-05", "copies_until": "2026-04-04"},
    "expired": {"proof_until": "2026-04-01", "link": f"{SITE}/ask"},
}
EVERY = [(kind, language) for kind in KINDS for language in TAGS]


def facts(kind: str, regime: str = "gdpr", right: str = "erasure", **change: Any) -> dict[str, Any]:
    return {"reference": "R-7K2M", "regime": regime, "right": right} | FULL[kind] | change


class Page(HTMLParser):
    """What a letter's HTML holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def squeezed(text: str) -> str:
    return re.sub(r"\s+|^- |(?<=\n)- ", "", text, flags=re.M)


def test_it_works() -> None:
    letter = render("receipt", "en", facts("receipt"), CONTROLLER, public_url=SITE, name="Anna Muster")
    assert letter.subject == "Your privacy request R-7K2M: received"
    assert letter.text.startswith("Dear Anna Muster,\n\nWe received your request to have your personal data erased")
    assert "2 April 2026" in letter.text
    assert f"\n    {SITE}/s/1\n" in letter.text


@pytest.mark.parametrize(
    ("kind", "regime"), [(k, r) for k in KINDS for r in REGIMES if (k, r) != ("extension", "pipl")]
)
@pytest.mark.parametrize("language", TAGS)
def test_every_letter_is_whole(kind: str, language: str, regime: str) -> None:
    letter = render(kind, language, facts(kind, regime), CONTROLLER, public_url=SITE, name="Anna Muster")
    page = Page(letter.html)
    for part in (letter.text, page.text, letter.subject):
        assert not re.search(r"\{\{|\{%|\}\}|None|Regime|Right\.|<|>", part)
        assert "R-7K2M" in part
    assert "Anna Muster" in letter.text
    assert CONTROLLER.contact in letter.text
    assert "Muster & Söhne GmbH" in page.text
    assert not re.search(r"\n\n\n|[ \t]\n", letter.text)
    assert max(map(len, letter.text.splitlines())) <= 72 or language == "zh"


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_text_and_html_say_the_same(kind: str, language: str) -> None:
    letter = render(kind, language, facts(kind), CONTROLLER, public_url=SITE, name="Anna Muster")
    page = Page(letter.html)
    assert squeezed(page.text.replace(letter.subject, "", 1)) == squeezed(letter.text)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_fact_stands_in_every_language(kind: str, language: str) -> None:
    letter = render(kind, language, facts(kind), CONTROLLER, public_url=SITE)
    text = letter.text.replace("\n  ", " ").replace("\n", " ")

    def stated(value: Any) -> None:
        if isinstance(value, dict):
            for part in value.values():
                stated(part)
        elif isinstance(value, list):
            for part in value:
                stated(part)
        elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            day = date.fromisoformat(value)
            assert str(day.year) in text
            assert re.search(rf"(?<!\d){day.day}(?!\d)", text)
        elif isinstance(value, str):
            assert value in text
        elif not isinstance(value, bool):
            assert str(value) in text

    stated(FULL[kind])


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_html_leads_nowhere_else_and_loads_nothing(kind: str, language: str) -> None:
    page = Page(render(kind, language, facts(kind), CONTROLLER, public_url=SITE).html)
    assert set(page.tags) <= {"html", "head", "meta", "title", "body", "main", "p", "br", "h2", "ul", "li", "a"}
    values = dict(page.attributes)
    assert values["lang"] == TAGS[language]
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "name", "content", "style", "href"}
    assert all((value or "").startswith(SITE + "/") for name, value in page.attributes if name == "href")
    assert "url(" not in str(page.attributes)


@pytest.mark.parametrize("language", TAGS)
def test_reads_well_without_a_name(language: str) -> None:
    first = render("receipt", language, facts("receipt"), CONTROLLER, public_url=SITE).text.splitlines()[0]
    assert first == {"en": "Hello,", "de": "Guten Tag,", "zh": "您好："}[language]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", TAGS)
def test_optional_facts_may_be_left_out(kind: str, language: str) -> None:
    needed = {name for name, field in KINDS[kind].facts.model_fields.items() if field.is_required()}
    few = {name: value for name, value in facts(kind, proof=False).items() if name in needed}
    letter = render(kind, language, few, CONTROLLER, public_url=SITE)
    assert not re.search(r"None|\[\]|\n\n\n", letter.text)


@pytest.mark.parametrize("kind", KINDS)
def test_facts_are_documented(kind: str) -> None:
    assert KINDS[kind].description.endswith(".")
    assert all(field.description for field in KINDS[kind].facts.model_fields.values())


@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize("regime", REGIMES)
def test_every_right_has_words(language: str, regime: str) -> None:
    assert set(RIGHTS[language]) == set(Right)
    for entry in rights(regime):
        letter = render("receipt", language, facts("receipt", regime, entry.right), CONTROLLER, public_url=SITE)
        assert RIGHTS[language][entry.right] in letter.text.replace("\n", " ")


REMEDIES = {
    "gdpr": {"authority": ("Articles 12(4) and 77", "Art. 77", "第77条"), "court": ("a court", "ein Gericht", "法院")},
    "uk_gdpr": {
        "controller_complaint": ("164A", "164A", "164A"),
        "authority": ("section 165", "section 165", "第165条"),
        "court": ("a court", "ein Gericht", "法院"),
    },
    "ccpa": {"appeal": ("look at it again", "erneute Prüfung", "重新审核")},
    "pipl": {
        "court": ("people's court", "Volksgericht", "人民法院"),
        "dispute_route": ("Article 65", "Art. 65", "第六十五条"),
    },
}


def test_what_a_letter_is_said_to_hold_is_what_is_looked_for() -> None:
    assert {regime: frozenset(words) for regime, words in REMEDIES.items()} == contents.REMEDIES
    assert set(contents.DOCUMENTS) <= set(KINDS)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_letter_lacks_what_the_law_asks(kind: str, regime: str) -> None:
    assert contents.lacking(kind, regime, FULL[kind], date(2026, 7, 1)) == []


@pytest.mark.parametrize(
    ("kind", "regime", "change", "lacking"),
    [
        ("refusal", "gdpr", {"reasons": []}, ["reasons"]),
        ("extension", "ccpa", {"reasons": []}, ["reasons"]),
        ("partial_refusal", "pipl", {"reasons": []}, ["reasons"]),
    ],
)
def test_a_letter_that_lacks_something_is_told(
    kind: str, regime: str, change: dict[str, Any], lacking: list[str]
) -> None:
    assert contents.lacking(kind, regime, FULL[kind] | change, date(2026, 7, 1)) == lacking


@pytest.mark.parametrize("language", TAGS)
def test_the_reminder_to_staff_says_which_day_it_is_about(language: str) -> None:
    for change in ({}, {"extend_by": None}, {"extend_by": None, "overdue": True}):
        letter = render("deadline", language, facts("deadline", **change), CONTROLLER, public_url=SITE)
        assert "R-7K2M" in letter.subject
        assert "GDPR 12(3)" in letter.text


@pytest.mark.parametrize("kind", ["refusal", "partial_refusal", "erasure_complete", "access_ready", "expired"])
@pytest.mark.parametrize("regime", REMEDIES)
@pytest.mark.parametrize(("index", "language"), list(enumerate(TAGS)))
def test_a_refusal_holds_what_the_law_asks(kind: str, regime: str, index: int, language: str) -> None:
    text = render(kind, language, facts(kind, regime), CONTROLLER, public_url=SITE).text.replace("\n", " ")
    given = {key for key, words in REMEDIES[regime].items() if words[index] in text}
    assert missing("refusal", regime, given | {"reasons"}) == []
    if regime != "ccpa":
        assert "Authority of Examplia" in text


@pytest.mark.parametrize("language", TAGS)
def test_an_authority_that_is_not_set_leaves_no_hole(language: str) -> None:
    text = render("refusal", language, facts("refusal", "uk_gdpr"), Controller(), public_url=SITE).text
    assert "Information Commission" in text.replace("\n", " ")


def test_californian_opt_out_is_confirmed_in_the_words_of_the_regulation() -> None:
    text = render("decision", "en", facts("decision", "ccpa", "opt_out"), CONTROLLER, public_url=SITE).text
    assert "Opt-Out Request Honored." in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_fact_is_an_error(kind: str) -> None:
    for name, field in KINDS[kind].facts.model_fields.items():
        if field.is_required():
            rest = {key: value for key, value in facts(kind).items() if key != name}
            with pytest.raises(LetterError, match=rf"{kind} letter cannot be written: {name} \(missing\)"):
                render(kind, "en", rest, CONTROLLER, public_url=SITE)


@pytest.mark.parametrize(
    "change",
    [
        {"comment": "Typed by the requester"},
        {"reference": "Anna Muster"},
        {"reference": "R-1\r\nBcc: x@example.com"},
        {"regime": "lgpd"},
        {"right": "everything"},
        {"link": "https://evil.example/p"},
        {"link": "https://privacy.example.com.evil.example/p"},
        {"link": "javascript:alert(1)"},
        {"due": "soon"},
    ],
)
def test_a_wrong_fact_is_refused_without_its_value(change: dict[str, str]) -> None:
    with pytest.raises(LetterError) as caught:
        render("receipt", "en", facts("receipt", **change), CONTROLLER, public_url=SITE)
    assert next(iter(change)) in str(caught.value)
    assert next(iter(change.values())) not in str(caught.value)


@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize("regime", ["gdpr", "uk_gdpr", "ccpa"])
def test_an_extension_holds_what_the_law_asks(regime: str, language: str) -> None:
    text = render("extension", language, facts("extension", regime), CONTROLLER, public_url=SITE).text
    title = {"en": "We need more time", "de": "mehr Zeit", "zh": "需要更多时间"}[language]
    dates = {"en": "2 June 2026", "de": "2. Juni 2026", "zh": "2026年6月2日"}
    due = "June 2, 2026" if (regime, language) == ("ccpa", "en") else dates[language]
    stated = {"fact": title, "reasons": "Many records.", "due_date": due}
    given = {key for key, words in stated.items() if words in " ".join(text.split())}
    assert missing("extension", regime, given) == []


def test_an_extension_the_statute_does_not_know_is_refused() -> None:
    with pytest.raises(LetterError, match="pipl has no extension"):
        render("extension", "zh", facts("extension", "pipl"), CONTROLLER, public_url=SITE)


def test_an_unknown_kind_or_language_is_refused() -> None:
    with pytest.raises(LetterError, match="no letter of kind"):
        render("newsletter", "en", {}, CONTROLLER, public_url=SITE)
    with pytest.raises(LetterError, match="not written in 'fr'"):
        render("receipt", "fr", facts("receipt"), CONTROLLER, public_url=SITE)


def test_facts_are_never_templates_nor_markup() -> None:
    line = "{{ 7*7 }} {% raw %} <b>x</b> & {{ cycler.__init__ }}"
    letter = render("decision", "en", facts("decision", done=[line]), CONTROLLER, public_url=SITE)
    assert line in letter.text.replace("\n  ", " ")
    assert "<b>" not in letter.html
    assert "&lt;b&gt;x&lt;/b&gt; &amp;" in letter.html


def test_a_line_break_in_a_fact_cannot_forge_layout() -> None:
    line = "Done.\n\n# Prize\u2028- won\x85\r\n> https://evil.example/"
    letter = render("decision", "en", facts("decision", done=[line]), CONTROLLER, public_url=SITE)
    assert Page(letter.html).tags.count("h2") == 2
    assert "evil.example" not in str(Page(letter.html).attributes)


@pytest.mark.parametrize(
    "name", ["Anna Muster", "Jürgen Müller-Lüdenscheid", "O’Connor", "王芳", "María José de la O", "J. R. Doe", "سارا"]
)
def test_names_people_have_are_greeted(name: str) -> None:
    assert greeting_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "   ",
        "Anna\r\nBcc: x@example.com",
        "Anna\nMuster",
        "Click https://evil.example",
        "evil.example",
        "a@example.com",
        "You have won a prize today call",
        "A" * 61,
        "{{ 7*7 }}",
        "<b>Anna</b>",
        "Anna \u202egnp.exe",
        "Anna\u2028Muster",
        "Anna 0900 555",
        "Anna\x00",
    ],
)
def test_names_that_could_carry_a_message_are_left_out(name: str | None) -> None:
    assert greeting_name(name) is None


@pytest.mark.parametrize(
    ("wanted", "allowed", "written"),
    [
        ("de-AT", ("en", "de"), "de"),
        ("zh_Hans", ("en", "zh"), "zh"),
        ("fr", ("de", "en"), "de"),
        ("zh", ("en", "de"), "en"),
        ("", ("en",), "en"),
        ("de", (), "en"),
    ],
)
def test_language_falls_back_to_the_first_allowed(wanted: str, allowed: tuple[str, ...], written: str) -> None:
    assert language_for(wanted, allowed) == written

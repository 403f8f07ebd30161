"""The privacy centre as a customer walks through it, in three languages, without JavaScript and without cookies."""

from __future__ import annotations

import re

import pytest
from httpx import Client, Response
from sqlmodel import func, select

from api.words import LANGUAGES, TAGS, Words, preferred
from cases.tables import Case
from law.regimes import regimes, rights
from office import Office
from tests.api.conftest import KNOWN, Clock, Customer, Made, hidden

FILLED = {"right": "access", "residence": "DE", "email": KNOWN, "name": "Mira Lindqvist"}


def token(client: Client) -> str:
    return hidden(client.get("/en/code"))["token"]


def send(client: Client, language: str = "en", **values: str) -> Response:
    checked = client.post(f"/{language}/request/check", data=FILLED | values)
    return client.post(f"/{language}/request/send", data=hidden(checked))


def shown(page: Response) -> Made:
    reference, secret = re.findall(r'<dd class="code">([^<]+)</dd>', page.text)
    return Made(reference, secret)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_works(client: Client, customer: Customer, language: str) -> None:
    from cases import identity

    base = f"/{language}"
    assert f'<html lang="{TAGS[language]}">' in client.get(f"{base}/").text
    assert client.get(f"{base}/request").status_code == 200
    details = client.post(f"{base}/request", data={"residence": "DE"})
    assert details.text.count('type="radio"') == len(rights("gdpr"))
    checked = client.post(f"{base}/request/check", data=hidden(details) | FILLED)
    assert "Mira Lindqvist" in checked.text
    sent = client.post(f"{base}/request/send", data=hidden(checked))
    assert sent.status_code == 200
    made = shown(sent)
    assert Words(language).day(customer.case(made).due) in sent.text
    assert customer.case(made).language == language
    identity.begin(customer.office, customer.case(made).id)
    found = client.post(
        f"{base}/status", data={"token": token(client), "reference": made.reference, "secret": made.secret}
    )
    assert made.reference in found.text
    proven = client.post(f"{base}/code", data=hidden(found) | {"code": customer.code(made)})
    assert proven.status_code == 200
    assert customer.case(made).state == "locating"


def test_download_works(client: Client, customer: Customer) -> None:
    made = customer.answered(b"PK" * 5000)
    named = {"token": token(client), "reference": made.reference.lower().replace("-", " "), "secret": made.secret}
    asked = client.post("/en/download", data=named)
    opened = client.post("/en/download/open", data=hidden(asked) | {"code": customer.code(made)})
    assert "0.1" not in opened.headers
    file = client.post("/en/download/file", data=hidden(opened))
    assert file.content == b"PK" * 5000
    for _ in range(2):
        client.post("/en/download/file", data=hidden(opened))
    assert client.post("/en/download/file", data=hidden(opened)).status_code == 404


def test_a_wrong_download_code_can_be_corrected(client: Client, customer: Customer) -> None:
    made = customer.answered()
    asked = client.post(
        "/de/download", data={"token": token(client), "reference": made.reference, "secret": made.secret}
    )
    wrong = client.post("/de/download/open", data=hidden(asked) | {"code": "1"})
    assert wrong.status_code == 422
    assert client.post("/de/download/open", data=hidden(wrong) | {"code": customer.code(made)}).status_code == 200


def test_withdraw_works(client: Client, customer: Customer) -> None:
    made = customer.ask()
    named = {"token": token(client), "reference": made.reference, "secret": made.secret}
    sure = client.post("/en/withdraw", data=named)
    assert customer.case(made).state == "received"
    assert client.post("/en/withdraw/send", data=hidden(sure)).status_code == 200
    assert customer.case(made).state == "withdrawn"
    assert client.post("/en/withdraw/send", data=hidden(sure)).status_code == 409


def test_pressing_the_button_twice_makes_one_request(client: Client, office: Office) -> None:
    fields = hidden(client.post("/en/request/check", data=FILLED))
    pages = [client.post("/en/request/send", data=fields) for _ in range(2)]
    assert shown(pages[0]) == shown(pages[1])
    with office.unit() as unit:
        assert unit.session.exec(select(func.count()).select_from(Case)).one() == 1


def test_change_brings_the_answers_back(client: Client) -> None:
    checked = client.post("/en/request/check", data=FILLED)
    back = client.post("/en/request", data=hidden(checked))
    assert f'value="{KNOWN}"' in back.text
    assert 'value="access" aria-describedby="right-hint" checked' in back.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"right": ""}, "right"),
        ({"right": "opt_out"}, "right"),
        ({"email": ""}, "email"),
        ({"email": "mira at example"}, "email"),
        ({"phone": "1"}, "phone"),
        ({"name": "1"}, "name"),
        ({"name": "M" * 300}, "name"),
        ({"customer_id": "x y"}, "customer_id"),
    ],
)
def test_a_fault_stands_on_top_and_at_its_field(client: Client, values: dict[str, str], field: str) -> None:
    page = client.post("/en/request/check", data=FILLED | values)
    assert page.status_code == 422
    assert page.text.count("<title>Error: ") == 1
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}-error"' in page.text
    assert f'id="{field}"' in page.text


def test_what_was_checked_is_checked_again(client: Client) -> None:
    fields = hidden(client.post("/en/request/check", data=FILLED)) | {"email": "changed in the browser"}
    assert client.post("/en/request/send", data=fields).status_code == 422


def test_an_unknown_country_is_refused(client: Client) -> None:
    assert client.post("/en/request", data={"residence": "<x>"}).status_code == 422


def test_a_form_that_lay_too_long_keeps_the_answers(client: Client, clock: Clock) -> None:
    fields = hidden(client.post("/en/request/check", data=FILLED))
    clock.forward(hours=13)
    page = client.post("/en/request/send", data=fields)
    assert page.status_code == 422
    assert KNOWN in page.text


@pytest.mark.parametrize("forged", ["", "x", "a.1.b", "ä.1.ü", "é"])
def test_a_token_of_somebody_else_is_refused(client: Client, forged: str) -> None:
    fields = hidden(client.post("/en/request/check", data=FILLED)) | {"token": forged}
    assert client.post("/en/request/send", data=fields).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_form_from_another_site_is_refused(client: Client, headers: dict[str, str]) -> None:
    fields = hidden(client.post("/en/request/check", data=FILLED))
    assert client.post("/en/request/send", data=fields, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:8017"}]
)
def test_a_form_from_our_own_pages_is_taken(client: Client, headers: dict[str, str]) -> None:
    fields = hidden(client.post("/en/request/check", data=FILLED))
    assert client.post("/en/request/send", data=fields, headers=headers).status_code == 200


def test_files_are_no_form(client: Client) -> None:
    assert client.post("/en/code", files={"code": b"x"}).status_code == 400
    assert client.post("/en/code", content=b"a=%ff", headers={"Content-Type": "application/x-www-form-urlencoded"})
    many = "&".join(f"f{i}=1" for i in range(100))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/en/code", content=many, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("accept", "language"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("zh-CN", "zh"), ("fr", "en"), ("en;q=0.1,de;q=0.2", "de"), (";;,", "en")],
)
def test_language(client: Client, accept: str, language: str) -> None:
    answer = client.get("/status", headers={"Accept-Language": accept})
    assert answer.headers["location"] == f"/{language}/status"
    assert preferred(accept) == language


def test_language_can_be_chosen(client: Client) -> None:
    assert client.get("/?lang=zh", headers={"Accept-Language": "de"}).headers["location"] == "/zh/"
    assert client.get("/?lang=//evil.example").headers["location"] == "/en/"


def test_texts_have_the_same_keys_and_places() -> None:
    english = Words("en").texts
    for language in LANGUAGES:
        texts = Words(language).texts
        assert texts.keys() == english.keys()
        for key, text in texts.items():
            places = set(re.findall(r"{\w+}", text))
            assert places <= set(re.findall(r"{\w+}", english[key])) | {"{until}"}, key
            assert text.strip() == text != "", key
    assert set(re.findall(r"{\w+}", Words("zh").texts["download.until"])) == {"{until}"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_right_has_words(language: str) -> None:
    for regime in regimes(granting=True):
        for right in rights(regime):
            assert Words(language)(f"right.{right.right}")
            assert Words(language)(f"right.{right.right}_hint")


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "{{7*7}}", "{reference}", "' onfocus=alert(1) x='"])
def test_what_was_typed_is_text(client: Client, hostile: str) -> None:
    page = client.post("/en/request/check", data=FILLED | {"name": f"Mira {hostile}"})
    assert "<script" not in page.text
    assert "onfocus=alert(1) x='" not in page.text.replace("&#39;", "") or "&#39; onfocus" in page.text
    assert "49" not in re.sub(r"value=\"[^\"]*\"", "", page.text)

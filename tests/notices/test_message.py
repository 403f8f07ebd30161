"""Letters as messages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from notices.kinds import LetterError
from notices.letters import render
from notices.message import compose, mailbox, new_message_id
from settings import Controller
from tests.notices.conftest import RECEIPT

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def message(language: str = "en", **change: Any) -> EmailMessage:
    controller = change.pop("controller", Controller(name="Söhne GmbH"))
    letter = render("receipt", language, RECEIPT, controller, public_url="http://127.0.0.1:8017", name="Anna Muster")
    values: dict[str, Any] = {
        "message_id": "<1@example.com>",
        "sender": "privacy@example.com",
        "recipient": "anna.muster@example.com",
        "at": AT,
    }
    return compose(letter, controller=controller, **(values | change))


def parsed(sent: EmailMessage) -> EmailMessage:
    got = message_from_bytes(sent.as_bytes(), policy=default)
    assert isinstance(got, EmailMessage)
    return got


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_it_works(language: str) -> None:
    raw = message(language).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    got = parsed(message(language))
    assert got["To"] == "anna.muster@example.com"
    assert got["From"].addresses[0].display_name == "Söhne GmbH"
    assert got["Reply-To"] == "privacy@example.com"
    assert got["Message-ID"] == "<1@example.com>"
    assert got["Date"].datetime == AT
    assert got["Auto-Submitted"] == "auto-generated"
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "R-7K2M" in text.get_content()
    assert got["Content-Language"] in html.get_content()


def test_the_subject_holds_no_personal_data() -> None:
    got = parsed(message())
    assert "R-7K2M" in got["Subject"]
    assert not re.search("anna|muster|access|@", got["Subject"], re.I)


def test_a_contact_that_is_no_mailbox_is_not_a_reply_address() -> None:
    assert "Reply-To" not in message(controller=Controller(contact="Example Street 1, Exampletown"))


def test_an_international_address_is_kept_as_it_is() -> None:
    raw = message(recipient="用户@example.com").as_bytes()
    assert "To: 用户@example.com\r\n".encode() in raw


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\n",
        "a@example.com, b@example.com",
        "a@example.com b@example.com",
        "Anna <a@example.com>",
        "<a@example.com>",
        "a@b@example.com",
        "a@example.com>\x00",
        "a" * 250 + "@example.com",
    ],
)
def test_what_is_not_one_mailbox_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(LetterError, match="not one mailbox") as caught:
        message(recipient=address)
    assert not address or address not in str(caught.value)


def test_message_ids_are_unique_and_of_the_sender() -> None:
    made = {new_message_id("privacy@example.com") for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"<[0-9a-f]{32}@example\.com>", one) for one in made)


def test_a_mailbox_is_taken_apart() -> None:
    assert (mailbox("a.b+c@example.com").username, mailbox("a.b+c@example.com").domain) == ("a.b+c", "example.com")

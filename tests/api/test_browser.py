"""The customer's way through the privacy centre in Chromium, with JavaScript switched off."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from api.app import create_app
from api.words import LANGUAGES, TAGS, Words
from cases import identity
from office import Office
from tests.api.conftest import KNOWN, Customer, Made, client_at

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed (apt-get install chromium)"),
]


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """The application on a loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(create_app(office), log_config=None, access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.05)
        assert server.started
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1000, "dark")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_from_form_to_status(
    office: Office, address: str, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-quic"])
        context = browser.new_context(
            java_script_enabled=False, viewport={"width": width, "height": 700}, color_scheme=scheme
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{address}/{language}/")
        assert page.locator("html").get_attribute("lang") == TAGS[language]
        reference, secret = _send(page)
        with client_at(office) as client:
            customer = Customer(office, client)
            made = Made(reference, secret)
            identity.begin(office, customer.case(made).id)
            page.fill("#code", customer.code(made))
        _next(page)
        assert Words(language)("code.done_title") in page.content()
        page.goto(f"{address}/{language}/status")
        page.fill("#reference", reference)
        page.fill("#secret", secret)
        _next(page)
        assert Words(language)("status.working") in page.content()
        assert reference not in page.url
        assert secret not in page.url
        assert context.cookies() == []
        assert [text for text in complaints if "422" not in text] == []
        browser.close()


def _send(page: Page) -> tuple[str, str]:
    """Fill in the form, wrongly once; gives reference and status code."""
    page.click("a.button")
    _next(page)
    page.fill("#email", "mira at example")
    _next(page)
    assert page.locator(".summary a").count() == 2
    page.check("#right")
    page.fill("#email", KNOWN)
    _next(page)
    assert KNOWN in page.locator(".answers").inner_text()
    _next(page)
    reference, secret = page.locator("dd.code").all_inner_texts()
    return reference, secret


def _next(page: Page) -> None:
    """Press the page's first button, after looking at what a person with other needs would notice."""
    assert page.locator("h1").count() == 1
    size = page.viewport_size
    assert size is not None
    box = page.locator("html").bounding_box()
    assert box is not None
    assert box["width"] <= size["width"]  # no scrolling sideways at 320 px (WCAG 1.4.10)
    for field in page.locator("main input:not([type=hidden]), main select").all():
        name = field.get_attribute("id")
        assert page.locator(f'label[for="{name}"]').is_visible(), name
    for target in page.locator("main a, main button, header a").all():
        area = target.bounding_box()
        assert area is not None
        assert area["height"] >= 24, target.inner_text()  # WCAG 2.5.8
    with page.expect_navigation():
        page.click("main button >> nth=0")

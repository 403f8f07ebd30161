"""Laying out a page of the privacy centre."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.forms import Posted, new_token
from api.parts import office_of
from api.words import LANGUAGES, NAMES, TAGS, preferred, words_in


def language_of(request: Request) -> str:
    """The language of a page: the first part of its path, else what the browser prefers."""
    first = request.url.path.split("/")[1]
    return first if first in TAGS else preferred(request.headers.get("accept-language", ""))


def page(request: Request, template: str, status: int = 200, *, section: str = "", **context: Any) -> HTMLResponse:
    """A page. `section` is the path, without language, where the language links lead: a page of its own, never a form's."""
    office = office_of(request)
    language = language_of(request)
    context.setdefault("faults", {})
    context.setdefault("values", Posted())
    html = (
        _templates()
        .get_template(f"{template}.html")
        .render(
            t=words_in(language),
            base=f"/{language}",
            section=section,
            languages=[(code, NAMES[code], TAGS[code]) for code in LANGUAGES],
            controller=office.settings.controller,
            token="" if template == "message" else new_token(office),  # an error page must not need the vault
            **context,
        )
    )
    return HTMLResponse(html, status, headers={"Content-Language": TAGS[language]})


_KNOWN = frozenset({400, 403, 404, 413, 429, 500})


def error_page(request: Request, status: int) -> HTMLResponse:
    """The page for an error. An error without words of its own reads like the nearest one."""
    key = (
        status if status in _KNOWN else 404 if status == HTTPStatus.METHOD_NOT_ALLOWED else 400 if status < 500 else 500
    )
    t = words_in(language_of(request))
    contact = office_of(request).settings.controller.contact
    text = t(f"error.text_{key}", contact=contact)
    return page(request, "message", status, title=t(f"error.title_{key}"), text=text)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

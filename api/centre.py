"""The privacy centre: pages for customers, without JavaScript and without cookies, in every language of `api.words`.

Nothing typed ever stands in an address: every step is a POST, and what was typed before travels on in hidden fields and is
checked again at the end. The answers are the same whether or not the company knows the person.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import limits
from api.asking import Wish, faults, is_place, offered, submit
from api.forms import Form, Posted, is_fresh
from api.pages import language_of, page
from api.parts import InOffice
from api.public import attachment
from api.status import code_again, read_status, try_code
from api.words import LANGUAGES, words_in
from cases import decisions, handover
from cases.errors import Invalid, NotFound, NotNow, TooManyTries
from cases.view import Stage, for_person
from law.regimes import resolve
from office import Office

router = APIRouter(include_in_schema=False)
doors = APIRouter(include_in_schema=False)
"""Addresses without a language, as they stand in letters."""

FIELDS = ("right", "residence", "name", "email", "phone", "customer_id")


@doors.get("/")
@doors.get("/request")
@doors.get("/code")
@doors.get("/status")
@doors.get("/withdraw")
@doors.get("/download")
def choose_language(request: Request, lang: str = "") -> RedirectResponse:
    """Lead on to the same page in `?lang=`, or in the language the browser prefers."""
    language = lang if lang in LANGUAGES else language_of(request)
    path = request.url.path.rstrip("/") or "/"
    return RedirectResponse(f"/{language}{path}", 303, headers={"Vary": "Accept-Language"})


@router.get("/")
def start(request: Request) -> HTMLResponse:
    """What this is and what is needed."""
    return page(request, "start", section="/")


@router.get("/request")
def where(office: InOffice, request: Request) -> HTMLResponse:
    """Where do you live?"""
    return page(request, "where", section="/request", values={"residence": office.settings.controller.country})


@router.post("/request")
def details(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """What do you want, and who are you? Also the way back from the check page."""
    places = dict(words_in(language_of(request)).places())
    if form["residence"] not in places:
        wrong = {"residence": "unknown"}
        return page(request, "where", 422, section="/request", values=form, faults=wrong)
    return _details(office, request, form, {})


@router.post("/request/check")
def check(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Check your answers."""
    wrong = faults(office, _wish(request, form))
    if wrong:
        return _details(office, request, form, wrong)
    return page(request, "check", section="/request", values=_kept(form))


@router.post("/request/send")
def send(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Record the request; reference, due date and status code are shown this once."""
    wish = _wish(request, form)
    wrong = faults(office, wish) or ({} if is_fresh(office, form["token"]) else {"form": "stale"})
    if wrong:
        return _details(office, request, form, wrong)
    limits.take(office, limits.forms(office.settings), request)
    received = submit(office, wish, "web", form["token"])
    case = received.case
    proof = resolve(case.regime, case.right).proof == "required"
    return page(request, "sent", section="/", case=case, secret=received.secret, proof=proof)


@router.get("/code")
def ask_for_code(request: Request) -> HTMLResponse:
    """Where the code from the letter is entered."""
    return page(request, "code", section="/code", notice="")


@router.post("/code")
def take_code(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Prove identity."""
    wrong = {name: "missing" for name in ("reference", "code") if not form[name]}
    if not wrong and not is_fresh(office, form["token"]):
        wrong = {"form": "stale"}
    if not wrong:
        try:
            try_code(office, request, form.reference, form["code"])
        except (Invalid, NotNow, TooManyTries) as error:
            wrong = {"code": _code_fault(error)}
    if wrong:
        return page(request, "code", 422, section="/code", values=_named(form), faults=wrong, notice="")
    return _message(request, "code.done_title", "code.done")


@router.post("/code/again")
def another_code(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Send a code again; the answer is always the same."""
    if not form["reference"]:
        wrong = {"reference": "missing"}
        return page(request, "code", 422, section="/code", faults=wrong, notice="")
    if is_fresh(office, form["token"]):
        code_again(office, request, form.reference)
    return page(request, "code", section="/code", values=_named(form), notice="code.sent")


@router.get("/status")
@router.get("/withdraw")
@router.get("/download")
def find(request: Request) -> HTMLResponse:
    """Which request?"""
    return _find(request, Posted(), {})


@router.post("/status")
def show_status(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Where a request stands."""
    wrong = _incomplete(office, form)
    if wrong:
        return _find(request, form, wrong)
    try:
        found = read_status(office, request, form.reference, form["secret"])
    except NotFound:
        return _find(request, form, {"reference": "wrong"})
    open_still = found.stage in {Stage.PROOF, Stage.WORKING}
    return page(request, "status", section="/status", found=found, secret=form["secret"], can_withdraw=open_still)


@router.post("/withdraw")
def confirm_withdrawal(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Sure?"""
    wrong = _incomplete(office, form)
    if wrong:
        return _find(request, form, wrong)
    try:
        status = read_status(office, request, form.reference, form["secret"])
    except NotFound:
        return _find(request, form, {"reference": "wrong"})
    return page(request, "withdraw", section="/withdraw", reference=status.reference, secret=form["secret"])


@router.post("/withdraw/send")
def withdraw(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Take the request back."""
    wrong = _incomplete(office, form)
    if wrong:
        return _find(request, form, wrong)
    limits.take(office, limits.LOOKUPS, request)
    try:
        case = for_person(office, form.reference, form["secret"])
        decisions.withdraw(office, case.reference, "person")
    except NotFound:
        return _find(request, form, {"reference": "wrong"})
    except NotNow:
        return _message(request, "withdraw.title", "withdraw.late", 409)
    return _message(request, "withdraw.done_title", "withdraw.done")


@router.post("/download")
def download_code(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Send the code for the download."""
    wrong = _incomplete(office, form, secret_needed=False)
    if wrong:
        return _find(request, form, wrong)
    limits.take(office, limits.CODES, request)
    try:
        handover.ask_code(office, form.reference, form["secret"])
    except NotFound:
        return _find(request, form, {"reference": "wrong"})
    return page(request, "download_code", section="/download", values=_named(form))


@router.post("/download/open")
def open_download(office: InOffice, request: Request, form: Form) -> HTMLResponse:
    """Take the code for the download."""
    limits.take(office, limits.TRIES, request)
    wrong = {} if is_fresh(office, form["token"]) else {"form": "stale"}
    if not form["code"]:
        wrong = {"code": "missing"}
    if not wrong:
        try:
            grant = handover.open_package(office, form.reference, form["secret"], form["code"])
            return page(
                request,
                "download",
                section="/download",
                values=_named(form),
                grant=grant,
                until=grant.expires_at.astimezone(office.settings.zone),
            )
        except NotFound:
            return _find(request, form, {"reference": "wrong"})
        except NotNow:
            return _message(request, "download.title", "download.over", 409)
        except (Invalid, TooManyTries) as error:
            wrong = {"code": _code_fault(error)}
    return page(request, "download_code", 422, section="/download", values=_named(form), faults=wrong)


@router.post("/download/file")
def file(office: InOffice, request: Request, form: Form) -> Response:
    """The package itself."""
    limits.take(office, limits.DOWNLOADS, request)
    try:
        return attachment(handover.download(office, form.reference, form["secret"], form["grant"]))
    except NotFound:
        return _message(request, "download.title", "download.used", 404)
    except NotNow:
        return _message(request, "download.title", "download.over", 409)


def _wish(request: Request, form: Posted) -> Wish:
    return Wish(**_kept(form), language=language_of(request))


def _kept(form: Posted) -> dict[str, str]:
    return {name: form[name] for name in FIELDS}


def _named(form: Posted) -> dict[str, str]:
    return {"reference": form.reference, "secret": form["secret"]}


def _details(office: Office, request: Request, form: Posted, wrong: dict[str, str]) -> HTMLResponse:
    if "residence" in wrong or not is_place(form["residence"]):
        return page(request, "where", 422, section="/request", values=form, faults={"residence": "unknown"})
    return page(
        request,
        "details",
        422 if wrong else 200,
        section="/request",
        values=_kept(form),
        faults=wrong,
        offered=offered(office, form["residence"]),
    )


def _incomplete(office: Office, form: Posted, *, secret_needed: bool = True) -> dict[str, str]:
    if not form["reference"]:
        return {"reference": "missing"}
    if secret_needed and not form["secret"]:
        return {"reference": "wrong"}
    return {} if is_fresh(office, form["token"]) else {"form": "stale"}


def _find(request: Request, form: Posted, wrong: dict[str, str]) -> HTMLResponse:
    """The page that asks for reference and status code, for the purpose in the path."""
    purpose = request.url.path.split("/")[2]
    values: dict[str, Any] = {"reference": form["reference"], "secret": form["secret"]}
    return page(
        request, "find", 422 if wrong else 200, section=f"/{purpose}", purpose=purpose, values=values, faults=wrong
    )


def _message(request: Request, title: str, text: str, status: int = 200) -> HTMLResponse:
    t = words_in(language_of(request))
    return page(request, "message", status, section="/", title=t(title), text=t(text))


def _code_fault(error: Exception) -> str:
    if isinstance(error, TooManyTries):
        return "spent"
    return "notnow" if isinstance(error, NotNow) else "wrong"

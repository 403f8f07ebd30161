"""The web application of one installation: privacy centre, JSON API for customers, JSON API for staff."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from api import access, centre, problems, public, staff
from api.guard import Guard
from api.limits import TooOften
from api.pages import error_page
from api.words import LANGUAGES
from cases.errors import CaseError
from discovery.stores import NoSuchStore
from office import Office

VERSION = "1"
API = "/api/"


def create_app(office: Office) -> FastAPI:
    """The application; it serves `office` and does not close it."""
    app = FastAPI(
        title="Redress",
        version=VERSION,
        summary="Privacy requests: make one, follow it, download the answer; staff decide.",
        docs_url=None,  # both load scripts from another host
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.office = office
    app.include_router(public.router)
    app.include_router(staff.router)
    app.include_router(centre.doors)
    for language in LANGUAGES:
        app.include_router(centre.router, prefix=f"/{language}")
    app.add_api_route("/static/site.css", _stylesheet, include_in_schema=False)
    app.add_api_route("/static/icon.svg", _icon, include_in_schema=False)
    app.add_api_route("/robots.txt", _robots, include_in_schema=False)
    _answer_errors(app)
    _describe(app)
    app.add_middleware(_guard, https=office.settings.api.public_url.startswith("https:"))
    return app


def _guard(app: ASGIApp, https: bool) -> Guard:
    return Guard(app, https=https, on_error=_error)


def _answer_errors(app: FastAPI) -> None:
    """Every error as problem details under /api/, as a page elsewhere."""

    @app.exception_handler(CaseError)
    @app.exception_handler(NoSuchStore)
    def _case_error(request: Request, error: CaseError | NoSuchStore) -> Response:
        if _wants_json(request):
            return problems.of_case_error(error, staff=request.url.path.startswith(staff.router.prefix))
        return error_page(request, error.status if isinstance(error, CaseError) else 404)

    @app.exception_handler(RequestValidationError)
    def _validation_error(request: Request, error: RequestValidationError) -> Response:
        return problems.of_validation(error.errors()) if _wants_json(request) else error_page(request, 400)

    @app.exception_handler(HTTPException)
    def _http_error(request: Request, error: HTTPException) -> Response:
        if not _wants_json(request):
            return error_page(request, error.status_code)
        return problems.problem(error.status_code, headers=dict(error.headers or {}))

    @app.exception_handler(TooOften)
    def _too_often(request: Request, error: TooOften) -> Response:
        response = (
            problems.problem(429, "too-many-tries", str(error)) if _wants_json(request) else error_page(request, 429)
        )
        response.headers["Retry-After"] = str(error.wait)
        return response

    @app.exception_handler(access.NoToken)
    def _no_token(_request: Request, _error: access.NoToken) -> Response:
        detail = "A valid staff token is needed. Make one with `redress token make`."
        return problems.problem(401, "no-token", detail, headers={"WWW-Authenticate": 'Bearer realm="staff"'})


def _error(request: Request, status: int) -> Response:
    """The answer to what nobody foresaw. It says nothing about the cause."""
    if _wants_json(request):
        return problems.problem(status)
    return error_page(request, status)


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith(API)


def _describe(app: FastAPI) -> None:
    """Make the OpenAPI document say what errors look like: problem details, never FastAPI's own form."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title, version=app.version, summary=app.summary, routes=app.routes, openapi_version="3.1.0"
            )
            schemas = document["components"]["schemas"]
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs") | {"Problem": schema}
            for path in document["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


_STATIC = {"Cache-Control": "public, max-age=3600"}


def _stylesheet() -> Response:
    css = files("api").joinpath("static/site.css").read_text("utf-8")
    return Response(css, media_type="text/css", headers=_STATIC)


def _icon() -> Response:
    svg = files("api").joinpath("static/icon.svg").read_text("utf-8")
    return Response(svg, media_type="image/svg+xml", headers=_STATIC)


def _robots() -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nDisallow: /\n", headers=_STATIC)

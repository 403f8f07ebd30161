"""The Zoho organisation on a loopback port: routes, paging, tokens, limits, and faults on demand."""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.servers.zoho import Problem, ZohoOrg, mentions, moment, seconds, since
from tests.servers.zoho_query import BadQuery, coql, criteria, shown
from tests.servers.zoho_schema import USER

CLIENT = {"client_id": "1000.EXAMPLE", "client_secret": "example-secret", "refresh_token": "1000.refresh.example"}
SCOPES = (
    "ZohoCRM.modules.ALL ZohoCRM.settings.modules.READ ZohoCRM.settings.fields.READ ZohoCRM.settings.related_lists.READ "
    "ZohoCRM.settings.recycle_bin.READ ZohoCRM.settings.recycle_bin.DELETE ZohoSearch.securesearch.READ ZohoCRM.coql.READ "
    "ZohoCRM.modules.emails.READ"
)
PAGE_LIMIT = 2000
TOKEN_LIFE = 24 * 3600.0


@dataclass(frozen=True)
class Asked:
    """One request, taken apart."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Problem(400, "INVALID_REQUEST", message="unable to parse body") from None

    def number(self, name: str, default: int, highest: int | None = None) -> int:
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdigit()) or int(text) < 1 or (highest and int(text) > highest):
            raise Problem(400, "INVALID_DATA", data=True, resource_path_index=0)
        return int(text)


@dataclass
class Reply:
    status: int
    body: Any = None  # bytes go out as they are
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


@dataclass
class Rules:
    """How the service treats its callers."""

    life: int = 3600  # seconds of a token
    calls_per_token: int = 0  # a token dies after so many calls; 0: never
    rate: int = 0  # calls per second before 429; 0: no limit
    together: int = 10
    refreshes: int = 10  # per ten minutes
    credits: int = 100_000
    scopes: str = SCOPES
    script: deque[Callable[[Asked], Reply | None]] = field(default_factory=deque)  # what happens to the next calls


class ZohoServer:
    """A running server. `log` holds every exchange; `calls` counts them by class."""

    def __init__(self, org: ZohoOrg | None = None, rules: Rules | None = None) -> None:
        self.org, self.rules = org or ZohoOrg(), rules or Rules()
        self.log: list[tuple[Asked, Reply]] = []
        self.calls: Counter[str] = Counter()
        self.keep_log = True
        self.spent = 0
        self._tokens: dict[str, tuple[float, int]] = {}
        self._refreshed: deque[float] = deque()
        self._recent: deque[float] = deque()
        self._busy = 0
        self._lock = threading.RLock()
        self.on_write: Callable[[str], None] = lambda what: None
        self.filter: Callable[[Asked], Reply | None] = lambda asked: None  # answers in the place of the service
        self.alter: Callable[[Asked, Reply], Reply] = lambda asked, reply: reply
        self.name_scopes = True
        self.api_domain = ""
        self._http = _listen(self)
        self.port = int(self._http.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)
        self._http.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def options(self, **more: Any) -> dict[str, Any]:
        """Options of a store that aims here."""
        return {**CLIENT, "accounts": self.url, **more}

    # -- one request

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self._busy += 1
            busy = self._busy
        try:
            with self._lock:
                reply = self._answer(asked, busy)
                if self.keep_log:
                    self.log.append((asked, reply))
                return reply
        finally:
            with self._lock:
                self._busy -= 1

    def _answer(self, asked: Asked, busy: int) -> Reply:
        self.calls[_class(asked)] += 1
        if self.rules.script:
            reply = self.rules.script.popleft()(asked)
            if reply is not None:
                return reply
        try:
            if asked.path == "/oauth/v2/token":
                return self._token(asked)
            self._admit(asked, busy)
            reply = self.filter(asked) or self.alter(asked, self._route(asked))
        except Problem as problem:
            reply = _refusal(problem)
        except BadQuery as problem:
            details = (
                {"near": "", **problem.details}
                if problem.code == "SYNTAX_ERROR"
                else {"reason": "unsupported", **problem.details}
            )
            reply = _refusal(Problem(400, problem.code, message="Invalid query formed", **details))
        if self.spent * 2 > self.rules.credits:
            reply.headers["X-API-CREDITS-REMAINING"] = str(max(0, self.rules.credits - self.spent))
        return self._lied(asked, reply)

    def _token(self, asked: Asked) -> Reply:
        form = dict(parse_qsl(asked.body.decode()))
        now = time.monotonic()
        while self._refreshed and self._refreshed[0] < now - 600:
            self._refreshed.popleft()
        if len(self._refreshed) >= self.rules.refreshes:
            words = "You have made too many requests continuously. Please try again after some time."
            return Reply(400, {"error_description": words, "error": "Access Denied", "status": "failure"})
        self._refreshed.append(now)
        if form.get("client_id") != CLIENT["client_id"] or form.get("client_secret") != CLIENT["client_secret"]:
            return Reply(200, {"error": "invalid_client"})
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != CLIENT["refresh_token"]:
            return Reply(200, {"error": "invalid_code"})
        token = f"1000.{len(self._tokens)}.{self.port}"
        self._tokens[token] = (time.time() + self.rules.life, 0)
        found = {
            "access_token": token,
            "api_domain": self.api_domain or self.url,
            "token_type": "Bearer",
            "expires_in": self.rules.life,
        }
        return Reply(200, found | ({"scope": self.rules.scopes} if self.name_scopes else {}))

    def _admit(self, asked: Asked, busy: int) -> None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        ends, used = self._tokens.get(token, (0.0, 0))
        if scheme != "Zoho-oauthtoken" or ends < time.time() or 0 < self.rules.calls_per_token <= used:
            raise Problem(401, "INVALID_TOKEN", message="invalid oauth token")
        self._tokens[token] = (ends, used + 1)
        now = time.monotonic()
        while self._recent and self._recent[0] < now - 1:
            self._recent.popleft()
        if busy > self.rules.together or 0 < self.rules.rate <= len(self._recent):
            raise Problem(429, "TOO_MANY_REQUESTS", message="you have crossed the maximum limit of calls")
        self._recent.append(now)
        self.spent += _credits(asked)

    def _need(self, *scopes: str) -> None:
        held = self.rules.scopes.split()
        wide = {scope.rpartition(".")[0] + ".ALL" for scope in scopes} | {"ZohoCRM.settings.ALL"}
        if not set(scopes) & set(held) and not wide & set(held):
            raise Problem(401, "OAUTH_SCOPE_MISMATCH", data=True, message="invalid oauth scope to access this URL")

    def _route(self, asked: Asked) -> Reply:
        if not asked.path.startswith("/crm/v8/"):
            raise Problem(
                404, "INVALID_URL_PATTERN", message="Please check if the URL trying to access is a correct one"
            )
        parts = [unquote(part) for part in asked.path.removeprefix("/crm/v8/").split("/")]
        match (asked.method, *parts):
            case ("GET", "org"):
                return Reply(
                    200,
                    {"org": [{"id": "554023000000000001", "company_name": "Example", "time_zone": "Europe/Berlin"}]},
                )
            case ("GET", "settings", "modules"):
                self._need("ZohoCRM.settings.modules.READ")
                return Reply(200, {"modules": [module.described() for module in self.org.modules.values()]})
            case ("GET", "settings", "fields"):
                self._need("ZohoCRM.settings.fields.READ")
                return self._fields(asked)
            case ("GET", "settings", "related_lists"):
                self._need("ZohoCRM.settings.related_lists.READ")
                return self._related_lists(asked)
            case (_, "settings", "recycle_bin", *rest):
                return self._bin(asked, rest)
            case ("POST", "coql"):
                self._need("ZohoCRM.coql.READ")
                return self._coql(asked)
            case ("GET", module, "search"):
                self._need("ZohoSearch.securesearch.READ")
                return self._search(asked, module)
            case ("GET", module, "actions", "count"):
                return Reply(200, {"count": len(self.org.rows[self.org.module(module).name])})
            case ("GET", module, "deleted"):
                return self._deleted(asked, module)
            case ("GET", module):
                return self._list(asked, module)
            case ("GET", module, id):
                return self._get(asked, module, id)
            case ("PUT", module, *ids) if len(ids) <= 1:
                return self._update(asked, module, ids)
            case ("DELETE", module, *ids) if len(ids) <= 1:
                return self._delete(asked, module, ids)
            case ("POST", module, id, "actions", "get_related_records_count"):
                return self._counts(asked, module, id)
            case ("GET", module, id, "actions", "download_fields_attachment"):
                data = self.org.uploads.get(asked.query.get("fields_attachment_id", ""))
                if self.org.get(module, id) is None or data is None:
                    raise Problem(400, "INVALID_DATA", message="the id given seems to be invalid")
                return Reply(200, data, {"content-type": "application/octet-stream"})
            case (method, module, id, "photo"):
                return self._photo(method, module, id)
            case (method, module, id, "Attachments", *rest):
                return self._attachments(asked, method, module, id, rest)
            case ("GET", module, id, "Emails", *rest):
                self._need("ZohoCRM.modules.emails.READ")
                return self._emails(asked, module, id, rest)
            case ("GET", module, id, related):
                return self._related(asked, module, id, related)
        raise Problem(404, "INVALID_URL_PATTERN", message="Please check if the URL trying to access is a correct one")

    # -- settings

    def _fields(self, asked: Asked) -> Reply:
        name = asked.query.get("module")
        if not name:
            raise Problem(
                400, "REQUIRED_PARAM_MISSING", message="One of the expected parameter is missing", param_name="module"
            )
        if name not in self.org.modules:
            raise Problem(400, "INVALID_MODULE", message="the module name given seems to be invalid")
        return Reply(200, {"fields": [item.described() for item in self.org.modules[name].fields.values()]})

    def _related_lists(self, asked: Asked) -> Reply:
        module = self.org.module(asked.query.get("module", ""))
        found = [
            {
                "id": f"5540230000000{at:05}",
                "api_name": name,
                "name": name,
                "display_label": name,
                "href": f"{module.name}/{{ENTITYID}}/{name}",
                "module": {"api_name": target, "id": "554023000000002175"},
                "type": "default",
                "sequence_number": str(at),
            }
            for at, (name, target) in enumerate(module.lists.items(), 1)
        ]
        return Reply(200, {"related_lists": found}) if found else Reply(204)

    def _counts(self, asked: Asked, module: str, id: str) -> Reply:
        found = []
        for item in asked.json().get("get_related_records_count", []):
            name = item["related_list"]["api_name"]
            found.append([{"count": len(self._children(module, id, name)), "related_list": item["related_list"]}])
        return Reply(200, {"get_related_records_count": found})

    # -- reading

    def _names(self, asked: Asked) -> list[str]:
        names = [name for name in asked.query.get("fields", "").split(",") if name]
        if not names:
            raise Problem(
                400,
                "REQUIRED_PARAM_MISSING",
                data=True,
                message="One of the expected parameter is missing",
                param_name="fields",
                resource_path_index=0,
            )
        if len(names) > 50:
            raise Problem(
                400, "LIMIT_EXCEEDED", data=True, message="fields limit exceeded", limit="50", resource_path_index=0
            )
        return names

    def _list(self, asked: Asked, name: str) -> Reply:
        module = self.org.module(name)
        names = self._names(asked)
        rows = list(self.org.rows[module.name].values())
        if "ids" in asked.query:
            ids = asked.query["ids"].split(",")
            if len(ids) > 100:
                raise Problem(400, "LIMIT_EXCEEDED", data=True, resource_path_index=0)
            return self._rows(module.name, [row for row in rows if row["id"] in set(ids)], names)
        if name == "Leads" and asked.query.get("converted", "false") != "both":
            rows = [row for row in rows if bool(row.get("Converted__s")) == (asked.query.get("converted") == "true")]
        after = since(asked.headers.get("if-modified-since"))
        if after is not None:
            rows = [row for row in rows if seconds(row["Modified_Time"]) >= after]
            if not rows:
                return Reply(304)
        return self._paged(asked, module.name, rows, names)

    def _paged(self, asked: Asked, module: str, rows: list[dict[str, Any]], names: list[str]) -> Reply:
        per_page = asked.number("per_page", 200, 200)
        by = asked.query.get("sort_by", "id")
        if by not in ("id", "Created_Time", "Modified_Time") or asked.query.get("sort_order", "asc") not in (
            "asc",
            "desc",
        ):
            raise Problem(400, "INVALID_DATA", data=True, resource_path_index=0)
        rows.sort(key=lambda row: (row[by], row["id"]), reverse=asked.query.get("sort_order", "desc") == "desc")
        token = asked.query.get("page_token")
        if token and "page" in asked.query:
            raise Problem(
                400, "AMBIGUITY_DURING_PROCESSING", data=True, message="page and page_token", resource_path_index=0
            )
        page = asked.number("page", 1)
        if token:
            bound, page, last, until = _read_token(token)
            if bound != [module, by]:
                raise Problem(400, "TOKEN_BOUND_DATA_MISMATCH", data=True, resource_path_index=0)
            if until < self.org.now():
                raise Problem(400, "EXPIRED_VALUE", data=True, message="page token expired", resource_path_index=0)
            at = next((n for n, row in enumerate(rows) if [row[by], row["id"]] > last), len(rows))
        else:
            at = (page - 1) * per_page
            if at + per_page > PAGE_LIMIT:
                raise Problem(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", data=True, resource_path_index=0)
        found = rows[at : at + per_page]
        more = at + per_page < len(rows)
        info: dict[str, Any] = {
            "per_page": per_page,
            "count": len(found),
            "page": page,
            "more_records": more,
            "sort_by": by,
            "sort_order": asked.query.get("sort_order", "desc"),
        }
        if more:
            until = self.org.now() + TOKEN_LIFE
            info |= {
                "next_page_token": _token([module, by], page + 1, [found[-1][by], found[-1]["id"]], until),
                "page_token_expiry": moment(until),
            }
        return self._rows(module, found, names, info)

    def _rows(
        self, module: str, rows: list[dict[str, Any]], names: list[str] | None, info: Mapping[str, Any] | None = None
    ) -> Reply:
        if not rows:
            return Reply(204)
        if names is not None and not self.org.subforms_in_lists:
            names = [
                name for name in names if getattr(self.org.modules[module].fields.get(name), "type", "") != "subform"
            ]
        data = [self.org.visible(module, row, names) for row in rows]
        base = info or {"per_page": 200, "count": len(rows), "page": 1, "more_records": False}
        return Reply(200, {"data": data, "info": dict(base)})

    def _get(self, asked: Asked, module: str, id: str) -> Reply:
        if not id.isdigit():
            raise Problem(
                400, "INVALID_DATA", data=True, message="the id given seems to be invalid", resource_path_index=1
            )
        row = self.org.get(module, id)
        if row is None:
            return Reply(204)
        return Reply(200, {"data": [self.org.visible(module, row)]})

    def _search(self, asked: Asked, name: str) -> Reply:
        module = self.org.module(name)
        given = [key for key in ("criteria", "email", "phone", "word") if asked.query.get(key)]
        if len(given) != 1:
            raise Problem(400, "EXPECTED_PARAM_MISSING", param_names=["criteria", "email", "phone", "word"])
        text = asked.query[given[0]]
        fields = module.fields
        match given[0]:
            case "email":
                names = [n for n, f in fields.items() if f.type == "email" and not f.restricted]
                test = lambda row: any(text.casefold() in shown(row.get(n)).casefold() for n in names)  # noqa: E731
            case "phone":
                digits = "".join(c for c in text if c.isdigit())
                names = [n for n, f in fields.items() if f.type == "phone" and not f.restricted]
                test = lambda row: any(digits in "".join(c for c in shown(row.get(n)) if c.isdigit()) for n in names)  # noqa: E731
            case "word":
                if len(text) < 2:
                    raise Problem(400, "INVALID_QUERY", message="Invalid query formed", reason="too short")
                test = lambda row: mentions(self.org.visible(module.name, row), text)  # noqa: E731
            case _:
                test = self._criteria(text, fields)
        rows = [row for row in self.org.indexed(module.name).values() if test(row)]
        if name == "Leads" and asked.query.get("converted", "false") != "both":
            rows = [row for row in rows if bool(row.get("Converted__s")) == (asked.query.get("converted") == "true")]
        per_page, page = asked.number("per_page", 200, 200), asked.number("page", 1)
        if page * per_page > PAGE_LIMIT:
            raise Problem(400, "LIMIT_REACHED", message="maximum response iteration limit reached", limit="2000")
        rows = sorted(rows, key=lambda row: row["id"], reverse=True)
        found = rows[(page - 1) * per_page : page * per_page]
        info = {"per_page": per_page, "count": len(found), "page": page, "more_records": len(rows) > page * per_page}
        names_wanted = asked.query["fields"].split(",") if "fields" in asked.query else None
        return self._rows(module.name, found, names_wanted, info)

    def _criteria(self, text: str, fields: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
        conditions, test = criteria(text)
        if len(conditions) > 15:
            raise Problem(
                400, "CRITERIA_LIMIT_EXCEEDED", message="no of criterium that can be given exceed the limit 15"
            )
        for item in conditions:
            if item.field not in fields and item.field != "id":
                raise Problem(400, "INVALID_QUERY", message="Invalid query formed", reason="unknown field")
            if item.field in fields and fields[item.field].restricted:
                raise Problem(
                    400, "INVALID_QUERY", message="the field in restricted in GDPR", reason="restricted field"
                )
            if item.field in fields and fields[item.field].encrypted and item.operator != "equals":
                raise Problem(
                    400, "INVALID_QUERY", message="Invalid query formed", reason="encrypted", operator=item.operator
                )
        return test

    def _coql(self, asked: Asked) -> Reply:
        query = asked.json().get("select_query")
        if not isinstance(query, str):
            raise Problem(400, "MANDATORY_NOT_FOUND", message="required field not found", api_name="select_query")
        select = coql(query)
        if select.module == "Attachments":
            rows: list[dict[str, Any]] = [
                {
                    "id": f.id,
                    "File_Name": f.name,
                    "Size": str(len(f.data)),
                    "Modified_Time": moment(f.at),
                    "Parent_Id": {"id": parent},
                    "$se_module": module,
                }
                for (module, parent), files in self.org.files.items()
                for f in files.values()
            ]
        else:
            if select.module not in self.org.modules:
                raise Problem(400, "INVALID_QUERY", message="unable to process your request", module=select.module)
            fields = self.org.modules[select.module].fields
            unknown = [name for name in select.columns if name not in (*fields, "id")]
            if unknown:
                raise Problem(400, "INVALID_QUERY", message="column given seems to be invalid", column_name=unknown[0])
            rows = list(self.org.rows[select.module].values())
        found = sorted((row for row in rows if select.test(row)), key=lambda row: shown(row.get(select.order)))
        part = found[select.offset : select.offset + select.limit]
        if not part:
            return Reply(204)
        data = [{"id": row["id"], **{name: row.get(name) for name in select.columns}} for row in part]
        return Reply(
            200, {"data": data, "info": {"count": len(part), "more_records": len(found) > select.offset + len(part)}}
        )

    def _deleted(self, asked: Asked, name: str) -> Reply:
        module = self.org.module(name)
        kind = asked.query.get("type", "all")
        if kind not in ("all", "recycle", "permanent"):
            raise Problem(400, "INVALID_DATA", data=True, resource_path_index=0)
        rows = self.org.deleted(module.name, kind, since(asked.headers.get("if-modified-since")))
        per_page, page = asked.number("per_page", 200, 200), asked.number("page", 1)
        found = rows[(page - 1) * per_page : page * per_page]
        if not found:
            return Reply(204)
        info = {"per_page": per_page, "count": len(found), "page": page, "more_records": len(rows) > page * per_page}
        return Reply(200, {"data": found, "info": info})

    # -- writing

    def _update(self, asked: Asked, module: str, ids: list[str]) -> Reply:
        body = asked.json()
        rows = body.get("data") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not 1 <= len(rows) <= 100 or not all(isinstance(row, dict) for row in rows):
            raise Problem(400, "INVALID_DATA", data=True, message="invalid data", api_name="data", json_path="$.data")
        if module == "Notes" and "trigger" in body:
            raise Problem(
                400, "INVALID_DATA", data=True, message="invalid data", api_name="trigger", json_path="$.trigger"
            )
        if module != "Notes" and body.get("trigger") != []:
            self.org.alarms.append("update")
        self.org.module(module)
        unless = since(asked.headers.get("if-unmodified-since"))
        results, statuses = [], set()
        for row in rows:
            id = ids[0] if ids else str(row.get("id"))
            try:
                details = self.org.update(module, id, {k: v for k, v in row.items() if k != "id"}, unless)
                if module == "Notes":
                    details.pop("$approval_state")
                results.append(
                    {"code": "SUCCESS", "details": details, "message": "record updated", "status": "success"}
                )
                statuses.add(200)
            except Problem as problem:
                results.append(_error(problem))
                statuses.add(problem.status)
        self.on_write("update")
        return Reply(207 if len(statuses) > 1 else statuses.pop(), {"data": results})

    def _delete(self, asked: Asked, module: str, ids: list[str]) -> Reply:
        self.org.module(module)
        wanted = ids or [id for id in asked.query.get("ids", "").split(",") if id]
        if not wanted:
            raise Problem(400, "REQUIRED_PARAM_MISSING", param_name="ids")
        if len(wanted) > 100:
            raise Problem(400, "INVALID_DATA", param="ids")
        if asked.query.get("wf_trigger", "true") != "false":
            self.org.alarms.append("delete")
        results, problems = [], []
        for id in wanted:
            try:
                self.org.delete(module, id)
                results.append(
                    {"code": "SUCCESS", "details": {"id": id}, "message": "record deleted", "status": "success"}
                )
            except Problem as problem:
                problems.append(problem)
                results.append(_error(problem))
        self.on_write("delete")
        if problems and len(wanted) == 1:
            return _refusal(Problem(400, problems[0].code, message=problems[0].message, id=wanted[0]))
        return Reply(207 if problems else 200, {"data": results})

    def _bin(self, asked: Asked, rest: list[str]) -> Reply:
        right = "DELETE" if asked.method == "DELETE" else "READ"
        self._need(f"ZohoCRM.settings.recycle_bin.{right}")
        who = {key: USER[key] for key in ("name", "id")}

        def row(id: str, deep: bool) -> dict[str, Any]:
            binned = self.org.bin[id]
            module: Any = {"api_name": binned.module, "id": "554023000000002175"} if deep else binned.module
            return {
                "display_name": binned.display,
                "deleted_time": moment(binned.at),
                "owner": who,
                "module": module,
                "deleted_by": who,
                "id": id,
            }

        if asked.method == "GET" and not rest:
            ids = list(self.org.bin)[: asked.number("per_page", 200, 200)]
            info = {"per_page": 200, "count": len(ids), "page": 1, "more_records": False}
            return Reply(200, {"recycle_bin": [row(id, False) for id in ids], "info": info}) if ids else Reply(204)
        if asked.method == "GET" and len(rest) == 1:
            if self.org.in_bin(rest[0]) is None:
                raise Problem(400, "INVALID_DATA", message="the id given seems to be invalid", id=rest[0])
            return Reply(
                200,
                {
                    "recycle_bin": [row(rest[0], True)],
                    "info": {"per_page": 1, "count": 1, "page": 1, "more_records": False},
                },
            )
        if asked.method == "DELETE":
            return self._purge(rest or [id for id in asked.query.get("ids", "").split(",") if id])
        raise Problem(404, "INVALID_URL_PATTERN")

    def _purge(self, ids: list[str]) -> Reply:
        if not 1 <= len(ids) <= 100:
            raise Problem(400, "INVALID_DATA", message="give up to 100 ids", param="ids")
        results = []
        for id in ids:
            code = self.org.purge(id)
            good = code != "CANNOT_DELETE"
            results.append(
                {
                    "status": "success" if good else "error",
                    "code": code,
                    "message": "record deleted" if good else "not allowed",
                    "details": {"id": id},
                }
            )
        self.on_write("purge")
        return Reply(202 if any(r["code"] == "SCHEDULED" for r in results) else 200, {"recycle_bin": results})

    # -- what hangs off a record

    def _children(self, module: str, id: str, name: str) -> list[dict[str, Any]]:
        target = self.org.module(module).lists.get(name)
        if target is None:
            raise Problem(
                400,
                "INVALID_DATA",
                data=True,
                message="the relation name given seems to be invalid",
                resource_path_index=2,
            )
        if name == "Attachments":
            return [{"id": f.id} for f in self.org.files.get((module, id), {}).values()]
        if name == "Emails":
            return list(self.org.mails.get(id, []))

        def points(row: Mapping[str, Any]) -> bool:
            return any(isinstance(value, dict) and value.get("id") == id for value in row.values())

        return [row for row in self.org.rows[target].values() if points(row)]

    def _related(self, asked: Asked, module: str, id: str, name: str) -> Reply:
        names = self._names(asked)
        rows = self._children(module, id, name)
        if not rows:
            return Reply(204)
        reply = self._paged(asked, self.org.modules[module].lists[name], rows, names)
        for key in ("sort_by", "sort_order"):
            del reply.body["info"][key]
        return reply

    def _attachments(self, asked: Asked, method: str, module: str, id: str, rest: list[str]) -> Reply:
        files = self.org.files.get((self.org.module(module).name, id), {})
        who = {key: USER[key] for key in ("name", "id")}
        if method == "GET" and not rest:
            self._names(asked)
            data = [
                {
                    "id": f.id,
                    "File_Name": f.name,
                    "Size": str(len(f.data)),
                    "Created_Time": moment(f.at),
                    "Modified_Time": moment(f.at),
                    "Created_By": who,
                    "Modified_By": who,
                    "Parent_Id": {"id": id, "name": self.org.display(module, id)},
                }
                for f in files.values()
            ]
            info = {
                "per_page": 200,
                "count": len(data),
                "page": 1,
                "more_records": False,
                "next_page_token": None,
                "previous_page_token": None,
                "page_token_expiry": None,
            }
            return Reply(200, {"data": data, "info": info}) if data else Reply(204)
        if len(rest) == 1 and rest[0] in files:
            if method == "GET":
                return Reply(200, files[rest[0]].data, {"content-type": "application/octet-stream"})
            if method == "DELETE":
                del files[rest[0]]
                self.org.writes.append(("detach", rest[0]))
                self.on_write("detach")
                done = {"code": "SUCCESS", "details": {"id": rest[0]}, "message": "record deleted", "status": "success"}
                return Reply(200, {"data": [done]})
        raise Problem(400, "INVALID_DATA", message="the id given seems to be invalid")

    def _photo(self, method: str, module: str, id: str) -> Reply:
        key = (self.org.module(module).name, id)
        if method == "GET":
            photo = self.org.photos.get(key)
            return Reply(200, photo, {"content-type": "image/png"}) if photo else Reply(204)
        if method == "DELETE":
            self.org.photos.pop(key, None)
            return Reply(
                200, {"message": "photo deleted successfully", "details": {}, "status": "success", "code": "SUCCESS"}
            )
        raise Problem(400, "INVALID_REQUEST_METHOD")

    def _emails(self, asked: Asked, module: str, id: str, rest: list[str]) -> Reply:
        mails = self.org.mails.get(id, [])
        if rest:
            found = [mail for mail in mails if mail["message_id"] == rest[0]]
            return Reply(200, {"Emails": found}) if found else Reply(204)
        at = int(asked.query.get("index") or 0)
        heads = [{k: v for k, v in mail.items() if k != "content"} for mail in mails[at : at + 10]]
        more = len(mails) > at + 10
        info = {"per_page": 10, "count": len(heads), "more_records": more, "next_index": str(at + 10) if more else None}
        return Reply(200, {"Emails": heads, "info": info}) if heads else Reply(204)

    # -- lies

    def _lied(self, asked: Asked, reply: Reply) -> Reply:
        """A server that does not do what its documents say; the kit must notice each."""
        body = reply.body
        lies = self.org.lies
        if "empty-list" in lies and reply.status == 204:
            return Reply(200, [])
        if not isinstance(body, dict):
            return reply
        if "no-page-token" in lies:
            body.get("info", {}).pop("next_page_token", None)
        if "no-info" in lies:
            body.pop("info", None)
        if "other-row" in lies and asked.method == "GET" and "ids" in asked.query:
            body["data"] = [{**row, "id": "554023000000000001"} for row in body["data"]]
        if "wrong-enum" in lies:
            for item in body.get("data", []):
                if "status" in item:
                    item["status"] = "ok"
        if "wrong-type" in lies:
            for item in body.get("data", []):
                if "id" in item:
                    item["id"] = int(item["id"])
                if "details" in item:
                    item["details"]["id"] = int(item["details"].get("id", 0))
        return reply


def _token(bound: list[str], page: int, last: list[str], until: float) -> str:
    return urlsafe_b64encode(json.dumps([bound, page, last, until]).encode()).decode()


def _read_token(text: str) -> tuple[list[str], int, list[str], float]:
    try:
        bound, page, last, until = json.loads(urlsafe_b64decode(text.encode()))
    except ValueError:
        raise Problem(400, "INVALID_DATA", data=True, message="invalid page token", resource_path_index=0) from None
    return bound, page, last, until


def _error(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "details": problem.details, "message": problem.message, "status": "error"}


def _refusal(problem: Problem) -> Reply:
    error = _error(problem)
    if problem.code == "INVALID_URL_PATTERN":
        del error["details"]
        return Reply(problem.status, {"data": [error]})
    if problem.code == "OAUTH_SCOPE_MISMATCH":
        del error["details"]
    return Reply(problem.status, {"data": [error]} if problem.data else error)


def _class(asked: Asked) -> str:
    if asked.path == "/oauth/v2/token":
        return "token"
    if "/settings/" in asked.path and "recycle_bin" not in asked.path:
        return "metadata"
    return asked.method.lower()


def _credits(asked: Asked) -> int:
    return 2 if asked.path.endswith("/deleted") else 1


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours."""

    def hang_up(self) -> None:
        for request in list(self.open):
            self.shutdown_request(request)


def _listen(server: ZohoServer) -> _Http:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: tests read `log`."""

        def _do(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.answer(
                Asked(self.command, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), headers, body)
            )
            content = reply.content()
            head = {"content-type": "application/json;charset=UTF-8", **reply.headers}
            lines = [f"HTTP/1.1 {reply.status} X", f"Date: {self.date_time_string(int(server.org.now()))}"]
            lines += [f"{name}: {value}" for name, value in head.items()]
            if reply.status not in (204, 304) and "content-length" not in head:
                lines.append(f"content-length: {len(content)}")
            self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _do

    return _Http(("127.0.0.1", 0), Handler)

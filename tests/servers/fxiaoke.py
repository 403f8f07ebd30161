"""A Fxiaoke (纷享销客) tenant that behaves as the published pages say: everything is POST and JSON, every answer is HTTP 200.

Enforced: both ways to sign, token rules (ten a minute, never two at once, the same token for 6,600 s), a fresh thirdTraceId on
every URL, filters in snake_case and orders in camelCase, offsets that are multiples of the limit up to 10,000, own paths for
custom objects, workflows that run unless they are switched off, invalid before delete, locked rows, field types, derived
`__r` fields that carry employees' data, 100 calls in 20 s per interface, and the daily quota. What the pages leave open is
decided in the way that is hardest for a client: a row that is invalid is neither listed nor given.
"""

from __future__ import annotations

import re
import time
import uuid
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.servers.rest import Asked, Reply, Rest

APP = {"appId": "FSAID_EXAMPLE", "appSecret": "example-secret", "permanentCode": "EXAMPLECODE"}
EA, CORP, USER, OPEN_USER, MOBILE = "example", "FSCID_EXAMPLE", "1000", "FSUID_EXAMPLE", "13800000000"
OPERATORS = frozenset(
    "EQ N GT GTE LT LTE LIKE NLIKE IS ISN IN NIN BETWEEN NBETWEEN STARTWITH ENDWITH HASANYOF NHASANYOF CONTAINS".split()
)
EMPLOYEE = {"id": "1000", "name": "王经理", "email": "wang.manager@example.com", "phone": "13900000000"}


@dataclass
class FxField:
    """One field of an object."""

    type: str
    label: str
    required: bool = False
    target: str = ""
    options: tuple[str, ...] = ()

    def described(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "api_name": name,
            "type": self.type,
            "label": self.label,
            "is_required": self.required,
            "is_unique": False,
            "is_index": True,
            "define_type": "custom" if name.endswith("__c") else "package",
        }
        if self.target:
            found["target_api_name"] = self.target
        if self.options:
            found["options"] = [{"label": option, "value": option} for option in self.options]
        return found


@dataclass
class FxObject:
    """One kind of record."""

    label: str
    fields: dict[str, FxField]
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    active: bool = True


def _system() -> dict[str, FxField]:
    return {
        "_id": FxField("text", "数据ID"),
        "owner": FxField("employee", "负责人"),
        "created_by": FxField("employee", "创建人"),
        "create_time": FxField("date_time", "创建时间"),
        "last_modified_time": FxField("date_time", "最后修改时间"),
        "life_status": FxField("select_one", "生命状态", options=("normal", "invalid")),
        "lock_status": FxField("select_one", "锁定状态", options=("0", "1")),
        "version": FxField("number", "版本"),
        "is_deleted": FxField("true_or_false", "是否作废"),
    }


def tenant() -> dict[str, FxObject]:
    """The objects of an invented company, with every type of field."""
    person = {
        "mobile": FxField("phone_number", "手机"),
        "tel": FxField("phone_number", "电话"),
        "email": FxField("email", "邮件"),
        "add": FxField("text", "地址"),
        "remark": FxField("long_text", "备注"),
        "wechat__c": FxField("text", "微信号"),
        "profile__c": FxField("html_rich_text", "简介"),
        "birthday__c": FxField("date", "生日"),
        "gender__c": FxField("select_one", "性别", options=("male", "female")),
        "hobbies__c": FxField("select_many", "爱好", options=("tea", "go")),
        "score__c": FxField("number", "评分"),
        "vip__c": FxField("true_or_false", "VIP"),
        "place__c": FxField("location", "定位"),
        "files__c": FxField("file_attachment", "附件"),
        "photo__c": FxField("image", "照片"),
        "number__c": FxField("auto_number", "编号"),
        "greeting__c": FxField("formula", "称呼"),
    }
    return {
        "ContactObj": FxObject(
            "联系人",
            {
                "name": FxField("text", "姓名", required=True),
                "account_id": FxField("object_reference", "客户", target="AccountObj"),
            }
            | person
            | _system(),
        ),
        "LeadsObj": FxObject("销售线索", {"name": FxField("text", "姓名", required=True)} | person | _system()),
        "AccountObj": FxObject(
            "客户",
            {
                "name": FxField("text", "客户名称", required=True),
                "tel": FxField("phone_number", "电话"),
                "remark": FxField("long_text", "备注"),
            }
            | _system(),
        ),
        "ActiveRecordObj": FxObject(
            "销售记录",
            {
                "name": FxField("auto_number", "编号"),
                "active_record_content": FxField("long_text", "内容"),
                "contact_id": FxField("object_reference", "联系人", target="ContactObj"),
            }
            | _system(),
        ),
        "object_visit__c": FxObject(
            "来访",
            {
                "name": FxField("text", "标题", required=True),
                "visitor__c": FxField("object_reference", "联系人", target="ContactObj"),
                "text__c": FxField("long_text", "内容"),
            }
            | _system(),
        ),
        "RetiredObj": FxObject("停用", {"name": FxField("text", "名称")} | _system(), active=False),
    }


class Problem(Exception):
    """An error of the service: code and words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Fxiaoke(Rest):
    """The tenant. `alarms` lists workflows that ran because nobody switched them off."""

    def __init__(self) -> None:
        self.objects = tenant()
        self.alarms: list[str] = []
        self.events: list[str] = []  # operation log: what was done, as the service keeps it
        self.quota = 100_000
        self.most = 100
        self.burst = 100  # calls in 20 s per interface
        self.bin_shown = False  # whether `get` gives what is invalid
        self.refused: set[str] = set()  # objects the employee may not see
        self.clock = time.time
        self._token, self._issued, self._tokens = "", 0.0, 0
        self._asked: deque[float] = deque()
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._traces: set[str] = set()
        self._number = 0x5F0000000000000000000000
        super().__init__()

    def options(self, **more: Any) -> dict[str, Any]:
        """Options of a store that aims here."""
        own = {"app_id": APP["appId"], "app_secret": APP["appSecret"], "permanent_code": APP["permanentCode"]}
        return {**own, "user_id": USER, "base": self.url, **more}

    # -- behind the API

    def put(self, name: str, /, **values: Any) -> str:
        """Create a row. Returns its id."""
        self._number += 1
        id, now = f"{self._number:024x}", int(self.clock() * 1000)
        self.objects[name].rows[id] = {
            **{key: value for key, value in values.items() if value is not None},
            "_id": id,
            "owner": [USER],
            "created_by": [USER],
            "create_time": now,
            "last_modified_time": now,
            "life_status": "normal",
            "lock_status": values.get("lock_status", "0"),
            "version": "1",
            "is_deleted": False,
        }
        return id

    # -- the API

    def answer(self, asked: Asked) -> Reply:
        data: dict[str, Any] = {}
        try:
            if asked.method != "POST":
                raise Problem(10006, "parameter error")
            data = self._route(asked)
            code, message = 0, "OK"
        except Problem as problem:
            code, message = problem.code, problem.message
        envelope = {"traceId": f"E-O.example.{uuid.uuid4().hex[:16]}", "errorCode": code, "errorMessage": message}
        return Reply(200, {**envelope, "errorDescription": "success" if code == 0 else "error", **data})

    def _route(self, asked: Asked) -> dict[str, Any]:
        try:
            body = asked.json()
        except ValueError:
            raise Problem(10006, "parameter error") from None
        if not isinstance(body, dict):
            raise Problem(10006, "parameter error")
        self._count(asked.path)
        if asked.path in ("/oauth2.0/token", "/cgi/corpAccessToken/get/V2"):
            return self._issue(asked, body)
        self._admit(asked, body)
        if asked.path == "/cgi/user/getByMobile":
            if body.get("mobile") != MOBILE:
                raise Problem(20005, "no such employee")
            return {"empList": [{"openUserId": OPEN_USER}]}
        data = body.get("data")
        if asked.path == "/cgi/crm/v2/object/list":
            shown = [
                {
                    "describeApiName": name,
                    "describeDisplayName": found.label,
                    "defineType": "custom" if name.endswith("__c") else "package",
                    "isActive": found.active,
                }
                for name, found in self.objects.items()
            ]
            return {"data": {"objects": shown}}
        if not isinstance(data, dict):
            raise Problem(10006, "parameter error")
        if asked.path == "/cgi/crm/v2/object/describe":
            found = self._object(data.get("apiName"))
            return {"data": {"describe": {"fields": {n: f.described(n) for n, f in found.fields.items()}}}}
        match = re.fullmatch(r"/cgi/crm/(custom/)?v2/data/(query|get|update|invalid|delete)", asked.path)
        if match is None:
            raise Problem(10006, "parameter error")
        name = (
            data.get("object_data", {}).get("dataObjectApiName")
            if match[2] == "update"
            else data.get("dataObjectApiName")
        )
        self._object(name)
        if str(name).endswith("__c") != bool(match[1]):
            raise Problem(10006, "parameter error")
        return {
            "query": self._query,
            "get": self._get,
            "update": self._update,
            "invalid": self._invalid,
            "delete": self._delete,
        }[match[2]](str(name), data, body)

    def _count(self, path: str) -> None:
        now = self.clock()
        recent = self._recent[path]
        while recent and recent[0] <= now - 20:
            recent.popleft()
        if len(recent) >= self.burst:
            raise Problem(30004, "calls are too frequent")
        recent.append(now)
        if self.quota <= 0:
            raise Problem(30002, "the daily quota is used up")
        self.quota -= 1

    def _issue(self, asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
        now = self.clock()
        while self._asked and self._asked[0] <= now - 60:
            self._asked.popleft()
        if len(self._asked) >= 10:
            raise Problem(30004, "calls are too frequent")
        self._asked.append(now)
        if {key: body.get(key) for key in APP} != APP:
            raise Problem(10006, "parameter error")
        if now - self._issued > 6600 or not self._token:
            self._tokens += 1
            self._token, self._issued = f"token-{self._tokens}-{self.port}", now
        left = int(7200 - (now - self._issued))
        if asked.path == "/oauth2.0/token":
            self._traced(asked)
            if body.get("grantType") != "app_secret":
                raise Problem(10006, "parameter error")
            return {
                "accessToken": self._token,
                "expiresIn": left,
                "ea": EA,
                "openUserId": OPEN_USER,
                "appId": APP["appId"],
            }
        return {"corpAccessToken": self._token, "corpId": CORP, "expiresIn": left}

    def forget_token(self) -> None:
        """The token that is out there is no longer taken."""
        self._issued, self._token = 0.0, ""

    def _traced(self, asked: Asked) -> None:
        trace = asked.query.get("thirdTraceId", "")
        try:
            fresh = uuid.UUID(trace).version == 4 and trace not in self._traces
        except ValueError:
            fresh = False
        if not fresh:
            raise Problem(10006, "parameter error: thirdTraceId")
        self._traces.add(trace)

    def _admit(self, asked: Asked, body: dict[str, Any]) -> None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if token:
            self._traced(asked)
            if scheme != "Bearer" or token != self._token or asked.headers.get("x-fs-ea") != EA:
                raise Problem(20016, "the corpId, corpAccessToken or authorization is error")
            if asked.headers.get("x-fs-userid") != USER:
                raise Problem(20005, "no such employee")
            return
        if "corpAccessToken" not in body:
            raise Problem(20017, "no authorization")
        if body["corpAccessToken"] != self._token or body.get("corpId") != CORP:
            raise Problem(20016, "the corpId, corpAccessToken or authorization is error")
        if asked.path != "/cgi/user/getByMobile" and body.get("currentOpenUserId") != OPEN_USER:
            raise Problem(20005, "no such employee")

    def _object(self, name: object) -> FxObject:
        found = self.objects.get(str(name))
        if found is None or not found.active:
            raise Problem(10006, "parameter error: no such object")
        if name in self.refused:
            raise Problem(211_010, "no permission for this object")
        return found

    # -- rows

    def _shown(self, row: dict[str, Any], names: list[str]) -> dict[str, Any]:
        """A row with what is derived from it; a projection leaves the derived fields in."""
        found = {key: value for key, value in row.items() if not names or key in names or key == "_id"}
        found["owner__r"] = dict(EMPLOYEE)
        found["owner__l"] = [dict(EMPLOYEE)]
        for name, value in list(found.items()):
            if name.endswith("_id") and name != "_id":
                found[f"{name}__r"] = self._title(str(value))
                found[f"{name}__relation_ids"] = value
        if row.get("mobile"):
            found["mobile__p"] = {"province": "北京", "city": "北京"}
        return found

    def _title(self, id: str) -> str:
        return next((str(o.rows[id].get("name", "")) for o in self.objects.values() if id in o.rows), "")

    def _query(self, name: str, data: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        info = data.get("search_query_info")
        if not isinstance(info, dict):
            raise Problem(10006, "parameter error: search_query_info")
        limit, offset = info.get("limit", 20), info.get("offset", 0)
        if not isinstance(limit, int) or not 1 <= limit <= 100:
            raise Problem(10006, "parameter error: limit")
        if not isinstance(offset, int) or offset % limit or offset > 10_000:
            raise Problem(10013, "parameter error: offset")
        filters, orders = info.get("filters", []), info.get("orders", [])
        if any(set(order) != {"fieldName", "isAsc"} for order in orders):
            raise Problem(10006, "parameter error: orders")
        counted = data.get("find_explicit_total_num") is True
        matching = self._matching(self.objects[name], filters)
        if orders == [{"fieldName": "_id", "isAsc": True}] and not counted:  # rows lie in this order already
            rows = list(islice(matching, offset + limit))
        else:
            rows = list(matching)
        for order in reversed(orders):
            rows.sort(key=lambda row: row.get(order["fieldName"], ""), reverse=not order["isAsc"])
        page = rows[offset : offset + min(limit, self.most)]
        answer: dict[str, Any] = {
            "dataList": [self._shown(row, info.get("fieldProjection") or []) for row in page],
            "offset": offset,
            "limit": limit,
        }
        if counted:
            answer["total"] = len(rows)
        return {"data": answer}

    def _matching(self, found: FxObject, filters: Any) -> Iterator[dict[str, Any]]:
        """Rows in the order of their ids, which is the order they were made in."""
        self._meets(found, {}, filters)  # refuses what is malformed though there are no rows
        behind = [
            item["field_values"][0] for item in filters if (item["field_name"], item["operator"]) == ("_id", "GT")
        ]
        keys = list(found.rows)
        for key in islice(keys, bisect_right(keys, behind[0]) if behind else 0, None):
            row = found.rows[key]
            if not row["is_deleted"] and self._meets(found, row, filters):
                yield row

    def _meets(self, found: FxObject, row: dict[str, Any], filters: object) -> bool:
        if not isinstance(filters, list):
            raise Problem(10006, "parameter error: filters")
        for item in filters:
            if not isinstance(item, dict) or set(item) != {"field_name", "operator", "field_values"}:
                raise Problem(10006, "parameter error: filters")
            name, operator, wanted = item["field_name"], item["operator"], item["field_values"]
            if name not in found.fields or operator not in OPERATORS or not isinstance(wanted, list) or not wanted:
                raise Problem(10006, "parameter error: filters")
            if not _compare(row.get(name), operator, wanted):
                return False
        return True

    def _get(self, name: str, data: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        row = self.objects[name].rows.get(str(data.get("objectDataId")))
        if row is None or (row["is_deleted"] and not self.bin_shown):
            raise Problem(320_001_400, "the data is invalid or has been deleted")
        return {"data": self._shown(row, [])}

    def _update(self, name: str, data: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        values = {key: value for key, value in data["object_data"].items() if key not in ("_id", "dataObjectApiName")}
        row = self._living(name, data["object_data"].get("_id"))
        if row["lock_status"] == "1" and not data.get("skipDataStatusValidate"):
            raise Problem(320_002_500, "the data is locked")
        for key, value in values.items():
            self._check(self.objects[name], key, value)
        for switch in ("triggerWorkFlow", "triggerApprovalFlow"):
            if body.get(switch, True):
                self.alarms.append(f"{name}.{switch}")
        for key, value in values.items():
            row.pop(key, None)
            if value not in (None, ""):
                row[key] = value
        row["version"] = str(int(row["version"]) + 1)
        row["last_modified_time"] = max(int(self.clock() * 1000), row["last_modified_time"] + 1)
        self.events.append(f"update {name}")
        return {}

    def _check(self, found: FxObject, name: str, value: object) -> None:
        known = found.fields.get(name)
        if known is None or known.type in ("auto_number", "formula", "count", "quote") or name in _system():
            raise Problem(320_001_500, "the field cannot be written")
        if value in (None, ""):
            if known.required:
                raise Problem(320_001_501, "the field is required")
            return
        text = str(value)
        good = {
            "email": isinstance(value, str) and bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text)),
            "phone_number": isinstance(value, str) and bool(re.fullmatch(r"[0-9+\-() ]{3,50}", text)),
            "number": isinstance(value, str) and bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)),
            "date": isinstance(value, int),
            "date_time": isinstance(value, int),
            "true_or_false": isinstance(value, bool),
            "select_one": value in known.options,
            "select_many": isinstance(value, list),
        }.get(known.type, isinstance(value, str | list))
        if not good:
            raise Problem(320_001_502, "the value does not fit the type of the field")

    def _living(self, name: str, id: object) -> dict[str, Any]:
        row = self.objects[name].rows.get(str(id))
        if row is None or row["is_deleted"]:
            raise Problem(320_001_400, "the data is invalid or has been deleted")
        return row

    def _invalid(self, name: str, data: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(data.get("object_data_id"), str):
            raise Problem(10006, "parameter error: object_data_id")
        row = self._living(name, data["object_data_id"])
        if row["lock_status"] == "1":
            raise Problem(320_002_500, "the data is locked")
        row["is_deleted"], row["life_status"] = True, "invalid"
        self.events.append(f"invalid {name} {row.get('name', '')}")
        return {}

    def _delete(self, name: str, data: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        ids = data.get("idList")
        if not isinstance(ids, list) or not ids:
            raise Problem(10006, "parameter error: idList")
        rows = self.objects[name].rows
        if any(id not in rows or not rows[id]["is_deleted"] for id in ids):
            raise Problem(320_001_401, "invalidate the data before you delete it")
        for id in ids:
            del rows[id]
        return {}


def _compare(have: object, operator: str, wanted: list[Any]) -> bool:
    """Numbers and times are compared as numbers, all else as text."""
    text = "" if have is None else str(have)
    values = [str(value) for value in wanted]
    if operator == "EQ":
        return have is not None and text == values[0]
    if operator == "IN":
        return have is not None and text in values
    if operator == "LIKE":
        return have is not None and values[0] in text
    if operator in ("GT", "GTE"):
        left: Any = int(text or 0) if isinstance(have, int) else text
        right: Any = int(values[0]) if isinstance(have, int) else values[0]
        return bool(left > right if operator == "GT" else left >= right)
    raise Problem(10006, f"this server has no operator {operator}")

"""Fxiaoke: types of fields, both ways to sign, codes, the chain with a bin that is not shown, and lies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.contract import (
    Action,
    ActionKind,
    FieldType,
    Identifier,
    Mask,
    Outcome,
    Record,
    Ref,
    Store,
    Unreadable,
    Whereabouts,
)
from connectors.errors import (
    BadCredentials,
    BadSettings,
    Conflict,
    MissingRights,
    Refused,
    StoreError,
    Terminal,
    Throttled,
    Unreachable,
)
from connectors.fxiaoke import KIND, service
from connectors.fxiaoke import store as opening
from connectors.fxiaoke.client import until_midnight
from connectors.fxiaoke.options import FxiaokeOptions
from connectors.http import Pace, client
from connectors.http.assumptions import Probing
from tests.connectors.conformance import Memory, deletion, nothing, records, whole_pass
from tests.connectors.fxiaoke_tenant import FxiaokeSeed
from tests.servers.fxiaoke import EMPLOYEE, MOBILE, Fxiaoke
from tests.servers.rest import Asked, Reply

ZHANG = {
    "name": "张伟",
    "mobile": "13912345678",
    "tel": "010-88886666",
    "email": "zhang.wei@example.com",
    "add": "北京市朝阳区示例路1号",
    "remark": "张伟喜欢喝茶",
    "wechat__c": "zhangwei_wx",
    "profile__c": "<p>张<b>伟</b>先生</p>",
    "birthday__c": 631_123_200_000,
    "gender__c": "male",
    "hobbies__c": ["tea", "go"],
    "score__c": "88",
    "vip__c": True,
    "place__c": "116.4#%$39.9#%$北京市",
    "number__c": "C-0001",
    "greeting__c": "张先生",
}


REAL_PACES = opening.PACES


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PACES", {"": Pace()})
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)


@pytest.fixture
def fxiaoke() -> Iterator[Fxiaoke]:
    with Fxiaoke() as server:
        server.burst = 100_000
        yield server


@pytest.fixture
def store(fxiaoke: Fxiaoke) -> Iterator[Store]:
    with FxiaokeSeed(fxiaoke).open() as store:
        yield store


def the(store: Store, name: str, id: str) -> Record:
    (record,) = store.fetch([Ref(name, id)])
    return record


def answered(server: Fxiaoke, path: str, body: dict[str, Any]) -> None:
    """Let the server answer calls of one path with this."""
    server.before = lambda asked: Reply(200, body) if asked.path.endswith(path) else None


# -- reading


def test_it_works(store: Store, fxiaoke: Fxiaoke) -> None:
    record = the(store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG))
    values = {field.name: field.value for field in record.fields}
    assert values == {k: v for k, v in ZHANG.items() if k not in ("profile__c", "hobbies__c")}
    assert {text.path: text.text.strip() for text in record.texts} == {
        "field:profile__c": "张伟先生",
        "field:hobbies__c": '["tea", "go"]',
    }


@pytest.mark.parametrize(
    ("name", "kind", "identifying"),
    [
        ("name", FieldType.NAME, True),
        ("mobile", FieldType.PHONE, True),
        ("email", FieldType.EMAIL, True),
        ("add", FieldType.TEXT, True),
        ("wechat__c", FieldType.TEXT, True),
        ("birthday__c", FieldType.DATE, True),
        ("place__c", FieldType.TEXT, True),
        ("remark", FieldType.TEXT, False),
        ("score__c", FieldType.NUMBER, False),
        ("vip__c", FieldType.BOOLEAN, False),
    ],
)
def test_chinese_labels_and_types_tell_what_identifies(
    store: Store, fxiaoke: Fxiaoke, name: str, kind: FieldType, identifying: bool
) -> None:
    record = the(store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG))
    found = next(field for field in record.fields if field.name == name)
    assert (found.type, found.identifying) == (kind, identifying)


def test_employees_and_derived_fields_are_never_read(store: Store, fxiaoke: Fxiaoke) -> None:
    account = fxiaoke.put("AccountObj", name="示例公司")
    record = the(store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG, account_id=account))
    shown = " ".join(text.text for text in record.readable())
    assert not [value for value in (*EMPLOYEE.values(), "1000", "示例公司") if value in shown.split()]
    assert [(link.name, link.to) for link in record.links] == [("account_id", Ref("AccountObj", account))]


def test_files_are_unreadable_and_never_clean(store: Store, fxiaoke: Fxiaoke) -> None:
    record = the(
        store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG, files__c=[{"path": "N_2026"}], photo__c=["N_1"])
    )
    assert record.unreadable == (
        Unreadable("file:files__c/0", "unsupported"),
        Unreadable("file:photo__c/0", "unsupported"),
    )


def test_custom_objects_have_their_own_paths(store: Store, fxiaoke: Fxiaoke) -> None:
    contact = fxiaoke.put("ContactObj", **ZHANG)
    visit = fxiaoke.put("object_visit__c", name="来访", visitor__c=contact, text__c="张伟来了")
    record = the(store, "object_visit__c", visit)
    store.act(Action("k", ActionKind.ANONYMISE, record.ref, record.version), Memory())
    row = fxiaoke.objects["object_visit__c"].rows[visit]
    assert (row.get("text__c"), row["visitor__c"], row["name"][:6]) == (None, contact, "erased")
    assert "/cgi/crm/custom/v2/data/update" in {asked.path for asked, _ in fxiaoke.log}


def test_objects_that_are_switched_off_are_left_out(store: Store) -> None:
    names = [collection.name for collection in store.collections()]
    assert names == ["ContactObj", "LeadsObj", "AccountObj", "ActiveRecordObj", "object_visit__c"]
    assert {c.name for c in store.collections() if c.erase is ActionKind.DELETE} == {"ContactObj", "LeadsObj"}


def test_what_hangs_off_a_contact_is_found(store: Store, fxiaoke: Fxiaoke) -> None:
    contact, other = fxiaoke.put("ContactObj", **ZHANG), fxiaoke.put("ContactObj", name="李娜")
    visit = fxiaoke.put("object_visit__c", name="来访", visitor__c=contact)
    call = fxiaoke.put("ActiveRecordObj", active_record_content="打电话", contact_id=contact)
    fxiaoke.put("ActiveRecordObj", active_record_content="打电话", contact_id=other)
    found = {record.ref for record in store.related(Ref("ContactObj", contact))}
    assert found == {Ref("object_visit__c", visit), Ref("ActiveRecordObj", call)}


def test_more_than_a_page_hangs_off_a_contact(store: Store, fxiaoke: Fxiaoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE", 2)
    contact = fxiaoke.put("ContactObj", **ZHANG)
    calls = {fxiaoke.put("ActiveRecordObj", active_record_content=str(n), contact_id=contact) for n in range(5)}
    assert {record.ref.key for record in store.related(Ref("ContactObj", contact))} == calls


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "zhang.wei@example.com"), ("phone", "+8613912345678"), ("name", "张伟")],
)
def test_a_person_is_found_by_each_identifier(store: Store, fxiaoke: Fxiaoke, kind: str, value: str) -> None:
    id = fxiaoke.put("ContactObj", **ZHANG)
    fxiaoke.put("ContactObj", name="李娜", mobile="13800138000")
    assert [hit.ref.key for hit in store.search([Identifier(kind, value)])] == [id]


def test_rows_are_walked_by_id_beyond_ten_thousand(
    store: Store, fxiaoke: Fxiaoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE", 2)
    ids = [fxiaoke.put("LeadsObj", name=f"Lead {number}") for number in range(5)]
    assert [record.ref.key for record in records(store) if record.ref.collection == "LeadsObj"] == ids
    asked = [json.loads(a.body)["data"].get("search_query_info") for a, _ in fxiaoke.log if a.path.endswith("/query")]
    assert {info["offset"] for info in asked} == {0}


def test_a_second_pass_asks_for_changes_only(store: Store, fxiaoke: Fxiaoke) -> None:
    ids = [fxiaoke.put("ContactObj", name=f"Person {number}") for number in range(3)]
    (page,) = store.changes("ContactObj", None, nothing)
    for row in fxiaoke.objects["ContactObj"].rows.values():
        row["last_modified_time"] -= 7_200_000
    fxiaoke.objects["ContactObj"].rows[ids[1]]["last_modified_time"] += 7_200_000
    (later,) = store.changes("ContactObj", page.cursor, nothing)
    assert ([record.ref.key for record in later.records], later.whole) == ([ids[1]], False)


def test_one_person_costs_few_calls(store: Store, fxiaoke: Fxiaoke) -> None:
    for number in range(300):
        fxiaoke.put("ContactObj", name=f"Person {number}")
    id = fxiaoke.put("ContactObj", **ZHANG)
    cursors = {c.name: [p.cursor for p in store.changes(c.name, None, nothing)][-1] for c in store.collections()}
    versions = {record.ref: record.version for record in records(store)}
    fxiaoke.calls.clear()
    for name, cursor in cursors.items():
        list(store.changes(name, cursor, lambda refs: {ref: versions[ref] for ref in refs}))
    people = [
        Identifier("email", "zhang.wei@example.com"),
        Identifier("phone", "+8613912345678"),
        Identifier("name", "张伟"),
    ]
    assert [hit.ref.key for hit in store.search(people)] == [id]
    list(store.related(Ref("ContactObj", id)))
    assert sum(fxiaoke.calls.values()) < 30


# -- writing


@pytest.mark.parametrize("shown", [False, True])
def test_the_chain_scrubs_invalidates_and_deletes(store: Store, fxiaoke: Fxiaoke, shown: bool) -> None:
    fxiaoke.bin_shown = shown
    id, other = fxiaoke.put("ContactObj", **ZHANG), fxiaoke.put("ContactObj", **ZHANG)
    record = the(store, "ContactObj", id)
    receipt = store.act(deletion(record), Memory())
    assert (receipt.outcome, receipt.residue) == (Outcome.DONE, ("fxiaoke.operation-log", "fxiaoke.files"))
    assert list(fxiaoke.objects["ContactObj"].rows) == [other]
    assert fxiaoke.events[0] == "update ContactObj"
    assert "张伟" not in fxiaoke.events[1]  # the operation log names what is left of the record
    assert store.presence(record.ref).where is Whereabouts.GONE


def test_no_workflow_is_set_off(store: Store, fxiaoke: Fxiaoke) -> None:
    store.act(deletion(the(store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG))), Memory())
    assert not fxiaoke.alarms


def test_scrubbing_overwrites_everything_that_may_name_somebody(store: Store, fxiaoke: Fxiaoke) -> None:
    id = fxiaoke.put("AccountObj", name="张伟工作室", tel="010-88886666", remark="张伟的公司")
    record = the(store, "AccountObj", id)
    action = Action("k", ActionKind.ANONYMISE, record.ref, record.version)
    store.act(action, Memory())
    row = fxiaoke.objects["AccountObj"].rows[id]
    assert ({"tel", "remark"} & set(row), row["name"].startswith("erased ")) == (set(), True)
    assert store.act(action, Memory()).outcome is Outcome.ALREADY


def test_what_is_kept_is_not_overwritten(fxiaoke: Fxiaoke) -> None:
    id = fxiaoke.put("AccountObj", name="张伟工作室", remark="张伟的公司")
    with FxiaokeSeed(fxiaoke, keep=("AccountObj.name",)).open() as store:
        record = the(store, "AccountObj", id)
        store.act(Action("k", ActionKind.ANONYMISE, record.ref, record.version), Memory())
    row = fxiaoke.objects["AccountObj"].rows[id]
    assert (row["name"], row.get("remark")) == ("张伟工作室", None)


def test_masks_fit_the_type_of_the_field(store: Store, fxiaoke: Fxiaoke) -> None:
    id = fxiaoke.put("ContactObj", **ZHANG)
    record = the(store, "ContactObj", id)
    masks = tuple(
        Mask(f"field:{name}", 0, len(str(ZHANG[name])), "[x]") for name in ("name", "mobile", "email", "remark")
    )
    store.act(Action("k", ActionKind.REDACT, record.ref, record.version, masks=masks), Memory())
    row = fxiaoke.objects["ContactObj"].rows[id]
    assert (row["name"], row.get("mobile"), row["remark"]) == ("[x]", None, "[x]")
    assert row["email"].endswith("@example.invalid")


def test_a_stale_version_is_a_conflict(store: Store, fxiaoke: Fxiaoke) -> None:
    id = fxiaoke.put("ContactObj", **ZHANG)
    record = the(store, "ContactObj", id)
    fxiaoke.objects["ContactObj"].rows[id]["remark"] = "别人写的"
    with pytest.raises(Conflict):
        store.act(deletion(record), Memory())
    assert not fxiaoke.events


def test_a_locked_record_is_refused_and_stays(store: Store, fxiaoke: Fxiaoke) -> None:
    id = fxiaoke.put("ContactObj", **ZHANG, lock_status="1")
    record = the(store, "ContactObj", id)
    with pytest.raises(Refused) as caught:
        store.act(deletion(record), Memory())
    assert ("320002500" in str(caught.value), the(store, "ContactObj", id)) == (True, record)


def test_a_kill_between_invalid_and_delete_is_made_good(store: Store, fxiaoke: Fxiaoke) -> None:
    record = the(store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG))
    memory = Memory()
    fxiaoke.before = lambda asked: Reply(200, {"errorCode": -1}) if asked.path.endswith("/delete") else None
    with pytest.raises(Unreachable):
        store.act(deletion(record), memory)
    assert fxiaoke.objects["ContactObj"].rows  # in a bin that nobody is shown
    fxiaoke.before = lambda asked: None
    assert store.act(deletion(record), memory).outcome is Outcome.DONE
    assert not fxiaoke.objects["ContactObj"].rows


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("shown", [False, True])
def test_a_kill_at_any_call_loses_and_doubles_nothing(
    fxiaoke: Fxiaoke, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    fxiaoke.bin_shown = shown
    other = fxiaoke.put("ContactObj", **ZHANG)
    untouched = dict(fxiaoke.objects["ContactObj"].rows[other])
    whole = client.Client.call
    with FxiaokeSeed(fxiaoke).open() as store:
        store.collections()
        for at in range(1, 12):
            for after in (False, True):
                record = the(store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG))
                memory, left = Memory(), [at]

                def dying(self: Any, call: Any, left: list[int] = left, after: bool = after) -> Any:
                    left[0] -= 1
                    if left[0] == 0:
                        if after:
                            whole(self, call)
                        raise Killed
                    return whole(self, call)

                monkeypatch.setattr(client.Client, "call", dying)
                try:
                    store.act(deletion(record), memory)
                except Killed:
                    pass
                finally:
                    monkeypatch.setattr(client.Client, "call", whole)
                store.act(deletion(record), memory)
                assert store.act(deletion(record), memory).outcome is Outcome.ALREADY
                assert fxiaoke.objects["ContactObj"].rows == {other: untouched}
    assert left[0] > 0  # the last one ended before its turn to die


# -- signing, codes, limits


@pytest.mark.parametrize("more", [{}, {"style": "legacy", "mobile": MOBILE, "user_id": ""}])
def test_both_ways_to_sign_work_and_share_one_token(fxiaoke: Fxiaoke, more: dict[str, Any]) -> None:
    fxiaoke.put("ContactObj", **ZHANG)
    for _ in range(3):
        with FxiaokeSeed(fxiaoke, **more).open() as store:
            (record,) = records(store)
            store.act(Action("k", ActionKind.UPDATE, record.ref, record.version, changes={"remark": "x"}), Memory())
    tokens = [asked for asked, _ in fxiaoke.log if "oken" in asked.path]
    assert len(tokens) == 1


@pytest.mark.parametrize("more", [{}, {"style": "legacy", "mobile": MOBILE, "user_id": ""}])
def test_a_token_that_died_is_fetched_once(fxiaoke: Fxiaoke, more: dict[str, Any]) -> None:
    fxiaoke.put("ContactObj", **ZHANG)
    with FxiaokeSeed(fxiaoke, **more).open() as store:
        records(store)
        fxiaoke.forget_token()
        assert len(records(store)) == 1


@pytest.mark.parametrize("wrong", [{"app_secret": "wrong"}, {"permanent_code": "wrong"}, {"app_id": "FSAID_OTHER"}])
def test_wrong_credentials_are_named_as_such(fxiaoke: Fxiaoke, wrong: dict[str, str]) -> None:
    with KIND.open(FxiaokeOptions(**fxiaoke.options(**wrong))) as store, pytest.raises(BadCredentials):
        store.check()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (30002, Throttled),
        (30003, MissingRights),
        (20021, MissingRights),
        (20017, BadCredentials),
        (20016, BadCredentials),
        (-1, Unreachable),
        (50009, Unreachable),
        (10006, Refused),
        ("0", BadSettings),
        (True, BadSettings),
        (None, BadSettings),
    ],
)
def test_a_code_is_all_that_counts(store: Store, fxiaoke: Fxiaoke, code: object, error: type[StoreError]) -> None:
    store.collections()
    answered(fxiaoke, "/query", {"errorCode": code, "errorMessage": "张伟 OK", "data": {"dataList": []}})
    with pytest.raises(error) as caught:
        whole_pass(store)
    assert "张伟" not in str(caught.value)


def test_another_host_is_noticed(store: Store, fxiaoke: Fxiaoke) -> None:
    fxiaoke.before = lambda asked: Reply(200, b"<html>login</html>")
    with pytest.raises(BadSettings):
        store.check()


def test_the_daily_quota_ends_the_run_at_once(store: Store, fxiaoke: Fxiaoke) -> None:
    store.collections()
    fxiaoke.quota = 2
    before = sum(fxiaoke.calls.values())
    with pytest.raises(Throttled) as caught:
        whole_pass(store)
    assert (caught.value.retry_after or 0) > 60
    assert sum(fxiaoke.calls.values()) - before == 3


def test_the_quota_is_renewed_at_midnight_in_beijing() -> None:
    assert until_midnight(datetime(2026, 1, 1, 15, 0, tzinfo=UTC)) == 3600
    assert until_midnight(datetime(2026, 1, 1, 16, 0, tzinfo=UTC)) == 86_400


def test_the_pace_stays_below_the_services() -> None:
    assert REAL_PACES[""].calls / REAL_PACES[""].seconds < 100 / 20
    assert (REAL_PACES["token"].calls / REAL_PACES["token"].seconds < 10 / 60, REAL_PACES["token"].together) == (
        True,
        1,
    )


def test_check_names_objects_that_may_not_be_read(store: Store, fxiaoke: Fxiaoke) -> None:
    fxiaoke.refused = {"LeadsObj"}
    found = store.check()
    assert (found.missing, "ContactObj.read" in found.held) == (("LeadsObj.read",), True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "www.fxiaoke.com"}, "not at www"),
        ({"host": "https://open.fxiaoke.com"}, "the host is a name"),
        ({"user_id": ""}, "needs user-id"),
        ({"style": "legacy"}, "needs mobile"),
        ({"base": "http://gateway.example.com"}, "https URL"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any], words: str) -> None:
    given = {"app_id": "FSAID_EXAMPLE", "app_secret": "s", "permanent_code": "p", "user_id": "1000", **options}
    with pytest.raises(ValidationError) as caught:
        FxiaokeOptions(**given)
    assert words in str(caught.value)


# -- a server that does not keep to its pages


Lie = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("path", "lie"),
    [
        ("/query", lambda body: body.update(data=[])),
        ("/query", lambda body: body["data"].update(dataList=None)),
        ("/query", lambda body: body["data"]["dataList"][0].pop("_id")),
        ("/query", lambda body: body["data"]["dataList"][0].update(_id=7)),
        ("/query", lambda body: body["data"]["dataList"].reverse()),
        ("/object/list", lambda body: body["data"].update(objects={"describeApiName": 1})),
        ("/object/list", lambda body: body["data"]["objects"][0].update(isActive="yes")),
        ("/object/describe", lambda body: body["data"]["describe"].update(fields=[])),
    ],
)
def test_an_answer_of_another_form_is_no_answer(fxiaoke: Fxiaoke, path: str, lie: Lie) -> None:
    fxiaoke.put("ContactObj", **ZHANG)
    fxiaoke.put("ContactObj", name="李娜")

    def lying(asked: Asked, reply: Reply) -> Reply:
        if asked.path.endswith(path) and "ContactObj" in asked.body.decode() + asked.path + "ContactObj" * (
            "list" in path
        ):
            body = json.loads(json.dumps(reply.body))
            lie(body)
            return Reply(200, body)
        return reply

    fxiaoke.lie = lying
    with FxiaokeSeed(fxiaoke).open() as store, pytest.raises(Terminal):
        whole_pass(store)


def test_one_row_where_a_list_belongs_is_read(store: Store, fxiaoke: Fxiaoke) -> None:
    fxiaoke.put("ContactObj", **ZHANG)

    def single(asked: Asked, reply: Reply) -> Reply:
        rows = (reply.body.get("data") or {}).get("dataList") if asked.path.endswith("/query") else None
        return Reply(200, {**reply.body, "data": {"dataList": rows[0]}}) if rows else reply

    fxiaoke.lie = single
    assert len(records(store)) == 1


@pytest.mark.parametrize(
    ("step", "shown"), [("update", False), ("invalid", False), ("invalid", True), ("delete", True)]
)
def test_a_write_that_lies_is_caught(store: Store, fxiaoke: Fxiaoke, step: str, shown: bool) -> None:
    fxiaoke.bin_shown = shown
    record = the(store, "ContactObj", fxiaoke.put("ContactObj", **ZHANG))
    answered(fxiaoke, f"/{step}", {"errorCode": 0, "errorMessage": "OK"})
    with pytest.raises(Refused):
        store.act(deletion(record), Memory())


# -- what only a real tenant can tell


def test_every_assumption_holds_where_the_pages_are_kept_to(store: Store, fxiaoke: Fxiaoke) -> None:
    fxiaoke.put("ContactObj", **ZHANG)
    fxiaoke.put("ContactObj", name="李娜")
    before = len(fxiaoke.events)
    assert isinstance(store, Probing)
    found = {item.name: (item.holds, item.note) for item in store.assumptions()}
    assert {holds for holds, _ in found.values()} == {True}
    assert (found["absent"][1], len(fxiaoke.events)) == ("The code is 320001400.", before)


@pytest.mark.parametrize(
    ("name", "lie"),
    [
        ("total", lambda body: body.get("data", {}).pop("total", None)),
        ("projection", lambda body: [row.update(create_time=1) for row in body.get("data", {}).get("dataList", [])]),
        ("order", lambda body: body.get("data", {}).get("dataList", []).reverse()),
        ("absent", lambda body: body.update(errorCode=0) if body["errorCode"] == 320001400 else None),
    ],
)
def test_an_assumption_that_does_not_hold_is_named(store: Store, fxiaoke: Fxiaoke, name: str, lie: Lie) -> None:
    fxiaoke.put("ContactObj", **ZHANG)
    fxiaoke.put("ContactObj", name="李娜")

    def lying(asked: Asked, reply: Reply) -> Reply:
        body = json.loads(json.dumps(reply.body))
        lie(body)
        return Reply(200, body)

    fxiaoke.lie = lying
    assert isinstance(store, Probing)
    assert name in [item.name for item in store.assumptions() if item.holds is False]

"""Zoho CRM: what is read, how the search is asked, what its failures mean, and what no lie of the server gets past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from connectors import registry
from connectors.contract import Ability, Action, ActionKind, FieldType, Identifier, Page, Record, Ref, Whereabouts
from connectors.errors import (
    BadCredentials,
    BadSettings,
    MissingRights,
    StoreError,
    Throttled,
    Unreachable,
    Vanished,
)
from connectors.http import client as http
from connectors.http.pace import PutOff
from connectors.zoho import KIND, reading
from connectors.zoho.client import Malformed
from connectors.zoho.store import ZohoStore
from tests.connectors.conformance import Memory, nothing, records, shows, whole_pass
from tests.connectors.zoho_seed import company, opened
from tests.servers.zoho import ZohoOrg
from tests.servers.zoho_http import Asked, Reply, Rules, ZohoServer
from tests.servers.zoho_schema import ZohoField


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZohoServer]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with ZohoServer() as found:
        yield found


@pytest.fixture
def org(server: ZohoServer) -> ZohoOrg:
    return server.org


@pytest.fixture
def ids(org: ZohoOrg) -> dict[str, str]:
    return company(org)


@pytest.fixture
def store(server: ZohoServer, ids: dict[str, str]) -> Iterator[ZohoStore]:
    with opened(server) as found:
        yield found


def the(store: ZohoStore, module: str, id: str) -> Record:
    (found,) = store.fetch([Ref(module, id)])
    return found


def asked(server: ZohoServer, part: str) -> list[Asked]:
    return [item for item, _ in server.log if part in f"{item.method} {item.path}"]


# -- what is read


def test_every_type_of_field_is_read(store: ZohoStore, ids: dict[str, str]) -> None:
    record = the(store, "Contacts", ids["lena"])
    values = {field.name: field for field in record.fields}
    assert values["Email"].type is FieldType.EMAIL
    assert values["Last_Name"].type is FieldType.NAME
    assert values["Phone"].value == "+49 30 1234567"
    assert str(values["Date_of_Birth"].value) == "1990-02-03"
    assert str(values["Annual_Income"].value) == "1234.5"
    assert values["Email_Opt_Out"].value is False
    assert (values["Interests"].value, values["Interests"].fixed) == ("Bikes", True)
    assert (values["Account_Name"].value, values["Account_Name"].fixed) == ("Example Bikes", True)
    assert values["Passport_Number"].identifying
    assert "Health_Note" not in values
    for text in ("Tom Novak", "tom.novak@example.org", "Offer for Lena Novak", "Signed: Lena Novak", "Hauptstraße"):
        assert shows(record, text), text
    assert [item.path.partition(":")[0] for item in record.attachments] == ["file", "upload", "photo"]
    assert {(link.name, link.to) for link in record.links} >= {("Account_Name", Ref("Accounts", ids["account"]))}
    assert not record.unreadable


@pytest.mark.parametrize(
    ("path", "data"), [("file:", b"Offer for Lena Novak\n"), ("upload:77001", b"Signed: Lena Novak\n")]
)
def test_files_come_whole(store: ZohoStore, ids: dict[str, str], path: str, data: bytes) -> None:
    record = the(store, "Contacts", ids["lena"])
    found = next(item.path for item in record.attachments if item.path.startswith(path))
    assert b"".join(store.attachment(record.ref, found)) == data


@pytest.mark.parametrize("path", ["file:1", "file:../..", "upload:9", "part:1", "file:", "x", "file:1/../2"])
def test_a_file_that_is_not_there_is_told(store: ZohoStore, ids: dict[str, str], path: str) -> None:
    with pytest.raises(Vanished):
        b"".join(store.attachment(Ref("Contacts", ids["lena"]), path))


def test_collections_carry_zohos_own_labels(store: ZohoStore) -> None:
    found = {item.name: item for item in store.collections()}
    assert found["Contacts"].labels == {
        "Email": "Medium",
        "Phone": "Medium",
        "Date_of_Birth": "High",
        "Passport_Number": "High, encrypted",
    }
    assert found["Contacts"].links["Account_Name"] == "Accounts"
    assert (found["Contacts"].erase, found["Deals"].erase) == (ActionKind.DELETE, ActionKind.ANONYMISE)
    assert found["Emails"].fixed
    assert "Home" not in found


def test_what_hangs_off_a_person_is_found(store: ZohoStore, ids: dict[str, str]) -> None:
    found = {record.ref.collection: record for record in store.related(Ref("Contacts", ids["lena"]))}
    assert set(found) == {"Deals", "Tasks", "Notes", "Emails"}
    assert found["Deals"].ref.key == ids["deal"]
    assert shows(found["Emails"], "Dear Lena")
    assert [item.role for item in found["Emails"].participants] == ["from", "to"]
    assert list(store.fetch([found["Emails"].ref])) == [found["Emails"]]
    assert store.presence(found["Emails"].ref).where is Whereabouts.THERE
    with pytest.raises(StoreError):
        store.act(Action("k", ActionKind.DELETE, found["Emails"].ref, found["Emails"].version), Memory())


def test_every_mail_is_shown_however_many_there_are(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    (first,) = org.mails[ids["lena"]]
    org.mails[ids["lena"]] = [{**first, "message_id": f"m{n}", "content": f"<p>number {n}</p>"} for n in range(23)]
    found = [record for record in store.related(Ref("Contacts", ids["lena"])) if record.ref.collection == "Emails"]
    assert [shows(record, f"number {n}<") for n, record in enumerate(found)] == [True] * 23


def test_converted_leads_are_read(server: ZohoServer, store: ZohoStore) -> None:
    id = server.org.plant("Leads", Last_Name="Novak", Email="lena.novak@example.com", Converted__s=True)
    assert id in {record.ref.key for record in records(store)}
    assert id in {record.ref.key for record in store.search([Identifier("email", "lena.novak@example.com")])}


def test_modules_with_more_fields_than_a_call_may_ask_for_are_read_whole(org: ZohoOrg, server: ZohoServer) -> None:
    fields = org.modules["Accounts"].fields
    fields |= {f"Extra_{n}": ZohoField(f"Extra_{n}", custom=True) for n in range(120)}
    ids = [org.plant("Accounts", Account_Name=f"A{n}", Extra_119=f"last-{n}") for n in range(3)]
    with opened(server, modules=("Accounts",), attachments=False) as store:
        found = {record.ref.key: record for record in records(store)}
        assert all(shows(found[id], f"last-{n}") for n, id in enumerate(ids))
        assert {r.ref: r.version for r in found.values()} == {
            r.ref: r.version for r in store.fetch([Ref("Accounts", i) for i in ids])
        }


def test_files_are_listed_one_by_one_where_coql_refuses(server: ZohoServer, ids: dict[str, str]) -> None:
    def refuse(item: Asked) -> Reply | None:
        if item.path.endswith("/coql"):
            return Reply(
                400, {"code": "INVALID_QUERY", "details": {"module": "Attachments"}, "message": "", "status": "error"}
            )
        return None

    server.filter = refuse
    with opened(server) as store:
        assert shows(the(store, "Contacts", ids["lena"]), "Offer for Lena Novak")
        assert len([r for r in records(store) if shows(r, "Offer for")]) == 2


def test_without_files_check_says_so(server: ZohoServer, ids: dict[str, str]) -> None:
    with opened(server, attachments=False) as store:
        assert not shows(the(store, "Contacts", ids["lena"]), "Offer for Lena Novak")
        assert Ability.ATTACHMENTS not in store.abilities
        assert any("Files are not read" in note for note in store.check().notes)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"modules": ("Contacts", "Lea*")}, {"Contacts", "Leads", "Emails"}),
        ({"exclude": ("Tasks",), "emails": False}, {"Contacts", "Leads", "Accounts", "Deals", "Notes"}),
    ],
)
def test_the_operator_chooses_the_modules(
    server: ZohoServer, ids: dict[str, str], more: dict[str, Any], names: set[str]
) -> None:
    with opened(server, **more) as store:
        assert {item.name for item in store.collections()} == names
        assert {record.ref.collection for record in records(store)} <= names


# -- searching


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "lena.novak@example.com"),
        ("email", "LENA@EXAMPLE.NET"),
        ("phone", "+49301234567"),
        ("name", "Lena Novak"),
        ("customer_id", "K-100042"),
    ],
)
def test_search_finds_by(store: ZohoStore, ids: dict[str, str], kind: str, value: str) -> None:
    assert [hit.ref.key for hit in store.search([Identifier(kind, value)])] == [ids["lena"]]


def test_one_call_for_each_module_with_people(server: ZohoServer, store: ZohoStore) -> None:
    list(store.search([Identifier("email", "lena.novak@example.com"), Identifier("name", "Lena Novak")]))
    assert [item.path.split("/")[3] for item in asked(server, "/search")] == ["Contacts", "Leads"]


def test_a_hit_that_only_contains_the_address_is_no_hit(org: ZohoOrg, store: ZohoStore) -> None:
    org.plant("Contacts", Last_Name="Longer", Email="magdalena.novak@example.com")
    hits = list(store.search([Identifier("email", "a.novak@example.com")]))
    assert all(shows(hit, "a.novak@example.com") for hit in hits)


def test_a_restricted_field_does_not_hide_the_others(org: ZohoOrg, server: ZohoServer, ids: dict[str, str]) -> None:
    with opened(server) as store:
        store.collections()
        org.modules["Contacts"].fields["Secondary_Email"] = ZohoField("Secondary_Email", "email", restricted=True)
        assert [hit.ref.key for hit in store.search([Identifier("email", "lena.novak@example.com")])] == [ids["lena"]]
        assert any("Secondary_Email" in note for note in store.check().notes)


def test_the_index_lags_and_the_crawl_does_not(org: ZohoOrg, store: ZohoStore) -> None:
    org.lag = 3600
    id = org.plant("Contacts", Last_Name="Late", Email="late@example.org")
    assert not list(store.search([Identifier("email", "late@example.org")]))
    assert id in {record.ref.key for record in records(store)}


@pytest.mark.parametrize("kind", ["email", "phone", "name", "customer_id"])
def test_identities_stay_values(server: ZohoServer, store: ZohoStore, kind: str) -> None:
    before = server.org.dump()
    for value in (
        "a)or(id:equals:1",
        "x@example.com,y@example.com",
        "\\)",
        "a:b",
        "%27%20or%20",
        "9" * 50,
        "a\\,b@example.com",
    ):
        assert not list(store.search([Identifier(kind, value)]))
    assert server.org.dump() == before
    assert not server.org.writes


# -- passes


def run(store: ZohoStore, module: str, cursor: str | None, known: dict[Ref, str]) -> list[Page]:
    return list(store.changes(module, cursor, lambda refs: {ref: known[ref] for ref in refs if ref in known}))


def test_a_later_pass_asks_only_for_what_changed(
    org: ZohoOrg, server: ZohoServer, store: ZohoStore, ids: dict[str, str]
) -> None:
    org.skew = -7200
    for n in range(5):
        org.plant("Contacts", Last_Name=f"Old {n}")
    first = run(store, "Contacts", None, {})
    org.skew = 0
    known = {record.ref: record.version for page in first for record in page.records}
    again = run(store, "Contacts", first[-1].cursor, known)
    cursor = again[-1].cursor
    org.edit("Contacts", ids["other"], Description="Moved to Lena Novak")
    later = run(store, "Contacts", cursor, known)
    assert {record.ref.key for page in later for record in page.records} == {ids["other"]}
    assert not any(page.whole for page in later)
    assert len({ref.key for page in later for ref in page.unchanged}) < 5


def test_a_new_file_is_a_change(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    org.skew = -7200
    quiet = org.plant("Contacts", Last_Name="Quiet")
    org.skew = 0
    first = run(store, "Contacts", None, {})
    known = {record.ref: record.version for page in first for record in page.records}
    org.attach("Contacts", quiet, "later.txt", b"Lena Novak again")
    later = [record for page in run(store, "Contacts", first[-1].cursor, known) for record in page.records]
    assert [record.ref.key for record in later] == [quiet]
    assert shows(later[0], "Lena Novak again")


@pytest.mark.parametrize("how", ["bin", "purged"])
def test_what_was_deleted_is_named(org: ZohoOrg, store: ZohoStore, ids: dict[str, str], how: str) -> None:
    first = run(store, "Contacts", None, {})
    org.delete("Contacts", ids["other"])
    if how == "purged":
        org.purge(ids["other"])
    gone = [ref for page in run(store, "Contacts", first[-1].cursor, {}) for ref in page.gone]
    assert gone == [Ref("Contacts", ids["other"])]


def test_everything_is_listed_again_when_that_is_due(org: ZohoOrg, server: ZohoServer, ids: dict[str, str]) -> None:
    with opened(server, whole_days=1) as store:
        cursor = run(store, "Contacts", None, {})[-1].cursor
        org.skew = 2 * 86400
        second = run(store, "Contacts", cursor, {})
        assert not any(page.whole for page in second)
        assert all(page.whole for page in run(store, "Contacts", second[-1].cursor, {}))


def test_a_new_field_is_read_from_every_record(org: ZohoOrg, server: ZohoServer, ids: dict[str, str]) -> None:
    with opened(server) as store:
        cursor = run(store, "Contacts", None, {})[-1].cursor
    org.modules["Contacts"].fields["Nickname"] = ZohoField("Nickname", custom=True)
    org.rows["Contacts"][ids["other"]]["Nickname"] = "Tommy"
    with opened(server) as store:
        store.check()
        again = run(store, "Contacts", cursor, {})
        assert all(page.whole for page in again)
        assert any(shows(record, "Tommy") for page in again for record in page.records)


def test_without_a_list_of_deletions_every_pass_is_whole(server: ZohoServer, ids: dict[str, str]) -> None:
    def refuse(item: Asked) -> Reply | None:
        refusal = {"code": "NOT_SUPPORTED", "details": {}, "message": "", "status": "error"}
        return Reply(400, refusal) if item.path.endswith("/deleted") else None

    server.filter = refuse
    with opened(server) as store:
        cursor = run(store, "Contacts", None, {})[-1].cursor
        cursor = run(store, "Contacts", cursor, {})[-1].cursor
        assert all(page.whole for page in run(store, "Contacts", cursor, {}))


def test_an_expired_page_token_begins_the_pass_again(
    org: ZohoOrg, store: ZohoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE_ROWS", 2)
    wanted = {org.plant("Contacts", Last_Name=f"N{n}") for n in range(7)}
    cursor = next(iter(store.changes("Contacts", None, nothing))).cursor
    org.skew = 2 * 86400
    rest = run(store, "Contacts", cursor, {})
    assert wanted <= {record.ref.key for page in rest for record in page.records}
    assert all(page.whole for page in rest)


def test_a_record_that_goes_during_a_pass_takes_no_other_along(
    org: ZohoOrg, store: ZohoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE_ROWS", 2)
    wanted = [org.plant("Contacts", Last_Name=f"N{n}") for n in range(9)]
    seen: list[str] = []
    for page in store.changes("Contacts", None, nothing):
        seen += [record.ref.key for record in page.records]
        if len(seen) == 4:
            org.delete("Contacts", seen[0])
    assert set(wanted) - set(seen) <= {seen[0]}


@pytest.mark.parametrize("cursor", ["nonsense", "[]", '{"stage": "rows", "x": 1}', "1"])
def test_a_foreign_cursor_is_refused(store: ZohoStore, cursor: str) -> None:
    with pytest.raises(BadSettings):
        run(store, "Contacts", cursor, {})


def test_pages_that_repeat_rows_do_no_harm(server: ZohoServer, store: ZohoStore, ids: dict[str, str]) -> None:
    """Duplicate and reordered rows in a page: each is judged by its own version."""

    def shuffled(item: Asked, reply: Reply) -> Reply:
        if item.path.endswith("/Contacts") and isinstance(reply.body, dict):
            reply.body["data"] = [*reversed(reply.body["data"]), reply.body["data"][0]]
        return reply

    server.alter = shuffled
    assert {record.ref.key for page in whole_pass(store) for record in page.records} >= {ids["lena"], ids["other"]}


# -- failures


def test_throttling_without_a_word_on_when_is_waited_out(server: ZohoServer, store: ZohoStore) -> None:
    too_many = Reply(429, {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "", "status": "error"})
    server.rules.script.extend([lambda _: too_many, lambda _: too_many])
    assert store.collections()


def test_throttling_that_lasts_is_said(server: ZohoServer, store: ZohoStore) -> None:
    store.collections()
    server.filter = lambda _: Reply(429, {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "", "status": "error"})
    with pytest.raises(Throttled):
        records(store)


def test_a_token_that_dies_every_few_calls_is_renewed(
    server: ZohoServer, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE_ROWS", 2)
    server.rules = Rules(calls_per_token=7, refreshes=100)
    with opened(server) as store:
        assert len(records(store)) == sum(map(len, server.org.rows.values()))
    assert server.calls["token"] > 2


def test_two_stores_share_one_token(server: ZohoServer, ids: dict[str, str]) -> None:
    for _ in range(5):
        with opened(server) as store:
            store.collections()
    assert server.calls["token"] == 1
    assert server.calls["metadata"] == 1 + 6


def test_the_token_limit_of_the_service_is_said(server: ZohoServer) -> None:
    server.rules.refreshes = 0
    with opened(server) as store, pytest.raises(Throttled):
        store.check()


@pytest.mark.parametrize("name", ["refresh_token", "client_secret"])
def test_wrong_secrets_are_said(server: ZohoServer, name: str) -> None:
    with opened(server, **{name: "wrong"}) as store, pytest.raises(BadCredentials) as caught:
        store.check()
    assert "wrong" not in str(caught.value)


def test_a_reserve_of_credits_is_left_to_others(server: ZohoServer, ids: dict[str, str]) -> None:
    server.rules.credits = 60
    with opened(server, reserve=25) as store, pytest.raises(PutOff):
        [store.presence(Ref("Contacts", ids["lena"])) for _ in range(50)]
    assert server.spent <= 36


def test_a_budget_ends_a_run_and_the_next_goes_on(
    server: ZohoServer, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE_ROWS", 1)
    for n in range(6):
        server.org.plant("Contacts", Last_Name=f"N{n}")
    cursor, seen = None, set()
    for _ in range(20):
        with opened(server, budget=14, attachments=False) as store:
            try:
                for page in store.changes("Contacts", cursor, nothing):
                    seen |= {record.ref.key for record in page.records}
                    cursor = page.cursor
                break
            except PutOff:
                continue
    assert seen == set(server.org.rows["Contacts"])


@pytest.mark.parametrize(
    ("lost", "missing"),
    [
        ("ZohoCRM.coql.READ", ("ZohoCRM.coql.READ",)),
        ("ZohoCRM.settings.recycle_bin.DELETE", ("ZohoCRM.settings.recycle_bin.DELETE",)),
        ("ZohoSearch.securesearch.READ", ("ZohoSearch.securesearch.READ",)),
    ],
)
def test_missing_scopes_are_named(server: ZohoServer, lost: str, missing: tuple[str, ...]) -> None:
    server.rules.scopes = server.rules.scopes.replace(lost, "")
    with opened(server) as store:
        assert store.check().missing == missing


def test_needless_scopes_are_named(server: ZohoServer) -> None:
    server.rules.scopes += " ZohoCRM.users.ALL ZohoCRM.bulk.READ"
    with opened(server) as store:
        assert store.check().needless == ("ZohoCRM.bulk.READ", "ZohoCRM.users.ALL")


def test_scopes_are_tried_out_where_the_token_names_none(server: ZohoServer) -> None:
    server.name_scopes = False
    server.rules.scopes = server.rules.scopes.replace("ZohoCRM.coql.READ", "")
    with opened(server) as store:
        health = store.check()
    assert health.missing == ("ZohoCRM.coql.READ",)
    assert "ZohoCRM.settings.recycle_bin.READ" in health.held


def test_without_the_first_scope_nothing_works_and_that_is_said(server: ZohoServer) -> None:
    server.rules.scopes = ""
    with opened(server) as store, pytest.raises(MissingRights):
        store.check()


def test_a_host_that_is_not_zohos_is_never_called(server: ZohoServer) -> None:
    """The token's answer names the host: only one of Zoho's is believed."""
    server.api_domain = "https://www.zohoapis.evil.example"
    with opened(server) as store, pytest.raises(BadSettings):
        store.check()


def test_something_else_answers(server: ZohoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TRIES", 2)
    with opened(server) as store:
        store.collections()
        server.filter = lambda _: Reply(200, b"<html>Welcome to the hotel</html>", {"content-type": "text/html"})
        with pytest.raises(Unreachable):
            store.presence(Ref("Contacts", "1"))


# -- lies


LIES: tuple[tuple[str, Callable[[ZohoStore, dict[str, str]], object]], ...] = (
    ("empty-list", lambda store, ids: records(store)),
    ("empty-list", lambda store, ids: list(store.search([Identifier("email", "nobody@example.org")]))),
    ("empty-list", lambda store, ids: store.presence(Ref("Contacts", "554023000000999999"))),
    ("wrong-type", lambda store, ids: records(store)),
    ("wrong-type", lambda store, ids: the(store, "Contacts", ids["lena"])),
    ("no-page-token", lambda store, ids: records(store)),
    ("wrong-enum", lambda store, ids: _delete(store, ids["other"])),
    ("delete", lambda store, ids: _delete(store, ids["other"])),
    ("update", lambda store, ids: _delete(store, ids["other"])),
    ("purge", lambda store, ids: _delete(store, ids["other"])),
    ("no-info", lambda store, ids: records(store)),
)


def _delete(store: ZohoStore, id: str) -> None:
    record = next(store.fetch([Ref("Contacts", id)]))
    store.act(Action("k", ActionKind.DELETE, record.ref, record.version), Memory())


@pytest.mark.parametrize(("lie", "act"), LIES, ids=[f"{lie}-{n}" for n, (lie, _) in enumerate(LIES)])
def test_no_lie_passes_for_an_answer(
    server: ZohoServer,
    store: ZohoStore,
    ids: dict[str, str],
    lie: str,
    act: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "PAGE_ROWS", 1)
    store.collections()
    server.org.lies = {lie}
    with pytest.raises(StoreError):
        act(store, ids)


def test_rows_that_were_not_asked_for_are_left_out(server: ZohoServer, store: ZohoStore, ids: dict[str, str]) -> None:
    store.collections()
    server.org.lies = {"other-row"}
    assert not list(store.fetch([Ref("Contacts", ids["lena"])]))


def test_a_malformed_answer_is_called_that(server: ZohoServer, store: ZohoStore) -> None:
    store.collections()
    server.org.lies = {"empty-list"}
    with pytest.raises(Malformed):
        store.presence(Ref("Contacts", "554023000000999999"))


# -- settings


def parsed(**more: str) -> BaseModel:
    return registry.parse_options(KIND, {"client-id": "1000.A", "client-secret": "s", "refresh-token": "r", **more}, {})


@pytest.mark.parametrize(
    "accounts",
    [
        "https://accounts.zoho.com",
        "https://accounts.zoho.eu",
        "https://accounts.zoho.com.cn",
        "https://accounts.zohocloud.ca/",
    ],
)
def test_every_data_centre_can_be_named(accounts: str) -> None:
    assert parsed(accounts=accounts)


@pytest.mark.parametrize(
    "accounts",
    """https://accounts.zoho.com.evil.example http://accounts.zoho.com https://evil.example https://accounts.zoho.com:444
    https://user@accounts.zoho.com https://accounts.zoho.com/oauth ftp://127.0.0.1 accounts.zoho.com""".split(),
)
def test_other_hosts_are_refused(accounts: str) -> None:
    with pytest.raises(BadSettings):
        parsed(accounts=accounts)


@pytest.mark.parametrize(
    "pair", [{"unknown": "1"}, {"refresh-token": "two words"}, {"together": "0"}, {"budget": "-1"}]
)
def test_bad_options_are_refused(pair: dict[str, str]) -> None:
    with pytest.raises(BadSettings):
        parsed(**pair)


def test_options_as_they_are_typed() -> None:
    found = parsed(erase='{"Deals": "delete"}', modules="Contacts, Leads", attachments="false").model_dump()
    assert (found["erase"], found["modules"], found["attachments"]) == (
        {"Deals": "delete"},
        ("Contacts", "Leads"),
        False,
    )


def test_the_operator_says_what_an_erasure_does(server: ZohoServer) -> None:
    with opened(server, erase={"Deals": "delete", "Tasks": "anonymise"}) as store:
        found = {item.name: item.erase for item in store.collections()}
    assert (found["Deals"], found["Tasks"]) == (ActionKind.DELETE, ActionKind.ANONYMISE)


def test_hosts_of_all_data_centres_are_allowed() -> None:
    import httpx

    hosts = KIND.options.model_validate({"client_id": "a", "client_secret": "b", "refresh_token": "c"}).hosts()
    for host in "www.zohoapis.com www.zohoapis.eu www.zohoapis.com.au www.zohoapis.com.cn sandbox.zohoapis.in".split():
        hosts.check(httpx.URL(f"https://{host}/crm/v8/Contacts"))


def test_every_option_and_residue_is_told() -> None:
    from connectors.zoho import erasing

    text = (Path(erasing.__file__).parent / "README.md").read_text("utf-8")
    codes = {value for name, value in vars(erasing).items() if name.isupper() and isinstance(value, str)}
    assert {"zoho.tombstone", "zoho.backups"} <= codes
    assert not [name for name in (*KIND.options.model_fields, *codes) if f"`{name}`" not in text]

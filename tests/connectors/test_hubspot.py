"""HubSpot by its YAML file: what is found, erased and refused; and its contract server against HubSpot's own files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.contract import (
    Ability,
    Action,
    ActionKind,
    FieldType,
    Identifier,
    Mask,
    Outcome,
    Record,
    Ref,
    Store,
    Whereabouts,
)
from connectors.declared import KIND, opening
from connectors.declared.options import DeclaredOptions
from connectors.errors import BadCredentials, Conflict, MissingRights, Refused, StoreError, Throttled
from connectors.http import Pace, client
from tests.connectors import hubspot_spec
from tests.connectors.conformance import Memory, deletion, nothing, records, shows, whole_pass
from tests.connectors.hubspot_account import HubSpotSeed
from tests.servers.hubspot import TOKEN, HubSpot
from tests.servers.rest import Asked, Reply


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "Pace", lambda *limits: Pace())
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with HubSpot() as server:
        yield server


@pytest.fixture
def store(hubspot: HubSpot) -> Iterator[Store]:
    with HubSpotSeed(hubspot).open() as store:
        yield store


LENA = {
    "email": "lena.novak@example.com",
    "firstname": "Lena",
    "lastname": "Novak",
    "phone": "+49 30 901820",
    "about": "Met Lena at the fair.",
    "about_html": "<p>Lena <b>Nov</b>ak &amp; Co</p>",
    "date_of_birth": "1990-01-02",
    "lifecyclestage": "lead",
    "shoe_size": "38",
    "wechat": "lena_wx",
    "health_remark": "allergic to nuts",
}


def the(store: Store, kind: str, id: str) -> Record:
    (record,) = store.fetch([Ref(kind, id)])
    return record


def erasure(store: Store, record: Record, key: str = "case-7/step-1") -> Action:
    kind = next(c.erase for c in store.collections() if c.name == record.ref.collection)
    return Action(key, kind, record.ref, record.version)


def test_it_works(store: Store, hubspot: HubSpot) -> None:
    record = the(store, "contacts", hubspot.put("contacts", LENA))
    assert {field.name: field.value for field in record.fields} == {k: v for k, v in LENA.items() if k != "about_html"}
    assert [text.text.strip() for text in record.texts] == ["Lena Novak & Co"]
    assert {f.name for f in record.fields if f.identifying} >= {
        "email",
        "firstname",
        "lastname",
        "phone",
        "wechat",
        "date_of_birth",
    }


def test_fields_carry_hubspots_labels(store: Store) -> None:
    contacts = next(c for c in store.collections() if c.name == "contacts")
    assert contacts.labels == {"health_remark": "highly_sensitive"}
    assert contacts.fields["phone"] is FieldType.PHONE
    assert "lastmodifieddate" not in contacts.fields


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "lena.novak@example.com"), ("phone", "+4930901820"), ("name", "Novak Lena"), ("name", "lena")],
)
def test_a_person_is_found_by_each_identifier(store: Store, hubspot: HubSpot, kind: str, value: str) -> None:
    id = hubspot.put("contacts", LENA)
    hubspot.put("contacts", {"email": "tom@example.com", "lastname": "Baker"})
    assert {hit.ref.key for hit in store.search([Identifier(kind, value)])} == {id}


def test_wildcards_in_an_identifier_find_nobody(store: Store, hubspot: HubSpot) -> None:
    hubspot.put("contacts", {"email": "tom@example.com", "hs_additional_emails": "t.baker@example.com"})
    assert list(store.search([Identifier("email", "t*@example.com"), Identifier("email", "*")])) == []


def test_what_hangs_off_a_contact_is_found(store: Store, hubspot: HubSpot) -> None:
    id, other = hubspot.put("contacts", LENA), hubspot.put("contacts", {"email": "tom@example.com"})
    note = hubspot.put("notes", {"hs_note_body": "<p>Call her</p>"}, {"contacts": [id]})
    deal = hubspot.put("deals", {"dealname": "Chairs for Novak"}, {"contacts": [id]})
    ticket = hubspot.put("tickets", {"subject": "Broken chair"}, {"contacts": [id]})
    hubspot.put("notes", {"hs_note_body": "<p>Call him</p>"}, {"contacts": [other]})
    found = {record.ref for record in store.related(Ref("contacts", id))}
    assert found == {Ref("notes", note), Ref("deals", deal), Ref("tickets", ticket)}


def test_what_one_answer_does_not_show_is_asked_for(store: Store, hubspot: HubSpot) -> None:
    hubspot.most_links = 2
    id = hubspot.put("contacts", LENA)
    notes = {hubspot.put("notes", {"hs_note_body": f"<p>{n}</p>"}, {"contacts": [id]}) for n in range(5)}
    assert {record.ref.key for record in store.related(Ref("contacts", id))} == notes


def test_a_contact_is_removed_by_id_and_never_by_address(store: Store, hubspot: HubSpot) -> None:
    id = hubspot.put("contacts", LENA)
    receipt = store.act(deletion(the(store, "contacts", id)), Memory())
    assert (receipt.outcome, receipt.residue) == (Outcome.DONE, ("hubspot.engagement-copies",))
    sent = [json.loads(asked.body) for asked, _ in hubspot.log if asked.path.endswith("gdpr-delete")]
    assert sent == [{"objectId": id}]
    assert not hubspot.blocked


def test_a_note_is_emptied_and_its_file_removed_before_it_goes_to_the_bin(store: Store, hubspot: HubSpot) -> None:
    file = hubspot.store("scan.txt", b"Passport of Lena Novak")
    id = hubspot.put("notes", {"hs_note_body": "<p>Lena Novak called</p>", "hs_attachment_ids": file})
    record = the(store, "notes", id)
    assert shows(record, "Passport of Lena Novak")
    receipt = store.act(erasure(store, record), Memory())
    assert receipt.residue == ("hubspot.archived", "hubspot.history")
    thing = hubspot.things["notes"][id]
    assert (thing.values.get("hs_note_body"), bool(thing.archived), hubspot.files) == (None, True, {})
    assert (store.presence(record.ref).where, store.presence(record.ref).shows) == (Whereabouts.BIN, ())


def test_a_record_that_others_archived_shows_its_fields(store: Store, hubspot: HubSpot) -> None:
    id = hubspot.put("notes", {"hs_note_body": "<p>Lena Novak called</p>"})
    hubspot.things["notes"][id].archived = hubspot.clock()
    assert store.presence(Ref("notes", id)).shows == ("hs_note_body",)


def test_business_records_are_overwritten_and_kept(store: Store, hubspot: HubSpot) -> None:
    id = hubspot.put("deals", {"dealname": "Chairs for Lena Novak", "description": "Lena pays late", "amount": "120"})
    record = the(store, "deals", id)
    receipt = store.act(erasure(store, record), Memory())
    left = hubspot.things["deals"][id].values
    assert (receipt.outcome, receipt.residue) == (Outcome.DONE, ("hubspot.history",))
    assert left.pop("dealname").startswith("erased ")
    assert left == {"amount": "120"}
    assert store.act(erasure(store, record), Memory()).outcome is Outcome.ALREADY


def test_masks_in_html_leave_the_markup(store: Store, hubspot: HubSpot) -> None:
    id = hubspot.put("contacts", LENA)
    record = the(store, "contacts", id)
    text = record.texts[0]
    start = text.text.index("Novak")
    masks = (Mask(text.path, start, start + 5, "[x]"),)
    store.act(Action("k", ActionKind.REDACT, record.ref, record.version, masks=masks), Memory())
    assert hubspot.things["contacts"][id].values["about_html"] == "<p>Lena <b>[x]</b> &amp; Co</p>"


def test_an_update_writes_the_named_fields(store: Store, hubspot: HubSpot) -> None:
    id = hubspot.put("contacts", LENA)
    record = the(store, "contacts", id)
    action = Action("k", ActionKind.UPDATE, record.ref, record.version, changes={"firstname": "Helena"})
    receipt = store.act(action, Memory())
    assert hubspot.things["contacts"][id].values == LENA | {"firstname": "Helena"}
    assert store.act(action, Memory()).version == receipt.version


def test_a_stale_version_is_a_conflict(store: Store, hubspot: HubSpot) -> None:
    id = hubspot.put("contacts", LENA)
    record = the(store, "contacts", id)
    hubspot.things["contacts"][id].values["about"] = "Somebody wrote here."
    with pytest.raises(Conflict):
        store.act(deletion(record), Memory())
    assert id in hubspot.things["contacts"]


def test_a_locked_record_is_put_off(store: Store, hubspot: HubSpot) -> None:
    id = hubspot.put("deals", {"dealname": "Chairs for Lena Novak"})
    hubspot.locked.add(id)
    with pytest.raises(Throttled):
        store.act(erasure(store, the(store, "deals", id)), Memory())


def test_the_index_lags_and_the_pass_does_not_mind(store: Store, hubspot: HubSpot) -> None:
    hubspot.lag = 3600.0
    id = hubspot.put("contacts", LENA)
    assert list(store.search([Identifier("email", LENA["email"])])) == []
    assert [record.ref.key for record in records(store)] == [id]


def test_a_second_pass_asks_for_changes_only(store: Store, hubspot: HubSpot) -> None:
    ids = [hubspot.put("contacts", {"email": f"p{n}@example.com"}) for n in range(3)]
    (page,) = store.changes("contacts", None, nothing)
    for thing in hubspot.things["contacts"].values():
        thing.updated -= 7200
    hubspot.things["contacts"][ids[1]].updated += 7200
    hubspot.log.clear()
    (later,) = store.changes("contacts", page.cursor, nothing)
    assert ([record.ref.key for record in later.records], later.whole) == ([ids[1]], False)
    assert {asked.path.rpartition("/")[2] for asked, _ in hubspot.log} == {"search"}


def test_more_changes_than_hubspot_lists_end_in_a_whole_pass(store: Store, hubspot: HubSpot) -> None:
    for number in range(3):
        hubspot.put("contacts", {"email": f"p{number}@example.com"})
    (page,) = store.changes("contacts", None, nothing)

    def endless(asked: Asked, reply: Reply) -> Reply:
        if asked.path.endswith("contacts/search"):
            return Reply(200, {**reply.body, "paging": {"next": {"after": "10000"}}})
        return reply

    hubspot.lie = endless
    pages = list(store.changes("contacts", page.cursor, nothing))
    assert [len(page.records) for page in pages if page.whole] == [3]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply(429, {"policyName": "DAILY", "errorType": "RATE_LIMIT"}), Throttled),
        (Reply(429, {"policyName": "SECONDLY"}, {"retry-after": "0"}), Throttled),
        (Reply(401, {"category": "EXPIRED_AUTHENTICATION"}), BadCredentials),
        (Reply(403, {"category": "MISSING_SCOPES"}), MissingRights),
        (Reply(400, {"category": "VALIDATION_ERROR", "message": "lena.novak@example.com"}), Refused),
        (Reply(200, b"<html>lena.novak@example.com</html>"), StoreError),
        (Reply(301, None, {"location": "https://evil.example"}), Refused),
    ],
)  # fmt: skip
def test_a_refusal_is_one_sentence_that_names_nobody(
    store: Store, hubspot: HubSpot, answer: Reply, error: type[StoreError]
) -> None:
    store.collections()
    hubspot.before = lambda asked: answer
    with pytest.raises(error) as caught:
        whole_pass(store)
    assert "lena" not in str(caught.value)


def test_throttling_passes_by_itself(store: Store, hubspot: HubSpot) -> None:
    hubspot.put("contacts", LENA)
    left = [3]

    def busy(asked: Asked) -> Reply | None:
        left[0] -= 1
        return Reply(429, {"policyName": "SECONDLY"}, {"retry-after": "0"}) if left[0] > 0 else None

    hubspot.before = busy
    assert len(records(store)) == 1


def test_the_daily_quota_ends_the_run_at_once(store: Store, hubspot: HubSpot) -> None:
    store.collections()
    hubspot.daily = 2
    before = sum(hubspot.calls.values())
    with pytest.raises(Throttled) as caught:
        whole_pass(store)
    assert (caught.value.retry_after or 0) >= 3600
    assert sum(hubspot.calls.values()) - before == 2


def test_check_names_the_scopes_that_are_missing(store: Store, hubspot: HubSpot) -> None:
    store.collections()
    hubspot.refused = {"deals", "notes"}
    found = store.check()
    assert (found.missing, "contacts.read" in found.held) == (("deals.read", "notes.read"), True)


def test_the_pace_is_kept(hubspot: HubSpot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "Pace", Pace)
    hubspot.put("contacts", LENA)
    hubspot.rate = 1_000
    with HubSpotSeed(hubspot).open() as store:
        for _ in range(3):
            list(store.search([Identifier("email", "lena.novak@example.com")]))
    assert not [reply for _, reply in hubspot.log if reply.status == 429]


def test_a_budget_ends_the_run(hubspot: HubSpot) -> None:
    options = DeclaredOptions(file="hubspot", secrets=TOKEN, base=hubspot.url, budget=3)
    with KIND.open(options) as store, pytest.raises(Throttled):
        whole_pass(store)


def test_one_person_costs_few_calls(hubspot: HubSpot) -> None:
    """The target is under 30 at any size of the store: changes since the last scan, search, what hangs off, fetch."""
    for number in range(300):
        hubspot.put("contacts", {"email": f"p{number}@example.com"})
    id = hubspot.put("contacts", LENA)
    hubspot.put("notes", {"hs_note_body": "<p>Hello</p>"}, {"contacts": [id]})
    with HubSpotSeed(hubspot).open() as store:
        cursors = {c.name: [p.cursor for p in store.changes(c.name, None, nothing)][-1] for c in store.collections()}
        versions = {record.ref: record.version for record in records(store)}
        hubspot.calls.clear()
        for name, cursor in cursors.items():
            list(store.changes(name, cursor, lambda refs: {ref: versions[ref] for ref in refs}))
        hits = list(
            store.search(
                [
                    Identifier("email", LENA["email"]),
                    Identifier("phone", "+4930901820"),
                    Identifier("name", "Lena Novak"),
                ]
            )
        )
        assert [hit.ref.key for hit in hits] == [id]
        assert len(list(store.related(hits[0].ref))) == 1
    assert sum(hubspot.calls.values()) < 30


# -- kills


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(
    "kind",
    ["contacts", pytest.param("notes", marks=pytest.mark.faults), pytest.param("deals", marks=pytest.mark.faults)],
)
def test_a_kill_at_any_call_loses_and_doubles_nothing(
    hubspot: HubSpot, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Before each call, and after it was carried out: the repeat ends in the same state, and nobody else is touched."""
    values = {
        "contacts": LENA,
        "notes": {"hs_note_body": "<p>Lena Novak</p>"},
        "deals": {"dealname": "Chairs for Lena Novak", "description": "Lena"},
    }[kind]
    other = hubspot.put(kind, {name: "1" if name == "shoe_size" else value for name, value in values.items()})
    whole = client.Client.call
    ended = False
    at = 0
    while not ended:
        at += 1
        for after in (False, True):
            file = hubspot.store("scan.txt", b"Lena") if kind == "notes" else ""
            id = hubspot.put(kind, values | ({"hs_attachment_ids": file} if file else {}))
            memory = Memory()
            with HubSpotSeed(hubspot).open() as store:
                record = the(store, kind, id)
                action = Action(
                    "k", ActionKind.ANONYMISE if kind == "deals" else ActionKind.DELETE, record.ref, record.version
                )
                ended = not _killed(
                    monkeypatch, whole, lambda s=store, a=action, m=memory: s.act(a, m), at, after=after
                )
            with HubSpotSeed(hubspot).open() as store:
                store.act(action, memory)
                assert store.act(action, memory).outcome is Outcome.ALREADY
                left = hubspot.things[kind].get(id)
                assert left is None or not any("Lena" in value for value in left.values.values())
                assert not hubspot.files
    assert hubspot.things[kind][other].values == {n: "1" if n == "shoe_size" else v for n, v in values.items()}
    assert at > 2


def _killed(patch: pytest.MonkeyPatch, whole: Any, work: Callable[[], Any], at: int, *, after: bool) -> bool:
    """Do the work in a process that dies at its n-th call; False when it ended before."""
    count = 0

    def dying(self: Any, call: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            if after:
                whole(self, call)
            raise Killed
        return whole(self, call)

    patch.setattr(client.Client, "call", dying)
    try:
        work()
    except Killed:
        return True
    finally:
        patch.setattr(client.Client, "call", whole)
    return False


# -- outside checks


def session(hubspot: HubSpot) -> None:
    """A bit of everything."""
    file = hubspot.store("scan.txt", b"Lena")
    ids = [hubspot.put("contacts", LENA | {"email": f"p{n}@example.com"}) for n in range(3)]
    hubspot.put("notes", {"hs_note_body": "<p>Lena</p>", "hs_attachment_ids": file}, {"contacts": [ids[0]]})
    hubspot.put("deals", {"dealname": "Chairs"}, {"contacts": [ids[0]]})
    hubspot.most = 2
    with HubSpotSeed(hubspot).open() as store:
        store.check()
        store.estimate()
        found = records(store)
        list(store.search([Identifier("email", "p0@example.com"), Identifier("name", "Lena")]))
        list(store.related(Ref("contacts", ids[0])))
        list(store.fetch([Ref("contacts", ids[0]), Ref("contacts", "999"), Ref("notes", "999")]))
        for record in found:
            store.act(erasure(store, record), Memory())
            store.presence(record.ref)


@pytest.mark.skipif(hubspot_spec.MISSING, reason="HubSpot's OpenAPI files are not in ../shared/data/specs")
def test_every_exchange_fits_hubspots_own_files(hubspot: HubSpot) -> None:
    session(hubspot)
    assert len(hubspot.log) > 40
    assert not [fault for asked, reply in hubspot.log for fault in hubspot_spec.faults(asked, reply)]


@pytest.mark.skipif(hubspot_spec.MISSING, reason="HubSpot's OpenAPI files are not in ../shared/data/specs")
@pytest.mark.parametrize(
    "lie",
    [
        lambda item: item.update(id=7),
        lambda item: item.pop("archived"),
        lambda item: item.update(createdAt="yesterday"),
        lambda item: item.update(properties=[]),
        lambda item: item.update(properties={"email": 1}),
    ],
)
def test_a_server_that_leaves_the_files_is_noticed(hubspot: HubSpot, lie: Callable[[dict[str, Any]], Any]) -> None:
    hubspot.put("contacts", LENA)
    with HubSpotSeed(hubspot).open() as store:
        list(store.changes("contacts", None, nothing))
    asked, reply = next((a, r) for a, r in hubspot.log if a.path.endswith("objects/2026-09/contacts"))
    assert not list(hubspot_spec.faults(asked, reply))
    lie(reply.body["results"][0])
    assert list(hubspot_spec.faults(asked, reply))


@pytest.mark.slow
@pytest.mark.skipif(hubspot_spec.MISSING, reason="HubSpot's OpenAPI files are not in ../shared/data/specs")
def test_the_server_stands_what_schemathesis_sends(hubspot: HubSpot) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings

    hubspot.put("contacts", LENA)
    offered = ("/{objectType}", "/{objectId}", "/search", "/batch/read", "/gdpr-delete")
    schema = schemathesis.openapi.from_dict(hubspot_spec.spec("contacts"))
    for found in schema.get_all_operations():
        operation = found.ok()
        if not operation.path.endswith(offered) or (
            operation.method == "post" and operation.path.endswith("{objectType}")
        ):
            continue

        @settings(
            max_examples=8, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            case.path_parameters["objectType"] = "contacts"
            response = case.call(base_url=hubspot.url, headers={"authorization": f"Bearer {TOKEN}"})
            assert response.status_code < 500
            if response.status_code in (200, 204):
                case.validate_response(response, checks=[schemathesis.checks.response_schema_conformance])

        send()


def test_what_the_file_can_do_is_said(store: Store) -> None:
    assert store.abilities == frozenset(Ability) - {Ability.CONDITIONAL_WRITE}

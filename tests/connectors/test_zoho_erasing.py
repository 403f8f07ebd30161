"""Erasing in Zoho CRM: the whole chain, what may stand in its way, and a kill between any two steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from connectors.contract import Action, ActionKind, Mask, Outcome, Record, Ref, Whereabouts
from connectors.errors import Conflict, MissingRights, Refused, StoreError, Transient, Unsupported, Vanished
from connectors.http.network import Transport
from connectors.zoho.store import ZohoStore
from tests.connectors.conformance import Memory, masks, records, shows
from tests.connectors.zoho_seed import company, opened
from tests.servers.zoho import ZohoOrg
from tests.servers.zoho_http import ZohoServer
from tests.servers.zoho_schema import ZohoField

LENA = (
    "Lena",
    "Novak",
    "lena.novak@example.com",
    "lena@example.net",
    "1234567",
    "tom.novak@example.org",
    "K-100042",
    "C01X00T47",
)


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


def action(kind: ActionKind, record: Record, key: str = "case-1/step-1") -> Action:
    return Action(key, kind, record.ref, record.version)


def redaction(record: Record, *texts: str) -> Action:
    found = tuple(mask for text in texts for mask in masks(record, text, "[redacted]"))
    files = tuple(item.path for item in record.attachments if item.path != "photo")
    return replace(action(ActionKind.REDACT, record), masks=found, drop=files)


def elsewhere(org: ZohoOrg, *ids: str) -> dict[str, bytes]:
    """Everything but these records."""
    return {name: data for name, data in org.dump().items() if not name.endswith(ids)}


# -- the chain


def test_a_person_goes_for_good(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    before = elsewhere(org, ids["lena"], ids["note"], ids["deal"], ids["task"])
    receipt = store.act(action(ActionKind.DELETE, the(store, "Contacts", ids["lena"])), Memory())
    assert (receipt.outcome, receipt.ref) == (Outcome.DONE, None)
    assert receipt.residue == ("zoho.audit-log", "zoho.backups", "zoho.mail-copies")
    assert Counter(what for what, id in org.writes if id == ids["lena"]) == {"update": 1, "delete": 1, "purge": 1}
    assert not org.bin
    assert elsewhere(org, ids["lena"], ids["note"], ids["deal"], ids["task"]) == before
    assert store.presence(Ref("Contacts", ids["lena"])).where is Whereabouts.GONE
    assert org.alarms == []
    assert not [name for _, _, name, _ in org.tombstones if any(text in name for text in LENA)]


def test_no_workflow_writes_to_the_person(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    for kind, module in (
        (ActionKind.ANONYMISE, "Deals"),
        (ActionKind.DELETE, "Tasks"),
        (ActionKind.DELETE, "Contacts"),
    ):
        id = ids[{"Deals": "deal", "Tasks": "task", "Contacts": "lena"}[module]]
        store.act(action(kind, the(store, module, id), module), Memory())
    assert org.alarms == []


def test_without_a_scrub_the_tombstone_is_told(org: ZohoOrg, server: ZohoServer, ids: dict[str, str]) -> None:
    with opened(server, scrub=False) as store:
        record = the(store, "Contacts", ids["lena"])
        assert "zoho.tombstone" in store.act(action(ActionKind.DELETE, record), Memory()).residue
        where = store.presence(record.ref)
        assert (where.where, where.shows) == (Whereabouts.TOMBSTONE, ("display_name",))
        assert ("update", ids["lena"]) not in org.writes


@pytest.mark.parametrize("module", ["Deals", "Accounts"])
def test_a_record_of_the_business_stays_without_the_person(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str], module: str
) -> None:
    id = ids["deal" if module == "Deals" else "account"]
    before = elsewhere(org, id)
    record = the(store, module, id)
    receipt = store.act(action(ActionKind.ANONYMISE, record), Memory())
    after = the(store, module, id)
    assert (receipt.outcome, receipt.ref, receipt.version) == (Outcome.DONE, record.ref, after.version)
    assert not any(shows(after, text) for text in (*LENA, "555000", "Bikes"))
    if module == "Deals":
        assert (org.rows["Deals"][id]["Amount"], org.rows["Deals"][id]["Stage"]) == (900.0, "Closed Won")
        assert org.rows["Deals"][id]["Contact_Name"] is None
    assert elsewhere(org, id) == before


def test_anonymising_a_person_takes_files_rows_and_photo_along(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str]
) -> None:
    store.act(action(ActionKind.ANONYMISE, the(store, "Contacts", ids["lena"])), Memory())
    after = the(store, "Contacts", ids["lena"])
    assert not any(shows(after, text) for text in LENA)
    assert not [item for item in after.attachments if item.path != "photo"]
    assert ("Contacts", ids["lena"]) not in org.photos
    row = org.rows["Contacts"][ids["lena"]]
    assert (row["Relatives"], row["Date_of_Birth"], row["Passport_Number"]) == ([], None, None)


def test_redact_masks_and_drops_and_leaves_the_rest(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    before = elsewhere(org, ids["lena"])
    record = the(store, "Contacts", ids["lena"])
    receipt = store.act(redaction(record, "Lena", "Novak", "lena.novak@example.com", "tom.novak@example.org"), Memory())
    row = org.rows["Contacts"][ids["lena"]]
    assert receipt.outcome is Outcome.DONE
    assert row["Description"] == "[redacted] [redacted] wants a blue bike. Ask Tom Baker."
    assert row["Email"] == "redacted@example.invalid"
    assert (row["Mailing_Street"], row["Phone"]) == ("Hauptstraße 1", "+49 30 1234567")
    assert [(line["Relative_Name"], line["Relative_Email"]) for line in row["Relatives"]] == [
        ("Tom [redacted]", "redacted@example.invalid")
    ]
    assert not org.files[("Contacts", ids["lena"])]
    assert row["Contract"] == []
    assert elsewhere(org, ids["lena"]) == before


def test_update_writes_the_named_fields(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    wanted = replace(
        action(ActionKind.UPDATE, the(store, "Contacts", ids["lena"])), changes={"Last_Name": "Novakova", "Phone": None}
    )
    receipt = store.act(wanted, Memory())
    row = org.rows["Contacts"][ids["lena"]]
    assert (row["Full_Name"], row["Phone"], row["Email"]) == ("Lena Novakova", None, "lena.novak@example.com")
    assert receipt.residue == ()


@pytest.mark.parametrize(
    "name", ["Score", "Full_Name", "Account_Name", "Nonsense", "Health_Note", "Contract", "Created_Time"]
)
def test_update_refuses_what_cannot_be_written(org: ZohoOrg, store: ZohoStore, ids: dict[str, str], name: str) -> None:
    wanted = replace(action(ActionKind.UPDATE, the(store, "Contacts", ids["lena"])), changes={name: "x"})
    with pytest.raises(Unsupported):
        store.act(wanted, Memory())
    assert not org.writes


@pytest.mark.parametrize(
    "mask",
    [
        Mask("field:Description", 0, 10_000, "x"),
        Mask("field:Score", 0, 1, "x"),
        Mask("field:Nowhere", 0, 1, "x"),
        Mask("file:1", 0, 1, "x"),
        Mask("field:Relatives/1/Relative_Name", 0, 1, "x"),
        Mask("field:Account_Name", 0, 1, "x"),
    ],
    ids=lambda mask: mask.path,
)
def test_a_mask_that_fits_nowhere_writes_nothing(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str], mask: Mask
) -> None:
    with pytest.raises(Unsupported):
        store.act(replace(action(ActionKind.REDACT, the(store, "Contacts", ids["lena"])), masks=(mask,)), Memory())
    assert not org.writes


# -- what may stand in the way


@pytest.mark.parametrize("code", ["RECORD_LOCKED", "RECORD_IN_BLUEPRINT", "NOT_APPROVED"])
@pytest.mark.parametrize("kind", [ActionKind.DELETE, ActionKind.ANONYMISE])
def test_a_record_that_is_held_is_an_outcome(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str], code: str, kind: ActionKind
) -> None:
    org.locked[ids["lena"]] = code
    before = org.dump()
    with pytest.raises(Refused, match=code):
        store.act(action(kind, the(store, "Contacts", ids["lena"])), Memory())
    assert org.dump() == before


def test_a_purge_that_is_not_allowed_is_told_and_can_be_taken_up(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str]
) -> None:
    record, memory = the(store, "Contacts", ids["lena"]), Memory()
    org.locked[ids["lena"]] = "CANNOT_DELETE"
    with pytest.raises(Refused, match="CANNOT_DELETE"):
        store.act(action(ActionKind.DELETE, record), memory)
    assert store.presence(record.ref).where is Whereabouts.BIN
    org.locked.clear()
    assert store.act(action(ActionKind.DELETE, record), memory).outcome is Outcome.DONE
    assert store.presence(record.ref).where is Whereabouts.GONE


def test_a_scheduled_purge_is_waited_for(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    org.scheduled = 3
    assert store.act(action(ActionKind.DELETE, the(store, "Contacts", ids["lena"])), Memory()).outcome is Outcome.DONE


def test_a_purge_that_takes_long_is_left_and_taken_up(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    org.scheduled = 9
    wanted, memory = action(ActionKind.DELETE, the(store, "Contacts", ids["lena"])), Memory()
    with pytest.raises(Transient):
        store.act(wanted, memory)
    assert store.act(wanted, memory).outcome is Outcome.DONE


def test_a_change_since_the_approval_is_a_conflict(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    record = the(store, "Contacts", ids["lena"])
    org.edit("Contacts", ids["lena"], Description="New")
    for kind in (ActionKind.DELETE, ActionKind.ANONYMISE, ActionKind.REDACT):
        with pytest.raises(Conflict):
            store.act(action(kind, record), Memory())
    assert not org.writes


def test_a_change_under_our_hands_is_a_conflict(
    org: ZohoOrg, server: ZohoServer, store: ZohoStore, ids: dict[str, str]
) -> None:
    """Between our last look and the write: Zoho compares the time itself."""
    record = the(store, "Contacts", ids["lena"])

    def meddle(item: object) -> None:
        if getattr(item, "method", "") == "PUT" and not org.skew:
            org.skew = 5
            org.edit("Contacts", ids["lena"], Description="New")

    server.filter = meddle
    with pytest.raises(Conflict):
        store.act(action(ActionKind.DELETE, record), Memory())
    assert org.rows["Contacts"][ids["lena"]]["Last_Name"] == "Novak"


def test_a_record_taken_out_of_the_bin_again_is_a_conflict(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    record, memory = the(store, "Contacts", ids["lena"]), Memory()
    org.locked[ids["lena"]] = "CANNOT_DELETE"
    with pytest.raises(Refused):
        store.act(action(ActionKind.DELETE, record), memory)
    org.restore(ids["lena"])
    org.edit("Contacts", ids["lena"], Last_Name="Novak")
    with pytest.raises(Conflict):
        store.act(action(ActionKind.DELETE, record), memory)
    assert ids["lena"] in org.rows["Contacts"]


def test_a_record_that_a_user_put_into_the_bin_is_purged_by_the_approved_action(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str]
) -> None:
    record, memory = the(store, "Contacts", ids["lena"]), Memory()
    org.delete("Contacts", ids["lena"])
    receipt = store.act(action(ActionKind.DELETE, record), memory)
    assert receipt.outcome is Outcome.DONE
    assert not org.bin
    assert "zoho.tombstone" in receipt.residue


def test_a_field_that_must_be_filled_gets_what_says_nothing(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str]
) -> None:
    """The layout demands more than the settings of the fields tell."""
    store.collections()
    fields = org.modules["Contacts"].fields
    for name in ("Email", "Phone", "Website", "Date_of_Birth"):
        fields[name] = replace(fields[name], mandatory=True)
    store.act(action(ActionKind.ANONYMISE, the(store, "Contacts", ids["lena"])), Memory())
    row = org.rows["Contacts"][ids["lena"]]
    assert not any(text in str(row) for text in LENA)
    assert str(row["Email"]).endswith("@example.invalid")


def test_without_the_right_to_purge_it_is_said(server: ZohoServer, store: ZohoStore, ids: dict[str, str]) -> None:
    server.rules.scopes = server.rules.scopes.replace("ZohoCRM.settings.recycle_bin.DELETE", "")
    with pytest.raises(MissingRights):
        store.act(action(ActionKind.DELETE, the(store, "Contacts", ids["lena"])), Memory())


def test_a_hidden_field_stays_and_is_named(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    org.rows["Contacts"][ids["lena"]]["Health_Note"] = "allergic"
    assert any("Contacts.Health_Note" in note for note in store.check().notes)


@pytest.mark.parametrize("kind", [ActionKind.ANONYMISE, ActionKind.REDACT, ActionKind.UPDATE])
def test_what_is_gone_cannot_be_changed(store: ZohoStore, ids: dict[str, str], kind: ActionKind) -> None:
    for key in ("554023000000999999", "no-such", "1/../2", "' OR 1=1"):
        with pytest.raises(Vanished):
            store.act(Action("k", kind, Ref("Contacts", key), "v"), Memory())


def test_unique_fields_take_a_value_of_their_own(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    org.modules["Contacts"].fields["Email"] = ZohoField("Email", "email", length=100, unique=True)
    for id, text in ((ids["lena"], "lena.novak@example.com"), (ids["other"], "tom.baker@example.net")):
        record = the(store, "Contacts", id)
        store.act(replace(redaction(record, text), key=f"case/{id}", drop=()), Memory())
    values = {org.rows["Contacts"][id]["Email"] for id in (ids["lena"], ids["other"])}
    assert len(values) == 2


@pytest.mark.parametrize("kind", [ActionKind.DELETE, ActionKind.ANONYMISE])
def test_lost_answers_to_writes_do_no_harm(
    org: ZohoOrg, store: ZohoStore, ids: dict[str, str], kind: ActionKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service does it, the connection breaks before it says so, and the call is repeated by the layer below."""
    record, send, lost = the(store, "Contacts", ids["lena"]), Transport.handle_request, set[str]()

    def handle(transport: Transport, request: httpx.Request) -> httpx.Response:
        response = send(transport, request)
        call = f"{request.method} {request.url.path}"
        if request.method in ("PUT", "DELETE") and call not in lost:
            lost.add(call)
            response.read()
            response.close()
            raise httpx.ReadError("cut")
        return response

    org.skew = 5  # a later second than the one in which Lena was planted
    monkeypatch.setattr(Transport, "handle_request", handle)
    assert store.act(action(kind, record), Memory()).outcome is Outcome.DONE
    assert len(lost) >= 3
    assert not any(text in str(org.rows["Contacts"].get(ids["lena"], "")) for text in LENA)
    assert Counter(what for what, id in org.writes if id == ids["lena"])["update"] == 1


# -- killed between any two steps


class Killed(BaseException):
    """What a kill looks like from inside: nothing below may catch it."""


class Gallows:
    """Kills at the n-th call, before it is sent or when the service has carried it out, or at the n-th note."""

    def __init__(self, patch: pytest.MonkeyPatch, how: str, at: int) -> None:
        self.how, self.at, self.count = how, at, 0
        send = Transport.handle_request

        def handle(transport: Transport, request: httpx.Request) -> httpx.Response:
            self.step("before")
            response = send(transport, request)
            if self.due("after"):
                response.read()
                response.close()
                raise Killed
            return response

        patch.setattr(Transport, "handle_request", handle)

    def step(self, how: str) -> None:
        if self.due(how):
            raise Killed

    def due(self, how: str) -> bool:
        if how != self.how:
            return False
        self.count += 1
        return self.count == self.at


class Noted(Memory):
    """A journal under the gallows: killed before the note is kept, or behind it."""

    def __init__(self, gallows: Gallows) -> None:
        super().__init__()
        self.gallows = gallows

    def save(self, note: Mapping[str, str]) -> None:
        self.gallows.step("unsaved")
        super().save(note)
        self.gallows.step("saved")


FIRST = {("delete", "after"), ("delete", "unsaved"), ("redact", "after")}
"""Tried with every run of the suite; the others with the slow tests."""
PLANS: Mapping[str, Callable[[ZohoStore, Mapping[str, str]], Action]] = {
    "delete": lambda store, ids: action(ActionKind.DELETE, the(store, "Contacts", ids["lena"])),
    "delete-note": lambda store, ids: action(ActionKind.DELETE, the(store, "Notes", ids["note"])),
    "anonymise": lambda store, ids: action(ActionKind.ANONYMISE, the(store, "Contacts", ids["lena"])),
    "redact": lambda store, ids: redaction(
        the(store, "Contacts", ids["lena"]), "Lena", "Novak", "lena.novak@example.com"
    ),
    "update": lambda store, ids: replace(
        action(ActionKind.UPDATE, the(store, "Contacts", ids["lena"])), changes={"Description": "Nothing"}
    ),
}


@pytest.mark.parametrize(
    ("plan", "how"),
    [
        pytest.param(plan, how, marks=[] if (plan, how) in FIRST else [pytest.mark.slow])
        for plan in PLANS
        for how in ("before", "after", "unsaved", "saved")
    ],
)
def test_a_kill_at_any_point_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: str, how: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for at in range(1, 60):
        with ZohoServer() as server, monkeypatch.context() as patch:
            ids = company(server.org)
            mine = tuple(ids[name] for name in ("lena", "note", "deal", "task"))
            others = elsewhere(server.org, *mine)
            with opened(server) as store:
                wanted = PLANS[plan](store, ids)
                gallows = Gallows(patch, how, at)
                memory = Noted(gallows)
                killed = _try(store, wanted, memory)
            gallows.at = 0
            with opened(server) as store:
                receipt = store.act(wanted, memory)
                again = store.act(wanted, memory)
                left = records(store)
            _judge(server.org, plan, wanted, left, ids)
            assert elsewhere(server.org, *mine) == others
            assert again.outcome is Outcome.ALREADY
            assert receipt.outcome in ({Outcome.DONE, Outcome.ALREADY} if killed else {Outcome.ALREADY})
            if not killed:
                assert at > 1
                return
    pytest.fail("the action never ended")


def _try(store: ZohoStore, wanted: Action, memory: Noted) -> bool:
    try:
        store.act(wanted, memory)
    except Killed:
        return True
    return False


def _judge(org: ZohoOrg, plan: str, wanted: Action, left: list[Record], ids: Mapping[str, str]) -> None:
    """The end is the same wherever the kill was, and every effect happened once."""
    done = Counter(what for what, id in org.writes if id == wanted.ref.key)
    if plan.startswith("delete"):
        assert done == {"update": 1, "delete": 1, "purge": 1}
        assert not org.bin
        assert wanted.ref not in {record.ref for record in left}
    else:
        assert done == {"update": 1}
        assert wanted.ref in {record.ref for record in left}
    row = org.rows["Contacts"].get(ids["lena"], {})
    if plan == "anonymise":
        assert not any(text in str(row) for text in LENA)
        assert ("Contacts", ids["lena"]) not in org.photos
    if plan in ("anonymise", "redact"):
        assert not org.files[("Contacts", ids["lena"])]
    if plan == "redact":
        assert row["Description"] == "[redacted] [redacted] wants a blue bike. Ask Tom Baker."
    if plan == "update":
        assert row["Description"] == "Nothing"


def test_an_error_names_nobody(org: ZohoOrg, store: ZohoStore, ids: dict[str, str]) -> None:
    org.locked[ids["lena"]] = "RECORD_LOCKED"
    with pytest.raises(StoreError) as caught:
        store.act(action(ActionKind.DELETE, the(store, "Contacts", ids["lena"])), Memory())
    assert not any(text in f"{caught.value!r} {caught.value.__context__!r}" for text in (*LENA, ids["lena"]))

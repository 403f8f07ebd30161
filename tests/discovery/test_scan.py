"""Scans and the index they keep: what is new, changed and gone; kills at any page; two at once; nothing plain on disk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import func, select

from connectors.contract import Page, Store
from connectors.maildir.store import MaildirStore
from discovery import index, inventory, stores
from discovery.identifiers import Kind, normalise
from discovery.scan import ScanBusy, is_complete, scan_collection
from discovery.tables import IndexedRecord, IndexKey, ScanCursor
from office import Office
from pii.analyzer import Analyzer
from tests.cases.conftest import EMAIL, NAME, PHONE, Clock, Company, Make, connect, postgres_office
from tests.servers.postgres import Postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, make_office: Make, company: Company) -> Office:
    if request.param == "sqlite":
        return connect(make_office(), company)
    server: Postgres = request.getfixturevalue("postgres_server")
    return connect(postgres_office(make_office, server), company)


def scan(office: Office, name: str = "mail", analyzer: Analyzer | None = None) -> None:
    with stores.open_named(office, name) as store:
        for collection in store.collections():
            scan_collection(office, store, name, collection.name, analyzer)


def holding(office: Office, kind: Kind, value: str, name: str = "mail") -> set[str]:
    with office.unit() as unit:
        refs = index.lookup(unit.session, office.vault, name, normalise(kind, value, "DE").keys())
    return {ref.key.strip("[]") for ref in refs}


def counts(office: Office) -> tuple[int, int]:
    with office.unit() as unit:
        one = unit.session.exec(select(func.count()).select_from(IndexedRecord)).one()
        return one, unit.session.exec(select(func.count()).select_from(IndexKey)).one()


def test_it_works(house: Office) -> None:
    scan(house)
    scan(house, "crm")
    assert holding(house, Kind.EMAIL, EMAIL) == {"sent", "group"}
    assert holding(house, Kind.PHONE, PHONE) == {"group", "mention"}
    assert holding(house, Kind.NAME, NAME) == {"sent", "group", "nameonly"}
    assert holding(house, Kind.EMAIL, EMAIL, "crm") == {"1"}
    with house.unit() as unit:
        assert is_complete(unit.session, "mail", "INBOX")


def test_a_second_scan_changes_nothing(house: Office) -> None:
    scan(house)
    before = counts(house)
    with stores.open_named(house, "mail") as store:
        again = scan_collection(house, store, "mail", "INBOX")
    assert (again.read, again.changed, again.gone) == (5, 0, 0)
    assert counts(house) == before


def test_a_changed_record_loses_its_old_keys(house: Office, company: Company) -> None:
    scan(house, "crm")
    company.sql("UPDATE contacts SET email = 'new@example.com', remarks = '' WHERE id = 1")
    scan(house, "crm")
    assert holding(house, Kind.EMAIL, EMAIL, "crm") == set()
    assert holding(house, Kind.EMAIL, "new@example.com", "crm") == {"1"}
    assert holding(house, Kind.EMAIL, "boris@example.com", "crm") == {"3"}


def test_what_is_gone_leaves_no_key(house: Office, company: Company) -> None:
    scan(house)
    for path in (company.mail / "cur").iterdir():
        path.unlink()
    scan(house)
    assert counts(house) == (0, 0)


def test_a_removed_store_leaves_nothing(house: Office) -> None:
    scan(house)
    stores.remove(house, "mail", "operator")
    assert counts(house) == (0, 0)
    with pytest.raises(stores.NoSuchStore):
        stores.open_named(house, "mail")


def test_nothing_plain_lies_in_the_files(at_work: Office) -> None:
    scan(at_work, analyzer=Analyzer())
    scan(at_work, "crm", Analyzer())
    at_work.engine.dispose()
    data = b"".join(path.read_bytes() for path in at_work.settings.home.rglob("*") if path.is_file()).lower()
    for plain in (b"schmidt", b"anna", b"23125", b"example.com", b"kanarie"):
        assert plain not in data, plain


class Stopped(BaseException):
    """Stands for a kill: nothing of ours catches it."""


class _Small(MaildirStore):
    """One record a page; `stop` dies after so many pages."""

    stop = 0

    def __init__(self, store: MaildirStore) -> None:
        super().__init__(_options(store), page_records=1)

    def changes(self, collection: str, cursor: str | None, known: object) -> Iterator[Page]:
        for number, page in enumerate(super().changes(collection, cursor, known), 1):  # type: ignore[arg-type]
            yield page
            if number == self.stop:
                raise Stopped


def _options(store: MaildirStore) -> object:
    from connectors.maildir.store import Options

    return Options(path=store.root)


def small(office: Office) -> _Small:
    opened: Store = stores.open_named(office, "mail")
    assert isinstance(opened, MaildirStore)
    return _Small(opened)


@pytest.mark.parametrize("stop", [1, 2, 3, 4])
def test_a_killed_scan_goes_on_where_it_was(at_work: Office, stop: int) -> None:
    store = small(at_work)
    store.stop = stop
    with pytest.raises(Stopped):
        scan_collection(at_work, store, "mail", "INBOX")
    assert counts(at_work)[0] == stop
    store.stop = 0
    scan_collection(at_work, store, "mail", "INBOX")
    assert counts(at_work)[0] == 5
    assert holding(at_work, Kind.EMAIL, EMAIL) == {"sent", "group"}


def test_what_came_into_the_part_that_was_read_before_the_kill_is_found(at_work: Office, company: Company) -> None:
    store = small(at_work)
    store.stop = 4
    with pytest.raises(Stopped):
        scan_collection(at_work, store, "mail", "INBOX")
    company.post("x@example.org", "y@example.org", "new", f"for {EMAIL}", "aaa-before-all-others")
    (company.mail / "cur" / "boris:2,S").unlink()
    store.stop = 0
    scan_collection(at_work, store, "mail", "INBOX")
    assert "aaa-before-all-others" in holding(at_work, Kind.EMAIL, EMAIL)
    assert counts(at_work)[0] == 5


def test_two_scans_at_once(house: Office, clock: Clock) -> None:
    store = small(house)
    pages = []

    def meanwhile(_: object) -> None:
        pages.append(1)
        with stores.open_named(house, "mail") as other, pytest.raises(ScanBusy):
            scan_collection(house, other, "mail", "INBOX")

    scan_collection(house, store, "mail", "INBOX", progress=meanwhile)
    assert len(pages) == 5
    assert counts(house)[0] == 5


def test_a_scan_that_is_taken_over_stops_and_forgets_nothing(house: Office, clock: Clock) -> None:
    store, taken = small(house), []

    def stall(_: object) -> None:
        if not taken:
            taken.append(1)
            clock.forward(minutes=5)
            with stores.open_named(house, "mail") as other:
                scan_collection(house, other, "mail", "INBOX")

    with pytest.raises(ScanBusy):
        scan_collection(house, store, "mail", "INBOX", progress=stall)
    assert counts(house)[0] == 5
    with house.unit() as unit:
        assert unit.session.get_one(ScanCursor, ("mail", "INBOX")).holder == ""


def test_the_inventory_counts_records_also_those_a_request_saw_first(house: Office) -> None:
    scan(house, "crm")
    scan(house, "crm", Analyzer())
    with house.unit() as unit:
        found = {
            (line.collection, line.field, line.entity): line.records for line in inventory.listing(unit.session, "crm")
        }
    assert found["contacts", "email", "EMAIL_ADDRESS"] == 5
    assert found["contacts", "phone", "PHONE_NUMBER"] == 2
    assert found["contacts", "last_name", "PERSON"] == 5


def test_names_of_contacts_are_known_as_names(house: Office) -> None:
    scan(house, "crm")
    with house.unit() as unit:
        known = index.names_somebody(unit.session, house.vault, [b"n:boris petrov", b"n:prefers tea"])
    assert known == {b"n:boris petrov"}

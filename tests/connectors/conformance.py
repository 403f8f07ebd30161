"""What every connector promises, tried on a real store.

A connector's tests subclass `Conformance` and give it a fixture `seed`: something that can plant records in the store and
look at them without the connector.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import pytest

from connectors.contract import (
    Ability,
    Action,
    ActionKind,
    Identifier,
    Known,
    Mask,
    Outcome,
    Page,
    Record,
    Ref,
    Store,
    Whereabouts,
)
from connectors.errors import Conflict, StoreError, Vanished
from tests.connectors.people import HOSTILE, PLANTED, Letter


class Seed(Protocol):
    """A store that is filled and looked at behind the connector's back."""

    def open(self) -> Store:
        """A new connection to it."""
        ...

    def plant(self, letter: Letter) -> None:
        """Put one record in."""
        ...

    def remove(self, letter: Letter) -> None:
        """Take it out again, as a user of the store would."""
        ...

    def contents(self) -> Mapping[str, bytes]:
        """Every record there is: any stable name, and everything that it holds."""
        ...

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        """Have the connector make pages of two or three records."""
        ...

    def cut(self) -> None:
        """Make the store unusable for connections that are open, and for new ones."""
        ...


@dataclass
class Memory:
    """A journal. It outlives a try when the test keeps it."""

    note: dict[str, str] = field(default_factory=dict)

    def load(self) -> dict[str, str]:
        return dict(self.note)

    def save(self, note: Mapping[str, str]) -> None:
        self.note = dict(note)


def nothing(refs: Sequence[Ref]) -> Mapping[Ref, str]:
    """A caller who knows no record yet."""
    return {}


def whole_pass(store: Store, cursors: Mapping[str, str] | None = None, known: Known = nothing) -> list[Page]:
    """The pages of one pass over every collection."""
    return [
        page
        for collection in store.collections()
        for page in store.changes(collection.name, (cursors or {}).get(collection.name), known)
    ]


def records(store: Store) -> list[Record]:
    """Everything in the store."""
    return [record for page in whole_pass(store) for record in page.records]


def shows(record: Record, text: str) -> bool:
    """Whether the text can be read in the record."""
    whole = [item.text for item in record.readable()]
    whole += [part for item in record.participants for part in (item.name, item.address)]
    return any(text in item for item in whole)


def the(store: Store, letter: Letter) -> Record:
    """The one record a letter was planted as."""
    found = [record for record in records(store) if shows(record, letter.title)]
    assert len(found) == 1
    return found[0]


def masks(record: Record, text: str, replacement: str = "MASKED") -> tuple[Mask, ...]:
    """A mask for each place where the text stands and can be written back."""
    found = []
    for item in record.readable():
        start = item.text.find(text)
        while item.maskable and start >= 0:
            found.append(Mask(item.path, start, start + len(text), replacement))
            start = item.text.find(text, start + len(text))
    return tuple({(mask.path, mask.start): mask for mask in found}.values())


def deletion(record: Record, key: str = "case-1/step-1") -> Action:
    return Action(key, ActionKind.DELETE, record.ref, record.version)


def redaction(record: Record, text: str, key: str = "case-1/step-2") -> Action:
    return Action(key, ActionKind.REDACT, record.ref, record.version, masks=masks(record, text))


class Conformance:
    """The suite. `seed` comes from the subclass; every test starts from an empty store."""

    @pytest.fixture
    def planted(self, seed: Seed, caplog: pytest.LogCaptureFixture) -> Iterator[Seed]:
        """The store with everybody in it. Whatever a test does: nobody's name is logged."""
        caplog.set_level(logging.DEBUG)
        for letter in PLANTED:
            seed.plant(letter)
        yield seed
        for letter in PLANTED:
            assert letter.secret not in caplog.text

    @pytest.fixture
    def store(self, planted: Seed) -> Iterator[Store]:
        with planted.open() as store:
            yield store

    def able(self, store: Store, *abilities: Ability) -> None:
        absent = [ability for ability in abilities if ability not in store.abilities]
        if absent:
            pytest.skip(f"this store cannot {', '.join(absent)}")

    def test_it_works(self, store: Store) -> None:
        assert isinstance(store, Store)
        assert store.check().reachable
        assert store.collections()
        assert store.estimate().records >= len(PLANTED)
        assert sum(shows(record, "Offer") for record in records(store)) == len(PLANTED)

    @pytest.mark.parametrize("letter", PLANTED, ids=lambda letter: letter.title)
    def test_everybody_is_readable_in_their_record_only(self, store: Store, letter: Letter) -> None:
        found = [record for record in records(store) if shows(record, letter.secret)]
        assert [shows(record, letter.title) for record in found] == [True]
        assert not found[0].unreadable

    def test_fetch_gives_the_same_record(self, store: Store) -> None:
        whole = records(store)
        again = {record.ref: record for record in store.fetch([record.ref for record in whole])}
        assert again == {record.ref: record for record in whole}

    def test_fetch_leaves_out_what_is_missing(self, store: Store) -> None:
        ref = records(store)[0].ref
        absent = [replace(ref, key=key) for key in ("999999:999999", "no-such-key", *HOSTILE)]
        absent.append(Ref("no such collection", ref.key))
        assert [record.ref for record in store.fetch([*absent, ref])] == [ref]

    def test_attachments_stream_decoded(self, store: Store) -> None:
        self.able(store, Ability.ATTACHMENTS)
        letter = next(letter for letter in PLANTED if letter.file)
        record = the(store, letter)
        assert b"".join(store.attachment(record.ref, record.attachments[0].path)) == letter.file.encode()
        with pytest.raises(Vanished):
            b"".join(store.attachment(record.ref, "part:9"))

    def test_a_pass_can_go_on_behind_every_page(self, planted: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
        planted.small_pages(monkeypatch)
        with planted.open() as store:
            everything = {record.ref for record in records(store)}
            pages_seen = 0
            for collection in store.collections():
                seen: set[Ref] = set()
                for page in store.changes(collection.name, None, nothing):
                    pages_seen += 1
                    seen |= {record.ref for record in page.records}
                    if page.last:
                        break
                    with planted.open() as other:
                        rest = [
                            record.ref
                            for later in other.changes(collection.name, page.cursor, nothing)
                            for record in later.records
                        ]
                    assert not seen & set(rest)
                    assert seen | set(rest) == {ref for ref in everything if ref.collection == collection.name}
            assert pages_seen > 2

    def test_the_next_pass_reads_only_what_is_new(self, planted: Seed) -> None:
        with planted.open() as store:
            first = whole_pass(store)
            versions = {record.ref: record.version for page in first for record in page.records}
            cursors = self.cursors(store)
        planted.plant(Letter("Late 1", "Late", "late@example.org", "late@example.org"))
        with planted.open() as store:
            later = whole_pass(store, cursors, self.knows(versions))
            fresh = [record for page in later for record in page.records]
        assert [shows(record, "Late 1") for record in fresh] == [True]

    def test_what_is_known_is_named_and_not_read_again(self, store: Store) -> None:
        versions = {record.ref: record.version for record in records(store)}
        again = whole_pass(store, None, self.knows(versions))
        assert not [record for page in again for record in page.records]
        assert sorted(ref for page in again for ref in page.unchanged) == sorted(versions)

    def test_deletions_show_up(self, planted: Seed) -> None:
        letter = PLANTED[2]
        with planted.open() as store:
            doomed = the(store, letter).ref
            versions = {record.ref: record.version for record in records(store)}
            cursors = self.cursors(store)
        planted.remove(letter)
        with planted.open() as store:
            pages = [
                page
                for page in whole_pass(store, cursors, self.knows(versions))
                if page.whole or page.gone or page.records
            ]
        named = {ref for page in pages for ref in (*page.unchanged, *(record.ref for record in page.records))}
        missed = {ref for ref in versions if ref not in named} if any(page.whole for page in pages) else set()
        assert doomed in missed | {ref for page in pages for ref in page.gone}
        assert not {ref for page in pages for ref in page.gone} - {doomed}

    def test_delete_takes_one_record_and_no_other(self, store: Store, planted: Seed) -> None:
        self.able(store, Ability.DELETE)
        record, before = the(store, PLANTED[0]), planted.contents()
        receipt = store.act(deletion(record), Memory())
        assert (receipt.outcome, receipt.ref) == (Outcome.DONE, None)
        assert store.presence(record.ref).where is Whereabouts.GONE
        assert not [other for other in records(store) if shows(other, PLANTED[0].secret)]
        self.assert_only_less(before, planted.contents(), 1)

    def test_delete_twice_is_delete_once(self, store: Store, planted: Seed) -> None:
        self.able(store, Ability.DELETE)
        record, memory = the(store, PLANTED[0]), Memory()
        store.act(deletion(record), memory)
        after = planted.contents()
        assert store.act(deletion(record), memory).outcome is Outcome.ALREADY
        assert store.act(deletion(record), Memory()).outcome is Outcome.ALREADY
        assert planted.contents() == after

    @pytest.mark.parametrize("letter", [item for item in PLANTED if not item.file], ids=lambda letter: letter.title)
    def test_redact_masks_the_person_and_nothing_else(self, store: Store, planted: Seed, letter: Letter) -> None:
        self.able(store, Ability.REDACT)
        record, before = the(store, letter), planted.contents()
        receipt = store.act(redaction(record, letter.secret), Memory())
        assert receipt.outcome is Outcome.DONE
        after = the(store, letter)
        assert not shows(after, letter.secret)
        assert shows(after, "MASKED")
        assert (receipt.ref, receipt.version) == (after.ref, after.version)
        assert store.presence(after.ref).where is Whereabouts.THERE
        if after.ref != record.ref:
            assert store.presence(record.ref).where is Whereabouts.GONE
        self.assert_only_one_differs(before, planted.contents())

    def test_redact_drops_an_attachment(self, store: Store, planted: Seed) -> None:
        self.able(store, Ability.REDACT, Ability.ATTACHMENTS)
        letter = next(letter for letter in PLANTED if letter.file)
        record = the(store, letter)
        action = replace(redaction(record, letter.secret), masks=(), drop=(record.attachments[0].path,))
        store.act(action, Memory())
        assert not shows(the(store, letter), letter.secret)

    def test_redact_twice_is_redact_once(self, store: Store, planted: Seed) -> None:
        self.able(store, Ability.REDACT)
        record, memory = the(store, PLANTED[1]), Memory()
        action = redaction(record, PLANTED[1].secret)
        first = store.act(action, memory)
        after = planted.contents()
        again = store.act(action, memory)
        assert (again.outcome, again.ref, again.version) == (Outcome.ALREADY, first.ref, first.version)
        assert planted.contents() == after
        with contextlib.suppress(Conflict):  # honest as well: without a memory the record is simply another version
            assert store.act(action, Memory()).outcome is Outcome.ALREADY
        assert planted.contents() == after

    def test_a_stale_version_is_a_conflict(self, store: Store, planted: Seed) -> None:
        self.able(store, Ability.CONDITIONAL_WRITE)
        record, before = the(store, PLANTED[1]), planted.contents()
        for action in (deletion(record), redaction(record, PLANTED[1].secret)):
            if Ability(str(action.kind)) in store.abilities:
                with pytest.raises(Conflict) as caught:
                    store.act(replace(action, version="another"), Memory())
                self.assert_silent(caught.value)
        assert planted.contents() == before

    def test_acting_on_a_missing_record_touches_nothing(self, store: Store, planted: Seed) -> None:
        self.able(store, Ability.DELETE)
        record, before = the(store, PLANTED[0]), planted.contents()
        for key in ("no-such-key", *HOSTILE):
            action = replace(deletion(record), ref=replace(record.ref, key=key), version=key)
            try:
                assert store.act(action, Memory()).outcome is Outcome.ALREADY
            except (Vanished, Conflict) as error:
                self.assert_silent(error)
        assert planted.contents() == before

    @pytest.mark.parametrize("kind", ["email", "name", "phone", "customer_id"])
    def test_hostile_identifiers_find_and_touch_nothing(self, store: Store, planted: Seed, kind: str) -> None:
        self.able(store, Ability.SEARCH)
        before = planted.contents()
        for value in HOSTILE:
            hits = list(store.search([Identifier(kind, value)]))
            assert not [hit for hit in hits if not self.holds(hit, value)]
        assert planted.contents() == before

    def test_search_knows_an_address(self, store: Store) -> None:
        self.able(store, Ability.SEARCH)
        hits = list(store.search([Identifier("email", PLANTED[0].address)]))
        assert any(shows(hit, PLANTED[0].title) for hit in hits)

    def test_hostile_records_are_read_and_erased_alone(self, store: Store, planted: Seed) -> None:
        self.able(store, Ability.DELETE)
        text = "'; DROP TABLE letter; -- \") OR 1=1 %_* {5+} \\"
        letter = Letter("Odd 1", 'O\'Hara "Bobby"; --', "o'hara@example.net", text, text)
        before = planted.contents()
        planted.plant(letter)
        store.act(deletion(the(store, letter)), Memory())
        assert planted.contents() == before

    def test_a_store_that_goes_away_says_so(self, planted: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
        planted.small_pages(monkeypatch)
        with planted.open() as store:
            name = max(store.collections(), key=lambda item: item.count or 0).name
            walk = store.changes(name, None, nothing)
            next(walk)
            planted.cut()
            with pytest.raises(StoreError) as caught:
                list(walk)
        self.assert_silent(caught.value)

    @staticmethod
    def holds(record: Record, value: str) -> bool:
        """Whether a hit is a true one: the text is there, whatever the case."""
        whole = " ".join(item.text for item in record.readable())
        return bool(value.strip()) and value.strip().casefold() in whole.casefold()

    @staticmethod
    def cursors(store: Store) -> dict[str, str]:
        """Where each collection's next pass starts."""
        found = {}
        for collection in store.collections():
            for page in store.changes(collection.name, None, nothing):
                found[collection.name] = page.cursor
        return found

    @staticmethod
    def knows(versions: Mapping[Ref, str]) -> Known:
        return lambda refs: {ref: versions[ref] for ref in refs if ref in versions}

    @staticmethod
    def assert_only_less(before: Mapping[str, bytes], after: Mapping[str, bytes], number: int) -> None:
        assert len(after) == len(before) - number
        assert all(before[name] == value for name, value in after.items())

    @staticmethod
    def assert_only_one_differs(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
        assert len(after) == len(before)
        assert len(set(before.values()) - set(after.values())) == 1
        assert len(set(after.values()) - set(before.values())) == 1

    @staticmethod
    def assert_silent(error: StoreError) -> None:
        """The text of an error, and of what it hides, names nobody."""
        seen: list[str] = []
        cause: BaseException | None = error
        while cause is not None:
            seen.append(f"{cause} {cause!r}")
            cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
        for letter in PLANTED:
            assert not [text for text in seen for part in (letter.secret, letter.address, letter.title) if part in text]

"""A Zoho CRM organisation as a store: modules are collections, the id is the ref."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Self

from connectors.contract import (
    Ability,
    Action,
    Collection,
    Estimate,
    Health,
    Identifier,
    Journal,
    Known,
    Page,
    Presence,
    Receipt,
    Record,
    Ref,
    Whereabouts,
)
from connectors.errors import Refused, Unsupported, Vanished
from connectors.http.assumptions import Assumption
from connectors.limits import DEFAULTS, Limits
from connectors.zoho import erasing, live, rights, search
from connectors.zoho.changes import Passes
from connectors.zoho.client import HEAVY, Malformed, Rejected, Zoho, is_id, rows
from connectors.zoho.fields import EMAILS, Catalogue, Module, is_person, people_modules
from connectors.zoho.options import Options
from connectors.zoho.reading import Reader, behind
from connectors.zoho.records import File, Records, mail, version


class ZohoStore:
    """See `connectors.contract.Store`. Connects when first used."""

    kind = "zoho"

    def __init__(
        self, options: Options, limits: Limits = DEFAULTS, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._options, self._limits = options, limits
        self.zoho = Zoho(options, sleep)
        self._catalogue = Catalogue(self.zoho, options)
        self._reader = Reader(self.zoho, attachments=options.attachments)
        attachments = frozenset({Ability.ATTACHMENTS}) if options.attachments else frozenset()
        self.abilities = frozenset(Ability) - {Ability.ATTACHMENTS} | attachments

    # -- what there is

    def check(self) -> Health:
        """Read the settings afresh and compare scopes."""
        return rights.health(self.zoho, self._catalogue.refresh(), self._options)

    def assumptions(self) -> Iterator[Assumption]:
        """Which of the things nobody here could check hold for this organisation. Reads only."""
        return live.probes(self.zoho, self._reader, self._catalogue.refresh())

    def collections(self) -> Sequence[Collection]:
        """Every module that is read. Labels are Zoho's own: how personal a field is called, and whether it is encrypted."""
        return self._catalogue.collections()

    def estimate(self) -> Estimate:
        """Records of all modules, as Zoho counts them."""
        return Estimate(sum(self._count(module) for module in self._catalogue.modules().values()))

    # -- reading

    def search(self, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """Records of people that Zoho's search gives and that really hold an identifier."""
        for module in people_modules(self._catalogue.modules()):
            found = sorted(search.ids(self._reader, module, identifiers))
            yield from search.confirmed(self._records(module, self._reader.rows(module, found)), identifiers)

    def changes(self, collection: str, cursor: str | None, known: Known) -> Iterator[Page]:
        """Pages of a module; see `connectors.zoho.changes`. Mails are reached through the record they stand beside."""
        if collection == EMAILS and self._options.emails:
            yield Page((), "{}", last=True, whole=False)
            return
        passes = Passes(self._reader, lambda: self.zoho.server_time, self._made, self._options.whole_days)
        yield from passes.pages(self._module(collection), cursor, known)

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Record]:
        """The records that are still there."""
        by_module: dict[str, list[str]] = {}
        for ref in dict.fromkeys(refs):
            by_module.setdefault(ref.collection, []).append(ref.key)
        for name, keys in by_module.items():
            if name == EMAILS:
                yield from self._mails_of(keys)
            elif name in self._catalogue.modules():
                module = self._module(name)
                yield from self._records(module, self._reader.rows(module, keys))

    def related(self, ref: Ref) -> Iterator[Record]:
        """What hangs off a record: Zoho's related lists of it, and its mails. One question tells which lists are filled."""
        if ref.collection not in self._catalogue.modules() or not is_id(ref.key):
            return
        lists = {
            name: (id, target)
            for name, (id, target) in self._catalogue.related(ref.collection).items()
            if target in self._catalogue.modules()
        }
        for name in self._filled(ref, {name: id for name, (id, _) in lists.items()}):
            module = self._module(lists[name][1])
            for record in self._records(module, self._reader.whole(module, self._listed(ref, name, module))):
                if record.ref != ref:
                    yield record
        if self._options.emails and is_person(ref.collection):
            yield from self._mails(ref.collection, ref.key)

    def attachment(self, ref: Ref, path: str) -> Iterator[bytes]:
        """The bytes of one file."""
        if not is_id(ref.key):
            raise Vanished("There is no such record.", advice="Search the store again.")
        module = self._module(ref.collection)
        try:
            yield from self._maker().stream(module, ref.key, path)
        except Rejected as refusal:
            if refusal.code != "INVALID_DATA":
                raise
            raise Vanished("There is no such file in this record.", advice="Search the store again.") from None

    def presence(self, ref: Ref) -> Presence:
        """Where a record is. A tombstone counts as gone when it shows no name; one is looked for among the last two days'."""
        if ref.collection == EMAILS:
            return Presence(Whereabouts.THERE if next(self.fetch([ref]), None) else Whereabouts.GONE)
        module = self._catalogue.modules().get(ref.collection)
        if module is None or not is_id(ref.key):
            return Presence(Whereabouts.GONE)
        row = self._reader.row(module, ref.key)
        if row is not None:
            return Presence(Whereabouts.THERE, version(module, row, self._files(module, [row]).get(ref.key, [])))
        if self.zoho.binned(ref.key):
            return Presence(Whereabouts.BIN, shows=("display_name",))
        since = behind(self.zoho.server_time, timedelta(days=2))
        if erasing.shown_by_tombstone(self._reader, module, ref.key, since):
            return Presence(Whereabouts.TOMBSTONE, shows=("display_name",))
        return Presence(Whereabouts.GONE)

    # -- writing

    def act(self, action: Action, journal: Journal) -> Receipt:
        """Carry out one action; see `connectors.zoho.erasing`."""
        if action.ref.collection == EMAILS:
            raise Unsupported("Zoho shows mails and does not own them.", advice="Connect the mail system as a store.")
        module = self._module(action.ref.collection)
        return erasing.carry_out(erasing.Task(self.zoho, self._reader, module, action, journal, self._options.scrub))

    # -- inside

    def _module(self, name: str) -> Module:
        module = self._catalogue.modules().get(name)
        if module is None:
            raise Vanished("The module is no longer there, or the settings leave it out.", advice="Check the store.")
        return module

    def _maker(self) -> Records:
        known = frozenset(self._catalogue.modules())
        return Records(self.zoho, self._limits, known, texts=self._options.attachments)

    def _files(self, module: Module, found: Sequence[Mapping[str, Any]]) -> dict[str, list[File]]:
        return self._reader.files(module, found)

    def _made(self, module: Module, found: Sequence[Mapping[str, Any]]) -> list[tuple[Ref, str, Callable[[], Record]]]:
        """Ref and version of each row, and how to make its record: files are read only then."""
        files, maker = self._files(module, found), self._maker()
        made: list[tuple[Ref, str, Callable[[], Record]]] = []
        for row in found:
            own = files.get(row["id"], [])
            at = version(module, row, own)
            made.append((Ref(module.name, row["id"]), at, partial(maker.record, module, row, own, at)))
        return made

    def _records(self, module: Module, found: Iterable[dict[str, Any]]) -> Iterator[Record]:
        for _, _, record in self._made(module, list(found)):
            yield record()

    def _count(self, module: Module) -> int:
        try:
            body = self.zoho.get(f"{module.path}/actions/count", kind=HEAVY)
        except (Refused, Vanished):  # not every module is counted
            return 0
        count = body.get("count") if isinstance(body, dict) else None
        if not isinstance(count, int):
            raise Malformed
        return count

    def _filled(self, ref: Ref, lists: Mapping[str, str]) -> list[str]:
        """Related lists with something in them; all of them where Zoho does not count."""
        if not lists:
            return []
        asked = [{"related_list": {"api_name": name, "id": id}} for name, id in lists.items()]
        try:
            body = self.zoho.post(
                f"/{ref.collection}/{ref.key}/actions/get_related_records_count", {"get_related_records_count": asked}
            )
        except (Refused, Vanished):
            return list(lists)
        found = body.get("get_related_records_count") if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise Malformed
        counts = [
            item for part in found for item in (part if isinstance(part, list) else [part])
        ]  # described as nested
        empty = {item["related_list"]["api_name"] for item in counts if item.get("count") == 0}
        return [name for name in lists if name not in empty]

    def _listed(self, ref: Ref, name: str, module: Module) -> list[dict[str, Any]]:
        """Rows of a related list, with as many fields as one call may ask for."""
        found: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            params = {"fields": ",".join(module.asked()[0]), "per_page": "200"} | (
                {"page_token": token} if token else {}
            )
            try:
                body = self.zoho.get(f"/{ref.collection}/{ref.key}/{name}", params)
            except (Refused, Vanished):  # a list that this account may not see, or that holds no records
                return found
            found += rows(body)
            info = body.get("info") if isinstance(body, dict) else None
            token = info.get("next_page_token") if isinstance(info, dict) and info.get("more_records") else None
            if not token:
                return found

    def _mails(self, module: str, key: str) -> Iterator[Record]:
        """The mails beside a record, each with its body: a page of ten heads at a time."""
        index = ""
        while True:
            try:
                body = self.zoho.get(f"/{module}/{key}/Emails", {"index": index} if index else None)
            except (Refused, Vanished):  # no mails for this module, or not for this account
                return
            heads = body.get(EMAILS) if isinstance(body, dict) else []
            if not isinstance(heads, list):
                raise Malformed
            for head in heads:
                if isinstance(head, dict) and head.get("message_id"):
                    whole = self._mail(module, key, str(head["message_id"]))
                    yield mail(module, key, {**head, **(whole or {})})
            info = body.get("info") if isinstance(body, dict) else None
            if not isinstance(info, dict) or not info.get("more_records"):
                return
            if not info.get("next_index") or info["next_index"] == index:
                raise Malformed
            index = str(info["next_index"])

    def _mail(self, module: str, key: str, id: str) -> dict[str, Any] | None:
        from connectors.http import segment

        try:
            body = self.zoho.get(f"/{module}/{key}/Emails/{segment(id)}")
        except (Refused, Vanished):
            return None
        found = body.get(EMAILS) if isinstance(body, dict) else None
        return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else None

    def _mails_of(self, keys: Sequence[str]) -> Iterator[Record]:
        for key in keys:
            module, _, rest = key.partition("/")
            parent, _, id = rest.partition("/")
            if module in self._catalogue.modules() and is_id(parent) and id:
                for record in self._mails(module, parent):
                    if record.ref.key == key:
                        yield record

    def close(self) -> None:
        self.zoho.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

"""Tries a description on its service: does each call do what the description says, and does the service keep to its word?

Reading probes change nothing. `erasing` takes one record that the operator names, a test record, through the whole chain and
looks whether any other record moved.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from connectors.contract import Action, ActionKind, FieldType, Identifier, Outcome, Ref, Whereabouts
from connectors.crm import Column, CrmStore, Module, Row
from connectors.declared.model import CollectionSpec
from connectors.declared.paths import one
from connectors.declared.service import DeclaredService
from connectors.errors import StoreError

PAGES = 20  # a collection is walked so far, to see whether paging holds
NOBODY = "nobody-8c1f6a52@example.invalid"
_ABSENT = ("9" * 18, "00000000-0000-4000-8000-00000000dead", "no-such-key")
_HOSTILE = (
    "' OR 1=1 --",
    '") OR (1=1',
    "*",
    "%",
    "_%_",
    "a\\",
    '\\"',
    "x) (ALL",
    "o'neil\"<x>@example.com",
    "👩‍💻@example.com",
    "a b\r\nX: y",
    "张伟' OR ''='",
)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class Finding(NamedTuple):
    """What one probe saw. `ok` None: the description has nothing to try here."""

    where: str
    probe: str
    ok: bool | None
    words: str


class _Fault(Exception):
    """The service and its description disagree."""


class _Look(NamedTuple):
    """One collection under examination."""

    service: DeclaredService
    store: CrmStore
    module: Module
    spec: CollectionSpec
    rows: list[Row]  # of the first page


Probe = Callable[[_Look], str]


def examine(service: DeclaredService, store: CrmStore) -> Iterator[Finding]:
    """Every reading probe on every collection. Personal data stays out of the words."""
    try:
        modules = service.modules()
    except StoreError as error:
        yield Finding("service", "describe", False, str(error))
        return
    for name, module in modules.items():
        look = _Look(service, store, module, service.described.collections[name], [])
        for probe, run in _PROBES.items():
            yield _tried(name, probe, run, look)


def _tried(where: str, probe: str, run: Probe, look: _Look) -> Finding:
    try:
        words = run(look)
    except (_Fault, StoreError) as error:
        return Finding(where, probe, False, str(error))
    return Finding(where, probe, True if words else None, words or "nothing to try")


# -- reading


def _fields(look: _Look) -> str:
    """Types the description does not know are types that are read as nothing in particular."""
    spec = look.spec.describe
    if spec is None:
        return ""
    raws, _ = look.service.raw(spec, look.module.name, None)
    strange = {str(one(raw, spec.type)) for raw in raws if spec.type} - set(spec.types)
    if spec.types and strange:
        raise _Fault(f"The service has types of fields that `types` does not name: {', '.join(sorted(strange))}.")
    return f"{len(raws)} fields described"


def _list(look: _Look) -> str:
    batch = look.service.listed(look.module, None)
    look.rows.extend(batch.rows)
    for row in batch.rows:
        _fit(look.module, row)
    return f"{len(batch.rows)} rows on the first page" if batch.rows else ""


def _fit(module: Module, row: Row) -> None:
    for name, value in row.values.items():
        column = module.columns[name]
        if not _fits(column, value, name in row.nested):
            raise _Fault(f"The field {name} does not hold what its type ({column.type}) promises.")


def _fits(column: Column, value: object, nested: bool) -> bool:
    if column.type is FieldType.NUMBER:
        return not isinstance(value, bool) and bool(_NUMBER.fullmatch(str(value)))
    if column.type is FieldType.BOOLEAN:
        return value in (True, False, "true", "false")
    if column.type is FieldType.DATE:
        return not isinstance(value, bool) and any(char.isdigit() for char in str(value))
    if column.type in (FieldType.OTHER, FieldType.REFERENCE):
        return True
    return isinstance(value, str) and not nested


def _pages(look: _Look) -> str:
    """Every row once, and as many as the service counts."""
    keys, whole = _walk(look)
    if len(keys) != len(set(keys)):
        raise _Fault("Rows come twice: paging does not hold.")
    count = look.service.count(look.module)
    if whole and count is not None and count > len(keys):
        raise _Fault(
            f"The service counts {count} records and lists {len(keys)}: a page says too early that it is the last."
        )
    return f"{len(keys)} rows{'' if whole else ' so far'}" if keys else ""


def _walk(look: _Look) -> tuple[list[str], bool]:
    keys: list[str] = []
    place: str | None = None
    for _ in range(PAGES):
        batch = look.service.listed(look.module, place)
        keys += [row.key for row in batch.rows]
        place = batch.place
        if place is None:
            return keys, True
    return keys, False


def _get(look: _Look) -> str:
    """A record read by its key is the one that was listed."""
    for row in look.rows[:3]:
        for found in (look.service.trace(look.module, row.key).row, *look.service.rows(look.module, [row.key])):
            if found is None or found.version != row.version:
                raise _Fault("A record read by its key is not the one that was listed.")
    return f"{len(look.rows[:3])} records" if look.rows else ""


def _absent(look: _Look) -> str:
    """A key nobody has is not there, whatever the service says in such a case."""
    key = next((key for key in _ABSENT if re.fullmatch(look.spec.pattern, key)), None)
    if key is None or key in {row.key for row in look.rows}:
        return ""
    if look.service.trace(look.module, key).where is not Whereabouts.GONE:
        raise _Fault("A record that there cannot be is said to be there.")
    return "a key nobody has"


def _search(look: _Look) -> str:
    """People who are listed are found."""
    tried = 0
    for kind, kept in (("email", FieldType.EMAIL), ("phone", FieldType.PHONE), ("name", FieldType.NAME)):
        row, value = _sample(look, kept)
        if kind not in look.spec.search or row is None:
            continue
        tried += 1
        if row.key not in {found.key for found in look.service.found(look.module, Identifier(kind, value))}:
            raise _Fault(f"A record that is listed is not found by its {kind} (or the service's index lags behind).")
    return f"{tried} kinds of identifier" if tried else ""


def _sample(look: _Look, kind: FieldType) -> tuple[Row | None, str]:
    for row in look.rows:
        for name, column in look.module.columns.items():
            value = row.values.get(name)
            if column.type is kind and isinstance(value, str) and len(value) > 3:
                return row, value
    return None, ""


def _empty(look: _Look) -> str:
    """A search for nobody finds nobody, and says it in the way that is described."""
    for listing in look.spec.search.get("email", ()):
        answer = look.service.send(
            listing, look.module.name, cursor=listing.first, value=NOBODY, fields=list(look.module.columns)
        )
        if listing.empty and answer.status not in listing.empty:
            raise _Fault(f"An empty answer comes with status {answer.status}, not as described.")
        if answer.status not in listing.empty and one(answer.json(), listing.rows) != []:
            raise _Fault("A search for nobody finds somebody, or an empty answer has no empty list.")
        return "a search for nobody"
    return ""


def _hostile(look: _Look) -> str:
    """Quotes, operators and wildcards in an identifier find nothing that does not hold them, and break nothing."""
    kinds = [kind for kind in look.spec.search if kind != "phone"]
    for kind in kinds:
        for value in _HOSTILE:
            for _ in look.store.search_in(look.module.name, [Identifier(kind, value)]):
                raise _Fault("An identifier with operators in it finds a record, so it may hold them: look by hand.")
    return f"{len(_HOSTILE)} strange values" if kinds else ""


def _changes(look: _Look) -> str:
    """Nothing changed tomorrow; everything changed since the beginning of time."""
    if look.spec.changes is None:
        return ""
    if look.service.changed(look.module, time.time() + 172_800, None).rows:
        raise _Fault("Records are said to have changed in the future: the time is not taken as it is meant.")
    if look.rows and not look.service.changed(look.module, 0.0, None).rows:
        raise _Fault("Records are there, yet none ever changed: the time is not taken as it is meant.")
    return "from the past and from the future"


_PROBES: Mapping[str, Probe] = {
    "fields": _fields,
    "list": _list,
    "pages": _pages,
    "get": _get,
    "absent": _absent,
    "search": _search,
    "empty": _empty,
    "hostile": _hostile,
    "changes": _changes,
}

MEANING: Mapping[str, str] = {
    "describe": "The service describes its fields as the file says.",
    "fields": "Every type of field that the service has is named.",
    "list": "The first page has the form that is described, and values fit their types.",
    "pages": "No row comes twice, and none is missing.",
    "get": "A record read by its key is the one that was listed.",
    "absent": "A key that nobody has is not there.",
    "search": "People who are listed are found.",
    "empty": "The service says that it found nothing in the way that is described.",
    "hostile": "Quotes, operators and wildcards in an identifier find nobody.",
    "changes": "Times are taken as they are meant.",
}


# -- erasing


class _Memory:
    """A journal for one try."""

    def __init__(self) -> None:
        self._note: dict[str, str] = {}

    def load(self) -> dict[str, str]:
        return dict(self._note)

    def save(self, note: Mapping[str, str]) -> None:
        self._note = dict(note)


def erasing(service: DeclaredService, store: CrmStore, ref: Ref) -> Iterator[Finding]:
    """Erase the named test record as a request would, twice, and look at all others."""
    module = service.modules().get(ref.collection)
    if module is None:
        yield Finding(ref.collection, "erase", False, "There is no such collection.")
        return
    look = _Look(service, store, module, service.described.collections[ref.collection], [])
    for probe, run in (("erase", _erase), ("others", _others)):
        found = _tried(ref.collection, probe, partial(run, ref=ref), look)
        yield found
        if not found.ok:
            return


def _erase(look: _Look, ref: Ref) -> str:
    look.rows.extend(_everything(look))
    row = next(iter(look.service.rows(look.module, [ref.key])), None)
    if row is None:
        raise _Fault("There is no such record.")
    action = Action("conform", look.module.erase, ref, row.version)
    memory = _Memory()
    receipt = look.store.act(action, memory)
    seen = look.store.presence(ref)
    gone = seen.where is not Whereabouts.THERE if look.module.erase is ActionKind.DELETE else True
    if not gone or seen.shows:
        raise _Fault(f"After the erasure the record still shows: {', '.join(seen.shows) or 'everything'}.")
    if look.store.act(action, memory).outcome is not Outcome.ALREADY:
        raise _Fault("The same erasure a second time had an effect.")
    return f"{receipt.outcome}, now {seen.where}" + (
        f", residue {', '.join(receipt.residue)}" if receipt.residue else ""
    )


def _others(look: _Look, ref: Ref) -> str:
    before = {row.key: row.version for row in look.rows if row.key != ref.key}
    after = {row.key: row.version for row in _everything(look) if row.key != ref.key}
    moved = [key for key in before if after.get(key) != before[key]]
    if moved:
        raise _Fault(f"{len(moved)} other records changed or went away.")
    return f"{len(before)} others untouched"


def _everything(look: _Look) -> Sequence[Row]:
    rows: list[Row] = []
    place: str | None = None
    for _ in range(PAGES):
        batch = look.service.listed(look.module, place)
        rows += batch.rows
        place = batch.place
        if place is None:
            break
    return rows

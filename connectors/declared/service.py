"""A described service as `CrmStore` wants it: calls are filled in, answers are taken apart as the description says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from connectors.contract import ActionKind, Health, Identifier, Ref, Value, Whereabouts
from connectors.crm import Batch, File, Module, Row, TooMany, Trace
from connectors.declared import model, paging, rows
from connectors.declared.model import CollectionSpec, Description, Listing
from connectors.declared.paths import Malformed, many, one
from connectors.declared.templates import Inexpressible, Values
from connectors.errors import MissingRights, Unsupported, Vanished
from connectors.http import Answer, Call, Client

SEARCH_PAGES = 20
"""Pages of one search: it gives a shortlist, and what it does not give the index has."""


class DeclaredService:
    """One account of a described service. `values` are its settings, `base` the URL that paths are joined to."""

    def __init__(
        self, described: Description, values: Mapping[str, str], base: str, signed: Client, unsigned: Client
    ) -> None:
        self.described = described
        self.client = signed
        self._unsigned, self._base = unsigned, base.rstrip("/")
        self._values = {name: values[name] for name, one_ in described.settings.items() if not one_.secret}

    # -- what there is

    @cached_property
    def _modules(self) -> dict[str, Module]:
        return {name: self._module(name, spec) for name, spec in self.described.collections.items()}

    def modules(self) -> Mapping[str, Module]:
        return self._modules

    def _module(self, name: str, spec: CollectionSpec) -> Module:
        columns = {field: rows.column(field, one_) for field, one_ in spec.fields.items()}
        if spec.describe is not None:
            for raw in self._all(spec.describe, name):
                column = rows.described_column(spec.describe, raw)
                if column is not None and column.name not in columns:
                    columns[column.name] = column
        return Module(
            name=name,
            columns=columns,
            erase=ActionKind(spec.erase),
            links={link: to.to for link, to in spec.links.items()},
            writes=spec.update is not None,
            scrubs=spec.scrub,
            bins=spec.delete is not None,
            purges=spec.purge is not None,
            drops=spec.files is not None and spec.files.remove is not None,
            residue=spec.residue,
            residue_of_delete=spec.residue_of_delete,
            changes=spec.changes is not None,
        )

    def check(self) -> Health:
        """Read one page of every collection; what is refused is a missing right."""
        held, missing = [], []
        for name, spec in self.described.collections.items():
            try:
                self._page(spec, spec.list_, self._modules[name], None)
            except MissingRights:
                missing.append(f"{name}.read")
            else:
                held.append(f"{name}.read")
        return Health(True, tuple(held), tuple(missing), notes=self.described.notes)

    def count(self, module: Module) -> int | None:
        spec = self._spec(module).count
        if spec is None:
            return None
        found = one(self.send(spec, module.name).json(), spec.number)
        if not isinstance(found, int) or isinstance(found, bool):
            raise Malformed(spec.number)
        return found

    # -- reading

    def listed(self, module: Module, place: str | None) -> Batch:
        spec = self._spec(module)
        found, after = self._page(spec, spec.list_, module, place)
        return Batch(tuple(found), after)

    def changed(self, module: Module, since: float, place: str | None) -> Batch:
        spec = self._spec(module)
        if spec.changes is None:
            raise Unsupported("The service does not list changes.", advice="Read everything.")
        at = datetime.fromtimestamp(max(since, 0.0), UTC)
        times = {
            "since": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "since_ms": int(at.timestamp() * 1000),
            "since_s": int(at.timestamp()),
        }
        found, after = self._page(spec, spec.changes, module, place, **times)
        if spec.changes.cap and (after or "").isdecimal() and int(after or 0) >= spec.changes.cap:
            raise TooMany("More changed than the service lists.", advice="Read everything.")
        return Batch(tuple(found), after)

    def rows(self, module: Module, keys: Sequence[str]) -> Iterator[Row]:
        spec = self._spec(module)
        keys = [key for key in keys if re.fullmatch(spec.pattern, key)]
        if spec.many is None:
            for key in keys:
                row = self._one(module, spec.get_, key)
                if row is not None:
                    yield row
            return
        for start in range(0, len(keys), spec.many.at_most):
            part = keys[start : start + spec.many.at_most]
            answer = self.send(spec.many, module.name, keys=part, fields=list(module.columns))
            for raw in paging.rows_of(answer.json(), spec.many.rows):
                row = self.row(spec, module, raw)
                if row.key in part:
                    yield row

    def found(self, module: Module, identifier: Identifier) -> Iterator[Row]:
        """Rows of every search for this kind; whole ones, though a search may give less than `get` does."""
        spec = self._spec(module)
        keys: dict[str, None] = {}
        for listing in spec.search.get(identifier.kind, ()):  # type: ignore[call-overload]
            place: str | None = None
            for _ in range(0 if 0 < listing.longest < len(identifier.value) else SEARCH_PAGES):
                try:
                    found, place = self._page(spec, listing, module, place, value=identifier.value)
                except Inexpressible:
                    break
                keys.update(dict.fromkeys(row.key for row in found))
                if place is None or (listing.cap and place.isdecimal() and int(place) >= listing.cap):
                    break
        yield from self.rows(module, list(keys))

    def related(self, module: Module, row: Row) -> Iterator[Ref]:
        spec = self._spec(module)
        raw = self._raw_one(module, spec.get_, row.key)
        for link in spec.related if raw is not None else ():
            yield from (Ref(link.to, str(key)) for key in many(raw, link.ids))
            rest = many(raw, link.more) if link.more else []
            place = str(rest[0]) if rest else None
            while place is not None and link.rest is not None:
                raws, place = self.raw(link.rest, module.name, place, key=row.key)
                yield from (Ref(link.to, str(one(item, link.rest_ids))) for item in raws)

    def trace(self, module: Module, key: str) -> Trace:
        spec = self._spec(module)
        if re.fullmatch(spec.pattern, key):
            for call, where in (
                (spec.get_, Whereabouts.THERE),
                (spec.verify.bin, Whereabouts.BIN),
                (spec.verify.tombstone, Whereabouts.TOMBSTONE),
            ):
                row = self._one(module, call, key) if call else None
                if row is not None:
                    return Trace(where, row)
        return Trace(Whereabouts.GONE)

    def chunks(self, module: Module, row: Row, file: File) -> Iterator[bytes]:
        spec = self._spec(module).files
        if spec is None:
            return
        if not spec.url:
            yield from self.client.stream(self._call(spec.content, module.name, key=row.key, file=file.id))
            return
        url = one(self.send(spec.content, module.name, key=row.key, file=file.id).json(), spec.url)
        if not isinstance(url, str):
            raise Malformed(spec.url)
        yield from self._unsigned.stream(Call("GET", "", base=url, headers={"accept": "*/*"}))

    # -- writing

    def write(self, module: Module, key: str, values: Mapping[str, Value]) -> None:
        self._do(module, self._spec(module).update, key, values=dict(values))

    def discard(self, module: Module, key: str) -> None:
        self._do(module, self._spec(module).delete, key)

    def purge(self, module: Module, key: str) -> None:
        self._do(module, self._spec(module).purge, key)

    def remove_file(self, module: Module, row: Row, file: File) -> None:
        spec = self._spec(module).files
        if spec is None or spec.remove is None:
            raise Unsupported("Files of these records cannot be removed.", advice="Delete the record, or keep it.")
        with suppress(Vanished):  # an earlier try did it
            self.send(spec.remove, module.name, key=row.key, file=file.id)
        name = spec.ids.rpartition(".")[2]
        column = module.columns.get(name)
        if spec.separator and column is not None and not column.fixed:
            fresh = self._one(module, self._spec(module).get_, row.key)
            listed = str(fresh.values.get(name) or "").split(spec.separator) if fresh else []
            self.write(module, row.key, {name: spec.separator.join(id for id in listed if id != file.id)})

    def _do(self, module: Module, call: model.Call | None, key: str, **more: Any) -> None:
        if call is None:
            raise Unsupported("The description has no call for this.", advice="Change the plan for this record.")
        try:
            self.send(call, module.name, key=key, fields=list(module.columns), **more)
        except Vanished:
            if "values" in more:
                raise

    # -- calls

    def _spec(self, module: Module) -> CollectionSpec:
        return self.described.collections[module.name]

    def _call(self, call: model.Call, collection: str, **known: Any) -> Call:
        values = Values({**self._values, "collection": collection, **known}, self.described.languages)
        repeatable = call.repeatable
        if repeatable is None:
            repeatable = call.method != "POST" or isinstance(call, model.One | Listing | model.Many | model.Count)
        return Call(
            method=call.method,
            path=values.path(call.path),
            params=values.query(call.query),
            headers=values.query({**self.described.headers, **call.headers}),
            body=values.value(call.json_body),
            form=values.query(call.form) if call.form is not None else None,
            kind=call.limit,
            repeatable=repeatable,
            base=self._base,
        )

    def send(self, call: model.Call, collection: str, **known: Any) -> Answer:
        """What the service answers to a described call."""
        return self.client.call(self._call(call, collection, **known))

    def _page(
        self, spec: CollectionSpec, listing: Listing, module: Module, place: str | None, **known: Any
    ) -> tuple[list[Row], str | None]:
        raws, after = self.raw(listing, module.name, place, fields=list(module.columns), **known)
        found = [self.row(spec, module, raw) for raw in raws]
        if listing.by == "key" and len(raws) >= listing.size:
            after = found[-1].key
        return found, after

    def _all(self, listing: Listing, collection: str) -> Iterator[Any]:
        place: str | None = None
        while True:
            raws, place = self.raw(listing, collection, place)
            yield from raws
            if place is None:
                return

    def raw(self, listing: Listing, collection: str, place: str | None, **known: Any) -> tuple[list[Any], str | None]:
        """The rows of a page as they came, and what {cursor} is on the next one."""
        cursor = place if place is not None else paging.first(listing)
        answer = self.send(listing, collection, cursor=cursor, **known)
        if answer.status in listing.empty:
            return [], None
        body = answer.json()
        raws = paging.rows_of(body, listing.rows)
        return raws, paging.following(listing, body, len(raws), cursor)

    def _one(self, module: Module, call: model.One, key: str) -> Row | None:
        raw = self._raw_one(module, call, key)
        row = self.row(self._spec(module), module, raw) if raw is not None else None
        return row if row is not None and row.key == key else None  # a service may take something else for a key

    def _raw_one(self, module: Module, call: model.One, key: str) -> Any:
        """The row as it came; None when there is none."""
        try:
            answer = self.send(call, module.name, key=key, fields=list(module.columns))
        except (Vanished, Inexpressible):
            return None
        return None if answer.status in call.absent else one(answer.json(), call.row)

    # -- rows

    def row(self, spec: CollectionSpec, module: Module, raw: Any) -> Row:
        """A row as the answer has it, and what its files are called. Raises `Malformed`."""
        found = rows.row(spec, module, raw)
        return replace(found, files=tuple(self._files(spec, module, found.key, raw))) if spec.files else found

    def _files(self, spec: CollectionSpec, module: Module, key: str, raw: Any) -> Iterator[File]:
        files = spec.files
        for found in many(raw, files.ids) if files else ():
            for file in str(found).split(files.separator) if files and files.separator else [str(found)]:
                if files and file:
                    yield self._file(files, module, key, file)

    def _file(self, spec: model.Files, module: Module, key: str, file: str) -> File:
        if spec.about is None:
            return File(file)
        try:
            about = self.send(spec.about, module.name, key=key, file=file).json()
        except Vanished:
            return File(file, fault="missing")
        name, size = str(one(about, spec.name) or file), one(about, spec.size)
        extension = one(about, spec.extension) if spec.extension else None
        if extension and not name.endswith(f".{extension}"):
            name = f"{name}.{extension}"
        return File(file, name, size=size if isinstance(size, int) else 0)

    def close(self) -> None:
        self.client.close()
        self._unsigned.close()

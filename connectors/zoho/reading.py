"""Reading rows: pages of a module, single rows, files beside them, and what was deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from connectors.errors import Vanished
from connectors.zoho.client import HEAVY, Malformed, Rejected, Zoho, is_id, more_pages, next_token, rows
from connectors.zoho.fields import NOTES, Module
from connectors.zoho.records import File

PAGE_ROWS = 200  # the most that one call gives
IDS_PER_CALL = 100
PARENTS_PER_CALL = 50  # values of one COQL `in`
COQL_ROWS = 2000
OVERLAP = timedelta(minutes=5)  # clocks and slow commits
MOST_HITS = 2000


class Rows(NamedTuple):
    """One page of rows, and the token of the next one."""

    rows: list[dict[str, Any]]
    token: str | None


class Reader:
    """Reads rows of one organisation."""

    def __init__(self, zoho: Zoho, *, attachments: bool) -> None:
        self._zoho = zoho
        self._attachments = attachments
        self._any_files: bool | None = None
        self._asks_coql = True
        self._changed: tuple[str, frozenset[str]] | None = None

    def page(self, module: Module, token: str | None, since: str) -> Rows:
        """A page in the order of ids. `since` leaves out what was not changed after that time."""
        first, *others = module.asked()
        params = {"fields": ",".join(first), "per_page": str(PAGE_ROWS), "sort_by": "id", "sort_order": "asc"}
        params |= {"page_token": token} if token else {}
        params |= {"converted": "both"} if module.name == "Leads" else {}
        body = self._zoho.get(module.path, params, since=since)
        found = rows(body)
        return Rows(self._whole(module, found, others), next_token(body) if body is not None else None)

    def rows(self, module: Module, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The rows with these ids that are there."""
        first, *others = module.asked()
        wanted = [id for id in dict.fromkeys(ids) if is_id(id)]
        for start in range(0, len(wanted), IDS_PER_CALL):
            part = wanted[start : start + IDS_PER_CALL]
            found = [row for row in self._by_ids(module, part, first) if row["id"] in set(part)]
            yield from self._whole(module, found, others)

    def whole(self, module: Module, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows that have the fields of a first call, with all their fields."""
        return self._whole(module, found, module.asked()[1:])

    def row(self, module: Module, id: str) -> dict[str, Any] | None:
        """One row with all its fields, None when it is not there."""
        if not is_id(id):
            return None
        try:
            found = rows(self._zoho.get(f"{module.path}/{id}"))
        except Rejected as refusal:
            if refusal.code == "INVALID_DATA":  # an id that no record ever had
                return None
            raise
        return found[0] if found and found[0]["id"] == id else None

    def search(self, module: Module, params: Mapping[str, str]) -> list[dict[str, Any]]:
        """Ids that Zoho's search gives: behind the data by a while, and at most 2,000."""
        found: list[dict[str, Any]] = []
        more = {"converted": "both"} if module.name == "Leads" else {}
        for page in range(1, MOST_HITS // PAGE_ROWS + 1):
            asked = {**params, **more, "fields": "Modified_Time", "per_page": str(PAGE_ROWS), "page": str(page)}
            body = self._zoho.get(f"{module.path}/search", asked, HEAVY)
            found += rows(body)
            if body is None or not more_pages(body):
                break
        return found

    def deleted(self, module: Module, since: str, page: int, kind: str = "all") -> tuple[list[dict[str, Any]], bool]:
        """A page of the list of deleted records, and whether there is another one."""
        params = {"type": kind, "page": str(page), "per_page": str(PAGE_ROWS)}
        body = self._zoho.get(f"{module.path}/deleted", params, since=since)
        return rows(body), body is not None and more_pages(body)

    # -- files

    def files(self, module: Module, found: Sequence[Mapping[str, Any]]) -> dict[str, list[File]]:
        """The attachments of rows, by id: with one COQL query for fifty rows, or row by row where it is refused."""
        files: dict[str, list[File]] = {}
        if not self._attachments or not found:
            return files
        if module.name == NOTES:
            return {row["id"]: _of_note(row) for row in found if row.get("$attachments")}
        ids = [row["id"] for row in found]
        if self._asks_coql:
            try:
                return self._files_by_query(ids)
            except Rejected:
                self._asks_coql = False
        for id in ids:
            files[id] = self._files_of(module, id)
        return files

    def changed_files(self, since: str) -> frozenset[str]:
        """Ids of records that got a file since; asked once for all modules of a run."""
        if not self._attachments or not self._asks_coql:
            return frozenset()
        if self._changed is None or self._changed[0] > since:
            query = f"select Parent_Id from Attachments where Modified_Time >= '{since}' order by id limit "
            try:
                found = self._all(query)
            except Rejected:
                self._asks_coql = False
                return frozenset()
            self._changed = (since, frozenset(_parent(row) for row in found))
        return self._changed[1]

    def _files_by_query(self, ids: Sequence[str]) -> dict[str, list[File]]:
        if self._any_files is None and len(ids) > PARENTS_PER_CALL:
            query = "select Parent_Id from Attachments where Modified_Time >= '1990-01-01T00:00:00+00:00' limit 1"
            self._any_files = bool(self._zoho.coql(query))
        files: dict[str, list[File]] = {}
        for start in range(0, 0 if self._any_files is False else len(ids), PARENTS_PER_CALL):
            parents = ", ".join(f"'{id}'" for id in ids[start : start + PARENTS_PER_CALL] if is_id(id))
            query = (
                f"select File_Name, Size, Parent_Id from Attachments where Parent_Id in ({parents}) order by id limit "
            )
            for row in self._all(query):
                files.setdefault(_parent(row), []).append(_file(row))
        return files

    def _all(self, query: str) -> Iterator[dict[str, Any]]:
        at = 0
        while True:
            found = self._zoho.coql(f"{query}{at}, {COQL_ROWS}")
            yield from found
            at += len(found)
            if len(found) < COQL_ROWS:
                return

    def _files_of(self, module: Module, id: str) -> list[File]:
        try:
            body = self._zoho.get(f"{module.path}/{id}/Attachments", {"fields": "id,File_Name,Size"})
        except (Rejected, Vanished):  # a module without files
            return []
        return [_file(row) for row in rows(body)]

    # -- rows with all their fields

    def _by_ids(self, module: Module, ids: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
        params = {"ids": ",".join(ids), "fields": ",".join(names), "per_page": str(PAGE_ROWS)}
        params |= {"converted": "both"} if module.name == "Leads" else {}
        return rows(self._zoho.get(module.path, params))

    def _whole(
        self, module: Module, found: list[dict[str, Any]], others: Sequence[Sequence[str]]
    ) -> list[dict[str, Any]]:
        """Rows with the fields that did not fit into the first call, and those that only a single row shows."""
        for names in others:
            for start in range(0, len(found), IDS_PER_CALL):
                part = found[start : start + IDS_PER_CALL]
                more = {row["id"]: row for row in self._by_ids(module, [row["id"] for row in part], names)}
                for row in part:
                    row.update(more.get(row["id"], {}))
        subforms = [spec.name for spec in module.shown() if spec.type == "subform"]
        for row in found:
            if any(name not in row for name in subforms):
                row.update(self.row(module, row["id"]) or {})
        return found


def _of_note(row: Mapping[str, Any]) -> list[File]:
    return [_file({**item, "id": item.get("id")}) for item in row["$attachments"] if isinstance(item, Mapping)]


def _file(row: Mapping[str, Any]) -> File:
    size = str(row.get("Size") or 0)
    return File(str(row["id"]), str(row.get("File_Name") or row["id"]), int(size) if size.isdigit() else 0)


def _parent(row: Mapping[str, Any]) -> str:
    parent = row.get("Parent_Id")
    id = parent.get("id") if isinstance(parent, Mapping) else parent
    if not is_id(id):
        raise Malformed
    return str(id)


def behind(server_time: str, by: timedelta = OVERLAP) -> str:
    """The service's own time, a while ago, as its headers want it."""
    try:
        at = parsedate_to_datetime(server_time)
    except ValueError:
        at = datetime.now(UTC) - OVERLAP
    return (at.astimezone(UTC) - by).isoformat(timespec="seconds")


def quoted(text: str) -> str:
    """A value inside search criteria: brackets, commas and backslashes are escaped."""
    return "".join(f"\\{char}" if char in "\\()," else char for char in text)


def literal(text: str) -> str:
    """A string of COQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

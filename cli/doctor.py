"""`redress doctor`: is this installation fit for real data? Each check ends with a grade and what to do."""

from __future__ import annotations

import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import typer

from cli import show
from cli.opening import home_of, opened

if TYPE_CHECKING:
    from office import Office
    from settings import Settings

Grade = Literal["ok", "note", "warn", "fail"]
FREE_BYTES = 1_000_000_000
_COLOURS = {"ok": "green", "note": "cyan", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True, slots=True)
class Found:
    """One graded check; `advice` says what to do, empty when all is well."""

    check: str
    grade: Grade
    finding: str
    advice: str = ""


def doctor(context: typer.Context, as_json: show.Json = False) -> None:
    """Grade the installation: settings, keys, database, stores, ledger, letters. Ends with 1 when something fails."""
    with opened(home_of(context)) as office, show.progress(as_json) as report:
        found = list(examine(office, report))
    if as_json:
        show.document([asdict(item) for item in found])
    else:
        rows = [(item.check, item.grade, item.finding, item.advice) for item in found]
        show.table("Examination", ("check", "grade", "finding", "what to do"), rows, _COLOURS)
    raise typer.Exit(show.FINDING if any(item.grade == "fail" for item in found) else 0)


def examine(office: Office, report: Callable[[str], None] = lambda line: None) -> Iterator[Found]:
    """Every check in turn. None of them changes anything."""
    settings = office.settings
    yield Found("settings", "ok", f"read from {settings.home}")
    yield from _files(settings)
    yield _database(settings)
    report("looking at stores")
    yield from _stores(office)
    report("checking the ledger")
    yield _ledger(office)
    yield _shipped(settings)
    yield from _policy(settings)
    yield _law(office)
    yield _letters(settings)
    yield _engine(settings)
    yield _telemetry(settings)


def _files(settings: Settings) -> Iterator[Found]:
    home = settings.home
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        yield Found("home", "fail", f"open to other users (mode {mode:04o})", f"Run: chmod 700 {home}")
    else:
        yield Found("home", "ok", "closed to other users")
    free = shutil.disk_usage(home).free
    if free < FREE_BYTES:
        yield Found("disk", "warn", f"{free // 1_000_000} MB free", "Free space: an answer is written whole.")
    else:
        yield Found("disk", "ok", f"{free // 1_000_000_000} GB free")
    mode = stat.S_IMODE(settings.ring.stat().st_mode)  # opening the vault has refused a ring that others can read
    yield Found("key ring", "ok", f"readable by its owner only (mode {mode:04o})")
    if settings.ring.parent == home:
        advice = "Set key_ring to a folder that backups of the database do not include."
        yield Found("key ring place", "warn", "in the same folder as the database", advice)
    else:
        yield Found("key ring place", "ok", "apart from the database")


def _database(settings: Settings) -> Found:
    """Its tables are known to be those of this version: it was opened."""
    kind = settings.database.partition(":")[0]
    return Found("database", "ok", f"{kind}, tables are those of this version")


def _stores(office: Office) -> Iterator[Found]:
    from connectors.errors import StoreError
    from discovery import stores

    with office.unit() as unit:
        names = [row.name for row in stores.connected(unit.session)]
    if not names:
        yield Found("stores", "note", "none connected", "Connect one: `redress store add`")
    for name in names:
        check = f"store {name}"
        try:
            with stores.open_named(office, name) as store:
                health = store.check()
        except StoreError as error:
            yield Found(check, "fail", error.message, error.advice)
            continue
        if health.missing:
            missing = ", ".join(health.missing)
            yield Found(check, "warn", f"lacks rights: {missing}", "Grant them, or erasures there will fail.")
        elif health.needless:
            needless = ", ".join(health.needless)
            yield Found(check, "warn", f"has rights beyond need: {needless}", "Use an account with fewer rights.")
        else:
            yield Found(check, "ok", "reachable, rights fit")


def _law(office: Office) -> Found:
    """The calendar file and the adopted readings can be used, and the year that comes is known."""
    from cases.statutes import book_at
    from law.regimes import LawError

    try:
        book = book_at(office.settings.home)
    except LawError as error:
        return Found("law", "fail", str(error), "Correct the file, or load it anew: `redress law calendar FILE`")
    if unknown := set(office.settings.policy.readings) - book.readings.keys():
        return Found("law", "fail", f"policy.readings: {', '.join(sorted(unknown))}", "Choose of `redress law list`.")
    soon = (office.clock() + timedelta(days=45)).year
    missing = [
        name for name, spec in book.days.calendars.items() if spec.announced and soon not in book.days.years[name]
    ]
    if missing:
        advice = "When it has been announced: `redress law calendar FILE`. Until then some due dates are provisional."
        return Found("law", "note", f"working days of {soon} are not known: {', '.join(missing)}", advice)
    return Found("law", "ok", f"{len(book.rules)} rules, calendars known into {soon}")


def _ledger(office: Office) -> Found:
    from ledger import verify_database
    from ledger.verify import Unreadable

    shipped = office.settings.shipped
    try:
        with office.unit() as unit:
            result = verify_database(unit.session, office.vault, shipped if shipped.is_dir() else None)
    except Unreadable as error:
        return Found("ledger", "fail", str(error), "Put the folder of shipped leaves back from its backup.")
    if result.ok:
        return Found("ledger", "ok", f"{result.leaves} entries verified")
    return Found("ledger", "fail", f"entry {result.first_bad}: {result.reason}", "Keep everything as it is; call help.")


def _shipped(settings: Settings) -> Found:
    folder = settings.shipped
    while not folder.exists():
        folder = folder.parent
    if folder.stat().st_dev == settings.home.stat().st_dev:
        advice = "Set ledger_folder to another machine's disk: who owns this one could change both."
        return Found("shipped ledger", "warn", "on the same disk as the database", advice)
    return Found("shipped ledger", "ok", "on another disk")


def _policy(settings: Settings) -> Iterator[Found]:
    approvals = settings.policy.erasure_approvals
    if approvals == 1:
        yield Found("erasure", "warn", "one approval is enough", "Set policy.erasure_approvals to 2.")
    else:
        yield Found("erasure", "ok", f"{approvals} different people must approve")
    if settings.controller == type(settings.controller)():
        advice = "Fill in [controller]: it stands in every letter."
        yield Found("controller", "warn", "still the example company", advice)


def _letters(settings: Settings) -> Found:
    if settings.notices.delivery == "file":
        advice = "Set notices.delivery to smtp to send them."
        return Found("letters", "note", f"written to {settings.letters}, not sent", advice)
    smtp = settings.notices.smtp
    if _answers(smtp.host, smtp.port):
        return Found("letters", "ok", f"the relay at {smtp.host}:{smtp.port} answers")
    return Found("letters", "fail", f"no answer from {smtp.host}:{smtp.port}", "Check [notices.smtp] and the network.")


def _engine(settings: Settings) -> Found:
    from flows import server

    if server.answers(settings):
        return Found("flow engine", "ok", "the Prefect server answers")
    if settings.prefect.api_url:
        return Found("flow engine", "fail", "the Prefect server does not answer", "Check prefect.api_url.")
    port = settings.prefect.port
    if _answers("127.0.0.1", port):
        return Found(
            "flow engine", "fail", f"port {port} is used by another program", "Set prefect.port to a free one."
        )
    return Found("flow engine", "ok", f"embedded, starts on demand on port {port}")


def _telemetry(settings: Settings) -> Found:
    from flows.server import environment

    found = environment(settings)
    off = found.get("DO_NOT_TRACK") == "1" and found.get("PREFECT_SERVER_ANALYTICS_ENABLED") == "false"
    return (
        Found("telemetry", "ok", "off")
        if off
        else Found("telemetry", "fail", "Prefect would report usage", "Unset PREFECT_SERVER_ANALYTICS_ENABLED.")
    )


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=3):
            return True
    except OSError:
        return False

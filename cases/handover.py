"""Handing the finished package to the person: a code to their address on file, then a grant, then at most three downloads.

Neither a link nor the status page's secret opens a package: the address on file must be shown to be theirs once more, just now.
Reading is never a GET, because mail scanners open every link before the person does.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlmodel import Session, col, delete, select, update

from cases import answering, identity
from cases.errors import NotFound, NotNow
from cases.record import by_id, by_reference, note
from cases.states import State
from cases.tables import Case, DownloadGrant, Package
from cases.view import for_person
from ledger.events import Event
from office import Office

GRANT_LIFE = timedelta(minutes=60)
DOWNLOADS = 3
_OVER = "There is no download for this request, or its time is over."


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to download. `token` is shown this once."""

    token: str
    kind: str  # answer or certificate
    size: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Download:
    """A package on its way out: `chunks` is its plain content."""

    name: str
    media_type: str
    size: int
    digest: str  # SHA-256, base64, as RFC 9530 takes it
    chunks: Iterator[bytes]


def ask_code(office: Office, reference: str, secret: str) -> None:
    """Send a code for the download, if there is one. Raises `NotFound` alike for a wrong reference and a wrong secret."""
    known = _holder(office, reference, secret)
    with office.unit() as unit:
        case = by_id(unit.session, known.id)
        if live_package(unit.session, office, case) is not None:
            identity.send_code(unit.session, office, case, since=case.closed_at)
            unit.commit()


def open_package(office: Office, reference: str, secret: str, code: str) -> Grant:
    """Give leave to download for a code. Raises `NotFound`, `NotNow`, `Invalid` or `TooManyTries`."""
    known = _holder(office, reference, secret)
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, known.id)
        if live_package(session, office, case) is None:
            raise NotNow(_OVER)
        identity.spend_code(unit, office, case, code)
        package = live_package(session, office, case)
        if package is None:
            raise NotNow(_OVER)
        now, token = office.clock(), secrets.token_urlsafe(32)
        session.execute(delete(DownloadGrant).where(col(DownloadGrant.expires_at) < now))
        grant = DownloadGrant(
            digest=_digest(token), case_id=case.id, package_id=package.id, expires_at=now + GRANT_LIFE
        )
        session.add(grant)
        note(session, office, case, Event.IDENTITY_PROVEN, actor="person", object=f"package:{package.sha256}")
        unit.commit()
        return Grant(token, package.kind, package.size, grant.expires_at)


def download(office: Office, reference: str, secret: str, token: str) -> Download:
    """Use one of a grant's three downloads and write it into the ledger before the first byte leaves.

    Raises `NotFound` for a grant of another request, or one that is unknown, over or used up, `NotNow` when the package has
    expired meanwhile, and `VaultError` when it cannot be opened; a damaged chunk is raised by the iterator when it comes to it.
    """
    known = _holder(office, reference, secret)
    with office.unit() as unit:
        session = unit.session
        counted = session.execute(
            update(DownloadGrant)
            .where(
                col(DownloadGrant.digest) == _digest(token),
                col(DownloadGrant.case_id) == known.id,
                col(DownloadGrant.expires_at) > office.clock(),
                col(DownloadGrant.downloads) < DOWNLOADS,
            )
            .values(downloads=col(DownloadGrant.downloads) + 1)
        )
        if not counted.rowcount:  # type: ignore[attr-defined]
            raise NotFound("This leave to download is over or used up. Ask for a new code.")
        grant = session.get_one(DownloadGrant, _digest(token))
        case = by_id(session, grant.case_id)
        package = live_package(session, office, case)
        if package is None or package.id != grant.package_id:
            raise NotNow(_OVER)
        chunks = answering.read(office, package)
        first = next(chunks)  # opens the file: from here on nobody can take it away
        package.downloads += 1
        session.add(package)
        note(session, office, case, Event.PACKAGE_DOWNLOADED, actor="person", object=f"package:{package.sha256}")
        unit.commit()
    answer = package.kind == "answer"
    return Download(
        f"{case.reference}.zip" if answer else f"{case.reference}-certificate.json",
        "application/zip" if answer else "application/json",
        package.size,
        b64encode(bytes.fromhex(package.sha256)).decode(),
        chain([first], chunks),
    )


def live_package(session: Session, office: Office, case: Case) -> Package | None:
    """The package of a completed request that can still be downloaded: the answer, or the certificate of an erasure."""
    if State(case.state) is not State.COMPLETE or case.shredded_at is not None:
        return None
    query = (
        select(Package)
        .where(
            Package.case_id == case.id,
            col(Package.built_at).is_not(None),
            col(Package.erased_at).is_(None),
            col(Package.expires_at) > office.clock(),
        )
        .order_by(col(Package.built_at).desc())
    )
    return session.exec(query).first()


def _holder(office: Office, reference: str, secret: str) -> Case:
    """The request, for the holder of its secret. Who asked through staff was given none: there the code alone must do."""
    if secret:
        return for_person(office, reference, secret)
    with office.unit() as unit:
        case = by_reference(unit.session, reference)
    if case.channel != "staff":
        raise NotFound("There is no request with this reference and code. Check both.")
    return case


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

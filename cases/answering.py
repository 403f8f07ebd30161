"""The answer to an access request: a package, built once, sealed, and read back before it counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, select

from cases import plan
from cases.checklist import checklist
from cases.disclosing import Secrets
from cases.errors import NotFound, NotNow
from cases.locating import evidence_of, ref_of
from cases.masking import Foreign, Masker
from cases.matching import Matcher, Role
from cases.package.build import build
from cases.package.content import Controller, Facts, Item, StoreCoverage, Withheld
from cases.plan import Do
from cases.record import by_id, by_reference, new_id, note
from cases.redaction import again
from cases.states import State
from cases.subject import load
from cases.tables import Case, Coverage, Finding, Package, Plan, scope
from connectors.contract import Attachment, Record, Store
from connectors.errors import Conflict
from discovery import detection, stores
from ledger.events import Event
from office import Office
from vault import VaultError

_OTHERS = "rights-of-others"
_BATCH = 50


def ensure(office: Office, case_id: str, plan_id: str) -> Package:
    """Build the package of a plan unless it stands already. Raises `Conflict` when a record is not the approved one."""
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, case_id)
        package = session.exec(select(Package).where(Package.plan_id == plan_id, Package.kind == "answer")).first()
        if package is not None and package.built_at is not None:
            return package
        if package is None:  # the file's name is written down first: a half-built one is found and overwritten
            identity = new_id()
            package = Package(id=identity, case_id=case_id, plan_id=plan_id, file=f"{identity}.zip.sealed")
            session.add(package)
        content = _load(session, office, case, session.get_one(Plan, plan_id))
        unit.commit()
    path = office.settings.packages / package.file
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        chunks = _Builder(office, case, content, stack).chunks()
        sealed = office.vault.seal_file(scope(case_id), "package", chunks, path)
    if checksum(office, package) != sealed.sha256:
        raise OSError("The package read back is not the one that was written. Check the disk.")
    with office.unit() as unit:
        package = unit.session.get_one(Package, package.id)
        package.sha256, package.size, package.built_at = sealed.sha256, sealed.size, office.clock()
        package.expires_at = office.clock() + office.settings.package_life
        note(unit.session, office, case, Event.PACKAGE_BUILT, object=f"package:{package.sha256}")
        unit.commit()
        return package


def read(office: Office, package: Package) -> Iterator[bytes]:
    """The plain ZIP in chunks. Raises `VaultError` when it was changed, cut, or its key is gone."""
    return office.vault.open_file(scope(package.case_id), "package", office.settings.packages / package.file)


def checksum(office: Office, package: Package) -> str:
    """SHA-256 of the plain ZIP as it lies on the disk now, hex."""
    digest = hashlib.sha256()
    for chunk in read(office, package):
        digest.update(chunk)
    return digest.hexdigest()


def is_whole(office: Office, package: Package) -> bool:
    """Whether the package stands on the disk as it was built."""
    try:
        return package.built_at is not None and checksum(office, package) == package.sha256
    except (VaultError, FileNotFoundError):
        return False


def finished(office: Office, reference: str, kind: str) -> Package:
    """The latest package (`answer` or `certificate`) of a request that can be handed out.

    Raises `NotNow` while the request is not complete, `NotFound` when it has none or its days are over.
    """
    with office.unit() as unit:
        case = by_reference(unit.session, reference)
        if State(case.state) is not State.COMPLETE:
            raise NotNow(
                f"The request is {case.state.replace('_', ' ')}: nothing can be handed out before it is complete."
            )
        query = select(Package).where(
            Package.case_id == case.id, Package.kind == kind, col(Package.built_at).is_not(None)
        )
        package = unit.session.exec(query.order_by(col(Package.built_at).desc())).first()
    if package is None:
        raise NotFound(f"This request has no {kind}: an access request has an answer, an erasure a certificate.")
    if package.erased_at is not None or (package.expires_at is not None and package.expires_at < office.clock()):
        raise NotFound(f"The days in which the {kind} could be downloaded are over. Open a new request.")
    return package


def handed_out(office: Office, package: Package, by: str) -> Package:
    """Note that somebody got the package, before they do."""
    with office.unit() as unit:
        fresh = unit.session.get_one(Package, package.id, with_for_update=True)
        fresh.downloads += 1
        case = by_id(unit.session, fresh.case_id)
        note(unit.session, office, case, Event.PACKAGE_DOWNLOADED, actor=by, object=f"package:{fresh.sha256}")
        unit.commit()
        return fresh


@dataclass(slots=True)
class _Content:
    """What goes in, as decided: findings to export in order, and what the plan withholds."""

    findings: list[Finding]
    withheld: list[Withheld]
    coverage: list[StoreCoverage]
    matcher: Matcher
    foreign: dict[str, Foreign] = field(default_factory=dict)


def _load(session: Session, office: Office, case: Case, current: Plan) -> _Content:
    rows = session.exec(select(Finding).where(Finding.case_id == case.id, Finding.round == current.round))
    findings = {finding.id: finding for finding in rows}
    export: list[Finding] = []
    withheld: dict[tuple[str, str, str], int] = {}
    for line in plan.lines(current):
        if line["action"] == Do.EXPORT:
            export.append(findings[line["id"]])
        elif line["action"] == Do.WITHHOLD:
            key = (line["store"], line["collection"], line["ground"])
            withheld[key] = withheld.get(key, 0) + 1
    covered = session.exec(
        select(Coverage)
        .where(Coverage.case_id == case.id, Coverage.round == current.round)
        .order_by(col(Coverage.store))
    )
    return _Content(
        sorted(export, key=lambda f: (f.store, f.collection, f.ref_hash)),
        [
            Withheld(store, kind, count, ground, ground, ground)
            for (store, kind, ground), count in sorted(withheld.items())
        ],
        [_coverage(row) for row in covered],
        Matcher(load(session, office, case.id), office.settings.policy.shared_addresses),
    )


def _coverage(row: Coverage) -> StoreCoverage:
    return StoreCoverage(
        store=row.store,
        kind=row.kind,
        status="searched" if row.status == "searched" else "failed",
        reason=row.reason,
        records_searched=row.records,
        records_found=row.found,
        unreadable=row.unreadable,
    )


class _Builder:
    """Reads the records again for every pass over them: nothing plain is kept, on disk or in memory, but the masks."""

    def __init__(self, office: Office, case: Case, content: _Content, stack: ExitStack) -> None:
        self._office, self._case, self._content = office, case, content
        analyzer = detection.analyzer(office)
        self._masker = Masker(office, analyzer, content.matcher, case.language)
        self._secrets = Secrets(office, case, analyzer)
        names = sorted({finding.store for finding in content.findings})
        self._stores: dict[str, Store] = {n: stack.enter_context(stores.open_named(office, n)) for n in names}

    def chunks(self) -> Iterator[bytes]:
        """The ZIP."""
        office, case, content = self._office, self._case, self._content
        for finding, record in self._records():
            content.foreign[finding.id] = self._foreign(finding, record)
        settings = office.settings.controller
        places = sorted({f"{finding.store}/{finding.collection}" for finding in content.findings})
        facts = Facts(
            reference=case.reference,
            regime=case.regime,
            right=case.right,
            language=case.language,
            controller=Controller(settings.name, settings.contact, settings.authority),
            subject=None,
            received=case.received_at.astimezone(office.settings.zone).date(),
            answered=office.clock().astimezone(office.settings.zone).date(),
            checklist=checklist(case, settings, places),
        )
        return build(
            facts,
            self._items,
            content.coverage,
            [*content.withheld, *self._secrets.withheld(), *self._held_back()],
            self._attachment,
            office.vault.signing_key("package").sign,
            office.vault.public_key("package"),
        )

    def _items(self) -> Iterator[Item]:
        for finding, record in self._records():
            foreign = self._content.foreign[finding.id]
            yield Item(
                store=finding.store,
                collection=finding.collection,
                record=record,
                masks=foreign.masks,
                reasons=tuple(sorted({str(e.kind) for e in evidence_of(self._office, finding)} or {finding.role})),
                attachments=tuple(
                    replace(a, size=foreign.files[a.path].size) if a.path in foreign.files else a
                    for a in record.attachments
                    if a.path not in foreign.held_back
                ),
                files=foreign.files,
            )

    def _records(self) -> Iterator[tuple[Finding, Record]]:
        """The records to export in the order of the findings. Raises `Conflict` when one changed or went."""
        findings = self._content.findings
        for start in range(0, len(findings), _BATCH):
            some = findings[start : start + _BATCH]
            read: dict[str, dict[str, Record]] = {}
            for name in {finding.store for finding in some}:
                refs = [ref_of(self._office, finding) for finding in some if finding.store == name]
                read[name] = {f"{r.ref.collection}\0{r.ref.key}": r for r in self._stores[name].fetch(refs)}
            for finding in some:
                ref = ref_of(self._office, finding)
                record = read[finding.store].get(f"{ref.collection}\0{ref.key}")
                if record is None or record.version != finding.version:
                    raise Conflict(
                        "A record changed after the plan was approved.", advice="The stores are searched again."
                    )
                yield finding, record

    def _foreign(self, finding: Finding, record: Record) -> Foreign:
        wrote = any(p.role == "from" and self._content.matcher.is_theirs(p.address) for p in record.participants)
        store = self._stores[finding.store]
        found = self._masker.foreign(
            record, Role(finding.role), lambda path: b"".join(store.attachment(record.ref, path)), wrote=wrote
        )
        return self._secrets.cover(finding.store, record, found)

    def _held_back(self) -> Sequence[Withheld]:
        """Attachments with other people's data, or that nobody could read: counted by collection."""
        counts: dict[tuple[str, str], int] = {}
        for finding in self._content.findings:
            held = len(self._content.foreign[finding.id].held_back)
            if held:
                counts[finding.store, finding.collection] = counts.get((finding.store, finding.collection), 0) + held
        return [
            Withheld(
                store,
                collection,
                count,
                _OTHERS,
                "GDPR 15(4)",
                _OTHERS_TEXT.get(self._case.language, _OTHERS_TEXT["en"]),
            )
            for (store, collection), count in sorted(counts.items())
        ]

    def _attachment(self, item: Item, attachment: Attachment) -> Iterator[bytes]:
        chunks = self._stores[item.store].attachment(item.record.ref, attachment.path)
        recipe = item.files.get(attachment.path)
        if recipe is None:
            yield from chunks
        else:
            yield again(b"".join(chunks), attachment.filename, attachment.media_type, recipe)


_OTHERS_TEXT = {
    "en": "Attachments that hold data of other people, or that could not be read to make sure that they do not.",
    "de": "Anhänge, die Daten anderer Personen enthalten oder nicht lesbar waren, sodass dies nicht auszuschließen ist.",
    "zh": "包含他人数据的附件，或无法读取以确认不含他人数据的附件。",
}

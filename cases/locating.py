"""Searching one store for one person: index, the store's own search, and what changed since the last scan.

Every store ends with one coverage row a round: searched, skipped or failed, and why. The findings of a store are written
together with that row, so a search that dies half-way leaves nothing behind and is simply done again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, delete, func, select

from cases.matching import Evidence, Match, Matcher, Role, Strength, merged
from cases.record import by_id, new_id, note
from cases.states import State
from cases.subject import Subject, load
from cases.tables import Case, Coverage, Finding, scope
from connectors.contract import Ability, Identifier, Record, Ref, Store
from discovery import index, stores
from discovery.fold import fold_with_offsets
from discovery.identifiers import Kind
from discovery.keys import extract, indexable
from discovery.scan import scan_collection
from discovery.tables import IndexedRecord
from ledger.events import Event
from office import Office
from settings import RetentionRule

HOPS = 2
"""How far links are followed from the person's own record: their deal, and the note on that deal."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a record matched and what is kept of it; never the record itself: a store may hold thousands of theirs."""

    ref: Ref
    version: str
    unreadable: int
    title: str
    facts: dict[str, object]
    match: Match


def pending_stores(office: Office, case_id: str) -> list[str]:
    """Stores that this round has not searched yet; empty when the request no longer wants searching."""
    with office.unit() as unit:
        case = by_id(unit.session, case_id)
        if State(case.state) not in {State.LOCATING, State.CONFIRMING}:
            return []
        done = select(Coverage.store).where(
            Coverage.case_id == case_id, Coverage.round == case.round, Coverage.status == "searched"
        )
        covered = set(unit.session.exec(done))
        return [row.name for row in stores.connected(unit.session) if row.name not in covered]


def search_store(office: Office, case_id: str, name: str) -> Coverage:
    """Search one store and write down what was found. Raises `StoreError`; then nothing was written."""
    with office.unit() as unit:
        case = by_id(unit.session, case_id)
        person = load(unit.session, office, case_id)
    matcher = Matcher(person, office.settings.policy.shared_addresses)
    round_number = case.round
    with stores.open_named(office, name) as store:
        collections = store.collections()
        for collection in collections:
            scan_collection(office, store, name, collection.name)
        found = _matches(office, store, name, person, matcher)
        coverage = Coverage(
            case_id=case_id,
            round=round_number,
            store=name,
            kind=store.kind,
            status="searched",
            collections=len(collections),
            at=office.clock(),
        )
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, case_id)
        if not _wants(case, round_number):
            return coverage  # withdrawn, refused or planned meanwhile: what was found is not wanted any more
        _clear(session, case_id, round_number, name)
        for item in found.values():
            session.add(_finding(office, case, name, item))
        coverage.found = len(found)
        coverage.records = session.exec(select(func.count()).where(IndexedRecord.store == name)).one()
        coverage.unreadable = index.unreadable_count(session, name)
        session.add(coverage)
        note(session, office, case, Event.LOCATE_FINISHED, object=f"store:{name}:searched")
        unit.commit()
    return coverage


def store_failed(office: Office, case_id: str, name: str, problem: str) -> None:
    """Account for a store that could not be searched. `problem` is the sentence of a `StoreError`."""
    with office.unit() as unit:
        case = by_id(unit.session, case_id)
        if not _wants(case, case.round):
            return
        _clear(unit.session, case_id, case.round, name)
        kinds = {row.name: row.kind for row in stores.connected(unit.session)}
        unit.session.add(
            Coverage(
                case_id=case_id,
                round=case.round,
                store=name,
                kind=kinds.get(name, ""),
                status="failed",
                reason=problem,
                at=office.clock(),
            )
        )
        note(unit.session, office, case, Event.LOCATE_FINISHED, object=f"store:{name}:failed")
        unit.commit()


def _wants(case: Case, round_number: int) -> bool:
    """Whether the request still is in the round of searching it was in."""
    return State(case.state) in {State.LOCATING, State.CONFIRMING} and case.round == round_number


def _clear(session: Session, case_id: str, round_number: int, name: str) -> None:
    """Drop what an earlier try of this round wrote about the store."""
    for table in (Finding, Coverage):
        session.execute(
            delete(table).where(
                col(table.case_id) == case_id, col(table.round) == round_number, col(table.store) == name
            )
        )


def _matches(office: Office, store: Store, name: str, person: Subject, matcher: Matcher) -> dict[Ref, Found]:
    found: dict[Ref, Found] = {}
    rules = office.settings.policy.retention
    for record in _candidates(office, store, name, person):
        match = None if record.ref in found else matcher.match(record)  # the store's search repeats what the index gave
        if match is not None:
            found[record.ref] = _judged(record, match, rules, name)
    if Ability.RELATED in store.abilities:
        _follow_links(store, name, matcher, found, rules)
    return found


def _judged(record: Record, match: Match, rules: Iterable[RetentionRule], store: str) -> Found:
    known = facts(record, match, rules, store)
    return Found(record.ref, record.version, len(record.unreadable), title(record), known, match)


def _candidates(office: Office, store: Store, name: str, person: Subject) -> Iterator[Record]:
    with office.unit() as unit:
        if all(indexable(value) for value in person.values(Kind.NAME)):
            refs = index.lookup(unit.session, office.vault, name, person.keys())
        else:
            refs = list(index.all_refs(unit.session, office.vault, name))
    yield from _in_batches(office, store, refs)
    if Ability.SEARCH in store.abilities:
        yield from store.search([Identifier(i.kind, i.value) for i in person.identifiers])


def _in_batches(office: Office, store: Store, refs: list[Ref]) -> Iterator[Record]:
    size = office.settings.limits.page_records
    for start in range(0, len(refs), size):
        yield from store.fetch(refs[start : start + size])


def _follow_links(
    store: Store, name: str, matcher: Matcher, found: dict[Ref, Found], rules: Iterable[RetentionRule]
) -> None:
    """Add the rows that hang off the person's own, certain rows. Another person's own row among them (a customer they
    referred, a contact they look after) is shown to staff, and not followed."""
    edge = [
        ref for ref, item in found.items() if item.match.role is Role.OWN and item.match.strength is Strength.CERTAIN
    ]
    for _ in range(HOPS):
        beyond: list[Ref] = []
        for ref in edge:
            for record in store.related(ref):
                known = found.get(record.ref)
                if known and known.match.role in {Role.OWN, Role.LINKED}:
                    continue
                evidence = known.match.evidence if known else tuple(matcher.evidence(record))
                theirs = matcher.somebody_elses(record)
                strength = Strength.POSSIBLE if theirs else Strength.LINKED
                found[record.ref] = _judged(record, Match(Role.LINKED, strength, evidence), rules, name)
                if not theirs:
                    beyond.append(record.ref)
        edge = beyond


def _finding(office: Office, case: Case, name: str, item: Found) -> Finding:
    seal = office.vault.seal_json
    area = scope(case.id)
    match = item.match
    return Finding(
        id=new_id(),
        case_id=case.id,
        round=case.round,
        store=name,
        collection=item.ref.collection,
        ref_hash=index.ref_hash(office.vault, name, item.ref),
        ref=office.vault.seal_text(area, "ref", item.ref.key),
        version=item.version,
        role=match.role,
        strength=match.strength,
        evidence=seal(area, "evidence", [[e.kind, e.path, e.start, e.end, e.maskable] for e in match.evidence]),
        preview=seal(area, "preview", {"title": item.title, "evidence": Counter(str(e.kind) for e in match.evidence)}),
        facts=seal(area, "facts", item.facts),
        unreadable=item.unreadable,
    )


def facts(record: Record, match: Match, rules: Iterable[RetentionRule], store: str) -> dict[str, object]:
    """What planning must know about a record without reading it again."""
    people = {p.address for p in record.participants if p.role in {"from", "to", "cc", "bcc"}}
    return {
        "people": len(people),
        "sent": match.sent,
        "redactable": all(e.maskable or droppable(e, record) for e in match.evidence),
        "places": len({e.path for e in match.evidence}),
        "kept": [kept for rule in rules if (kept := _kept(rule, record, store))],
    }


def droppable(evidence: Evidence, record: Record) -> bool:
    """Whether the evidence stands in an attachment, which can be taken out whole."""
    return any(evidence.path == a.path or evidence.path.startswith(f"{a.path}/") for a in record.attachments)


def title(record: Record) -> str:
    """A line by which staff recognise the record, addresses and numbers masked. Names stay: staff must tell namesakes apart."""
    words = [str(f.value) for f in record.fields if isinstance(f.value, str) and f.value]
    named = [
        f.value for f in record.fields if f.name in {"subject", "title", "name", "summary"} and isinstance(f.value, str)
    ]
    line = " ".join(next((text for text in named if text), " ".join(words[:3])).split())[:120]
    folded, offsets = fold_with_offsets(line)
    hidden = merged([(offsets[key.start], offsets[key.end]) for key in extract(folded) if key.kind in "ep"])
    for start, end in reversed(hidden):
        line = f"{line[:start]}…{line[end:]}"
    return line


def _kept(rule: RetentionRule, record: Record, store: str) -> dict[str, str] | None:
    """The retention rule as it holds for this record, None when it does not or its period is over."""
    if rule.store != store or rule.collection != record.ref.collection:
        return None
    values = {field.name: field.value for field in record.fields}
    if rule.field and str(values.get(rule.field)) not in rule.values:
        return None
    until = ""
    if rule.since_field:
        since = _day(values.get(rule.since_field))
        until = "" if since is None else _years_later(since, rule.years).isoformat()
    return {"rule": rule.id, "ground": rule.ground, "statute": rule.statute, "until": until}


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def evidence_of(office: Office, finding: Finding) -> list[Evidence]:
    """The evidence of a finding, opened."""
    rows = office.vault.open_json(scope(finding.case_id), "evidence", finding.evidence)
    return [Evidence(Kind(kind), path, start, end, maskable) for kind, path, start, end, maskable in rows]


def ref_of(office: Office, finding: Finding) -> Ref:
    """Where the record of a finding is."""
    return Ref(finding.collection, office.vault.open_text(scope(finding.case_id), "ref", finding.ref))


def fact(office: Office, finding: Finding) -> dict[str, object]:
    """The facts of a finding, opened."""
    found: dict[str, object] = office.vault.open_json(scope(finding.case_id), "facts", finding.facts)
    return found

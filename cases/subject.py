"""The person a request is about: what they are known by, opened from the vault, and where letters may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases.tables import Case, CaseIdentifier, scope
from discovery.identifiers import Kind, Normal
from office import Office


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything a person is known by, in normal form. `doubted` are those that were only typed: they may be a stranger's,
    so what they alone match never decides. Who asks may add anybody's number to an address of their own."""

    identifiers: tuple[Normal, ...]
    doubted: frozenset[Normal] = frozenset()

    def values(self, kind: Kind) -> list[str]:
        """The values of one kind."""
        return [i.value for i in self.identifiers if i.kind is kind]

    def keys(self) -> set[bytes]:
        """Every key the index can know the person by."""
        return self.keys_of(Kind)

    def keys_of(self, kinds: Iterable[Kind]) -> set[bytes]:
        """The keys of some kinds."""
        wanted = set(kinds)
        return {key for one in self.identifiers if one.kind in wanted for key in one.keys()}  # noqa: SIM118


def add_identifiers(session: Session, office: Office, case: Case, identifiers: Sequence[Normal]) -> None:
    """Seal identifiers and add them to a request."""
    for identifier in identifiers:
        sealed = office.vault.seal_text(scope(case.id), "identifier", identifier.value)
        blind = office.vault.blind(identifier.kind, identifier.value)
        session.add(CaseIdentifier(case_id=case.id, kind=identifier.kind, value=sealed, blind=blind))


def load(session: Session, office: Office, case_id: str) -> Subject:
    """The person of a request. Raises `vault.Shredded` after its content was forgotten.

    Where nothing was proven because the law forbids to ask for proof (11 CCR 7060(b)), nothing is doubted.
    """
    query = select(CaseIdentifier).where(CaseIdentifier.case_id == case_id).order_by(col(CaseIdentifier.id))
    known = {Normal(Kind(row.kind), reveal(office, row)): row.proven for row in session.exec(query)}
    doubted = frozenset(one for one, proven in known.items() if not proven and any(known.values()))
    return Subject(tuple(known), doubted)


def reveal(office: Office, row: CaseIdentifier) -> str:
    """The plain value of an identifier."""
    return office.vault.open_text(scope(row.case_id), "identifier", row.value)


def contact(session: Session, office: Office, case_id: str) -> str | None:
    """The e-mail address letters may go to: one that is on file or proven, never one that was only typed."""
    row = contact_row(session, case_id)
    return reveal(office, row) if row else None


def contact_row(session: Session, case_id: str) -> CaseIdentifier | None:
    """The identifier `contact` opens."""
    query = (
        select(CaseIdentifier)
        .where(
            CaseIdentifier.case_id == case_id,
            CaseIdentifier.kind == Kind.EMAIL,
            col(CaseIdentifier.proven) | col(CaseIdentifier.on_file),
        )
        .order_by(col(CaseIdentifier.proven).desc(), col(CaseIdentifier.id))
    )
    return session.exec(query).first()

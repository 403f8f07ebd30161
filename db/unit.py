"""The unit of work: one use case, one transaction, one explicit commit.

    with Unit(engine) as unit:
        unit.session.add(row)
        unit.commit()

Leaving the block without `commit()` rolls everything back, so an early return or an error never half-saves. The session is
the SQLModel one; rows stay readable after the commit.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlmodel import Session


class Unit:
    """See the module docstring. Not reusable and not thread-safe."""

    session: Session

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        self.session = Session(self._engine, expire_on_commit=False)
        return self

    def commit(self) -> None:
        """Make the work durable. Further work in the same block starts a new transaction."""
        self.session.commit()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.expunge_all()  # a rollback would empty the rows that were read
        self.session.rollback()
        self.session.close()

"""What every command does when it cannot go on: one clear sentence and an exit code, never a traceback.

The sentences come from the errors themselves, which promise to hold no personal data; errors of other libraries get a
sentence of ours.
"""

from __future__ import annotations

import errno
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli import show


class Commands(TyperGroup):
    """The root group: everything that is foreseen to go wrong below it ends here."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta["json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        as_json = bool(ctx.meta["json"])
        try:
            return super().invoke(ctx)
        except TyperException as error:
            _without_input(error)
            if not as_json:
                raise
            show.failure("Usage", error.format_message(), as_json)
            raise typer.Exit(show.USAGE) from None
        except BrokenPipeError:
            raise
        except foreseen() as error:
            show.failure(type(error).__name__, sentence(error), as_json)
            raise typer.Exit(exit_code(error)) from None


def foreseen() -> tuple[type[BaseException], ...]:
    """The errors a command may end with. Imported only when one was raised: most commands never need this."""
    from sqlalchemy.exc import OperationalError

    from cases.errors import CaseError
    from cases.package.content import PackageError
    from cli.opening import NotReady
    from connectors.errors import StoreError
    from discovery.stores import NoSuchStore
    from flows.server import ServerFailed
    from flows.supervisor import AlreadyRunning
    from law.statute import LawError
    from ledger.errors import LedgerError
    from ledger.verify import Unreadable
    from notices.delivery import DeliveryError
    from notices.kinds import LetterError
    from notices.outbox import OutboxError
    from pii.errors import PiiError
    from settings import SettingsError
    from vault import VaultError

    ours = (CaseError, StoreError, NoSuchStore, SettingsError, VaultError, LawError, LedgerError, Unreadable)
    more = (PackageError, LetterError, DeliveryError, OutboxError, PiiError, NotReady, AlreadyRunning, ServerFailed)
    return (*ours, *more, OSError, OperationalError)


def sentence(error: BaseException) -> str:
    """What happened and what to do."""
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError):
        if "locked" in str(error.orig):
            return "The database is locked by another process. Wait for it to finish, then try again."
        if "full" in str(error.orig):
            return "The disk of the database is full. Free space, then try again."
        return "The database cannot be reached or read. Check database_url; `redress doctor` says more."
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        return _of_the_system(error)
    return " ".join(str(error).split())


def exit_code(error: BaseException) -> int:
    """1 for a refusal, 2 for what was typed wrong, 3 for what cannot be reached now."""
    from sqlalchemy.exc import OperationalError

    from cases.errors import CaseError
    from cli.opening import NotReady
    from connectors.errors import BadSettings, Transient
    from flows.server import ServerFailed
    from flows.supervisor import AlreadyRunning
    from law.statute import LawError
    from pii.errors import PiiError
    from settings import SettingsError
    from vault import KeysUnreadable, RingUnreadable

    if isinstance(error, CaseError):
        return error.exit_code
    if isinstance(error, BadSettings | SettingsError | LawError | PiiError | FileNotFoundError):
        return show.USAGE
    away = (Transient, OperationalError, NotReady, AlreadyRunning, ServerFailed, KeysUnreadable, RingUnreadable)
    return show.UNAVAILABLE if isinstance(error, (*away, TimeoutError)) else show.FINDING


def _of_the_system(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The disk is full. Free space, then run the command again."
    if error.strerror is None:  # one of ours, with a sentence of its own
        return " ".join(str(error).split())
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror}. Check the path and its rights."


def _without_input(error: TyperException) -> None:
    """A word too many is often half of a name: it is not repeated."""
    if "unexpected extra argument" in error.message:
        error.message = "There is a word too many. Put a value with spaces into quotes."

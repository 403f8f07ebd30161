"""What a starting supervisor does first. It holds the lock of the home, so every claim it finds belongs to the dead."""

from __future__ import annotations

from cases import steps
from discovery import scan
from notices import outbox
from office import Office


def take_over(office: Office) -> None:
    """Free the claims on steps and scans, and settle letters that were being sent: all of it is due again at once."""
    steps.release_all(office)
    scan.release_all(office)
    outbox.deliver_due(office, limit=0, recover=True)

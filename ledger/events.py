"""Everything that is written into the ledger. Grammar: `object.verb`, the verb in the past.

The names stand in leaves for ever: add new ones, never rename.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Event(StrEnum):
    """The action of a leaf, with what it means."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member

    REQUEST_RECEIVED = "request.received", "A privacy request came in; its clock started."
    REQUEST_JOINED = "request.joined", "A repeated request was joined to the open one."
    REQUEST_COMPLETED = "request.completed", "A request was answered in full."
    REQUEST_REFUSED = "request.refused", "A request was refused, with its ground."
    REQUEST_WITHDRAWN = "request.withdrawn", "The person withdrew the request."
    REQUEST_EXPIRED = "request.expired", "Identity was not proven in time."
    REQUEST_NEEDS_ATTENTION = "request.needs_attention", "A request cannot go on without a decision of staff."
    REQUEST_EXTENDED = "request.extended", "The period was extended, with its reason."
    REQUEST_OVERDUE = "request.overdue", "The due date of an open request has passed."
    DUE_SET = "due.set", "A due date was set or moved by a rule of the statute."
    CLOCK_NOTED = "clock.noted", "A question to the person, or its answer, that matters to the clock was noted."
    CALENDAR_LOADED = "calendar.loaded", "Working days of a year that has been announced were loaded."
    IDENTITY_ASKED = "identity.asked", "Proof of identity was asked for."
    IDENTITY_PROVEN = "identity.proven", "The person proved control of a channel on file."
    IDENTITY_ATTESTED = "identity.attested", "Staff attested the identity, with a reason."
    IDENTITY_FAILED = "identity.failed", "A proof of identity failed."
    LOCATE_STARTED = "locate.started", "The search for the person in every store began."
    LOCATE_FINISHED = "locate.finished", "Every store was searched, skipped or failed, each accounted for."
    PLAN_MADE = "plan.made", "A plan was made from the findings."
    PLAN_CHANGED = "plan.changed", "The plan was changed; earlier approvals lapsed."
    PLAN_APPROVED = "plan.approved", "A person approved the plan with this hash."
    PLAN_REFUSED = "plan.refused", "A person refused the plan."
    PLAN_EXPIRED = "plan.expired", "An approval lapsed before it was carried out."
    ACTION_INTENDED = "action.intended", "An effect on one record is about to be asked of a store."
    ACTION_DONE = "action.done", "The effect was read back from the store."
    ACTION_UNKNOWN = "action.unknown", "It cannot be told whether the effect took place."
    ACTION_FAILED = "action.failed", "The store refused the effect."
    PACKAGE_BUILT = "package.built", "The package of the person's data was built and read back."
    PACKAGE_DOWNLOADED = "package.downloaded", "The package was downloaded."
    PACKAGE_EXPIRED = "package.expired", "The package was destroyed at the end of its time."
    CONFIRM_CLEAN = "confirm.clean", "Every store was searched again and nothing was left."
    CONFIRM_LEFT = "confirm.left", "Every store was searched again and something was left, each with its ground."
    NOTICE_QUEUED = "notice.queued", "A letter was written and waits to be sent."
    NOTICE_SENT = "notice.sent", "The relay took the letter."
    NOTICE_UNKNOWN = "notice.unknown", "It cannot be told whether the relay took the letter."
    NOTICE_FAILED = "notice.failed", "The relay refused the letter for good."
    NOTICE_CANCELLED = "notice.cancelled", "The letter was taken back before it was sent."
    CERTIFICATE_ISSUED = "certificate.issued", "A signed certificate of erasure was made."
    STORE_ADDED = "store.added", "A store was connected."
    STORE_REMOVED = "store.removed", "A store was disconnected."
    SCAN_FINISHED = "scan.finished", "A scan of a store ended; the payload has the Merkle root of its findings."
    CASE_SHREDDED = "case.shredded", "The key of a case was destroyed and with it all our copies."
    KEY_ROTATED = "key.rotated", "A new key-encryption key was made and every data key wrapped under it."
    CHECKPOINT_MADE = "checkpoint.made", "A checkpoint was signed and published."
    STAFF_TOKEN_MADE = "staff.token_made", "Access for a member of staff was made."


def describe() -> dict[str, str]:
    """What each event means, by name."""
    return {event.value: event.description for event in Event}

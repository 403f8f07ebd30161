"""Why a use case says no.

    CaseError
    ├── NotFound            there is no such request, plan line or package
    ├── Invalid             what was given cannot be used
    ├── NotNow              the request is in a state in which this cannot be done
    ├── StalePlan           the plan changed: look again before approving
    ├── Forbidden           this person may not do this (own request, second approval)
    └── TooManyTries        wait, or ask for a new code

Each text is one sentence about what is wrong and one about what to do, without personal data.
"""


class CaseError(Exception):
    """Base; `exit_code` is what the command line ends with, `status` what HTTP answers."""

    status = 400
    exit_code = 1


class NotFound(CaseError):
    """Nothing of this name."""

    status = 404


class Invalid(CaseError):
    """Bad input."""

    status = 422
    exit_code = 2


class NotNow(CaseError):
    """Wrong state."""

    status = 409


class StalePlan(CaseError):
    """The approved hash is not the hash of the plan that lies there now."""

    status = 409


class Forbidden(CaseError):
    """Not this person."""

    status = 403


class TooManyTries(CaseError):
    """Limit reached."""

    status = 429

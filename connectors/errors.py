"""What can go wrong at a store, as one tree.

    StoreError
    ├── Transient               try again later (retry_after seconds, if the store said so)
    │   ├── Unreachable         no answer, connection cut, name not found
    │   └── Throttled           the store asked us to slow down
    ├── Refused                 the store understood and said no; trying again changes nothing
    │   ├── BadCredentials      user, password or token not accepted
    │   ├── MissingRights       signed in, but not allowed to do this
    │   └── BadCertificate      TLS could not be verified
    └── Terminal                our side must change before this can work
        ├── BadSettings         the store's settings are wrong or incomplete
        ├── Unsupported         this store cannot do what was asked
        ├── Conflict            the record changed since it was approved: plan again
        └── Vanished            the collection or record is no longer there

An error text is one sentence that says what happened and one that says what to do. It never carries personal data: no
record keys, no values, no server replies (a server may quote the input back).
"""


class StoreError(Exception):
    """Base of everything a connector raises on purpose."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class Transient(StoreError):
    """Worth another try; `retry_after` is in seconds, None when the store did not say."""

    def __init__(self, message: str, *, advice: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, advice=advice)
        self.retry_after = retry_after


class Unreachable(Transient):
    """No usable connection to the store."""


class Throttled(Transient):
    """The store's own rate or concurrency limit was met."""


class Refused(StoreError):
    """The store said no."""


class BadCredentials(Refused):
    """User, password or token not accepted."""


class MissingRights(Refused):
    """The account may not do this."""


class BadCertificate(Refused):
    """The server's certificate could not be verified."""


class Terminal(StoreError):
    """Repeating the call cannot help."""


class BadSettings(Terminal):
    """The settings of the store are wrong or incomplete."""


class Unsupported(Terminal):
    """The store lacks the ability that was asked for."""


class Conflict(Terminal):
    """The record is not the version that was approved."""


class Vanished(Terminal):
    """What was addressed is not there (any more)."""

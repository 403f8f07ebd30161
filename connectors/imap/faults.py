"""Every failure of the protocol as one of our errors. A server's own words stay here: they may quote a message."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.errors import (
    BadCertificate,
    BadCredentials,
    BadSettings,
    MissingRights,
    Refused,
    StoreError,
    Throttled,
    Unreachable,
    Vanished,
)

_CODE = re.compile(r"^[A-Za-z ]+ failed: \[([A-Z-]+)")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the libraries raise into our errors, without a word of the server."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _bad_certificate(error) from None
    except imaplib.IMAP4.readonly:
        raise MissingRights(
            "The mail server opens this folder for reading only.", advice="Give the account write access to it."
        ) from None
    except (imaplib.IMAP4.abort, OSError):
        raise Unreachable(
            "The mail server does not answer, or cut the connection.", advice="Check host, port and network; try again."
        ) from None
    except imaplib.IMAP4.error as error:
        raise refusal(error) from None


NO_FOLDER = ("The mail folder is not there (any more).", "Scan the store again.")

_REFUSALS: dict[str, tuple[type[StoreError], str, str]] = {
    "AUTHENTICATIONFAILED": (BadCredentials, "The mail server did not accept the account.", "Check user and password."),
    "AUTHORIZATIONFAILED": (BadCredentials, "The mail server did not accept the account.", "Check user and password."),
    "EXPIRED": (BadCredentials, "The password of the mail account has expired.", "Set a new one."),
    "PRIVACYREQUIRED": (BadSettings, "The mail server wants a secure connection.", "Set security=tls."),
    "UNAVAILABLE": (Unreachable, "The mail server is not ready to answer now.", "Try again later."),
    "SERVERBUG": (Refused, "The mail server met a fault of its own.", "Look into the log of the mail server."),
    "INUSE": (Throttled, "The mailbox is locked by somebody else.", "Try again later."),
    "LIMIT": (Throttled, "The mail server's limit was met.", "Try again later."),
    "THROTTLED": (Throttled, "The mail server asked to slow down.", "Try again later."),
    "OVERQUOTA": (Refused, "The mailbox is full.", "Make room for one more message and try again."),
    "NOPERM": (MissingRights, "The mail account may not do this.", "Give it the rights that `store check` lists."),
    "NONEXISTENT": (Vanished, *NO_FOLDER),
    "TRYCREATE": (Vanished, *NO_FOLDER),
}


def refusal(error: imaplib.IMAP4.error) -> StoreError:
    """The error for a NO or BAD answer, by its response code (RFC 5530)."""
    match = _CODE.match(str(error))
    if match and match[1] in _REFUSALS:
        made, message, advice = _REFUSALS[match[1]]
        return made(message, advice=advice)
    return Refused("The mail server refused a command.", advice="Look into the log of the mail server.")


def _bad_certificate(error: ssl.SSLCertVerificationError) -> BadCertificate:
    # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL
    if error.verify_code in (62, 64):
        return BadCertificate(
            "The certificate of the mail server is for another host name.", advice="Use the name it was issued for."
        )
    return BadCertificate(
        "The certificate of the mail server cannot be verified.",
        advice="Name the authority that issued it in ca-file, or have it renewed.",
    )

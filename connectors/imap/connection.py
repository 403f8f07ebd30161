"""From options to a connection that is secured and signed in."""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from connectors.errors import BadCertificate, BadCredentials, BadSettings, StoreError, Throttled, Unreachable
from connectors.imap.faults import refusal, translated
from connectors.imap.options import Options

# imaplib logs whole commands at debug level: addresses and message text must not reach a log of ours.
logging.getLogger("imapclient").setLevel(logging.CRITICAL + 1)


def connected(options: Options) -> Any:
    """A connection that is secured and signed in."""
    context = _context(options)
    with translated(), _agreeing():
        client = IMAPClient(
            options.host,
            options.port,
            ssl=options.security == "tls",
            ssl_context=context if options.security == "tls" else None,
            timeout=options.timeout,
        )
    try:
        with translated():
            client.normalise_times = False
            # A raw command goes out in two writes: Nagle's algorithm would hold the second back for 40 ms.
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if options.security == "starttls":
                _secure(client, context)
            _sign_in(client, options)
    except StoreError:
        shut(client)
        raise
    return client


@contextmanager
def _agreeing() -> Iterator[None]:
    """A handshake that fails for another reason than the certificate, or a cut line."""
    try:
        yield
    except (ssl.SSLCertVerificationError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise
    except ssl.SSLError:
        raise BadCertificate(
            "No secure connection could be agreed with the mail server.",
            advice="Check that the port speaks TLS, or set security=starttls.",
        ) from None


def _context(options: Options) -> ssl.SSLContext:
    """System authorities and the extra one; host names are checked."""
    context = ssl.create_default_context()
    if options.ca_file is not None:
        try:
            context.load_verify_locations(cafile=options.ca_file)
        except (OSError, ssl.SSLError):
            raise BadSettings("The file in ca-file is no certificate.", advice="Name a PEM file.") from None
    return context


def _secure(client: Any, context: ssl.SSLContext) -> None:
    if not client.has_capability("STARTTLS") or client._imap.state != "NONAUTH":
        raise BadCertificate(
            "The mail server does not offer STARTTLS; the password was not sent.",
            advice="Set security=tls, or find out who takes the offer away.",
        )
    with _agreeing():
        client.starttls(context)


def _sign_in(client: Any, options: Options) -> None:
    capabilities = client.capabilities()
    password = options.password.get_secret_value()
    try:
        if b"AUTH=PLAIN" in capabilities:
            client.plain_login(options.user, password)
        elif b"LOGINDISABLED" in capabilities or not (options.user + password).isascii():
            raise BadSettings(
                "The mail server does not take this password on this connection.", advice="Set security=tls."
            )
        else:
            client.login(options.user, password)
    except LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise error.__context__ from None
        found = refusal(error)
        if isinstance(found, Throttled | Unreachable | BadSettings):
            raise found from None
        raise BadCredentials("The mail server did not accept the account.", advice="Check user and password.") from None


def shut(client: Any) -> None:
    try:
        client.shutdown()
    except (imaplib.IMAP4.error, OSError):
        return

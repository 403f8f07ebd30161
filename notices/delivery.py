"""Ways a letter leaves the house, and what can go wrong, as one tree.

    DeliveryError
    ├── Deferred       nothing was handed over: trying again cannot send it twice
    │   └── Unavailable   the way itself is shut (no connection, no verified TLS, login refused): no letter gets through now
    ├── Rejected       the relay said no to this letter for good
    └── Uncertain      the letter was handed over and the answer never came: it may or may not have been sent

An error carries a short code (`smtp_550`, `smtp_certificate`, `file_enospc`), never the relay's own words: relays quote
addresses in their answers.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from settings import Settings, SettingsError, Smtp


class DeliveryError(Exception):
    """Base of everything a delivery raises on purpose; `code` is safe to store and show."""

    def __init__(self, code: str, advice: str = "Look at the log of the relay for this time.") -> None:
        super().__init__(f"The letter was not confirmed as delivered ({code}). {advice}")
        self.code = code


class Deferred(DeliveryError):
    """Not handed over; worth another try."""


class Unavailable(Deferred):
    """The delivery as a whole does not work at present; other letters would fare no better."""


class Rejected(DeliveryError):
    """Refused for good."""


class Uncertain(DeliveryError):
    """Handed over, outcome unknown. Never try again by itself."""


class Delivery(Protocol):
    """A way to deliver. Implementations hold no state between letters."""

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Deliver once; returns when the letter is safely handed over. Raises `DeliveryError`."""

    def find(self, message_id: str) -> bool:
        """True if the letter certainly was delivered; False if it was not, or nobody can tell."""

    def forget(self, message_id: str) -> None:
        """Destroy any copy this delivery still holds."""


def open_delivery(settings: Settings) -> Delivery:
    """The delivery that `notices.delivery` names. Raises `SettingsError` if it would not be safe."""
    if settings.notices.delivery == "file":
        return FileDelivery(settings.letters)
    return SmtpDelivery(settings.notices.smtp)


class FileDelivery:
    """Writes each letter to `<message id>.eml` in a folder, for a mail system that collects from there, or for reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Write the file whole or not at all. A letter already there under this Message-ID is left as it is."""
        final, part = self._paths(message["Message-ID"])
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not final.exists():
                _write(part, message.as_bytes())
                part.replace(final)
                _sync_folder(self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            name = errno.errorcode.get(error.errno or 0, "error").lower()
            raise Unavailable(f"file_{name}", "Make the folder of notices.folder writable and free space.") from None

    def find(self, message_id: str) -> bool:
        """Whether the file is there. A collector may have taken it, so absence proves nothing."""
        try:
            return self._paths(message_id)[0].exists()
        except OSError:
            return False

    def forget(self, message_id: str) -> None:
        """Delete the file, and a half-written one a crash may have left."""
        for path in self._paths(message_id):
            path.unlink(missing_ok=True)

    def _paths(self, message_id: str) -> tuple[Path, Path]:
        name = re.sub(r"[^A-Za-z0-9.@-]", "_", message_id.strip("<>"))
        return self.folder / f"{name}.eml", self.folder / f".{name}.part"


def _write(path: Path, content: bytes) -> None:
    """Write and sync, readable by the owner only."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # other systems cannot open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class SmtpDelivery:
    """Hands letters to a relay (RFC 5321), over TLS that is always verified."""

    def __init__(self, settings: Smtp) -> None:
        if settings.security == "none" and not _is_loopback(settings.host):
            raise SettingsError(
                "notices.smtp.security is 'none', which is accepted for loopback only. Use 'starttls' or 'tls'."
            )
        self._settings = settings

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Deliver over a fresh connection."""
        with self._connected() as relay:
            options = [] if (sender + recipient).isascii() else ["SMTPUTF8"]
            if options and not relay.has_extn("smtputf8"):
                raise Rejected("smtp_no_smtputf8", "The relay cannot carry this address (RFC 6531). Use another relay.")
            try:
                _sender_accepted(relay.mail(sender, options)[0])
                _accepted(relay.rcpt(recipient)[0])
                _accepted(relay.docmd("DATA")[0], positive=3)
                relay.send(_dotted(message.as_bytes()))
            except (OSError, smtplib.SMTPException):
                # The end mark was not sent, so the relay must drop what it has (RFC 5321 4.1.1.10).
                raise Deferred("smtp_cut_before_end") from None
            _accepted(_finish(relay))

    def find(self, message_id: str) -> bool:
        """SMTP has no way to ask."""
        return False

    def forget(self, message_id: str) -> None:
        """Nothing is kept here."""

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        relay = self._open()
        try:
            yield relay
            with contextlib.suppress(OSError, smtplib.SMTPException):
                relay.quit()  # whatever happens after the relay said 250 changes nothing
        finally:
            relay.close()

    def _open(self) -> smtplib.SMTP:
        """Connect, verify, log in. Everything that fails here fails for every letter, so it is `Unavailable`."""
        s = self._settings
        relay: smtplib.SMTP | None = None
        try:
            # Always a context of our own: without one smtplib does not verify the certificate.
            context = ssl.create_default_context()
            if s.ca_file is not None:
                context.load_verify_locations(s.ca_file)
            if s.security == "tls":
                relay = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout, context=context)
            else:
                relay = smtplib.SMTP(s.host, s.port, timeout=s.timeout)
            relay.ehlo_or_helo_if_needed()
            if s.security == "starttls":
                relay.starttls(context=context)
                relay.ehlo()
            if s.user:
                relay.login(s.user, s.password.get_secret_value())
        except (OSError, smtplib.SMTPException) as error:
            if relay is not None:
                relay.close()
            raise _shut(error) from None
        return relay


def _shut(error: OSError | smtplib.SMTPException) -> Unavailable:
    """What to say of a relay that cannot be used. The order is from the narrow to the wide class."""
    for kind, code, advice in (
        (
            ssl.SSLCertVerificationError,
            "smtp_certificate",
            "Check the relay's certificate, or set notices.smtp.ca_file.",
        ),
        (ssl.SSLError, "smtp_tls", "Check notices.smtp.security and port."),
        (
            smtplib.SMTPNotSupportedError,
            "smtp_not_offered",
            "The relay offers no STARTTLS or no login: never sent in clear.",
        ),
        (smtplib.SMTPAuthenticationError, "smtp_login", "Check notices.smtp.user and password."),
        (FileNotFoundError, "smtp_ca_file", "notices.smtp.ca_file does not exist."),
    ):
        if isinstance(error, kind):
            return Unavailable(code, advice)
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return Unavailable(f"smtp_{error.smtp_code}")
    return Unavailable("smtp_unreachable", "Check notices.smtp.host and port, and that the relay runs.")


def _accepted(code: int, *, positive: int = 2) -> None:
    """Judge a reply by its first digit (RFC 5321 4.2.1). The text of it is never looked at."""
    if code // 100 == positive:
        return
    if code // 100 == 5:
        raise Rejected(f"smtp_{code}")
    raise Deferred(f"smtp_{code}")


def _sender_accepted(code: int) -> None:
    """A relay that refuses our own address refuses every letter, and that is no letter's fault."""
    if code // 100 == 5:
        raise Unavailable(f"smtp_{code}", "The relay does not accept notices.sender. Check it, and the login.")
    _accepted(code)


def _finish(relay: smtplib.SMTP) -> int:
    """Send the end mark and read the verdict. From the first byte on, silence means: perhaps sent."""
    try:
        relay.send(b".\r\n")
        code, _ = relay.getreply()
    except (OSError, smtplib.SMTPException):
        raise Uncertain("smtp_cut_after_end") from None
    if code // 100 not in (2, 4, 5):
        raise Uncertain("smtp_odd_verdict")
    return code


def _dotted(content: bytes) -> bytes:
    """Message bytes as DATA wants them: CRLF at the end, a dot at the start of a line doubled (RFC 5321 4.5.2)."""
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""An installation in a temporary folder, real SMTP relays on loopback, and a certificate authority of our own."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlmodel import SQLModel

from notices.tables import Notice
from office import Office, open_office

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def hang_up(server: SMTP) -> None:
    """Cut the connection without another word."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


@dataclass
class Relay:
    """A relay that keeps what it accepted and answers as it is told.

    `answers`: for a stage (`MAIL`, `RCPT`, `DATA`) the replies to give, the last one staying; default 250.
    `drop`: `before` hangs up when the end mark arrives, `lost` keeps the letter but hangs up without a reply, `after`
    hangs up behind its 250, `start` hangs up at DATA.
    """

    port: int = 0
    accepted: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    drop: str = ""

    def answer(self, stage: str) -> str:
        waiting = self.answers.get(stage, ["250 OK"])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.answer("MAIL")
        if reply.startswith("2"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.answer("RCPT")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drop == "before":
            hang_up(server)
            return "250 never heard"
        reply = self.answer("DATA")
        if reply.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.accepted.append(message)
            self.recipients += envelope.rcpt_tos
            self.senders.append(envelope.mail_from or "")
            self.encrypted.append(session.ssl is not None)
        if self.drop == "lost":
            hang_up(server)
        return reply


class _Server(SMTP):
    """aiosmtpd's server, able to hang up at the moments a relay can die."""

    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.drop == "start":
            hang_up(self)
            return
        await super().smtp_DATA(arg)
        if self.event_handler.drop == "after" and self.transport is not None:
            self.transport.close()


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that exists for one test run."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def context(self, folder: Path, host: str = "localhost", *, expired: bool = False) -> ssl.SSLContext:
        """Server context with a certificate for `host` (and 127.0.0.1 if that is localhost)."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "localhost":
            names.append(x509.IPAddress(ip_address("127.0.0.1")))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=20))
            .not_valid_after(now + timedelta(days=-1 if expired else 1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = folder / f"{host}-{expired}.pem"
        file.write_bytes(_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_authority(folder: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"ca-{certificate.serial_number:x}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(file, key, certificate)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path)


def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Accepts user `redress` with password `right`."""
    return AuthResult(success=(data.login, data.password) == (b"redress", b"right"), handled=False)


@pytest.fixture
def relay() -> Iterator[Callable[..., Relay]]:
    """Start a relay: `relay()` in clear, `relay(tls_context=…)` with STARTTLS, `relay(ssl_context=…)` with TLS."""
    running: list[_Controller] = []

    def start(**options: Any) -> Relay:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        handler = Relay(port=port)
        controller = _Controller(handler, hostname="127.0.0.1", port=port, loop=asyncio.new_event_loop(), **options)
        controller.start()
        running.append(controller)
        return handler

    yield start
    for controller in running:
        controller.stop()
        controller.loop.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_office(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Office]]:
    """Open an installation in the temporary folder with these lines in its redress.toml."""
    opened: list[Office] = []

    def make(toml: str = "") -> Office:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        (home / "redress.toml").write_text(toml, "utf-8")
        office = open_office(home)
        SQLModel.metadata.create_all(office.engine)
        office = Office(office.settings, office.engine, office.vault, clock)
        opened.append(office)
        return office

    yield make
    for office in opened:
        office.close()


def smtp_toml(relay: Relay, security: str = "none", **more: str) -> str:
    """Settings that deliver to `relay`."""
    lines = ['[notices]\ndelivery = "smtp"\n[notices.smtp]\nhost = "127.0.0.1"\ntimeout = 5']
    lines += [f"port = {relay.port}", f'security = "{security}"']
    return "\n".join(lines + [f'{key} = "{value}"' for key, value in more.items()])


RECEIPT: dict[str, Any] = {
    "reference": "R-7K2M",
    "regime": "gdpr",
    "right": "access",
    "received_on": "2026-03-02",
    "due": "2026-04-02",
    "link": "http://127.0.0.1:8017/status/R-7K2M",
    "proof": True,
}


def put(office: Office, number: int = 1, **change: Any) -> Notice:
    """Queue a receipt for Anna Muster in a unit of its own."""
    from notices import outbox

    values: dict[str, Any] = {
        "case_id": "c1",
        "kind": "receipt",
        "language": "en",
        "recipient": "anna.muster@example.com",
        "name": "Anna Muster",
        "facts": RECEIPT,
        "dedupe": f"c1:receipt:{number}",
        "at": office.clock(),
    }
    with office.unit() as unit:
        notice = outbox.queue(office, unit.session, **(values | change))
        unit.commit()
    return notice


def again(office: Office, notice: Notice) -> Notice:
    """The letter as it stands in the database now."""
    with office.unit() as unit:
        found = unit.session.get(Notice, notice.id)
        unit.commit()
    assert found is not None
    return found

"""How often one network may ask: one row per network and thing, changed by one atomic statement.

The row holds one instant, when the bucket will be full again (generic cell rate algorithm, ITU-T I.371): taking one moves
it on by `per / burst`, and a bucket that would be full more than `per` from now is empty. A row whose instant has passed says
nothing any more and is deleted with the next take. Networks are stored as keyed hashes. When the database cannot be
asked, the error goes up and nothing is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Float, LargeBinary, case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel, col, select
from starlette.requests import HTTPConnection

from office import Office
from settings import Settings


class RateBucket(SQLModel, table=True):
    """One network's bucket for one limit; see the module docstring."""

    __tablename__ = "rate_bucket"

    key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    full_at: float = Field(sa_type=Float(53), index=True)  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` times at once, and as many again in `per`."""

    name: str
    burst: int
    per: timedelta

    @property
    def pause(self) -> float:
        """Seconds until one more is allowed after the bucket was emptied."""
        return self.per.total_seconds() / self.burst


class TooOften(Exception):
    """The limit is reached; `wait` is the number of seconds after which one more is allowed."""

    def __init__(self, wait: float) -> None:
        super().__init__("Too many tries. Wait a little and try again.")
        self.wait = max(1, int(wait))


CODES = Limit("codes", 10, timedelta(hours=1))
TRIES = Limit("tries", 30, timedelta(minutes=5))
LOOKUPS = Limit("lookups", 30, timedelta(minutes=5))
DOWNLOADS = Limit("downloads", 30, timedelta(minutes=5))


ROUNDING = 0.001
"""Seconds by which sums of fractions may miss."""


def forms(settings: Settings) -> Limit:
    """The limit on sending requests."""
    return Limit("forms", settings.api.form_per_day, timedelta(days=1))


def take(office: Office, limit: Limit, request: HTTPConnection) -> None:
    """Count one. Raises `TooOften`; a refused one does not count."""
    now = office.clock().timestamp()
    key = office.vault.blind("rate-bucket", f"{limit.name}:{network(request, office.settings.api.trusted_proxies)}")
    insert = postgresql.insert if office.engine.dialect.name == "postgresql" else sqlite.insert
    full_at = col(RateBucket.full_at)
    later = case((full_at > now, full_at), else_=now) + limit.pause
    statement = (
        insert(RateBucket)
        .values(key=key, full_at=now + limit.pause)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"full_at": later},
            where=full_at <= now + limit.per.total_seconds() - limit.pause + ROUNDING,
        )
        .returning(col(RateBucket.key))
    )
    _forget_full(office, now)
    with office.unit() as unit:
        allowed = unit.session.execute(statement).first() is not None
        unit.commit()
    if not allowed:
        raise TooOften(limit.pause)


def _forget_full(office: Office, now: float) -> None:
    """In a transaction of its own, past rows that others hold: two takes that wait for each other's rows would deadlock."""
    over = select(RateBucket.key).where(RateBucket.full_at < now).limit(100).with_for_update(skip_locked=True)
    with office.unit() as unit:
        keys = unit.session.exec(over).all()
        if keys:
            unit.session.execute(delete(RateBucket).where(col(RateBucket.key).in_(keys)))
            unit.commit()


def network(request: HTTPConnection, trusted: tuple[str, ...]) -> str:
    """The network a request comes from: /24 or /64. `unknown`, one bucket for all, when there is no address.

    X-Forwarded-For is read from the right, as long as the hop before is one of our own proxies: what a client writes
    there itself is never believed.
    """
    address = request.client.host if request.client else ""
    hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    while hops and _is_one_of(address, trusted):
        address = hops.pop()
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    return str(ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


def _is_one_of(address: str, trusted: tuple[str, ...]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in ip_network(proxy, strict=False) for proxy in trusted)

"""Where a REST connector may connect to: hosts the operator allows, at addresses that were checked before they are used.

A name is resolved once; every address it gives is checked and the connection goes to the one that was checked, so that a
name server that changes its answer gains nothing. The name itself still decides SNI and certificate. Inner addresses (this
machine, private networks, cloud metadata) are reached only under names that the operator has typed as such.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any

import httpcore
import httpx

from connectors.errors import BadSettings

_SPECIAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))  # Python calls parts of both global
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
POOL = 16
"""Connections kept for one store; the limiter decides how many are busy."""


class Forbidden(BadSettings):
    """The host is not on the allow-list, or its name leads to an address that is not public."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, advice="Correct the store's settings if this host is meant.")


@dataclass(frozen=True, slots=True)
class Hosts:
    """What may be connected to. `allowed` are names, `*.example.com` covers one label; `inner` ones may be private.

    A plain `http:` URL is accepted for the loopback names of `inner` only.
    """

    allowed: tuple[str, ...]
    inner: tuple[str, ...] = ()

    def check(self, url: httpx.URL) -> None:
        """Raises `Forbidden` for an URL that must not be called."""
        host = url.host.lower().rstrip(".")
        if url.userinfo or not host:
            raise Forbidden("An address to be called is not a plain host.")
        if not any(_matches(host, pattern) for pattern in (*self.allowed, *self.inner)):
            raise Forbidden("A host that is not on the store's list was to be called.")
        if url.scheme == "http" and not (host in self.inner and is_loopback(host)):
            raise Forbidden("Without TLS only this machine is called.")
        if url.scheme not in ("http", "https"):
            raise Forbidden("Only http and https are called.")


def _matches(host: str, pattern: str) -> bool:
    return host.count(".") == pattern.count(".") and fnmatchcase(host, pattern)


def is_loopback(host: str) -> bool:
    """Whether a name or literal means this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet, also behind an IPv4-mapped, 6to4, Teredo or NAT64 form."""
    address = _unmapped(ip_address(text.partition("%")[0]))
    if isinstance(address, IPv4Address) and any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and int(address) >> 32 == 0:  # ::127.0.0.1, long deprecated and still routed by some
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


class _Pinned(httpcore.NetworkBackend):
    """Connects to addresses that were checked, never to names."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._addresses(host, port):
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError()

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore.ConnectError from None
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        if host.lower() not in self._hosts.inner and not all(map(is_public, addresses)):
            raise Forbidden("A host's name leads to an address that is not a public one.")
        return addresses


class Transport(httpx.HTTPTransport):
    """httpx's transport over a pool that connects only where `hosts` allows. No proxy, no environment, no HTTP/2.

    It is used without `httpx.Client`: that one follows cookies and logs whole URLs, which hold what is searched for.
    """

    def __init__(self, hosts: Hosts, ca_file: Path | None = None) -> None:
        context = ssl.create_default_context()
        if ca_file is not None:
            try:
                context.load_verify_locations(ca_file)
            except (OSError, ssl.SSLError):
                raise BadSettings(
                    "The file of certificates cannot be read.", advice="Correct the option ca-file."
                ) from None
        self._hosts = hosts
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=POOL,
            max_keepalive_connections=POOL,
            keepalive_expiry=30,
            network_backend=_Pinned(hosts),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises `Forbidden` before anything is connected."""
        self._hosts.check(request.url)
        return super().handle_request(request)

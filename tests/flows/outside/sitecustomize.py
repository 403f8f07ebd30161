"""Loaded by every Python process of a test run: writes down each attempt to reach beyond this machine, failed ones too.

An audit hook sees what `socket` is asked for, whoever asks and however; it cannot be taken off again.
"""

import os
import sys

EVENTS = {
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.getnameinfo",
}


def _host(event, arguments):
    if event == "socket.getaddrinfo" or event.startswith("socket.gethostby"):
        return arguments[0]
    address = arguments[0] if event == "socket.getnameinfo" else arguments[1]
    return address[0] if isinstance(address, tuple) and isinstance(address[0], (str, bytes)) else None  # None: not IP


def _near(host):
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("latin-1")
    return host is None or host in {"localhost", "::1"} or host.startswith("127.")


def _watch(event, arguments):
    if event in EVENTS and not _near(_host(event, arguments)):
        line = f"{event} {_host(event, arguments)} {' '.join(sys.argv[:3])}\n"
        handle = os.open(os.environ["REDRESS_TEST_GUARD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, line.encode())
        os.close(handle)


if "REDRESS_TEST_GUARD" in os.environ:
    sys.addaudithook(_watch)

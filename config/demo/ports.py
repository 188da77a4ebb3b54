"""Ports that nobody listens on."""

import socket
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice

from config.demo.identity import Ports
from config.embedded.errors import BadServers

COUNT = len(fields(Ports))
HIGHEST = 65_535


def free_ports(first: int) -> Ports:
    """The first free ports from `first` on; 0: any."""
    found = _any() if first == 0 else _upward(first)
    return Ports(*islice(found, COUNT))


def _upward(first: int) -> Iterator[int]:
    yield from (port for port in range(first, HIGHEST + 1) if is_free(port))
    raise BadServers(f"Not enough free ports from {first} on: choose another --port.")


def _any() -> Iterator[int]:
    """Held together until all are known, so that no two are the same."""
    probes = [socket.socket() for _ in range(COUNT)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        ports = [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
    yield from ports


def is_free(port: int) -> bool:
    """Whether it can be bound, and nobody answers there on another address of this machine (macOS allows both)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    with socket.socket() as caller:
        caller.settimeout(0.5)
        return caller.connect_ex(("127.0.0.1", port)) != 0

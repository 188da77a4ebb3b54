"""A load generator: connections kept alive, requests prepared beforehand, one thread that waits for all of them.

It takes a small part of what a request costs the server, so that both fit on a machine of two cores.
"""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

PATIENCE = 30.0  # seconds without a single answer
CHUNK = 65_536


class Stuck(Exception):
    """No answer at all for too long."""


@dataclass(frozen=True)
class Load:
    """What came back. Latencies in seconds, one a request, in order of arrival."""

    seconds: float
    latencies: tuple[float, ...]
    refused: int  # not 2xx, cut short, or not the answer that was expected


@dataclass
class _Caller:
    """One connection, and the request it waits for."""

    line: socket.socket
    asked_at: float = 0.0
    heard: bytearray = field(default_factory=bytearray)


def run(port: int, requests: Sequence[bytes], at_once: int, expected: bytes = b"") -> Load:
    """Send every request once, `at_once` of them at any time. Raises Stuck, OSError."""
    waiting = list(reversed(requests))
    latencies: list[float] = []
    refused = 0
    with selectors.DefaultSelector() as ears:
        began = time.perf_counter()
        for _ in range(min(at_once, len(waiting))):
            _ask(ears, _Caller(_dial(port)), waiting.pop())
        while ears.get_map():
            for caller in _answering(ears):
                answer = _hear(caller)
                if answer is None:
                    continue
                latencies.append(time.perf_counter() - caller.asked_at)
                refused += not _right(answer, expected)
                _go_on(ears, caller, port, waiting, answer)
        seconds = time.perf_counter() - began
    return Load(seconds, tuple(latencies), refused)


def _dial(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _ask(ears: selectors.BaseSelector, caller: _Caller, request: bytes) -> None:
    caller.heard.clear()
    caller.asked_at = time.perf_counter()
    caller.line.sendall(request)  # shorter than any socket's buffer
    if caller.line not in ears.get_map():
        ears.register(caller.line, selectors.EVENT_READ, caller)


def _answering(ears: selectors.BaseSelector) -> list[_Caller]:
    ready = [key.data for key, _ in ears.select(PATIENCE)]
    if not ready:
        raise Stuck(f"{len(ears.get_map())} requests without an answer for {PATIENCE:.0f} seconds")
    return ready


def _hear(caller: _Caller) -> bytes | None:
    """The whole answer, or None while it is coming. Cut short, it is as short as that."""
    chunk = caller.line.recv(CHUNK)
    caller.heard += chunk
    return bytes(caller.heard) if not chunk or _whole(bytes(caller.heard)) else None


def _whole(heard: bytes) -> bool:
    head, end, body = heard.partition(b"\r\n\r\n")
    if not end:
        return False
    _, named, length = head.lower().partition(b"\r\ncontent-length:")
    return len(body) >= int(length.split(b"\r\n", 1)[0]) if named else True


def _right(answer: bytes, expected: bytes) -> bool:
    status, _, rest = answer.partition(b"\r\n")
    return _whole(answer) and status.startswith(b"HTTP/1.1 2") and expected in rest


def _go_on(ears: selectors.BaseSelector, caller: _Caller, port: int, waiting: list[bytes], answer: bytes) -> None:
    hung_up = not _whole(answer) or b"\r\nconnection: close" in answer.lower()
    if hung_up or not waiting:
        ears.unregister(caller.line)
        caller.line.close()
        caller = _Caller(_dial(port)) if waiting else caller
    if waiting:
        _ask(ears, caller, waiting.pop())

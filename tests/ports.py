"""Ports for processes that a test is about to start."""

import random
import socket

# Below those that the system gives to whoever asks for any, and beside those of the servers we bring: nobody takes it
# between now and then.
ASIDE = range(10_000, 20_000)


def free_port() -> int:
    """Free a moment ago."""
    for port in random.SystemRandom().sample(ASIDE, len(ASIDE)):
        if _binds(port):
            return port
    raise AssertionError(f"no free port in {ASIDE}")


def _binds(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True

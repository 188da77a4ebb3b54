"""Valkey servers and Sentinels of a test's own, as processes that can be killed; and TLS in front of them."""

import datetime
import os
import select
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis
from redis.exceptions import RedisError

from config import orphans
from config.embedded.programs import installed
from tests.ports import free_port

PASSWORD = "pass of the servers"
SENTINELS_PASSWORD = "pass of the sentinels"
SERVICE = "rappel24"
DOWN_AFTER_MS = 400
TLS_BEGINS = b"\x16"  # the first byte of a handshake


@dataclass
class Doorbells:
    """A server that takes writes, another that follows it, and Sentinels who watch both; ports by what they are."""

    folder: Path
    processes: "dict[int, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def server(self, follows: int | None = None, seen_at: int | None = None) -> int:
        """Its port. `seen_at`: the port under which others find it."""
        port = free_port()
        lines = [f"port {port}", 'save ""', f'requirepass "{PASSWORD}"', f'masterauth "{PASSWORD}"']
        lines += [f"replicaof 127.0.0.1 {follows}"] * (follows is not None)
        lines += [f"replica-announce-port {seen_at}"] * (seen_at is not None)
        return self._start(port, lines)

    def sentinel(self, master: int, quorum: int) -> int:
        """Its port."""
        port = free_port()
        lines = [
            f"port {port}",
            f'requirepass "{SENTINELS_PASSWORD}"',
            f'sentinel sentinel-pass "{SENTINELS_PASSWORD}"',
            f"sentinel monitor {SERVICE} 127.0.0.1 {master} {quorum}",
            f'sentinel auth-pass {SERVICE} "{PASSWORD}"',
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {SERVICE} 3000",
        ]
        return self._start(port, lines, "--sentinel", password=SENTINELS_PASSWORD)

    def kill(self, port: int) -> None:
        """SIGKILL, as when its machine goes."""
        process = self.processes.pop(port)
        process.kill()
        process.wait()

    def close(self) -> None:
        for port in list(self.processes):
            self.kill(port)

    def _start(self, port: int, lines: Sequence[str], *flags: str, password: str = PASSWORD) -> int:
        file = self.folder / f"{port}.conf"
        file.write_text("\n".join(["bind 127.0.0.1", f"dir {self.folder}", *lines, ""]))
        self.processes[port] = subprocess.Popen(
            [installed().valkey, str(file), *flags],
            stdout=subprocess.DEVNULL,
            preexec_fn=orphans.tie(os.getpid(), signal.SIGKILL),
        )
        eventually(lambda: _answers(port, password), 30)
        return port


def _answers(port: int, password: str) -> bool:
    try:
        with Redis(port=port, password=password, socket_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False


def eventually(true: Callable[[], object], seconds: float) -> float:
    """Wait for it; how long it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass(frozen=True)
class Authority:
    """Who vouches for 127.0.0.1 in a test: his certificate, and a server's with its key, as files."""

    ca: Path
    certificate: Path
    key: Path


def authority(folder: Path) -> Authority:
    """A new one."""
    key, ca_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Rappel24 tests", ca_key.public_key(), "Rappel24 tests", ca_key, is_ca=True)
    own = _certificate("127.0.0.1", key.public_key(), "Rappel24 tests", ca_key, is_ca=False)
    made = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    made.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return made


def _certificate(
    subject: str, key: ec.EllipticCurvePublicKey, issuer: str, by: ec.EllipticCurvePrivateKey, *, is_ca: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    made = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if not is_ca:
        address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        made = made.add_extension(address, critical=False)
    return made.sign(by, hashes.SHA256())


@contextmanager
def in_tls(target: int, who: Authority, port: int = 0) -> Iterator[int]:
    """A port that speaks TLS for `target`, which cannot; servers, who speak in clear, are let through as they are."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(who.certificate, who.key)
    with socket.create_server(("127.0.0.1", port)) as listening:
        threading.Thread(target=_accept, args=(listening, target, context), daemon=True).start()
        yield listening.getsockname()[1]
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, target: int, context: ssl.SSLContext) -> None:
    while True:
        try:
            near, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_carry, args=(near, target, context), daemon=True).start()


def _carry(near: socket.socket, target: int, context: ssl.SSLContext) -> None:
    """What one client says, and what he is answered."""
    with suppress(OSError), near, socket.create_connection(("127.0.0.1", target)) as far:
        if near.recv(1, socket.MSG_PEEK) == TLS_BEGINS:
            with context.wrap_socket(near, server_side=True) as inside:
                _both_ways(inside, far)
        else:
            _both_ways(near, far)


def _both_ways(near: socket.socket, far: socket.socket) -> None:
    """Until one side ends."""
    while True:
        unread = isinstance(near, ssl.SSLSocket) and near.pending()
        for ready in [near] if unread else select.select([near, far], [], [])[0]:
            data = ready.recv(65_536)
            if not data:
                return
            (far if ready is near else near).sendall(data)

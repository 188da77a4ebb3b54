"""An operator with an authority of his own, as those of MSSanté have: it signs servers, and who may speak to them."""

import datetime
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Authority:
    """Its files lie in `folder`: `authority.pem`, and for each name it signed `name.pem` (certificate, then key)."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def signs(self, name: str) -> Path:
        """A certificate for this machine under that name, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        us = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        signed = _built(name, key, self.certificate.subject).add_extension(us, critical=False)
        file = self.folder / f"{name}.pem"
        file.write_bytes(_pem(signed.sign(self.key, hashes.SHA256())) + _key_pem(key))
        return file


def authority(folder: Path) -> Authority:
    """A new one. Like many of hospitals, it has no key identifier, which Python 3.13 refuses by itself."""
    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    built = _built("IGC of a hospital", key, _name("IGC of a hospital"))
    certificate = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    made = Authority(folder, key, certificate)
    made.file.write_bytes(_pem(certificate))
    return made


@contextmanager
def in_tls(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """A port that speaks TLS from the start, before one that does not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        over = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, port, context, over))
        thread.start()
        yield int(listener.getsockname()[1])
        over.set()
        thread.join()


def _accept(listener: socket.socket, port: int, context: ssl.SSLContext, over: threading.Event) -> None:
    while not over.is_set():
        with suppress(OSError):
            plain, _ = listener.accept()
            with plain, context.wrap_socket(plain, server_side=True) as client:
                _between(client, port, over)


def _between(client: ssl.SSLSocket, port: int, over: threading.Event) -> None:
    with socket.create_connection(("127.0.0.1", port)) as server:
        while not over.is_set():
            ready = [client] if client.pending() else select.select([client, server], [], [], 0.1)[0]
            for source, target in ((client, server), (server, client)):
                if source in ready:
                    said = source.recv(65536)
                    if not said:
                        return
                    target.sendall(said)


def _built(name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=30))
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

"""A certificate authority as a mail operator has one: what the servers of tests show, and what they may ask for."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Paper:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """Signs certificates; whoever trusts `file` trusts them."""

    folder: Path
    file: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def signs(self, name: str) -> Paper:
        """A certificate of this name, for this machine."""
        key = ec.generate_private_key(ec.SECP256R1())
        places = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
        built = _builder(name, self.certificate.subject, key)
        built = built.add_extension(x509.SubjectAlternativeName(places), critical=False)
        signed = built.sign(self.key, hashes.SHA256())
        paper = Paper(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        paper.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        paper.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return paper

    def server_context(self, name: str = "localhost", *, asks: bool = False) -> ssl.SSLContext:
        """What a server of this name shows; `asks`: whoever comes must show one of ours."""
        paper = self.signs(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(paper.certificate, paper.key)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context


def authority(folder: Path) -> Authority:
    """A new one, nowhere known."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "IGC de test")])
    built = _builder("IGC de test", name, key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    certificate = built.sign(key, hashes.SHA256())
    file = folder / "authority.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return Authority(folder, file, certificate, key)


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )

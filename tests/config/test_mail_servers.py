"""What we show an operator's servers, and whom we believe there: files that do not fit are named at the start."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from config.mail_servers import Certificates
from config.settings import BadSettings, Settings, load
from tests.config.test_settings import MAIL, REAL
from tests.webhooks.mail.authority import Authority, authority


@pytest.fixture
def igc(tmp_path: Path) -> Authority:
    return authority(tmp_path / "igc")


def refused(**typed: str) -> dict[str, str]:
    with pytest.raises(BadSettings) as refusal:
        load(REAL | MAIL | typed, Settings, None)
    return {fault.setting: fault.problem for fault in refusal.value.faults}


def test_certificate_and_key_may_lie_in_one_file_or_in_two(igc: Authority, tmp_path: Path) -> None:
    both = igc.signs("ours")
    certificate, _, key = both.read_text().partition("-----BEGIN PRIVATE KEY-----")
    (tmp_path / "cert.pem").write_text(certificate)
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----" + key)
    apart = {"MAIL_CERT_FILE": str(tmp_path / "cert.pem"), "MAIL_KEY_FILE": str(tmp_path / "key.pem")}
    for typed in ({"MAIL_CERT_FILE": str(both)}, apart):
        load(REAL | MAIL | typed | {"MAIL_CA_FILE": str(igc.file)}, Settings, None).certificates.context()


def test_a_key_of_another_certificate_is_named(igc: Authority) -> None:
    said = refused(MAIL_CERT_FILE=str(igc.signs("ours")), MAIL_KEY_FILE=str(igc.signs("another")))
    assert said == {"MAIL_KEY_FILE": "MAIL_CERT_FILE and MAIL_KEY_FILE: no PEM that opens and fits together"}


def test_a_sealed_key_is_named_and_nobody_is_asked_for_its_password(igc: Authority, tmp_path: Path) -> None:
    sealed = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"nobody knows")
    )
    (tmp_path / "key.pem").write_bytes(sealed)
    assert set(refused(MAIL_CERT_FILE=str(igc.signs("ours")), MAIL_KEY_FILE=str(tmp_path / "key.pem"))) == {
        "MAIL_KEY_FILE"
    }


def test_a_file_that_holds_no_authority_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    assert set(refused(MAIL_CA_FILE=str(tmp_path / "empty.pem"))) == {"MAIL_CA_FILE"}


def test_an_operators_authority_stands_alone(igc: Authority) -> None:
    context = Certificates(authority=igc.file).context()
    assert len(context.get_ca_certs()) == 1
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2

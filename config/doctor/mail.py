"""E-mail: do the servers answer and know us, and would an answer to us be read? Nothing is sent, nothing is changed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from callbacks import smtp
from callbacks.carrier import CarrierError
from callbacks.smtp import Outgoing
from config.doctor.finding import Finding
from config.mail_servers import MailServer
from config.settings import Settings
from webhooks.mail import session
from webhooks.mail.session import MailboxAway, SignInRefused

PATIENCE = 5.0  # seconds for an answer
SOON = timedelta(days=30)


def presentation(settings: Settings) -> Iterator[Finding]:
    """What the settings allow and what is unwise all the same."""
    if settings.mail_address is None:
        return
    if not settings.imap_urls and settings.sendgrid_public_key is None and settings.smtp_door is None:
        yield Finding(
            False,
            "nobody reads what comes to MAIL_ADDRESS: answers of GPs, and letters that come back",
            "set IMAP_URLS to its mailbox",
        )
    if settings.smtp_door is not None and settings.real_carrier:
        yield Finding(
            False,
            "SMTP_DOOR is open: whoever is on this machine may write as any GP",
            "leave it to demonstrations; read a mailbox with IMAP_URLS",
        )
    if settings.mail_cert_file is not None:
        # TLS goes by this machine's clock, so we do.
        yield from certificate(settings.mail_cert_file, datetime.now(UTC))


def certificate(file: Path, now: datetime) -> Iterator[Finding]:
    """How long the certificate that we show is good for."""
    until = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    mend = "ask the operator for a new one, and set MAIL_CERT_FILE (and MAIL_KEY_FILE)"
    if until <= now:
        yield Finding(True, f"the certificate of MAIL_CERT_FILE ended on {until:%Y-%m-%d}", mend)
    elif until - now < SOON:
        yield Finding(False, f"the certificate of MAIL_CERT_FILE ends on {until:%Y-%m-%d}", mend)


def at_the_servers(settings: Settings) -> Iterator[Finding]:
    """Signs in once at each, with a short time-out; whatever happens is a finding, never a failure."""
    for number, server in enumerate(settings.imap_urls, 1):
        yield from _mailbox(server, f"mailbox {number} of IMAP_URLS", settings)
    if settings.smtp_url is not None and settings.mail_address is not None:
        outgoing = Outgoing(settings.smtp_url, settings.certificates, settings.mail_address)
        try:
            smtp.greet(outgoing, PATIENCE)
        except CarrierError as fault:
            yield Finding(True, f"the server of SMTP_URL does not take our letters ({fault})", CHECK)


CHECK = "compare address, user and password with what the operator says; MAIL_CA_FILE, if he has his own authority"


def _mailbox(server: MailServer, name: str, settings: Settings) -> Iterator[Finding]:
    try:
        with session.opened(server, settings.certificates, PATIENCE) as opened:
            opened.examine()
    except SignInRefused:
        yield Finding(True, f"{name} does not know us", CHECK)
    except MailboxAway as fault:
        yield Finding(True, f"{name} cannot be read ({fault})", CHECK)

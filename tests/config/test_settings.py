"""Settings refuse: what the administrator typed wrong is named, all of it, and no secret is printed."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.mail_servers import MailServer, Tls
from config.settings import BadSettings, Settings, Storage, load

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(b"\xfb\xff" * 16).decode()
REAL = {
    "PUBLIC_URL": "https://rappel24.hopital.example",
    "SECRET_KEY": "k" * 32,
    "ENCRYPTION_KEYS": KEY,
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "a carrier's token",
    "LINE_NUMBER": "01 99 00 12 34",
    "SWITCHBOARD_NUMBER": "+33199001200",
}
MAIL = {"MAIL_ADDRESS": "avis@hopital.example", "SMTP_URL": "smtp://smtp.hopital.example"}
# SendGrid's own example (twilio.md 6.1), and a key of another kind.
SENDGRID = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqI"
    "M8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
RSA_KEY = base64.b64encode(
    rsa.generate_private_key(65537, 1024).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
SIMULATED = REAL | {"TWILIO_API_URL": "http://127.0.0.1:9000"}


def read(env: dict[str, str]) -> Settings:
    return load(env, Settings, dotenv=None)


def refused(env: dict[str, str]) -> dict[str, str]:
    """Setting -> what is said of it."""
    with pytest.raises(BadSettings) as refusal:
        read(env)
    return {fault.setting: fault.problem for fault in refusal.value.faults}


def test_the_least_an_administrator_must_give_is_enough() -> None:
    settings = read(REAL)
    assert settings.line_number == settings.sms_sender == settings.alert_caller == "+33199001234"
    assert (settings.port, settings.language, settings.clock_rate, settings.clock_start) == (8000, "fr", 1.0, None)
    assert (settings.speech, settings.alert_shows_caller, settings.real_carrier) == (False, False, True)
    assert settings.home == Path.cwd() / "var"
    assert settings.database_url is None


def test_what_is_missing_is_named_all_at_once_with_what_to_do() -> None:
    assert set(refused({})) == set(REAL)
    with pytest.raises(BadSettings, match=r"SECRET_KEY: missing \(32 random characters or more"):
        read({})


@pytest.mark.parametrize(
    ("setting", "typed"),
    [
        ("PUBLIC_URL", "http://rappel24.hopital.example"),
        ("PUBLIC_URL", "http://192.0.2.7:8000"),
        ("PUBLIC_URL", "rappel24.hopital.example"),
        ("PUBLIC_URL", "https://rappel24.hopital.example/?a=b"),
        ("PUBLIC_URL", "https://me:password@rappel24.hopital.example"),
        ("PUBLIC_URL", "https://[rappel24"),
        ("SECRET_KEY", "k" * 31),
        ("ENCRYPTION_KEYS", "not base64 at all!"),
        ("ENCRYPTION_KEYS", base64.b64encode(bytes(16)).decode()),
        ("ENCRYPTION_KEYS", f"{KEY},"),
        ("LINE_NUMBER", "15"),
        ("LINE_NUMBER", "the line"),
        ("SMS_SENDER", "Rappel vingt-quatre"),
        ("SMS_SENDER", "12345"),
        ("SMS_SENDER", "Hôpital"),
        ("ALERT_CALLER", "0199"),
        ("SWITCHBOARD_NUMBER", "+33"),
        ("ALERT_PHONE", "nobody"),
        ("ALERT_EMAIL", "nobody"),
        ("SPEECH", "perhaps"),
        ("CALLS_ABROAD", "44"),
        ("CALLS_ABROAD", "GB,France"),
        ("ALERT_SHOWS_CALLER", "2"),
        ("SEAL_NUMBERS", "perhaps"),
        ("PORT", "0"),
        ("PORT", "http"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "all"),
        ("DATABASE_URL", "mysql://db.example/rappel24"),
        ("DATABASE_URL", "postgresql://[db.example/rappel24"),
        ("DATABASE_URL", "postgresql://db-1.example,db-2.example/rappel24"),
        ("DATABASE_URL", "postgresql://db-1.example,db-2.example/rappel24?target_session_attrs=any"),
        ("DATABASE_URL", "postgresql://db.example/rappel24?ssl=yes"),
        ("REDIS_URL", "valkey+unix:///tmp/socket"),
        ("REDIS_URL", "redis://redis.example:port/0"),
        ("REDIS_URL", "redis://one.example,two.example/0"),
        ("REDIS_URL", "redis://redis.example/0?db=first"),
        ("REDIS_URL", "redis://redis.example/0?socket_timeout=60"),
        ("REDIS_URL", "rediss://redis.example/0?ssl_cert_reqs=none"),
        ("REDIS_URL", "rediss://redis.example/0?ssl_ca_certs=/nowhere/at/all.pem"),
        ("REDIS_URL", "redis+sentinel://one.example,two.example"),
        ("REDIS_URL", "redis+sentinel://one.example:0,two.example/rappel24"),
        ("REDIS_URL", "redis+sentinel://one.example,,two.example/rappel24"),
        ("REDIS_URL", "redis+sentinel://one.example/rappel24/first"),
        ("TWILIO_API_URL", "127.0.0.1:9000"),
        ("RAPPEL24_LANGUAGE", "de"),
        ("MAIL_ADDRESS", "avis"),
        ("SMTP_URL", "https://smtp.hopital.example"),
        ("SMTP_URL", "smtp://:password@"),
        ("SMTP_URL", "smtp://smtp.hopital.example:port"),
        ("IMAP_URLS", "imap.hopital.example"),
        ("IMAP_URLS", "imaps://avis:what?@imap.hopital.example"),
        ("IMAP_URLS", "imaps://avis@imap.hopital.example, imaps://AVIS@imap.hopital.example:993/inbox"),
        ("MAIL_CA_FILE", "/nowhere/at/all.pem"),
        ("MAIL_CERT_FILE", __file__),
        ("SMTP_DOOR", "0"),
        ("SENDGRID_PUBLIC_KEY", "not a key"),
        ("SENDGRID_PUBLIC_KEY", RSA_KEY),
        ("SECURE_MAIL_DOMAINS", "mssante"),
        ("SECURE_MAIL_DOMAINS", ","),
        ("EVALUATION_KEY", "not base64 at all!"),
        ("EVALUATION_KEY", base64.b64encode(bytes(16)).decode()),
        ("EVALUATION_KEY", KEY),  # what opens the messages must not be what joins the callers
    ],
)
def test_what_is_wrong_is_named(setting: str, typed: str) -> None:
    assert set(refused(REAL | MAIL | {setting: typed})) == {setting}


@pytest.mark.parametrize(
    ("setting", "typed", "field", "understood"),
    [
        ("PUBLIC_URL", "http://localhost:8000/", "public_url", "http://localhost:8000"),
        ("PUBLIC_URL", "http://127.0.0.1:8000", "public_url", "http://127.0.0.1:8000"),
        ("PUBLIC_URL", "http://[::1]:8000", "public_url", "http://[::1]:8000"),
        ("LINE_NUMBER", "+33 1 99 00 12 34", "line_number", "+33199001234"),
        ("SMS_SENDER", "HOPITAL 24", "sms_sender", "HOPITAL 24"),
        ("SMS_SENDER", "06 39 98 00 01", "sms_sender", "+33639980001"),
        ("ALERT_CALLER", "0033199001299", "alert_caller", "+33199001299"),
        ("SPEECH", "on", "speech", True),
        ("CALLS_ABROAD", "gb, PT,", "calls_abroad", frozenset({"GB", "PT"})),
        ("ALERT_SHOWS_CALLER", "true", "alert_shows_caller", True),
        ("SEAL_NUMBERS", "on", "seal_numbers", True),
        ("CANARY_NUMBER", "01 99 00 12 35", "canary_number", "+33199001235"),
        ("CANARY_MINUTES", "10", "canary_minutes", 10),
        ("FALLBACK_URL", "https://elsewhere.example/b.xml", "fallback_url", "https://elsewhere.example/b.xml"),
        ("PORT", "8080", "port", 8080),
        ("TRUSTED_PROXIES", "1", "trusted_proxies", 1),
        ("RAPPEL24_LANGUAGE", "en", "language", "en"),
        ("ALERT_EMAIL", "garde@hopital.example", "alert_email", "garde@hopital.example"),
        ("TWILIO_API_URL", "http://carrier.example:9000/", "twilio_api_url", "http://carrier.example:9000"),
        ("RAPPEL24_HOME", "/srv/rappel24", "home", Path("/srv/rappel24")),
        ("MAIL_ADDRESS", "Avis@Hopital.Example", "mail_address", "avis@hopital.example"),
        ("SMTP_DOOR", "2525", "smtp_door", 2525),
        ("SENDGRID_PUBLIC_KEY", SENDGRID, "sendgrid_public_key", SENDGRID),
        (
            "SECURE_MAIL_DOMAINS",
            "mssante.fr, @Hopital.Example",
            "secure_mail_domains",
            ("mssante.fr", "hopital.example"),
        ),
    ],
)
def test_what_is_right_is_understood(setting: str, typed: str, field: str, understood: object) -> None:
    assert getattr(read(REAL | MAIL | {setting: typed}), field) == understood


def test_the_evaluators_key_is_one_and_is_shown_to_nobody() -> None:
    settings = read(REAL | {"EVALUATION_KEY": OTHER_KEY})
    assert settings.pseudonyms_key == b"\xfb\xff" * 16
    assert OTHER_KEY not in repr(settings)
    assert read(REAL).pseudonyms_key is None


def test_keys_come_in_either_alphabet_newest_first() -> None:
    keys = read(REAL | {"ENCRYPTION_KEYS": f"{OTHER_KEY.rstrip('=')}, {KEY}"}).encryption_keys
    assert [key.get_secret_value() for key in keys] == [b"\xfb\xff" * 16, bytes(range(32))]


@pytest.mark.parametrize(
    ("typed", "server"),
    [
        ("smtps://smtp.hopital.example", MailServer("smtp.hopital.example", 465, Tls.FROM_THE_START)),
        ("smtp://smtp.hopital.example", MailServer("smtp.hopital.example", 587, Tls.STARTTLS)),
        ("smtp://smtp.hopital.example:25", MailServer("smtp.hopital.example", 25, Tls.STARTTLS)),
        ("smtp://127.0.0.1:2525", MailServer("127.0.0.1", 2525, Tls.NONE)),
        ("smtp://[::1]:2525", MailServer("::1", 2525, Tls.NONE)),
        (
            "smtp://avis%40hopital.example:p%2Fw:%23@smtp.hopital.example",
            MailServer("smtp.hopital.example", 587, Tls.STARTTLS, "avis@hopital.example", "p/w:#"),
        ),
        (
            "smtp://avis@hopital.example:p@w@smtp.hopital.example",
            MailServer("smtp.hopital.example", 587, Tls.STARTTLS, "avis@hopital.example", "p@w"),
        ),
    ],
)
def test_letters_leave_in_clear_on_this_machine_alone(typed: str, server: MailServer) -> None:
    assert read(REAL | MAIL | {"SMTP_URL": typed}).smtp_url == server


def test_each_hospital_may_have_a_mailbox() -> None:
    typed = "imaps://cochin:a@imap.hopital.example/Avis%20re%C3%A7us, imap://avicenne:b@imap.hopital.example:1143/INBOX"
    first, second = read(REAL | MAIL | {"IMAP_URLS": typed}).imap_urls
    assert (first.tls, first.port, first.folder) == (Tls.FROM_THE_START, 993, "Avis reçus")
    assert (second.tls, second.port, second.folder) == (Tls.STARTTLS, 1143, "INBOX")
    assert [first.name, second.name] == [
        "cochin@imap.hopital.example/Avis reçus",
        "avicenne@imap.hopital.example/INBOX",
    ]


CANARY = {"CANARY_NUMBER": "01 99 00 12 35"}
WATCH = "https://watch.example/ping/very-secret"


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"CANARY_NUMBER": "+33 1 99 00 12 34"}, "CANARY_NUMBER"),  # the line itself, otherwise written
        ({"CANARY_NUMBER": "nobody"}, "CANARY_NUMBER"),
        ({"HEARTBEAT_URL": WATCH}, "CANARY_NUMBER"),  # a sign of life of what?
        (CANARY | {"CANARY_MINUTES": "0.5"}, "CANARY_MINUTES"),
        (CANARY | {"CANARY_MINUTES": "61"}, "CANARY_MINUTES"),
        (CANARY | {"HEARTBEAT_URL": "http://watch.example/ping/very-secret"}, "HEARTBEAT_URL"),
        (CANARY | {"HEARTBEAT_URL": "https://very-secret@watch.example/ping"}, "HEARTBEAT_URL"),
        (CANARY | {"HEARTBEAT_URL": "watch.example/ping/very-secret"}, "HEARTBEAT_URL"),
    ],
)
def test_a_watch_over_the_line_that_would_see_nothing_is_refused(typed: dict[str, str], wrong: str) -> None:
    found = refused(REAL | typed)
    assert set(found) == {wrong}
    assert "very-secret" not in str(found)


def test_the_address_of_the_watch_is_a_secret() -> None:
    settings = read(REAL | CANARY | {"HEARTBEAT_URL": WATCH})
    assert settings.heartbeat_url is not None
    assert settings.heartbeat_url.get_secret_value() == WATCH
    assert "very-secret" not in repr(settings)
    assert read(REAL | CANARY | {"HEARTBEAT_URL": "http://127.0.0.1:8080/ping"}).heartbeat_url


@pytest.mark.parametrize(
    ("typed", "missing"),
    [
        ({"MAIL_ADDRESS": MAIL["MAIL_ADDRESS"]}, {"SMTP_URL"}),
        ({"SMTP_URL": MAIL["SMTP_URL"]}, {"MAIL_ADDRESS"}),
        ({"IMAP_URLS": "imaps://avis:p@imap.hopital.example"}, set(MAIL)),
        ({"SMTP_DOOR": "2525"} | MAIL, set()),
        ({"SENDGRID_PUBLIC_KEY": SENDGRID}, set(MAIL)),
        ({"MAIL_KEY_FILE": __file__} | MAIL, {"MAIL_CERT_FILE"}),
    ],
)
def test_nobody_is_read_who_could_not_be_answered(typed: dict[str, str], missing: set[str]) -> None:
    if missing:
        assert set(refused(REAL | typed)) == missing
    else:
        read(REAL | typed)


@pytest.mark.parametrize("setting", ["RAPPEL24_CLOCK_RATE", "RAPPEL24_CLOCK_START"])
def test_the_clock_cannot_be_touched_with_the_real_carrier(setting: str) -> None:
    typed = {"RAPPEL24_CLOCK_RATE": "3600", "RAPPEL24_CLOCK_START": "2026-11-23T14:00:00"}[setting]
    assert set(refused(REAL | {setting: typed})) == {setting}
    read(SIMULATED | {setting: typed})


@pytest.mark.parametrize("setting", ["TWILIO_REGION", "TWILIO_EDGE"])
def test_region_and_edge_would_rewrite_the_address_of_another_carrier(setting: str) -> None:
    assert set(refused(SIMULATED | {setting: "ie1"})) == {setting}
    read(REAL | {setting: "ie1"})


@pytest.mark.parametrize("rate", ["0", "-1", "inf", "nan", "fast"])
def test_the_clock_only_goes_forward(rate: str) -> None:
    assert set(refused(SIMULATED | {"RAPPEL24_CLOCK_RATE": rate})) == {"RAPPEL24_CLOCK_RATE"}


@pytest.mark.dates
@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("2026-11-23T14:00:00", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("2027-07-14 08:30", datetime(2027, 7, 14, 6, 30, tzinfo=UTC)),
        ("2026-11-23T14:00:00+00:00", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("2027-10-31T02:30:00", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_clock_starts_at_the_hospitals_time(typed: str, utc: datetime) -> None:
    assert read(SIMULATED | {"RAPPEL24_CLOCK_START": typed}).clock_start == utc


@pytest.mark.dates
@pytest.mark.parametrize("typed", ["2027-03-28T02:30:00", "tomorrow", "2026-13-01"])
def test_a_time_that_does_not_exist_is_refused(typed: str) -> None:
    assert set(refused(SIMULATED | {"RAPPEL24_CLOCK_START": typed})) == {"RAPPEL24_CLOCK_START"}


def test_no_secret_is_printed() -> None:
    secrets = {
        "SECRET_KEY": "short-secret",
        "ENCRYPTION_KEYS": "bad-key-material",
        "DATABASE_URL": "mysql://rappel24:pass-of-db@db.example/x",
        "REDIS_URL": "http://:pass-of-redis@redis.example",
        "TWILIO_AUTH_TOKEN": "token-of-carrier",
        "IMAP_URLS": "imaps://avis:pass-of-mail@imap.hopital.example/?",
        "SMTP_URL": "smtp://avis:pass-of-mail@smtp.hopital.example:port",
    }
    with pytest.raises(BadSettings) as refusal:
        read(REAL | secrets)
    said = f"{refusal.value!s} {refusal.value!r} {refusal.value.__cause__}"
    assert not [secret for secret in ("short-secret", "bad-key", "pass-of", "token-of") if secret in said]
    right = {
        "DATABASE_URL": "postgres://rappel24:pass-of-db@db.example/x",
        "IMAP_URLS": "imaps://a:pass-of-mail@b.example",
    }
    shown = repr(read(REAL | MAIL | right))
    assert not [secret for secret in ("kkkk", KEY, "pass-of-", "carrier's token", "\\x00\\x01") if secret in shown]


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    lines = [f"{name}={value}" for name, value in REAL.items()]
    file.write_text("\n".join([*lines, "PORT=9001", "TWILIO_AUTH_TOKEN_SECONDARY=", "SPEECH=on", "OTHER=x"]))
    settings = load({"PORT": "9002", "SPEECH": ""}, Settings, file)
    assert (settings.port, settings.speech, settings.twilio_auth_token_secondary) == (9002, True, None)


def test_what_is_in_the_file_clashes_with_what_is_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RAPPEL24_CLOCK_RATE=60\n")
    with pytest.raises(BadSettings, match="RAPPEL24_CLOCK_RATE: refused with the real carrier"):
        load(REAL, Settings, tmp_path / ".env")


def test_commands_on_the_register_need_no_carrier() -> None:
    storage = load({"DATABASE_URL": "postgres://db.example/x", "RAPPEL24_CLOCK_RATE": "60"}, Storage, None)
    assert storage.database_url is not None
    assert storage.database_url.get_secret_value() == "postgres://db.example/x"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read(REAL).port = 1


def test_gettexts_own_variable_is_not_ours() -> None:
    assert read(REAL | {"LANGUAGE": "fr_FR:en"}).language == "fr"


def test_a_provider_is_asked_in_clear_on_this_machine_alone() -> None:
    named = {"OIDC_CLIENT_ID": "rappel24", "OIDC_CLIENT_SECRET": "s"}
    assert set(refused(REAL | named | {"OIDC_ISSUER": "http://id.hopital.example"})) == {"OIDC_ISSUER"}
    settings = read(REAL | named | {"OIDC_ISSUER": "https://id.hopital.example/auth/"})
    assert settings.oidc_issuer == "https://id.hopital.example/auth"


def test_a_provider_that_is_named_by_halves_is_refused() -> None:
    said = refused(REAL | {"OIDC_ISSUER": "https://id.hopital.example", "OIDC_CLIENT_ID": "rappel24"})
    assert said == {"OIDC_CLIENT_SECRET": "missing (OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET belong together)"}

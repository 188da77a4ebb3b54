"""Settings that refuse: read once, environment first, then `.env`; all faults are named at once, no secret printed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, AliasGenerator, BeforeValidator, Field, SecretBytes, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from config import formats, mail_servers, reporting, tracing
from config.mail_servers import Certificates, MailServer

# Fields whose setting is not simply their name in capitals.
RENAMED = {
    "home": "RAPPEL24_HOME",
    "language": "RAPPEL24_LANGUAGE",  # LANGUAGE alone belongs to gettext: Ubuntu sets it to fr_FR:fr
    "clock_rate": "RAPPEL24_CLOCK_RATE",
    "clock_start": "RAPPEL24_CLOCK_START",
}

Number = Annotated[str, AfterValidator(formats.e164)]


class _HandedIn(BaseSettings):
    """Read from what `load` is given, never from the process behind our back."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        alias_generator=AliasGenerator(validation_alias=lambda name: RENAMED.get(name, name.upper())),
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, dotenv_settings


class Storage(_HandedIn):
    """What the commands that only read and write the register need."""

    database_url: Annotated[SecretStr, AfterValidator(formats.register)] | None = Field(
        default=None, description="the PostgreSQL to use; without it, the one we bring"
    )
    redis_url: Annotated[SecretStr, AfterValidator(formats.doorbell)] | None = Field(
        default=None, description="the Redis or Valkey to use, or its Sentinels; without it, the one we bring"
    )
    home: Annotated[Path, AfterValidator(formats.folder)] = Field(
        default=Path("var"), description="a folder, for the servers we bring and the recordings"
    )
    encryption_keys: Annotated[tuple[SecretBytes, ...], NoDecode, BeforeValidator(formats.keys)] = Field(
        default=(), description="the keys that messages and numbers lie sealed with, newest first"
    )
    evaluation_key: Annotated[SecretBytes | None, BeforeValidator(formats.one_key)] = Field(
        default=None,
        description="base64 of 32 random bytes, of no other use: what the evaluators' export is pseudonymised with",
    )
    seal_numbers: bool = Field(
        default=False, description="on or off: telephone numbers and addresses lie sealed in the register"
    )
    language: Literal["fr", "en"] = Field(default="fr", description="fr or en: what callers hear and people read")

    @property
    def keys(self) -> list[bytes]:
        """What messages and numbers lie sealed with, newest first; none for a command that was given none."""
        return [key.get_secret_value() for key in self.encryption_keys]

    @property
    def pseudonyms_key(self) -> bytes | None:
        """What the evaluators' export is pseudonymised with; None: nothing is exported for them."""
        return None if self.evaluation_key is None else self.evaluation_key.get_secret_value()

    @property
    def seals(self) -> bool:
        """Whether numbers are written sealed: wanted, and possible."""
        return self.seal_numbers and bool(self.encryption_keys)


class Addressed(Storage):
    """What the commands that hand out links need, too."""

    public_url: Annotated[str, AfterValidator(formats.public_address)] = Field(
        description="our address as the carrier sees it, like https://rappel24.hopital.example"
    )


class Settings(Addressed):
    """Everything the line needs; what has no default must be given."""

    port: int = Field(default=8000, ge=1, le=65535, description="a port for the web, 1 to 65535")
    trusted_proxies: int = Field(
        default=0, ge=0, le=5, description="how many proxies of ours stand before the web, 0 to 5"
    )
    secret_key: Annotated[SecretStr, AfterValidator(formats.long_enough)] = Field(
        description="32 random characters or more; make them: openssl rand -base64 48"
    )
    encryption_keys: Annotated[tuple[SecretBytes, ...], NoDecode, BeforeValidator(formats.keys)] = Field(
        description="base64 of 32 random bytes, several with commas, newest first; make one: openssl rand -base64 32"
    )
    twilio_account_sid: str = Field(description="from the carrier's console, AC…")
    twilio_auth_token: SecretStr = Field(description="from the carrier's console")
    twilio_auth_token_secondary: SecretStr | None = Field(
        default=None, description="the carrier's second token, while the first is being changed"
    )
    twilio_api_url: Annotated[str, AfterValidator(formats.web_address)] | None = Field(
        default=None, description="the address of a carrier other than the real one: a simulator"
    )
    line_number: Number = Field(description="the one number, like +33199001234")
    sms_sender: Annotated[str, AfterValidator(formats.sender)] = Field(
        default_factory=lambda given: str(given["line_number"]),
        description="a number, or a name of at most 11 letters; without it, the line",
    )
    alert_caller: Number = Field(
        default_factory=lambda given: str(given["line_number"]),
        description="the number that seniors see when we ring; without it, the line",
    )
    switchboard_number: Number = Field(description="where a lost caller is put through, like +33199001200")
    calls_abroad: Annotated[frozenset[str], NoDecode, BeforeValidator(formats.countries)] = Field(
        default=frozenset(),
        description="countries, like GB,PT, whose ordinary numbers the line may call besides those near",
    )
    alert_phone: Number | None = Field(default=None, description="who is told when there is nobody else to tell")
    alert_email: Annotated[str, AfterValidator(formats.email)] | None = Field(
        default=None, description="an e-mail address for operational alarms"
    )
    canary_number: Number | None = Field(
        default=None,
        description="a second number of the account, from which the line calls itself to see that it answers",
    )
    canary_minutes: float = Field(default=5, ge=1, le=60, description="minutes between two such calls, 1 to 60")
    heartbeat_url: Annotated[SecretStr, AfterValidator(formats.watch_address)] | None = Field(
        default=None, description="asked whenever the line was seen to answer: a watch elsewhere tells when it is not"
    )
    otel_exporter_otlp_endpoint: Annotated[str, AfterValidator(formats.web_address)] | None = Field(
        default=None, description="the address of an OpenTelemetry collector (OTLP over HTTP), for traces"
    )
    otel_exporter_otlp_headers: Annotated[SecretStr, AfterValidator(formats.headers)] | None = Field(
        default=None, description="what the collector wants beside them, like authorization=Bearer …"
    )
    sentry_dsn: Annotated[SecretStr, AfterValidator(formats.sentry)] | None = Field(
        default=None, description="the address of a Sentry project, for errors: https://key@host/1"
    )
    sentry_environment: str = Field(default="production", description="what the errors are filed under there")
    fallback_url: Annotated[str, AfterValidator(formats.public_address)] | None = Field(
        default=None,
        description="where the document `broken` of `rappel24 fallback` lies: heard by whom we called when we are down",
    )
    speech: bool = Field(default=False, description="on or off: may a caller say the ward's name")
    alert_shows_caller: bool = Field(default=False, description="on or off: may an SMS alert show the GP's number")
    oidc_issuer: Annotated[str, AfterValidator(formats.public_address)] | None = Field(
        default=None, description="the issuer of the OpenID Connect provider that people may sign in with"
    )
    oidc_client_id: str | None = Field(default=None, description="what we are called there")
    oidc_client_secret: SecretStr | None = Field(default=None, description="what we prove ourselves with there")
    oidc_label: str = Field(default="OpenID Connect", description="its name on the sign-in page")
    oidc_scopes: str = Field(default="openid email profile", description="what is asked of it, openid first")
    oidc_acr_values: str = Field(default="", description="how sure it must be; Pro Santé Connect wants eidas1")
    mail_address: Annotated[str, AfterValidator(formats.one_address)] | None = Field(
        default=None, description="the address we are written to and answer from; without it, no e-mail"
    )
    smtp_url: Annotated[MailServer, BeforeValidator(mail_servers.one("smtp", "smtps"))] | None = Field(
        default=None, description="the server our letters leave by, like smtp://user:password@smtp.hopital.example:587"
    )
    imap_urls: Annotated[tuple[MailServer, ...], NoDecode, BeforeValidator(mail_servers.several("imap", "imaps"))] = (
        Field(default=(), description="mailboxes to read, like imaps://user:password@imap.hopital.example/INBOX")
    )
    mail_ca_file: Annotated[Path, AfterValidator(formats.readable)] | None = Field(
        default=None, description="the authorities of our mail servers (PEM), instead of the system's"
    )
    mail_cert_file: Annotated[Path, AfterValidator(formats.readable)] | None = Field(
        default=None, description="the certificate (PEM) that we show to our mail servers"
    )
    mail_key_file: Annotated[Path, AfterValidator(formats.readable)] | None = Field(
        default=None, description="its key (PEM, without password), when it stands in a file of its own"
    )
    smtp_door: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="a port of this machine at which letters may be left, for demonstrations",
    )
    sendgrid_public_key: Annotated[str, AfterValidator(formats.public_key)] | None = Field(
        default=None, description="the key that SendGrid's Inbound Parse signs with, in base64"
    )
    secure_mail_domains: Annotated[tuple[str, ...], NoDecode, BeforeValidator(formats.domains)] = Field(
        default=("mssante.fr",), description="domains between which answers are sent whole, with commas between them"
    )
    clock_rate: float = Field(default=1.0, gt=0, allow_inf_nan=False, description="above 0; 3600: a second is an hour")
    clock_start: Annotated[datetime | None, BeforeValidator(formats.instant)] = Field(
        default=None, description="where the clock of an empty database starts, local, like 2026-11-23T14:00:00"
    )

    @property
    def real_carrier(self) -> bool:
        return self.twilio_api_url is None

    @property
    def certificates(self) -> Certificates:
        """Whom our mail servers are known by, and what we show them."""
        return Certificates(self.mail_ca_file, self.mail_cert_file, self.mail_key_file)

    @property
    def takes_mail(self) -> bool:
        """Whether the process `mail` has anything to do."""
        return bool(self.imap_urls) or self.smtp_door is not None


@dataclass(frozen=True)
class Fault:
    """One setting, and what is the matter with it; never its value."""

    setting: str
    problem: str


class BadSettings(Exception):
    """We do not start. The text names every fault and what to do about it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        lines = [f"  {fault.setting}: {fault.problem}" for fault in faults]
        super().__init__("\n".join(["Set these right, in the environment or in .env:", *lines]))
        self.faults = faults


Needed = TypeVar("Needed", bound=_HandedIn)


def load(env: Mapping[str, str], need: type[Needed], dotenv: Path | None = Path(".env")) -> Needed:
    """The settings a command needs, `Storage` or `Settings`, of this environment and that file. Raises BadSettings."""
    given = {name: value.strip() for name, value in env.items() if value.strip()}
    clashes = tuple(_clashes(_read(_Together, given, dotenv))) if issubclass(need, Settings) else ()
    try:
        settings = _read(need, given, dotenv)
    except ValidationError as error:
        raise BadSettings((*_faults(error, need), *clashes)) from None  # the cause would quote what was typed
    faults = (*clashes, *_unfit(settings))
    if faults:
        raise BadSettings(faults)
    return settings


def _read(need: type[Needed], given: Mapping[str, str], dotenv: Path | None) -> Needed:
    names = {_setting(field) for field in need.model_fields}
    options: dict[str, Any] = {"_env_file": dotenv, "_env_file_encoding": "utf-8"}
    return need(**options | {name: given[name] for name in names & given.keys()})


def _setting(field: str) -> str:
    return RENAMED.get(field, field.upper())


def _faults(error: ValidationError, need: type[_HandedIn]) -> Iterator[Fault]:
    help_of = {_setting(field): info.description for field, info in need.model_fields.items()}
    for detail in error.errors(include_input=False, include_url=False):
        setting = str(detail["loc"][0]).upper()
        if detail["type"] == "default_factory_not_called":  # it leans on another one that is already named
            continue
        said = "missing" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
        yield Fault(setting, f"{said} ({help_of[setting]})")


def _unfit(settings: _HandedIn) -> Iterator[Fault]:
    """Certificates that do not open, or do not belong together; a line that calls itself; a key with two uses."""
    if isinstance(settings, Storage) and settings.pseudonyms_key in settings.keys:
        yield Fault("EVALUATION_KEY", "one of ENCRYPTION_KEYS (who pseudonymises must be able to read nothing)")
    if not isinstance(settings, Settings):
        return
    yield from _not_installed(settings)
    if settings.canary_number == settings.line_number:
        yield Fault("CANARY_NUMBER", "the line itself (another number of the account must call it)")
    if settings.certificates == Certificates():
        return
    try:
        settings.certificates.context()
    except OSError:
        named = [field for field in _CERTIFICATES if getattr(settings, field) is not None]
        yield Fault(_setting(named[-1]), f"{' and '.join(map(_setting, named))}: no PEM that opens and fits together")


def _not_installed(settings: Settings) -> Iterator[Fault]:
    """What somebody is to be told with, and is not there: the packages of the extra `watch`."""
    wanted = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": (settings.otel_exporter_otlp_endpoint, tracing.is_installed),
        "SENTRY_DSN": (settings.sentry_dsn, reporting.is_installed),
    }
    for setting, (value, is_installed) in wanted.items():
        if value is not None and not is_installed():
            yield Fault(setting, "its packages are not installed (pip install -r requirements-watch.lock, or unset it)")


class _Together(_HandedIn):
    """What may not be set together, or only together, as it was typed."""

    twilio_api_url: str | None = None
    twilio_region: str | None = None
    twilio_edge: str | None = None
    clock_rate: str | None = None
    clock_start: str | None = None
    canary_number: str | None = None
    heartbeat_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    mail_address: str | None = None
    smtp_url: str | None = None
    imap_urls: str | None = None
    smtp_door: str | None = None
    sendgrid_public_key: str | None = None
    mail_cert_file: str | None = None
    mail_key_file: str | None = None


_PROVIDER = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")
_CERTIFICATES = ("mail_ca_file", "mail_cert_file", "mail_key_file")
_MAIL = ("mail_address", "smtp_url")
_MAIL_DOORS = ("imap_urls", "smtp_door", "sendgrid_public_key")


def _clashes(typed: _Together) -> Iterator[Fault]:
    """The clock obeys nobody beside the real carrier; beside another one, region and edge would rewrite its address."""
    for field in ("clock_rate", "clock_start"):
        if typed.twilio_api_url is None and getattr(typed, field) is not None:
            yield Fault(_setting(field), "refused with the real carrier (unset it, or set TWILIO_API_URL)")
    for field in ("twilio_region", "twilio_edge"):
        if typed.twilio_api_url is not None and getattr(typed, field) is not None:
            yield Fault(_setting(field), "refused when TWILIO_API_URL is set (unset one of the two)")
    yield from _incomplete(typed, _PROVIDER, ())
    yield from _incomplete(typed, _MAIL, _MAIL_DOORS)
    yield from _incomplete(typed, ("canary_number",), ("heartbeat_url",))
    if typed.mail_key_file is not None and typed.mail_cert_file is None:
        yield Fault("MAIL_CERT_FILE", "missing (a key alone shows nothing)")


def _incomplete(typed: _Together, all_of: Sequence[str], as_soon_as: Sequence[str]) -> Iterator[Fault]:
    """Settings that only have a meaning together, or with what leans on them."""
    given = [field for field in (*all_of, *as_soon_as) if getattr(typed, field) is not None]
    for field in all_of if given else ():
        if field not in given:
            yield Fault(_setting(field), f"missing ({', '.join(map(_setting, all_of))} belong together)")

"""A secret stands in the environment and in memory: never in a log, an error, a page, or a process list."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config import assembly, serving
from config.app import provider_of
from config.embedded.place import Place
from config.settings import BadSettings, Settings, load
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PLANTED = "geheim-7Q2x-planted"
KEY = base64.b64encode(PLANTED.ljust(32, "k").encode()).decode()
ENVIRONMENT = {
    "PUBLIC_URL": "https://rappel24.example",
    "SECRET_KEY": f"{PLANTED}-secret-key-of-the-house-0000",
    "ENCRYPTION_KEYS": KEY,
    "EVALUATION_KEY": base64.b64encode(PLANTED.rjust(32, "k").encode()).decode(),
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": f"{PLANTED}-token",
    "TWILIO_AUTH_TOKEN_SECONDARY": f"{PLANTED}-next",
    "LINE_NUMBER": "+33199002424",
    "SWITCHBOARD_NUMBER": "+33199002400",
    "DATABASE_URL": f"postgresql://rappel24:{PLANTED}@127.0.0.1:9/rappel24",
    "REDIS_URL": f"redis://:{PLANTED}@127.0.0.1:9/0",
    "MAIL_ADDRESS": "avis@hopital.example",
    "SMTP_URL": f"smtp://avis:{PLANTED}@smtp.hopital.example",
    "IMAP_URLS": f"imaps://avis:{PLANTED}@imap.hopital.example",
    "OIDC_ISSUER": "https://id.hopital.example",
    "OIDC_CLIENT_ID": "rappel24",
    "OIDC_CLIENT_SECRET": f"{PLANTED}-client",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {PLANTED}",
    "SENTRY_DSN": f"http://{PLANTED}@127.0.0.1:9/1",
}
SECRETS = (PLANTED, KEY, KEY.rstrip("="), base64.b64decode(KEY).hex(), ENVIRONMENT["EVALUATION_KEY"])


def settings() -> Settings:
    return load(ENVIRONMENT, Settings, dotenv=None)


def shows(text: str) -> bool:
    """Whether a secret stands in it."""
    return any(secret in text for secret in SECRETS)


def test_the_look_for_secrets_finds_one() -> None:
    assert shows(str(ENVIRONMENT))
    assert shows(settings().secret_key.get_secret_value())
    assert shows(assembly.database_url(settings()))


PARTS: dict[str, Callable[[], object]] = {
    "settings": settings,
    "house": lambda: assembly.house_of(settings()),
    "box": lambda: assembly.box_of(settings()),
    "shelf": lambda: assembly.shelf_of(settings()),
    "provider": lambda: provider_of(settings()),
    "mail servers": lambda: (settings().smtp_url, settings().imap_urls),
    "processes": lambda: serving.house(8000, {}),
    "embedded servers": lambda: Place(Path("x"), Path("x"), 1, 2, PLANTED, PLANTED),
}


@pytest.mark.parametrize("part", PARTS)
def test_no_part_of_the_house_shows_a_secret_when_it_is_printed(part: str) -> None:
    made = PARTS[part]()
    assert not shows(repr(made) + str(made) + f"{made}")


@pytest.mark.parametrize("name", [name for name, value in ENVIRONMENT.items() if shows(value)])
def test_a_setting_that_is_refused_is_not_repeated(name: str) -> None:
    spoilt = ENVIRONMENT | {name: f"://{PLANTED}"[: 3 + len(PLANTED)], "PORT": PLANTED, "LINE_NUMBER": PLANTED}
    with pytest.raises(BadSettings) as refused:
        load(spoilt, Settings, dotenv=None)
    assert not shows(str(refused.value) + repr(refused.value) + str(refused.value.__cause__))


# Three stand for all: the others are put together of the same parts.
COMMANDS = {process.name: process.argv for process in serving.house(0, {}) if process.name in ("web", "worker")}
COMMANDS["doctor"] = (sys.executable, "-m", "config.cli", "doctor")


@pytest.fixture(scope="module")
def began(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Processes of the line begun where no server answers: what each says, and its line in `ps`."""
    home = tmp_path_factory.mktemp("home")
    places = {"PATH": os.environ["PATH"], "RAPPEL24_HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(ROOT)}
    running = {
        name: subprocess.Popen(
            command,
            cwd=home,
            env=ENVIRONMENT | places | {"PORT": str(free_port())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, command in COMMANDS.items()
    }
    heard = {}
    for name, process in running.items():
        listed = Path(f"/proc/{process.pid}/cmdline").read_text() if sys.platform == "linux" else ""
        first = process.stdout.readline() if process.stdout else ""
        if name != "doctor":  # he comes to an end
            process.terminate()
        words = first + process.communicate(timeout=30)[0]
        heard[name] = (words, listed.replace("\0", " "))
    return heard


@pytest.mark.parametrize("name", COMMANDS)
def test_no_process_says_a_secret_when_its_servers_are_away(began: dict[str, tuple[str, str]], name: str) -> None:
    words, listed = began[name]
    assert words  # it has said something: that it cannot
    assert not shows(words)
    assert not shows(listed)

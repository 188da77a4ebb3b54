"""What RAPPEL24_HOME knows of its servers: where their data is, their ports and passwords."""

import hashlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from config.embedded.account import Account, account_for
from config.embedded.errors import BadServers

# Below the ephemeral ports of Linux (32768) and macOS (49152): no outgoing connection takes ours while we are away.
PORTS = range(20_000, 32_000)
ELSEWHERE = ("/var/lib/rappel24/{name}", "/var/tmp/rappel24-{name}")


@dataclass(frozen=True)
class Place:
    """The servers of one RAPPEL24_HOME; kept in `servers.json` there (0600)."""

    home: Path
    folder: Path  # of the data; `home`, unless the servers' account cannot reach it
    postgres_port: int
    valkey_port: int
    postgres_password: str = field(repr=False)
    valkey_password: str = field(repr=False)
    durable: bool = True  # False: a crash of the machine may lose data (tests)

    @property
    def postgres_data(self) -> Path:
        return self.folder / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.folder / "valkey"

    @property
    def account(self) -> Account | None:
        return account_for(self.postgres_data)

    @property
    def database_url(self) -> str:
        return f"postgresql+psycopg://rappel24:{self.postgres_password}@127.0.0.1:{self.postgres_port}/rappel24"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.valkey_password}@127.0.0.1:{self.valkey_port}/0"

    @classmethod
    def known(cls, home: Path) -> Self | None:
        """As written by an earlier command; None in a new home."""
        try:
            said: dict[str, Any] = json.loads((home / "servers.json").read_text())
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise BadServers(f"{error.filename} cannot be read: use the account that owns {home}.") from error
        place = cls(home, home / said.pop("folder"), **said)
        _still_ours(place)
        return place

    @classmethod
    def new(cls, home: Path, durable: bool) -> Self:
        """A place for a home that has none yet; nothing is written."""
        postgres_port, valkey_port = _free_ports(home)
        return cls(
            home,
            _folder(home),
            postgres_port,
            valkey_port,
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            durable,
        )

    def with_free_ports(self) -> Self:
        """The same ports where they are free, else others."""
        if _free(self.postgres_port) and _free(self.valkey_port):
            return self
        postgres_port, valkey_port = _free_ports(self.home)
        return replace(self, postgres_port=postgres_port, valkey_port=valkey_port)

    def save(self) -> None:
        """Aside, then renamed: what is read is whole."""
        # Relative where it can be: a home may be moved or copied as a whole.
        said = {**asdict(self), "folder": "." if self.folder == self.home else str(self.folder)}
        del said["home"]
        aside = self.home / "servers.json.new"
        aside.unlink(missing_ok=True)
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(said, file, indent=1)
        aside.rename(self.home / "servers.json")
        if self.folder != self.home:
            (self.folder / "home").write_text(str(self.home))


def _still_ours(place: Place) -> None:
    """Data that is elsewhere is there, and belongs to this home or to one that was moved here; not to one copied."""
    begin = f"or remove {place.home / 'servers.json'} to begin with an empty database."
    if not place.folder.is_dir():
        raise BadServers(f"The data of {place.home} was in {place.folder}, which is gone. Put it back, {begin}")
    if place.folder == place.home:
        return
    owner = Path((place.folder / "home").read_text())
    if owner != place.home and (owner / "servers.json").exists():
        raise BadServers(f"The data in {place.folder} belongs to {owner}, of which this is a copy. Use that, {begin}")
    (place.folder / "home").write_text(str(place.home))


def _folder(home: Path) -> Path:
    account = account_for(home / "postgres")
    if account is None or account.reaches(home):
        return home
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    for pattern in ELSEWHERE:
        folder = Path(pattern.format(name=name))
        if _made(folder) and account.reaches(folder):
            return folder
    raise BadServers(
        f"The account {account.name}, which runs the servers, can reach neither {home} nor /var/lib nor /var/tmp. "
        "Set RAPPEL24_HOME to a folder it can enter."
    )


def _made(folder: Path) -> bool:
    """Whether `folder` is there and ours; somebody else may have laid his own in /var/tmp."""
    try:
        for part in (folder.parent, folder):
            if not part.exists():
                part.mkdir()
                part.chmod(0o755)  # ours, just made: whatever the umask says
    except OSError:
        return False
    return not folder.is_symlink() and folder.stat().st_uid == os.geteuid()


def _free_ports(home: Path) -> tuple[int, int]:
    """Two free ports; the same ones for the same home when nobody is in the way."""
    free = (port for port in _walk(home) if _free(port))
    return next(free), next(free)


def _walk(home: Path) -> Iterator[int]:
    start = int.from_bytes(hashlib.sha256(os.fsencode(home)).digest()[:4]) % len(PORTS)
    yield from PORTS[start:]
    yield from PORTS[:start]
    raise BadServers("No free port between 20000 and 31999 on 127.0.0.1.")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

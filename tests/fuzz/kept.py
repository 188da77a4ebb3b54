"""Requests that once found a fault: kept as they were, but for the names that each house has of its own."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests.fuzz.furniture import Furniture
from tests.fuzz.rounds import Fault
from tests.fuzz.shots import Shot

FOLDER = Path(__file__).parent / "corpus" / "doors"
LONGEST = 20_000  # bytes of a body that is worth keeping


def keep(fault: Fault, things: Furniture) -> Path | None:
    """Keep what was shot, once for each door and kind of fault; None when it is kept already, or too large."""
    kind = fault.says.partition(":")[0]
    name = sha256(f"{fault.shot.door}|{kind}|{fault.shot.method}".encode()).hexdigest()[:12]
    path = FOLDER / f"{name}.json"
    if path.exists() or len(fault.shot.body) > LONGEST or not fault.shot.target:
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    said = {"found": fault.says, "shot": fault.shot.put(things.names).kept()}
    path.write_text(json.dumps(said, indent=1, ensure_ascii=True) + "\n", encoding="ascii")
    return path


def kept() -> Iterator[tuple[str, Shot]]:
    """All of them, by name."""
    for path in sorted(FOLDER.glob("*.json")):
        yield path.stem, Shot.again(json.loads(path.read_text(encoding="ascii"))["shot"])


def again(shot: Shot, things: Furniture) -> Shot:
    """The same in this house."""
    return shot.put({name: value for value, name in things.names.items()})

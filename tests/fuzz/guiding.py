"""All parsers, each guided by what it covers, in processes of their own; what is found is kept."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from re import findall

from tests.fuzz.parsers import PARSERS

FOLDER = Path(__file__).parent / "corpus" / "parsers"
GRACE = 150  # seconds, for the import under instruments and the last input
LONGEST = 20_000  # bytes that are worth keeping


@dataclass(frozen=True)
class Tried:
    """One parser: how many inputs it took, how much of the code they reached, and what was found."""

    name: str
    inputs: int = 0
    reached: int = 0
    faults: tuple[str, ...] = ()


def possible() -> bool:
    """Whether this machine has atheris; it is built for Linux on x86-64 alone."""
    return find_spec("atheris") is not None


def guide(seconds: float, seed: int, processes: int, inputs: int | None = None) -> list[Tried]:
    """Each parser in turn, the time shared between them; or so many `inputs` each, with one seed always the same."""
    each = max(1, int(seconds * processes / len(PARSERS)))
    with ThreadPoolExecutor(processes) as pool:
        return list(pool.map(lambda name: _one(name, each, seed, inputs), PARSERS))


def _one(name: str, seconds: int, seed: int, inputs: int | None) -> Tried:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz.guided",
            name,
            folder,
            f"-max_total_time={seconds}" if inputs is None else f"-runs={inputs}",
            f"-seed={seed}",
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=seconds + GRACE, check=False, env=_same_again())
            said, code = done.stderr.decode(errors="replace"), done.returncode
        except subprocess.TimeoutExpired as late:
            said, code = f"hung after {seconds} s\n{(late.stderr or b'').decode(errors='replace')[-300:]}", 1
        faults = tuple(_kept(name, Path(folder), said)) if code else ()
    return Tried(name, _last(r"#(\d+)", said), _last(r"cov: (\d+)", said), faults)


def _same_again() -> dict[str, str]:
    """What is made of a seed depends on nothing that changes from run to run."""
    return os.environ | {"PYTHONHASHSEED": "0"}


def _last(pattern: str, said: str) -> int:
    found = findall(pattern, said)
    return int(found[-1]) if found else 0


def _kept(name: str, folder: Path, said: str) -> Iterator[str]:
    """What was found, kept in the corpus; and why it is a fault."""
    why = next(
        (line for line in reversed(said.splitlines()) if "Error" in line or "ERROR" in line or "hung" in line), said
    )
    found = sorted(folder.glob("found-*"))
    for path in found:
        content = path.read_bytes()
        kept = FOLDER / name.replace(" ", "-") / sha256(content).hexdigest()[:12]
        if len(content) <= LONGEST:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(content)
        yield f"{name}: {why[:200]} (kept as {kept.name})"
    if not found:
        yield f"{name}: {why[-300:]}"


def kept() -> Iterator[tuple[str, bytes]]:
    """What was once found, with the name of its parser."""
    names = {name.replace(" ", "-"): name for name in PARSERS}
    for path in sorted(FOLDER.glob("*/*")):
        yield names[path.parent.name], path.read_bytes()


def lines(tried: Sequence[Tried], began: float) -> Iterator[str]:
    """The report."""
    yield f"{sum(each.inputs for each in tried)} inputs into {len(tried)} parsers in {time.monotonic() - began:.0f} s"
    yield from (f"{each.inputs:>9} inputs, {each.reached:>6} branches  {each.name}" for each in tried)

"""Nothing is sealed that a change of keys would forget."""

import ast
from pathlib import Path

from sqlalchemy import LargeBinary

import callbacks.figure_tables  # noqa: F401 - nobody else here asks for figures
from callbacks.keys.places import FILES, ROWS
from config.database import metadata
from tests.callbacks.keys.conftest import OLD, PLACES, Kept

ROOT = Path(__file__).parents[3]
# Not sealed: hashes of what its owner holds.
HASHES = {"invitations.token_hash", "sessions.token_hash"}
# Not sealed: numbers, packed.
COUNTS = {"figure_sums.sums"}
# Who seals, and where that goes.
SEALERS = {
    "callbacks/answers/reading.py": "parts.body",
    "callbacks/answers/records.py": "answers.body",
    "callbacks/registering.py": "registrations.said",
    "callbacks/shelf.py": "recordings.file, attachments.file",
    "callbacks/written/pictures.py": "attachments.name",
    "callbacks/written/store.py": "written.body, and parts.body with it",
    "scheduling/accounts/proofs.py": "accounts.totp_sealed",
    "web/office/transfer_asked.py": "a field of a page, for half an hour",
    "webhooks/held.py": "an address in a call that goes on",
}
# What sealing is made of; numbers are sealed by the types of their columns (test_numbers).
BOXES = {"crypto.py", "sealed_numbers.py", "sealed_types.py"}
FORWARDED = {"held", "transfer_asked"}


def test_every_column_of_bytes_is_on_the_list_or_is_a_hash() -> None:
    tables = metadata.tables.values()
    found = {f"{t.name}.{c.name}" for t in tables for c in t.columns if isinstance(c.type, LargeBinary)}
    assert found == {str(place) for place in ROWS} | HASHES | COUNTS


def test_every_column_that_names_a_file_is_on_the_list() -> None:
    found = {f"{table.name}.file" for table in metadata.tables.values() if "file" in table.columns}
    assert found == {str(place) for place in FILES}


def test_whoever_seals_is_known_with_where_it_goes() -> None:
    rooms = ("callbacks", "config", "scheduling", "web", "webhooks", "ivr")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in files if path.name not in BOXES and _seals(path)}
    assert found == set(SEALERS)


def _seals(path: Path) -> list[ast.Attribute]:
    """Calls of a box's `seal`; those of our own modules of that name are no sealing of theirs."""
    called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    methods = [function for function in called if isinstance(function, ast.Attribute) and function.attr == "seal"]
    return [method for method in methods if ast.unparse(method.value) not in FORWARDED]


def test_the_tests_below_fill_every_place(kept: Kept) -> None:
    assert {str(place) for place in (*ROWS, *FILES)} == PLACES
    kept.everything(OLD)
    assert kept.readable(OLD) == len(PLACES)

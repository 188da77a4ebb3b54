"""What tests of the callbacks share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event


@pytest.fixture
def counted(database: Engine) -> Iterator[list[str]]:
    """Every statement that goes to the database, as it goes."""
    statements: list[str] = []

    def note(*execution: object) -> None:
        statements.append(str(execution[2]))

    event.listen(database, "before_cursor_execute", note)
    yield statements
    event.remove(database, "before_cursor_execute", note)


@pytest.fixture
def held(database: Engine) -> Iterator[set[object]]:
    """Connections in use."""
    found: set[object] = set()

    def out(connection: object, record: object, *_: object) -> None:
        found.add(record)

    def back(connection: object, record: object) -> None:
        found.discard(record)

    event.listen(database, "checkout", out)
    event.listen(database, "checkin", back)
    yield found
    event.remove(database, "checkout", out)
    event.remove(database, "checkin", back)

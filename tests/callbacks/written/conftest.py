"""The line that the tests of what is written share."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from callbacks.shelf import Shelf
from config.crypto import Box
from tests.callbacks.written.desk import Line, furnished


@pytest.fixture
def line(database: Engine, tmp_path: Path) -> Line:
    box = Box([b"1" * 32])
    return furnished(database, Shelf(tmp_path, box), box)

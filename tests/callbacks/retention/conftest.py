"""A house with a past."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from callbacks.shelf import Shelf
from config.crypto import Box
from tests.callbacks.retention.archive import Archive


@pytest.fixture
def archive(database: Engine, tmp_path: Path) -> Archive:
    """Nothing has happened in it yet."""
    return Archive(database, Shelf(tmp_path / "recordings", Box([b"1" * 32])))

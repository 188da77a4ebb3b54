"""Numbers in paths: none is larger than a row's, which PostgreSQL would refuse; there is nothing at such an address."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1  # of an id, and of a turn of a call


class Id(IntegerConverter):
    """`<int:…>`, up to the largest."""

    def __init__(self, *args: Any, max: int = LARGEST, **more: Any) -> None:
        super().__init__(*args, max=min(max, LARGEST), **more)


def add(app: Flask) -> None:
    """Before any door is opened."""
    app.url_map.converters["int"] = Id

"""Numbers in paths: none is larger than a row's, which PostgreSQL would refuse; there is nothing at such an address."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1  # of an id, and of a turn of a call


class Id(IntegerConverter):
    """`<int:…>`, up to the largest."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int = LARGEST) -> None:
        super().__init__(map, fixed_digits, min, max if max < LARGEST else LARGEST)


def add(app: Flask) -> None:
    """Before any door is opened."""
    app.url_map.converters["int"] = Id

"""A hospital of two wards, as in tests/calls."""

from tests.calls.conftest import _template, build

__all__ = ["_template", "build"]

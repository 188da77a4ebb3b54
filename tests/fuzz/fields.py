"""What each door asks a form or an address for: noted as it asks, so that nobody has to write it down."""

from collections import defaultdict
from typing import Any

from flask import has_request_context, request
from werkzeug.datastructures import ImmutableMultiDict

from web.forms import NamedRequest

MOST = 200  # names of one door
_asked: dict[str, dict[str, None]] = defaultdict(dict)


def asked(endpoint: str) -> list[str]:
    """The names that this door has asked for so far, in the order in which it first did."""
    return list(_asked[endpoint])


class _Noted(ImmutableMultiDict[str, Any]):
    """A form that remembers what it was asked for."""

    def __getitem__(self, key: str) -> Any:
        _note(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        _note(key)
        return super().__contains__(key)

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        _note(key)
        return super().getlist(key, type)


def _note(key: object) -> None:
    if isinstance(key, str) and has_request_context() and request.endpoint:
        known = _asked[request.endpoint]
        if len(known) < MOST and len(key) < 80:
            known.setdefault(key)


class Noting(NamedRequest):
    """The application's request, with such forms."""

    parameter_storage_class = _Noted

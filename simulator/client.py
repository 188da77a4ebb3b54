"""The REST side without a socket: an `http_client` for the unmodified `twilio` client.

Client(sim.account.sid, sim.account.auth_token, http_client=sim.http_client())
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from simulator.rest import Rest, RestRequest, parse_query


@dataclass(frozen=True)
class ClientResponse:
    """What the client reads of an answer."""

    status_code: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    ok: bool = True

    @property
    def text(self) -> str:
        return self.content.decode()


class InProcessClient:
    """`cut` and `hang`: what to raise where a connection would break, or be silent until the client gives up."""

    is_async = False

    def __init__(
        self, rest: Rest, cut: type[Exception] = ConnectionError, hang: type[Exception] = TimeoutError
    ) -> None:
        self.rest, self.cut, self.hang = rest, cut, hang

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> ClientResponse:
        parts = urlsplit(uri)
        query = [*parse_query(parts.query), *_pairs(params)]
        response = self.rest.handle(RestRequest(method.upper(), parts.path, query, list(_pairs(data)), auth))
        if response.cut:
            raise (self.hang if response.hang else self.cut)(f"{method} {parts.path}")
        return ClientResponse(response.status, response.body, ok=response.status < 400)


def _pairs(values: Mapping[str, Any] | None) -> Iterable[tuple[str, str]]:
    """As an HTTP library would send them: lists repeat the key."""
    for name, value in (values or {}).items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            yield name, str(one)

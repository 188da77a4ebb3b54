"""The REST subset: authentication, routing, errors, pages, faults. `Rest.handle` is what a server or a test calls."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from simulator.faults import RestFault
from simulator.office import Office
from simulator.trace import StrictnessError

T = TypeVar("T")
ROOT = "/2010-04-01/Accounts"
MAX_PAGE, DEFAULT_PAGE = 1000, 50
HANG_SECONDS = 60.0
# What anybody may fetch who has its address, until the account's owner enforces HTTP authentication on media.
_MEDIA = re.compile(rf"{ROOT}/\w+/(Recordings/\w+(\.wav|\.mp3)?|Messages/\w+/Media/\w+)")


class RestError(Exception):
    """An error body as Twilio writes it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class RestRequest:
    """`path` without query; `auth` as (user, password)."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    form: Sequence[tuple[str, str]] = ()
    auth: tuple[str, str] | None = None

    def one(self, name: str) -> str | None:
        """The first value of a form or query parameter; an empty one counts as given."""
        return next((value for key, value in (*self.form, *self.query) if key == name), None)

    def whole(self, name: str, default: int) -> int:
        value = self.one(name) or str(default)
        if not value.isdigit():
            raise RestError(400, 20001, f"{name} must be a whole number")
        return int(value)

    def all(self, name: str) -> list[str]:
        return [value for key, value in (*self.form, *self.query) if key == name]


@dataclass(frozen=True)
class RestResponse:
    """`cut`: the connection dies without an answer. `hang`: seconds of silence before that."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    cut: bool = False
    hang: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., RestResponse]


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler


_SID, _COUNTRY = "[A-Za-z]{2}[0-9a-fA-F]{32}", "[A-Za-z]{2}"


def route(method: str, path: str, handler: Handler) -> Route:
    """`{name}` in the path is a resource identifier, `{iso_code}` a country.

    A path with a slash before it stands as it is; others below the account's. Twilio has further hosts for those
    (voice.twilio.com, accounts.twilio.com): here one answers for all.
    """
    shapes = {"iso_code": _COUNTRY}
    pattern = re.sub(
        r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{shapes.get(found[1], _SID)})", path.replace(".", r"\.")
    )
    return Route(method, re.compile(pattern), handler)


class Rest:
    """Routes come from the resource modules."""

    def __init__(self, office: Office, routes: Iterable[Route]) -> None:
        self.office = office
        self.routes = (*routes, route("GET", "", self._account))

    def handle(self, request: RestRequest) -> RestResponse:
        """Thread-safe; never raises."""
        with self.office.clock.lock:
            fault = self.office.faults.for_rest(request.method, request.path)
            if fault and not fault.accepted:
                response = _refusal(fault)
            else:
                response = self._answer(request)
                response = _broken(fault) if fault else response
            self._log(request, response, fault)
            return response

    def _answer(self, request: RestRequest) -> RestResponse:
        try:
            return self._dispatch(request)
        except RestError as error:
            return error_response(error.status, error.code, error.message)
        except StrictnessError as error:
            self.office.clock.crashed(error)
            return error_response(500, 20500, str(error).partition("\n")[0])

    def _dispatch(self, request: RestRequest) -> RestResponse:
        self._authenticate(request)
        prefix = f"{ROOT}/{self.office.account.sid}"
        path = request.path.removesuffix(".json")
        if path.startswith(prefix):
            path = path.removeprefix(prefix).removeprefix("/")
        for candidate in self.routes:
            match = candidate.pattern.fullmatch(path)
            if match and candidate.method == request.method:
                return candidate.handler(request, **match.groupdict())
        raise not_found(request.path)

    def _authenticate(self, request: RestRequest) -> None:
        account = self.office.account
        if account.public_media and request.method == "GET" and _MEDIA.fullmatch(request.path):
            return
        user, password = request.auth or ("", "")
        expected = account.keys | {account.sid: account.auth_token}
        if not password or expected.get(user) != password:
            raise RestError(401, 20003, "Authenticate")

    def _account(self, request: RestRequest) -> RestResponse:
        sid = self.office.account.sid
        return ok({"sid": sid, "owner_account_sid": sid, "friendly_name": "simulated", "status": "active",
                   "type": self.office.account.kind, "uri": f"{ROOT}/{sid}.json", "subresource_uris": {}})  # fmt: skip

    def _log(self, request: RestRequest, response: RestResponse, fault: RestFault | None) -> None:
        said = f"{request.method} {request.path} → {'cut' if response.cut else response.status}"
        self.office.trace.add("rest", said + (f" ({fault.value})" if fault else ""), form=dict(request.form),
                              status=response.status)  # fmt: skip


def _refusal(fault: RestFault) -> RestResponse:
    return {
        RestFault.TOO_MANY: error_response(429, 20429, "Too many concurrent requests"),
        RestFault.SERVER_ERROR: error_response(500, 20500, "Internal server error"),
        RestFault.UNAVAILABLE: error_response(503, 20503, "Service unavailable"),
        RestFault.REFUSE_CUT: RestResponse(0, cut=True),
    }[fault]


def _broken(fault: RestFault) -> RestResponse:
    """The work is done; the client does not learn it."""
    return {
        RestFault.ACCEPT_CUT: RestResponse(0, cut=True),
        RestFault.ACCEPT_HANG: RestResponse(0, cut=True, hang=HANG_SECONDS),
        RestFault.ACCEPT_500: error_response(500, 20500, "Internal server error"),
    }[fault]


# -- answers --------------------------------------------------------------------------------------------------------


def ok(payload: Mapping[str, Any], status: int = 200) -> RestResponse:
    return RestResponse(status, json.dumps(payload).encode())


def gone() -> RestResponse:
    """204 after a deletion."""
    return RestResponse(204)


def error_response(status: int, code: int, message: str) -> RestResponse:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return ok({"code": code, "message": message, "more_info": more, "status": status}, status)


def not_found(path: str) -> RestError:
    return RestError(404, 20404, f"The requested resource {path} was not found")


def page(request: RestRequest, key: str, items: Sequence[T], show: Callable[[T], dict[str, Any]],
         identify: Callable[[T], str]) -> RestResponse:  # fmt: skip
    """One page, newest first. The token names the last item shown, so that new items shift nothing."""
    size = min(MAX_PAGE, max(1, request.whole("PageSize", DEFAULT_PAGE)))
    number = request.whole("Page", 0)
    token = (request.one("PageToken") or "").removeprefix("PA")
    sids = [identify(item) for item in items]
    start = sids.index(token) + 1 if token in sids else number * size
    shown = items[start : start + size]
    more = start + size < len(items)
    return ok({
        key: [show(item) for item in shown],
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
        "uri": _page_uri(request, size, number, token),
        "first_page_uri": _page_uri(request, size, 0, ""),
        "previous_page_uri": _page_uri(request, size, number - 1, "") if number else None,
        "next_page_uri": _page_uri(request, size, number + 1, identify(shown[-1])) if more else None,
    })  # fmt: skip


def _page_uri(request: RestRequest, size: int, number: int, token: str) -> str:
    """Relative, filters kept."""
    filters = [(name, value) for name, value in request.query if name not in ("Page", "PageSize", "PageToken")]
    paging = [("PageSize", str(size)), ("Page", str(number))] + ([("PageToken", f"PA{token}")] if token else [])
    return f"{request.path}?{urlencode([*filters, *paging])}"


def parse_query(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)

"""How requests leave: real HTTP, any Python callable, or a WSGI application in this process."""

import http.client
import io
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

ON_THE_WIRE = "/?&=%:@!$'()*+,;~-._#[]"  # what is not ASCII is percent-encoded, and signed as it was written


class ConnectFailed(Exception):
    """No connection: refused, unreachable, or not within the connect time-out."""


class ReadTimedOut(Exception):
    """Connected, but no (complete) answer in time."""


@dataclass(frozen=True)
class Request:
    """What goes out. Limits in seconds."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    connect_timeout: float = 5.0
    read_timeout: float = 15.0


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)


Transport = Callable[[Request], Response]
Plain = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]


def calling(function: Plain) -> Transport:
    """`(method, url, headers, body) -> (status, headers, body)` as a transport."""

    def send(request: Request) -> Response:
        return Response(*function(request.method, request.url, request.headers, request.body))

    return send


def over_http(request: Request) -> Response:
    """One request on a fresh connection; several may be under way on different threads."""
    parts = urlsplit(request.url)
    connection = _connect(parts.scheme, parts.hostname or "", parts.port, request)
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=ON_THE_WIRE)
    try:
        connection.request(request.method, target, request.body or None, dict(request.headers))
        answer = connection.getresponse()
        return Response(answer.status, dict(answer.getheaders()), answer.read())
    except (TimeoutError, http.client.HTTPException, OSError) as error:
        raise ReadTimedOut(type(error).__name__) from None
    finally:
        connection.close()


def _connect(scheme: str, host: str, port: int | None, request: Request) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=request.connect_timeout)
    try:
        connection.connect()
    except OSError as error:
        raise ConnectFailed(type(error).__name__) from None
    sock: socket.socket = connection.sock
    sock.settimeout(request.read_timeout)
    return connection


WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def wsgi(app: WsgiApp) -> Transport:
    """Calls a WSGI application in this process: deterministic, no socket."""

    def send(request: Request) -> Response:
        status: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            status.append((line, headers))
            return lambda data: None

        chunks = app(wsgi_environ(request), start_response)
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        line, headers = status[-1]
        return Response(int(line.split()[0]), dict(headers), body)

    return send


def wsgi_environ(request: Request) -> dict[str, Any]:
    """As gunicorn would build it, RAW_URI included (signatures are checked on the raw target)."""
    parts = urlsplit(request.url)
    raw = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": raw,
        "REQUEST_URI": raw,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc.rpartition("@")[2],
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ

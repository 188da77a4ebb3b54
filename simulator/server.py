"""The HTTP side: REST, media, the control API under `/sim/…` and the page of telephones."""

import json
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from simulator.control import Control, Refused
from simulator.media import STORAGE
from simulator.rest import RestRequest, RestResponse
from simulator.simulator import Simulator
from simulator.trace import Entry
from simulator.transport import ConnectFailed, ReadTimedOut, Request, over_http

STATIC = Path(__file__).parent / "static"
LONG_POLL_SECONDS = 20.0
STOP_SECONDS = 0.05
MAX_BODY = 8 * 1024 * 1024  # pictures of 5 MB, in base64
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class News:
    """Counts what happens; the page waits for the next number."""

    def __init__(self, simulator: Simulator) -> None:
        self._changed = threading.Condition()
        self.version = 0
        simulator.trace.watchers.append(self._tell)

    def wait(self, seen: int, timeout: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self.version != seen, timeout)
            return self.version

    def _tell(self, entry: Entry) -> None:
        with self._changed:
            self.version += 1
            self._changed.notify_all()


def create_app(simulator: Simulator, clock_url: str | None = None, beside: Mapping[str, str] | None = None) -> Flask:
    """`clock_url`: where the page finds the demo's clock (GET → now, rate; POST rate).

    `beside`: addresses of other pages by their names, for the header.
    """
    app = Flask(__name__, static_folder=str(STATIC), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    _add_rest(app, simulator)
    around = {"clock": clock_url is not None, "beside": dict(beside or {})}
    _add_control(app, Control(simulator), News(simulator), around)
    _add_clock(app, clock_url)
    _add_page(app)
    return app


def _add_rest(app: Flask, simulator: Simulator) -> None:
    @app.route("/2010-04-01/<path:rest>", methods=["GET", "POST", "DELETE"])
    @app.route("/v1/<path:rest>", methods=["GET"])
    def rest(rest: str) -> Response:
        given = request.authorization
        auth = (given.username or "", given.password or "") if given and given.type == "basic" else None
        asked = RestRequest(
            request.method, request.path, _pairs(request.args), _pairs(request.form), auth
        )  # fmt: skip
        return _answer(simulator.rest.handle(asked))

    @app.get(f"{STORAGE}<key>")
    def stored(key: str) -> Response:
        """Where pictures lie: not the account's own server, so that it takes no credentials of the account."""
        status, content_type, content = simulator.stored(request.path, authorized=request.authorization is not None)
        return Response(content, status, content_type=content_type)


def _pairs(values: Any) -> list[tuple[str, str]]:
    return list(values.items(multi=True))


def _answer(response: RestResponse) -> Response:
    if response.cut:
        _break_connection(response.hang)
    return Response(response.body, response.status or 500, response.headers, content_type=response.content_type)


def _break_connection(after: float) -> None:
    """The client learns nothing more; after `after` silent seconds the connection dies."""
    peer: socket.socket | None = request.environ.get("werkzeug.socket")
    if peer is None:
        return
    if after:
        peer.settimeout(after)
        _wait_for_client(peer)
    peer.shutdown(socket.SHUT_RDWR)


def _wait_for_client(peer: socket.socket) -> None:
    """Until the client gives up, or the socket's time-out."""
    try:
        peer.recv(1)
    except OSError:
        return


def _add_control(app: Flask, control: Control, news: News, around: dict[str, Any]) -> None:
    @app.get("/sim/state")
    def state() -> Response:
        """Answers at once, or with `?seen=N` when something has happened since."""
        seen = request.args.get("seen", type=int)
        version = news.version if seen is None else news.wait(seen, LONG_POLL_SECONDS)
        return jsonify(control.state() | around | {"version": version})

    @app.get("/sim/trace")
    def trace() -> Response:
        with control.simulator.clock.lock:
            return Response(control.simulator.trace.to_json(), content_type="application/json")

    @app.post("/sim/phones")
    def register() -> tuple[Response, int]:
        given = _json()
        control.register(str(given["number"]), str(given.get("name", "")), str(given.get("role", "")))
        return jsonify({}), 201

    @app.post("/sim/phones/<number>/<action>")
    def act(number: str, action: str) -> Response:
        control.act(number, action, _json())
        return jsonify({})

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> tuple[Response, int]:
        return jsonify({"error": str(refusal)}), 409

    @app.errorhandler(ValueError)
    def unreadable(error: ValueError) -> tuple[Response, int]:
        return jsonify({"error": str(error)}), 400

    @app.errorhandler(KeyError)
    def missing(error: KeyError) -> tuple[Response, int]:
        return jsonify({"error": f"missing: {error.args[0]}"}), 400


def _json() -> dict[str, Any]:
    """JSON only: a form on another page cannot send it."""
    given = request.get_json()
    return given if isinstance(given, dict) else {}


def _add_clock(app: Flask, url: str | None) -> None:
    """The demo's own clock, reached through this server so that the page talks to one origin only."""

    @app.get("/sim/clock")
    def read() -> Response:
        return _ask_clock(url, "GET", b"")

    @app.post("/sim/clock")
    def write() -> Response:
        return _ask_clock(url, "POST", json.dumps({"rate": float(_json()["rate"])}).encode())


def _ask_clock(url: str | None, method: str, body: bytes) -> Response:
    if url is None:
        return Response("{}", 404, content_type="application/json")
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        answer = over_http(Request(method, url, headers, body, connect_timeout=1.0, read_timeout=3.0))
    except (ConnectFailed, ReadTimedOut):
        return Response("{}", 504, content_type="application/json")
    return Response(answer.body, answer.status, content_type="application/json")


def _add_page(app: Flask) -> None:
    @app.get("/")
    def page() -> Response:
        return app.send_static_file("index.html")

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The trace has it already."""


class Server:
    """Serves a simulator on a port of its own (0: a free one) on a thread; a context manager."""

    def __init__(
        self,
        simulator: Simulator,
        port: int = 0,
        host: str = "127.0.0.1",
        clock_url: str | None = None,
        beside: Mapping[str, str] | None = None,
    ) -> None:
        app = create_app(simulator, clock_url, beside)
        self._server: BaseWSGIServer = make_server(host, port, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_SECONDS,), name="simulator-http", daemon=True
        )
        self.url = f"http://{host}:{self._server.server_port}"
        simulator.office.api_url = self.url

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

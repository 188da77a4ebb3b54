"""The demo's clock over HTTP, for the page of telephones: read it, and make it run faster. On loopback only."""

from collections.abc import Collection

from flask import Flask, Response, abort, jsonify, request
from sqlalchemy import Engine

from config import clock
from config.demo.hospitals import ZONE

FASTEST = 36_000.0  # ten hours a second: the tick still sees every rung before the next


def create_app(engine: Engine, page_origins: Collection[str]) -> Flask:
    """GET /clock: `{"now": …, "rate": …}`; POST /clock with `{"rate": …}`: from now on. Only those pages may ask."""
    app = Flask(__name__)

    @app.before_request
    def only_the_page() -> None:
        origin = request.headers.get("Origin")
        if origin is not None and origin not in page_origins:
            abort(403)

    @app.get("/clock")
    def read() -> Response:
        return _reading(engine)

    @app.post("/clock")
    def run() -> Response:
        rate = _rate(request.get_json())  # JSON only: a form on another page cannot send it
        with engine.begin() as connection:
            clock.set_rate(connection, rate)
        return _reading(engine)

    @app.after_request
    def shared_with_the_page(response: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin in page_origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Vary"] = "Origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _reading(engine: Engine) -> Response:
    with engine.connect() as connection:
        now, rate = clock.read(connection).now, clock.rate(connection)
    return jsonify(now=now.astimezone(ZONE).isoformat(), rate=rate)


def _rate(given: object) -> float:
    rate = given.get("rate") if isinstance(given, dict) else None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= FASTEST:
        abort(400, f"rate: a number above 0, {FASTEST:.0f} at most")
    return float(rate)

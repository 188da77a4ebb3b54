"""The demo's clock over HTTP, on loopback: read it, and make it run faster.

For the simulator, which passes it on to its page; a page that asks by itself, whosever it is, is refused.
"""

from flask import Flask, Response, abort, jsonify, request
from sqlalchemy import Engine

from config import clock
from config.demo.hospitals import ZONE

FASTEST = 36_000.0  # ten hours a second: the tick still sees one rung before the next


def create_app(engine: Engine) -> Flask:
    """GET /clock: `{"now": …, "rate": …}`; POST /clock with `{"rate": …}`: from now on."""
    app = Flask(__name__)

    @app.before_request
    def no_page() -> None:
        if "Origin" in request.headers:
            abort(403)

    @app.get("/clock")
    def read() -> Response:
        return _reading(engine)

    @app.post("/clock")
    def run() -> Response:
        rate = _rate(request.get_json())  # JSON only: a form on a page cannot send it
        with engine.begin() as connection:
            clock.set_rate(connection, rate)
        return _reading(engine)

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

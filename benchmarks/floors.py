"""The floors: what any Flask application pays that checks the signature and asks or tells PostgreSQL one thing; or all
that ours asks and tells it in one turn (`replay`), and nothing else.
"""

import os
from pathlib import Path
from uuid import UUID

from flask import Flask, Response, abort, request
from sqlalchemy import Column, Identity, Integer, MetaData, Table, Text, Uuid, insert, select
from twilio.request_validator import RequestValidator

from benchmarks import replay
from callbacks.tables import calls
from config.assembly import database_url
from config.database import web_engine
from config.settings import Settings, load

floor = MetaData()
answers = Table(
    "floor_answers",
    floor,
    Column("id", Integer, Identity(), primary_key=True),
    Column("call_id", Uuid, nullable=False),
    Column("answer", Text, nullable=False),
)

# As long as the answer to a pressed key is.
ANSWER = f'<?xml version="1.0" encoding="UTF-8"?><Response><Say>{"mot " * 200}</Say></Response>'


def create_app() -> Flask:
    """Three views under the settings of this process's environment; for the same web server as the application's."""
    settings = load(os.environ, Settings)
    engine = web_engine(database_url(settings))
    validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
    scripts = replay.kept(Path(os.environ[replay.SCRIPTS]))
    app = Flask("floors")

    @app.before_request
    def signed() -> None:
        url = settings.public_url + request.full_path.rstrip("?")
        if not validator.validate(url, request.form, request.headers.get("X-Twilio-Signature", "")):
            abort(403)

    @app.post("/floor/read/<uuid:call_id>")
    def read(call_id: UUID) -> Response:
        with engine.connect() as connection:
            connection.execute(select(calls.c.step).where(calls.c.id == call_id)).one()
        return _answered()

    @app.post("/floor/write/<uuid:call_id>")
    def write(call_id: UUID) -> Response:
        with engine.begin() as connection:
            connection.execute(select(calls.c.step).where(calls.c.id == call_id)).one()
            connection.execute(insert(answers).values(call_id=call_id, answer=ANSWER))
        return _answered()

    @app.post("/floor/same/<name>/<path:path>")
    def same(name: str, path: str) -> Response:
        script = scripts[name]
        script.play(engine, replay.Own(path, request.form))
        return Response(script.answer.body, script.answer.status, content_type=script.answer.content_type)

    return app


def _answered() -> Response:
    return Response(ANSWER, content_type="text/xml; charset=utf-8")

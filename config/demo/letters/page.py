"""The page of the mailboxes: what came, what was sent, and a letter to write, which leaves by SMTP as any other."""

import base64
import smtplib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request

from config.demo.letters.boxes import Boxes, addresses
from config.demo.letters.letter import Enclosed, Letter, Wish, Writer, compose

STATIC = Path(__file__).parent / "static"
LONG_POLL_SECONDS = 20.0
PATIENCE = 10.0  # seconds, for the door to take a letter
MAX_BODY = 45_000_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Around:
    """Whose mailboxes there are, which addresses they may write to, the page of the telephones, the language."""

    writers: Sequence[Writer]
    recipients: Sequence[str]
    telephones: str
    language: str

    def writer(self, address: str) -> Writer | None:
        """Who has this mailbox."""
        return next((writer for writer in self.writers if writer.address == address), None)


Hand = Callable[[EmailMessage, str, str], None]  # a letter, from, to; raises OSError, smtplib.SMTPException


def hand_to(port: int) -> Hand:
    """Letters leave by SMTP to this port of loopback."""

    def hand(message: EmailMessage, sender: str, recipient: str) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as door:
            door.send_message(message, sender, [recipient])

    return hand


def create_app(boxes: Boxes, around: Around, hand: Hand, now: Callable[[], datetime]) -> Flask:
    """GET / the page; GET /state[?seen=N]; POST /letters `{from, to, subject, text, answers?, enclosed?}`."""
    app = Flask(__name__, static_folder=str(STATIC), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.get("/")
    def page() -> Response:
        return app.send_static_file("index.html")

    @app.get("/state")
    def state() -> Response:
        """At once, or with `?seen=N` when there is one more letter than that."""
        seen = request.args.get("seen", type=int)
        if seen is not None:
            boxes.wait(seen, LONG_POLL_SECONDS)
        return jsonify(_state(boxes, around))

    @app.post("/letters")
    def send() -> Response | tuple[Response, int]:
        wish = _wish(request.get_json(), boxes, around)  # JSON only: a form on another page cannot send it
        message = compose(wish, now())
        try:
            hand(message, wish.writer.address, wish.to)
        except (OSError, smtplib.SMTPException) as error:
            return jsonify(error=_said(error)), 502
        return jsonify(id=boxes.put(message.as_bytes(), wish.writer.address, now(), own=True).id)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _state(boxes: Boxes, around: Around) -> dict[str, Any]:
    letters = boxes.newest()
    known = {writer.address: _label(writer) for writer in around.writers}
    others = {address: address for address in addresses(letters) if address not in known}
    return {
        "version": len(letters),
        "language": around.language,
        "telephones": around.telephones,
        "recipients": list(around.recipients),
        "boxes": [
            {"address": address, "name": name, "writes": address in known} for address, name in (known | others).items()
        ],
        "letters": [letter.shown() for letter in letters],
    }


def _label(writer: Writer) -> str:
    return f"{writer.name} ({writer.note})" if writer.note else writer.name


def _wish(given: object, boxes: Boxes, around: Around) -> Wish:
    """What was typed; 400 when it is no letter."""
    typed: dict[str, Any] = given if isinstance(given, dict) else {}
    writer, to = around.writer(str(typed.get("from", ""))), str(typed.get("to", "")).strip()
    if writer is None or "@" not in to or len(to.split()) != 1:
        abort(400)
    text, subject = str(typed.get("text", "")), str(typed.get("subject", ""))
    return Wish(writer, to, subject, text, tuple(_enclosed(typed)), _answered(typed, boxes))


def _enclosed(typed: dict[str, Any]) -> Iterator[Enclosed]:
    try:
        for each in typed.get("enclosed", ()):
            yield Enclosed(str(each["name"]), str(each["type"]), base64.b64decode(each["data"], validate=True))
    except (KeyError, TypeError, ValueError):
        abort(400)


def _answered(typed: dict[str, Any], boxes: Boxes) -> Letter | None:
    number = typed.get("answers")
    return boxes.find(number) if isinstance(number, int) else None


def _said(error: OSError | smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {said.decode('utf-8', 'replace')}" for code, said in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
    return type(error).__name__

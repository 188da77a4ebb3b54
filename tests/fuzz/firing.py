"""One shot into the application, signed as it claims to be, and all that came of it."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator
from werkzeug.exceptions import HTTPException

from tests.fuzz.ear import Ear, where
from tests.fuzz.judge import Answer
from tests.fuzz.machines import CARRIER, MAILER, WRONG
from tests.fuzz.shots import Shot
from tests.fuzz.world import House, World
from tests.web.conftest import TOKEN
from tests.webhooks.mail.bringing import PRIVATE, WHEN
from web.forms import NamedRequest
from webhooks.mail.sendgrid import SIGNATURE, TIMESTAMP
from webhooks.signature import HEADER

PUBLIC_URL = "http://localhost"


@dataclass
class Range:
    """Where is shot: the application of a house, called as a web server calls it; `ear` hears its log."""

    house: House
    ear: Ear = field(default_factory=Ear)

    def __enter__(self) -> "Range":
        self.ear.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.ear.__exit__()
        self.house.close()

    def fire(self, shot: Shot, world: World) -> Answer:
        """One shot, and the whole answer."""
        environ = shot.environ(world.furniture.cookies.get(shot.role, ""))
        environ.update(_seal(shot, environ))
        answered, escaped, body = _Start(), "", b""
        began, worked = time.perf_counter(), time.thread_time()
        try:
            parts = world.app.wsgi_app(environ, answered)
            try:
                body = b"".join(parts)
            finally:
                getattr(parts, "close", lambda: None)()
        except Exception as error:  # noqa: BLE001 — the edge of a request: what comes out of it is what is looked for
            escaped = where(error)
        work, took = time.thread_time() - worked, time.perf_counter() - began
        borrowed: int = self.house.engine.pool.checkedout()  # type: ignore[attr-defined]
        return Answer(answered.status, answered.headers, body, work, took, self.ear.taken(), escaped, borrowed)


@dataclass
class _Start:
    """WSGI's `start_response`."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, line: str, found: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        self.status, self.headers = int(line.split()[0]), {name.lower(): value for name, value in found}
        return bytes  # the old way to write: nothing that is built on Werkzeug uses it


def _seal(shot: Shot, environ: dict[str, Any]) -> dict[str, str]:
    """The headers by which its signer is known."""
    signed = {}
    if shot.seal == CARRIER:
        signed = {HEADER: _carrier_s(shot, environ)}
    elif shot.seal == MAILER:
        signature = PRIVATE.sign(WHEN.encode() + shot.body, ec.ECDSA(hashes.SHA256()))
        signed = {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: WHEN}
    elif shot.seal == WRONG:
        signed = {HEADER: "033hgUJA9M/hXIZsYjwkerEP/DA=", SIGNATURE: "MEUCIGHQ", TIMESTAMP: WHEN}
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed.items()}


_VALIDATOR = RequestValidator(TOKEN)


def _carrier_s(shot: Shot, environ: dict[str, Any]) -> str:
    """The carrier's signature, over the form as it will be read."""
    try:
        form = NamedRequest({**environ, "wsgi.input": BytesIO(shot.body)}).form
    except (HTTPException, ValueError):
        form = {}  # type: ignore[assignment]
    return str(_VALIDATOR.compute_signature(PUBLIC_URL + environ["RAW_URI"], form))

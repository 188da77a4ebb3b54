"""The web application, put together: parts in, doors on, and no door that does not say who may enter."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect
from redis import Redis

from callbacks.house import Desk
from config.doors import doors
from web import headers, health
from webhooks.signature import Signatures

# Above the carrier's largest request by far; what is longer is refused before it is read.
LARGEST_BODY = 256 * 1024
FORM_HOURS = 12


@dataclass(frozen=True)
class Parts:
    """What the application is made of; tests hand in their own."""

    desk: Desk
    signatures: Signatures
    redis: Redis
    machine_doors: Sequence[Blueprint]


def assemble(parts: Parts) -> Flask:
    """The application around its parts; raises SilentDoor rather than serve an unguarded route."""
    https = parts.desk.house.public_url.startswith("https:")
    app = Flask("web", static_folder=None)
    app.config.update(
        # Not the key itself: it signs links too, and one signature must not stand for another.
        SECRET_KEY=hmac.digest(parts.desk.house.secret_key, b"sessions", sha256),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SESSION_COOKIE_NAME="__Host-rappel24" if https else "rappel24",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=FORM_HOURS * 3600,
    )
    app.extensions.update(
        desk=parts.desk, signatures=parts.signatures, pulse=health.Pulse(parts.desk.engine, parts.redis)
    )
    forms = CSRFProtect(app)
    headers.add(app, https=https)
    for blueprint in parts.machine_doors:
        forms.exempt(blueprint)  # signed by the carrier instead
        app.register_blueprint(blueprint)
    for blueprint in (health.blueprint,):
        app.register_blueprint(blueprint)
    doors(app)
    return app

"""The web application, put together: parts in, doors on, and no door that does not say who may enter."""

import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

import web
from callbacks import outcomes
from callbacks.carrier_language import account_url
from callbacks.house import Desk
from callbacks.kinds.kind import defaults
from callbacks.line import Line
from callbacks.shelf import Shelf
from config import logs, watching
from config.assembly import box_of, database_url, house_of, numbers_at_rest, ours_of, redis_url, shelf_of, tokens_of
from config.database import web_engine
from config.doors import anyone, doors
from config.patience import give_up_in
from config.queue import Doorbell, connect
from config.settings import Settings, load
from web import (
    answer,
    answering,
    assess,
    conversation,
    converters,
    entering,
    errors,
    forms,
    gp,
    headers,
    health,
    link,
    metrics,
    pictures,
    poll,
)
from web.office import (
    account,
    accounts,
    board,
    calls,
    checks,
    enrolment,
    evaluation,
    feeds,
    figures,
    going_home,
    guard,
    information,
    invitation,
    kinds,
    ladders,
    leave,
    lines,
    months,
    now,
    oidc,
    patterns,
    people,
    practices,
    practitioners,
    readings,
    registrations,
    requests,
    retention,
    rota,
    sheets,
    shift,
    signin,
    statement,
    throttle,
    trail,
    transfer,
    wards,
    whatif,
    written,
    yearly,
)
from web.strikes import Strikes
from webhooks import email, outage, sms, voice
from webhooks.mail import sendgrid
from webhooks.mail.letterbox import Drop, letterbox
from webhooks.signature import Signatures
from webhooks.twiml import Renderer

# Above the carrier's largest request by far; what is longer is refused before it is read.
LARGEST_BODY = 256 * 1024
FORM_HOURS = 12
MACHINE_SECONDS = 3.0
MACHINES = (voice.blueprint, voice.sounds, sms.blueprint, email.blueprint)
# For who holds a link.
LINKS = (
    link.blueprint,
    pictures.blueprint,
    answering.blueprint,
    gp.blueprint,
    answer.blueprint,
    conversation.blueprint,
    assess.blueprint,
    poll.blueprint,
)
OFFICE = (
    signin.blueprint,
    invitation.blueprint,
    oidc.blueprint,
    account.blueprint,
    accounts.blueprint,
    now.blueprint,
    board.blueprint,
    requests.blueprint,
    going_home.blueprint,
    calls.blueprint,
    written.blueprint,
    rota.blueprint,
    shift.blueprint,
    whatif.blueprint,
    patterns.blueprint,
    leave.blueprint,
    checks.blueprint,
    months.blueprint,
    wards.blueprint,
    people.blueprint,
    practitioners.blueprint,
    practices.blueprint,
    registrations.blueprint,
    enrolment.blueprint,
    sheets.blueprint,
    kinds.blueprint,
    ladders.blueprint,
    trail.blueprint,
    readings.blueprint,
    retention.blueprint,
    information.blueprint,
    information.public,
    statement.blueprint,
    lines.blueprint,
    transfer.blueprint,
    feeds.blueprint,
    feeds.calendar,
    figures.blueprint,
    evaluation.blueprint,
    yearly.blueprint,
)


@dataclass(frozen=True)
class Parts:
    """What the application is made of; tests hand in their own. `api_url`: where the carrier keeps recordings."""

    desk: Desk
    shelf: Shelf
    redis: Redis
    tokens: Sequence[str]
    api_url: str
    provider: oidc.Provider | None = None  # who vouches for people, when the settings name one
    drop: Drop | None = None  # where letters go, when there is an address to write to
    sendgrid_key: str | None = None  # whose letters come in by our own door
    mail_process: bool = False  # whether one is needed
    proxies: int = 0  # of ours, between the network and us
    evaluation_key: bytes | None = None  # of the pseudonyms that evaluators get


def create_app() -> Flask:
    """The application of this process's environment, for the web server. Raises BadSettings, ServersMissing."""
    logs.configure("web")
    settings = load(os.environ, Settings)
    watching.configure("web", settings)
    numbers_at_rest(settings)
    doorbell, engine = Doorbell(redis_url(settings)), web_engine(database_url(settings))
    desk, shelf, ours = (
        Desk(engine, doorbell, box_of(settings), house_of(settings)),
        shelf_of(settings),
        ours_of(settings),
    )
    return assemble(
        Parts(
            desk=desk,
            shelf=shelf,
            redis=connect(redis_url(settings)),
            tokens=tokens_of(settings),
            provider=provider_of(settings),
            drop=letterbox(desk, shelf, ours) if ours else None,
            sendgrid_key=settings.sendgrid_public_key,
            mail_process=settings.takes_mail,
            proxies=settings.trusted_proxies,
            evaluation_key=settings.pseudonyms_key,
            api_url=account_url(settings.twilio_account_sid, settings.twilio_api_url),
        )
    )


def provider_of(settings: Settings) -> oidc.Provider | None:
    """Who vouches for people; None when the settings name nobody."""
    issuer, client_id, secret = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
    if issuer is None or client_id is None or secret is None:
        return None
    return oidc.Provider(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret.get_secret_value(),
        label=settings.oidc_label,
        scopes=settings.oidc_scopes,
        acr_values=settings.oidc_acr_values,
    )


def assemble(parts: Parts) -> Flask:
    """The application around its parts; raises SilentDoor rather than serve an unguarded route, BadOutcomes."""
    defaults(), outcomes.offered()  # a bad list is known at the start, not when a callback is over
    house = parts.desk.house
    https = house.public_url.startswith("https:")
    app = Flask("web", root_path=str(Path(web.__file__).parent))
    app.request_class = forms.NamedRequest
    if parts.proxies:
        # Where the visitor is, as our own proxies say; scheme and host are PUBLIC_URL's, whatever anybody says.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=parts.proxies, x_proto=0)  # type: ignore[method-assign]
    app.view_functions["static"] = anyone(app.view_functions["static"])
    app.config.update(_settings(house.secret_key, https=https))
    renderer = Renderer(house, parts.api_url)
    app.extensions.update(
        desk=parts.desk,
        line=Line(parts.desk, renderer),
        renderer=renderer,
        shelf=parts.shelf,
        signatures=Signatures(house.public_url, parts.tokens),
        strikes=Strikes(),
        pulse=health.Pulse(parts.desk.engine, parts.redis, parts.mail_process, parts.shelf.folder),
        letterbox=parts.drop,
        evaluation_key=parts.evaluation_key,
        sendgrid=sendgrid.key_of(parts.sendgrid_key) if parts.sendgrid_key and parts.drop else None,
    )
    converters.add(app)
    machines = frozenset(blueprint.name for blueprint in MACHINES)
    entering.add(app, machines)
    metrics.add(app)
    _hurry(app)
    outage.add(app, machines, parts.desk.engine)
    offices = frozenset(blueprint.name for blueprint in OFFICE)
    headers.add(app, https=https, with_script=offices | {link.blueprint.name, answering.blueprint.name})
    errors.add(app, offices)
    guard.add(app)
    throttle.add(app, parts.redis)
    oidc.add(app, parts.provider)
    _open_doors(app)
    return app


def _hurry(app: Flask) -> None:
    """The carrier waits four seconds for an answer: what its doors ask of the register is cut off before."""
    machines = frozenset(blueprint.name for blueprint in MACHINES)

    @app.before_request
    def begin() -> None:
        give_up_in(MACHINE_SECONDS if request.blueprint in machines else None)


def _settings(secret_key: bytes, *, https: bool) -> dict[str, object]:
    return {
        # Not the key itself: it signs links too, and one signature must not stand for another.
        "SECRET_KEY": hmac.digest(secret_key, b"sessions", sha256),
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "SESSION_COOKIE_NAME": "__Host-rappel24" if https else "rappel24",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": FORM_HOURS * 3600,
    }


def _open_doors(app: Flask) -> None:
    guarded = CSRFProtect(app)
    for blueprint in MACHINES:
        guarded.exempt(blueprint)  # signed by the carrier instead
    people = (health.blueprint, metrics.blueprint, *LINKS, *OFFICE)
    for blueprint in (*MACHINES, *people):
        app.register_blueprint(blueprint)
    doors(app)

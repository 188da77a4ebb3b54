"""Signing in through the hospital's OpenID Connect provider: code flow with PKCE, state and nonce, all Authlib's.

Only an account that exists is let in: known by issuer and subject, or, the first time, by the invitation he holds, or
by an address that the provider has verified and an administrator has invited. No connection is held while the provider
is asked. `domain.md` 2.6: Pro Santé Connect is such a provider.
"""

from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, make_response, redirect, request, session, url_for
from requests import RequestException
from sqlalchemy import Connection

from callbacks.house import Desk
from config import clock
from config.clock import Moment
from config.doors import Who, admits, anyone
from config.lazily import lazily
from scheduling.accounts import proofs
from scheduling.accounts.proofs import Known
from web.office import arriving, outside

authlib, authlib_errors = lazily("authlib.integrations.flask_client"), lazily("authlib.common.errors")
joserfc_errors = lazily("joserfc.errors")

TIMEOUT_SECONDS = 5.0
DISCOVERY = "/.well-known/openid-configuration"
_TO, _INVITED = "provider_to", "provider_invited"
_log = structlog.get_logger(__name__)

blueprint = Blueprint("oidc", __name__)


@dataclass(frozen=True)
class Provider:
    """Who vouches for people, as the settings name it."""

    issuer: str  # without its last slash
    client_id: str
    client_secret: str = field(repr=False)
    label: str = "OpenID Connect"
    scopes: str = "openid email profile"
    acr_values: str = ""  # how sure it must be: Pro Santé Connect wants "eidas1"


class NotVouchedFor(Exception):
    """The provider did not say who this is; the text names no person."""


@dataclass(frozen=True)
class Vouched:
    """Whom the provider sends."""

    subject: str  # with its issuer: subjects are each provider's own
    email: str  # "" when it has not verified one


class Client:
    """The provider as we ask it; its addresses are discovered at the first sign-in."""

    def __init__(self, app: Flask, provider: Provider) -> None:
        self.label = provider.label
        self._issuer = provider.issuer
        self._asked: Any = authlib.OAuth(app).register(
            "provider",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=provider.issuer + DISCOVERY,
            authorize_params={"acr_values": provider.acr_values} if provider.acr_values else None,
            client_kwargs={
                "scope": provider.scopes,
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT_SECONDS,
            },
        )

    def send(self, back: str) -> Response:
        """To the provider's page; it sends him to `back`. Raises NotVouchedFor when it does not answer."""
        try:
            self._check_issuer()
            return cast(Response, self._asked.authorize_redirect(back))
        except (authlib_errors.AuthlibBaseError, RequestException, RuntimeError, ValueError) as fault:
            raise NotVouchedFor(type(fault).__name__) from None

    def receive(self) -> Vouched:
        """Who came back, by a token that was signed for us and for this very attempt; raises NotVouchedFor."""
        try:
            self._check_issuer()
            claims = self._asked.authorize_access_token().get("userinfo")
        except (
            authlib_errors.AuthlibBaseError,
            joserfc_errors.JoseError,
            RequestException,
            RuntimeError,
            ValueError,
        ) as fault:
            raise NotVouchedFor(type(fault).__name__) from None
        if not claims or not claims.get("sub"):
            raise NotVouchedFor("no identity in the answer")
        email = claims.get("email", "") if claims.get("email_verified") is True else ""
        return Vouched(f"{self._issuer} {claims['sub']}", str(email))

    def _check_issuer(self) -> None:
        """A provider that calls itself otherwise is another one (OpenID Connect Discovery 4.3)."""
        said = str(self._asked.load_server_metadata().get("issuer", ""))
        if said.rstrip("/") != self._issuer:
            raise NotVouchedFor("it calls itself by another issuer")


def add(app: Flask, provider: Provider | None) -> None:
    """Offer the provider, when the settings name one."""
    if provider is not None:
        app.extensions["oidc"] = Client(app, provider)


@blueprint.get("/signin/provider")
@anyone
def go() -> Response:
    """To the provider; nothing changes but what this browser remembers of where he wanted to go."""
    return _go(outside.within(request.args.get("next", "/")), "")


@blueprint.get("/invitation/<token>/provider")
@admits(Who.INVITED)
def go_invited(token: str) -> Response:
    """To the provider, with an invitation: whom it vouches for is the one who holds it."""
    desk = cast(Desk, current_app.extensions["desk"])
    with desk.engine.begin() as conn:
        if proofs.by_invitation(conn, token) is None:
            abort(404)
    return _go("/", token)


def _go(to: str, invitation: str) -> Response:
    client = _client()
    session[_TO], session[_INVITED] = to, invitation
    desk = cast(Desk, current_app.extensions["desk"])
    try:
        return make_response(client.send(desk.house.public_url + url_for("oidc.back")))
    except NotVouchedFor as reason:
        return _refused("signin.provider_silent", reason)


@blueprint.get("/signin/provider/back")
@anyone
def back() -> Response:
    """From the provider: who he is, if he has an account here."""
    client, desk = _client(), cast(Desk, current_app.extensions["desk"])
    to, invitation = outside.within(session.pop(_TO, "/")), session.pop(_INVITED, "")
    try:
        vouched = client.receive()
    except NotVouchedFor as reason:
        return _refused("signin.provider_refused", reason)
    with desk.engine.begin() as conn:
        moment = clock.read(conn)
        known = _known(conn, moment, vouched, invitation)
        arrived = None if known is None else arriving.arrive(conn, moment, known, to, "provider")
    if arrived is None:
        return _refused("signin.provider_unknown", NotVouchedFor("no account"))
    return arriving.let_in(arrived)


def _known(conn: Connection, moment: Moment, vouched: Vouched, invitation: str) -> Known | None:
    known = proofs.by_subject(conn, vouched.subject)
    if known is not None:
        return known
    invited = proofs.by_invitation(conn, invitation) if invitation else None
    if invited is None and vouched.email:
        invited = proofs.invited_by_email(conn, vouched.email)
    if invited is None or not proofs.link(conn, moment, invited, vouched.subject):
        return None
    return invited


def _client() -> Client:
    client: Client | None = current_app.extensions.get("oidc")
    return client or abort(404)


def _refused(note: str, reason: NotVouchedFor) -> Response:
    _log.warning("not signed in through the provider", reason=str(reason))
    outside.tell(note, provider=outside.provider_label())
    return make_response(redirect(url_for("signin.see"), 303))

"""Before somebody is signed in: what he reads, and how far he has come. The browser keeps that, signed."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app, flash, render_template, request, session

from config import texts
from scheduling.accounts.proofs import Known
from web import visit

LASTS = timedelta(minutes=10)  # of real time: to fetch the telephone, and to install the application
_KEY, _LANGUAGE, _TYPED = "halfway", "language", "email"


def language() -> str:
    """What he reads: his choice in the address, which his browser remembers, else the house's language."""
    if request.args.get("lang") in texts.LANGUAGES:
        session[_LANGUAGE] = request.args["lang"]
    remembered = session.get(_LANGUAGE)
    return str(remembered) if remembered in texts.LANGUAGES else visit.language()


def say(key: str, /, **values: object) -> str:
    """A sentence of the catalogue in what he reads."""
    return texts.say(key, language(), **values)


def show(template: str, **values: object) -> str:
    """A page for who is not signed in."""
    return render_template(f"office/{template}", say=say, language=language(), **values)


def tell(key: str, *, good: bool = False, **values: object) -> None:
    """A note on the next page."""
    flash(say(key, **values), "good" if good else "bad")


def within(to: str) -> str:
    """A place of ours to go to, or the beginning: an address that leads elsewhere is not followed."""
    plain = to.replace("\\", "/")
    try:
        parts = urlsplit(plain)
    except ValueError:  # half an IPv6 address, a letter that only looks like another
        return "/"
    # Browsers take three slashes, too, for the beginning of a host.
    inside = not parts.scheme and not parts.netloc and to.startswith("/") and not plain.startswith("//")
    return to if inside and to.isprintable() else "/"


def typed() -> str:
    """The address that he typed last, so that a slip in the password does not cost him the rest."""
    return str(session.get(_TYPED, ""))


def remember_typed(email: str) -> None:
    """Keep it in his browser until he is in."""
    session[_TYPED] = email[:200]


@dataclass(frozen=True)
class Halfway:
    """Whose password was right, until when (real time); where he wants to go; the secret he is about to enrol."""

    account_id: int
    seal: str
    until: datetime
    to: str
    secret: str = ""  # sealed, in base64

    @classmethod
    def of(cls, known: Known, real: datetime, to: str, sealed: bytes = b"") -> "Halfway":
        """He has just given it."""
        return cls(known.id, known.seal, real + LASTS, to, base64.b64encode(sealed).decode())

    def holds(self, known: Known, real: datetime) -> bool:
        """Whether it is his still, and not too old."""
        return (self.account_id, self.seal) == (known.id, known.seal) and real < self.until

    @property
    def sealed(self) -> bytes:
        """What he is about to put into his application; empty when he has one already."""
        return base64.b64decode(self.secret)


def kept() -> Halfway | None:
    """What this browser brought back; a cookie that another release wrote counts for nothing."""
    try:
        account_id, seal, until, to, secret = session.get(_KEY, ())
        return Halfway(account_id, seal, datetime.fromisoformat(until), within(to), secret)
    except (TypeError, ValueError):
        return None


def keep(halfway: Halfway) -> None:
    """Give it to the browser."""
    until = halfway.until.isoformat()
    session[_KEY] = [halfway.account_id, halfway.seal, until, halfway.to, halfway.secret]


def drop() -> None:
    """He begins anew."""
    session.pop(_KEY, None)


def forget() -> None:
    """Take everything from the browser but the language that he reads."""
    chosen = session.get(_LANGUAGE)
    session.clear()
    if chosen is not None:
        session[_LANGUAGE] = chosen


def provider_label() -> str:
    """What the provider's button says; "" when there is none."""
    provider = current_app.extensions.get("oidc")
    return "" if provider is None else str(provider.label)

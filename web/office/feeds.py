"""Calendars behind secret links: the page where they are copied and renewed, and the door that a calendar knocks at."""

import time
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from flask import Blueprint, Response, abort, current_app, request, url_for
from sqlalchemy import Connection, select
from werkzeug.exceptions import TooManyRequests

from callbacks.house import Desk
from config import clock, texts
from config.doors import Who, admits
from scheduling import tables as t
from scheduling.planning import feeds
from scheduling.planning.feeds import Ended, Feed, Forged, Owner
from scheduling.rota import Person, Ward
from web.office.guard import Answer, Back, Visitor, editor
from web.office.page import page
from web.office.transfer_asked import members
from web.strikes import Strikes

blueprint = Blueprint("feeds", __name__, url_prefix="/feeds/<slug>")
calendar = Blueprint("calendar", __name__)


@dataclass(frozen=True)
class Link:
    """A calendar as the page lists it; no address: nobody has asked for one yet."""

    person: Person | None  # None: the ward's own
    url: str
    feed: Feed | None


@blueprint.get("")
@editor
def see(visitor: Visitor, slug: str) -> Answer:
    """The ward's link and those of its seniors."""
    ward = visitor.ward(slug, edit=True)
    seniors = members(visitor.conn, ward)
    known = feeds.known(visitor.conn, [Owner(ward_id=ward.id), *(Owner(person_id=person.id) for person in seniors)])
    own = _link(visitor, ward, None, known.get(Owner(ward_id=ward.id)))
    links = [_link(visitor, ward, person, known.get(Owner(person_id=person.id))) for person in seniors]
    return page(visitor, "feeds.html", "rota", ward=ward, own=own, links=links, partial=not visitor.account.administers)


@blueprint.post("/renew")
@editor
def renew(visitor: Visitor, slug: str) -> Answer:
    """A first link, or another one: the old one ends at once."""
    ward = visitor.ward(slug, edit=True)
    wanted = request.form.get("person", "")
    person = next((each for each in members(visitor.conn, ward) if str(each.id) == wanted), None)
    if wanted and person is None:
        abort(404)
    owner = Owner(ward_id=ward.id) if person is None else Owner(person_id=person.id)
    name = ward.name if person is None else person.name
    feeds.renew(visitor.conn, visitor.moment, visitor.by, owner, name, ward.id)
    return Back(url_for("feeds.see", slug=slug), "transfer.link_renewed", values={"name": name})


def _link(visitor: Visitor, ward: Ward, person: Person | None, feed: Feed | None) -> Link:
    if feed is None:
        return Link(person, "", None)
    house = visitor.desk.house
    only = _shown_to(visitor, ward, person)
    return Link(person, f"{house.public_url}/calendar/{feeds.token(feed, house.secret_key, only)}.ics", feed)


def _shown_to(visitor: Visitor, ward: Ward, person: Person | None) -> frozenset[int]:
    """The wards of a senior's link that this visitor may hand out; none named: all."""
    if person is None or visitor.account.administers:
        return frozenset()
    return (wards_of(visitor.conn, person) & visitor.account.ward_ids) | {ward.id}


def wards_of(conn: Connection, person: Person) -> frozenset[int]:
    """The ids of the wards whose senior he is."""
    return frozenset(conn.scalars(select(t.ward_seniors.c.ward_id).where(t.ward_seniors.c.person_id == person.id)))


@calendar.get("/calendar/<token>.ics")
@admits(Who.FEED)
def subscribe(token: str) -> Response:
    """The shifts, to whoever holds the link. Calendars ask by the hour: nothing is sent that has not changed."""
    desk = cast(Desk, current_app.extensions["desk"])
    try:
        feeds.unsign(token, desk.house.secret_key)
        with desk.engine.begin() as conn:
            feed = feeds.resolve(conn, token, desk.house.secret_key)
            shown = feeds.show(conn, feed, clock.read(conn).now, desk.house.language)
    except Forged:
        return _stranger(desk)
    except Ended:
        return _told(texts.say("transfer.link_ended", desk.house.language), 410)
    reply = Response(shown.data, content_type="text/calendar; charset=utf-8")
    reply.set_etag(sha256(shown.data).hexdigest()[:32])
    reply.last_modified = shown.changed
    reply.headers["Cache-Control"] = "private, no-cache"
    reply.headers["Content-Disposition"] = 'inline; filename="rappel24.ics"'
    # By the tag alone: a day that passes changes what is shown, and no rota with it.
    if request.if_none_match.contains_weak(reply.get_etag()[0] or ""):
        reply.status_code = 304
        reply.set_data(b"")
    return reply


def _stranger(desk: Desk) -> Response:
    strikes = cast(Strikes, current_app.extensions["strikes"])
    if strikes.one_more(request.remote_addr or "", time.monotonic()):
        raise TooManyRequests(retry_after=60)
    return _told(texts.say("transfer.link_unknown", desk.house.language), 404)


def _told(sentence: str, status: int) -> Response:
    return Response(f"{sentence}\n", status, content_type="text/plain; charset=utf-8")

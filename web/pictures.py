"""What came with a message, on the senior's page: seen or saved by who has opened that message behind his PIN.

Its reading is recorded beside that of its message. A picture is drawn in the page; anything else is saved, under a
name of ours: what its sender called it is often a patient's name, and a browser keeps a list of what it saved.
"""

from io import BytesIO
from typing import cast
from uuid import UUID

import structlog
from flask import Blueprint, Response, abort, current_app, make_response, send_file
from sqlalchemy import Connection

from callbacks import alarms, sheet
from callbacks.readings import What
from callbacks.shelf import Shelf
from callbacks.written import pictures
from callbacks.written.pictures import NotInTheHouse, Picture
from callbacks.written.sniffing import TEXT, ending
from config.crypto import Unreadable
from web.visit import Answer, Visit, with_pin

blueprint = Blueprint("pictures", __name__, url_prefix="/r/<token>/parts/<uuid:part_id>/pictures")
_log = structlog.get_logger(__name__)


@blueprint.get("/<int:seq>")
@with_pin
def see(visit: Visit, part_id: UUID, seq: int) -> Answer:
    """A picture of a message of this very request, which he opened."""
    # One that came after its words were read made them unread: it is seen when they are opened again, and recorded.
    read = {part.id for part in sheet.parts_of(visit.conn, visit.link.request_id) if part.heard_at is not None}
    if part_id not in read or visit.proof is None or part_id not in visit.proof.opened:
        abort(403)
    picture = pictures.one(visit.conn, part_id, seq) if seq < pictures.NOTED_AT_MOST else None
    if picture is None:
        abort(404)
    reply = handed_out(visit.conn, picture)
    if is_handed_out(reply):
        visit.reads(What.FILE, picture.id)
    return reply


def handed_out(conn: Connection, picture: Picture) -> Response:
    """Its file; a broken one is an alarm (and no exception, which would take the alarm back)."""
    shelf = cast(Shelf, current_app.extensions["shelf"])
    try:
        content = pictures.content_of(shelf, picture)
    except NotInTheHouse:
        return make_response("", 404)
    except (Unreadable, OSError) as fault:
        _log.error("picture does not open", picture=str(picture.id), fault=type(fault).__name__)
        key = f"message_broken:{picture.id}"
        alarms.raise_alarm(conn, "message_broken", key, {"fault": type(fault).__name__})
        return make_response("", 500)
    return as_file(picture, content)


def is_handed_out(reply: Response) -> bool:
    """Whether the answer carries the file, or a piece of it."""
    return reply.status_code < 300


def as_file(picture: Picture, content: bytes) -> Response:
    """The answer that carries it: drawn by the browser, or saved."""
    media_type = picture.media_type or TEXT
    reply = send_file(
        BytesIO(content),
        mimetype=media_type,
        as_attachment=not picture.is_shown,
        download_name=f"rappel24-{picture.seq + 1}.{ending(media_type)}",
        conditional=True,
    )
    reply.headers["Cache-Control"] = "no-store"
    return reply

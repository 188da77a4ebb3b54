"""A GP has read an answer, or heard it; and what he may say then: that it is not enough, in words or without."""

from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from callbacks import alarms, gp, readings, register, requests, sheet
from callbacks.answers.records import Answer
from callbacks.entries import log
from callbacks.states import Kind
from config.clock import Moment
from config.crypto import Box

LONGEST = 2000  # characters of a follow-up


class Followed(StrEnum):
    """What becomes of a follow-up."""

    REOPENED = "reopened"
    ADDED = "added"  # it was open already
    OVER = "over"  # more than seven days ago, or he has withdrawn it: a new request is needed


def read(conn: Connection, answer: Answer, how: str, moment: Moment) -> bool:
    """He reads it now (`how`: page, phone or mail); each time is noted, the first is on the timeline: whether it is."""
    readings.note(conn, readings.What.ANSWER, answer.id, request_id=answer.request_id, how=how, moment=moment)
    first = conn.execute(_READ, {"id": answer.id, "now": moment.now, "how": how}).rowcount == 1
    if first:
        log(conn, answer.request_id, Kind.READ, moment, detail={"answer": str(answer.id), "how": how})
        alarms.clear(conn, f"answer_unread:{answer.id}")
    return first


def follow_up(conn: Connection, box: Box, answer: Answer, words: str, name: UUID, moment: Moment) -> Followed:
    """It is not enough: his words (or none) open the request again. `name`: of the form, which may come twice.

    After the commit ring `climb`.
    """
    view = register.locked(conn, answer.request_id)
    if view.state.closed and not gp.follow(conn, view).may_reopen(moment.now):
        return Followed.OVER
    said = words.replace("\0", "").strip()[:LONGEST]
    if said:
        part_id = uuid5(answer.id, str(name))  # within this answer alone: nobody names another's message
        requests.add_text_part(conn, view.id, part_id, box.seal(said.encode(), sheet.context(part_id)), moment)
    elif view.state.closed:
        requests.reopen(conn, view.id, moment)
    return Followed.REOPENED if view.state.closed else Followed.ADDED


_READ = text("update answers set read_at = :now, read_how = :how where id = :id and state = 'sent' and read_at is null")

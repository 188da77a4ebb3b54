"""Everything that is kept about one practitioner. Reads, changes nothing.

Who asked for it and when belongs on the log of readings: whoever hands it out notes it there.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, or_, select

from callbacks import readings, recordings, register, registering, sheet
from callbacks.answers import records
from callbacks.answers.records import Answer
from callbacks.commitment_tables import assessments, polls
from callbacks.polls.questions import FIELDS
from callbacks.readings import Asked, Reading
from callbacks.register import Entry
from callbacks.rights.dossier import Dossier, Said, rows, words
from callbacks.rights.subjects import Subject
from callbacks.sheet import AUDIBLE, Part
from callbacks.shelf import Shelf
from callbacks.tables import calls, outbox, requests, texts_in
from callbacks.tables import recordings as sounds
from callbacks.written import pictures
from callbacks.written.pictures import Picture
from callbacks.written_tables import written
from scheduling import practices
from scheduling.directories import opt_ins
from scheduling.partner_tables import registrations
from scheduling.tables import people, wards

MOST_READINGS = 10_000  # of one request
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "application/pdf": ".pdf"}


def read(conn: Connection, shelf: Shelf, subject: Subject, now: datetime) -> Dossier:
    """What he asked and was told, his calls, what was answered, who read it; sounds and pictures as files."""
    found = Dossier({"made_at": now, "entry": None if subject.entry is None else asdict(subject.entry)})
    reader = _Reader(conn, shelf, found.files)
    ids = conn.execute(select(requests.c.id).where(subject.asked()).order_by(requests.c.id)).scalars().all()
    rest = or_(written.c.request_id.is_(None), written.c.verdict == "command")
    found.data |= {
        "calls": rows(conn, _CALLS.where(subject.called()).order_by(calls.c.started_at)),
        "requests": [reader.request(id) for id in ids],
        "other_messages": [reader.message(row) for row in conn.execute(_WRITTEN.where(subject.wrote(), rest))],
        "first_texts": [reader.text(row) for row in conn.execute(_FIRST_TEXTS.where(subject.texted()))],
        "spoken_messages": [reader.sound(row) for row in conn.execute(_SPOKEN.where(subject.spoke()))],
        **_partner(conn, shelf, subject),
        "told": rows(conn, TOLD.where(subject.was_told()).order_by(outbox.c.id)),
        "assessments": rows(conn, _ASSESSMENTS.where(_about(assessments, subject)).order_by(assessments.c.id)),
        "polls": rows(conn, _POLLS.where(_about(polls, subject)).order_by(polls.c.asked_at)),
    }
    return found


def _partner(conn: Connection, shelf: Shelf, subject: Subject) -> Said:
    """Where he works, what he agreed to, and how he asked to be on file."""
    if subject.id is None:
        return {"asked_to_be_on_file": _unsettled(conn, shelf, subject)}
    his = registrations.c.practitioner_id == subject.id
    return {
        "practices": [each.entry.name for each in practices.of_practitioner(conn, subject.id)],
        "agreed": [asdict(each) for each in opt_ins.of(conn, subject.id)],
        "asked_to_be_on_file": rows(conn, _REGISTRATIONS.where(his)) + _unsettled(conn, shelf, subject),
    }


def _unsettled(conn: Connection, shelf: Shelf, subject: Subject) -> list[Said]:
    """What he, or somebody with his RPPS number, wrote of himself, and nobody has decided."""
    his = registering.undecided(conn, shelf.box, subject.is_in)
    return [{"since": each.since, "said": asdict(each.said)} for each in his]


class _Reader:
    """Reads requests and messages; what is a file is put aside under its name."""

    def __init__(self, conn: Connection, shelf: Shelf, files: dict[str, Callable[[], bytes]]) -> None:
        self.conn, self.shelf, self.files = conn, shelf, files

    def request(self, request_id: int) -> Said:
        """One request, with all that was said, written, sent and read of it."""
        (own,) = rows(self.conn, _REQUESTS.where(requests.c.id == request_id))
        reference = str(own["reference"])
        return own | {
            "messages": list(self._parts(request_id, reference)),
            "answers": [self._answer(each) for each in records.of_request(self.conn, request_id)],
            "story": [_event(entry) for entry in register.timeline(self.conn, request_id)],
            "sent": rows(self.conn, _SENT.where(outbox.c.request_id == request_id).order_by(outbox.c.id)),
            "read_by": [_reading(each) for each in readings.read(self.conn, Asked(reference), MOST_READINGS)],
        }

    def message(self, row: Row[Any]) -> Said:
        """A message that became no request."""
        said = {"at": row.at, "channel": row.channel, "verdict": row.verdict, "from": row.sender}
        if row.body:
            said["words"] = words(partial(self._opened, bytes(row.body), sheet.context(row.id)))
        return said | {"files": self._attached(pictures.of(self.conn, [row.id]), f"other/{row.id}")}

    def text(self, row: Row[Any]) -> Said:
        """An SMS as the first releases kept it."""
        said = words(partial(self._opened, bytes(row.body), f"texts_in:{row.sid}".encode()))
        return {"at": row.at, "from": row.sender, "words": said}

    def sound(self, row: Row[Any]) -> Said:
        """What he said to the line's own machine, of which no request was made."""
        said = {"at": row.created_real, "seconds": row.seconds}
        if row.state not in AUDIBLE:
            return said
        name = f"other/{row.id}.wav"
        self.files[name] = partial(recordings.open_audio, self.conn, self.shelf, row.id)
        return said | {"file": name}

    def _parts(self, request_id: int, reference: str) -> Iterator[Said]:
        found = sheet.parts_of(self.conn, request_id)
        attached = pictures.of(self.conn, [part.id for part in found if not part.is_voice])
        for number, part in enumerate(found, start=1):
            said: Said = {"at": part.created_at, "heard_at": part.heard_at, "destroyed_at": part.purged_at}
            said |= self._voice(part, f"{reference}/message-{number}.wav") if part.is_voice else self._text(part)
            yield said | {"files": self._attached([one for one in attached if one.written_id == part.id], reference)}

    def _voice(self, part: Part, name: str) -> Said:
        if not part.can_be_opened or part.recording_id is None:
            return {"seconds": part.seconds}
        self.files[name] = partial(recordings.open_audio, self.conn, self.shelf, part.recording_id)
        return {"seconds": part.seconds, "file": name}

    def _text(self, part: Part) -> Said:
        return {} if part.is_gone else {"words": words(partial(sheet.text_of, self.shelf.box, part))}

    def _attached(self, found: Iterable[Picture], folder: str) -> list[Said]:
        return [self._picture(picture, folder) for picture in found]

    def _picture(self, picture: Picture, folder: str) -> Said:
        called = words(partial(pictures.name_of, self.shelf.box, picture))
        said: Said = {"called": called, "type": picture.media_type, "size": picture.size, "state": picture.state}
        if not picture.is_here:
            return said
        name = f"{folder}/{picture.id}{_SUFFIXES.get(picture.media_type or '', '')}"
        self.files[name] = partial(pictures.content_of, self.shelf, picture)
        return said | {"file": name}

    def _answer(self, answer: Answer) -> Said:
        said = {"by": answer.author, "sent_at": answer.sent_at, "way": answer.way, "to": answer.recipient}
        said |= {"read_at": answer.read_at, "read_how": answer.read_how, "destroyed_at": answer.purged_at}
        if answer.purged_at is None:
            said["words"] = words(partial(records.words_of, self.shelf.box, answer))
        return said

    def _opened(self, sealed: bytes, context: bytes) -> str:
        return self.shelf.box.open(sealed, context).decode()


def _event(entry: Entry) -> Said:
    return {"at": entry.event.at, "what": entry.event.kind, "by": entry.person, "outcome": entry.event.outcome}


def _reading(one: Reading) -> Said:
    return {"at": one.at, "what": one.what, "how": one.how, "by": one.person or one.account}


def _about(table: Table, subject: Subject) -> ColumnElement[bool]:
    """Whether a row is about a request or a call of his."""
    asked = table.c.request_id.in_(select(requests.c.id).where(subject.asked()))
    return or_(asked, table.c.call_id.in_(select(calls.c.id).where(subject.called())))


CALLS = ("started_at", "answered_at", "ended_at", "caller", "direction", "result", "outcome")
_CALLS = select(*(calls.c[name] for name in CALLS), wards.c.slug.label("ward")).outerjoin(
    wards, wards.c.id == calls.c.ward_id
)
_REQUESTS = (
    select(
        *(requests.c[name] for name in ("reference", "kind", "channel", "state", "caller", "mail", "reach")),
        *(requests.c[name] for name in ("created_at", "due_at", "event_at", "claimed_at", "closed_at", "outcome")),
        requests.c.purged_at,
        wards.c.slug.label("ward"),
        people.c.name.label("claimed_by"),
    )
    .join(wards, wards.c.id == requests.c.ward_id)
    .outerjoin(people, people.c.id == requests.c.claimed_by)
)
_WRITTEN = select(*(written.c[name] for name in ("id", "at", "channel", "verdict", "sender", "body"))).order_by(
    written.c.at
)
_REGISTRATIONS = select(
    *(registrations.c[name] for name in ("state", "proof", "created_at", "proved_at", "decided_at"))
)
_FIRST_TEXTS = select(texts_in).order_by(texts_in.c.at)
_SPOKEN = select(*(sounds.c[name] for name in ("id", "created_real", "seconds", "state"))).order_by(
    sounds.c.created_real
)
_SENT = select(
    *(outbox.c[name] for name in ("purpose", "channel", "state", "created_at", "sent_at", "settled_at")),
    people.c.name.label("to"),
).outerjoin(people, people.c.id == outbox.c.person_id)
TOLD = select(
    *(outbox.c[name] for name in ("purpose", "channel", "recipient", "body", "state", "created_at", "sent_at"))
)
# Of both sides: what was asked, what came of it, what would have been done otherwise.
_ASSESSMENTS = select(
    requests.c.reference, *(assessments.c[name] for name in ("side", "asked", "outcome", "otherwise", "how", "at"))
).outerjoin(requests, requests.c.id == assessments.c.request_id)
_POLLS = select(
    requests.c.reference,
    *(polls.c[name] for name in ("asked_at", "answered_at", "declined_at", *FIELDS)),
).outerjoin(requests, requests.c.id == polls.c.request_id)

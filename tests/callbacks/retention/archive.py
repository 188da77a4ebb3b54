"""A house with a past in which words are planted wherever people may leave some; and what is then found of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.range import TimestamptzRange
from sqlalchemy import Engine, LargeBinary, insert, select, update

from callbacks import assessments, requests, sheet
from callbacks.answers import records
from callbacks.assessed import How, Said, Side
from callbacks.assessments import About, By
from callbacks.commitment_tables import polls
from callbacks.requests import Filing
from callbacks.retention import disposals, kinds, purging, rules
from callbacks.retention.kinds import Kind, Rule
from callbacks.shelf import Shelf
from callbacks.tables import (
    alarms,
    attempts,
    bridges,
    calls,
    hearings,
    outbox,
    parts,
    recordings,
    texts_in,
    turns,
)
from callbacks.trust_tables import canaries, readings, reconciliations
from callbacks.written import filing, pictures, store
from callbacks.written.incoming import Attached, Channel, Incoming
from callbacks.written.situation import Writer
from callbacks.written_tables import answer_codes, answer_links, answers, dialogues, written
from config import clock
from config.crypto import Box, Unreadable
from config.database import metadata
from scheduling.planning import trail
from scheduling.planning.tables import leaves
from scheduling.planning.trail import Actor
from scheduling.tables import practitioner_phones, practitioners
from tests.callbacks.promised import AMELIE, MONDAY, Story
from tests.callbacks.written import samples

ROUX, ROUX_MAIL, ROUX_RPPS = "+33639980101", "helene.roux@cabinet.example", "10003456781"
NEXT_DOOR = "+33639980102"  # another GP, of whom nothing may be lost with her
BY_THE_DPO = Actor(None, "test")
# What is planted, and the kind that forgets it.
PLANTED = {
    "rale crepitant": Kind.RECORDINGS,
    "ictere nu": Kind.TEXTS,
    "purpura vasculaire": Kind.PICTURES,
    "photo-de-Madame-Planque.jpg": Kind.PICTURES,
    "arretez le methotrexate": Kind.ANSWERS,
    "merci pour Monsieur Garance": Kind.LEFTOVERS,
    "rappelez la patiente Ondine": Kind.LEFTOVERS,
    "avis sur le dossier Sycomore": Kind.SENT,
    ROUX: Kind.CALLERS,
    ROUX_MAIL: Kind.CALLERS,
}


@dataclass
class Archive:
    """Cardiology's past: Dr Roux asked by voice, by SMS and by e-mail, and was answered; and what surrounds it."""

    engine: Engine
    shelf: Shelf
    story: Story = field(init=False)
    roux: int = 0
    ids: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.story = Story(self.engine)
        with self.engine.begin() as conn:
            row = {"name": "Dr Hélène Roux", "email": ROUX_MAIL, "rpps": ROUX_RPPS, "practice": "Cabinet du Port"}
            self.roux = conn.execute(insert(practitioners).values(row).returning(practitioners.c.id)).scalar_one()
            conn.execute(insert(practitioner_phones).values(practitioner_id=self.roux, phone=ROUX))

    @property
    def box(self) -> Box:
        return self.shelf.box

    # What happened -----------------------------------------------------------------------------------------------

    def lives(self) -> "Archive":
        """A day on which everything happened once; all of it is over."""
        self.ids["voice"] = self.calls("rale crepitant")
        self.ids["text"] = self.writes("ictere nu", "photo-de-Madame-Planque.jpg", b"purpura vasculaire")
        self.ids["answered"] = self.is_answered("arretez le methotrexate")
        self.ids["thanks"] = self.says_thanks("merci pour Monsieur Garance")
        self.speaks_to_the_machine("rappelez la patiente Ondine")
        self.is_told("avis sur le dossier Sycomore")
        self.is_assessed(self.ids["voice"])
        self.goes_on_by_itself()
        return self

    def calls(self, said: str = "", caller: str = ROUX, practitioner_id: int | None = None, **state: object) -> int:
        """She calls, is rung for, leaves a message that Amélie hears, is called back, and it is done."""
        request_id = self.story.files(caller, message=False, practitioner_id=practitioner_id or self.roux)
        with self.engine.begin() as conn:
            call_id = conn.execute(select(calls.c.id).where(calls.c.caller == caller).limit(1)).scalar_one()
            over = {"request_id": request_id, "result": "request", "ended_at": self.now, "ward_id": self.story.ward_id}
            memory = {"number": caller, "name": "Roux" if caller == ROUX else "Marin"}
            conn.execute(update(calls).where(calls.c.id == call_id).values(memory=memory, **over))
            conn.execute(insert(turns).values(call_id=call_id, turn=0, answer=f"<Say>{caller}</Say>"))
            person = self.story.ids[AMELIE]
            rung = {"call_id": call_id, "seq": 1, "person_id": person, "phone": AMELIE, "rank": 1, "outcome": "busy"}
            conn.execute(insert(attempts).values(**rung, rung_at=self.now, rung_real=self.now, ended_real=self.now))
            bridge = {"request_id": request_id, "person_id": person, "how": "page", "asked_at": self.now}
            conn.execute(insert(bridges).values(**bridge, phone=caller, outcome="reached", seconds=95))
        self.leaves(said or "rien de particulier", request_id, **state)
        self.ends(request_id)
        return request_id

    def leaves(self, said: str, request_id: int, **state: object) -> UUID:
        """What is said lies on the shelf, and no more at the carrier."""
        id = uuid4()
        row = {"id": id, "sid": f"RE{id.hex}", "state": "stored", "seconds": 12, "deleted_real": self.now}
        with self.engine.begin() as conn:
            row["file"] = self.shelf.put(id, said.encode())
            conn.execute(insert(recordings).values(row | state))
            requests.add_voice_part(conn, request_id, id, None, self.story.moment)
        return id

    def writes(self, words: str, called: str = "", photo: bytes = b"") -> int:
        """An SMS with a photo becomes a request."""
        with self.engine.begin() as conn:
            sms = Incoming(f"sms:{uuid4().hex}", Channel.SMS, ROUX, "+33199000024", words)
            message = store.keep(conn, self.box, sms, ROUX, self.story.moment)
            assert message is not None
            pictures.keep(
                conn, self.shelf, message.id, [Attached(called, content=samples.JPEG + photo)] if called else []
            )
            writer = Writer(Channel.SMS, ROUX, introduced_as=self.roux)
            filed = filing.file(conn, writer, self.story.ward_id, [message], self.story.moment)
            times = dict.fromkeys(("created_at", "due_at", "sort_at", "closed_at"), self.now)
            talk = {"channel": "sms", "sender": ROUX, "state": "filed", "request_id": filed.id, "detail": {"rpps": "1"}}
            conn.execute(insert(dialogues).values(talk | times))
        self.ends(filed.id)
        return filed.id

    def is_answered(self, words: str) -> int:
        """She writes an e-mail; Amélie answers in writing, and she has read it."""
        moment, id = self.story.moment, uuid4()
        with self.engine.begin() as conn:
            asks = Filing(self.story.ward_id, "email", None, self.roux, None, moment.now, moment, mail=ROUX_MAIL)
            request_id = requests.file(conn, asks).id
            own = {"id": id, "request_id": request_id, "person_id": self.story.ids[AMELIE], "state": "sent"}
            where = {"way": "sms", "recipient": ROUX_MAIL, "code_to": ROUX, "read_at": self.now}
            times = dict.fromkeys(("created_at", "changed_at", "sent_at"), self.now)
            conn.execute(insert(answers).values(body=records.sealed(self.box, id, words), **own, **where, **times))
            conn.execute(insert(answer_codes).values(answer_id=id, hash="h"))
            conn.execute(insert(answer_links).values(answer_id=id))
        self.ends(request_id)
        return request_id

    def says_thanks(self, words: str, sender: str = ROUX) -> UUID:
        """What becomes no request, with a photo."""
        with self.engine.begin() as conn:
            mail = Incoming(f"mail:{uuid4().hex}", Channel.EMAIL, sender, "avis@hopital.example", words)
            kept = store.keep(conn, self.box, mail, sender, self.story.moment)
            assert kept is not None
            pictures.keep(conn, self.shelf, kept.id, [Attached("merci.jpg", content=samples.JPEG)])
            store.settle(conn, [kept.id], "ignored")
            sid = f"SM{uuid4().hex}"
            row = {"sid": sid, "sender": sender, "body": self.box.seal(words.encode(), f"texts_in:{sid}".encode())}
            conn.execute(insert(texts_in).values(**row, at=self.now))
        return kept.id

    def speaks_to_the_machine(self, said: str) -> None:
        """A message whose ward nobody knew; somebody sorted it: it is no request."""
        times = dict.fromkeys(("created_at", "due_at", "sort_at", "closed_at"), self.now)
        id, sid = uuid4(), f"CA{uuid4().hex}"
        with self.engine.begin() as conn:
            call = {"sid": sid, "caller": ROUX, "step": "x", "result": "lost"}
            spans = {"started_at": self.now, "ended_at": self.now}
            call_id = conn.execute(insert(calls).values(**call, **spans).returning(calls.c.id)).scalar_one()
            talk = insert(dialogues).values(channel="voice", sender=sid, state="sorted", **times)
            dialogue_id = conn.execute(talk.returning(dialogues.c.id)).scalar_one()
            row = {"id": id, "sid": f"RE{id.hex}", "state": "stored", "seconds": 5, "deleted_real": self.now}
            file = self.shelf.put(id, said.encode())
            conn.execute(insert(recordings).values(**row, call_id=call_id, dialogue_id=dialogue_id, file=file))

    def is_told(self, words: str) -> None:
        """An e-mail of ours went to her; what came back names hers."""
        row = {"key": uuid4().hex, "purpose": "reply", "channel": "email", "recipient": ROUX_MAIL, "body": words}
        detail = {"subject": words, "in_reply_to": f"<1@{ROUX_MAIL}>", "answer": str(uuid4())}
        times = {"due_at": self.now, "created_at": self.now, "sent_at": self.now}
        with self.engine.begin() as conn:
            conn.execute(insert(outbox).values(**row, **times, state="sent", detail=detail))

    def is_assessed(self, request_id: int) -> None:
        """Both sides say what it was about; she answers the three questions."""
        about, said = About(request_id), Said("AVIS_DIAG", "CONSEIL", "URGENCES")
        polled = {"request_id": request_id, "ward_id": self.story.ward_id, "access": 1, "document_wanted": 0}
        with self.engine.begin() as conn:
            ward, she = By(Side.HOSPITAL, How.PAGE, self.story.ids[AMELIE]), By(Side.PRACTICE, How.POLL)
            assessments.say(conn, about, ward, said, self.story.moment)
            assessments.say(conn, about, she, said, self.story.moment)
            conn.execute(insert(polls).values(**polled, asked_at=self.now, answered_at=self.now, how="page"))

    def goes_on_by_itself(self) -> None:
        """What the house writes of itself."""
        with self.engine.begin() as conn:
            part = conn.execute(select(parts.c.id).limit(1)).scalar_one()
            person = self.story.ids[AMELIE]
            conn.execute(insert(hearings).values(part_id=part, person_id=person, at=self.now, how="page"))
            conn.execute(insert(readings).values(at=self.now, person_id=person, kind="answer", object="1", how="page"))
            trail.record(conn, self.story.moment, BY_THE_DPO, "ward.changed", ward_id=self.story.ward_id)
            during = TimestamptzRange(self.now, self.now + timedelta(days=1))
            conn.execute(insert(leaves).values(person_id=person, during=during, kind="leave"))
            heard = conn.execute(
                insert(calls)
                .values(
                    sid="CAcanary", direction="canary", step="x", result="lost", started_at=self.now, ended_at=self.now
                )
                .returning(calls.c.id)
            ).scalar_one()
            conn.execute(insert(canaries).values(placed_real=self.now, state="well", call_id=heard))
            span = dict.fromkeys(("since_real", "until_real", "ended_real"), self.now)
            conn.execute(insert(reconciliations).values(**span, why="hourly"))
            conn.execute(insert(alarms).values(key="x", kind="x", cleared_at=self.now))

    def ends(self, request_id: int) -> None:
        """Amélie takes it, hears or reads all of it, and closes it; what was sent about it has arrived."""
        self.story.request_id = request_id
        self.story.hangs_up()
        self.story.claims(AMELIE)
        self.story.hears_everything()
        self.story.closes(AMELIE)
        self.everything_arrives()

    def everything_arrives(self) -> None:
        """Whatever was to be sent."""
        with self.engine.begin() as conn:
            conn.execute(update(outbox).where(outbox.c.state == "waiting").values(state="delivered"))

    # What is decided ---------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.story.moment.now

    def approves(self, *wanted: Kind, days: int = 200, hospital_id: int | None = None) -> None:
        """The data protection officer does, now; nothing named: every kind."""
        bounds = kinds.proposals()
        with self.engine.begin() as conn:
            moment = clock.read(conn)
            for kind in wanted or Kind:
                most, least = bounds[kind].most or days, bounds[kind].least
                days_of = max(least, min(most, days))
                done = rules.approve(conn, moment, BY_THE_DPO, kind, days_of, "Mme Dupré", hospital_id)
                assert isinstance(done, Rule)

    def after(self, days: float) -> None:
        """It is so many days later."""
        with self.engine.begin() as conn:
            clock.start_at(conn, MONDAY + timedelta(days=days), 1)

    def purges(self) -> dict[Kind, int]:
        return dict(purging.purge(self.engine, self.shelf))

    # What is found -----------------------------------------------------------------------------------------------

    def planted(self, wanted: Iterable[str] = tuple(PLANTED)) -> set[str]:
        """Which of these stand in any column of any table but the directory's, or in any file, once opened."""
        kept = "\n".join([*self._columns(), *self._files()])
        return {words for words in wanted if words in kept}

    def _columns(self) -> Iterable[str]:
        with self.engine.connect() as conn:
            for table in metadata.sorted_tables:
                if table.name in ("practitioners", "practitioner_phones"):
                    continue
                for row in conn.execute(select(table)).mappings():
                    for column in table.columns:
                        value = row[column.name]
                        opened = isinstance(column.type, LargeBinary) and value
                        yield (
                            self._open(row.get("id", row.get("sid")), bytes(value))
                            if opened
                            else json.dumps(value, default=str, ensure_ascii=False)
                        )

    def _open(self, id: object, sealed: bytes) -> str:
        contexts = [sheet.context(id), pictures.context(id), f"answers:{id}".encode(), f"texts_in:{id}".encode()]  # type: ignore[arg-type]
        for context in contexts:
            try:
                return self.box.open(sealed, context).decode()
            except Unreadable:
                continue
        return sealed.decode(errors="replace")

    def _files(self) -> Iterable[str]:
        for path in self.shelf.folder.rglob("*.sealed"):
            id = UUID(path.name.partition(".")[0])
            for context in (b"recordings:", b"pictures:"):
                try:
                    yield self.box.open(path.read_bytes(), context + id.bytes).decode(errors="replace")
                except Unreadable:
                    continue

    def files(self) -> int:
        return len(list(self.shelf.folder.rglob("*.sealed")))

    def register(self) -> list[tuple[str, str | None]]:
        with self.engine.connect() as conn:
            return [(each.kind, each.reference) for each in disposals.every(conn)]

    def written_sender(self, id: UUID) -> str:
        with self.engine.connect() as conn:
            return str(conn.execute(select(written.c.sender).where(written.c.id == id)).scalar_one())

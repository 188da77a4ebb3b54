"""Numbers that lay in clear, or under an older key, are brought along while the line runs."""

from uuid import uuid4

from sqlalchemy import Connection, func, insert, select, text

from callbacks import calls, register, requests
from callbacks.keys import standing
from callbacks.keys.places import NUMBERS
from callbacks.keys.rotating import Work, rotate
from callbacks.keys.standing import Standing
from callbacks.requests import Filing
from callbacks.tables import attempts, bridges, outbox, texts_in
from callbacks.tables import calls as call_rows
from callbacks.trust_tables import holds
from callbacks.written_tables import answers, dialogues, written
from config import sealed_numbers
from config.crypto import Box, key_id
from config.database import metadata
from config.sealed_numbers import MARK, Numbers
from config.sealed_types import Sealed, SealedWithin
from tests.callbacks.keys.conftest import LOST, NEW, OLD, Kept
from tests.callbacks.promised import AMELIE, GP

WRITES_FROM = "ines.morel@cabinet.example"
HIS = {GP, WRITES_FROM}


def everything(kept: Kept) -> int:
    """A GP's number or address in every place that has one; his request."""
    story, now = kept.story, kept.story.now
    rung = {"person_id": story.ids[AMELIE], "asked_at": now, "asked_real": now}
    to_do = {"created_at": now, "due_at": now}
    with kept.engine.begin() as conn:
        filing = Filing(story.ward_id, "voice", GP, None, None, now, story.moment, mail=WRITES_FROM)
        id = requests.file(conn, filing).id
        call_id, person_id = a_call(conn), story.ids[AMELIE]
        tried = {"call_id": call_id, "seq": 1, "person_id": person_id, "phone": GP, "rank": 1}
        conn.execute(insert(attempts).values(tried | {"id": uuid4(), "rung_at": now, "rung_real": now}))
        conn.execute(insert(bridges).values(rung | {"request_id": id, "how": "page", "phone": GP}))
        message = {"key": str(uuid4()), "purpose": "confirmation", "channel": "sms", "recipient": GP}
        conn.execute(insert(outbox).values(message | to_do))
        conn.execute(insert(texts_in).values(sid=str(uuid4()), sender=GP, body=b"", at=now))
        conn.execute(insert(dialogues).values(to_do | {"channel": "sms", "sender": GP, "sort_at": now}))
        came = {"key": str(uuid4()), "channel": "email", "sender": WRITES_FROM, "recipient": "", "body": b""}
        conn.execute(insert(written).values(came | {"verdict": "filed", "at": now}))
        answer = {"request_id": id, "person_id": person_id, "body": b"", "created_at": now, "changed_at": now}
        conn.execute(insert(answers).values(answer | {"recipient": WRITES_FROM, "code_to": GP}))
        conn.execute(insert(holds).values(request_id=id, reason=GP, placed_at=now))
        return id


def a_call(conn: Connection) -> object:
    row = {"sid": str(uuid4()), "caller": GP, "step": "welcome", "memory": {"number": GP}, "started_at": text("now()")}
    return conn.execute(insert(call_rows).values(row).returning(call_rows.c.id)).scalar_one()


def rotated(kept: Kept, *keys: bytes, sealing: bool = True) -> Work:
    with sealed_numbers.configured(keys, sealing=sealing):
        return rotate(kept.engine, kept.shelf(*(keys or (NEW,))), lambda place, number: None)


def lying(kept: Kept) -> str:
    """All that lies in the columns of numbers, as whoever steals the database sees it."""
    with kept.engine.connect() as conn:
        texts = [select(func.concat(">", place.lying)) for place in NUMBERS]
        return " ".join(str(each) for asked in texts for each in conn.execute(asked).scalars())


def standings(kept: Kept, *keys: bytes) -> list[Standing]:
    return standing.by_key(Box(keys), standing.count(kept.engine, kept.shelf(*keys)))


def test_every_column_of_numbers_is_on_the_list() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Sealed | SealedWithin)
    }
    assert found == {str(place) for place in NUMBERS}


def test_switched_on_everything_that_lay_in_clear_is_sealed_and_still_found(kept: Kept) -> None:
    request_id = everything(kept)
    assert {str(place) for place in NUMBERS} == set(standings(kept, NEW)[-1].held)
    work = rotated(kept, NEW)
    assert set(work.done) == {str(place) for place in NUMBERS}
    assert not any(number in lying(kept) for number in HIS)
    with sealed_numbers.configured([NEW], sealing=True), kept.engine.connect() as conn:
        assert [found.id for found in register.open_for_caller(conn, GP, kept.story.ward_id)] == [request_id]
        assert {value for place in NUMBERS for value in _read(conn, place)} == HIS | {"{'number': '" + GP + "'}"}
    [new] = standings(kept, NEW)
    assert new.held == dict.fromkeys(map(str, NUMBERS), 1)


def _read(conn: Connection, place: object) -> list[str]:
    return [str(each) for each in conn.execute(select(place.column)).scalars()]  # type: ignore[attr-defined]


def test_a_new_key_takes_over_and_the_old_one_can_go(kept: Kept) -> None:
    everything(kept)
    rotated(kept, OLD)
    assert standings(kept, NEW, OLD)[1].total == len(NUMBERS)
    rotated(kept, NEW, OLD)
    new, old = standings(kept, NEW, OLD)
    assert (new.total, old.can_go) == (len(NUMBERS), True)
    assert rotated(kept, NEW).done.total() == 0


def test_switched_off_again_they_lie_in_clear_as_the_previous_release_needs_them(kept: Kept) -> None:
    everything(kept)
    rotated(kept, NEW)
    rotated(kept, NEW, sealing=False)
    assert MARK not in lying(kept)
    assert lying(kept).count(GP) >= len(NUMBERS) - 3


def test_a_number_that_no_key_opens_is_told_and_left_as_it_lies(kept: Kept) -> None:
    everything(kept)
    rotated(kept, LOST)
    before = lying(kept)
    work = rotated(kept, NEW, OLD)
    assert {each.split()[0] for each in work.unreadable} == {str(place) for place in NUMBERS}
    assert lying(kept) == before
    assert standings(kept, NEW)[-1].key == key_id(LOST)
    assert standings(kept, NEW)[-1].is_missed


def test_two_calls_to_one_telephone_that_began_on_both_sides_of_the_change_stop_nothing(kept: Kept) -> None:
    ringing = {"purpose": "notice", "channel": "call", "state": "sending"} | dict.fromkeys(
        ("created_at", "due_at"), kept.story.now
    )
    with kept.engine.begin() as conn:
        for number in (GP, Numbers([NEW], sealing=True).seal(GP)):
            conn.execute(insert(outbox).values(ringing | {"key": str(uuid4()), "recipient": number}))
    everything(kept)
    work = rotated(kept, NEW)
    assert work.done["outbox.recipient"] == 1
    assert standings(kept, NEW)[-1].held == {"outbox.recipient": 1}


def test_a_call_that_began_in_clear_goes_on_with_what_it_remembers(kept: Kept) -> None:
    with kept.engine.begin() as conn:
        call_id = a_call(conn)
    rotated(kept, NEW)
    with sealed_numbers.configured([NEW], sealing=True), kept.engine.begin() as conn:
        opened = calls.open_turn(conn, call_id, 0)  # type: ignore[arg-type]
        assert opened is not None
        assert (opened.call.caller, opened.call.memory) == (GP, {"number": GP})

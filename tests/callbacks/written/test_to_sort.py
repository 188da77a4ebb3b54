"""A message that nobody understood is told to the coordinator in time, by day, and not again and again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select, update

from callbacks import alarms, climb
from callbacks.house import House
from callbacks.tables import outbox
from callbacks.written import sorting, to_sort
from callbacks.written.sorting import ToSort
from callbacks.written_tables import dialogues, written
from config import clock
from config.clock import Moment
from config.texts import gsm7
from scheduling.opening import Opening
from scheduling.rota import Person, Ward
from scheduling.tables import hospitals, people, wards
from tests.callbacks.sending import HOUSE

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, tzinfo=PARIS)
DENIS, EMMA = "+33639980004", "+33639980005"
LAST_RESORT = "+33639980090"
WITH_LAST_RESORT = replace(HOUSE, alert_phone=LAST_RESORT)


def at(hours: float, minutes: float = 0) -> datetime:
    """So long after Monday's midnight, in Paris."""
    return (MONDAY + timedelta(hours=hours, minutes=minutes)).astimezone(UTC)


def talk(begun: datetime, told: int = 0, ward_ids: tuple[int, ...] = ()) -> ToSort:
    due, sort = begun + timedelta(hours=24), begun + timedelta(minutes=15)
    return ToSort(1, "sms", "+33639980041", begun, due, sort, "ward", ward_ids, told, 1)


@pytest.mark.parametrize(
    ("begun", "told", "next_at"),
    [
        (at(10), 0, at(10, 15)),
        (at(10), 1, at(24 + 8)),  # half of it is 22:00: the next morning
        (at(10), 2, at(24 + 8)),  # 07:36 waits for 08:00, two hours before the end
        (at(7), 2, at(19, 30)),  # 04:36, and at 08:00 too little would be left: before the night
        (at(7), 1, at(19)),
        (at(21), 0, at(24 + 8)),  # nobody is woken for a message of the evening
        (at(13), 0, at(13, 15)),
        (at(13), 1, at(24 + 8)),
        (at(13), 2, at(24 + 10, 36)),
    ],
)
def test_it_is_told_at_once_at_half_and_at_nine_tenths_by_day(begun: datetime, told: int, next_at: datetime) -> None:
    assert to_sort.next_at(talk(begun, told), PARIS) == next_at


def test_a_telling_moved_before_the_night_never_comes_before_it_is_to_be_sorted() -> None:
    late = replace(talk(at(19, 50), 2), due_at=at(32))
    assert to_sort.next_at(late, PARIS) == late.sort_at


@pytest.mark.parametrize(
    ("told", "now", "which"), [(0, at(10, 15), 1), (1, at(22), 2), (0, at(22), 2), (0, at(33), 3), (2, at(33), 3)]
)
def test_a_telling_that_was_missed_is_not_made_up_for(told: int, now: datetime, which: int) -> None:
    assert to_sort.reached(talk(at(10), told), now) == which


# Who --------------------------------------------------------------------------------------------------------------

COORDINATORS = {
    "denis": Person(4, "Denis Leroy", "", DENIS, "", opted_out=False),
    "emma": Person(5, "Emma Roux", "", EMMA, "", opted_out=False),
    "stopped": Person(6, "Farid Benali", "", "+33639980006", "", opted_out=True),
    "landline": Person(7, "Gaëlle Simon", "", "+33199000007", "", opted_out=False),
}


def ward(id: int, hospital: str, coordinator: str = "", zone: str = "Europe/Paris") -> Ward:
    who = COORDINATORS.get(coordinator)
    return Ward(id, f"w{id}", f"W{id}", hospital, zone, "22", (), Opening(()), None, None, who, None)


WARDS = (
    ward(1, "Cochin", "denis"),
    ward(2, "Cochin", "denis"),
    ward(3, "Cochin", "emma"),
    ward(4, "Avicenne", "emma"),
    ward(5, "Nord", "stopped"),
    ward(6, "Sud", "landline"),
    ward(7, "Est"),
)


@pytest.mark.parametrize(
    ("ward_ids", "told"),
    [
        ((), [4, 5]),  # one for each hospital; at Cochin, who has most of its wards
        ((1,), [4]),
        ((3,), [5]),
        ((1, 4), [4, 5]),
        ((3, 4), [5]),  # once
        ((5,), []),
        ((6, 7), []),
    ],
)
def test_the_coordinators_of_the_wards_it_may_be_for_are_told(ward_ids: tuple[int, ...], told: list[int]) -> None:
    assert [each.person_id for each in to_sort.who(talk(at(10), ward_ids=ward_ids), WARDS)] == told


# What is written --------------------------------------------------------------------------------------------------


class Line:
    """A ward of Cochin with its coordinator, and messages that nobody understood."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with engine.begin() as conn:
            clock.start_at(conn, at(10), 1.0)
            hospital = conn.execute(insert(hospitals).values(name="Cochin").returning(hospitals.c.id)).scalar_one()
            self.denis = conn.execute(
                insert(people).values(name="Denis Leroy", phone=DENIS).returning(people.c.id)
            ).scalar_one()
            row = {"slug": "cardio", "hospital_id": hospital, "name": "Cardiologie", "keypad": "227"}
            self.ward = conn.execute(
                insert(wards).values(row | {"coordinator_id": self.denis}).returning(wards.c.id)
            ).scalar_one()

    def comes(self, number: int = 41, **changes: object) -> int:
        """A GP has written, and was not understood."""
        with self.engine.begin() as conn:
            now = clock.read(conn).now
            row: dict[str, object] = {"channel": "sms", "sender": f"+336399800{number}", "created_at": now}
            row |= {"due_at": now + timedelta(hours=24), "sort_at": now + timedelta(minutes=15), "question": "ward"}
            id: int = conn.execute(insert(dialogues).values(row | changes).returning(dialogues.c.id)).scalar_one()
            message = {"key": f"sms:{id}", "channel": "sms", "sender": row["sender"], "recipient": "", "body": b""}
            conn.execute(insert(written).values(message | {"verdict": "waiting", "at": now, "dialogue_id": id}))
            return id

    def later(self, minutes: float = 0, hours: float = 0) -> Moment:
        """So much later than ten o'clock."""
        with self.engine.begin() as conn:
            clock.start_at(conn, at(10 + hours, minutes), 1.0)
            return clock.read(conn)

    def tells(self, minutes: float = 0, hours: float = 0, house: House = HOUSE) -> list[tuple[str, str]]:
        """Who is told what by then."""
        moment = self.later(minutes, hours)
        with self.engine.begin() as conn:
            before = set(conn.execute(select(outbox.c.id)).scalars())
            to_sort.tell(conn, moment, house)
            new = select(outbox.c.recipient, outbox.c.body).where(outbox.c.id.not_in(before)).order_by(outbox.c.id)
            return [(row.recipient, row.body) for row in conn.execute(new)]

    def standing(self) -> list[str]:
        with self.engine.connect() as conn:
            return [alarm.kind for alarm in alarms.standing(conn)]


@pytest.fixture
def line(database: Engine) -> Line:
    return Line(database)


def test_the_coordinator_is_told_after_a_quarter_of_an_hour_and_once(line: Line) -> None:
    line.comes()
    assert line.tells(14) == []
    ((to, words),) = line.tells(16)
    assert to == DENIS
    assert "https://rappel24.test/unsorted" in words
    assert gsm7.segments(words) == 1
    assert line.tells(17) == []


def test_he_is_told_again_at_half_and_at_nine_tenths_and_then_no_more(line: Line) -> None:
    line.comes()
    assert len(line.tells(16)) == 1
    assert line.tells(hours=11.9) == []
    assert len(line.tells(hours=22.01)) == 1  # 08:00: half of it fell into the night, and so did nine tenths
    assert line.tells(hours=23) == []
    assert line.tells(hours=40) == []


def test_several_are_told_in_one(line: Line) -> None:
    for number in (41, 42, 43):
        line.comes(number)
    ((to, words),) = line.tells(16)
    assert (to, "3 messages" in words) == (DENIS, True)
    assert gsm7.segments(words) == 1


def test_what_comes_right_after_waits_until_he_can_be_told_again(line: Line) -> None:
    line.comes(41)
    assert len(line.tells(16)) == 1
    line.comes(42, created_at=at(10, 5), sort_at=at(10, 20))
    assert line.tells(21) == []
    assert len(line.tells(32)) == 1
    assert line.tells(50) == []


def test_what_was_sorted_or_answered_is_told_to_nobody(line: Line, database: Engine) -> None:
    id = line.comes()
    with database.begin() as conn:
        conn.execute(update(dialogues).where(dialogues.c.id == id).values(state="filed", closed_at=at(10, 5)))
    assert line.tells(16) == []


def test_without_a_coordinator_the_house_s_last_resort_is_told(line: Line, database: Engine) -> None:
    with database.begin() as conn:
        conn.execute(update(wards).values(coordinator_id=None))
    line.comes(41)
    ((to, _),) = line.tells(16, house=WITH_LAST_RESORT)
    assert to == LAST_RESORT
    line.comes(42, created_at=at(10, 5), sort_at=at(10, 20))
    assert line.tells(21, house=WITH_LAST_RESORT) == []
    assert len(line.tells(32, house=WITH_LAST_RESORT)) == 1


def test_with_nobody_at_all_it_is_an_alarm_and_no_message_is_forgotten(line: Line, database: Engine) -> None:
    with database.begin() as conn:
        conn.execute(update(wards).values(coordinator_id=None))
    line.comes()
    assert line.tells(16) == []
    assert line.standing() == ["nobody_to_sort"]
    with database.begin() as conn:
        assert [each.told for each in sorting.waiting(conn, at(10, 17))] == [1]
    line.comes(42, created_at=at(10, 5), sort_at=at(10, 20))
    assert len(line.tells(32, house=WITH_LAST_RESORT)) == 1
    assert line.standing() == []  # somebody is there now


@pytest.mark.parametrize(
    ("house", "told", "standing"), [(WITH_LAST_RESORT, [LAST_RESORT], []), (HOUSE, [], ["nobody_to_sort"])]
)
def test_an_sms_that_does_not_arrive_is_told_to_the_house(
    line: Line, database: Engine, house: House, told: Sequence[str], standing: Sequence[str]
) -> None:
    line.comes()
    line.tells(16)
    with database.begin() as conn:
        lost = conn.execute(select(outbox.c.id)).scalar_one()
        for _ in range(2):
            climb.alert_failed(conn, lost, clock.read(conn), house)
        new = conn.execute(select(outbox.c.recipient).where(outbox.c.id != lost)).scalars().all()
    assert (new, line.standing()) == (list(told), list(standing))


def test_two_ticks_at_once_tell_once(line: Line, database: Engine) -> None:
    line.comes()
    moment = line.later(16)
    with database.begin() as one, database.begin() as other:
        assert to_sort.tell(one, moment, HOUSE) == 1
        assert to_sort.tell(other, moment, HOUSE) == 0

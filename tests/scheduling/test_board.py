"""The rota of many wards read at once: at every instant of what was read, the one answer that rings."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import Range

from scheduling import board, store
from scheduling.opening import Stretch
from scheduling.tables import people, shifts, wards
from tests.scheduling.register import Register

pytestmark = pytest.mark.dates
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


# An ordinary week-end, the nights of 23 and of 25 hours.
@pytest.fixture(params=["2026-12-05", "2027-03-27", "2027-10-30"])
def begin(request: pytest.FixtureRequest) -> datetime:
    return paris(request.param)


@pytest.fixture
def ids(hospital: Register, begin: datetime) -> list[int]:
    """The wards, some days of rota as they fall around that day; cardiology and medicine cover each other."""
    dice, conn = random.Random(begin.isoformat()), hospital.connection
    names = [hospital.ward_id(slug) for slug in ("cardio", "medecine", "saint-pierre")]
    crew = conn.execute(select(people.c.id).order_by(people.c.id)).scalars().all()
    conn.execute(update(wards).where(wards.c.id == names[1]).values(covered_by_id=names[0], opening="sun 00:00-24:00"))
    rows = []
    for ward_id in names:
        for rank in (1, 2, 3):
            at = begin - DAY
            while at < begin + 6 * DAY:
                end = at + QUARTER * dice.choice([dice.randint(1, 96), 400])
                if dice.random() < 0.7:
                    during = Range(at, end, bounds="[)")
                    rows.append({"ward_id": ward_id, "rank": rank, "person_id": dice.choice(crew), "during": during})
                at = end
    conn.execute(insert(shifts), rows)
    return names


def quarters(start: datetime, end: datetime) -> Iterator[datetime]:
    at = start
    while at < end:
        yield at
        at += QUARTER


def test_who_is_on_call_in_some_stretches_is_who_rings(hospital: Register, ids: list[int], begin: datetime) -> None:
    cardio, medecine, far = ids
    night: Stretch = (begin + 20 * 4 * QUARTER, begin + 34 * 4 * QUARTER)
    wanted = {
        cardio: [night, (begin, begin + DAY)],  # they overlap, and come in no order
        far: [(begin + DAY, begin + DAY + timedelta(microseconds=1)), (begin + 3 * DAY, begin + 4 * DAY)],
    }
    duty = board.duty(hospital.connection, wanted)
    known = 0
    for at in quarters(begin - DAY, begin + 5 * DAY):
        for ward_id in ids:
            found = duty.on_call(ward_id, at)
            inside = any(since <= at < until for since, until in wanted.get(ward_id, ()))
            assert (found is not None) == inside
            assert found is None or found == store.on_call(hospital.connection, ward_id, at)
            known += inside
    assert known == 34 * 4 + 1 + 24 * 4
    assert duty.on_call(medecine, begin) is None, "it was read for who it covers, not for itself"


def test_of_no_ward_and_of_one_that_does_not_exist_nothing_is_known(hospital: Register, begin: datetime) -> None:
    assert board.duty(hospital.connection, {}).on_call(1, begin) is None
    assert board.duty(hospital.connection, {2**30: [(begin, begin + DAY)]}).on_call(2**30, begin) is None


def test_with_years_of_shifts_it_goes_down_an_index(hospital: Register, begin: datetime) -> None:
    conn = hospital.connection
    years = """
        insert into shifts (ward_id, person_id, rank, during)
        select w.id, (select min(id) from people), rank, tstzrange(at, at + interval '12 hours')
        from wards w, generate_series(1, 3) as rank,
            generate_series(cast(:begin as timestamptz) - interval '2 years', :begin, interval '12 hours') as at"""
    conn.execute(text(years), {"begin": begin})
    conn.execute(text("analyze shifts"))
    statement = board._SHIFTS_OF_EACH.compile(conn)
    starts = [begin - number * DAY for number in range(20)]
    values = {"ward_ids": [1] * 20, "starts": starts, "ends": [start + QUARTER for start in starts]}
    plan = "\n".join(conn.exec_driver_sql(f"explain {statement}", values).scalars())
    assert "Index Cond: ((ward_id = asked.id) AND (rank = ranks.rank) AND (during &&" in plan
    assert "Seq Scan on shifts" not in plan

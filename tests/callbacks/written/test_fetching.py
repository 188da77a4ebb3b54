"""A picture of an SMS is here, sealed, before it is deleted at the carrier; whatever goes wrong, none is forgotten."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, Row, text

from callbacks import alarms
from callbacks.carrier import CarrierError
from callbacks.shelf import Shelf
from callbacks.written import fetching, pictures
from callbacks.written.incoming import Attached
from config.crypto import Box
from tests.callbacks.sending import Hands, MemoryCarrier
from tests.callbacks.written import samples

BOX = Box([b"1" * 32])
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME"
Fetch = Callable[[UUID], None]


@pytest.fixture
def hands(database: Engine) -> Hands:
    return Hands(database)


@pytest.fixture
def carrier() -> MemoryCarrier:
    return MemoryCarrier()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", BOX)


@pytest.fixture
def fetch(database: Engine, carrier: MemoryCarrier, shelf: Shelf) -> Fetch:
    return lambda id: fetching.fetch(database, carrier, shelf, id, f"worker {uuid4()}")


def announce(engine: Engine, shelf: Shelf, *sources: str) -> list[UUID]:
    message = samples.a_message(engine)
    with engine.begin() as conn:
        return pictures.keep(conn, shelf, message, [Attached(source=source) for source in sources])


def look(engine: Engine, id: UUID) -> Row[tuple[object, ...]]:
    with engine.connect() as conn:
        return conn.execute(text("select * from attachments where id = :id"), {"id": id}).one()


def due(engine: Engine) -> list[object]:
    with engine.begin() as conn:
        return [each.id for each in fetching.take_due(conn, 10)]


def standing(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return [alarm.kind for alarm in alarms.standing(conn)]


def test_every_picture_is_stored_sealed_and_then_deleted_at_the_carrier(
    database: Engine, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
) -> None:
    carrier.pictures = {f"{MEDIA}1": samples.JPEG, f"{MEDIA}2": samples.PDF}
    ids = announce(database, shelf, f"{MEDIA}1", f"{MEDIA}2")
    assert sorted(map(str, due(database))) == sorted(map(str, ids))
    for each in ids:
        fetch(each)
    with database.connect() as conn:
        kept = pictures.of(conn, [look(database, ids[0]).written_id])
    assert [pictures.content_of(shelf, each) for each in kept] == [samples.JPEG, samples.PDF]
    assert [each.media_type for each in kept] == ["image/jpeg", "application/pdf"]
    assert carrier.deleted == [f"{MEDIA}1", f"{MEDIA}2"]
    assert due(database) == []
    assert look(database, ids[0]).deleted_real is not None


def test_fetched_twice_it_is_one(database: Engine, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch) -> None:
    carrier.pictures = {f"{MEDIA}1": samples.JPEG}
    (one,) = announce(database, shelf, f"{MEDIA}1")
    fetch(one)
    fetch(one)
    assert carrier.deleted == [f"{MEDIA}1"]
    assert len(list(shelf.folder.rglob("*.sealed"))) == 1


def test_what_could_run_something_is_not_kept_and_does_not_stay_with_the_carrier(
    database: Engine, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
) -> None:
    carrier.pictures = {f"{MEDIA}1": samples.PROGRAM}
    (one,) = announce(database, shelf, f"{MEDIA}1")
    fetch(one)
    found = look(database, one)
    assert (found.state, found.reason, found.retry_real) == ("refused", "type", None)
    assert carrier.deleted == [f"{MEDIA}1"]
    assert not list(shelf.folder.rglob("*.sealed"))


def test_a_picture_that_is_not_ready_is_asked_for_again_and_late_it_is_an_alarm(
    database: Engine, hands: Hands, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
) -> None:
    (one,) = announce(database, shelf, f"{MEDIA}1")
    fetch(one)
    assert due(database) == []
    hands.pass_seconds(2)
    assert due(database) == [one]
    hands.pass_seconds(700)
    fetch(one)
    assert (look(database, one).state, standing(database)) == ("announced", ["picture_late"])
    carrier.pictures = {f"{MEDIA}1": samples.JPEG}
    hands.pass_seconds(400)
    fetch(one)
    assert (look(database, one).state, standing(database)) == ("stored", [])


def test_after_a_day_it_is_lost_and_somebody_is_told(
    database: Engine, hands: Hands, shelf: Shelf, fetch: Fetch
) -> None:
    (one,) = announce(database, shelf, f"{MEDIA}1")
    hands.pass_seconds(86_500)
    fetch(one)
    found = look(database, one)
    assert (found.state, found.reason, found.retry_real, standing(database)) == (
        "lost",
        "carrier",
        None,
        ["picture_late"],
    )


@pytest.mark.parametrize(("code", "reason"), [("not ours", "carrier"), ("too_large", "too_large")])
def test_what_the_carrier_will_never_hand_out_is_lost_at_once(
    database: Engine, shelf: Shelf, code: str, reason: str
) -> None:
    class Refuses(MemoryCarrier):
        def picture(self, source: str) -> bytes:
            raise CarrierError(code, permanent=True)

    (one,) = announce(database, shelf, f"{MEDIA}1")
    fetching.fetch(database, Refuses(), shelf, one, "worker")
    found = look(database, one)
    assert (found.state, found.reason, standing(database)) == ("lost", reason, ["picture_late"])


def test_while_the_carrier_does_not_delete_it_it_is_asked_to_again(
    database: Engine, hands: Hands, shelf: Shelf, fetch: Fetch, carrier: MemoryCarrier
) -> None:
    class KeepsIt(MemoryCarrier):
        def delete_picture(self, source: str) -> None:
            raise CarrierError("503")

    keeper = KeepsIt(pictures={f"{MEDIA}1": samples.JPEG})
    (one,) = announce(database, shelf, f"{MEDIA}1")
    fetching.fetch(database, keeper, shelf, one, "worker")
    assert look(database, one).state == "stored"
    hands.pass_seconds(2)
    fetch(one)
    assert carrier.deleted == [f"{MEDIA}1"]
    assert look(database, one).deleted_real is not None


@pytest.mark.parametrize(("permanent", "age"), [(True, 0), (False, 86_500)])
def test_what_is_here_is_not_lost_because_the_carrier_does_not_delete_it(
    database: Engine, hands: Hands, shelf: Shelf, permanent: bool, age: int
) -> None:
    class RefusesTo(MemoryCarrier):
        def delete_picture(self, source: str) -> None:
            raise CarrierError("403", permanent=permanent)

    (one,) = announce(database, shelf, f"{MEDIA}1")
    hands.pass_seconds(age)
    fetching.fetch(database, RefusesTo(pictures={f"{MEDIA}1": samples.JPEG}), shelf, one, "worker")
    found = look(database, one)
    assert (found.state, found.retry_real, standing(database)) == ("stored", None, ["picture_late"])


def test_whoever_is_killed_in_between_leaves_it_to_the_next(
    database: Engine, hands: Hands, shelf: Shelf, fetch: Fetch, carrier: MemoryCarrier
) -> None:
    class Killed(BaseException):
        pass

    class KilledHere(MemoryCarrier):
        def delete_picture(self, source: str) -> None:
            raise Killed

    carrier.pictures = {f"{MEDIA}1": samples.JPEG}
    (one,) = announce(database, shelf, f"{MEDIA}1")
    with pytest.raises(Killed):
        fetching.fetch(database, KilledHere(pictures=dict(carrier.pictures)), shelf, one, "worker")
    assert due(database) == []  # until the lease ends
    hands.pass_seconds(61)
    assert due(database) == [one]
    fetch(one)
    assert (look(database, one).state, carrier.deleted) == ("stored", [f"{MEDIA}1"])


def test_two_workers_at_once_fetch_it_once(database: Engine, shelf: Shelf) -> None:
    class MeetsAnother(MemoryCarrier):
        asked_twice = False

        def picture(self, source: str) -> bytes:
            if not self.asked_twice:
                self.asked_twice = True
                fetching.fetch(database, self, shelf, one, "another")
            self.asked += 1
            return samples.JPEG

    (one,) = announce(database, shelf, f"{MEDIA}1")
    carrier = MeetsAnother()
    fetching.fetch(database, carrier, shelf, one, "worker")
    assert (carrier.asked, carrier.deleted) == (1, [f"{MEDIA}1"])


def test_who_comes_back_after_his_lease_ended_changes_nothing(database: Engine, hands: Hands, shelf: Shelf) -> None:
    class Slow(MemoryCarrier):
        def picture(self, source: str) -> bytes:
            hands.pass_seconds(61)
            quick = MemoryCarrier(pictures={f"{MEDIA}1": samples.JPEG})
            fetching.fetch(database, quick, shelf, one, "another")
            return samples.PROGRAM

    (one,) = announce(database, shelf, f"{MEDIA}1")
    slow = Slow()
    fetching.fetch(database, slow, shelf, one, "worker")
    assert (look(database, one).state, slow.deleted) == ("stored", [])


def test_when_the_disk_is_full_it_stays_at_the_carrier_and_an_alarm_says_so(
    database: Engine, hands: Hands, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
) -> None:
    carrier.pictures = {f"{MEDIA}1": samples.JPEG}
    (one,) = announce(database, shelf, f"{MEDIA}1")
    shelf.folder.write_text("no folder here")
    fetch(one)
    assert (look(database, one).state, carrier.deleted, standing(database)) == ("announced", [], ["shelf"])
    shelf.folder.unlink()
    hands.pass_seconds(2)
    fetch(one)
    assert (look(database, one).state, standing(database)) == ("stored", [])


def test_those_of_an_email_are_never_looked_for_at_a_carrier(database: Engine, shelf: Shelf) -> None:
    message = samples.a_message(database, "email")
    with database.begin() as conn:
        pictures.keep(conn, shelf, message, [Attached(content=samples.JPEG), Attached(refused="too_large")])
    assert due(database) == []

"""What a GP said is here whole, sealed, and heard by nobody else, before it is deleted at the carrier."""

import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, Row, text

from callbacks import alarms, recordings
from callbacks.carrier import CarrierError, Seen
from callbacks.shelf import Shelf
from config.crypto import Box, Unreadable
from tests.callbacks.sending import Hands, MemoryCarrier, sound

SID = "RE" + "a" * 32
BOX = Box([b"1" * 32])


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
def fetch(database: Engine, carrier: MemoryCarrier, shelf: Shelf) -> Callable[[UUID], None]:
    return lambda id: recordings.fetch(database, carrier, shelf, id, f"worker {uuid4()}")


Fetch = Callable[[UUID], None]


def a_call(engine: Engine, *, over: bool = False) -> UUID:
    with engine.begin() as conn:
        found: UUID = conn.execute(
            text(
                "insert into calls (sid, step, started_at, ended_at)"
                " values (:sid, 'leave_message', app_now(), case when :over then app_now() end) returning id"
            ),
            {"sid": f"CA{uuid4().hex}", "over": over},
        ).scalar_one()
        return found


def announce(engine: Engine, call: UUID | None, status: str = "completed", seconds: int | None = 12) -> UUID:
    with engine.begin() as conn:
        return recordings.announced(conn, SID, call, status, seconds)


def ready(engine: Engine, seconds: int | None = 12) -> UUID:
    """A recording of a call that is over."""
    return announce(engine, a_call(engine, over=True), seconds=seconds)


def look(engine: Engine, id: UUID) -> Row[tuple[object, ...]]:
    with engine.connect() as conn:
        return conn.execute(text("select * from recordings where id = :id"), {"id": id}).one()


def due(engine: Engine) -> list[object]:
    with engine.begin() as conn:
        return [each.id for each in recordings.take_due(conn, 10)]


def standing(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return [alarm.kind for alarm in alarms.standing(conn)]


class TestAnnouncing:
    def test_a_message_is_not_fetched_while_its_speaker_may_say_it_anew(self, database: Engine) -> None:
        call = a_call(database)
        announce(database, call)
        assert due(database) == []

    def test_it_is_fetched_once_he_is_content_or_gone(self, database: Engine) -> None:
        call = a_call(database)
        one = announce(database, call)
        with database.begin() as conn:
            assert recordings.release_for_fetch(conn, call) == [one]
            assert recordings.release_for_fetch(conn, call) == []
        assert due(database) == [one]

    def test_one_announced_after_the_call_was_over_is_fetched_at_once(self, database: Engine) -> None:
        one = ready(database)
        assert due(database) == [one]

    def test_announced_twice_in_any_order_it_is_one(self, database: Engine) -> None:
        call = a_call(database)
        first = announce(database, None, "in-progress", None)
        with database.connect() as conn:
            assert not recordings.is_ready(conn, first)
        assert announce(database, call, "completed", 12) == first
        assert announce(database, call, "in-progress", None) == first
        found = look(database, first)
        assert (found.call_id, found.seconds, found.state) == (call, 12, "announced")
        with database.connect() as conn:
            assert recordings.is_ready(conn, first)

    def test_an_empty_one_is_never_fetched(self, database: Engine) -> None:
        call = a_call(database)
        one = announce(database, call, "absent", None)
        with database.begin() as conn:
            assert recordings.release_for_fetch(conn, call) == []
        assert look(database, one).state == "absent"
        assert due(database) == []

    def test_one_of_a_call_we_never_saw_is_kept_to_be_sorted(self, database: Engine) -> None:
        with database.begin() as conn:
            one = recordings.recording_status(conn, SID, uuid4(), "completed", 12)
            assert recordings.recording_status(conn, "", None, "completed", 12) is None
        assert one is not None
        assert look(database, one).call_id is None

    def test_one_whose_call_is_never_said_to_be_over_is_fetched_all_the_same(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, fetch: Fetch
    ) -> None:
        one = announce(database, a_call(database))
        carrier.sounds[SID] = sound(12)
        hands.pass_seconds(601)
        assert due(database) == [one]
        fetch(one)
        fetch(one)
        assert look(database, one).state == "stored"


class TestFetching:
    def test_a_message_is_stored_sealed_and_then_deleted_at_the_carrier(
        self, database: Engine, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
    ) -> None:
        one = ready(database)
        carrier.sounds[SID] = sound(12)
        fetch(one)
        found = look(database, one)
        assert (found.state, carrier.deleted, found.retry_real) == ("stored", [SID], None)
        assert found.deleted_real is not None
        on_disk = (shelf.folder / found.file).read_bytes()
        assert sound(12)[44:100] not in on_disk
        with database.connect() as conn:
            assert recordings.open_audio(conn, shelf, one) == sound(12)
        assert due(database) == []

    def test_it_is_stored_before_it_is_deleted(
        self, database: Engine, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
    ) -> None:
        one = ready(database)
        carrier.sounds[SID] = sound(12)
        seen: list[tuple[str, bool]] = []

        class Watching(MemoryCarrier):
            def delete_recording(self, sid: str) -> None:
                found = look(database, one)
                seen.append((found.state, (shelf.folder / found.file).exists()))

        recordings.fetch(database, Watching(sounds=carrier.sounds), shelf, one, "w")
        assert seen == [("stored", True)]

    def test_a_sound_that_is_not_ready_is_tried_again(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, fetch: Fetch
    ) -> None:
        one = ready(database)
        fetch(one)
        assert (look(database, one).state, due(database)) == ("ready", [])
        carrier.sounds[SID] = sound(12)
        hands.pass_seconds(2)
        assert due(database) == [one]
        fetch(one)
        assert look(database, one).state == "stored"

    @pytest.mark.parametrize("known", [False, True])
    def test_one_that_the_carrier_has_no_more_is_given_up_with_an_alarm_and_not_before(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, fetch: Fetch, known: bool
    ) -> None:
        """It was fetched and deleted there after the copy that was put back."""
        one = ready(database)
        carrier.recordings = {SID: Seen(SID, "completed", seconds=12)} if known else {}
        hands.pass_seconds(recordings.GONE_SECONDS - 60)
        fetch(one)
        assert look(database, one).state == "ready"
        hands.pass_seconds(180)
        fetch(one)
        assert look(database, one).state == ("ready" if known else "absent")
        assert standing(database) == ["recording_late"]

    def test_without_a_declared_length_the_carrier_is_asked(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, fetch: Fetch
    ) -> None:
        one = ready(database, seconds=None)
        carrier.sounds[SID] = sound(12)
        carrier.recordings[SID] = Seen(SID, "processing")
        fetch(one)
        assert look(database, one).state == "ready"
        carrier.recordings[SID] = Seen(SID, "completed", seconds=12)
        hands.pass_seconds(2)
        fetch(one)
        assert (look(database, one).state, look(database, one).seconds) == ("stored", 12)

    def test_one_that_turns_out_empty_is_left_alone(
        self, database: Engine, carrier: MemoryCarrier, fetch: Fetch
    ) -> None:
        one = ready(database, seconds=None)
        carrier.recordings[SID] = Seen(SID, "absent")
        fetch(one)
        assert look(database, one).state == "absent"

    @pytest.mark.parametrize("wrong", [sound(8), sound(12)[:-10], b"<html>", b""])
    def test_a_mismatch_is_tried_five_times_then_stored_flagged_and_kept_at_the_carrier(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch, wrong: bytes
    ) -> None:
        one = ready(database)
        carrier.sounds[SID] = wrong
        for attempt in range(recordings.TRIES):
            assert look(database, one).state == "ready", attempt
            fetch(one)
            fetch(one)
            hands.pass_seconds(20)
        found = look(database, one)
        assert (found.state, found.attempts, carrier.deleted, due(database)) == ("flagged", 5, [], [])
        assert found.flag
        assert standing(database) == ["recording_flagged"]
        with database.connect() as conn:
            assert recordings.open_audio(conn, shelf, one) == wrong

    def test_a_mismatch_that_mends_itself_is_stored(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, fetch: Fetch
    ) -> None:
        one = ready(database)
        carrier.sounds[SID] = sound(3)
        fetch(one)
        carrier.sounds[SID] = sound(12)
        hands.pass_seconds(5)
        fetch(one)
        assert (look(database, one).state, carrier.deleted) == ("stored", [SID])

    def test_a_carrier_that_is_away_loses_nothing_and_after_ten_minutes_an_operator_knows(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, fetch: Fetch
    ) -> None:
        one = ready(database)
        carrier.sounds[SID], carrier.away = sound(12), True
        for _ in range(12):
            fetch(one)
            hands.pass_seconds(61)
        assert (look(database, one).state, standing(database)) == ("ready", ["recording_late"])
        carrier.away = False
        fetch(one)
        assert (look(database, one).state, standing(database)) == ("stored", [])

    def test_one_that_could_not_be_deleted_is_deleted_later_and_not_fetched_again(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, shelf: Shelf
    ) -> None:
        class Undeletable(MemoryCarrier):
            def delete_recording(self, sid: str) -> None:
                raise CarrierError("500", ambiguous=True)

        one = ready(database)
        recordings.fetch(database, Undeletable(sounds={SID: sound(12)}), shelf, one, "first")
        assert (look(database, one).state, look(database, one).deleted_real) == ("stored", None)
        hands.pass_seconds(5)
        assert due(database) == [one]
        recordings.fetch(database, carrier, shelf, one, "second")
        assert carrier.deleted == [SID]
        assert look(database, one).deleted_real is not None

    def test_said_anew_the_first_is_deleted_unheard(
        self, database: Engine, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
    ) -> None:
        one = announce(database, a_call(database))
        carrier.sounds[SID] = sound(12)
        with database.begin() as conn:
            recordings.discard(conn, one)
        fetch(one)
        assert (look(database, one).state, carrier.deleted, due(database)) == ("discarded", [SID], [])
        with database.connect() as conn, pytest.raises(recordings.NotInTheHouse):
            recordings.open_audio(conn, shelf, one)

    def test_what_is_stored_is_not_discarded(
        self, database: Engine, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
    ) -> None:
        one = ready(database)
        carrier.sounds[SID] = sound(12)
        fetch(one)
        with database.begin() as conn:
            recordings.discard(conn, one)
        assert look(database, one).state == "stored"

    def test_a_worker_killed_after_storing_the_file_is_followed_by_one_that_finishes(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, shelf: Shelf, fetch: Fetch
    ) -> None:
        one = ready(database)
        carrier.sounds[SID] = sound(12)

        class Killed(Shelf):
            def put(self, recording_id: UUID, sound: bytes) -> str:
                super().put(recording_id, sound)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            recordings.fetch(database, carrier, Killed(shelf.folder, BOX), one, "killed")
        assert carrier.deleted == []
        fetch(one)
        assert look(database, one).state == "ready"
        hands.pass_seconds(recordings.LEASE_SECONDS + 1)
        fetch(one)
        assert (look(database, one).state, carrier.deleted) == ("stored", [SID])

    def test_a_worker_that_wakes_late_does_not_delete_what_another_may_still_need(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, shelf: Shelf
    ) -> None:
        one = ready(database)

        class Slow(MemoryCarrier):
            def media(self, sid: str) -> bytes:
                hands.pass_seconds(recordings.LEASE_SECONDS + 1)
                recordings.fetch(database, MemoryCarrier(), shelf, one, "other")
                return sound(12)

        slow = Slow()
        recordings.fetch(database, slow, shelf, one, "slow")
        assert slow.deleted == []
        assert look(database, one).state == "ready"

    def test_no_connection_is_held_while_the_sound_is_fetched(
        self, database: Engine, shelf: Shelf, held: set[object]
    ) -> None:
        counts: list[int] = []

        class Counting(MemoryCarrier):
            def media(self, sid: str) -> bytes:
                counts.append(len(held))
                return sound(12)

            def delete_recording(self, sid: str) -> None:
                counts.append(len(held))

        recordings.fetch(database, Counting(), shelf, ready(database), "w")
        assert counts == [0, 0]


class TestShelf:
    def test_a_file_moved_to_another_row_does_not_open(self, shelf: Shelf) -> None:
        mine, other = uuid4(), uuid4()
        name = shelf.put(mine, b"sound")
        assert shelf.get(mine, name) == b"sound"
        with pytest.raises(Unreadable):
            shelf.get(other, name)

    def test_nobody_else_on_the_machine_can_read_it(self, shelf: Shelf) -> None:
        path = shelf.folder / shelf.put(uuid4(), b"sound")
        assert path.stat().st_mode & 0o077 == 0

    def test_what_could_not_be_written_leaves_nothing_behind(self, tmp_path: Path) -> None:
        blocked = tmp_path / "recordings"
        blocked.write_text("a file where the folder should be")
        with pytest.raises(OSError, match="recordings"):
            Shelf(blocked, BOX).put(uuid4(), b"sound")

    def test_a_write_that_stops_half_way_is_tried_again(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, shelf: Shelf
    ) -> None:
        one = ready(database)
        carrier.sounds[SID] = sound(12)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            recordings.fetch(database, carrier, shelf, one, "w1")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert (look(database, one).state, carrier.deleted, standing(database)) == ("ready", [], ["shelf"])
        assert [path for path in shelf.folder.rglob("*") if path.is_file()] == []
        hands.pass_seconds(61)
        recordings.fetch(database, carrier, shelf, one, "w2")
        assert (look(database, one).state, carrier.deleted, standing(database)) == ("stored", [SID], [])

    def test_a_full_disk_is_tried_again_with_an_alarm_and_nothing_is_lost(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, small_disk: Path
    ) -> None:
        shelf = Shelf(small_disk / "recordings", BOX)
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * 900_000)
        one = ready(database)
        carrier.sounds[SID] = sound(12)
        recordings.fetch(database, carrier, shelf, one, "w1")
        assert (look(database, one).state, carrier.deleted, standing(database)) == ("ready", [], ["shelf"])
        assert not list(shelf.folder.rglob("*.new"))
        ballast.unlink()
        hands.pass_seconds(61)
        recordings.fetch(database, carrier, shelf, one, "w2")
        assert (look(database, one).state, carrier.deleted, standing(database)) == ("stored", [SID], [])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)

"""Two editors at once, each in a transaction of her own: the second sees what the first has done, or is told of it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.dialects.postgresql import Range

from scheduling import tables as t
from scheduling.planning import desk, leave, publication
from scheduling.planning.changes import Changed, Refused, Slot
from scheduling.planning.trail import Actor
from tests.locks import until_waiting
from tests.scheduling.conftest import SENIORS, WARDS
from tests.scheduling.planning.editors import NOON, Secretary, at, paris, secretary, verified
from tests.scheduling.planning.test_publication import DECEMBER
from tests.scheduling.register import Register

DAY = "2026-11-23 08:30", "2026-11-23 18:30"
NIGHT = "2026-11-23 18:30", "2026-11-24 08:30"


@dataclass
class Office:
    """A hospital whose transactions end; Sophie and Mina look after the same ward."""

    engine: Engine
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))

    @contextmanager
    def at_work(self, name: str, slug: str = "medecine") -> Iterator[Secretary]:
        with self.engine.begin() as connection:
            yield secretary(Register(connection), slug, name)

    def meanwhile(self, name: str, does: Callable[[Secretary], object]) -> "Future[Secretary]":
        """She does it in another thread; her transaction ends with it."""

        def work() -> Secretary:
            with self.at_work(name) as editor:
                does(editor)
                return editor

        return self.threads.submit(work)

    def waits(self) -> None:
        """Until somebody waits for a lock that somebody else has."""
        until_waiting(self.engine)

    def rota(self) -> list[str]:
        with self.at_work("reader") as editor:
            return editor.rota()


@pytest.fixture
def office(database: Engine) -> Iterator[Office]:
    with database.begin() as connection:
        register = Register(connection)
        assert register.wards(WARDS).ok
        assert register.seniors(SENIORS).ok
        verified(connection)
        secretary(register, name="Mina").assigns("Amélie", *DAY).assigns("Bruno", *NIGHT)
    found = Office(database)
    yield found
    found.threads.shutdown()


def test_the_second_editor_is_told_who_changed_the_shift_and_when(office: Office) -> None:
    with office.at_work("Sophie") as sophie:
        shift, seen = sophie.shift("Amélie").id, sophie.person("Bruno").id
        sophie.hands("Amélie", "Chloé")

        def gives_it_to_bruno(mina: Secretary) -> None:
            mina.answer = desk.hand(mina.connection, at(NOON), mina.by, mina.ward_id, shift, seen)

        mina = office.meanwhile("Mina", gives_it_to_bruno)
        office.waits()
    refused = mina.result().answer
    assert isinstance(refused, Refused)
    (remark,) = refused.remarks
    assert (remark.code, remark.values["by"], remark.values["at"]) == ("gone", "Sophie", NOON)
    assert remark.values["name"] == "Amélie"
    assert office.rota()[0] == "1 Chloé 11-23 08:30 – 11-23 18:30"


def test_two_editors_fill_the_same_hole_and_one_is_refused_with_the_others_name(office: Office) -> None:
    start, end = "2026-11-24 08:30", "2026-11-24 18:30"
    with office.at_work("Sophie") as sophie:
        sophie.assigns("Amélie", start, end)
        mina = office.meanwhile("Mina", lambda mina: mina.assigns("Chloé", start, end))
        office.waits()
    refused = mina.result().answer
    assert isinstance(refused, Refused)
    assert [(remark.code, remark.values["other"]) for remark in refused.remarks] == [("overlap", "Amélie")]


def test_two_editors_take_back_the_same_change_and_it_is_taken_back_once(office: Office) -> None:
    with office.at_work("Sophie") as sophie:
        change = sophie.assigns("Chloé", *DAY, rank=2).last_change
    with office.at_work("Sophie") as sophie:
        sophie.undoes(change)
        mina = office.meanwhile("Mina", lambda mina: mina.undoes(change))
        office.waits()
    assert mina.result().refusal == "already_undone"
    assert len(office.rota()) == 2


def test_a_month_is_published_with_all_that_was_done_before_and_nothing_after(office: Office) -> None:
    """Who changes it while it is being published waits, and is then asked for a reason."""
    with office.at_work("Sophie") as sophie:
        sophie.assigns("Amélie", "2026-12-01 08:30", "2026-12-01 18:30")
    with office.at_work("Sophie") as sophie:
        publication.publish(sophie.connection, at(NOON), sophie.by, sophie.ward_id, DECEMBER)
        mina = office.meanwhile("Mina", lambda mina: mina.assigns("Bruno", "2026-12-02 08:30", "2026-12-02 18:30"))
        office.waits()
    assert mina.result().refusal == "needs_why"


def test_whoever_writes_without_holding_the_ward_is_seen_by_the_constraint(office: Office) -> None:
    """A file that is imported past the desk: its overlap is named, and the editor's transaction goes on."""
    start, end = "2026-11-24 08:30", "2026-11-24 18:30"
    with office.engine.connect() as elsewhere, office.at_work("Mina") as mina:
        row = {
            "ward_id": mina.ward_id,
            "person_id": mina.person("Bruno").id,
            "rank": 1,
            "during": Range(paris(start), paris(end), bounds="[)"),
        }
        elsewhere.execute(insert(t.shifts), row)

        def fills_the_hole_and_another(sophie: Secretary) -> None:
            sophie.assigns("Chloé", start, end)
            refused = sophie.answer
            sophie.assigns("Chloé", start, end, rank=2)
            assert isinstance(sophie.answer, Changed)
            sophie.answer = refused

        sophie = office.meanwhile("Sophie", fills_the_hole_and_another)
        office.waits()
        elsewhere.commit()
        refused = sophie.result().answer
    assert isinstance(refused, Refused)
    assert [(remark.code, remark.values["other"]) for remark in refused.remarks] == [("overlap", "Bruno")]
    assert office.rota()[2:] == ["1 Bruno 11-24 08:30 – 11-24 18:30", "2 Chloé 11-24 08:30 – 11-24 18:30"]


def test_a_shift_that_vanishes_while_it_is_given_away_is_not_given_away(office: Office) -> None:
    """Somebody deletes the row past the desk: nothing is put in for it."""
    with office.engine.connect() as elsewhere:
        elsewhere.execute(text("delete from shifts where lower(during) = :start"), {"start": paris(DAY[0])})
        sophie = office.meanwhile("Sophie", lambda sophie: sophie.hands("Amélie", "Chloé"))
        office.waits()
        elsewhere.commit()
        assert sophie.result().refusal == "unknown_shift"
    assert office.rota() == ["1 Bruno 11-23 18:30 – 11-24 08:30"]


def test_editors_of_two_wards_do_not_wait_for_each_other(office: Office) -> None:
    with office.at_work("Sophie") as sophie, office.at_work("Nadia", "cardio") as nadia:
        sophie.assigns("Chloé", *DAY, rank=2)
        nadia.assigns("Bruno", *DAY)
        assert isinstance(nadia.answer, Changed)


def test_imports_of_the_same_wards_in_any_order_do_not_lock_each_other(office: Office) -> None:
    """Each holds every ward before it writes the first."""

    def imports(slugs: tuple[str, str], rank: int) -> list[Changed | Refused]:
        with office.engine.begin() as connection:
            register = Register(connection)
            ward_ids = [register.ward_id(slug) for slug in slugs]
            desk.hold(connection, ward_ids)
            slot = Slot(rank, secretary(register).person("Chloé").id, paris(DAY[0]), paris(DAY[1]))
            by = Actor(None, "import")
            return [desk.apply(connection, at(NOON), by, ward_id, "rota.import", [], [slot]) for ward_id in ward_ids]

    one = office.threads.submit(imports, ("cardio", "medecine"), 2)
    other = office.threads.submit(imports, ("medecine", "cardio"), 3)
    assert all(isinstance(answer, Changed) for answer in [*one.result(), *other.result()])


def test_a_call_that_names_the_ward_does_not_wait_for_its_editor(office: Office) -> None:
    with office.at_work("Sophie") as sophie, office.engine.connect() as call:
        sophie.assigns("Chloé", *DAY, rank=2)
        call.execute(text("set lock_timeout = '200ms'"))
        call.execute(insert(t.ward_seniors).values(ward_id=sophie.ward_id, person_id=sophie.person("Denis").id))


def test_an_editor_who_waits_too_long_is_told_and_may_try_again(office: Office) -> None:
    """As long as the door waits for a lock, and no longer; her transaction goes on."""
    done = threading.Event()

    def hurries(mina: Secretary) -> None:
        mina.connection.execute(text("set local lock_timeout = '50ms'"))
        assert mina.assigns("Bruno", *DAY, rank=3).refusal == "busy"
        published = publication.publish(mina.connection, at(NOON), mina.by, mina.ward_id, DECEMBER)
        assert isinstance(published, Refused)
        mina.connection.execute(text("set local lock_timeout = 0"))
        done.set()
        mina.assigns("Bruno", *DAY, rank=3)

    with office.at_work("Sophie") as sophie:
        sophie.assigns("Chloé", *DAY, rank=2)
        mina = office.meanwhile("Mina", hurries)
        assert done.wait(timeout=30)
        office.waits()
    assert isinstance(mina.result().answer, Changed)
    assert len(office.rota()) == 4


def test_two_absences_noted_at_once_become_one(office: Office) -> None:
    def notes(editor: Secretary, start: str, end: str) -> None:
        who = editor.person("Amélie").id
        leave.add(editor.connection, at(NOON), editor.by, who, paris(start), paris(end))

    with office.at_work("Sophie") as sophie:
        notes(sophie, "2026-12-21", "2026-12-25")
        mina = office.meanwhile("Mina", lambda mina: notes(mina, "2026-12-24", "2026-12-28"))
        office.waits()
    mina.result()
    with office.at_work("Sophie") as sophie:
        (found,) = leave.between(
            sophie.connection, [sophie.person("Amélie").id], paris("2026-12-01"), paris("2027-01-01")
        )
    assert (found.start, found.end) == (paris("2026-12-21"), paris("2026-12-28"))

"""The house burns, and the line goes on from its copy while the clock runs: nobody is forgotten, nobody told twice."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from redis import Redis
from sqlalchemy import Engine

from callbacks import after_restore, jobs
from config.copies import putting_back, taking
from config.database import job_engine
from config.servers import Urls
from simulator import no_answer, says_nothing
from tests.calls.hospital import CHLOE, GP, GP_MOBILE, LINE, Hospital
from tests.calls.outage import FallibleHospital


@pytest.fixture
def hospital(database: Engine, redis: Redis, tmp_path: Path) -> FallibleHospital:
    """Monday, 14:00 in Paris; its tick reads the carrier's lists, too."""
    return FallibleHospital(database, redis, tmp_path)


@dataclass
class Fire:
    """A copy of the hospital's register, and another place for it."""

    hospital: FallibleHospital
    url: str
    shelf: Path
    copy: Path
    elsewhere: Engine
    elsewhere_url: str
    redis: Redis

    def copies(self) -> None:
        """Now."""
        taking.take(self.hospital.engine, self.url, self.shelf, self.copy)

    def burns(self) -> None:
        """All that was written down since the copy is gone; the line begins again elsewhere."""
        folder = self.copy.with_name("elsewhere")
        putting_back.put_back(self.elsewhere, self.elsewhere_url, folder, self.copy)
        self.hospital.moves(self.elsewhere, self.redis, folder)
        self.hospital.reads_lists()
        with self.elsewhere.begin() as conn:
            assert after_restore.begin(conn)


@pytest.fixture
def fire(
    hospital: FallibleHospital,
    database_url: str,
    servers: Urls,
    redis: Redis,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fire]:
    name = f"elsewhere_{uuid4().hex}"
    url = f"{servers.database.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(servers.database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        engine = job_engine(url)
        copy = tmp_path_factory.mktemp("copies") / "copy"
        yield Fire(hospital, database_url, tmp_path, copy, engine, url, redis)
        engine.dispose()
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def texts(hospital: Hospital) -> Counter[tuple[str, str]]:
    """What stands on all telephones, and how often."""
    return Counter((phone.number, text.body) for phone in hospital.sim.phones() for text in phone.texts)


def leaves_a_message(hospital: Hospital) -> str:
    """His reference."""
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.mobile_gp
    gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).leaves_message(seconds=9).presses("#")
    gp.hears("valider").presses("1").hears("garder").presses("1").hears("Quand").presses("1").hears("noté")
    gp.is_hung_up_on()
    return str(hospital.requests()[-1]["reference"])


def test_what_waited_in_the_copy_and_was_sent_before_the_fire_is_not_sent_again(fire: Fire) -> None:
    hospital = fire.hospital
    hospital.silent = True
    leaves_a_message(hospital)
    jobs.run(hospital.tick.shop, "climb", hospital.sql("select id from requests").scalar_one())
    assert {message["state"] for message in hospital.messages()} == {"waiting"}
    fire.copies()
    hospital.passes(minutes=2)
    before = texts(hospital)
    assert sorted(before.values()) == [1, 1]
    fire.burns()
    hospital.passes(minutes=5)
    assert texts(hospital) == before
    assert {message["state"] for message in hospital.messages()} == {"delivered"}


def test_what_waited_in_the_copy_and_was_never_sent_is_sent(fire: Fire) -> None:
    hospital = fire.hospital
    hospital.silent = True
    reference = leaves_a_message(hospital)
    fire.copies()
    hospital.sim.advance(minutes=3)
    fire.burns()
    hospital.passes(minutes=1)
    hospital.amelie.reads(reference)
    hospital.mobile_gp.reads(reference)
    assert set(texts(hospital).values()) == {1}


def test_a_promise_is_kept_across_the_fire_and_every_rung_is_told_once(fire: Fire) -> None:
    hospital = fire.hospital
    hospital.amelie.behaves(says_nothing())
    hospital.chloe.behaves(no_answer())
    reference = leaves_a_message(hospital)
    hospital.passes(minutes=5)
    fire.copies()
    due = hospital.requests()[0]["due_at"]
    hospital.passes(hours=7)  # rank 2 is told, and then there is nobody who knows it
    told = texts(hospital)
    hospital.bruno.reads(reference)
    fire.burns()
    hospital.passes(hours=1)
    assert texts(hospital) == told
    hospital.passes(hours=17)
    assert set(texts(hospital).values()) == {1}
    assert {CHLOE, GP_MOBILE} <= {to for to, _ in texts(hospital)}
    apologies = [to for to, body in texts(hospital) if to == GP_MOBILE and reference in body]
    assert len(apologies) == 2  # the confirmation, and one apology
    assert [(each["reference"], each["state"], each["due_at"]) for each in hospital.requests()] == [
        (reference, "open", due)
    ]


def test_a_message_that_was_recorded_is_heard_from_the_copy(fire: Fire) -> None:
    hospital = fire.hospital
    leaves_a_message(hospital)
    hospital.passes(minutes=2)
    stored = "select id, file from recordings where state = 'stored'"
    (before,) = hospital.sql(stored).all()
    sound = hospital.shelf.get(before.id, before.file)
    fire.copies()
    fire.burns()
    (after,) = hospital.sql(stored).all()
    assert hospital.shelf.get(after.id, after.file) == sound


def test_who_called_or_wrote_after_the_copy_was_taken_has_a_request_again(fire: Fire) -> None:
    hospital = fire.hospital
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    fire.copies()
    hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).hangs_up()
    hospital.mobile_gp.sends(LINE, "avis cardio svp, patient stable")
    hospital.passes(minutes=5)
    assert {each["channel"] for each in hospital.requests()} == {"missed_call", "sms"}
    fire.burns()
    assert hospital.requests() == []
    for _ in range(8):
        hospital.sim.advance(minutes=1)
        hospital.looks()
    assert hospital.sql("select why, missed from reconciliations where missed <> '{}'").all() == [
        ("restore", {"calls": 1, "messages": 1})
    ]
    [request] = hospital.requests()
    assert (request["channel"], request["caller"], request["ward"]) == ("sms", GP_MOBILE, "cardio")
    # Which ward he had keyed is known to nobody any more: his call is on record, and whoever runs the line is told.
    assert [(each["caller"], each["result"]) for each in hospital.calls()] == [(GP, "lost")]
    assert "missed_while_away" in hospital.alarms()


def test_after_the_first_minutes_nothing_is_in_doubt(fire: Fire) -> None:
    hospital = fire.hospital
    fire.copies()
    fire.burns()
    hospital.passes(minutes=20)
    hospital.silent = False
    leaves_a_message(hospital)
    hospital.sim.run_until_idle()
    hospital.sim.advance(seconds=5)  # nobody is asked for ten seconds first
    assert len(hospital.amelie.texts) == 1

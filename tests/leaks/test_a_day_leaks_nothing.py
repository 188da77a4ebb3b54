"""People say, write and type what nobody else may learn; afterwards it stands nowhere but where it belongs."""

import json
from collections.abc import Iterator, Mapping

import pytest

from config import clock
from config.database import job_engine
from scheduling.directories import sheets
from scheduling.directories.sheets import Kind
from scheduling.importing import import_rota
from scheduling.planning.trail import Actor
from tests.callbacks.mailroom import mailroom
from tests.contract.conftest import installed, quiet_hospital
from tests.contract.hospital import FILES
from tests.leaks.day import ADDRESS, Day
from tests.leaks.scanning import scan
from tests.leaks.watchers import ERRORS, watching
from tests.webhooks.mail.bringing import PUBLIC

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def day(own_servers: Mapping[str, str]) -> Iterator[Day]:
    """A whole day of a running line: every process, every way in."""
    with mailroom() as room, watching() as watchers:
        mail = {"MAIL_ADDRESS": ADDRESS, "SMTP_URL": f"smtp://127.0.0.1:{room.port}", "SENDGRID_PUBLIC_KEY": PUBLIC}
        with installed({**own_servers, **mail, **watchers.settings}) as line, quiet_hospital(line.carrier):
            line.serve()
            bring_in(own_servers["DATABASE_URL"])
            played = Day(line, room, watchers, own_servers["DATABASE_URL"], own_servers["REDIS_URL"])
            played.plays()
            yield played


def bring_in(url: str) -> None:
    """The hospital's three files, without three more processes."""
    engine = job_engine(url)
    with engine.begin() as conn:
        for kind in (Kind.WARDS, Kind.SENIORS):
            assert sheets.take_in(conn, clock.read(conn), Actor(None, "import"), kind, FILES[kind]().encode()).ok
        assert import_rota(conn, FILES["rota"]().encode(), replace=None).ok
    engine.dispose()


def test_nothing_that_was_planted_is_found_where_it_does_not_belong(day: Day) -> None:
    found = [(place, scan(place, content, planted)) for place, content, planted in day.everywhere()]
    assert [str(leak) for _, leaks in found for leak in leaks] == []
    assert len(found) > 40


def test_a_collector_was_told_of_every_kind_of_work_by_every_process(day: Day) -> None:
    spans = list(day.watchers.spans())
    assert {process for process, _ in spans} >= {"web", "worker", "tick"}
    assert {span.name for _, span in spans} == {"door", "decision", "transaction", "job", "carrier"}
    assert not any(span.events or span.status.message for _, span in spans)
    assert all(each.key.startswith("rappel24.") for _, span in spans for each in span.attributes)


def test_a_sentry_was_told_that_something_failed_and_where(day: Day) -> None:
    told = b"".join(day.watchers.told[ERRORS]).decode()
    assert "database away" in told
    assert '"door":"sms.incoming"' in told.replace(" ", "")


def test_what_every_process_says_of_a_request_is_found_by_one_word(day: Day) -> None:
    lines = [json.loads(line[line.index("{") :]) for line in day.line.log.read_text().splitlines() if " | {" in line]
    filed = next(line for line in lines if line["event"] == "request.filed" and line["channel"] == "missed_call")
    ours = [line for line in lines if line.get("story") == filed["story"]]
    assert {"web"} < {line["process"] for line in ours}
    assert {"answered", "request.filed", "rung.climbed", "message.sent"} <= {line["event"] for line in ours}
    assert {"voice.incoming", "voice.turn", "sms.status", "link.claim"} <= {str(line.get("door")) for line in ours}

"""People say, write and type what nobody else may learn; afterwards it stands nowhere but where it belongs."""

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
from tests.webhooks.mail.bringing import PUBLIC

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def day(own_servers: Mapping[str, str]) -> Iterator[Day]:
    """A whole day of a running line: every process, every way in."""
    with mailroom() as room:
        mail = {"MAIL_ADDRESS": ADDRESS, "SMTP_URL": f"smtp://127.0.0.1:{room.port}", "SENDGRID_PUBLIC_KEY": PUBLIC}
        with installed({**own_servers, **mail}) as line, quiet_hospital(line.carrier):
            line.serve()
            bring_in(own_servers["DATABASE_URL"])
            played = Day(line, room, own_servers["DATABASE_URL"], own_servers["REDIS_URL"])
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

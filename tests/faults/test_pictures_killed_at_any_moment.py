"""Workers killed while they fetch pictures, a carrier that stumbles: every picture is here once, and gone there.

Real worker and tick processes, real PostgreSQL and Valkey, the unmodified `twilio` client over HTTP.
"""

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from callbacks.shelf import Shelf
from callbacks.written import pictures
from callbacks.written.incoming import Attached
from config.crypto import Box
from simulator import Enclosed, RestFault, Simulator
from tests.callbacks.written import samples
from tests.faults.conftest import SEED
from tests.faults.house import LINE, Processes, chaos, eventually, hurry

MESSAGES, EACH = 20, 2
CHAOS_SECONDS = 8.0
FASTER = 12.0  # PostgreSQL's clock: a lease of a minute is 5 s
GP = "+33639980041"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", Box([b"k" * 32]))


def writes(engine: Engine, office: Simulator, shelf: Shelf, number: int) -> None:
    """A GP sends an MMS, and it is taken in."""
    enclosed = [Enclosed("image/jpeg", samples.JPEG + f"{number}-{place}".encode()) for place in range(EACH)]
    with office.clock.lock:
        sms = office.messages.receive(office.office.telephone(GP), LINE, "dermato", pictures=enclosed)
        urls = [
            office.office.resource_url(f"Messages/{sms.sid}/Media/{media.sid}")
            for media in office.messages.media.of_message(sms.sid)
        ]
    message = samples.a_message(engine)
    with engine.begin() as conn:
        pictures.keep(conn, shelf, message, [Attached(source=url) for url in urls])


def to_do(engine: Engine) -> int:
    with engine.connect() as conn:
        found: int = conn.execute(text("select count(*) from attachments where retry_real is not null")).scalar_one()
        return found


@pytest.mark.timeout(240)
def test_every_picture_is_here_once_and_gone_at_the_carrier(
    database: Engine, redis: Any, office: Simulator, processes: Processes, shelf: Shelf
) -> None:
    hurry(database, FASTER)
    for share, fault, on in (
        (0.10, RestFault.UNAVAILABLE, "GET */Media/*"),
        (0.05, RestFault.REFUSE_CUT, "GET */Media/*"),
        (0.10, RestFault.ACCEPT_500, "DELETE *"),
        (0.10, RestFault.ACCEPT_CUT, "DELETE *"),
        (0.05, RestFault.TOO_MANY, "*"),
    ):
        office.faults.rest_share(fault, share, on=on)
    for name in ("worker-1", "worker-2", "tick-1"):
        processes.start(name)
    draw, waiting = random.Random(SEED), list(range(MESSAGES))

    def more() -> None:
        for number in waiting[:3]:
            writes(database, office, shelf, number)
        del waiting[:3]

    more()
    eventually(lambda: any(shelf.folder.rglob("*.sealed")), 60, "the first picture")
    chaos(
        CHAOS_SECONDS,
        0.1,
        [
            (10, lambda: processes.kill_horse(draw.choice(["worker-1", "worker-2"]), draw.random() * 0.15)),
            (6, more),
            (3, redis.flushdb),
            (1, lambda: processes.kill(draw.choice(["worker-1", "worker-2", "tick-1"]))),
        ],
        SEED,
    )
    while waiting:
        more()
    eventually(lambda: to_do(database) == 0, 120, "the last picture")

    with database.connect() as conn:
        messages = conn.execute(text("select distinct written_id from attachments")).scalars().all()
        kept = pictures.of(conn, messages)
        assert conn.execute(text("select count(*) from attachments where deleted_real is null")).scalar_one() == 0
    assert processes.kills > 3
    found = sorted(pictures.content_of(shelf, each) for each in kept)
    sent = [samples.JPEG + f"{number}-{place}".encode() for number in range(MESSAGES) for place in range(EACH)]
    assert found == sorted(sent)
    assert not office.messages.media.by_sid
    assert len(list(shelf.folder.rglob("*.sealed"))) == MESSAGES * EACH

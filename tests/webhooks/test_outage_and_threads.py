"""What a process of the web remembers of its own refusals, with several threads at it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Engine, text

from webhooks.outage import APART_SECONDS, Outage


@dataclass
class Meanwhile:
    """An engine; while its connection is fetched, another thread does something."""

    engine: Engine
    do: Callable[[], None]

    def begin(self) -> Any:
        self.do()
        return self.engine.begin()


@dataclass
class Watch:
    """Seconds, as a test wants them."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


def asked(engine: Engine) -> int:
    with engine.connect() as conn:
        return int(conn.execute(text("select count(*) from reconciliations where why = 'outage'")).scalar_one())


def test_two_doors_that_answer_at_once_after_an_outage_both_answer(database: Engine) -> None:
    outage = Outage(Watch())
    outage.refused()
    outage.answered(cast(Engine, Meanwhile(database, lambda: outage.answered(database))))
    assert asked(database) == 1


def test_what_is_refused_while_we_ask_is_asked_for_the_next_time(database: Engine) -> None:
    watch = Watch()
    outage = Outage(watch)
    outage.refused()
    outage.answered(cast(Engine, Meanwhile(database, outage.refused)))
    with database.begin() as conn:
        conn.execute(text("update reconciliations set ended_real = real_now()"))
    watch.seconds += APART_SECONDS
    outage.answered(database)
    assert asked(database) == 2

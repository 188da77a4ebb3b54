"""Whatever is done to requests, by whom, in which order and how late: each is closed, or has a next step ahead of it.

Hypothesis writes the lives of two requests as lists of acts, and shortens the one that goes wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Row, text, update

from callbacks import bridge, climb, gp, handover, register, requests
from callbacks.purposes import ALERTS, UNCLAIMED, Purpose
from callbacks.states import OUTCOMES, Standing, State, fold
from callbacks.tables import outbox, parts
from callbacks.trying import REASONS, Result
from scheduling import store
from scheduling.rota import OnCall
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, DENIS, EMMA, MONDAY, Story

PEOPLE = (AMELIE, BRUNO, CHLOE, DENIS, EMMA)  # Emma is not on the rota, unless it is changed
OF_A_SHIFT = {Purpose.SHIFT_START, Purpose.SHIFT_END, Purpose.GIVEN_BACK}
BETWEEN_TWO = {Purpose.TAKEN, Purpose.OFFERED, Purpose.REFUSED}
Rank = Mapping[str, tuple[float, float]]  # who, from and until when in hours from now
ROTAS: tuple[tuple[Rank, ...], ...] = (
    (),
    ({EMMA: (-1, 5000)},),
    ({AMELIE: (-3, 4), BRUNO: (4, 12), EMMA: (12, 20)},),
    ({AMELIE: (-3, 1)}, {BRUNO: (-3, 1)}),
    ({BRUNO: (-1, 5000)}, {AMELIE: (-1, 2), EMMA: (6, 30)}),
)


HOLDER, ASKED = "who has it", "who is asked to take it over"


@dataclass(frozen=True)
class Act:
    """Something that somebody does: to which of the requests, and how much of it (minutes, or which of a list)."""

    what: str
    who: str = HOLDER
    which: int = 0
    much: int = 1
    promptly: bool = True  # the house does at once what is due then; else when time passes


class House(Story):
    """The ward, with two requests, a clock that climbs and hands over, and a watch on what is written."""

    def __repr__(self) -> str:
        return "the ward"

    def begins(self) -> None:
        """Nothing has happened yet: Monday, 11:00."""
        self.now = MONDAY
        with self.engine.begin() as conn:
            conn.execute(text("truncate calls, requests, recordings, outbox, alarms, links, heartbeats cascade"))
            conn.execute(text("update people set opted_out_at = null"))
        self._read, self.seen = 0, {CHLOE, DENIS}
        self.changes_ward(head_id=self.ids[CHLOE], coordinator_id=self.ids[DENIS], opening="")
        self.has_rota({AMELIE: (-1, 5000)}, {BRUNO: (-1, 5000)})
        self.both = (self.files(message=False), self.files(message=False))

    def has_rota(self, *ranks: Rank) -> None:
        """Who is on call, rank by rank, in hours from now."""
        self.empties_the_rota()
        for rank, shifts in enumerate(ranks, 1):
            for phone, hours in shifts.items():
                start, end = (self.now + timedelta(hours=each) for each in hours)
                self.puts_on_call(phone, rank, start=start, end=end)
                self.seen.add(phone)

    def does(self, act: Act) -> None:
        """The act; then, at once or when time passes, what the house owes after it."""
        self.request_id = self.both[act.which]
        who = self.called(act.who)
        if act.what in BY_A_PERSON:
            self.seen.add(who)
        ACTS[act.what](self, replace(act, who=who))
        if act.promptly:
            self.works()

    def called(self, who: str) -> str:
        """The telephone of this person; Amélie's when nobody has it, Bruno's when nobody is asked."""
        phones = {id: phone for phone, id in self.ids.items()}
        found = {HOLDER: self.view.claimed_by or self.ids[AMELIE], ASKED: self.view.offered_to or self.ids[BRUNO]}
        return phones[found[who]] if who in found else who

    def works(self) -> None:
        """Everything that is due; it comes to rest."""
        for _ in range(20):
            super().works()
            with self.engine.begin() as conn:
                handover.announce(conn, self.moment, self.house)
                if not climb.due(conn, self.moment, 1):
                    return
        raise AssertionError("it never comes to rest")

    def _next_due(self) -> datetime | None:
        with self.engine.begin() as conn:
            found: datetime | None = conn.execute(_NEXT_DUE, {"now": self.now}).scalar_one()
        return found


_NEXT_DUE = text(
    """
    select min(at) from (
        select least(next_step_at, notice_at) as at from requests
        union all
        select moment from shifts cross join lateral (values (lower(during)), (upper(during) - interval '15 minutes'),
            (upper(during) + interval '30 minutes')) as of_a_shift (moment) where moment > :now) as due"""
)


# What can be done -------------------------------------------------------------------------------------------------


def _offers(house: House, act: Act) -> None:
    to = PEOPLE[act.much % len(PEOPLE)]
    house.offers(to, by=None if act.much % 3 == 0 else act.who)
    house.seen.add(to)


def _loses_the_last_message(house: House, act: Act) -> None:
    with house.engine.begin() as conn:
        last = text("select max(id) from outbox where state = 'waiting' and request_id = :id")
        outbox_id = conn.execute(last, {"id": house.request_id}).scalar_one()
        if outbox_id is not None:
            conn.execute(update(outbox).where(outbox.c.id == outbox_id).values(state="undelivered"))
            climb.alert_failed(conn, outbox_id, house.moment, house.house)


def _ends_the_bridge(house: House, act: Act) -> None:
    outcome = (bridge.NOT_RUNG, *Result)[act.much % (1 + len(Result))]
    with house.engine.begin() as conn:
        live = bridge.latest(conn, house.request_id)
        if live is not None and live.outcome is None:
            bridge.ring(conn, live.id, "+33639980101", house.moment)
            bridge.settle(conn, live.id, outcome, house.moment)
            bridge.report(conn, live.id, house.moment)


def _in_the_register(act_on: Callable[..., object]) -> Callable[[House, Act], None]:
    def done(house: House, act: Act) -> None:
        with house.engine.begin() as conn:
            act_on(conn, house, act)

    return done


def _one_of(things: object, act: Act) -> str:
    listed = sorted(things)  # type: ignore[call-overload]
    return str(listed[act.much % len(listed)])


ACTS: dict[str, Callable[[House, Act], object]] = {
    "claim": lambda house, act: house.claims(act.who),
    "give back": lambda house, act: house.gives_back(act.who),
    "offer": _offers,
    "refuse": lambda house, act: house.refuses(act.who),
    "put off": lambda house, act: house.puts_off(
        act.who, house.now + timedelta(minutes=act.much % 1400), REASONS[act.much % len(REASONS)]
    ),
    "try": lambda house, act: house.tries(act.who, list(Result)[act.much % len(Result)]),
    "close": lambda house, act: house.closes(act.who, _one_of(OUTCOMES, act)),
    "give up": lambda house, act: house.closes(act.who, "NON_JOINT"),
    "withdraw": _in_the_register(lambda conn, house, act: gp.withdraw(conn, house.request_id, house.moment)),
    "was not called": _in_the_register(
        lambda conn, house, act: gp.answer(conn, house.request_id, False, house.moment, "page")
    ),
    "was called": _in_the_register(
        lambda conn, house, act: gp.answer(conn, house.request_id, True, house.moment, "page")
    ),
    "open again": _in_the_register(lambda conn, house, act: requests.reopen(conn, house.request_id, house.moment)),
    "add a message": lambda house, act: house.leaves_message(),
    "hang up": lambda house, act: house.hangs_up(),
    "hear": _in_the_register(lambda conn, house, act: conn.execute(update(parts).values(heard_at=house.now))),
    "put through": _in_the_register(
        lambda conn, house, act: requests.bridged(conn, house.request_id, house.ids[act.who], house.moment)
    ),
    "call back": _in_the_register(
        lambda conn, house, act: bridge.ask(conn, house.request_id, house.ids[act.who], house.moment, "page")
    ),
    "end the callback": _ends_the_bridge,
    "lose a message": _loses_the_last_message,
    "text STOP": lambda house, act: house.knows_stop_of(act.who),
    "change the rota": lambda house, act: house.has_rota(*ROTAS[act.much % len(ROTAS)]),
    "change the hours": lambda house, act: house.changes_ward(
        opening=("mon-fri 08:30-18:30", "sat 08:30-12:30", "")[act.much % 3]
    ),
    "lose the head": lambda house, act: house.changes_ward(head_id=None),
    "wait": lambda house, act: house.after(minutes=act.much),
}
BY_A_PERSON = {
    "claim",
    "give back",
    "offer",
    "refuse",
    "put off",
    "try",
    "close",
    "give up",
    "put through",
    "call back",
}

# A minute to thirty hours; mostly a few hours.
MINUTES = st.integers(1, 300) | st.integers(1, 30 * 60)
OFTEN = ("claim", "claim", "wait", "wait", "wait", "give back", "put off", "put off", "close", "offer")
LIVES = st.lists(
    st.builds(
        Act,
        what=st.sampled_from((*sorted(ACTS), *OFTEN)),
        who=st.sampled_from((HOLDER, HOLDER, HOLDER, ASKED, ASKED, *PEOPLE)),
        which=st.sampled_from((0, 0, 0, 1)),
        much=MINUTES,
        promptly=st.sampled_from((True, True, False)),
    ),
    max_size=12,
)


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=LIVES)
@example(life=[Act("claim"), Act("put off", much=1400), Act("wait", much=1500), Act("give back")])
@example(life=[Act("claim"), Act("put off", much=600), Act("add a message"), Act("hang up"), Act("wait", much=700)])
@example(life=[Act("claim"), Act("offer", much=1), Act("claim", ASKED), Act("wait", much=1800), Act("close", BRUNO)])
@example(life=[Act("change the rota", much=2), Act("claim"), Act("wait", much=600), Act("claim", CHLOE)])
@example(life=[Act("claim"), Act("close"), Act("was not called"), Act("wait", much=1), Act("claim", DENIS)])
def test_every_request_is_closed_or_has_a_next_step_ahead(house: House, life: list[Act]) -> None:
    house.begins()
    look(house, promptly=True)
    for act in life:
        house.now += timedelta(seconds=1)  # no two things are done at the same instant
        house.does(act)
        look(house, act.promptly or act.what == "wait")
    house.works()
    look(house, promptly=True)


# What must be so --------------------------------------------------------------------------------------------------


def look(house: House, promptly: bool) -> None:
    """Every request stands as its events say, owes nothing or has a next step; whoever is told is concerned."""
    with house.engine.begin() as conn:
        rows = conn.execute(text("select * from requests order by id")).all()
        histories = {row.id: [entry.event for entry in register.timeline(conn, row.id)] for row in rows}
        messages = conn.execute(text("select * from outbox order by id")).all()
        on_call = {at: store.on_call(conn, house.ward_id, at) for at in {message.created_at for message in messages}}
    for row in rows:
        _stands_as_its_events_say(row, fold(histories[row.id]))
        _is_closed_or_has_a_next_step(row, house.now, promptly)
        _nothing_waits_that_nobody_wants(row, [each for each in messages if each.request_id == row.id])
    concerned = {house.ids[phone] for phone in house.seen}
    for message in messages:
        assert message.person_id is None or message.person_id in concerned, f"{message.purpose} to a stranger"
        if message.id > house._read and message.request_id is not None:
            before = [event for event in histories[message.request_id] if event.at <= message.created_at]
            _is_no_news_of_a_colleagues_request(message, fold(before), on_call[message.created_at])
    house._read = max((message.id for message in messages), default=0)


def _stands_as_its_events_say(row: Row[tuple[object, ...]], standing: Standing) -> None:
    found = Standing(State(row.state), row.claimed_by, row.claimed_at, row.closed_at, row.closed_by, row.outcome)
    assert found == standing


def _is_closed_or_has_a_next_step(row: Row[tuple[object, ...]], now: datetime, promptly: bool) -> None:
    closed = State(row.state).closed
    assert closed == (row.next_step_at is None) == (row.next_rung is None)
    assert row.state == State.CLAIMED or (row.retry_at, row.retry_reason) == (None, None)
    assert not closed or row.offered_to is None
    assert row.offered_to is None or row.offered_to != row.claimed_by
    if promptly:
        assert closed or row.next_step_at > now, "its next step is past"
        assert row.notice_at is None or row.notice_at > now, "a word is still owed"
    retrying = row.retry_at is not None and row.retry_at > now
    assert not retrying or row.notice_at is not None, "nobody will say that it is time to try again"


def _nothing_waits_that_nobody_wants(row: Row[tuple[object, ...]], messages: list[Row[tuple[object, ...]]]) -> None:
    waiting = [message for message in messages if message.state == "waiting"]
    if State(row.state).closed:
        unwanted = [message for message in waiting if message.purpose in ALERTS]
    elif row.state == State.CLAIMED:
        unwanted = [each for each in waiting if each.purpose in UNCLAIMED and each.created_at < row.claimed_at]
    else:
        unwanted = []
    assert not unwanted, f"{[message.key for message in unwanted]} of a request that is {row.state}"


def _is_no_news_of_a_colleagues_request(message: Row[tuple[object, ...]], standing: Standing, on_call: OnCall) -> None:
    """Once it is claimed, it is told to who has it and to who stands above him; once it is closed, to nobody."""
    if message.person_id is None or message.purpose in OF_A_SHIFT | BETWEEN_TWO:
        return
    assert not standing.state.closed or message.purpose not in ALERTS, f"{message.purpose} of what is closed"
    if standing.state is State.CLAIMED and message.purpose in UNCLAIMED | {Purpose.RETRY, Purpose.ADDED}:
        above = _above(standing.claimed_by, on_call)
        assert message.person_id == standing.claimed_by or message.person_id in above, (
            f"{message.purpose} to a colleague"
        )
        assert message.purpose != Purpose.RETURNED


def _above(person_id: int | None, on_call: OnCall) -> set[int]:
    """Who stands above this person, now: nobody on call stands below who is off duty."""
    ward = on_call.ward
    ladder = [*(each.person for each in on_call.seniors[:2]), ward.head, ward.coordinator]
    ids = [person.id if person else None for person in ladder]
    place = max((n for n, each in enumerate(ids) if each == person_id), default=-1)
    everybody = {person.id for person in (ward.head, ward.coordinator) if person}
    return everybody | {each for each in ids[place + 1 :] if each is not None}

"""Whom an SMS or a call may go to, and how often: toll fraud finds no number to earn from, and nobody is flooded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, text, update

from callbacks import alarms, climb, delivery, permitted
from callbacks import outbox as out
from callbacks.house import House
from callbacks.permitted import TO_STRANGERS, Cap, Recipient, Refusal, Told, Whose
from callbacks.purposes import TRIGGERED, Purpose
from callbacks.tables import outbox
from callbacks.ways import in_order
from callbacks.written_tables import written
from config import clock, sealed_numbers
from scheduling.accounts.tables import accounts
from scheduling.store import Practitioner
from scheduling.tables import people, practitioner_phones, practitioners
from tests.callbacks.promised import ALERT_PHONE, AMELIE, BRUNO, GP, HOUSE, Story
from tests.callbacks.sending import MemoryCarrier, message, row

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PARIS, NOUMEA, REUNION = "Europe/Paris", "Pacific/Noumea", "Indian/Reunion"
STRANGER = "+33639980099"
WALLIS, NOUMEA_MOBILE, BRUSSELS, LONDON, GUERNSEY = (
    "+681821234",
    "+687751234",
    "+32470123456",
    "+442079460018",
    "+447911123456",
)


def to(number: str = GP, whose: Whose = Whose.OWN, channel: str = "sms", **known: object) -> Recipient:
    return replace(Recipient(number, channel, whose), **known)  # type: ignore[arg-type]


# Where ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", [whose for whose in Whose if whose is not Whose.NOBODYS])
def test_whom_we_know_and_who_came_to_us_are_told(whose: Whose) -> None:
    assert permitted.refusal(to(whose=whose), Purpose.ALERT, NOW) is None


@pytest.mark.parametrize("channel", ["sms", "call"])
def test_nobody_else_is_whatever_for(channel: str) -> None:
    for purpose in Purpose:
        assert permitted.refusal(to(whose=Whose.NOBODYS, channel=channel), purpose, NOW) is Refusal.UNKNOWN


RANGES = [
    # number, hospital in, known, a stranger's own
    ("+33639980001", PARIS, True, True),
    ("+33199001234", PARIS, True, True),
    ("+262692123456", PARIS, True, True),
    (BRUSSELS, PARIS, True, True),
    (BRUSSELS, REUNION, False, False),
    (WALLIS, PARIS, True, False),
    (NOUMEA_MOBILE, PARIS, True, False),
    (NOUMEA_MOBILE, NOUMEA, True, True),
    ("+68987123456", PARIS, True, False),
    ("+508551234", PARIS, True, False),
    (LONDON, PARIS, False, False),
    (GUERNSEY, PARIS, False, False),
    ("+18765551234", PARIS, False, False),  # Jamaica, behind the 1 of New York
    ("+2250708091011", PARIS, False, False),
    ("+37069812345", PARIS, False, False),
    ("+33892123456", PARIS, False, False),  # premium
    ("+33820123456", PARIS, False, False),  # shared cost
    ("+33700123456", PARIS, False, False),  # a machine's
    ("+32900123456", PARIS, False, False),
    ("+881612345678", PARIS, False, False),  # satellite
    ("+882161234567", PARIS, False, False),
    ("+979123456789", PARIS, False, False),  # international premium
    ("+3315", PARIS, False, False),
    ("15", PARIS, False, False),
    ("3624", PARIS, False, False),
    ("RAPPEL24", PARIS, False, False),
    ("", PARIS, False, False),
]


@pytest.mark.parametrize(("number", "zone", "known", "own"), RANGES)
def test_no_range_that_fraud_is_paid_for_is_rung_or_texted(number: str, zone: str, known: bool, own: bool) -> None:
    for whose, may in ((Whose.OURS, known), (Whose.ON_FILE, known), (Whose.OWN, own)):
        expected = None if may else Refusal.RANGE
        assert permitted.refusal(to(number, whose, zones=(zone,)), Purpose.APOLOGY, NOW) is expected
        assert permitted.refusal(to(number, whose, "call", zones=(zone,)), Purpose.APOLOGY, NOW) is expected


@pytest.mark.parametrize(
    ("number", "abroad", "may"),
    [
        (LONDON, {"GB"}, True),
        (LONDON, {"PT"}, False),
        (GUERNSEY, {"GB"}, False),  # has the 44 of London, and other prices
        ("+18765551234", {"US"}, False),
        ("+12125551234", {"US"}, True),
        ("+19005551234", {"US"}, False),  # premium there
        (WALLIS, {"WF"}, True),
        ("+881612345678", {"GB", "US"}, False),
    ],
)
def test_the_house_may_permit_a_country_and_gets_no_more_than_its_ordinary_numbers(
    number: str, abroad: set[str], may: bool
) -> None:
    assert (permitted.refusal(to(number), Purpose.APOLOGY, NOW, abroad) is None) is may


@pytest.mark.parametrize(
    ("number", "abroad", "may"),
    [
        ("+33199001234", set(), True),
        ("+590690271234", set(), True),
        (BRUSSELS, set(), False),  # he may call from there; he may not send us there
        (BRUSSELS, {"BE"}, True),
        (NOUMEA_MOBILE, set(), False),
        ("+33892123456", set(), False),
    ],
)
def test_a_caller_keys_a_french_number_or_none(number: str, abroad: set[str], may: bool) -> None:
    assert permitted.may_be_left(number, PARIS, abroad) is may


def test_who_is_on_no_file_is_not_reached_at_the_ends_of_the_world() -> None:
    """There is no way to him, so nothing is written that would be refused; his request stands."""
    roux = Practitioner(1, "Dr Roux", "", None, "Cabinet du Port", (WALLIS,))
    assert in_order((WALLIS,), None, PARIS) == []
    assert [way.recipient for way in in_order((WALLIS,), roux, PARIS)] == [WALLIS, WALLIS]
    assert [way.recipient for way in in_order((NOUMEA_MOBILE,), None, NOUMEA)] == [NOUMEA_MOBILE, NOUMEA_MOBILE]


# How often --------------------------------------------------------------------------------------------------------


def told(count: int, purpose: Purpose, ago: timedelta = timedelta(minutes=5)) -> list[Told]:
    return [Told(purpose, NOW - ago)] * count


@pytest.mark.parametrize(
    ("lately", "purpose", "may"),
    [
        (told(9, Purpose.CONFIRMATION), Purpose.CONFIRMATION, True),
        (told(10, Purpose.CONFIRMATION), Purpose.CONFIRMATION, False),
        (told(200, Purpose.CONFIRMATION), Purpose.CONFIRMATION, False),
        (told(10, Purpose.CONFIRMATION), Purpose.ANSWER_CODE, True),
        (told(10, Purpose.CONFIRMATION, timedelta(hours=1)), Purpose.CONFIRMATION, True),
        (told(19, Purpose.QUESTION), Purpose.QUESTION, True),
        (told(20, Purpose.QUESTION), Purpose.QUESTION, False),
        (told(10, Purpose.STATUS) + told(10, Purpose.HOW_TO), Purpose.ANSWER_CODE, False),
        (told(60, Purpose.QUESTION, timedelta(hours=5)), Purpose.QUESTION, False),
        (told(59, Purpose.QUESTION, timedelta(hours=5)), Purpose.QUESTION, True),
        (told(200, Purpose.APOLOGY), Purpose.CONFIRMATION, True),  # nobody can make us apologise
    ],
)
def test_one_number_is_told_so_often_and_no_more(lately: Sequence[Told], purpose: Purpose, may: bool) -> None:
    assert permitted.refusal(to(told=lately), purpose, NOW) is (None if may else Refusal.OFTEN)
    assert permitted.refusal(to("dr@cabinet.example", Whose.NOBODYS, "email", told=lately), purpose, NOW) is (
        None if may else Refusal.OFTEN
    )


@pytest.mark.parametrize("purpose", [each for each in Purpose if each not in TRIGGERED])
def test_what_nobody_can_trigger_always_leaves(purpose: Purpose) -> None:
    flooded = to(told=told(500, Purpose.CONFIRMATION), strangers=5000)
    assert permitted.refusal(flooded, purpose, NOW) is None


def test_our_own_people_are_never_held_back() -> None:
    asked_often = to(AMELIE, Whose.OURS, told=told(500, Purpose.REPLY), strangers=5000)
    assert permitted.refusal(asked_often, Purpose.REPLY, NOW) is None


@pytest.mark.parametrize(
    ("whose", "strangers", "refused"),
    [
        (Whose.OWN, TO_STRANGERS.at_most - 1, None),
        (Whose.OWN, TO_STRANGERS.at_most, Refusal.FLOOD),
        (Whose.ON_FILE, TO_STRANGERS.at_most, None),
    ],
)
def test_a_thousand_numbers_that_call_in_turn_are_not_all_answered(
    whose: Whose, strangers: int, refused: Refusal | None
) -> None:
    assert permitted.refusal(to(whose=whose, strangers=strangers), Purpose.HOW_TO, NOW) is refused


def test_every_cap_holds_something_back() -> None:
    assert all(cap.at_most > 0 and set(cap.purposes) <= TRIGGERED for cap in (*permitted.TO_ONE, TO_STRANGERS))
    assert Cap(1, timedelta(hours=1)).purposes == TRIGGERED


# In the register --------------------------------------------------------------------------------------------------


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def put(engine: Engine, key: str = "one", **changes: object) -> int:
    """Written now, to be sent now."""
    with engine.begin() as conn:
        moment = clock.read(conn)
        out.put(conn, [message(key, due_at=moment.now, **changes)], moment)
        found: int = conn.execute(text("select max(id) from outbox")).scalar_one()
        return found


@dataclass
class Worker:
    """Sends what is written, through a carrier that takes everything."""

    engine: Engine
    carrier: MemoryCarrier = field(default_factory=MemoryCarrier)

    def refuses(self, outbox_id: int, house: House = HOUSE) -> str | None:
        """Why it did not leave; None: the carrier has it."""
        before = len(self.carrier.accepted)
        delivery.deliver(self.engine, self.carrier, house, outbox_id, "worker")
        found = row(self.engine, outbox_id)
        assert (found.state, len(self.carrier.accepted) - before) in (("sent", 1), ("failed", 0))
        return None if found.state == "sent" else str(found.error)


@pytest.fixture
def worker(database: Engine) -> Worker:
    return Worker(database)


def test_an_alert_goes_to_a_senior_s_number_and_not_to_the_one_he_had(story: Story, worker: Worker) -> None:
    assert worker.refuses(put(story.engine, recipient=AMELIE, person_id=story.ids[AMELIE])) is None
    late = put(story.engine, key="late", recipient=AMELIE, person_id=story.ids[AMELIE])
    with story.engine.begin() as conn:
        conn.execute(update(people).where(people.c.phone == AMELIE).values(phone="+33639980044"))
    assert worker.refuses(late) == Refusal.UNKNOWN


def test_an_editor_a_practitioner_and_the_last_resort_are_known(story: Story, worker: Worker) -> None:
    with story.engine.begin() as conn:
        conn.execute(
            insert(accounts).values(email="eva@hopital.example", name="Eva", phone="+33639980051", role="editor")
        )
        roux = conn.execute(insert(practitioners).values(name="Roux").returning(practitioners.c.id)).scalar_one()
        conn.execute(insert(practitioner_phones).values(practitioner_id=roux, phone="+33639980052"))
    for number in ("+33639980051", "+33639980052", ALERT_PHONE):
        assert worker.refuses(put(story.engine, key=number, recipient=number)) is None
    abroad = replace(HOUSE, alert_phone=LONDON)  # the operator's own choice is permission enough
    assert worker.refuses(put(story.engine, key=LONDON, recipient=LONDON), abroad) is None


def test_a_caller_is_told_of_his_own_request_where_he_is_and_where_he_said(story: Story, worker: Worker) -> None:
    keyed, other = "+33639980061", "+33639980062"
    mine = story.files(GP)
    with story.engine.begin() as conn:
        conn.execute(text("update requests set caller = :keyed"), {"keyed": keyed})
    his = story.files(other)
    for number, request_id, refused in (
        (GP, mine, None),
        (keyed, mine, None),
        (other, his, None),
        (other, mine, Refusal.UNKNOWN),
        (GP, his, Refusal.UNKNOWN),
        (GP, None, Refusal.UNKNOWN),
    ):
        one = put(story.engine, key=f"{number}{request_id}", recipient=number, request_id=request_id, purpose="apology")
        assert worker.refuses(one) == refused


def test_a_caller_is_known_again_where_numbers_lie_sealed(story: Story, worker: Worker) -> None:
    with sealed_numbers.configured([b"n" * 32], sealing=True):
        mine = story.files(GP)
        one = put(story.engine, "one", recipient=GP, request_id=mine, purpose="confirmation")
        two = put(story.engine, "two", recipient=STRANGER, request_id=mine, purpose="confirmation")
        assert (worker.refuses(one), worker.refuses(two)) == (None, Refusal.UNKNOWN)
        assert worker.carrier.sms[0].to == GP
    with sealed_numbers.configured([b"n" * 32, b"o" * 32], sealing=True):
        for n in range(9):
            assert (
                worker.refuses(put(story.engine, f"{n}", recipient=GP, request_id=mine, purpose="confirmation")) is None
            )
        late = put(story.engine, "late", recipient=GP, request_id=mine, purpose="confirmation")
        assert worker.refuses(late) == Refusal.OFTEN  # those of before the keys changed count


def test_who_writes_is_answered_for_some_days(story: Story, worker: Worker) -> None:
    wrote = {"key": "sms:1", "channel": "sms", "recipient": HOUSE.line_number, "body": b"", "verdict": "idle"}
    with story.engine.begin() as conn:
        now = clock.read(conn).now
        conn.execute(insert(written).values(sender=GP, at=now, **wrote))
        long_ago = now - timedelta(days=8)
        conn.execute(insert(written).values(wrote | {"key": "sms:2", "sender": STRANGER, "at": long_ago}))
    assert worker.refuses(put(story.engine, key="a", recipient=GP, purpose="how_to")) is None
    assert worker.refuses(put(story.engine, key="b", recipient=STRANGER, purpose="how_to")) == Refusal.UNKNOWN


def test_a_number_that_may_not_be_told_is_an_alarm_and_names_nobody(story: Story, worker: Worker) -> None:
    assert worker.refuses(put(story.engine, recipient=STRANGER)) == Refusal.UNKNOWN
    with story.engine.begin() as conn:
        [alarm] = [each for each in alarms.standing(conn) if each.kind == "not_permitted"]
    assert alarm.key == "not_permitted:number_unknown"
    assert STRANGER[-8:] not in str(alarm)


def test_what_may_not_go_to_a_senior_s_number_goes_to_the_next(story: Story, worker: Worker) -> None:
    """Somebody gave Amélie a premium number: the promise does not stop at it."""
    with story.engine.begin() as conn:
        conn.execute(update(people).where(people.c.phone == AMELIE).values(phone="+33892123456"))
    story.files()
    told: list[str] = []
    while BRUNO not in told and len(told) < 6:
        alerts = [each for each in story.messages() if each.person_id is not None]
        told += [each.recipient for each in alerts]
        for alert in alerts:
            with story.engine.begin() as conn:
                conn.execute(text("update outbox set due_at = app_now() where id = :id"), {"id": alert.id})
            if worker.refuses(alert.id) == Refusal.RANGE:
                with story.engine.begin() as conn:
                    climb.alert_failed(conn, alert.id, story.moment, HOUSE)
        story.after(minutes=11)
    assert told[-1] == BRUNO
    assert story.now < story.view.created_at + timedelta(hours=1)
    assert {each.to for each in worker.carrier.accepted} == {BRUNO}


def test_two_hundred_calls_of_an_hour_bring_ten_sms_and_two_hundred_requests(story: Story, worker: Worker) -> None:
    confirmations = []
    for _ in range(12):
        story.files(GP)
        [said] = [each for each in story.messages() if each.purpose == "confirmation"]
        confirmations.append(said.id)
    with story.engine.begin() as conn:
        conn.execute(text("update outbox set due_at = app_now(), created_at = app_now()"))
        count: int = conn.execute(text("select count(*) from requests")).scalar_one()
    refused = [worker.refuses(each) for each in confirmations]
    assert refused == [None] * 10 + [Refusal.OFTEN] * 2
    assert count == 12


def test_strangers_beyond_three_hundred_an_hour_are_not_answered_and_doctors_are(story: Story, worker: Worker) -> None:
    rows = [
        {"key": f"flood{n}", "purpose": "how_to", "channel": "sms", "recipient": f"+336399{n:05}", "state": "sent"}
        for n in range(TO_STRANGERS.at_most)
    ]
    with story.engine.begin() as conn:
        now = clock.read(conn).now
        conn.execute(insert(outbox), [each | {"created_at": now, "due_at": now} for each in rows])
        roux = conn.execute(insert(practitioners).values(name="Roux").returning(practitioners.c.id)).scalar_one()
        conn.execute(insert(practitioner_phones).values(practitioner_id=roux, phone=GP))
        conn.execute(
            insert(written).values(
                key="sms:1", channel="sms", sender=STRANGER, recipient="", body=b"", verdict="idle", at=now
            )
        )
    assert worker.refuses(put(story.engine, key="a", recipient=STRANGER, purpose="how_to")) == Refusal.FLOOD
    assert worker.refuses(put(story.engine, key="b", recipient=GP, purpose="how_to")) is None


def test_a_busy_hour_of_doctors_on_file_keeps_nothing_from_a_stranger(story: Story, worker: Worker) -> None:
    with story.engine.begin() as conn:
        roux = conn.execute(insert(practitioners).values(name="Roux").returning(practitioners.c.id)).scalar_one()
        conn.execute(insert(practitioner_phones).values(practitioner_id=roux, phone=GP))
    hers, his = story.files(GP, practitioner_id=roux), story.files(STRANGER)
    with story.engine.begin() as conn:
        now = clock.read(conn).now
        row = {"purpose": "confirmation", "channel": "sms", "recipient": GP, "request_id": hers, "state": "sent"}
        rows = [row | {"key": f"{n}", "created_at": now, "due_at": now} for n in range(TO_STRANGERS.at_most)]
        conn.execute(insert(outbox), rows)
    one = put(story.engine, key="a", recipient=STRANGER, purpose="confirmation", request_id=his)
    assert worker.refuses(one) is None


def test_the_index_holds_what_can_be_triggered() -> None:
    [index] = [each for each in outbox.indexes if each.name == "ix_outbox_triggered"]
    said = str(index.dialect_options["postgresql"]["where"])
    assert set(re.findall(r"'(\w+)'", said)) == set(TRIGGERED)

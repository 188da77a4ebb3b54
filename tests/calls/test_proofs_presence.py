"""“De garde ? 1 oui, 2 non”: asked by call of who takes the line; on no or silence the next one takes it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from config import clock
from scheduling.planning import desk
from scheduling.planning.changes import Changed
from scheduling.planning.trail import Actor
from simulator import answers, busy, instant_voicemail, no_answer, presses, says_nothing, takes_the_call, waits
from tests.calls.hospital import AMELIE, BRUNO, CHLOE, LINE, PARIS, Hospital
from tests.calls.proofs import EVENING, NO, SECRETARY, YES, Evening

BEFORE = EVENING - timedelta(minutes=2)


@pytest.fixture
def evening(build: Callable[..., Hospital]) -> Iterator[Evening]:
    """Two minutes before Amélie takes the line; at the end the carrier has found nothing wrong with what we said."""
    evening = Evening(build(start=BEFORE), AMELIE, BRUNO)
    yield evening
    assert not evening.hospital.sim.trace.debugger, evening.hospital.sim.trace.debugger


def test_who_says_yes_keeps_the_line_and_nobody_else_hears_of_it(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(YES)
    evening.until(18, 45)
    assert "Cardiologie. Vous prenez la ligne. Fin de garde : demain huit heures trente." in evening.heard(
        hospital.amelie
    )
    assert "bonne garde" in evening.heard(hospital.amelie)
    assert evening.asked() == [("Amélie", "yes")]
    assert evening.rota() == ["1 Amélie 18:30-08:30", "2 Bruno 18:30-08:30"]
    assert evening.told("presence") == [("Amélie", "call", "18:30")]
    assert evening.told("absence") == []
    assert evening.told("shift_start") == [("Amélie", "sms", "18:30"), ("Bruno", "sms", "18:30")]
    assert hospital.alarms() == []


def test_who_says_yes_in_our_call_has_proved_his_telephone(evening: Evening) -> None:
    evening.hospital.amelie.behaves(YES)
    evening.until(18, 45)
    verified = evening.rows("select phone from people where phone_verified_at is not null")
    assert [row.phone for row in verified] == [AMELIE]


def test_who_says_no_leaves_the_rota_and_the_next_takes_the_line_and_is_asked_in_turn(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(NO)
    hospital.bruno.behaves(YES)
    evening.until(18, 45)
    assert "La ligne passe au senior suivant" in evening.heard(hospital.amelie)
    assert evening.asked() == [("Amélie", "no"), ("Bruno", "yes")]
    assert evening.rota() == ["1 Bruno 18:30-08:30"]
    assert evening.told("shift_start")[-1][0] == "Bruno"
    # By day: the head and the secretary are told in the morning, nothing is to be done tonight.
    assert evening.told("absence") == [("Chloé", "sms", "18:30"), (SECRETARY, "sms", "18:30")]
    assert "Amélie Blanc n'est pas de garde. Bruno Leroy prend la ligne" in hospital.chloe.reads("garde").body
    [change] = evening.rows("select * from audit where what = 'rota.presence'")
    assert (change.actor, change.why) == ("presence", "Amélie Blanc a répondu ne pas être de garde")
    assert hospital.alarms() == []


def test_a_gp_who_calls_then_is_put_through_to_who_took_over(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(NO)
    hospital.bruno.behaves(YES)
    evening.until(18, 45)
    hospital.bruno.behaves(takes_the_call(conversation=20))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.bruno)
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["rung"] == [BRUNO]


@pytest.mark.parametrize(
    "telephone",
    [no_answer(), busy(), instant_voicemail(), says_nothing(), answers(waits(1), presses("5"))],
    ids=["rings out", "busy", "voicemail", "silent", "another key"],
)
def test_silence_is_two_calls_without_a_key_three_minutes_apart(evening: Evening, telephone: object) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(telephone)  # type: ignore[arg-type]
    hospital.bruno.behaves(YES)
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "silence"), ("Bruno", "yes")]
    first, second, bruno = evening.rows(
        "select recipient, sent_at, due_at from outbox where purpose = 'presence' order by due_at"
    )
    assert timedelta(minutes=3) <= second.sent_at - first.sent_at < timedelta(minutes=5)
    assert bruno.recipient == BRUNO
    # She may be there after all: she is rung after him, and learns of it.
    assert evening.on_call() == ["1 Bruno", "2 Amélie"]
    assert "Vous restez en recours" in hospital.amelie.reads("sans réponse").body
    assert evening.told("absence")[0][:2] == ("Amélie", "sms")


def test_a_second_call_that_is_answered_with_yes_changes_nothing(evening: Evening) -> None:
    evening.hospital.amelie.behaves(no_answer(), YES)
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "yes")]
    assert evening.rota() == ["1 Amélie 18:30-08:30", "2 Bruno 18:30-08:30"]
    assert len(evening.told("presence")) == 2
    assert evening.told("absence") == []


def test_who_has_taken_a_call_meanwhile_is_there(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(no_answer(), takes_the_call(prompt="demande un avis", conversation=5), no_answer())
    evening.until(18, 31)
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie)
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "yes")]
    assert evening.rota() == ["1 Amélie 18:30-08:30", "2 Bruno 18:30-08:30"]


def test_silence_of_all_rings_them_all_the_same_and_somebody_is_told(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "silence"), ("Bruno", "silence")]
    assert evening.on_call() == ["1 Bruno", "2 Amélie"]  # whoever may answer is rung
    assert hospital.alarms() == ["nobody_confirmed"]
    assert "personne ne peut le remplacer" in hospital.chloe.reads("ALERTE").body
    evening.sleeps_until(23)
    assert len(evening.told("presence")) == 4  # nobody is asked for ever


def test_a_no_of_the_last_one_leaves_a_hole_and_the_head_is_told_at_once_in_the_night(
    build: Callable[..., Hospital],
) -> None:
    late = EVENING.replace(hour=22, minute=0)
    evening = Evening(build(start=late - timedelta(minutes=1)))
    evening.puts_on_call(AMELIE, 1, start=late)
    evening.hospital.amelie.behaves(NO)
    evening.until(22, 20)
    assert evening.on_call() == []
    assert evening.hospital.alarms() == ["nobody_confirmed"]
    assert evening.told("absence") == [("Chloé", "sms", "22:00"), (SECRETARY, "sms", "08:00")]
    assert "Il n'y a plus personne" in evening.hospital.chloe.reads("ALERTE").body


def test_nobody_is_told_at_night_of_what_has_mended_itself(build: Callable[..., Hospital]) -> None:
    late = EVENING.replace(hour=22, minute=0)
    evening = Evening(build(start=late - timedelta(minutes=1)))
    evening.puts_on_call(AMELIE, 1, start=late)
    evening.puts_on_call(BRUNO, 2, start=late)
    evening.hospital.amelie.behaves(NO)
    evening.hospital.bruno.behaves(YES)
    evening.until(22, 20)
    assert evening.told("absence") == [("Chloé", "sms", "08:00"), (SECRETARY, "sms", "08:00")]


def test_the_third_takes_over_when_two_are_silent_and_the_alarm_of_before_is_over(evening: Evening) -> None:
    hospital = evening.hospital
    evening.puts_on_call(CHLOE, 3)
    hospital.sql(
        "insert into alarms (key, kind) values (:key, 'nobody_confirmed')", key=f"nobody_confirmed:{evening.ward_id}"
    )
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    hospital.chloe.behaves(YES)
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "silence"), ("Bruno", "silence"), ("Chloé", "yes")]
    assert evening.on_call() == ["1 Chloé", "2 Amélie", "3 Bruno"]
    assert hospital.alarms() == []


def test_several_ticks_ask_and_replace_once(evening: Evening) -> None:
    evening.ticks = 3
    evening.hospital.amelie.behaves(NO)
    evening.hospital.bruno.behaves(YES)
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "no"), ("Bruno", "yes")]
    assert len(evening.told("presence")) == 2
    assert len(evening.rows("select id from audit where what = 'rota.presence'")) == 1


def test_webhooks_that_come_again_change_nothing(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(NO)
    hospital.bruno.behaves(YES)
    evening.until(18, 45)
    before = evening.rota(), evening.asked(), len(evening.rows("select id from outbox"))
    for request, answer in list(hospital.carried):
        again = hospital._carry(request)
        assert (again.status, again.body) == (answer.status, answer.body)
    evening.until(18, 50)
    assert (evening.rota(), evening.asked(), len(evening.rows("select id from outbox"))) == before


def test_an_editor_who_was_quicker_is_not_overruled(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(no_answer())
    evening.until(18, 32)
    hospital.sql("delete from shifts where rank = 1")
    evening.puts_on_call(CHLOE, 1)
    hospital.chloe.behaves(YES)
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "void"), ("Chloé", "yes")]
    assert evening.on_call() == ["1 Chloé", "2 Bruno"]
    assert len(evening.told("presence")) == 2


def test_a_question_that_no_longer_waits_says_so(evening: Evening) -> None:
    hospital = evening.hospital
    evening.until(18, 29)
    hospital.sim.advance(seconds=62)
    amelie = hospital.amelie.rings()
    hospital.sql("delete from shifts where rank = 1")
    amelie.answers().hears("n'attend plus de réponse").is_hung_up_on()


def test_a_carrier_that_takes_no_calls_replaces_nobody(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.sql("create function held() returns trigger language plpgsql as 'begin return null; end'")
    hospital.sql(
        "create trigger held before update on outbox for each row when (new.state = 'sending') execute function held()"
    )
    evening.until(18, 32).sleeps_until(18, 50)
    assert evening.asked() == [("Amélie", "void")]
    assert evening.on_call() == ["1 Amélie", "2 Bruno"]
    assert hospital.alarms() == []


def test_a_ward_that_does_not_ask_is_not_called(evening: Evening) -> None:
    evening.hospital.sql("update wards set asks_presence = false")
    evening.until(18, 45)
    assert evening.asked() == []
    assert [channel for _, channel, _ in evening.told("shift_start")] == ["sms", "sms"]
    assert evening.told("presence") == []


def test_who_goes_on_is_not_asked_again(evening: Evening) -> None:
    evening.puts_on_call(AMELIE, 1, start=EVENING - timedelta(hours=10), end=EVENING)
    evening.until(18, 45)
    assert evening.asked() == []


def test_a_closed_ward_asks_when_it_opens(build: Callable[..., Hospital]) -> None:
    evening = Evening(build(start=EVENING.replace(hour=8, minute=10)))
    evening.hospital.sql("update wards set opening = 'mon-fri 08:30-18:30' where slug = 'cardio'")
    evening.puts_on_call(AMELIE, 1, start=EVENING.replace(hour=8, minute=15))
    evening.hospital.amelie.behaves(YES)
    evening.until(8, 29)
    assert evening.asked() == []
    evening.until(8, 35)
    assert evening.asked() == [("Amélie", "yes")]


def test_who_texted_stop_hears_it_all_in_the_one_call(evening: Evening) -> None:
    evening.hospital.sql("update people set opted_out_at = now() where phone = :phone", phone=AMELIE)
    evening.hospital.amelie.behaves(YES)
    evening.until(18, 45)
    assert [each for each in evening.told("shift_start") if each[0] == "Amélie"] == []
    assert evening.told("presence") == [("Amélie", "call", "18:30")]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2027, 3, 27, 18, 30, tzinfo=PARIS), datetime(2027, 3, 28, 8, 30, tzinfo=PARIS)),
        (datetime(2027, 10, 30, 18, 30, tzinfo=PARIS), datetime(2027, 10, 31, 8, 30, tzinfo=PARIS)),
    ],
    ids=["spring forward", "fall back"],
)
def test_the_night_of_the_clock_change_is_handed_over_whole(
    build: Callable[..., Hospital], start: datetime, end: datetime
) -> None:
    evening = Evening(build(start=start - timedelta(minutes=1)))
    evening.puts_on_call(AMELIE, 1, start, end)
    evening.puts_on_call(BRUNO, 2, start, end)
    evening.hospital.amelie.behaves(NO)
    evening.hospital.bruno.behaves(YES)
    evening.hospital.sim.advance(minutes=10)
    [shift] = evening.rows("select rank, during from shifts")
    assert (shift.rank, shift.during.lower, shift.during.upper) == (1, start, end)


def test_a_process_that_dies_in_the_middle_leaves_nothing_half_done(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.sql("create function dies() returns trigger language plpgsql as 'begin raise ''killed''; end'")
    hospital.sql(
        "create trigger dies before insert on outbox for each row when (new.purpose = 'absence')"
        " execute function dies()"
    )
    hospital.amelie.behaves(NO)
    hospital.bruno.behaves(YES)
    evening.until(18, 35)
    assert evening.rota() == ["1 Amélie 18:30-08:30", "2 Bruno 18:30-08:30"]
    assert evening.rows("select id from audit where what = 'rota.presence'") == []
    hospital.sql("drop trigger dies on outbox")
    evening.until(18, 45)
    assert evening.asked() == [("Amélie", "no"), ("Bruno", "yes")]
    assert evening.on_call() == ["1 Bruno"]
    assert len(evening.told("absence")) == 2
    assert len(evening.rows("select id from audit where what = 'rota.presence'")) == 1


def test_an_editor_takes_it_back_like_any_other_change(evening: Evening) -> None:
    hospital = evening.hospital
    hospital.amelie.behaves(NO)
    hospital.bruno.behaves(YES)
    evening.until(18, 45)
    with hospital.engine.begin() as conn:
        moment = clock.read(conn)
        audit_id = conn.execute(text("select id from audit where what = 'rota.presence'")).scalar_one()
        undone = desk.undo(conn, moment, Actor(evening.editor_id, "Fanny"), evening.ward_id, audit_id)
    assert isinstance(undone, Changed)
    assert evening.rota() == ["1 Amélie 18:30-08:30", "2 Bruno 18:30-08:30"]
    evening.until(18, 55)
    assert [name for name, _ in evening.asked()] == [
        "Amélie",
        "Bruno",
    ]  # the editor knows better: nobody is asked again

"""One id through a whole request: what every process says of it is found by looking for one word."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from simulator import no_answer
from tests.calls.hospital import AMELIE, LINE, Hospital

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def said() -> Iterator[Lines]:
    """Every line of the log, with what it is about, as a process writes it."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines


def of(said: Lines, story: str) -> Lines:
    return [line for line in said if line.get("story") == story]


def what(line: MutableMapping[str, Any]) -> str:
    """The event, and by which door or job it came."""
    return f"{line['event']} {line.get('door') or line.get('job') or line.get('chore')}"


def test_a_call_that_nobody_answered_is_one_story_from_its_first_webhook_to_the_callback(
    hospital: Hospital, said: Lines
) -> None:
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    gp = hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=150)
    gp.leaves_message(seconds=9).presses("#").hears("valider").hangs_up()
    hospital.passes(minutes=10)
    [filed] = [line for line in said if line["event"] == "request.filed"]
    [request] = hospital.requests()
    [call] = hospital.sql("select cast(id as text) from calls where direction = 'inbound'").scalars()
    assert (filed["story"], filed["reference"]) == (call, request["reference"])

    amelie = hospital.amelie.dials(LINE).hears("Une demande vous attend").presses("1#").hears("Cardiologie")
    amelie.presses("1").hears("est à vous").hangs_up()
    hospital.passes(minutes=5)
    ours = of(said, call)
    heard = [what(line) for line in ours]
    assert heard[0] == "answered voice.incoming"
    expected = {
        "request.filed voice.turn",
        "answered voice.turn",
        "answered voice.leg",
        "answered voice.recording",
        "rung.climbed climb",
        "message.sent deliver",
        "answered sms.status",
    }
    assert expected <= set(heard)
    assert {line.get("call") for line in ours} >= {call}
    assert request["reference"] not in repr([line for line in said if line.get("story") not in (call, None)])
    others = {line["call"] for line in ours if "call" in line and line["call"] != call}
    assert len(others) == 1, "her own call is about this request"


def test_what_is_written_has_a_story_of_its_own(hospital: Hospital, said: Lines) -> None:
    hospital.mobile_gp.sends(LINE, "Cardiologie : patient à revoir, merci de me rappeler")
    hospital.passes(minutes=2)
    [filed] = [line for line in said if line["event"] == "request.filed"]
    heard = {line["event"] for line in of(said, filed["story"])}
    assert {"request.filed", "written.taken", "rung.climbed", "message.sent", "answered"} <= heard
    assert filed["story"].startswith("00000000-0000-0000-0000-")


def test_two_calls_are_two_stories_and_nothing_is_said_of_who_called(hospital: Hospital, said: Lines) -> None:
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    for gp in (hospital.gp, hospital.mobile_gp):
        gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).hangs_up()
    hospital.passes(minutes=2)
    stories = {line["story"] for line in said if line["event"] == "request.filed"}
    assert len(stories) == 2
    told = repr(said)
    assert hospital.gp.number not in told
    assert AMELIE not in told


def test_what_could_not_be_committed_is_told_to_nobody_as_filed(hospital: Hospital, said: Lines) -> None:
    hospital.sql("create function full_up() returns trigger language plpgsql as $$ begin raise 'full up'; end $$")
    hospital.sql(
        "create constraint trigger full_up after insert on requests deferrable initially deferred"
        " for each row execute function full_up()"
    )
    hospital.mobile_gp.sends(LINE, "Cardiologie : patient à revoir, merci de me rappeler")
    heard = [line["event"] for line in said]
    assert hospital.requests() == []
    assert "written.taken" in heard
    assert "request.filed" not in heard


def test_a_request_is_told_once_whichever_door_it_came_by(hospital: Hospital, said: Lines) -> None:
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).hangs_up()
    hospital.mobile_gp.sends(LINE, "Cardiologie : patient à revoir, merci de me rappeler")
    hospital.passes(minutes=2)
    told = sorted((line["reference"], line["channel"]) for line in said if line["event"] == "request.filed")
    assert told == sorted((each["reference"], each["channel"]) for each in hospital.requests())
    assert len(told) == 2

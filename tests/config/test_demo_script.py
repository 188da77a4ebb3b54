"""`rappel24 demo --script`: it plays against the real processes, and says so when a promise is broken."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Row

from config.demo.acts import PIN
from config.demo.alone import reached_in_time, the_apology
from config.demo.browser import NoSuchForm
from config.demo.play import Play
from config.demo.script import play
from config.demo.stage import Broken, Stage
from config.demo.transcript import Transcript
from simulator import Line, Request, Response, Simulator

ROOT = Path(__file__).parent.parent.parent
DUE = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HEAD = "+33639980011"
LINE, GP = "+33199002424", "+33639989001"


@pytest.mark.timeout(400)
def test_the_play_is_given_and_the_promise_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.cli", "demo", "--script"],
        env={**os.environ, "RAPPEL24_LANGUAGE": "fr"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.sub(r"\s+", " ", done.stdout)
    in_order = (
        "Les deux médecins sont en ligne.",
        "Un médecin senior vous rappelle avant demain",
        "Il choisit son code PIN ; il écoute le message ; il touche « Rappeler maintenant »",
        "Le docteur Amélie Martin vous rappelle. Pour lui parler, tapez 1.",
        "Une touche au téléphone : conseil donné, la demande est close.",
        ", done, CONSEIL.",
        "Awa Diallo écrit un SMS à la ligne",
        "le médecin lit la réponse.",
        "la réponse y arrive entière.",
        "le chef de service : Ivan Fontaine (SMS), Ivan Fontaine (appel)",
        "Le chef de service l'a su le",
        "Le médecin a reçu ses excuses le",
        "Tout s'est passé comme promis",
    )
    places = [said.index(words) for words in in_order]
    assert places == sorted(places)
    assert PIN not in done.stdout


def breaks(failure: Exception) -> Callable[[Play], None]:
    def act(play: Play) -> None:
        raise failure

    return act


@contextmanager
def empty_stage(language: str) -> Iterator[Stage]:
    yield Stage(Simulator(), cast(Any, None), {}, language, cast(Any, None), cast(Any, None))


FAILURES = (
    Broken("nobody came"),
    AssertionError("did not hear 'urgence'"),
    NoSuchForm("/claim"),
    ConnectionRefusedError("web"),
)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_play_that_breaks_says_what_broke(failure: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert play("fr", {"act_kept": breaks(failure)}, empty_stage) == 1
    said = capsys.readouterr()
    assert f"CASSÉ : {failure}" in said.err
    assert "comme promis" not in said.out


def test_no_act_after_the_broken_one(capsys: pytest.CaptureFixture[str]) -> None:
    play("en", {"act_taken": breaks(Broken("so")), "act_kept": breaks(Broken("not reached"))}, empty_stage)
    said = capsys.readouterr()
    assert "BROKEN: so" in said.err
    assert "ACT 2" not in said.out


@dataclass(frozen=True)
class Sent:
    """A message of the outbox, as far as the play looks at it."""

    purpose: str = "escalation"
    recipient: str = HEAD
    state: str = "delivered"
    sent_at: datetime | None = DUE - HOUR
    settled_at: datetime | None = DUE - HOUR


def rows(*messages: Sent) -> list[Row[Any]]:
    return cast(list[Row[Any]], list(messages))


LATE = Sent(settled_at=DUE + HOUR)
LOST = Sent(state="undelivered")
TO_ANOTHER = Sent(recipient="+33639980001")


@pytest.mark.parametrize("messages", [(), (LATE,), (LOST,), (TO_ANOTHER,)])
def test_a_head_who_heard_too_late_or_not_at_all_is_a_broken_promise(messages: tuple[Sent, ...]) -> None:
    with pytest.raises(Broken, match="head of ward"):
        reached_in_time(rows(*messages), HEAD, DUE)


def test_the_first_message_that_arrived_in_time_counts() -> None:
    assert reached_in_time(rows(LOST, LATE, Sent()), HEAD, DUE) == Sent()


SORRY = Sent(purpose="apology", recipient=GP, sent_at=DUE + HOUR)
TOO_EARLY = Sent(purpose="apology", recipient=GP, sent_at=DUE - HOUR)
NOT_SENT = Sent(purpose="apology", recipient=GP, sent_at=None)


@pytest.mark.parametrize("messages", [(), (SORRY, SORRY), (TOO_EARLY,), (NOT_SENT,)])
def test_no_apology_two_of_them_or_one_before_the_deadline_is_a_broken_play(messages: tuple[Sent, ...]) -> None:
    with pytest.raises(Broken, match="apolog"):
        the_apology(rows(Sent(), *messages), DUE)


def test_one_apology_after_the_deadline_is_as_it_should_be() -> None:
    assert the_apology(rows(Sent(), SORRY), DUE) == SORRY


def test_the_transcript_reads_like_the_call() -> None:
    lines: list[str] = []
    sim = Simulator([Line(LINE, voice_url="https://app.test/voice")], transport=menu)
    Transcript(sim, "en", lines.append)
    gp = sim.phone(GP, "Dr Odile Fontaine (on file)")
    gp.dials(LINE).hears("three letters").presses("227#").is_hung_up_on()
    assert [line.strip() for line in lines] == [
        "Dr Odile Fontaine calls the line.",
        "the line → Dr Odile Fontaine: “Key three letters.”",
        "Dr Odile Fontaine keys 2 2 7 #",
        "the line → Dr Odile Fontaine: “Thank you.”",
    ]


def menu(request: Request) -> Response:
    """A line with one question."""
    asked = b"Digits=" in request.body
    verbs = (
        "<Say>Thank you.</Say><Hangup/>"
        if asked
        else '<Gather finishOnKey="#" action="https://app.test/voice"><Say>Key three letters.</Say></Gather>'
    )
    return Response(200, {"Content-Type": "text/xml"}, f"<Response>{verbs}</Response>".encode())

"""`rappel24 reconcile` and `rappel24 fallback`, as an operator types them."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import unescape
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from config.cli import main
from scheduling import importing, sample
from simulator import Line, Simulator
from simulator.server import Server
from simulator.twiml import parse
from simulator.verbs import Dial, Message, Record, Say

PARIS = ZoneInfo("Europe/Paris")
LINE, SWITCHBOARD, GP = "+33199002424", "+33199001200", "+33639980101"
Typed = Callable[..., Result]


@pytest.fixture
def sim() -> Simulator:
    """An hour ago, and nobody answers the line."""
    return Simulator([Line(LINE)], start=datetime.now(UTC) - timedelta(hours=1), strict=False)


@pytest.fixture
def types(database_url: str, redis_url: str, sim: Simulator) -> Iterator[Typed]:
    with Server(sim) as carrier:
        env = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": "https://rappel24.hopital.example",
            "SECRET_KEY": "k" * 48,
            "ENCRYPTION_KEYS": base64.b64encode(b"k" * 32).decode(),
            "TWILIO_ACCOUNT_SID": sim.account.sid,
            "TWILIO_AUTH_TOKEN": sim.account.auth_token,
            "TWILIO_API_URL": carrier.url,
            "LINE_NUMBER": LINE,
            "SWITCHBOARD_NUMBER": SWITCHBOARD,
        }
        yield lambda *words, **other: CliRunner().invoke(main, list(words), env=env | other)


# reconcile --------------------------------------------------------------------------------------------------------


def test_what_we_missed_is_taken_in_and_counted(types: Typed, sim: Simulator, database: Engine) -> None:
    with database.begin() as conn:
        assert importing.import_wards(conn, sample.wards_csv()).ok
    sim.phone(GP).sends(LINE, "avis cardio svp")
    sim.phone("+33199000017").dials(LINE)
    sim.advance(minutes=10)
    done = types("reconcile", "--since", f"{datetime.now(PARIS) - timedelta(hours=3):%Y-%m-%dT%H:%M}")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1:] == ["seen: 1 calls, 1 messages, 0 recordings", "missed: 1 calls, 1 messages",
                                            "differing: nothing"]  # fmt: skip
    with database.connect() as conn:
        assert conn.execute(text("select count(*) from written")).scalar_one() == 1
    again = types("reconcile")
    assert "missed: nothing" in again.stdout


def test_a_register_in_which_nothing_ever_happened_takes_in_nothing_of_before(
    types: Typed, sim: Simulator, database: Engine
) -> None:
    sim.phone(GP).sends(LINE, "avis cardio svp")
    sim.advance(minutes=10)
    assert "missed: nothing" in types("reconcile").stdout


def test_a_carrier_that_does_not_answer_is_said_and_the_tick_goes_on(types: Typed) -> None:
    done = types("reconcile", TWILIO_API_URL="http://127.0.0.1:9")
    assert done.exit_code == 1
    assert "the carrier does not answer" in done.stderr


# fallback ---------------------------------------------------------------------------------------------------------


def test_the_document_for_a_call_is_valid_and_begins_with_the_emergency(types: Typed) -> None:
    document = parse(types("fallback", "--twiml").stdout.encode(), "voice")
    assert document.issues == ()
    first, second, dial, asked, record, nothing, *_ = document.verbs
    assert isinstance(first, Say)
    assert (first.language, "composez le 15" in first.text) == ("fr-FR", True)
    assert isinstance(dial, Dial)
    assert [number.number for number in dial.numbers] == [SWITCHBOARD]
    assert isinstance(record, Record)
    assert (record.action, record.method) == ("rappel24-thanks.xml", "POST")
    assert record.recording_status_callback is not None
    assert record.recording_status_callback.startswith("https://rappel24.hopital.example/webhooks/voice/late/")
    assert isinstance(nothing, Say)
    assert (isinstance(second, Say), isinstance(asked, Say)) == (True, True)


def test_what_follows_a_message_says_that_it_is_kept_and_asks_nothing(types: Typed) -> None:
    thanks = types("fallback", "--twiml", "--document", "thanks").stdout
    assert parse(thanks.encode(), "voice").issues == ()
    assert "Votre message est gardé" in thanks
    assert "http" not in thanks


def test_who_writes_is_told_in_one_sms_and_what_to_do_meanwhile(types: Typed) -> None:
    document = parse(types("fallback", "--twiml", "--document", "sms").stdout.encode(), "messaging")
    assert document.issues == ()
    [reply] = document.verbs
    assert isinstance(reply, Message)
    assert len(reply.body) <= 160
    assert "01 99 00 12 00" in reply.body


def test_whom_the_line_called_hears_that_nothing_is_lost(types: Typed) -> None:
    broken = types("fallback", "--twiml", "--document", "broken").stdout
    assert parse(broken.encode(), "voice").issues == ()
    assert "Rien n'est perdu" in unescape(broken)


def test_where_what_follows_lies_can_be_said(types: Typed) -> None:
    told = types("fallback", "--twiml", "--thanks", "https://handler.twilio.com/twiml/EH1").stdout
    assert 'action="https://handler.twilio.com/twiml/EH1"' in told


def test_standard_output_carries_the_document_alone_and_the_rest_says_how(types: Typed) -> None:
    done = types("fallback", "--twiml")
    assert done.stdout.startswith("<?xml")
    assert "voice_fallback_url" in done.stderr
    assert LINE in done.stderr
    assert "voice_fallback_url" in types("fallback").stdout


def test_it_is_in_the_language_of_the_house(types: Typed) -> None:
    assert "The line is out of order" in types("fallback", "--twiml", RAPPEL24_LANGUAGE="en").stdout

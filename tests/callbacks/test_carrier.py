"""The unmodified `twilio` client against a carrier on loopback: what it says is understood, and nothing is guessed."""

import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest

from callbacks.carrier import Call, CarrierError, NotThere, Seen, Sms, TwilioCarrier
from simulator import Enclosed, Line, RestFault, Simulator, answers, calling, sms_undelivered
from simulator.recordings import Recording
from simulator.server import Server

LINE = "+33199000100"
AMELIE = "+33639980001"
LANDLINE = "+33199000001"
SMS = Sms(AMELIE, "Rappel24", "Demande 724193", "https://rappel24.test/webhooks/sms/status/x#rc=2", 3600)
CALL = Call(AMELIE, LINE, "https://rappel24.test/webhooks/voice/out/x", "https://rappel24.test/status", 20)


@pytest.fixture
def office() -> Iterator[Simulator]:
    """A carrier whose webhooks are all answered, and which comes to rest at the end."""
    simulator = Simulator([Line(LINE)], transport=calling(lambda *_: (204, {}, b"")), strict=False)
    yield simulator
    simulator.run_until_idle()


@pytest.fixture
def api_url(office: Simulator) -> Iterator[str]:
    with Server(office) as server:
        yield server.url


@pytest.fixture
def carrier(office: Simulator, api_url: str) -> TwilioCarrier:
    return TwilioCarrier(office.account.sid, office.account.auth_token, api_url, timeout=10.0)


def test_an_sms_is_accepted_and_found_by_its_words(office: Simulator, carrier: TwilioCarrier) -> None:
    sid = carrier.send_sms(SMS)
    assert sid.startswith("SM")
    assert carrier.messages_like(AMELIE, SMS.body, office.now) == [sid]
    assert carrier.messages_like(AMELIE, "Demande 724194", office.now) == []
    assert carrier.messages_like("+33639980002", SMS.body, office.now) == []
    assert carrier.messages_like(AMELIE, SMS.body, office.now + timedelta(minutes=2)) == []


def test_what_a_gp_wrote_to_us_is_not_taken_for_ours(office: Simulator, carrier: TwilioCarrier) -> None:
    office.phone(AMELIE).sends(LINE, "Demande 724193")
    assert carrier.messages_like(LINE, "Demande 724193", office.now) == []


def test_the_carrier_says_how_an_sms_ended(office: Simulator, carrier: TwilioCarrier) -> None:
    office.phone(AMELIE).receives_sms(sms_undelivered(30005))
    sid = carrier.send_sms(SMS)
    office.run_until_idle()
    assert carrier.message(sid) == Seen(sid, "undelivered", error="30005")


def test_a_call_is_placed_and_found_by_its_number(office: Simulator, carrier: TwilioCarrier) -> None:
    sid = carrier.place_call(CALL)
    assert carrier.calls_like(AMELIE, office.now) == [sid]
    assert carrier.calls_like("+33639980002", office.now) == []
    office.run_until_idle()
    assert carrier.call(sid).status == "no-answer"


def test_when_our_first_answer_is_lost_we_are_asked_again_before_anybody_hears_of_an_error(
    office: Simulator, carrier: TwilioCarrier
) -> None:
    office.phone(AMELIE).behaves(answers())
    office.faults.lose("voice")
    carrier.place_call(CALL)
    office.run_until_idle()
    assert [asked.data["url"] for asked in office.trace.webhooks("fallback")] == [CALL.url]


def test_when_nothing_of_ours_answers_he_hears_what_lies_elsewhere(office: Simulator, carrier: TwilioCarrier) -> None:
    office.phone(AMELIE).behaves(answers())
    office.faults.lose("voice")
    carrier.place_call(replace(CALL, fallback_url="https://elsewhere.example/rappel24-broken.xml"))
    office.run_until_idle()
    [asked] = office.trace.webhooks("fallback")
    assert asked.data["url"] == "https://elsewhere.example/rappel24-broken.xml"


@pytest.mark.parametrize(
    ("fault", "permanent", "ambiguous", "accepted"),
    [
        (RestFault.TOO_MANY, False, False, 0),
        (RestFault.SERVER_ERROR, False, True, 0),
        (RestFault.UNAVAILABLE, False, True, 0),
        (RestFault.ACCEPT_500, False, True, 1),
        (RestFault.ACCEPT_CUT, False, True, 1),
        (RestFault.ACCEPT_HANG, False, True, 1),
        (RestFault.REFUSE_CUT, False, True, 0),
    ],
)
@pytest.mark.parametrize("send", [lambda it: it.send_sms(SMS), lambda it: it.place_call(CALL)], ids=["sms", "call"])
def test_only_what_may_have_been_accepted_is_in_doubt(
    office: Simulator,
    api_url: str,
    carrier: TwilioCarrier,
    send: Callable[[TwilioCarrier], str],
    fault: RestFault,
    permanent: bool,
    ambiguous: bool,
    accepted: int,
) -> None:
    office.faults.rest_next(fault, on="POST *")
    hurried = TwilioCarrier(office.account.sid, office.account.auth_token, api_url, timeout=1.0)
    with pytest.raises(CarrierError) as caught:
        send(hurried if fault is RestFault.ACCEPT_HANG else carrier)
    assert (caught.value.permanent, caught.value.ambiguous) == (permanent, ambiguous)
    since = office.now
    found = carrier.messages_like(AMELIE, SMS.body, since) + carrier.calls_like(AMELIE, since)
    assert len(found) == accepted


@pytest.mark.parametrize(
    ("sms", "code"),
    [
        (Sms(LANDLINE, "Rappel24", "x", "https://rappel24.test/s", 60), "21614"),
        (Sms("+33", "Rappel24", "x", "https://rappel24.test/s", 60), "21211"),
        (Sms(AMELIE, "Rappel24", "x" * 1601, "https://rappel24.test/s", 60), "21617"),
        (Sms(AMELIE, "+33199000199", "x", "https://rappel24.test/s", 60), "21606"),
    ],
)
def test_what_the_carrier_will_never_take_is_not_tried_again(carrier: TwilioCarrier, sms: Sms, code: str) -> None:
    with pytest.raises(CarrierError) as caught:
        carrier.send_sms(sms)
    assert (caught.value.code, caught.value.permanent, caught.value.ambiguous) == (code, True, False)


def test_a_senior_who_texted_stop_is_told_apart(office: Simulator, carrier: TwilioCarrier) -> None:
    office.phone(AMELIE).sends(LINE, "STOP")
    office.run_until_idle()
    with pytest.raises(CarrierError) as caught:
        carrier.send_sms(Sms(AMELIE, LINE, "x", "https://rappel24.test/s", 60))
    assert (caught.value.code, caught.value.permanent) == ("21610", True)


def test_a_wrong_token_is_ours_to_mend(office: Simulator, api_url: str) -> None:
    stranger = TwilioCarrier(office.account.sid, "wrong", api_url)
    with pytest.raises(CarrierError) as caught:
        stranger.send_sms(SMS)
    assert (caught.value.code, caught.value.permanent, caught.value.ambiguous) == ("20003", False, False)


def test_a_carrier_nobody_answers_for_was_asked_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    carrier = TwilioCarrier("AC1", "token", f"http://127.0.0.1:{port}")
    with pytest.raises(CarrierError) as caught:
        carrier.send_sms(SMS)
    assert (caught.value.code, caught.value.permanent, caught.value.ambiguous) == ("unreachable", False, False)


@pytest.mark.parametrize("fault", [RestFault.TOO_MANY, RestFault.UNAVAILABLE, RestFault.REFUSE_CUT])
def test_a_carrier_that_does_not_say_is_asked_again_not_believed(
    office: Simulator, carrier: TwilioCarrier, fault: RestFault
) -> None:
    office.faults.rest_next(fault, times=4, on="GET *")
    for ask in (
        lambda: carrier.messages_like(AMELIE, "x", office.now),
        lambda: carrier.calls_like(AMELIE, office.now),
        lambda: carrier.media("RE" + "0" * 32),
        lambda: carrier.recording("RE" + "0" * 32),
    ):
        with pytest.raises(CarrierError) as caught:
            ask()
        assert not isinstance(caught.value, NotThere)
        assert not caught.value.permanent


class TestRecordings:
    @pytest.fixture
    def recording(self, office: Simulator) -> Recording:
        sid = "RE" + "a" * 32
        return office.office.recordings.add(
            Recording(sid, "CA" + "a" * 32, office.now, status="completed", duration=12)
        )

    def test_the_sound_is_fetched_whole_and_deleted(self, carrier: TwilioCarrier, recording: Recording) -> None:
        assert carrier.recording(recording.sid) == Seen(recording.sid, "completed", seconds=12)
        assert len(carrier.media(recording.sid)) == 44 + 12 * 16000
        carrier.delete_recording(recording.sid)
        carrier.delete_recording(recording.sid)
        with pytest.raises(NotThere):
            carrier.media(recording.sid)

    def test_a_sound_that_is_not_ready_is_not_there_yet(self, carrier: TwilioCarrier, recording: Recording) -> None:
        recording.media_404 = 1
        with pytest.raises(NotThere):
            carrier.media(recording.sid)
        assert carrier.media(recording.sid).startswith(b"RIFF")


def test_the_client_logs_no_numbers(carrier: TwilioCarrier, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        carrier.send_sms(SMS)
    assert AMELIE not in caplog.text
    assert "33639980001" not in caplog.text


def test_what_went_wrong_is_said_without_the_number(office: Simulator, carrier: TwilioCarrier) -> None:
    with pytest.raises(CarrierError) as caught:
        carrier.send_sms(Sms(LANDLINE, "Rappel24", "x", "https://rappel24.test/s", 60))
    assert LANDLINE not in f"{caught.value!r} {caught.value}"
    assert caught.value.__suppress_context__


PLAQUE = Enclosed("image/jpeg", b"\xff\xd8\xff\xe0 une plaque rouge")


def sent_with_a_picture(office: Simulator, picture: Enclosed = PLAQUE) -> str:
    """The address that the carrier tells us of."""
    office.phone(AMELIE).sends(LINE, "dermato", picture)
    (media,) = office.messages.media.by_sid.values()
    return office.office.resource_url(f"Messages/{media.message_sid}/Media/{media.sid}")


def test_a_picture_is_fetched_where_the_carrier_passes_us_on_to_and_deleted_twice(
    office: Simulator, carrier: TwilioCarrier
) -> None:
    source = sent_with_a_picture(office)
    assert carrier.picture(source) == PLAQUE.content
    carrier.delete_picture(source)
    carrier.delete_picture(source)
    assert not office.messages.media.by_sid
    with pytest.raises(NotThere):
        carrier.picture(source)


def test_whatever_host_a_picture_is_said_to_lie_at_the_carrier_alone_is_asked(
    office: Simulator, carrier: TwilioCarrier
) -> None:
    path = urlsplit(sent_with_a_picture(office)).path
    assert carrier.picture(f"https://evil.example{path}") == PLAQUE.content


@pytest.mark.parametrize(
    "source",
    [
        "",
        "https://evil.example/picture.jpg",
        "http://127.0.0.1:6379/",
        f"https://api.twilio.com/2010-04-01/Accounts/AC{'9' * 32}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}",
        f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 31}1/Messages/MM1/Media/ME{'2' * 32}",
    ],
)
def test_an_address_that_names_no_picture_of_ours_is_not_asked(carrier: TwilioCarrier, source: str) -> None:
    for ask in (carrier.picture, carrier.delete_picture):
        with pytest.raises(CarrierError) as refused:
            ask(source)
        assert (refused.value.code, refused.value.permanent) == ("not ours", True)


@pytest.mark.parametrize(
    ("fault", "error"),
    [(RestFault.UNAVAILABLE, "503"), (RestFault.TOO_MANY, "429"), (RestFault.REFUSE_CUT, "no answer")],
)
def test_a_picture_that_is_not_handed_out_now_may_be_later(
    office: Simulator, carrier: TwilioCarrier, fault: RestFault, error: str
) -> None:
    source = sent_with_a_picture(office)
    office.faults.rest_next(fault, on="GET */Media/*")
    with pytest.raises(CarrierError) as refused:
        carrier.picture(source)
    assert (refused.value.code, refused.value.permanent) == (error, False)
    assert carrier.picture(source) == PLAQUE.content


def test_a_picture_without_end_is_not_read_to_its_end(office: Simulator, carrier: TwilioCarrier) -> None:
    source = sent_with_a_picture(office, Enclosed("image/jpeg", bytes(32 * 1024 * 1024 + 1)))
    with pytest.raises(CarrierError) as refused:
        carrier.picture(source)
    assert (refused.value.code, refused.value.permanent) == ("too_large", True)


@pytest.mark.parametrize("there", ["http://198.51.100.7/plain", "ftp://198.51.100.7/x", "file:///etc/passwd", "/again"])
def test_nobody_is_followed_into_the_clear_nor_for_ever(there: str) -> None:
    asked: list[str | None] = []

    class PassesOn(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            self.send_response(307)
            self.send_header("Location", there)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is said on standard error."""

    with HTTPServer(("127.0.0.1", 0), PassesOn) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        carrier = TwilioCarrier("AC" + "1" * 32, "token", f"http://127.0.0.1:{server.server_port}")
        source = f"https://api.twilio.com/2010-04-01/Accounts/AC{'1' * 32}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
        with pytest.raises(CarrierError) as refused:
            carrier.picture(source)
        server.shutdown()
    assert refused.value.code == "redirects"
    assert asked[0] is not None
    assert asked[1:] == [None] * (3 if there == "/again" else 0)

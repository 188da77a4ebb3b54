"""<Record>, rule by rule (the numbers are those of the reference), and the media."""

import io
import wave
from collections.abc import Callable

import pytest
from twilio.rest import Client

from simulator import Handset, Simulator, Unknowns
from tests.simulator.application import GP, LINE, Application

ALL = 'recordingStatusCallback="/recst" recordingStatusCallbackEvent="in-progress completed absent"'


def record(app: Application, attributes: str = "") -> None:
    app.pages["/voice"] = f'<Record action="/rec" {ALL} {attributes}/><Say>Pas de message</Say>'
    app.pages["/rec"] = "<Say>Merci</Say>"


def statuses(app: Application) -> list[str]:
    return [asked.params["RecordingStatus"] for asked in app.at("/recst")]


def test_1_it_beeps_and_records_the_caller(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app, 'finishOnKey="#"')
    gp.dials(LINE).leaves_message(12, "Une patiente de soixante ans").presses("#").hears("merci")
    assert [sound.kind for sound in gp.leg.sounds][:1] == ["beep"]
    (recording,) = sim.office.recordings.by_sid.values()
    assert (recording.text, recording.duration) == ("Une patiente de soixante ans", 12)


def test_1_without_the_beep_it_starts_at_once(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app, 'playBeep="false"')
    gp.dials(LINE).leaves_message(3).presses("1").hears("merci").expects_no("beep")
    assert "beep" not in {sound.kind for sound in gp.leg.sounds}


@pytest.mark.parametrize(
    ("attributes", "spoken", "after", "digits", "duration"),
    [
        ('timeout="4"', 7, "silence", "", "7"),
        ('timeout="4" trim="do-not-trim"', 7, "silence", "", "11"),
        ('finishOnKey="#"', 7, "#", "#", "7"),
        ("", 7, "5", "5", "7"),
        ('maxLength="5"', 7, "silence", "", "5"),
        ('trim="do-not-trim" finishOnKey="#"', 7, "#", "#", "7"),
    ],
)
def test_2_3_it_ends_on_silence_key_or_length_and_tells_the_action(
    app: Application, sim: Simulator, gp: Handset, attributes: str, spoken: int, after: str, digits: str, duration: str
) -> None:
    record(app, attributes)
    gp.dials(LINE).leaves_message(spoken)
    if after != "silence":
        gp.presses(after)
    gp.hears("merci")
    told = app.last("/rec")
    assert (told["Digits"], told["RecordingDuration"], told["CallStatus"]) == (digits, duration, "in-progress")
    assert told["RecordingUrl"].endswith(f"/Recordings/{told['RecordingSid']}")


def test_2_a_key_that_does_not_finish_is_recorded_and_nothing_else(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    record(app, 'finishOnKey="#"')
    gp.dials(LINE).leaves_message(2).presses("5").says("", 2).presses("#").hears("merci")
    assert app.last("/rec")["Digits"] == "#"


@pytest.mark.parametrize("counts", [True, False])
def test_2_whether_the_first_silence_counts_is_a_switch(
    app: Application, make: Callable[..., Simulator], counts: bool
) -> None:
    sim = make(unknowns=Unknowns(initial_silence_in_record=counts))
    record(app, 'timeout="5" maxLength="30"')
    gp = sim.phone(GP).dials(LINE).is_recorded()
    start = sim.clock.seconds()
    gp.hears("pas de message")
    assert sim.clock.seconds() - start == pytest.approx((5 if counts else 30) + 1.0, abs=0.1)


@pytest.mark.parametrize(("clips", "duration"), [(0.0, "8"), (1.0, "7")])
def test_3_audio_lost_before_the_key_is_a_switch(
    app: Application, make: Callable[..., Simulator], clips: float, duration: str
) -> None:
    sim = make(unknowns=Unknowns(finish_key_clips=clips))
    record(app)
    sim.phone(GP).dials(LINE).leaves_message(8).presses("#").hears("merci")
    assert app.last("/rec")["RecordingDuration"] == duration


def test_4_silence_only_asks_no_action_and_goes_on(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app)
    gp.dials(LINE).is_recorded().hears("pas de message").is_hung_up_on()
    assert not app.at("/rec")
    assert statuses(app) == ["in-progress", "absent"]


def test_4_untrimmed_silence_is_a_recording_all_the_same(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app, 'trim="do-not-trim" timeout="8"')
    gp.dials(LINE).is_recorded().hears("merci")
    assert app.last("/rec")["RecordingDuration"] == "8"


def test_4_hanging_up_at_the_beep_leaves_nothing(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app, 'trim="do-not-trim"')
    gp.dials(LINE).is_recorded().hangs_up()
    assert not app.at("/rec")
    assert statuses(app) == ["in-progress", "absent"]


def test_5_hanging_up_after_speaking_asks_the_action_and_ignores_its_answer(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    record(app)
    gp.dials(LINE).leaves_message(12).hangs_up().expects_no("merci")
    told = app.last("/rec")
    assert (told["Digits"], told["CallStatus"], told["RecordingDuration"]) == ("hangup", "completed", "12")


@pytest.mark.parametrize(("action_first", "order"), [(True, ["/rec", "/status"]), (False, ["/status", "/rec"])])
def test_5_on_a_hang_up_the_action_and_the_last_status_come_in_either_order(
    app: Application, make: Callable[..., Simulator], action_first: bool, order: list[str]
) -> None:
    sim = make(unknowns=Unknowns(action_on_hangup_first=action_first))
    record(app)
    sim.phone(GP).dials(LINE).leaves_message(12).hangs_up()
    assert [asked.path for asked in app.asked if asked.path in order] == order


def test_6_the_media_is_not_ready_when_the_action_is_asked(app: Application, sim: Simulator, gp: Handset) -> None:
    auth = (sim.account.sid, sim.account.auth_token)
    record(app)
    gp.dials(LINE).leaves_message(4).presses("#").hears("merci")
    url = app.last("/rec")["RecordingUrl"]
    assert sim.media(url, auth)[0] == 404
    sim.run_until_idle()
    assert statuses(app) == ["in-progress", "completed"]
    assert sim.media(url, auth)[0] == 200
    completed = app.last("/recst")
    assert (completed["RecordingDuration"], completed["RecordingSource"], completed["RecordingChannels"]) == (
        "4", "RecordVerb", "1")  # fmt: skip
    assert "FromCity" not in completed


@pytest.mark.parametrize("seconds", [1, 12, 179])
def test_7_the_wav_is_whole_and_as_long_as_declared(
    app: Application, sim: Simulator, gp: Handset, seconds: int
) -> None:
    auth = (sim.account.sid, sim.account.auth_token)
    record(app)
    gp.dials(LINE).leaves_message(seconds).presses("#").hears("merci")
    sim.run_until_idle()
    for suffix in ("", ".wav"):
        with wave.open(io.BytesIO(sim.media(app.last("/rec")["RecordingUrl"] + suffix, auth)[1])) as audio:
            assert (audio.getframerate(), audio.getnchannels(), audio.getsampwidth()) == (8000, 1, 2)
            assert audio.getnframes() == 8000 * seconds
            assert any(audio.readframes(800))


def test_7_the_mp3_has_frames_for_the_declared_length(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app)
    gp.dials(LINE).leaves_message(10).presses("#").hears("merci")
    sim.run_until_idle()
    content = sim.media(app.last("/rec")["RecordingUrl"] + ".mp3", (sim.account.sid, sim.account.auth_token))[1]
    frames = [content[at : at + 72] for at in range(0, len(content), 72)]
    assert {frame[:4] for frame in frames} == {b"\xff\xe3\x18\xc0"}
    assert len(frames) * 0.072 == pytest.approx(10, abs=0.072)


def test_7_the_media_wants_authentication(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app)
    gp.dials(LINE).leaves_message(4).presses("#").hears("merci")
    sim.run_until_idle()
    assert sim.media(app.last("/rec")["RecordingUrl"] + ".wav")[0] == 401


def test_8_verbs_after_record_are_reached_only_when_nothing_was_recorded(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    record(app)
    gp.dials(LINE).leaves_message(4).presses("#").hears("merci").is_hung_up_on().expects_no("pas de message")


def test_without_action_the_current_document_is_asked_again(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = lambda asked: "<Say>Fini</Say>" if "RecordingSid" in asked.params else "<Record/>"
    gp.dials(LINE).leaves_message(3).presses("#").hears("fini")


def test_only_the_events_asked_for_are_reported(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Record action="/rec" recordingStatusCallback="/recst"/>'
    app.pages["/rec"] = ""
    gp.dials(LINE).leaves_message(3).presses("#")
    sim.run_until_idle()
    assert statuses(app) == ["completed"]


def test_a_recording_that_comes_late_is_ready_late(app: Application, sim: Simulator, gp: Handset) -> None:
    sim.faults.recording_delay = 300
    record(app)
    gp.dials(LINE).leaves_message(3).presses("#").hears("merci").waits(60)
    assert statuses(app) == ["in-progress"]
    sim.advance(minutes=5)
    assert statuses(app) == ["in-progress", "completed"]


def test_media_may_be_missing_for_a_while_although_it_was_announced(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    sim.faults.recording_media_404 = 2
    record(app)
    gp.dials(LINE).leaves_message(3).presses("#").hears("merci")
    sim.run_until_idle()
    auth = (sim.account.sid, sim.account.auth_token)
    answers = [sim.media(app.last("/rec")["RecordingUrl"] + ".wav", auth)[0] for _ in range(3)]
    assert answers == [404, 404, 200]


def test_a_recording_may_turn_out_absent(app: Application, sim: Simulator, gp: Handset) -> None:
    sim.faults.recording_lost = True
    record(app)
    gp.dials(LINE).leaves_message(3).presses("#").hears("merci")
    sim.run_until_idle()
    assert statuses(app) == ["in-progress", "absent"]


def test_a_recording_cut_short_by_rest_is_kept(app: Application, sim: Simulator, gp: Handset) -> None:
    record(app, 'timeout="60"')
    gp.dials(LINE).is_recorded().says("", 4)
    client = Client(sim.account.sid, sim.account.auth_token, http_client=sim.http_client())
    client.calls(gp.leg.sid).update(twiml="<Response><Say>Autre chose</Say></Response>")
    gp.hears("autre chose").is_hung_up_on()
    sim.run_until_idle()
    assert not app.at("/rec")
    assert (statuses(app), app.last("/recst")["RecordingDuration"]) == (["in-progress", "completed"], "4")

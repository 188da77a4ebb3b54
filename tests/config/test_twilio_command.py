"""`rappel24 twilio setup` and `check`, as an operator types them, through the real client at a simulated carrier."""

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

import pytest
from click.testing import CliRunner, Result

from callbacks.carrier_account import Account, Number
from config.carrier_setup.findings import Speaker
from config.carrier_setup.look import Look, NotTaken
from config.carrier_setup.wanted import Fallbacks
from config.cli import main
from config.settings import Settings, load
from simulator import Account as Simulated
from simulator import Dialing, Line, RestFault, Simulator, calling
from simulator.server import Server

LINE, CANARY, SENDER, ELSEWHERE = "+33199002424", "+33199002425", "+33199002426", "+33199002427"
GP = "+33639980101"
PUBLIC = "https://rappel24.hopital.example"
RETRIES = "#rc=2&rp=5xx,ct,rt&ct=2000&rt=4000&tt=14000"
FALLBACK = "https://secours.example/rappel24-broken.xml"
NEEDED = ("AD", "BE", "CH", "DE", "ES", "FR", "GF", "GP", "IT", "LU", "MC", "MQ", "RE")
TOKEN = "a token that is secret"
SETTINGS = {
    "PUBLIC_URL": PUBLIC,
    "SECRET_KEY": "k" * 48,
    "ENCRYPTION_KEYS": base64.b64encode(b"k" * 32).decode(),
    "TWILIO_ACCOUNT_SID": Simulated.sid,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "LINE_NUMBER": LINE,
    "CANARY_NUMBER": CANARY,
    "SWITCHBOARD_NUMBER": "+33199001200",
    "FALLBACK_URL": FALLBACK,
}
Typed = Callable[..., Result]


class Town:
    """A carrier with our two numbers, which lead nowhere yet, and what it brought to whom."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.line, self.canary = Line(LINE), Line(CANARY)
        self.sim = Simulator(
            [self.line, self.canary], transport=calling(self._door), start=datetime.now(UTC), strict=False
        )
        self.sim.rotate_token(TOKEN)
        account = self.sim.account
        account.dialing, account.texting = dict.fromkeys(NEEDED, Dialing()), set(NEEDED)

    def _door(self, method: str, url: str, headers: object, body: bytes) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(f"{method} {url}")
        return 200, {"Content-Type": "text/xml"}, b"<Response><Hangup/></Response>"

    def is_set_up(self) -> None:
        """As `setup` leaves it."""
        for line in (self.line, self.canary):
            line.voice_url, line.status_url = (
                f"{PUBLIC}/webhooks/voice{RETRIES}",
                f"{PUBLIC}/webhooks/voice/status{RETRIES}",
            )
            line.sms_url = f"{PUBLIC}/webhooks/sms{RETRIES}"
            line.fallback_url = "https://secours.example/rappel24-call.xml"
            line.sms_fallback_url = "https://secours.example/rappel24-sms.xml"

    def written(self) -> list[str]:
        """What was asked over REST that changes something."""
        return [entry.text for entry in self.sim.trace.entries if entry.text.startswith("POST /2010")]


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def types(town: Town) -> Iterator[Typed]:
    with Server(town.sim) as carrier:
        env = SETTINGS | {"TWILIO_API_URL": carrier.url}
        yield lambda *words, **other: CliRunner().invoke(main, ["twilio", *words], env=env | other)


# setup ------------------------------------------------------------------------------------------------------------


def test_after_setup_a_call_and_an_sms_come_to_us(types: Typed, town: Town) -> None:
    done = types("setup")
    assert done.exit_code == 0, done.output
    town.sim.phone(GP).dials(LINE)
    town.sim.phone(GP).sends(LINE, "avis cardio svp")
    town.sim.run_until_idle()
    assert set(town.asked) == {
        f"POST {PUBLIC}/webhooks/voice",
        f"POST {PUBLIC}/webhooks/sms",
        f"POST {PUBLIC}/webhooks/voice/status",
    }


def test_each_number_leads_to_us_with_what_makes_the_carrier_try_again(types: Typed, town: Town) -> None:
    types("setup")
    for line in (town.line, town.canary):
        assert line.voice_url == f"{PUBLIC}/webhooks/voice{RETRIES}"
        assert line.status_url == f"{PUBLIC}/webhooks/voice/status{RETRIES}"
        assert line.sms_url == f"{PUBLIC}/webhooks/sms{RETRIES}"
        assert line.fallback_url == "https://secours.example/rappel24-call.xml"
        assert line.sms_fallback_url == "https://secours.example/rappel24-sms.xml"


def test_what_was_and_what_is_are_shown(types: Typed, town: Town) -> None:
    town.line.voice_url = "https://old.example/voice"
    said = types("setup").stdout
    assert f"voice_url : https://old.example/voice → {PUBLIC}/webhooks/voice{RETRIES}" in said
    assert "10 champs changés" in said


def test_a_second_time_there_is_nothing_to_change_and_nothing_is_written(types: Typed, town: Town) -> None:
    types("setup")
    before = town.written()
    again = types("setup")
    assert (again.exit_code, again.stdout.count("rien à changer")) == (0, 2)
    assert town.written() == before


def test_a_rehearsal_writes_nothing(types: Typed, town: Town) -> None:
    said = types("setup", "--dry-run").stdout
    assert f"voice_url : (rien) → {PUBLIC}/webhooks/voice" in said
    assert "Rien n'a été écrit" in said
    assert (town.written(), town.line.voice_url) == ([], "")


def test_nothing_is_bought(types: Typed, town: Town) -> None:
    types("setup", LINE_NUMBER=ELSEWHERE)
    assert all("/IncomingPhoneNumbers/PN" in asked for asked in town.written())
    assert "+33199002427" not in town.sim.office.lines


def test_an_application_or_a_trunk_that_takes_the_calls_is_taken_off(types: Typed, town: Town) -> None:
    town.line.trunk_sid, town.line.voice_method = "TK" + "1" * 32, "GET"
    types("setup")
    town.sim.phone(GP).dials(LINE)
    town.sim.run_until_idle()
    assert f"POST {PUBLIC}/webhooks/voice" in town.asked


def test_the_fallback_may_lie_anywhere(types: Typed, town: Town) -> None:
    bins = "https://handler.twilio.example/twiml/EH1"
    types("setup", "--voice-fallback", bins, "--sms-fallback", f"{bins}2", FALLBACK_URL="")
    assert (town.line.fallback_url, town.line.sms_fallback_url) == (bins, f"{bins}2")


def test_a_fallback_that_we_do_not_know_stays_and_is_asked_for_where_there_is_none(types: Typed, town: Town) -> None:
    town.line.fallback_url = "https://ailleurs.example/call.xml"
    said = types("setup", FALLBACK_URL="").stdout
    assert town.line.fallback_url == "https://ailleurs.example/call.xml"
    assert "--sms-fallback" in said


def test_the_number_that_sms_come_from_leads_to_us_too(types: Typed, town: Town) -> None:
    sender = Line(SENDER)
    town.sim.office.add_line(sender)
    types("setup", SMS_SENDER=SENDER)
    assert sender.sms_url == f"{PUBLIC}/webhooks/sms{RETRIES}"


def test_no_secret_is_printed(types: Typed, town: Town) -> None:
    town.line.voice_url = "https://user:hunter2@old.example/voice?key=hidden"
    said = types("check").output + types("setup").output
    assert "https://…@old.example/voice?…" in said
    assert not any(secret in said for secret in (TOKEN, "hunter2", "hidden", "k" * 48))


class Forgetful:
    """An account that says yes, and keeps nothing."""

    def number(self, e164: str) -> Number:
        return Number("PN1", e164, {}, {"voice": True, "sms": True})

    def configure(self, sid: str, fields: Mapping[str, str]) -> None:
        pass


def test_what_the_carrier_took_and_did_not_keep_is_not_said_to_be_done() -> None:
    settings = load(SETTINGS | {"CANARY_NUMBER": ""}, Settings, dotenv=None)
    look = Look(cast(Account, Forgetful()), settings, Speaker("fr"), Fallbacks())
    with pytest.raises(NotTaken, match="voice_url"):
        look.set_all(dry_run=False)


def test_a_carrier_that_refuses_is_said(types: Typed, town: Town) -> None:
    town.sim.faults.rest_next(RestFault.SERVER_ERROR, on="POST *")
    done = types("setup")
    assert (done.exit_code, "ne répond pas (20500)" in done.stderr) == (1, True)


def test_an_address_that_no_carrier_can_reach_is_refused(types: Typed) -> None:
    done = types("setup", PUBLIC_URL="http://127.0.0.1:8000", TWILIO_API_URL="")
    assert (done.exit_code, "joignable" in done.stderr) == (1, True)


# check ------------------------------------------------------------------------------------------------------------


def test_a_line_that_was_set_up_has_nothing_to_mend(types: Typed) -> None:
    types("setup")
    done = types("check")
    assert done.exit_code == 0, done.stdout
    assert not any(line.startswith("à régler") for line in done.stdout.splitlines())
    assert "Rien à régler" in done.stdout


def test_before_the_setup_each_difference_is_a_line_that_says_how_to_mend_it(types: Typed) -> None:
    done = types("check")
    assert done.exit_code == 1
    assert "LINE_NUMBER 01 99 00 24 24 voice_url" in done.stdout
    assert "CANARY_NUMBER 01 99 00 24 25 sms_url" in done.stdout
    assert f"doit être {PUBLIC}/webhooks/voice{RETRIES}" in done.stdout
    assert done.stdout.count("-> rappel24 twilio setup") == 10
    assert "10 points à régler" in done.stdout


def spoil(attribute: str, value: object) -> Callable[[Town], None]:
    return lambda town: setattr(town.line, attribute, value)


def allow(country: str, dialing: Dialing) -> Callable[[Town], None]:
    return lambda town: town.sim.account.dialing.update({country: dialing})


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (spoil("voice_url", f"{PUBLIC}/webhooks/voice"), "LINE_NUMBER 01 99 00 24 24 voice_url"),
        (spoil("voice_method", "GET"), "LINE_NUMBER 01 99 00 24 24 voice_method"),
        (spoil("fallback_method", "GET"), "LINE_NUMBER 01 99 00 24 24 voice_fallback_method"),
        (spoil("fallback_url", f"{PUBLIC}/down.xml"), "LINE_NUMBER 01 99 00 24 24 voice_fallback_url"),
        (spoil("voice_application_sid", "AP" + "1" * 32), "LINE_NUMBER 01 99 00 24 24 voice_application_sid"),
        (spoil("sms_application_sid", "AP" + "1" * 32), "LINE_NUMBER 01 99 00 24 24 sms_application_sid"),
        (spoil("receives", "fax"), "LINE_NUMBER 01 99 00 24 24 voice_receive_mode"),
        (spoil("looks_up_callers", True), "LINE_NUMBER 01 99 00 24 24 voice_caller_id_lookup"),
        (spoil("voice", False), "ne reçoit ni ne passe d'appels"),
        (allow("FR", Dialing(low_risk=False)), "fermés : France"),
        (allow("BE", Dialing(low_risk=False)), "fermés : Belgium"),
        (allow("LV", Dialing()), "ouverts sans besoin : Latvia"),
        (allow("FR", Dialing(high_risk_special=True)), "appels, numéros surtaxés"),
        (allow("FR", Dialing(high_risk_tollfraud=True)), "appels, plages de fraude"),
        (lambda town: town.sim.account.texting.discard("RE"), "fermés : RE"),
        (lambda town: town.sim.account.texting.add("LV"), "ouverts sans besoin : LV"),
        (lambda town: setattr(town.sim.account, "kind", "Trial"), "active, Trial"),
    ],
)
def test_one_thing_that_is_wrong_is_the_one_line_to_mend(
    types: Typed, town: Town, spoilt: Callable[[Town], None], said: str
) -> None:
    town.is_set_up()
    spoilt(town)
    done = types("check")
    assert done.exit_code == 1
    [wrong] = [line for line in done.stdout.splitlines() if line.startswith("à régler")]
    assert said in wrong
    following = done.stdout.splitlines()[done.stdout.splitlines().index(wrong) + 1 :]
    assert any(line.strip().startswith("-> ") for line in following[:2])


def test_a_country_that_the_house_calls_must_be_open_and_may_be(types: Typed, town: Town) -> None:
    town.is_set_up()
    assert "fermés : Portugal" in types("check", CALLS_ABROAD="PT").stdout
    town.sim.account.dialing["PT"] = Dialing()
    town.sim.account.texting.add("PT")
    assert types("check", CALLS_ABROAD="PT").exit_code == 0
    assert types("check").exit_code == 1


def test_the_far_ends_of_the_french_plan_may_be_open_and_need_not_be(types: Typed, town: Town) -> None:
    town.is_set_up()
    town.sim.account.dialing["NC"] = Dialing()
    assert types("check").exit_code == 0


def test_a_recording_that_anybody_may_fetch_is_found_by_trying(types: Typed, town: Town) -> None:
    town.is_set_up()
    assert "aucun n'est là pour l'essayer" in types("check").stdout
    leave_a_message(town)
    assert "remis sur identification seulement" in types("check").stdout
    town.sim.account.public_media = True
    done = types("check")
    assert (done.exit_code, "remis à qui en connaît l'adresse" in done.stdout) == (1, True)


def leave_a_message(town: Town) -> None:
    record = b'<Response><Record action="/kept" recordingStatusCallback="/kept"/></Response>'
    town.sim.delivery.transport = calling(lambda *_: (200, {"Content-Type": "text/xml"}, record))
    town.sim.phone(GP).dials(LINE).leaves_message(5).presses("#").hangs_up()
    town.sim.run_until_idle()


def test_a_caller_that_was_verified_may_be_shown_and_another_not(types: Typed, town: Town) -> None:
    town.is_set_up()
    assert "n'est pas un numéro de ce compte" in types("check", ALERT_CALLER=ELSEWHERE).stdout
    town.sim.office.verified.add(ELSEWHERE)
    assert types("check", ALERT_CALLER=ELSEWHERE).exit_code == 0


def test_a_line_without_sms_is_left_to_telephone_and_mail_where_sms_leave_under_a_name(
    types: Typed, town: Town
) -> None:
    town.is_set_up()
    town.line.sms, town.line.sms_url, town.line.sms_fallback_url = False, "", ""
    done = types("check", SMS_SENDER="HOPITAL")
    assert (done.exit_code, "ne reçoit pas de SMS" in done.stdout) == (0, True)


def test_a_number_that_our_sms_come_from_and_that_sends_none_is_wrong(types: Typed, town: Town) -> None:
    town.is_set_up()
    town.sim.office.add_line(Line(SENDER, sms=False))
    assert "n'envoie ni ne reçoit de SMS" in types("check", SMS_SENDER=SENDER).stdout
    town.line.sms = False  # by default they come from the line
    done = types("check")
    assert (done.exit_code, "n'envoie ni ne reçoit de SMS" in done.stdout) == (1, True)


def test_what_no_interface_tells_is_to_be_looked_at_and_where(types: Typed, town: Town) -> None:
    town.is_set_up()
    town.sim.faults.rest_next(RestFault.UNAVAILABLE, on="GET /v1/Messaging*")
    done = types("check")
    assert done.exit_code == 0
    told = done.stdout.partition("regardez vous-même")[2]
    assert "Request Inspector" in told
    assert "Opt-Out Management" in told
    assert "l'opérateur ne le dit pas (20503)" in told


def test_a_carrier_that_does_not_answer_or_does_not_know_us_is_said(types: Typed) -> None:
    gone = types("check", TWILIO_API_URL="http://127.0.0.1:9")
    assert (gone.exit_code, "ne répond pas (unreachable)" in gone.stderr) == (1, True)
    stranger = types("check", TWILIO_AUTH_TOKEN="another")
    assert (stranger.exit_code, "ne répond pas (20003)" in stranger.stderr) == (1, True)


def test_it_is_in_the_language_of_the_house(types: Typed) -> None:
    assert "look yourself" in types("check", RAPPEL24_LANGUAGE="en").stdout

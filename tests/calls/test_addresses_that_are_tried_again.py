"""Every address that we hand to the carrier says that it may be tried again: a restart of ours loses nothing."""

import re
from collections.abc import Callable

from callbacks.carrier_language import RETRIES
from simulator import no_answer, takes_the_call
from tests.calls.hospital import LINE, PUBLIC_URL, Hospital
from tests.calls.test_when_the_register_is_away import away
from webhooks.twiml import Renderer

ADDRESS = re.compile(re.escape(PUBLIC_URL) + r"[^\"<\s]*")
# Fetched as a file, by a player that knows no such settings.
SOUND = f"{PUBLIC_URL}/webhooks/voice/audio/"


def once_only(*documents: str) -> set[str]:
    """The addresses of ours in these documents that the carrier would try once."""
    found = {each.replace("&amp;", "&") for document in documents for each in ADDRESS.findall(document)}
    assert found
    return {each for each in found if not each.endswith(RETRIES) and not each.startswith(SOUND)}


def answers(hospital: Hospital) -> list[str]:
    return [answer.body.decode() for _, answer in hospital.carried if PUBLIC_URL.encode() in answer.body]


def handed_over(hospital: Hospital) -> list[str]:
    """What our own SMS and calls carry."""
    forms = [entry.data.get("form", {}) for entry in hospital.sim.trace.entries if entry.kind == "rest"]
    return [value for form in forms for value in form.values() if str(value).startswith(PUBLIC_URL)]


def test_in_a_call_that_leaves_a_message(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=170).leaves_message(seconds=9)
    gp.presses("#").hears("valider", within=30).presses("1").hears("garder", within=30).hangs_up()
    hospital.sim.advance(seconds=30)
    assert once_only(*answers(hospital)) == set()
    assert once_only(*handed_over(hospital)) == set()


def test_in_a_call_that_is_put_through(hospital: Hospital) -> None:
    hospital.amelie.behaves(takes_the_call(prompt="tapez 1", conversation=20))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie, within=60)
    hospital.sim.run_until_idle()
    assert once_only(*answers(hospital)) == set()


def test_when_the_register_is_away(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    hospital.switchboard.behaves(no_answer())
    with away(hospital):
        hospital.gp.dials(LINE).hears("n'a pas répondu", within=200)
    documents = answers(hospital)
    assert any("<Record" in document for document in documents)
    assert once_only(*documents) == set()


def test_in_the_document_that_lies_elsewhere(hospital: Hospital) -> None:
    assert once_only(Renderer(hospital.house, "https://api.twilio.com").fallback_call("thanks.xml")) == set()

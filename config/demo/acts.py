"""The first two acts: a call that is taken, and one that nobody takes, whose GP is called back in one touch."""

import re

from callbacks import exports
from config.demo.browser import Browser, Page
from config.demo.play import Play, expect, hour
from config.demo.stage import until
from config.demo.telephones import KNOWN
from simulator import answers, hears, presses
from simulator.handset import Handset

KEPT_BY = "+33639989010"  # on file by his mobile
PIN = "4829"
LINK = re.compile(r"http://\S+/r/\S+")
PATIENCE = 30.0  # seconds, for what takes one
RINGS_WITHIN = 80.0  # of the telephones' seconds, which are short


def taken(play: Play) -> None:
    """A GP keys three letters, and talks to the senior on call."""
    senior = play.telephone_of(play.on_call().seniors[0].person)
    gp = play.dials_the_ward(KNOWN)
    senior.rings().answers().hears(play.words("voice.whisper")).presses("1").is_put_through(gp)
    gp.says(play.say("gp_asks"))
    senior.says(play.say("senior_answers")).hangs_up()
    gp.hears(play.words("voice.how_it_ended")).presses("1").is_hung_up_on()
    until("the call is not on record as answered", lambda: _answered_by(play, senior.number), PATIENCE)
    play.transcript.tell("on_record_call")


def _answered_by(play: Play, senior: str) -> bool:
    with play.stage.engine.connect() as connection:
        return any((call["result"], call["answered_by"]) == ("answered", senior) for call in exports.calls(connection))


def kept(play: Play) -> None:
    """Nobody takes the call; a message, a promise, a link in an SMS, and one touch there calls the GP back."""
    first, second = (play.telephone_of(ranked.person) for ranked in play.on_call().seniors[:2])
    second.behaves(answers(hears(play.words("voice.whisper")), presses("2")))
    _leaves_a_message(play, play.dials_the_ward(KEPT_BY))
    request = play.request_of(KEPT_BY)
    play.stage.simulator.phone(KEPT_BY).reads(request.reference)
    play.transcript.tell("on_file", reference=request.reference, due=hour(request.due_at))
    _calls_back(play, first, LINK.findall(first.reads("/r/").body)[0])
    done = [row for row in play.exported("requests") if row["reference"] == request.reference]
    expect(done and done[0]["state"] == "done", f"the export does not show {request.reference} as done: {done}")
    play.transcript.tell("export_done", reference=request.reference, outcome=done[0]["outcome"])


def _leaves_a_message(play: Play, gp: Handset) -> None:
    gp.hears(play.words("voice.nobody_free")).hears(play.words("voice.promise"))
    gp.leaves_message(8, play.say("gp_message")).presses("#")
    for question in ("review", "same_number", "window"):
        gp.hears(play.words(f"voice.{question}")).presses("1")
    gp.hears(play.words("voice.confirmed")).is_hung_up_on()


def _calls_back(play: Play, senior: Handset, link: str) -> None:
    """The page behind the link: the PIN, the message, and one touch that rings the senior, then the GP."""
    browser, tell = Browser(), play.transcript.tell
    page = browser.open(link)
    tell("page_opened", url=link)
    page = browser.submit(page, "/pin/first", pin=PIN, again=PIN)
    tell("page_pin")
    until("the message cannot be opened on the page", lambda: _part(browser.open(link)), PATIENCE)
    page = browser.submit(browser.open(link), "/parts/")
    expect(page.sounds and browser.fetch(page.sounds[0]).startswith(b"RIFF"), "the message cannot be heard")
    tell("page_heard")
    browser.submit(page, "/call")
    tell("page_called")
    senior.rings(RINGS_WITHIN).answers().hears(play.words("voice.calling_back"))
    gp = play.stage.simulator.phone(KEPT_BY).rings().answers().hears(play.words("voice.callback_whisper"))
    gp.presses("1").is_put_through(senior)
    senior.says(play.say("senior_calls_back"))
    gp.says(play.say("gp_thanks")).hangs_up()
    senior.hears(play.words("voice.outcome")).presses("1").hears(play.words("voice.request_is_closed"))
    senior.is_hung_up_on()
    tell("closed_by_key")


def _part(page: Page) -> bool:
    return any("/parts/" in form.action for form in page.forms)

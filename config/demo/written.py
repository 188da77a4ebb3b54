"""The act in writing: an SMS and an e-mail, each a request with its ward, answered in writing, and read by the GP."""

import re

from callbacks.promise import RequestView
from config.demo.acts import LINK, PATIENCE, PIN
from config.demo.browser import Browser, Page
from config.demo.identity import LINE, MAIL_ADDRESS, SECURE_DOMAIN
from config.demo.letters.letter import Letter, Wish, Writer, compose
from config.demo.play import Play, expect, hour
from config.demo.stage import until
from simulator.handset import Handset

TEXTER = "+33639989007"  # on file by her mobile
MAILER = Writer(f"helene.roussel@medecin.{SECURE_DOMAIN}", "Dr Hélène Roussel")
HER_PRACTICE = "+33199003009"
NOTICE = re.compile(r"http://\S+/a/\w+")
CODE = re.compile(r"\b\d{6}\b")


def written(play: Play) -> None:
    """An SMS is answered behind a link and a code, an e-mail from secure mail whole."""
    _by_text(play)
    _by_mail(play)


def _by_text(play: Play) -> None:
    gp, tell = play.stage.simulator.phone(TEXTER), play.transcript.tell
    play.transcript.tell("texts_line", words=play.say("gp_texts"))
    gp.sends(LINE, play.say("gp_texts"))
    request = until("no request is on file after the SMS", lambda: play.request_or_none(TEXTER), PATIENCE)
    gp.reads(request.reference)
    tell("on_file", reference=request.reference, due=hour(request.due_at))
    _answers(play, request)
    notice = gp.reads("/a/").body
    expect(play.say("senior_writes") not in notice, "the notice of an answer quotes it")
    expect(play.say("senior_writes") in _read_by(gp, notice).text, "the GP cannot read the answer")
    tell("answer_read")
    _is_done(play, request)


def _read_by(gp: Handset, notice: str) -> Page:
    """Behind the link, and the code that it sends to this very telephone."""
    browser, before = Browser(), len(gp.texts)
    page = browser.submit(browser.open(NOTICE.findall(notice)[0]), "/code")
    code = until("no code came", lambda: next(iter(_codes(gp, before)), None), PATIENCE)
    return browser.submit(page, "/open", code=code)


def _codes(gp: Handset, before: int) -> list[str]:
    return [found[0] for text in gp.texts[before:] if (found := CODE.search(text.body))]


def _by_mail(play: Play) -> None:
    tell, words = play.transcript.tell, play.say("gp_mails")
    tell("mails_line", who=MAILER.name, words=words)
    letter = compose(Wish(MAILER, MAIL_ADDRESS, play.say("gp_subject"), words), play.stage.now())
    play.stage.post_letter(letter, MAILER.address, MAIL_ADDRESS)
    request = until("no request is on file after the e-mail", lambda: play.request_or_none(HER_PRACTICE), PATIENCE)
    until("no confirmation came by e-mail", lambda: _letter(play, request.reference), PATIENCE)
    tell("on_file", reference=request.reference, due=hour(request.due_at))
    _answers(play, request)
    answer = until("the answer did not come by e-mail", lambda: _letter(play, play.say("senior_writes")), PATIENCE)
    expect(play.say("senior_writes") not in answer.subject, "a subject says what was answered")
    tell("answer_came", who=MAILER.name)
    _is_done(play, request)


def _letter(play: Play, words: str) -> Letter | None:
    """The newest letter in her mailbox with these words in it."""
    hers = (letter for letter in play.stage.boxes.newest() if letter.box == MAILER.address)
    return next((letter for letter in hers if words in f"{letter.subject} {letter.text}"), None)


def _answers(play: Play, request: RequestView) -> None:
    """The senior on call follows his link, reads, and answers in writing."""
    senior = play.telephone_of(play.on_call().seniors[0].person)
    link = LINK.findall(senior.reads(request.reference).body)[0]
    browser = Browser()
    page = _proved(browser, browser.open(link))
    while any("/parts/" in form.action for form in page.forms):
        page = browser.submit(page, "/parts/")
    writing = browser.open(f"{link}/answer")
    browser.submit(writing, "/answer", do="send", words=play.say("senior_writes"), outcome="CONSEIL")
    play.transcript.tell("answered", words=play.say("senior_writes"))


def _proved(browser: Browser, page: Page) -> Page:
    """Who has no PIN yet chooses one."""
    if any(form.action.endswith("/pin/first") for form in page.forms):
        return browser.submit(page, "/pin/first", pin=PIN, again=PIN)
    return browser.submit(page, "/pin", pin=PIN)


def _is_done(play: Play, request: RequestView) -> None:
    done = [row for row in play.exported("requests") if row["reference"] == request.reference]
    expect(done and done[0]["state"] == "done", f"the export does not show {request.reference} as done: {done}")
    play.transcript.tell("export_done", reference=request.reference, outcome=done[0]["outcome"])

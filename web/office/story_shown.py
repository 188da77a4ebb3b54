"""What happened to a request, as sentences: one a line, in the visitor's language, on the hospital's clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callbacks import endings
from callbacks import outcomes as kept
from callbacks.answers.ways import WHOLE
from callbacks.chronicle import Happened, Line, Opened, Rang, Sent
from callbacks.ladder import Ladder
from callbacks.promise import RequestView
from callbacks.states import Kind
from config import texts
from web.office.board_shown import rung_words, short
from web.office.guard import Visitor


@dataclass(frozen=True)
class Sentence:
    """A line of the timeline; `under`: whom it told, and how that arrived; `apart`: it is only about a message."""

    at: datetime
    when: str
    words: str
    under: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True)
class Teller:
    """Who tells: the words are his, the clock the hospital's."""

    visitor: Visitor
    view: RequestView
    ladder: Ladder

    def say(self, key: str, **values: object) -> str:
        """A sentence of the board."""
        return self.visitor.say(f"board.{key}", **values)

    def when(self, at: datetime) -> str:
        """An instant on the hospital's clock."""
        return short(at, self.view.timezone, self.visitor.language, self.visitor.moment.now)

    def known(self, key: str, value: object) -> str:
        """The words for a code; for one that another release wrote, the code's own."""
        name = f"{key}_{str(value).replace('-', '_')}"
        return self.say(name) if f"board.{name}" in _KEYS else str(value)


_KEYS = texts.keys("board")


def lines(visitor: Visitor, view: RequestView, ladder: Ladder, story: Sequence[Line]) -> list[Sentence]:
    """The story, in its order; `ladder` is the ward's, as it is now."""
    teller = Teller(visitor, view, ladder)
    return [_TOLD[type(line)](teller, line) for line in story]


def outcomes(visitor: Visitor, view: RequestView) -> Mapping[str, list[tuple[str, str]]]:
    """What may have come of it, by heading: each code with its words."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in endings.of(visitor.conn, view.ward_id, view.kind):
        words = visitor.say(f"page.outcome_{each.code.lower()}")
        found.setdefault(visitor.say(f"page.outcomes_{each.group}"), []).append((each.code, words))
    return found


# Events -----------------------------------------------------------------------------------------------------------


def _happened(teller: Teller, line: Happened) -> Sentence:
    words = _EVENTS.get(line.kind, _plain)(teller, line)
    return Sentence(line.at, teller.when(line.at), words, tuple(_told(teller, line)))


def _plain(teller: Teller, line: Happened) -> str:
    """An event with a sentence for who did it, and another when nobody of ours did."""
    key = f"event_{line.kind}"
    who = line.person or line.account
    return teller.say(f"{key}_by", who=who) if who and f"board.{key}_by" in _KEYS else teller.say(key)


def _filed(teller: Teller, line: Happened) -> str:
    return teller.say("event_filed", channel=teller.known("channel", line.detail.get("channel", "")))


def _claimed(teller: Teller, line: Happened) -> str:
    return teller.say("event_claimed", who=line.person or "", how=teller.known("how", line.detail.get("how", "")))


def _released(teller: Teller, line: Happened) -> str:
    key = "event_released_shift_end" if line.detail.get("why") == "shift_end" else "event_released"
    return teller.say(key, who=line.person or "")


def _closed(teller: Teller, line: Happened) -> str:
    code, who = str(line.detail.get("outcome") or ""), line.person or line.account
    outcome = kept.words(code, teller.visitor.language) if code else ""
    if who is None:
        return teller.say("event_withdrawn" if line.kind is Kind.WITHDRAWN else "event_closed", outcome=outcome)
    return teller.say("event_closed_by", who=who, outcome=outcome)


def _reach(teller: Teller, line: Happened) -> str:
    reach, number = line.detail.get("reach"), line.detail.get("number")
    said = [teller.say(f"reach_{reach}")] if reach else []
    said += [teller.say("event_reach_number")] if number else []
    return teller.say("event_reach", what=", ".join(said))


def _rung(teller: Teller, line: Happened) -> str:
    """Which rung, as the ladder has it now; one that was taken out of it since is only an alert."""
    rung = teller.ladder.find(line.detail.get("rung"))
    if line.detail.get("deadline"):
        return teller.say("event_rung_due")
    which = "" if rung is None else "_first" if rung.at_once else "_named"
    nobody = "" if _whom(line) else "_nobody"
    return teller.say(f"event_rung{which}{nobody}", step=rung_words(teller.visitor, rung) if rung else "")


def _attempted(teller: Teller, line: Happened) -> str:
    detail = line.detail
    result = teller.known("result", detail.get("result", "no-answer"))
    how = detail.get("how")
    key = f"event_tried_{how if how in ('bridge', 'call') else 'own'}"
    said = teller.say(key, who=line.person or "", result=result)
    seconds = detail.get("seconds")
    return f"{said} {talked(teller.visitor, seconds)}" if seconds else said


def talked(visitor: Visitor, seconds: int) -> str:
    """For how long they talked."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return visitor.say("board.talked", seconds=rest)
    return visitor.say("board.talked_minutes", minutes=minutes, seconds=f"{rest:02}")


def _postponed(teller: Teller, line: Happened) -> str:
    until = datetime.fromisoformat(line.detail["until"])
    reason = teller.known("reason", line.detail.get("reason", ""))
    return teller.say("event_postponed", who=line.person or "", at=teller.when(until), reason=reason)


def _offered(teller: Teller, line: Happened) -> str:
    to = line.others.get(line.detail.get("to", 0), "")
    return teller.say("event_offered", who=line.person or line.account or "", to=to)


def _apology(teller: Teller, line: Happened) -> str:
    return teller.say("event_apology" if line.detail.get("sent") else "event_apology_not")


def _answered(teller: Teller, line: Happened) -> str:
    if line.person is None:
        return teller.say("event_answered")
    key = "event_answered_by_mssante" if line.detail.get("way") == WHOLE else "event_answered_by"
    return teller.say(key, who=line.person)


def _read(teller: Teller, line: Happened) -> str:
    key = f"event_read_{line.detail.get('how', '')}"
    return teller.say(key if f"board.{key}" in _KEYS else "event_read")


def _unheeded(teller: Teller, line: Happened) -> str:
    return teller.say(
        "event_unheeded", who=line.person or teller.say("house"), how=_by(teller, line.detail.get("channel"))
    )


_EVENTS: Mapping[Kind, Callable[[Teller, Happened], str]] = {
    Kind.FILED: _filed,
    Kind.CLAIMED: _claimed,
    Kind.ACCEPTED: _plain,
    Kind.RELEASED: _released,
    Kind.DONE: _closed,
    Kind.WITHDRAWN: _closed,
    Kind.UNREACHABLE: _closed,
    Kind.REACH: _reach,
    Kind.RUNG: _rung,
    Kind.ATTEMPTED: _attempted,
    Kind.POSTPONED: _postponed,
    Kind.OFFERED: _offered,
    Kind.APOLOGY: _apology,
    Kind.UNHEEDED: _unheeded,
    Kind.ANSWERED: _answered,
    Kind.READ: _read,
}


# Whom a rung told -------------------------------------------------------------------------------------------------


def _whom(line: Happened) -> Sequence[Mapping[str, Any]]:
    told: Sequence[Mapping[str, Any]] = line.detail.get("told", ())
    return told


def _told(teller: Teller, line: Happened) -> Iterator[str]:
    """Each person with how he was told and whether it arrived; a reminder may have left in a summary."""
    left = list(line.told)
    for each in _whom(line):
        person_id, channel = each.get("person"), each.get("channel")
        sent = next((one for one in left if (one.person_id, one.channel) == (person_id, channel)), None)
        sent = sent or next((one for one in left if one.person_id == person_id), None)
        if sent is not None:
            left.remove(sent)
        name = line.others.get(person_id or 0, teller.say("house"))
        role = teller.known("role", each.get("role", ""))
        arrived = teller.say("arrived_summary") if sent is None else _arrived(teller, sent)
        how = _by(teller, sent.channel if sent else channel)
        yield teller.say("told", who=name, role=role, how=how, arrived=arrived)
    yield from (_message(teller, sent) for sent in left)


def _message(teller: Teller, sent: Sent) -> str:
    to = sent.person or teller.say("house" if sent.to_house else "gp")
    purpose = teller.known("purpose", sent.purpose)
    return teller.say("message", how=_by(teller, sent.channel), to=to, purpose=purpose, arrived=_arrived(teller, sent))


def _arrived(teller: Teller, sent: Sent) -> str:
    """What became of a message; of a call, "delivered" says that it was answered."""
    call = "_call" if sent.channel == "call" and sent.state in ("delivered", "undelivered") else ""
    at = teller.when(sent.settled_at) if sent.settled_at else ""
    return teller.say(f"arrived_{sent.state}{call}", at=at)


def _by(teller: Teller, channel: object) -> str:
    return teller.known("by", channel or "sms")


def _sent(teller: Teller, line: Sent) -> Sentence:
    return Sentence(line.at, teller.when(line.at), _message(teller, line), apart=True)


def _rang(teller: Teller, line: Rang) -> Sentence:
    words = teller.say(f"rang_{line.step}", who=line.person, how=teller.known("how", line.how))
    return Sentence(line.at, teller.when(line.at), words)


def _opened(teller: Teller, line: Opened) -> Sentence:
    key = f"opened_{line.what}"
    words = teller.say(key if f"board.{key}" in _KEYS else "opened", who=line.who, how=teller.known("how", line.how))
    return Sentence(line.at, teller.when(line.at), words)


_TOLD: Mapping[type, Callable[[Teller, Any], Sentence]] = {
    Happened: _happened,
    Sent: _sent,
    Rang: _rang,
    Opened: _opened,
}

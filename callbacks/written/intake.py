"""What is written to the line comes in, by whichever door: kept once, understood, and filed, joined, asked back or left
alone, all in one transaction; answered through the outbox. A door acknowledges only after this has returned.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from callbacks import alarms, post, register, replies, requests, wishes
from callbacks.house import Desk
from callbacks.kinds import store as kinds
from callbacks.kinds.kind import ADVICE
from callbacks.purposes import Purpose
from callbacks.replies import Desire
from callbacks.requests import Filed
from callbacks.shelf import Shelf
from callbacks.written import asking, commands, dialogue, filing, identifying, pictures, situation, store
from callbacks.written.asking import Reply, Words
from callbacks.written.commands import Order
from callbacks.written.dialogue import Ask, Command, File, Hold, Idle, Join, Question, Refuse, Step, Talk
from callbacks.written.filing import file_dialogue as file_dialogue
from callbacks.written.filing import join_dialogue as join_dialogue
from callbacks.written.incoming import Channel, Incoming
from callbacks.written.situation import Known, Writer
from callbacks.written.store import Dialogue
from callbacks.written.understanding import Wish
from config import numbers, story
from config.clock import Moment
from scheduling import store as scheduled
from scheduling.rota import reached

log = structlog.get_logger(__name__)

# The register or the shelf, and nothing that is in the message; all connections lent out, too.
AWAY = (OperationalError, InterfaceError, TimeoutError, OSError)
ASKED_AT_MOST = 3  # in one talk; what is not clear by then, somebody sorts
Ring = tuple[str, int | str]


@dataclass(frozen=True)
class Reception:
    """A message at the desk, on file. `sender`: as we know senders, or as it came."""

    desk: Desk
    conn: Connection
    moment: Moment
    incoming: Incoming
    sender: str
    message: store.Message
    filed: list[Filed] = field(default_factory=list)  # to be told of once it is committed

    @property
    def id(self) -> UUID:
        """Under which it is on file."""
        return self.message.id

    def reply(self, person_id: int | None = None) -> Reply:
        """Where its sender is answered."""
        return Reply(self.desk.house, self.conn, self.moment, self.incoming, self.sender, person_id)

    def say(self, words: Words | None, person_id: int | None = None) -> list[Ring]:
        """Answer him, within the limits; what to ring for."""
        told = None if words is None else asking.say(self.reply(person_id), words)
        return [] if told is None else [("deliver", told)]

    def settle(self, verdict: str, reason: str | None = None) -> None:
        """What became of this message."""
        store.settle(self.conn, [self.id], verdict, reason=reason)


@dataclass(frozen=True)
class _Taken:
    """What is to be done once it is committed: what to ring for, and of which request to tell."""

    rings: list[Ring]
    filed: list[Filed]


def take(desk: Desk, shelf: Shelf, incoming: Incoming) -> bool:
    """Keep a message and do what it asks; False for a repeat, of which nothing is done.

    Whatever goes wrong in understanding it, it is kept, and somebody must sort it. Raises when it could not be kept
    (AWAY): the door refuses it, and it comes again.
    """
    with story.chapter(channel=incoming.channel.value):
        taken = _kept(desk, shelf, incoming)
        if taken is None:
            return False
        for filed in taken.filed:
            requests.tell(filed)
        log.info("written.taken")
    for kind, id in taken.rings:
        desk.doorbell.ring(kind, id)
    return True


def _kept(desk: Desk, shelf: Shelf, incoming: Incoming) -> _Taken | None:
    """Understood, or set aside; None for a repeat."""
    try:
        return _taken(desk, shelf, incoming, _understood)
    except AWAY:
        raise
    except Exception as fault:  # the edge of a request: one message that trips us is not lost, nor stops the others
        log.exception("written.set_aside", fault=type(fault).__name__)
        return _taken(desk, shelf, incoming, _set_aside)


def _taken(desk: Desk, shelf: Shelf, incoming: Incoming, treat: Callable[[Reception], list[Ring]]) -> _Taken | None:
    """In one transaction; None for a repeat."""
    sender = _sender(incoming)
    with desk.engine.begin() as conn:
        moment = store.hold(conn, incoming.channel, sender)
        message = store.keep(conn, desk.box, incoming, sender, moment)
        if message is None:
            return None
        reception = Reception(desk, conn, moment, incoming, sender, message)
        if incoming.ignored:
            return _Taken(_ignored(reception), [])
        fetched = pictures.keep(conn, shelf, message.id, incoming.attached)
        rings = [*treat(reception), *(("picture", str(each)) for each in fetched)]
        return _Taken(rings, reception.filed)


def _sender(incoming: Incoming) -> str:
    """As senders are known: E.164, or an address in small letters; else as it came."""
    if incoming.channel is Channel.SMS:
        return numbers.caller(incoming.sender) or store.clean(incoming.sender)
    return store.clean(incoming.sender).lower()


def _ignored(reception: Reception) -> list[Ring]:
    """Kept, and nothing is made of it; what came back to us was not delivered."""
    reception.settle("ignored", reception.incoming.ignored)
    if reception.incoming.ignored != "bounce":
        return []
    return [("deliver", each) for each in post.bounced(reception.conn, reception.incoming.thread)]


def _set_aside(reception: Reception) -> list[Ring]:
    alarms.raise_alarm(reception.conn, "written_set_aside", "written_set_aside")
    return _held(reception, store.open_talk(reception.conn, reception.incoming.channel, reception.sender))


def _understood(reception: Reception) -> list[Ring]:
    incoming = reception.incoming
    if (nobody := _nobody(reception)) is not None:
        reception.settle("ignored", nobody)
        return []
    one = situation.writer(reception.conn, incoming.channel, reception.sender)
    if (replied := _replied(reception, one)) is not None:
        return replied
    known = situation.read(reception.desk, reception.conn, incoming, one, reception.moment)
    return [*_act(reception, known, dialogue.decide(known.situation)), *_warned(reception, known)]


def _nobody(reception: Reception) -> str | None:
    """Why nobody stands behind the sender: a name, a short code, a hidden number; or ourselves."""
    house, sender = reception.desk.house, reception.sender
    if sender in {house.line_number, house.sms_sender, house.alert_caller, house.switchboard, house.mail_address}:
        return "own"
    if reception.incoming.channel is Channel.SMS and numbers.caller(sender) is None:
        return "no_number"
    return None if sender else "no_sender"


# A senior's own words ---------------------------------------------------------------------------------------------


def _replied(reception: Reception, one: Writer) -> list[Ring] | None:
    """PRIS, FAIT, RENDU of a known senior; None when it is not for him to be answered so: he is a GP too, or asks."""
    if one.person is None or reception.incoming.channel is not Channel.SMS:
        return None
    asked = wishes.read(reception.incoming.text, reception.incoming.opt_out)
    told = replies.do(Desire(reception.desk, reception.conn, reception.moment, one.person, asked))
    if told is None and one.practitioners:
        return None
    reception.settle("command")
    if told is None:
        how_to = replies.say(reception.desk, "how_to_senior")
        return reception.say(Words(Purpose.HOW_TO, "", body=how_to), one.person.id)
    answered = reception.say(Words(Purpose.REPLY, "", body=told.body), one.person.id) if told.body else []
    due = [("deliver", told.deliver), ("climb", told.climb)]
    return [*answered, *((kind, id) for kind, id in due if id is not None)]


# What is done -----------------------------------------------------------------------------------------------------


def _act(reception: Reception, known: Known, step: Step) -> list[Ring]:
    match step:
        case File():
            return _filed(reception, known, step)
        case Join():
            return _joined(reception, known, step)
        case Ask(talk=talk):
            return _asked(reception, known, talk)
        case Refuse(ward_id=ward_id):
            return _refused(reception, known, ward_id)
        case Command(wish=wish):
            return _obeyed(reception, known, wish)
        case Hold():
            return _flooded(reception, known)
        case Idle():
            reception.settle("idle")
            return []


def _filed(reception: Reception, known: Known, step: File) -> list[Ring]:
    """A request of all that he wrote since the talk began, and of this."""
    conn, moment, one = reception.conn, reception.moment, known.writer
    if (words := _not_live(reception, known, step.ward_id)) is not None:
        return _not_passed_on(reception, known, words)
    old = None if step.instead is None else filing.replaceable(conn, step.instead)
    kind = _kind(conn, step, known)
    filed = filing.file(conn, one, step.ward_id, _all(reception, known), moment, old, kind)
    reception.filed.append(filed)
    if known.dialogue is not None:
        store.end(conn, known.dialogue.id, "filed", moment, request_id=filed.id, practitioner_id=one.practitioner_id)
    if old is None:
        return [("climb", filed.id)]
    filing.replace(conn, old.id, filed.id, moment)
    return [("climb", filed.id), ("climb", old.id)]


def _kind(conn: Connection, step: File, known: Known) -> str:
    """What he asks for, if this ward's hospital takes it; else advice, which every ward gives."""
    asked = step.kind or known.situation.heard.kind
    if asked == ADVICE:
        return ADVICE
    kind = kinds.of_ward(conn, step.ward_id, asked)
    return kind.code if kind.offered and not kind.reverse else ADVICE


def _joined(reception: Reception, known: Known, step: Join) -> list[Ring]:
    """Part of his request; of one that was closed for good since, a new one is made."""
    messages = _all(reception, known) if step.whole else [reception.message]
    if not filing.join(reception.conn, step.request_id, messages, reception.moment):
        closed = register.view(reception.conn, step.request_id)
        return _filed(reception, known, File(closed.about_id or closed.ward_id))
    if step.whole and known.dialogue is not None:
        store.end(reception.conn, known.dialogue.id, "filed", reception.moment, request_id=step.request_id)
    return [("climb", step.request_id)]


def _asked(reception: Reception, known: Known, talk: Talk) -> list[Ring]:
    """It waits, and he is asked. When that cannot be, his numbers still mean what he was shown before."""
    if talk.question is Question.WHO and (instead := _not_live(reception, known, talk.ward_id)) is not None:
        return _not_passed_on(reception, known, instead)
    opened = _waits(reception, known.dialogue)
    words = asking.question(known, talk)
    rings = reception.say(words) if opened.asked < ASKED_AT_MOST else []
    shown = talk if rings else replace(opened.talk, anew=talk.anew or opened.talk.anew)
    store.note(reception.conn, opened.id, shown, asked=bool(rings), rpps=known.meaning.rpps)
    return rings


def _refused(reception: Reception, known: Known, ward_id: int) -> list[Ring]:
    """He is kindly sent to the telephone; what he wrote is kept."""
    hospital = known.wards[ward_id].ward.hospital
    rings = reception.say(Words(Purpose.REFUSED_SENDER, "refused", {"hospital": hospital}))
    return _turned_away(reception, known, rings, knows=asking.was_refused(reception.reply()))


def _not_live(reception: Reception, known: Known, ward_id: int | None) -> Words | None:
    """What is said instead of a promise of a ward that is being prepared; None: it is there for GPs."""
    if ward_id is None or (ward_id in known.wards and reached(known.wards[ward_id].live_from, reception.moment.now)):
        return None
    ward = scheduled.ward(reception.conn, ward_id)
    if ward.is_live(reception.moment.now):  # a desk
        return None
    switchboard = numbers.written(ward.switchboard or reception.desk.house.switchboard or "", ward.timezone)
    values = {"ward": ward.name, "hospital": ward.hospital, "switchboard": switchboard}
    return Words(Purpose.REFUSED_SENDER, "not_live", values)


def _not_passed_on(reception: Reception, known: Known, words: Words) -> list[Ring]:
    """He is told of this ward. What he was told before was of another, maybe: then somebody looks."""
    return _turned_away(reception, known, reception.say(words), knows=bool(reception.incoming.silent))


def _turned_away(reception: Reception, known: Known, rings: list[Ring], *, knows: bool) -> list[Ring]:
    """He is told whom to ask instead, or `knows`, and nothing is promised; what he wrote is kept."""
    if not rings and not knows:
        return _held(reception, known.dialogue)  # he would wait for an answer for ever
    messages = [message.id for message in _all(reception, known)]
    store.settle(reception.conn, messages, "refused")
    if known.dialogue is not None:
        store.end(reception.conn, known.dialogue.id, "refused", reception.moment)
    return rings


def _obeyed(reception: Reception, known: Known, wish: Wish) -> list[Ring]:
    reception.settle("command")
    if reception.incoming.opt_out:
        return []  # the carrier has answered him
    obeyed = commands.obey(Order(reception.desk, reception.conn, reception.moment, known), wish)
    return [*reception.say(obeyed.words), *([] if obeyed.climb is None else [("climb", obeyed.climb)])]


def _flooded(reception: Reception, known: Known) -> list[Ring]:
    alarms.raise_alarm(reception.conn, "mail_flood", "mail_flood")
    return _held(reception, known.dialogue)


def _held(reception: Reception, opened: Dialogue | None) -> list[Ring]:
    """Somebody sorts it, from now on; nothing is said."""
    store.to_be_sorted(reception.conn, _waits(reception, opened).id, reception.moment)
    return []


def _waits(reception: Reception, opened: Dialogue | None) -> Dialogue:
    """In the talk that is open with him, or begins."""
    conn, incoming = reception.conn, reception.incoming
    talk = opened or store.begin(conn, incoming.channel, reception.sender, reception.moment, came=incoming.came)
    store.settle(conn, [reception.id], "waiting", dialogue_id=talk.id)
    return talk


def _all(reception: Reception, known: Known) -> list[store.Message]:
    """What waits in the talk, oldest first, then this message, unless it chose a number and said no more: nobody must
    open a "1" before he may close the request.
    """
    opened = known.dialogue
    waiting = [] if opened is None else store.gathered(reception.conn, opened.id)
    if opened and waiting and known.meaning.number is not None and not reception.incoming.attached:
        store.settle(reception.conn, [reception.id], "command", dialogue_id=opened.id)
        return waiting
    return [*waiting, reception.message]


# Besides ----------------------------------------------------------------------------------------------------------


def _warned(reception: Reception, known: Known) -> list[Ring]:
    """Who writes of a patient by SMS is told that he should not, once a day; in a letter, its confirmation says so."""
    if reception.incoming.channel is not Channel.SMS or known.meaning.wish is not Wish.ASK:
        return []
    if not identifying.identifies(reception.incoming.text):
        return []
    return reception.say(Words(Purpose.NOT_SECURED, "not_secured"))

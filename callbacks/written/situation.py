"""What is known when a message comes in: who wrote it, what he is owed, what is open between us. Changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from callbacks import gp, post, register
from callbacks.house import Desk
from callbacks.kinds.kind import reverse
from callbacks.promise import RequestView
from callbacks.states import FOLLOW_UP, State
from callbacks.written import asked_for, said, store
from callbacks.written.dialogue import Heard, Owed, Policy, Question, Situation
from callbacks.written.incoming import Channel, Incoming
from callbacks.written.store import Dialogue
from callbacks.written.understanding import Meaning, Wish, among, understand
from config.clock import Moment
from config.crypto import Unreadable
from config.sealed_types import in_any_form
from ivr import finding
from ivr.finding import find
from ivr.matching import Candidate, Nothing
from scheduling import store as scheduled
from scheduling.rota import Person
from scheduling.store import Practitioner

MAILS_AN_HOUR = 10
HOUR = timedelta(hours=1)
JUST_TOLD = timedelta(minutes=15)  # who names a kind alone so soon speaks of what we made of his last words
LATE_ANSWER = timedelta(hours=24)  # after somebody sorted it, what he answers us still belongs to it


@dataclass(frozen=True)
class Writer:
    """Who stands behind a number or an address: GPs (several share a practice's line), or somebody of the hospital."""

    channel: Channel
    sender: str
    practitioners: tuple[Practitioner, ...] = ()
    person: Person | None = None
    introduced: bool = False
    introduced_as: int | None = None

    @property
    def practitioner(self) -> Practitioner | None:
        """The GP, when it can only be one."""
        return self.practitioners[0] if len(self.practitioners) == 1 else None

    @property
    def practitioner_id(self) -> int | None:
        """His id; or that of the RPPS number he once gave."""
        return self.introduced_as if self.practitioner is None else self.practitioner.id

    @property
    def known(self) -> bool:
        """Whether he is on file."""
        return bool(self.practitioners) or self.person is not None


@dataclass(frozen=True)
class WardName:
    """A ward as it can be written, what its hospital does with who is not on file, and from when on GPs reach it."""

    ward: Candidate
    policy: Policy
    live_from: datetime | None


@dataclass(frozen=True)
class Known:
    """What was read: the message in its surroundings. `requests`: all that he may be asked about, by id; `named`: that
    which he names, also when nothing can be added to it.
    """

    meaning: Meaning
    writer: Writer
    wards: Mapping[int, WardName]
    requests: Mapping[int, Owed]
    dialogue: Dialogue | None
    named: RequestView | None
    situation: Situation


# Who --------------------------------------------------------------------------------------------------------------

_OF_ADDRESS = text(
    """
    select array(select id from practitioners where lower(email) = :sender or lower(mssante) = :sender)
            as practitioners,
        (select min(id) from people where lower(email) = :sender and left_at is null) as person"""
)
_INTRODUCED = text(
    """
    select practitioner_id from dialogues
    where channel = :channel and sender = any(:sender) and state = 'filed' and question = 'who'
    order by id desc limit 1"""
).bindparams(*in_any_form("sender"))


def writer(conn: Connection, channel: Channel, sender: str) -> Writer:
    """Who has this number (E.164) or address."""
    if channel is Channel.SMS:
        practitioners = scheduled.practitioners_by_phone(conn, sender)
        person = scheduled.person_by_phone(conn, sender)
    else:
        row = conn.execute(_OF_ADDRESS, {"sender": sender}).one()
        practitioners = scheduled.practitioners_of(conn, row.practitioners) if row.practitioners else []
        person = None if row.person is None else scheduled.person(conn, row.person)
    found = Writer(channel, sender, tuple(practitioners), person)
    if found.known:
        return found
    said = conn.execute(_INTRODUCED, {"channel": channel, "sender": sender}).one_or_none()
    return found if said is None else Writer(channel, sender, introduced=True, introduced_as=said.practitioner_id)


_BY_RPPS = text("select id from practitioners where rpps = :rpps")


def introduced(conn: Connection, one: Writer, rpps: str) -> Writer:
    """Once he has said who he is: that GP, when the RPPS number he gave is on file."""
    found = conn.execute(_BY_RPPS, {"rpps": rpps}).scalar_one_or_none() if rpps else None
    return replace(one, introduced=True, introduced_as=found)


def is_his(conn: Connection, view: RequestView, one: Writer) -> bool:
    """Whether a request is of who writes: from the same number or address, or of his record. An RPPS number is public:
    who gives one is believed when he asks, not when he wants to know.
    """
    if one.practitioner is not None and view.practitioner_id == one.practitioner.id:
        return True
    if one.channel is Channel.SMS:
        return gp.is_his(conn, view, one.sender)
    return view.mail == one.sender


# What he is owed --------------------------------------------------------------------------------------------------

_OWED = text(
    """
    select id, reference, coalesce(about_id, ward_id) as ward_id, state, kind from requests
    where state in ('open', 'claimed') and kind <> all (:reverse)
    and (caller = any(:number) or mail = any(:address) or practitioner_id = cast(:practitioner as integer))
    order by created_at, id"""
).bindparams(*in_any_form("number", "address"))


def owed(conn: Connection, one: Writer) -> tuple[Owed, ...]:
    """His requests that nobody has closed, oldest first; what the hospital asks him is none of them."""
    values = {
        "reverse": sorted(reverse()),
        "number": one.sender if one.channel is Channel.SMS else None,
        "address": one.sender if one.channel is Channel.EMAIL else None,
        "practitioner": one.practitioner.id if one.practitioner else None,
    }
    rows = conn.execute(_OWED, values)
    return tuple(Owed(row.id, row.reference, row.ward_id, row.state == State.CLAIMED, row.kind) for row in rows)


def may_join(view: RequestView, moment: Moment) -> bool:
    """Whether something can be added: it is not closed, or was lately closed by the ward and opens again."""
    if not view.state.closed:
        return True
    lately = view.closed_at is not None and moment.now <= view.closed_at + FOLLOW_UP
    return lately and view.state in (State.DONE, State.UNREACHABLE)


# All of it --------------------------------------------------------------------------------------------------------

_WARDS = text(
    """
    select w.id, w.name, h.name as hospital, w.keypad, w.keywords, h.unknown_senders, w.live_from
    from wards w join hospitals h on h.id = w.hospital_id where w.role = 'ward' order by h.name, w.name"""
)


def wards(conn: Connection) -> dict[int, WardName]:
    """Every ward by its id, by hospital and name."""
    return {
        row.id: WardName(
            Candidate(row.id, row.name, row.hospital, tuple(row.keywords), row.keypad),
            Policy(row.unknown_senders),
            row.live_from,
        )
        for row in conn.execute(_WARDS)
    }


def read(desk: Desk, conn: Connection, incoming: Incoming, one: Writer, moment: Moment) -> Known:
    """The message in its surroundings."""
    names = wards(conn)
    candidates = [each.ward for each in names.values()]
    meaning = understand(incoming.text, incoming.subject, candidates, incoming.recipient, incoming.opt_out)
    last = store.latest_talk(conn, incoming.channel, one.sender)
    dialogue = last if last and last.open else None
    rpps = meaning.rpps or (dialogue.rpps if dialogue else "")
    one = introduced(conn, one, rpps) if rpps and one.practitioner is None else one
    named = _named(conn, incoming, meaning, one)
    addable = named is not None and may_join(named, moment)
    situation = Situation(
        heard=_heard(desk, conn, incoming, meaning, candidates, dialogue),
        policies={ward_id: each.policy for ward_id, each in names.items()},
        talk=None if dialogue is None else dialogue.talk,
        owed=owed(conn, one),
        named=_owed(named) if named is not None and addable else None,
        before=_asked_of(named) if named is not None and not addable else None,
        sorted_into=None if last is None else _sorted_into(conn, one, last, moment),
        known=one.known,
        introduced=one.introduced,
        flood=_is_flood(conn, one, moment),
    )
    if situation.heard.only_kind is not None:
        situation = replace(situation, just_told=_just_told(conn, situation, moment))
    return Known(meaning, one, names, _requests(conn, situation), dialogue, named, situation)


def _requests(conn: Connection, situation: Situation) -> dict[int, Owed]:
    """What he is owed, what he names, and what he was asked about."""
    talk = situation.talk
    asked = talk.choices if talk and talk.question in (Question.WHICH, Question.INSTEAD) else ()
    named = () if situation.named is None else (situation.named,)
    before = (_owed(view) for view in register.views(conn, asked).values()) if asked else ()
    return {each.id: each for each in (*before, *named, *situation.owed)}


def _named(conn: Connection, incoming: Incoming, meaning: Meaning, one: Writer) -> RequestView | None:
    """The request that the thread names, whoever answers in it; else that of his own reference, if it is one."""
    thread = post.thread_of(conn, incoming.thread)
    if thread is not None and thread.request_id is not None:
        return register.view(conn, thread.request_id)
    found = (register.by_reference(conn, reference) for reference in meaning.references)
    his = [view for view in found if view is not None and is_his(conn, view, one)]
    return his[0] if len(his) == 1 else None


def _owed(view: RequestView) -> Owed:
    return Owed(view.id, view.reference, _asked_of(view), view.state is State.CLAIMED, view.kind)


def _asked_of(view: RequestView) -> int:
    """The ward he asked, whichever team has it."""
    return view.about_id or view.ward_id


def _heard(
    desk: Desk,
    conn: Connection,
    incoming: Incoming,
    meaning: Meaning,
    candidates: Sequence[Candidate],
    dialogue: Dialogue | None,
) -> Heard:
    before = [] if dialogue is None else _words(desk, conn, dialogue)
    together = "\n".join((*before, store.shown(incoming)))
    asked = _asked_among(dialogue, candidates)
    wish = Wish.ASK if meaning.wish is Wish.IDLE and _shows_something(incoming) else meaning.wish
    return Heard(
        wish=wish,
        number=meaning.number,
        yes=meaning.yes is True,
        ward=meaning.ward,
        among=among(meaning, asked) if asked else Nothing(),
        together=find(together, candidates) if before else Nothing(),
        changes_mind=meaning.changes_mind,
        anew=meaning.anew,
        of_another=said.of_another(incoming.text),
        kind=asked_for.kind(together, finding.named(together, candidates)) if before else meaning.kind,
        only_kind=None if incoming.attached else meaning.only_kind,
        corrects=meaning.corrects,
    )


_JUST_TOLD = text(
    """
    select r.id from requests r where r.id = any(:ids) and (r.created_at >= :since or exists (
        select from outbox where request_id = r.id and purpose = 'confirmation' and created_at >= :since))"""
)


def _just_told(conn: Connection, situation: Situation, moment: Moment) -> frozenset[int]:
    named = () if situation.named is None else (situation.named,)
    ids = [each.id for each in (*situation.owed, *named)]
    return frozenset(conn.execute(_JUST_TOLD, {"ids": ids, "since": moment.now - JUST_TOLD}).scalars())


def _shows_something(incoming: Incoming) -> bool:
    """Whether what it came with counts, though its words do not; the logo below "merci" of a letter does not."""
    if incoming.channel is Channel.SMS or not incoming.text.strip():
        return bool(incoming.attached)
    return any(not each.media_type.startswith("image/") for each in incoming.attached)


def _asked_among(dialogue: Dialogue | None, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The wards behind the numbers that he was shown, in their order."""
    if dialogue is None or dialogue.talk.question is not Question.AMONG:
        return []
    by_id = {ward.id: ward for ward in candidates}
    return [by_id[ward_id] for ward_id in dialogue.talk.choices if ward_id in by_id]


def _words(desk: Desk, conn: Connection, dialogue: Dialogue) -> list[str]:
    return list(_legible(desk, store.gathered(conn, dialogue.id)))


def _legible(desk: Desk, messages: Iterable[store.Message]) -> Iterable[str]:
    for message in messages:
        try:
            yield store.words_of(desk.box, message)
        except Unreadable:  # a key that is gone takes nothing from the rest
            continue


def _sorted_into(conn: Connection, one: Writer, last: Dialogue, moment: Moment) -> int | None:
    """What somebody made of his last words, when this is the first that he says since, in answer to us."""
    if last.state != "sorted" or last.request_id is None or last.talk.question is None:
        return None
    if last.closed_at is None or moment.now > last.closed_at + LATE_ANSWER:
        return None
    # This one is on file already.
    first = store.came_since(conn, one.channel, one.sender, last.closed_at, store.ASKS_SOMETHING) <= 1
    return last.request_id if first and may_join(register.view(conn, last.request_id), moment) else None


def _is_flood(conn: Connection, one: Writer, moment: Moment) -> bool:
    if one.channel is not Channel.EMAIL:
        return False
    return store.came_since(conn, one.channel, one.sender, moment.now - HOUR) > MAILS_AN_HOUR

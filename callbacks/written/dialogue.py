"""What is done with a message once its words are understood: filed, joined, asked back, or nothing. Pure.

A ward is taken when it is clear, and asked for when it is not; the latest clear one wins. A message joins a request
only by what names it (its reference, its thread, an answer to our question), never because the sender is the same: two
doctors share a practice, and one doctor has two patients.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from callbacks.kinds.kind import ADVICE
from callbacks.written.understanding import Wish
from ivr.matching import Close, Nothing, Sure

NEW = 0  # among choices: none of these, a new request
MOST_CHOICES = 6  # more than that, nobody reads on a telephone


class Question(StrEnum):
    """What a sender is asked."""

    WARD = "ward"  # nothing was understood
    AMONG = "among"  # which of these wards
    WHICH = "which"  # which of his requests this belongs to, or a new one
    INSTEAD = "instead"  # whether it replaces his request, or is another
    WHO = "who"  # his name and RPPS number


class Policy(StrEnum):
    """What a hospital does with who is not on file."""

    ACCEPT = "accept"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Owed:
    """A request of the sender to which something may be added; `ward_id`: the ward he asked, whichever team has it."""

    id: int
    reference: str
    ward_id: int
    claimed: bool = False
    kind: str = ADVICE


@dataclass(frozen=True)
class Talk:
    """What is open between him and us: what he was asked, the ids behind the numbers he was shown (of wards, or of
    requests and `NEW`), and what is known so far. `anew`: he said that it is a new request.
    """

    question: Question | None = None
    choices: tuple[int, ...] = ()
    ward_id: int | None = None
    anew: bool = False


@dataclass(frozen=True)
class Heard:
    """His words: what they ask for, the number they choose, a plain `yes`, the ward they name by themselves, `among`
    those that he was asked about, and `together` with all that he wrote since the talk began. `anew`: he says himself
    that it is another request; `of_another`: of another patient, in whatever thread. `kind`: what he asks for;
    `only_kind`: the same when he says nothing else, and sends nothing with it; `corrects`: not what we took it for.
    """

    wish: Wish = Wish.ASK
    number: int | None = None
    yes: bool = False
    ward: Sure | Close | Nothing = field(default_factory=Nothing)
    among: Sure | Close | Nothing = field(default_factory=Nothing)
    together: Sure | Close | Nothing = field(default_factory=Nothing)
    changes_mind: bool = False
    anew: bool = False
    of_another: bool = False
    kind: str = ADVICE
    only_kind: str | None = None
    corrects: bool = False


@dataclass(frozen=True)
class Situation:
    """All that a decision needs. `owed`: his requests that nobody has closed. `named`: that which his reference or the
    thread names. `before`: the ward of a request so named to which nothing can be added any more. `sorted_into`: the
    request that somebody made of his last words, to which he answers now. `policies`: of every ward. `introduced`: he
    is not on file, and has said who he is before. `flood`: he writes more than anybody does. `just_told`: those of his
    requests which were filed or confirmed a moment ago.
    """

    heard: Heard
    policies: Mapping[int, Policy]
    talk: Talk | None = None
    owed: tuple[Owed, ...] = ()
    named: Owed | None = None
    before: int | None = None
    sorted_into: int | None = None
    known: bool = True
    introduced: bool = False
    flood: bool = False
    just_told: frozenset[int] = frozenset()


@dataclass(frozen=True)
class File:
    """A request for this ward, of all that he wrote since the talk began; `instead` of one that is withdrawn. `kind`
    None: what his words ask for."""

    ward_id: int
    instead: int | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Join:
    """It is part of this request; `whole`: and so is all that he wrote since the talk began."""

    request_id: int
    whole: bool = True


@dataclass(frozen=True)
class Ask:
    """He is asked; what he wrote waits."""

    talk: Talk


@dataclass(frozen=True)
class Refuse:
    """He is not on file, and this ward's hospital asks for that."""

    ward_id: int


@dataclass(frozen=True)
class Hold:
    """Too much of it: kept, and sorted by somebody; nothing is said."""


@dataclass(frozen=True)
class Idle:
    """Thanks, an emoji, nothing: no request, no answer."""


@dataclass(frozen=True)
class Command:
    """He asks how it stands, takes back, wants help, or wants no SMS any more."""

    wish: Wish


Step = File | Join | Ask | Refuse | Hold | Idle | Command
Rule = Callable[[Situation], Step | None]


def decide(situation: Situation) -> Step:
    """The first rule that has something to say; the last always has."""
    return next(step for rule in _RULES if (step := rule(situation)) is not None)


def _flooded(situation: Situation) -> Step | None:
    return Hold() if situation.flood else None


def _idle(situation: Situation) -> Step | None:
    """Thanks, or his number again when all is settled; but a yes answers who was asked about one ward alone."""
    heard, talk = situation.heard, situation.talk
    if heard.number is not None and situation.owed and (talk, situation.named, situation.sorted_into) == (None,) * 3:
        return Idle()
    if heard.wish is not Wish.IDLE:
        return None
    if heard.yes and talk and talk.question is Question.AMONG and len(talk.choices) == 1:
        return _ward_chosen(replace(situation, heard=replace(heard, number=1)), talk)
    return Idle()


def _which_by_name(situation: Situation) -> Step | None:
    """A reference, or "nouvelle demande", asks how it stands; but not of who was just asked which request he means."""
    heard, talk, named = situation.heard, situation.talk, situation.named
    if talk is None or talk.question is not Question.WHICH or heard.wish not in (Wish.STATUS, Wish.ASK):
        return None
    if named is not None and named.id in talk.choices:
        return Join(named.id)
    return _request_chosen(situation, talk) if heard.anew else None


def _commanded(situation: Situation) -> Step | None:
    wish = situation.heard.wish
    return None if wish is Wish.ASK else Command(wish)


def _of_another_kind(situation: Situation) -> Step | None:
    """He says what we took it for is not what he asks: the same request, of that kind, while nobody has claimed it.

    "Je voudrais un RDV" a day later is of another patient, as likely as not: he is asked which.
    """
    heard, owed = situation.heard, situation.named or next(iter(situation.owed[-1:]), None)
    if heard.only_kind is None or owed is None or (situation.talk is not None and situation.named is None):
        return None
    meant = heard.corrects or owed.id in situation.just_told
    if not meant or owed.claimed or owed.kind == heard.only_kind:
        return None
    return File(owed.ward_id, instead=owed.id, kind=heard.only_kind)


def _named(situation: Situation) -> Step | None:
    """By reference or thread; "non, plutôt néphro" is asked about, and so is another patient in an old thread."""
    named = situation.named
    if named is None:
        return None
    if situation.heard.of_another and situation.talk is None:
        return Ask(Talk(Question.WHICH, (named.id, NEW), _clear(situation.heard)))
    return _changed(situation, (named,)) or Join(named.id, whole=False)


def _answered(situation: Situation) -> Step | None:
    """The answer to our question, if it is one."""
    talk = situation.talk
    if talk is None or talk.question is None:
        return None
    return _ANSWERS[talk.question](situation, talk)


def _late(situation: Situation) -> Step | None:
    """Somebody has sorted what he wrote before he answered."""
    if situation.talk is not None or situation.sorted_into is None:
        return None
    return Join(situation.sorted_into)


def _of_which(situation: Situation) -> Step | None:
    """Who is still owed a call is asked, unless he clearly means another ward than all of theirs."""
    talk, owed = situation.talk or Talk(), situation.owed
    if not owed or talk.anew or talk.question is not None:
        return None
    if situation.heard.anew:
        return _by_ward(replace(situation, talk=replace(talk, anew=True)))
    if (changed := _changed(situation, owed)) is not None:
        return changed
    ward = _clear(situation.heard)
    if ward is not None and _asks_anew(ward, situation.heard.kind, owed):
        return _settle(situation, ward)
    latest = owed[-MOST_CHOICES + 1 :]
    return Ask(replace(talk, question=Question.WHICH, choices=(*(each.id for each in latest), NEW), ward_id=ward))


def _by_ward(situation: Situation) -> Step:
    """The clear ward, else the near ones, else how to say it."""
    heard, talk = situation.heard, situation.talk or Talk()
    ward = _clear(heard)
    if ward is None and isinstance(heard.ward, Nothing):
        ward = talk.ward_id or situation.before
    if ward is not None:
        return _settle(situation, ward)
    near = next((found.ids for found in (heard.among, heard.ward, heard.together) if isinstance(found, Close)), ())
    if near:
        return Ask(replace(talk, question=Question.AMONG, choices=near[:MOST_CHOICES], ward_id=None))
    if talk.question is Question.AMONG:
        return Ask(talk)  # the list again: he has answered something else
    return Ask(replace(talk, question=Question.WARD, choices=(), ward_id=None))


_RULES: tuple[Rule, ...] = (
    *(_flooded, _idle, _which_by_name, _commanded, _of_another_kind, _named, _late, _answered, _of_which),
    _by_ward,
)


# Answers ----------------------------------------------------------------------------------------------------------


def _ward_chosen(situation: Situation, talk: Talk) -> Step | None:
    """By its number; by its name is what `_by_ward` reads."""
    ward = _chosen(situation, talk)
    if ward is None:
        return None if situation.heard.number is None else Ask(talk)
    return _settle(situation, ward) if ward in situation.policies else Ask(Talk(Question.WARD))


def _request_chosen(situation: Situation, talk: Talk) -> Step | None:
    heard, chosen = situation.heard, _chosen(situation, talk)
    if chosen == NEW or (chosen is None and (heard.anew or talk.anew)):
        return _by_ward(replace(situation, talk=Talk(None, (), talk.ward_id, anew=True)))
    if chosen is not None:
        return Join(chosen)
    ward, theirs = _clear(heard), {each.ward_id for each in situation.owed}
    if ward is not None and ward not in theirs:
        return _settle(situation, ward)
    return Ask(talk if ward is None else replace(talk, ward_id=ward))


def _replacement_chosen(situation: Situation, talk: Talk) -> Step | None:
    """1: instead of the first; 2: besides it. Who names another ward again is asked again."""
    ward = _clear(situation.heard) or talk.ward_id
    if ward is None or ward not in situation.policies:
        return Ask(Talk(Question.WARD))
    if situation.heard.number == 1:
        step = _settle(situation, ward)
        return replace(step, instead=talk.choices[0]) if isinstance(step, File) else step
    if situation.heard.number == 2 or situation.heard.anew:
        return _settle(situation, ward)
    return Ask(replace(talk, ward_id=ward))


def _said_who(situation: Situation, talk: Talk) -> Step | None:
    """Whatever he says of himself is taken: who answers can see it. Another ward's hospital may want nobody."""
    heard = situation.heard
    if heard.changes_mind and isinstance(heard.ward, Sure):
        return _settle(replace(situation, introduced=True), heard.ward.id)
    return None if talk.ward_id is None else File(talk.ward_id)


_ANSWERS: Mapping[Question, Callable[[Situation, Talk], Step | None]] = MappingProxyType(
    {
        Question.WARD: lambda situation, talk: None,
        Question.AMONG: _ward_chosen,
        Question.WHICH: _request_chosen,
        Question.INSTEAD: _replacement_chosen,
        Question.WHO: _said_who,
    }
)


def _chosen(situation: Situation, talk: Talk) -> int | None:
    """The id behind the number he wrote."""
    number = situation.heard.number
    return talk.choices[number - 1] if number is not None and 1 <= number <= len(talk.choices) else None


# Wards ------------------------------------------------------------------------------------------------------------


def _clear(heard: Heard) -> int | None:
    """The ward that he clearly means: by these words, else of those he was asked about, else by all his words."""
    together = Nothing() if heard.changes_mind else heard.together
    return next((found.id for found in (heard.ward, heard.among, together) if isinstance(found, Sure)), None)


def _asks_anew(ward_id: int, kind: str, owed: tuple[Owed, ...]) -> bool:
    """Whether it is of none of these: of another ward, or clearly of another kind than whatever he asked there."""
    there = {each.kind for each in owed if each.ward_id == ward_id}
    return not there or (kind != ADVICE and kind not in there)


def _changed(situation: Situation, owed: tuple[Owed, ...]) -> Step | None:
    """He has changed his mind while nobody has claimed: of the latest it is asked."""
    ward, unclaimed = situation.heard.ward, [each for each in owed if not each.claimed]
    if not situation.heard.changes_mind or not isinstance(ward, Sure) or not unclaimed:
        return None
    if unclaimed[-1].ward_id == ward.id:
        return None
    return Ask(Talk(Question.INSTEAD, (unclaimed[-1].id, NEW), ward.id))


def _settle(situation: Situation, ward_id: int) -> Step:
    """Who is on file gets his request; of the others the hospital has decided."""
    policy = Policy.ACCEPT if situation.known else situation.policies[ward_id]
    if policy is Policy.REFUSE:
        return Refuse(ward_id)
    if policy is Policy.ASK and not situation.introduced:
        return Ask(Talk(Question.WHO, (), ward_id, anew=True))
    return File(ward_id)

"""What is done with a message, decided by values alone."""

from itertools import product

import pytest

from callbacks.written.dialogue import (
    NEW,
    Ask,
    Command,
    File,
    Heard,
    Hold,
    Idle,
    Join,
    Owed,
    Policy,
    Question,
    Refuse,
    Situation,
    Step,
    Talk,
    decide,
)
from callbacks.written.understanding import Wish
from ivr.matching import Close, Nothing, Sure

CARDIO, NEPHRO, RHUMATO = 1, 2, 3
ACCEPT = dict.fromkeys((CARDIO, NEPHRO, RHUMATO), Policy.ACCEPT)
OWED = Owed(70, "700070", CARDIO)
CLAIMED = Owed(71, "710071", CARDIO, claimed=True)


def situation(heard: Heard, **more: object) -> Situation:
    return Situation(**({"heard": heard, "policies": ACCEPT} | more))  # type: ignore[arg-type]


def unknown(policy: Policy, **more: object) -> dict[str, object]:
    """Nobody on file, at hospitals that do this."""
    return {"known": False, "policies": dict.fromkeys(ACCEPT, policy)} | more


AMONG = Talk(Question.AMONG, (CARDIO, NEPHRO))
WHICH = Talk(Question.WHICH, (70, NEW))
WHICH_NEPHRO = Talk(Question.WHICH, (70, NEW), NEPHRO)
INSTEAD = Talk(Question.INSTEAD, (70, NEW), NEPHRO)
WHO = Talk(Question.WHO, (), CARDIO, anew=True)
ASKED_WARD = Talk(Question.WARD)
DIFFERENT = Heard(ward=Sure(NEPHRO), changes_mind=True)


@pytest.mark.parametrize(
    ("heard", "more", "step"),
    [
        # Nothing is open between us
        (Heard(ward=Sure(CARDIO)), {}, File(CARDIO)),
        (Heard(ward=Close((CARDIO, NEPHRO))), {}, Ask(AMONG)),
        (Heard(ward=Close(tuple(range(1, 10)))), {}, Ask(Talk(Question.AMONG, (1, 2, 3, 4, 5, 6)))),
        (Heard(), {}, Ask(ASKED_WARD)),
        (Heard(number=1), {}, Ask(ASKED_WARD)),
        (Heard(Wish.IDLE), {}, Idle()),
        (Heard(Wish.IDLE, yes=True), {}, Idle()),
        *((Heard(wish), {}, Command(wish)) for wish in Wish if wish not in (Wish.ASK, Wish.IDLE)),
        # He was asked which ward
        (Heard(number=2), {"talk": AMONG}, File(NEPHRO)),
        (Heard(number=3), {"talk": AMONG}, Ask(AMONG)),
        (Heard(among=Sure(NEPHRO)), {"talk": AMONG}, File(NEPHRO)),
        (Heard(ward=Sure(RHUMATO)), {"talk": AMONG}, File(RHUMATO)),
        (Heard(together=Sure(CARDIO)), {"talk": AMONG}, File(CARDIO)),
        (Heard(ward=Sure(RHUMATO), together=Sure(CARDIO)), {"talk": AMONG}, File(RHUMATO)),
        (Heard(), {"talk": AMONG}, Ask(AMONG)),
        (Heard(ward=Close((RHUMATO, NEPHRO))), {"talk": AMONG}, Ask(Talk(Question.AMONG, (RHUMATO, NEPHRO)))),
        (Heard(among=Close((CARDIO,))), {"talk": AMONG}, Ask(Talk(Question.AMONG, (CARDIO,)))),
        (Heard(changes_mind=True, together=Sure(CARDIO)), {"talk": AMONG}, Ask(AMONG)),
        (Heard(Wish.IDLE, yes=True), {"talk": AMONG}, Idle()),
        (Heard(Wish.IDLE, yes=True), {"talk": Talk(Question.AMONG, (NEPHRO,))}, File(NEPHRO)),
        (Heard(Wish.IDLE), {"talk": Talk(Question.AMONG, (NEPHRO,))}, Idle()),
        (Heard(number=1), {"talk": Talk(Question.AMONG, (99, NEPHRO))}, Ask(ASKED_WARD)),
        (Heard(Wish.WITHDRAW), {"talk": AMONG}, Command(Wish.WITHDRAW)),
        # Nothing was understood before
        (Heard(ward=Sure(CARDIO)), {"talk": ASKED_WARD}, File(CARDIO)),
        (Heard(ward=Close((CARDIO, NEPHRO)), together=Sure(NEPHRO)), {"talk": ASKED_WARD}, File(NEPHRO)),
        (Heard(), {"talk": ASKED_WARD}, Ask(ASKED_WARD)),
        # Something is owed to him
        (Heard(ward=Sure(CARDIO)), {"owed": (OWED,)}, Ask(Talk(Question.WHICH, (70, NEW), CARDIO))),
        (Heard(), {"owed": (OWED,)}, Ask(WHICH)),
        (Heard(ward=Close((CARDIO, NEPHRO))), {"owed": (OWED,)}, Ask(WHICH)),
        (Heard(ward=Sure(NEPHRO)), {"owed": (OWED,)}, File(NEPHRO)),
        (Heard(ward=Sure(CARDIO), anew=True), {"owed": (OWED,)}, File(CARDIO)),
        (Heard(anew=True), {"owed": (OWED,)}, Ask(Talk(Question.WARD, anew=True))),
        (Heard(), {"owed": (OWED, CLAIMED)}, Ask(Talk(Question.WHICH, (70, 71, NEW)))),
        (DIFFERENT, {"owed": (OWED,)}, Ask(INSTEAD)),
        (DIFFERENT, {"owed": (CLAIMED,)}, File(NEPHRO)),
        (DIFFERENT, {"owed": (OWED, CLAIMED)}, Ask(INSTEAD)),
        (Heard(ward=Sure(CARDIO), changes_mind=True), {"owed": (OWED,)}, Ask(Talk(Question.WHICH, (70, NEW), CARDIO))),
        # He names it
        (Heard(), {"named": OWED}, Join(70, whole=False)),
        (Heard(ward=Sure(NEPHRO)), {"named": OWED, "owed": (OWED,)}, Join(70, whole=False)),
        (Heard(), {"named": OWED, "talk": AMONG}, Join(70, whole=False)),
        (DIFFERENT, {"named": OWED}, Ask(INSTEAD)),
        (Heard(of_another=True), {"named": OWED, "owed": (OWED,)}, Ask(WHICH)),
        (Heard(of_another=True, ward=Sure(NEPHRO)), {"named": OWED}, Ask(WHICH_NEPHRO)),
        (Heard(of_another=True), {"named": OWED, "talk": AMONG}, Join(70, whole=False)),
        (DIFFERENT, {"named": CLAIMED}, Join(71, whole=False)),
        (Heard(Wish.STATUS), {"named": OWED}, Command(Wish.STATUS)),
        (Heard(), {"before": NEPHRO}, File(NEPHRO)),
        (Heard(ward=Sure(CARDIO)), {"before": NEPHRO}, File(CARDIO)),
        # He was asked which request
        (Heard(number=1), {"talk": WHICH, "owed": (OWED,)}, Join(70)),
        (Heard(number=2), {"talk": WHICH_NEPHRO, "owed": (OWED,)}, File(NEPHRO)),
        (Heard(number=2), {"talk": WHICH, "owed": (OWED,)}, Ask(Talk(Question.WARD, anew=True))),
        (Heard(number=2, together=Sure(CARDIO)), {"talk": WHICH, "owed": (OWED,)}, File(CARDIO)),
        (Heard(Wish.STATUS, anew=True), {"talk": WHICH_NEPHRO, "owed": (OWED,)}, File(NEPHRO)),
        (Heard(Wish.STATUS), {"talk": WHICH, "owed": (OWED,), "named": OWED}, Join(70)),
        (Heard(Wish.STATUS), {"talk": WHICH, "owed": (OWED,)}, Command(Wish.STATUS)),
        (Heard(ward=Sure(NEPHRO)), {"talk": WHICH, "owed": (OWED,)}, File(NEPHRO)),
        (Heard(ward=Sure(CARDIO)), {"talk": WHICH, "owed": (OWED,)}, Ask(Talk(Question.WHICH, (70, NEW), CARDIO))),
        (Heard(number=3), {"talk": WHICH, "owed": (OWED,)}, Ask(WHICH)),
        (Heard(ward=Sure(CARDIO)), {"talk": Talk(None, anew=True), "owed": (OWED,)}, File(CARDIO)),
        (Heard(number=1), {"talk": WHICH}, Join(70)),
        # He was asked whether it replaces it
        (Heard(number=1), {"talk": INSTEAD, "owed": (OWED,)}, File(NEPHRO, instead=70)),
        (Heard(number=2), {"talk": INSTEAD, "owed": (OWED,)}, File(NEPHRO)),
        (Heard(anew=True), {"talk": INSTEAD, "owed": (OWED,)}, File(NEPHRO)),
        (Heard(), {"talk": INSTEAD, "owed": (OWED,)}, Ask(INSTEAD)),
        (Heard(ward=Sure(RHUMATO)), {"talk": INSTEAD}, Ask(Talk(Question.INSTEAD, (70, NEW), RHUMATO))),
        (Heard(number=1), {"talk": Talk(Question.INSTEAD, (70, NEW), 99)}, Ask(ASKED_WARD)),
        # Somebody has sorted it meanwhile
        (Heard(number=1), {"sorted_into": 80, "owed": (OWED,)}, Join(80)),
        (Heard(number=1), {"owed": (OWED,)}, Idle()),
        (Heard(ward=Sure(NEPHRO)), {"sorted_into": 80}, Join(80)),
        (Heard(Wish.IDLE), {"sorted_into": 80}, Idle()),
        # Nobody knows him
        (Heard(ward=Sure(CARDIO)), unknown(Policy.ACCEPT), File(CARDIO)),
        (Heard(ward=Sure(CARDIO)), unknown(Policy.ASK), Ask(WHO)),
        (Heard(ward=Sure(CARDIO)), unknown(Policy.ASK, introduced=True), File(CARDIO)),
        (Heard(ward=Sure(CARDIO)), unknown(Policy.REFUSE), Refuse(CARDIO)),
        (Heard(ward=Sure(CARDIO)), unknown(Policy.REFUSE, introduced=True), Refuse(CARDIO)),
        (Heard(), unknown(Policy.REFUSE), Ask(ASKED_WARD)),
        (Heard(number=1), unknown(Policy.ASK, talk=AMONG), Ask(WHO)),
        (Heard(), unknown(Policy.ASK, talk=WHO), File(CARDIO)),
        (Heard(ward=Sure(NEPHRO)), unknown(Policy.ASK, talk=WHO), File(CARDIO)),
        (DIFFERENT, unknown(Policy.ASK, talk=WHO), File(NEPHRO)),
        (DIFFERENT, {"known": False, "policies": ACCEPT | {NEPHRO: Policy.REFUSE}, "talk": WHO}, Refuse(NEPHRO)),
        (Heard(Wish.IDLE), unknown(Policy.ASK, talk=WHO), Idle()),
        (Heard(number=1), unknown(Policy.REFUSE, talk=INSTEAD), Refuse(NEPHRO)),
        # Too much
        (Heard(ward=Sure(CARDIO)), {"flood": True}, Hold()),
        (Heard(Wish.IDLE), {"flood": True, "owed": (OWED,)}, Hold()),
    ],
)
def test_what_is_done_with_it(heard: Heard, more: dict[str, object], step: Step) -> None:
    assert decide(situation(heard, **more)) == step


WARDS: tuple[Sure | Close | Nothing, ...] = (Nothing(), Sure(CARDIO), Close((CARDIO, NEPHRO)), Close(()))
CHOICES = {Question.AMONG: (CARDIO, NEPHRO), Question.WHICH: (70, NEW), Question.INSTEAD: (70, NEW)}


@pytest.mark.parametrize("question", [None, *Question])
@pytest.mark.parametrize("wish", list(Wish))
def test_something_is_done_whatever_he_says_and_whatever_he_was_asked(wish: Wish, question: Question | None) -> None:
    choices = CHOICES.get(question, ()) if question else ()
    everything = product(WARDS, (None, 1, 2, 9), (None, CARDIO), ((), (OWED,), (OWED, CLAIMED)), Policy)
    for ward, number, ward_id, owed, policy in everything:
        talk = Talk(question, choices, ward_id)
        step = decide(situation(Heard(wish, number, ward=ward), **unknown(policy, talk=talk, owed=owed)))
        if isinstance(step, Ask) and step.talk.question in CHOICES:
            assert step.talk.choices
        if isinstance(step, File):
            assert step.ward_id in ACCEPT

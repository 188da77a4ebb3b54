"""A conversation in which somebody could be stuck is refused, and the fault named."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from config import texts
from ivr.checker import Fault, check
from ivr.flow import FLOW
from ivr.vocabulary import (
    Announce,
    Ask,
    Bridge,
    Choose,
    Connect,
    Do,
    End,
    Enter,
    Entry,
    Flow,
    Lost,
    Record,
    Ring,
    Step,
    Tell,
    Transfer,
)

WORDS = {"hello": "Bonjour, {name}.", "again": "Pardon ?", "bye": "Au revoir."}
CATALOGUES = {"fr": WORDS, "en": {"hello": "Hello, {name}.", "again": "Sorry?", "bye": "Goodbye."}}
BYE = End(say=("bye",))
ASK = Ask(say=("hello",), keys={"1": "bye"}, lost="bye")
TOLD = Announce(say=("hello",), keys={"2": "bye"}, then="bye")


def flow(**steps: Step) -> Flow:
    """A small conversation that begins at its first step and fails at `bye`."""
    return Flow(starts=(next(iter(steps)),), steps=steps | {"bye": BYE}, again="again", failure="bye")


def problems(broken: Flow, catalogues: Mapping[str, Mapping[str, str]] = CATALOGUES) -> list[str]:
    return [str(fault) for fault in check(broken, catalogues)]


def test_the_conversation_that_callers_meet_has_no_fault() -> None:
    assert check(FLOW, texts.catalogues("voice")) == []


def test_a_sound_conversation_passes() -> None:
    assert check(flow(ask=ASK), CATALOGUES) == []


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ({"ask": replace(ASK, lost="bey")}, "ask: leads to bey on 'lost', which does not exist"),
        ({"ask": replace(ASK, silence="bey")}, "ask: leads to bey on 'silence', which does not exist"),
        ({"ask": replace(ASK, keys={"1": "bey"})}, "ask: leads to bey on '1', which does not exist"),
        (
            {"work": Do(work="w", ok="bye", failed="bye", ways={"none": "bey"})},
            "work: leads to bey on 'none', which does not exist",
        ),
        (
            {"ring": Ring(taken="bye", nobody="bey", failed="bye")},
            "ring: leads to bey on 'nobody', which does not exist",
        ),
        (
            {"bridge": Bridge(reached="bye", not_reached="bey", failed="bye")},
            "bridge: leads to bey on 'not_reached', which does not exist",
        ),
        ({"bridge": Bridge(reached="bridge", not_reached="bridge", failed="bridge")}, "bridge: is left by nobody"),
        (
            {"record": Record(say=("bye",), heard="bye", empty="bey")},
            "record: leads to bey on 'empty', which does not exist",
        ),
        ({"ask": ASK, "island": BYE}, "island: is reached by nobody"),
        ({"ask": ASK, "one": Tell(say=("bye",), then="two"), "two": Tell(say=("bye",), then="one")},
         "one: is reached by nobody"),
        ({"one": Tell(say=("bye",), then="two"), "two": Tell(say=("bye",), then="one")}, "two: is left by nobody"),
        ({"ask": replace(ASK, keys={"1": "ask"}, lost="ask")}, "ask: is left by nobody"),
        ({"ask": replace(ASK, lost="ask")}, "ask: keeps a silent caller for ever"),
        ({"ask": replace(ASK, silence="ask")}, "ask: keeps a silent caller for ever"),
        ({"ask": replace(ASK, silence="more"), "more": replace(ASK, silence="ask")},
         "more: keeps a silent caller for ever"),
        ({"number": Enter(entry=Entry.NUMBER, say=("hello",), then="bye", lost="number")},
         "number: keeps a silent caller for ever"),
        ({"menu": Choose(say=("hello",), then="bye", lost="menu")}, "menu: keeps a silent caller for ever"),
        ({"record": Record(say=("bye",), heard="bye", empty="record")}, "record: keeps a silent caller for ever"),
        ({"told": replace(TOLD, then="bey")}, "told: leads to bey on 'then', which does not exist"),
        ({"told": replace(TOLD, keys={"2": "bey"})}, "told: leads to bey on '2', which does not exist"),
        ({"told": replace(TOLD, keys={"12": "bye"})}, "told: waits for '12', which is no key"),
        ({"told": replace(TOLD, say=())}, "told: says nothing, and the caller hears silence"),
        ({"told": replace(TOLD, then="told")}, "told: keeps a silent caller for ever"),
        ({"ask": replace(ASK, say=())}, "ask: says nothing, and the caller hears silence"),
        ({"ask": replace(ASK, say=("helo",))}, "ask: helo has no words in fr"),
        ({"ask": replace(ASK, keys={"12": "bye"})}, "ask: waits for '12', which is no key"),
        ({"menu": Choose(say=("hello",), then="bye", lost="bye")}, "menu: option has no words in fr"),
    ],
)  # fmt: skip
def test_a_broken_conversation_is_refused(steps: dict[str, Step], fault: str) -> None:
    assert fault in problems(flow(**steps))


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (lambda good: replace(good, starts=("ask", "arive")), "the flow: leads to arive, which does not exist"),
        (lambda good: replace(good, failure="incidnt"), "the flow: leads to incidnt, which does not exist"),
        (lambda good: replace(good, again="agin"), "the flow: agin has no words in fr"),
    ],
)
def test_what_belongs_to_no_step_is_checked_too(break_it: Callable[[Flow], Flow], fault: str) -> None:
    assert fault in problems(break_it(flow(ask=ASK)))


@pytest.mark.parametrize(
    ("english", "fault"),
    [
        ({"again": "Sorry?", "bye": "Goodbye."}, "ask: hello has no words in en"),
        ({"hello": "  ", "again": "Sorry?", "bye": "Goodbye."}, "ask: hello has no words in en"),
        ({"hello": "Hello.", "again": "Sorry?", "bye": "Goodbye."}, "ask: hello is filled differently in fr and en"),
        ({"hello": "{nam}", "again": "Sorry?", "bye": "Goodbye."}, "ask: hello is filled differently in fr and en"),
    ],
)
def test_every_sentence_exists_in_each_language_with_the_same_values(english: dict[str, str], fault: str) -> None:
    assert problems(flow(ask=ASK), {"fr": WORDS, "en": english}) == [fault]


def test_a_caller_who_is_put_through_or_connected_has_left() -> None:
    lost = Lost(say=("bye",), again="ask", lost="desk")
    desk = Transfer(say=("bye",), nobody="bye")
    assert check(flow(ask=replace(ASK, lost="lost"), lost=lost, desk=desk), CATALOGUES) == []
    assert check(flow(ask=replace(ASK, keys={"1": "join"}), join=Connect()), CATALOGUES) == []
    only_the_desk: dict[str, Step] = {"ask": replace(ASK, keys={}, lost="desk"), "desk": replace(desk, nobody="ask")}
    assert "ask: is left by nobody" not in problems(flow(**only_the_desk))


def test_a_step_may_lead_back_as_long_as_silence_leads_out() -> None:
    assert check(flow(ask=replace(ASK, keys={"1": "ask", "2": "bye"})), CATALOGUES) == []


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (Ask, "lost"), (Enter, "lost"), (Choose, "lost"), (Lost, "lost"), (Do, "ok"), (Do, "failed"),
        (Ring, "taken"), (Ring, "nobody"), (Ring, "failed"), (Record, "heard"), (Record, "empty"), (Transfer, "nobody"),
        (Bridge, "reached"), (Bridge, "not_reached"), (Bridge, "failed"),
    ],
)  # fmt: skip
def test_the_vocabulary_cannot_be_written_without_a_way_out(kind: type[Step], way: str) -> None:
    everything: dict[str, Any] = {
        "say": ("hello",), "keys": {}, "entry": Entry.WARD, "work": "w", "then": "bye", "again": "bye", "lost": "bye",
        "ok": "bye", "failed": "bye", "taken": "bye", "nobody": "bye", "heard": "bye", "empty": "bye",
        "reached": "bye", "not_reached": "bye",
    }  # fmt: skip
    complete = {each.name: everything[each.name] for each in fields(kind) if each.name in everything}
    kind(**complete)
    del complete[way]
    with pytest.raises(TypeError, match=way):
        kind(**complete)


def test_a_fault_reads_as_a_sentence() -> None:
    assert str(Fault("ask", "is reached by nobody")) == "ask: is reached by nobody"

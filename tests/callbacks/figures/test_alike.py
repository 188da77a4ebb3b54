"""Facts that are counted together add up to what each of them does by itself."""

from dataclasses import fields, replace
from datetime import date
from random import Random
from typing import Any

import pytest

from callbacks.figures import sums
from callbacks.figures.definitions import INDICATORS, Table
from callbacks.figures.facts import CallFact, Fact, LineFact, PollFact, RequestFact, judged
from callbacks.figures.where import Column, Where, alike

DAY = date(2026, 11, 2)
MADE: dict[Table, Any] = {
    Table.CALLS: CallFact(day=DAY, call_key="1", result="answered"),
    Table.REQUESTS: RequestFact(day=DAY, request_key="1", due_s=600, observed_s=900),
    Table.POLLS: PollFact(day=DAY, poll_key="1"),
    Table.LINES: LineFact(day=DAY),
}
SAID: dict[str, tuple[Any, ...]] = {
    "ward": ("", "cardio", "gastro"),
    "direction": ("inbound", "inbound", "canary"),
    "kind": ("advice", "advice", "letter", "admission", "directory"),
    "result": ("answered", "answered", "lost", "open", "senior", "followup"),
    "outcome": ("", "CONSEIL", "ADM_DIRECTE", "URGENCES", "DOUBLON", "HORS_CHAMP"),
    "otherwise": ("", "URGENCES", "SAMU", "CONSEIL"),
    "asked": ("", "AVIS", "LIT"),
    "late": ("", "untried", "unclaimed"),
    "level": ("", "first", "second"),
    "channel": ("voice", "sms"),
    "practitioner_key": ("", "1", "2", "17"),
}
NUMBERS = ("due_s", "observed_s", "open_s", "rung", "rung_night", "tries")
KNOWN_OR_NOT = ("wait_s", "talk_s", "claim_s", "first_try_s", "contact_s", "end_s", "covered_s", "shifts", "answer_s")


def some_fact(chance: Random, table: Table) -> Fact:
    """Anything that a row of this table could say."""
    said: dict[str, Any] = {}
    for each in fields(MADE[table]):
        if each.name in SAID:
            said[each.name] = chance.choice(SAID[each.name])
        elif each.name in NUMBERS:
            said[each.name] = chance.choice((0, 60, 600, 601))
        elif each.name in KNOWN_OR_NOT:
            said[each.name] = chance.choice((None, 0, 59, 600, 601))
        elif each.type in ("bool", "int | None", "bool | None"):
            said[each.name] = chance.choice((0, 1) if each.type == "bool" else (None, 0, 1))
    made: Fact = judged(table, replace(MADE[table], **said))
    return made


@pytest.mark.parametrize("table", Table)
@pytest.mark.parametrize("seed", range(5))
def test_what_is_counted_together_is_what_each_counts_for(table: Table, seed: int) -> None:
    chance = Random(seed)
    facts = [some_fact(chance, table) for _ in range(600)]
    together: sums.Tally = {}
    sums.count(together, table, facts)
    one_by_one: sums.Tally = {}
    for fact in facts:
        sums.count(one_by_one, table, [fact])
    assert together == one_by_one
    assert together


def test_many_facts_are_of_few_kinds() -> None:
    """Else nothing would be won: what differs from call to call is its line, its seconds and its keys."""
    asked = [each.among & each.counted & each.known for each in INDICATORS if Table.CALLS in each.tables]
    tell, call = alike(asked), CallFact(day=DAY, call_key="1", result="answered", wait_s=1)
    other = (
        replace(call, call_key=str(n), ward=f"ward{n % 60}", wait_s=n, practitioner_key=str(n)) for n in range(999)
    )
    assert len(set(map(tell, other))) == 1


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (Where(("result", "==", "answered")), True),
        (Where(("result", "in", ("answered", "lost"))), True),
        (Where(("ward", "!=", "")), False),
        (Where(("wait_s", "known", None)), False),
        (Where(("wait_s", "<=", Column("talk_s"))), False),
        (Where(("wait_s", "==", Column("talk_s"))), False),
    ],
)
def test_only_what_is_compared_for_what_it_is_tells_by_its_value(where: Where, told: bool) -> None:
    tell, one = alike([where]), CallFact(day=DAY, call_key="1", result="lost", ward="a", wait_s=3, talk_s=9)
    other = replace(one, result="open", ward="b", wait_s=4, talk_s=8)
    assert (tell(one) != tell(other)) is told

"""The table of definitions hangs together: columns that there are, words in both languages, conditions one can read."""

from dataclasses import fields, make_dataclass, replace
from datetime import date

import pytest

from callbacks.figures import definitions
from callbacks.figures.definitions import (
    BY_CODE,
    EDITION,
    EXCLUSIONS,
    INDICATORS,
    WITHDRAWN,
    Indicator,
    Statistic,
    Table,
)
from callbacks.figures.facts import CallFact, LineFact, PollFact, RequestFact
from callbacks.figures.where import Column, Where
from config import texts

FACTS = {Table.CALLS: CallFact, Table.REQUESTS: RequestFact, Table.POLLS: PollFact, Table.LINES: LineFact}


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda each: each.code)
def test_a_figure_looks_at_columns_that_its_facts_have(indicator: Indicator) -> None:
    conditions = (indicator.among, indicator.counted, indicator.known, *(each.where for each in indicator.exclusions))
    looked_at = {column for condition in conditions for column in condition.columns}
    looked_at |= {indicator.value, indicator.per, indicator.rows, indicator.columns} - {""}
    for table in indicator.tables:
        assert looked_at <= {each.name for each in fields(FACTS[table])}


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda each: each.code)
@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_figure_has_its_words(indicator: Indicator, language: str) -> None:
    assert texts.say(f"indicators.{indicator.code}", language)
    assert texts.say(f"indicators.{indicator.code}_means", language)


def test_every_reason_to_leave_something_out_has_a_name() -> None:
    codes = {each.code for every in EXCLUSIONS.values() for each in every} | {WITHDRAWN.code}
    assert {key.removeprefix("exclusions.") for key in texts.keys("exclusions")} == codes


def test_every_source_of_what_others_found_has_a_name_and_none_is_left_over() -> None:
    named = {each.comparator.source for each in INDICATORS if each.comparator}
    assert {key.removeprefix("sources.") for key in texts.keys("sources")} == named


def test_every_number_of_the_evaluators_list_has_a_figure() -> None:
    assert {each.number for each in INDICATORS} - {None} == set(range(1, 19))


def test_what_others_found_makes_nobody_add_up_anew() -> None:
    assert "consultant_connect" in repr(INDICATORS)
    assert definitions.edition(INDICATORS) == EDITION
    others = [replace(each, comparator=None) for each in INDICATORS]
    assert definitions.edition(others) == EDITION
    assert definitions.edition([replace(each, value="tries") for each in INDICATORS]) != EDITION


def test_each_figure_stands_there_once() -> None:
    assert len(BY_CODE) == len(INDICATORS)


def test_what_a_statistic_needs_is_said() -> None:
    for each in INDICATORS:
        match each.statistic:
            case Statistic.MEDIAN | Statistic.MEAN | Statistic.SURVIVAL | Statistic.DISTINCT:
                assert each.value
            case Statistic.RATIO:
                assert each.value
                assert each.per
            case Statistic.TABLE:
                assert each.rows
                assert each.columns


Seen = make_dataclass(
    "Seen", [("result", str), ("wait_s", int | None), ("due_s", int | None), ("due", bool), ("at", date)]
)


def seen(result: str = "lost", wait_s: int | None = 5, due_s: int | None = 10, due: bool = True) -> object:
    return Seen(result, wait_s, due_s, due, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("where", "fact", "holds", "written"),
    [
        (Where(), seen(), True, ""),
        (Where(("result", "==", "lost")), seen(), True, 'result == "lost"'),
        (Where(("result", "!=", "lost")), seen(), False, 'result != "lost"'),
        (Where(("result", "in", ("a", "lost"))), seen(), True, 'result in ["a", "lost"]'),
        (Where(("result", "not in", ("a",))), seen(), True, 'result not in ["a"]'),
        (Where(("wait_s", "<=", Column("due_s"))), seen(), True, "wait_s <= due_s"),
        (Where(("wait_s", "<=", Column("due_s"))), seen(wait_s=None), False, "wait_s <= due_s"),
        (Where(("wait_s", ">", 5)), seen(), False, "wait_s > 5"),
        (Where(("wait_s", "known", None)), seen(wait_s=None), False, "wait_s == wait_s"),
        (Where(("wait_s", "unknown", None)), seen(wait_s=None), True, "wait_s != wait_s"),
        (Where(("due", "==", 1)), seen(due=False), False, "due == 1"),
        (Where(("due", "==", 1)) & Where(("wait_s", "<", 9)), seen(), True, "due == 1 and wait_s < 9"),
    ],
)
def test_a_condition_holds_as_it_reads(where: Where, fact: object, holds: bool, written: str) -> None:
    assert where(fact) is holds
    assert str(where) == written


def test_a_word_that_is_no_comparison_is_refused() -> None:
    with pytest.raises(ValueError, match="like"):
        Where(("result", "like", "lost"))

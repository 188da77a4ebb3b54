"""What leaves for the evaluators names nobody, says nothing in anybody's words, and is the same each time."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, select, text, update

from callbacks.commitment_tables import assessments, polls
from callbacks.evaluation import codebook, columns, exporting, packing
from callbacks.evaluation.packing import Files
from callbacks.evaluation.pseudonyms import Pseudonyms
from callbacks.figures.definitions import INDICATORS, Table
from callbacks.figures.periods import FOLLOWED, Grain, Period
from callbacks.tables import calls, events, outbox, parts, requests
from config import texts
from config.sealed_numbers import configured
from scheduling.tables import people, practitioners
from tests.callbacks.evaluation.month import AFTERWARDS, PLANTED, Month

NOVEMBER = Period.month(2026, 11)
KEY = b"e" * 32


@pytest.fixture
def month(database: Engine) -> Month:
    return Month(database)


@pytest.fixture
def conn(month: Month) -> Iterator[Connection]:
    with month.engine.connect() as connection:
        yield connection


def files(conn: Connection, key: bytes = KEY, language: str = "fr") -> Files:
    return exporting.files(conn, NOVEMBER, Pseudonyms(key), language, AFTERWARDS)


def rows(made: Files, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made[name].decode())))


# Who stands in it


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_no_name_no_number_and_no_word_leaves(conn: Connection, language: str) -> None:
    whole = b"".join(files(conn, language=language).values()).decode()
    assert [planted for planted in PLANTED if planted in whole] == []
    references = conn.execute(select(requests.c.reference)).scalars()
    assert [reference for reference in references if re.search(rf"\b{reference}\b", whole)] == []
    sids = conn.execute(select(calls.c.sid)).scalars()
    assert [sid for sid in sids if sid in whole] == []


def test_what_was_planted_lies_where_the_facts_come_from(conn: Connection) -> None:
    places = (calls, requests, events, parts, outbox, people, practitioners)
    kept = str([conn.execute(select(table)).all() for table in places])
    assert [planted for planted in PLANTED if planted not in kept] == ["0639980"]  # as they are dialled at home


def test_a_key_of_a_row_is_a_pseudonym_and_no_number_of_the_register(conn: Connection) -> None:
    made = files(conn)
    keys = [
        row[column.name]
        for table in Table
        for row in rows(made, f"{table}.csv")
        for column in columns.of(table)
        if column.type is columns.Type.KEY
    ]
    assert len(keys) > 300
    assert [key for key in keys if key and not re.fullmatch(r"[0-9a-f]{20}", key)] == []


def test_one_gp_is_one_pseudonym_in_calls_and_in_requests(conn: Connection) -> None:
    made = files(conn)
    of_calls, of_requests = (
        {row["caller_key"]: row["practitioner_key"] for row in rows(made, name) if row["practitioner_key"]}
        for name in ("calls.csv", "requests.csv")
    )
    assert of_calls.keys() & of_requests.keys()
    assert all(of_requests[caller] == of_calls[caller] for caller in of_calls.keys() & of_requests.keys())
    assert len({*of_calls.values(), *of_requests.values()}) == 9


def test_who_has_another_key_joins_nobody(conn: Connection) -> None:
    ours, theirs = ({row["caller_key"] for row in rows(files(conn, key), "calls.csv")} for key in (KEY, b"f" * 32))
    assert ours & theirs == set()


def test_an_answer_to_the_poll_is_led_back_to_no_request(conn: Connection) -> None:
    answers = rows(files(conn), "polls.csv")
    assert len(answers) > 30
    assert {"month", "hospital", "access", "agrees", "avoided"} < answers[0].keys()
    assert not [name for name in answers[0] if name.endswith("_key") or name in ("day", "at_s", "ward", "role")]
    assert {row["month"] for row in answers} == {"2026-11"}
    assert (said := [list(row.values()) for row in answers]) == sorted(said)  # not as they were asked


def test_no_call_and_no_request_says_that_its_gp_answered(conn: Connection) -> None:
    before = files(conn)
    conn.execute(delete(assessments).where(assessments.c.side == "practice"))
    conn.execute(delete(polls))
    after = files(conn)
    assert rows(before, "polls.csv") != rows(after, "polls.csv") == []
    assert {name for name in ("calls.csv", "requests.csv", "lines.csv") if before[name] != after[name]} == set()


def test_numbers_that_stayed_sealed_are_no_pseudonyms(month: Month) -> None:
    with configured([b"n" * 32], sealing=True), month.engine.begin() as conn:
        conn.execute(update(calls).where(calls.c.caller.is_not(None)).values(caller="+33639980101"))
        files(conn)
    with month.engine.connect() as conn, pytest.raises(exporting.StillSealed):
        files(conn)


# The same each time


def test_a_closed_month_is_the_same_to_the_byte(conn: Connection) -> None:
    later = exporting.files(conn, NOVEMBER, Pseudonyms(KEY), "fr", AFTERWARDS + timedelta(days=300))
    assert files(conn) == later
    assert packing.archive(files(conn)) == packing.archive(later)


def test_what_happens_later_does_not_change_it(conn: Connection) -> None:
    before, late = files(conn), AFTERWARDS - timedelta(days=1)
    open_ = conn.execute(select(requests.c.id).where(requests.c.state == "open").limit(1)).scalar_one()
    for kind, detail in (("claimed", {}), ("attempted", {"result": "reached"}), ("done", {"outcome": "CONSEIL"})):
        conn.execute(events.insert().values(request_id=open_, at=late, kind=kind, detail=detail))
    done = {"state": "done", "closed_at": late, "outcome": "CONSEIL", "next_rung": None, "next_step_at": None}
    conn.execute(update(requests).where(requests.c.id == open_).values(**done))
    assert files(conn) == before


def test_what_happened_while_it_was_watched_does(conn: Connection) -> None:
    before = files(conn)
    conn.execute(delete(events).where(events.c.kind == "attempted"))
    assert files(conn) != before


@pytest.mark.parametrize(("days", "closed"), [(-1, False), (0, True), (300, True)])
def test_a_month_is_closed_three_weeks_after_its_end(conn: Connection, days: int, closed: bool) -> None:
    end = AFTERWARDS.replace(2026, 11, 30, 23) + FOLLOWED  # midnight in Paris
    assert exporting.closed(conn, NOVEMBER, end + timedelta(days=days)) is closed


@pytest.mark.parametrize(
    ("name", "grain", "taken"),
    [("2026-11", Grain.MONTH, True), ("2026", Grain.YEAR, True)]
    + [(name, Grain.MONTH, False) for name in ("2026", "2026-13", "2026-W48", "2026-11-02", "26-11", "2026-1", "", "x")]
    + [(name, Grain.YEAR, False) for name in ("2026-11", "26", "year")],
)
def test_a_month_and_a_year_are_told_apart(name: str, grain: Grain, taken: bool) -> None:
    try:
        assert (exporting.period_of(name, grain).name == name) is taken
    except ValueError:
        assert not taken


def test_how_big_a_month_is_is_counted_ward_by_ward_on_the_indexes(conn: Connection) -> None:
    assert exporting.size(conn, NOVEMBER) == 120 + 90
    assert exporting.size(conn, NOVEMBER.after) == 0
    conn.execute(text("set local enable_seqscan = off"))
    plan = "\n".join(conn.execute(text(f"explain {exporting._SIZE.text}"), days(NOVEMBER)).scalars())
    for index in ("ix_calls_nowhere", "ix_calls_ward", "ix_requests_filed_ward"):
        assert index in plan


def days(period: Period) -> dict[str, object]:
    return {"first": period.first, "last": period.last}


# The code book


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_column_and_every_indicator_is_explained(language: str) -> None:
    book = codebook.files(language)["codebook.md"].decode()
    described = [(table, column) for table in Table for column in columns.of(table)]
    assert [column for table, column in described if codebook.meaning(table, column, language) not in book] == []
    assert [each.code for each in INDICATORS if f"(`{each.code}`)" not in book] == []


def test_the_code_book_says_what_each_file_holds(conn: Connection) -> None:
    made = files(conn)
    said = rows(made, "columns.csv")
    for table in Table:
        assert [row["column"] for row in said if row["file"] == table] == [*rows(made, f"{table}.csv")[0]]
    assert [row["code"] for row in rows(made, "indicators.csv")] == [each.code for each in INDICATORS]
    assert [*rows(made, "indicators.csv")[0]] == [each.name for each in fields(codebook.Line)]


def test_every_condition_looks_at_columns_that_leave() -> None:
    for each in INDICATORS:
        looks = each.among.columns | each.counted.columns | each.known.columns | {each.value, each.per, each.rows}
        looks |= {name for exclusion in each.exclusions for name in exclusion.where.columns} | {each.columns}
        for table in each.tables:
            assert looks - {""} <= {column.name for column in columns.of(table)}, each.code


def test_no_number_of_a_row_and_no_free_text_is_among_the_columns() -> None:
    for table in Table:
        assert not [column.name for column in columns.of(table) if column.field.endswith("_id")]
    assert {type_ for table in Table for type_ in (column.type for column in columns.of(table))} == set(columns.Type)

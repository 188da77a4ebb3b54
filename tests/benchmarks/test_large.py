"""A large house is what the bench says it is: its board, and its practitioners. How fast anything is, no test says."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from benchmarks import invented, large, rota
from benchmarks.grown import AIMS, Board, Figures, Imported, Opened, Plan, Report, document, table
from config import numbers
from config.database import job_engine
from config.migrations import upgrade
from config.servers import Urls
from scheduling.importing.practitioners import luhn

GPS = 30
TINY = Plan(few=100, many=300, rounds=1, pages=2, practitioners=GPS)
PAGE = Opened(middle=40.0, worst=60.0, statements=20, bytes=50_000, processor=35.0)
FIRST = Imported(GPS, 100.0, 80.0, 10.0, 300.0, Report(GPS, 0, 0))
FIGURES = Figures(
    TINY,
    [Board("every ward", [PAGE], [PAGE])],
    FIRST,
    replace(FIRST, seconds=20.0, report=Report(0, 0, GPS)),
    copied=[1.0, 2.0, 3.0],
    same=True,
)


# Judging ------------------------------------------------------------------------------------------------------------


def test_ratios_are_taken_round_by_round() -> None:
    """The machine was three times as slow in the second round, for both: the ratio does not see it."""
    few = [PAGE, replace(PAGE, middle=120.0, processor=105.0), PAGE]
    many = [replace(each, middle=each.middle * 1.2, processor=70.0) for each in few]
    board = Board("every ward", few, many)
    assert board.ratio == pytest.approx(1.2)
    assert board.processor_ratio == pytest.approx(2.0)
    assert FIGURES.of_floor == pytest.approx(50.0)


def a_board(**other: float) -> Figures:
    return replace(FIGURES, boards=[Board("every ward", [PAGE], [replace(PAGE, **other)])])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (FIGURES, [False, False, False, False]),
        (a_board(middle=61.0), [True, False, False, False]),
        (replace(FIGURES, boards=[Board("", [replace(PAGE, middle=290.0)], [replace(PAGE, middle=301.0)])]),
         [False, True, False, False]),
        (replace(FIGURES, first=replace(FIRST, seconds=121.0)), [False, False, True, False]),
        (replace(FIGURES, first=replace(FIRST, report=Report(GPS - 1, 0, 1))), [False, False, False, True]),
        (replace(FIGURES, again=replace(FIRST, report=Report(0, 1, GPS - 1))), [False, False, False, True]),
        (replace(FIGURES, same=False), [False, False, False, True]),
    ],
)  # fmt: skip
def test_an_aim_is_missed_by_what_falls_short_of_it(found: Figures, missed: list[bool]) -> None:
    assert [not met(found) for _, met in AIMS] == missed
    assert [aim["met"] for aim in document(found)["aims"]] == [not each for each in missed]
    assert table(found).count(": missed") == sum(missed)


# The practitioners --------------------------------------------------------------------------------------------------


def test_they_are_nobodys_numbers_and_pass_the_houses_checks() -> None:
    rows = invented.practitioners(2_000)
    assert rows == invented.practitioners(2_000)
    assert len({row.rpps for row in rows}) == 2_000
    assert all(len(row.rpps) == 11 and luhn(row.rpps) for row in rows)
    assert all(numbers.is_fiction(numbers.parse(row.phone)) for row in rows)
    assert len({row.phone for row in rows}) == 2_000, "nobody shares one before all are taken"
    assert len({row.name for row in rows}) < 2_000, "names come back"


@pytest.fixture
def empty(servers: Urls, worker_id: str) -> Iterator[Engine]:
    engine = job_engine(rota.new_database(servers, f"gps_{worker_id}"))
    upgrade(engine)
    yield engine
    engine.dispose()


def test_the_second_time_nothing_changes_and_a_change_would_be_seen(
    empty: Engine, servers: Urls, redis_url: str, tmp_path: Path
) -> None:
    urls, file = Urls(servers.database, redis_url), tmp_path / "practitioners.csv"
    file.write_text(invented.as_csv(invented.practitioners(GPS)), encoding="utf-8")
    first = large.imported(empty, urls, tmp_path, file, GPS)
    before = large.fingerprint(empty)
    again = large.imported(empty, urls, tmp_path, file, GPS)
    assert (first.report, again.report) == (Report(GPS, 0, 0), Report(0, 0, GPS))
    assert first.megabytes > 10
    assert large.fingerprint(empty) == before
    with empty.begin() as conn:
        conn.execute(text("update practitioner_phones set phone = '+33199009999' where practitioner_id = 1"))
    assert large.fingerprint(empty) != before


def test_a_file_that_is_refused_is_no_import(empty: Engine, servers: Urls, redis_url: str, tmp_path: Path) -> None:
    file = tmp_path / "practitioners.csv"
    file.write_text("name;phone\nOdile Fontaine;12\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="nothing was imported"):
        large.imported(empty, Urls(servers.database, redis_url), tmp_path, file, 1)


def test_the_floor_holds_the_same_rows(empty: Engine) -> None:
    rows = invented.practitioners(GPS)
    assert large.copy(empty, rows) > 0
    with empty.connect() as conn:
        found = conn.execute(
            text("select name, rpps, phone from bare_practitioners p join bare_phones b on b.practitioner_id = p.id")
        )
        assert sorted(map(tuple, found)) == sorted((row.name, row.rpps, row.phone) for row in rows)


# The board ----------------------------------------------------------------------------------------------------------


def test_the_boards_statements_are_counted(servers: Urls, redis_url: str, worker_id: str, tmp_path: Path) -> None:
    urls = Urls(servers.database, redis_url)
    with large.office(urls, tmp_path, f"office_{worker_id}", 60) as at:
        found = large.opened(at, "/requests", 2)
        asked = [*at.asked]
        again = large.opened(at, "/requests", 1).statements
        assert found.statements == len(asked) > 0
        assert again < 1.5 * found.statements, "of one page, not of all that were opened"
        assert any("from requests r where r.ward_id = ward.id" in statement for statement in asked)
        page = at.browser.get("/requests").text
        with pytest.raises(RuntimeError, match="404"):
            large.opened(at, "/requests?place=nowhere", 1)
    shown = page.count("/requests/") if page else 0
    assert shown >= 50, "a page full of requests"


def test_its_requests_are_of_all_ages(servers: Urls, redis_url: str, worker_id: str, tmp_path: Path) -> None:
    name = f"office_{worker_id}"
    with large.office(Urls(servers.database, redis_url), tmp_path, name, 400):
        engine = job_engine(f"{servers.database.rsplit('/', 1)[0]}/{name}")
        with engine.connect() as conn:
            claimed, overdue, later = conn.execute(
                text(
                    """select count(*) filter (where state = 'claimed'), count(*) filter (where due_at <= app_now()),
                    count(*) filter (where due_at > app_now() + interval '6 hours') from requests"""
                )
            ).one()
        engine.dispose()
    assert claimed == 100
    assert overdue > 20
    assert later > 100


# All of it ----------------------------------------------------------------------------------------------------------


def test_a_large_house_is_measured(servers: Urls, redis_url: str, tmp_path: Path) -> None:
    found, around = large.figures(Urls(servers.database, redis_url), tmp_path, TINY)
    assert found.right
    assert [board.says for board in found.boards] == ["every ward", "a hospital"]
    assert [(len(board.few), len(board.many)) for board in found.boards] == [(1, 1), (1, 1)]
    every, _ = found.boards
    assert every.few[0].statements > 0 < every.many[0].statements
    written = {**around, **document(found)}
    assert {"date", "commit", "machine", "versions", "plan", "boards", "import", "copied", "aims"} <= written.keys()

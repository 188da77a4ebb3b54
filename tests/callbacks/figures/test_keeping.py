"""Days are added up once, by one process; what happens to them later is not forgotten; who called is, in time."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, text

from callbacks.figures import compared, keeping, read, store
from callbacks.figures.definitions import Statistic
from callbacks.figures.periods import Grain, Level, Period, Scope
from callbacks.figures.report import Report
from callbacks.figures.store import Place
from callbacks.figures.sums import Sums
from config import clock
from tests.callbacks.figures.past import CARDIO, Past, done, paris, tried
from tests.callbacks.figures.test_small_month import small_month

NOVEMBER = Period.month(2026, 11)


def at(database: Engine, now: datetime) -> datetime:
    with database.begin() as conn:
        clock.start_at(conn, now, 1)
    return now


def november(database: Engine, now: datetime) -> Report:
    with database.begin() as conn:
        return read.report(conn, Scope.ward(CARDIO), NOVEMBER, now, whole=True)


def noted(database: Engine) -> int:
    with database.begin() as conn:
        return int(conn.execute(text("select count(*) from figure_touched")).scalar_one())


def test_a_callback_of_last_week_counts_at_once(database: Engine) -> None:
    past = Past()
    request = past.request(paris(3), 1)
    past.write(database)
    now = at(database, paris(10))
    keeping.keep(database)
    assert november(database, now).of("contact_time").censored == 1
    with database.begin() as conn:
        reached = "insert into events (request_id, at, kind, detail) values (:id, :at, 'attempted', :said)"
        conn.execute(text(reached), {"id": request, "at": paris(9), "said": '{"result": "reached"}'})
    assert november(database, now).of("contact_time").censored == 0
    keeping.keep(database)
    assert november(database, now).of("contact_time").censored == 0
    assert noted(database) == 0


def test_an_outcome_told_late_counts_at_once(database: Engine) -> None:
    past = Past()
    past.call(paris(3), "answered", 1)
    past.write(database)
    now = at(database, paris(10))
    keeping.keep(database)
    with database.begin() as conn:
        conn.execute(text("update calls set outcome = 'CONSEIL'"))
    assert november(database, now).of("outcome_known").numerator == 1
    keeping.keep(database)
    assert november(database, now).of("outcome_known").numerator == 1


def test_a_promise_comes_due_though_nothing_happens(database: Engine) -> None:
    past = Past()
    past.request(paris(3, 18), 1, tried(1, "reached"), done(1))
    past.write(database)
    at(database, paris(4, 1))  # the third is over, the promise is not due
    keeping.keep(database)
    assert november(database, paris(4, 1)).of("reached_in_time").denominator == 0
    assert november(database, paris(4, 18)).of("reached_in_time").denominator == 1


def test_a_process_that_dies_in_between_has_changed_nothing(database: Engine) -> None:
    small_month().write(database)
    now = at(database, paris(31, month=12))
    before, waiting = november(database, now), noted(database)
    with database.begin() as conn:
        conn.execute(text("alter table figure_days add constraint full_disk check (false) not valid"))
    with pytest.raises(Exception, match="full_disk"):
        keeping.keep(database)
    assert (november(database, now), noted(database)) == (before, waiting)


def test_a_visit_adds_up_so_many_days_and_the_next_one_goes_on(database: Engine) -> None:
    small_month().write(database)
    at(database, paris(31, month=12))
    visits = [keeping.keep(database, batches=1) for _ in range(4)]
    assert visits[:2] == [keeping.DAYS, keeping.DAYS]
    assert 0 < visits[2] < keeping.DAYS
    assert visits[3] == 0


def test_while_one_adds_up_nobody_else_does(database: Engine) -> None:
    small_month().write(database)
    at(database, paris(31, month=12))
    with database.begin() as conn:
        assert store.alone(conn)
        assert keeping.keep(database) == 0
    assert keeping.keep(database) > 0


def test_of_a_closed_month_only_how_many_called_is_kept(database: Engine) -> None:
    small_month().write(database)
    early, late = paris(20, month=12), paris(24, month=12)
    at(database, early)
    keeping.keep(database)
    assert _who(database) == {1, 2, 3, 4, 7, 8}
    found = november(database, early).of("recourse")
    at(database, late)
    keeping.keep(database)
    assert _who(database) == set()
    assert november(database, late).of("recourse") == found


def _who(database: Engine) -> set[int]:
    place = Place(Level.WARD, CARDIO, Grain.MONTH, NOVEMBER.first)
    with database.begin() as conn:
        return set(store.sums_at(conn, [place])[place]["recourse"].who)


def test_a_release_that_counts_otherwise_begins_anew(database: Engine) -> None:
    small_month().write(database)
    now = at(database, paris(31, month=12))
    keeping.keep(database)
    found = november(database, now)
    with database.begin() as conn:
        for table in ("figure_sums", "figure_days"):
            conn.execute(text(f"update {table} set edition = 'another'"))
    assert november(database, now) == found  # read from the register meanwhile
    assert keeping.keep(database) > 0
    assert november(database, now) == found


def test_a_year_that_is_not_added_up_says_how_many_days_are_missing(database: Engine) -> None:
    past = Past()
    past.call(paris(1, month=3), "answered", 1)
    past.write(database)
    now = paris(20, 15)
    with database.begin() as conn:
        report = read.report(conn, Scope.everything(), Period.year(2026), now)
    assert report.uncounted == (now.date() - paris(1, month=3).date()).days + 1 - read.LIVE


def test_months_together_are_the_year_that_they_make(database: Engine) -> None:
    small_month().write(database)
    now = at(database, paris(31, month=12))
    keeping.keep(database)
    with database.begin() as conn:
        year = read.report(conn, Scope.everything(), Period.year(2026), now)
        months = [Period.month(2026, number) for number in range(9, 13)]
        together = read.together(conn, Scope.everything(), months, now)
    different = [each for each in year.figures if each.indicator.statistic is Statistic.DISTINCT]
    assert list(together.figures) == [each for each in year.figures if each not in different]
    assert (together.uncounted, len(different)) == (0, 1)


def test_of_months_that_are_not_added_up_the_latest_days_are_read(database: Engine) -> None:
    past = Past()
    past.call(paris(1, month=3), "answered", 1)
    past.call(paris(30, month=10), "answered", 2)
    past.write(database)
    months = [Period.month(2026, number) for number in range(1, 11)]
    with database.begin() as conn:
        report = read.together(conn, Scope.everything(), months, paris(20, 15))
    assert report.of("presented").numerator == 1
    assert report.uncounted == (months[-1].last - paris(1, month=3).date()).days + 1 - read.LIVE


def test_sums_are_read_as_they_were_written() -> None:
    sums = Sums(1, 2, 3, 4)
    sums.excluded["test"] = 5
    sums.values[60], sums.censored[90], sums.who[7] = 6, 7, 8
    sums.cells["ADMISSION", "CONSEIL"] = 9
    assert store.unpacked(store.packed({"answered": sums, "lost": Sums()})) == {"answered": sums}


def test_the_group_is_told_of_once_there_are_five_lines(database: Engine) -> None:
    small_month().write(database)
    now = at(database, paris(31, month=12))
    keeping.keep(database)
    with database.begin() as conn:
        assert "answered" not in compared.beside(conn, NOVEMBER)
        conn.execute(_MORE_LINES)
    with database.begin() as conn:
        beside = compared.beside(conn, NOVEMBER)
        own = read.report(conn, Scope.ward(CARDIO), NOVEMBER, now)
    assert beside["answered"] == own.of("answered").value  # of five that are alike


_MORE_LINES = text(
    f"""
    with more as (
        insert into wards (slug, hospital_id, name, keypad)
        select 'line' || n, 1, 'line' || n, '227' from generate_series(1, 4) as n returning id)
    insert into figure_sums (level, of_id, grain, first, edition, sums)
    select level, more.id, grain, first, edition, sums from figure_sums, more
    where level = 'ward' and of_id = {CARDIO} and grain = 'month'"""
)


def test_a_run_of_weeks_is_asked_in_one_go(database: Engine) -> None:
    small_month().write(database)
    now = at(database, paris(31, month=12))
    keeping.keep(database)
    weeks = [Period.week(2026, week) for week in (44, 45, 46, 47)]
    with database.begin() as conn:
        found = read.series(conn, Scope.ward(CARDIO), weeks, now)
    assert [report.of("presented").numerator for report in found] == [0, 8, 0, 0]
    assert [report.period for report in found] == weeks
    assert all(report.closed for report in found)

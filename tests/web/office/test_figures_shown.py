"""How figures are told on their page: with numbers, intervals, what was left out; and no way to know a few people."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from callbacks.figures import definitions
from callbacks.figures.periods import Period
from callbacks.figures.report import Report
from callbacks.figures.statistics import survival
from config import texts
from tests.callbacks.figures.reported import WEEK, calls, report, requests
from tests.callbacks.rotas import ward
from web.office import figures_drawn, figures_tables
from web.office.figures import named
from web.office.figures_drawn import Drawer, curve
from web.office.figures_shown import SECTIONS, Row, Shown

DRAWER = Drawer("fr")


def row(found: Report, code: str, group: Mapping[str, float] | None = None, language: str = "fr") -> Row:
    """With ordinary blanks."""
    told = Shown(found, language, group or {}).row(found.of(code))
    said = {name: value.replace("\xa0", " ") for name, value in vars(told).items() if isinstance(value, str)}
    return replace(told, **said)


def test_every_figure_that_is_no_table_stands_on_the_page_once() -> None:
    codes = [each.code for section in Shown(report(), "fr", {}).sections() for each in section.rows]
    tables = {each.code for each in definitions.INDICATORS if each.statistic is definitions.Statistic.TABLE}
    assert sorted(codes) == sorted(definitions.BY_CODE.keys() - tables)


def test_no_section_names_a_figure_that_there_is_not() -> None:
    assert {code for codes in SECTIONS.values() for code in codes} <= definitions.BY_CODE.keys()


def test_a_share_has_its_numbers_its_interval_and_the_others_beside_it() -> None:
    told = row(report(calls(8, 2)), "answered", {"answered": 0.743})
    assert (told.value, told.of, told.interval, told.group) == ("80 %", "8 / 10", "49 % à 94 %", "74 %")
    assert told.comparator == "70 % à 80 % (Consultant Connect)"


@pytest.mark.parametrize(("language", "source"), [("fr", "lignes d'infectiologie"), ("en", "infectious-disease lines")])
def test_whom_others_are_is_said_in_the_language_of_the_page(language: str, source: str) -> None:
    assert source in row(report(), "recourse", language=language).comparator


def test_a_time_has_its_quartiles() -> None:
    told = row(report([*calls(5, wait=30), *calls(5, wait=90)]), "access_time")
    assert (told.value, told.of, told.interval) == ("1 min", "10", "30 s à 1 min 30 s")
    assert told.spread == "quartiles 30 s à 1 min 30 s · neuf sur dix : 1 min 30 s"


def test_what_was_left_out_is_counted_beside_it() -> None:
    told = row(report([*calls(6), *calls(2, direction="canary")]), "presented")
    assert (told.value, told.of) == ("6", "")
    assert [each.rpartition(" : ")[2] for each in told.excluded] == ["2"]


def test_the_share_of_outcomes_that_nobody_told_stands_beside_the_result() -> None:
    told = row(report([*calls(6, outcome="ADM_DIRECTE"), *calls(6, outcome="CONSEIL"), *calls(4)]), "direct_admissions")
    assert (told.value, told.missing) == ("50 %", "25 %")


def test_four_answers_are_not_told() -> None:
    told = row(report(calls(3, 1)), "answered")
    assert (told.value, told.of, told.interval) == ("moins de 5", "", "")


def test_none_and_all_of_them_are_not_told_of_patients() -> None:
    told = row(report([*calls(6, outcome="ADM_DIRECTE"), *calls(4)]), "direct_admissions")
    assert (told.value, told.of, told.missing) == ("moins de 5 d'un côté ou de l'autre", "", "")


def test_what_gps_answered_is_looked_for_by_the_month() -> None:
    assert row(report(), "satisfied_access").value == "au mois, une fois clos"


def test_a_wait_is_told_in_minutes_that_have_begun() -> None:
    told = row(report(requests=requests(*[61] * 3, *[19_195] * 3)), "contact_time")
    assert (told.value, told.interval) == ("2 min", "2 min à 5 h 20")
    assert told.spread == "quartiles 2 min à 5 h 20 · neuf sur dix : 5 h 20"
    assert told.comparator.startswith("10 min à 15 min")


def test_half_of_them_still_waiting_has_no_median_and_says_so() -> None:
    told = row(report(requests=requests(*[600] * 2, *[None] * 6)), "contact_time")
    assert (told.value, told.of) == ("moins de la moitié", "8, dont 6 en attente")


def test_nothing_to_measure_is_a_dash() -> None:
    assert row(report(), "access_time").value == "–"


def test_it_is_told_in_english_too() -> None:
    assert row(report(calls(8, 2)), "answered", language="en").interval == "49% to 94%"


# Tables ----------------------------------------------------------------------------------------------------


def test_a_small_cell_and_what_gives_it_away_are_not_told() -> None:
    asked = [
        ("AVIS_DIAG", "CONSEIL", 9),
        ("AVIS_DIAG", "EXAMENS", 2),
        ("ADMISSION", "CONSEIL", 8),
        ("ADMISSION", "EXAMENS", 7),
    ]
    found = [call for what, came, often in asked for call in calls(often, asked=what, outcome=came)]
    (grid,) = [each for each in figures_tables.grids(report(found), "fr") if each.code == "asked_by_outcome"]
    assert [list(cells) for _, cells in grid.rows] == [["< 5", "< 5"]] * 2
    assert grid.head == ["Conseil seul, suite en ville", "Examens en ville avant décision"]


def test_a_table_of_nothing_is_not_drawn() -> None:
    assert list(figures_tables.grids(report(), "fr")) == []


@pytest.mark.parametrize(
    ("column", "code", "said"),
    [
        ("kind", "letter", "Lettre de sortie"),
        ("kind", "a_new_one", "a_new_one"),
        ("outcome", "", "–"),
        ("odd", "x", "x"),
    ],
)
def test_a_code_that_has_no_words_here_stands_for_itself(column: str, code: str, said: str) -> None:
    assert figures_tables.named(column, code, "fr") == said


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize(
    ("column", "code"), [("late", "unclaimed"), ("late", "untried"), ("asked", "AVIS_TT"), ("channel", "sms")]
)
def test_what_stands_in_tables_has_words(column: str, code: str, language: str) -> None:
    assert figures_tables.named(column, code, language) != code


# Charts ----------------------------------------------------------------------------------------------------


def weekly(answered: list[int]) -> list[tuple[Period, Report]]:
    first = WEEK
    weeks = []
    for many in answered:
        weeks.append((first, report(calls(many, 10 - many), week=first)))
        first = first.after
    return weeks


def test_weeks_that_drift_are_marked_in_the_chart_and_in_its_table() -> None:
    found = weekly([8, 9, 8, 9, 10, 9, 8, 7, 6, 5])
    chart = DRAWER.weeks("answered", [(week, each.of("answered")) for week, each in found])
    assert chart.picture.count("<polygon") == 6
    assert [cells[-1] for cells in chart.rows] == [""] * 4 + ["dérive"] * 6
    assert chart.note == "Depuis six semaines au moins, chacune est au-dessous de la précédente."


def test_weeks_that_vary_are_said_to_be_steady() -> None:
    found = weekly([7, 8] * 8)
    chart = DRAWER.weeks("answered", [(week, each.of("answered")) for week, each in found])
    assert "<polygon" not in chart.picture
    assert chart.note.startswith("Aucune dérive")


def test_the_table_under_the_bars_says_what_they_say() -> None:
    chart = DRAWER.lines("answered", [(ward(), report(calls(8, 2)).of("answered"))], 0.74)
    ((_, value, of, interval),) = chart.rows
    assert [each.replace("\xa0", " ") for each in (value, of, interval)] == ["80 %", "10", "49 % à 94 %"]


def test_who_is_waiting_is_marked_where_he_was_last_seen() -> None:
    found = curve(survival({10: 2, 120: 1}, {60: 1, 1440: 3}))
    assert [(step.at, step.waiting) for step in found] == [(10, 1), (120, 3)]
    assert [round(step.share, 3) for step in found] == [0.286, 0.464]


def test_a_year_of_callbacks_has_no_more_steps_than_the_paper_has_points() -> None:
    found = curve(survival(dict.fromkeys(range(3000), 1), {900: 9}))
    assert len(found) <= figures_drawn.HORIZON / figures_drawn.POINT + 1
    assert sum(step.waiting for step in found) == 9
    assert [step.share for step in found] == sorted(step.share for step in found)


def test_the_table_under_the_curve_says_how_many_were_called_back_by_then() -> None:
    chart = DRAWER.waiting(report(requests=requests(*[1800] * 3, *[7200] * 3, None, None)).of("contact_time"))
    assert chart is not None
    assert [cells[:2] for cells in chart.rows][:2] == [["1 h", "38\xa0%"], ["4 h", "75\xa0%"]]
    assert "8 demandes d'avis, dont 2 encore en attente" in chart.note


def test_nobody_was_called_back_yet_and_the_curve_is_level() -> None:
    chart = DRAWER.waiting(report(requests=requests(*[None] * 6)).of("contact_time"))
    assert chart is not None
    assert {cells[1] for cells in chart.rows} == {"0\xa0%"}


def test_nobody_waited_and_there_is_no_curve() -> None:
    assert DRAWER.waiting(report().of("contact_time")) is None


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Period.year(2026), "2026"),
        (Period.month(2026, 11), "novembre 2026"),
        (WEEK, "lun. 16 nov. – dim. 22 nov. 2026"),
    ],
)
def test_a_period_is_named_as_people_do(period: Period, said: str) -> None:
    assert named(period, "fr") == said
    assert period.last - period.first < timedelta(days=366)

"""Charts have a name and words, draw what they are given where it belongs, and take no colour to be read."""

from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from web.charts import bars, run, steps
from web.charts.bars import Bar
from web.charts.marks import Axis, Words, element, round_step, round_top
from web.charts.run import Point
from web.charts.steps import Step

WORDS = Words("answered", "Appels aboutis", "Cardiologie : 80 %.")


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def hours(number: float) -> str:
    return f"{number:.0f} h"


def read(drawn: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def of_class(drawn: Markup, class_: str) -> list[ElementTree.Element]:
    return [each for each in read(drawn).iter() if class_ in each.get("class", "").split()]


def words(drawn: Markup) -> list[str]:
    return [each.text or "" for each in read(drawn).iter("text")]


WARDS = [Bar("Cardiologie", 0.8, "80 % (8/10)", 0.5, 0.9, lit=True), Bar("Gériatrie", None, "moins de 5")]
WEEKS = [Point("5/10", 0.8, "8 sur 10"), Point("12/10", None, "rien"), Point("19/10", 0.4, "4 sur 10", drifts=True)]
CURVE = [Step(1.0, 0.25, 0.1, 0.4), Step(6.0, 0.5, 0.3, 0.7, waiting=2), Step(40.0, 1.0, 1.0, 1.0)]
BARS = bars.bars(WORDS, WARDS, bars.Scale(1.0, percent), bars.Median(0.75, "groupe 75 %"))
RUN = run.run(WORDS, WEEKS, run.Scale(0.0, 1.0, percent), 0.6, "médiane")
STEPS = steps.steps(WORDS, CURVE, steps.Scale(30.0, 6.0, hours, percent), steps.Deadline(24.0, "promesse"))


@pytest.mark.parametrize("drawn", [BARS, RUN, STEPS], ids=["bars", "run", "steps"])
def test_who_does_not_see_the_chart_is_told_its_name_and_what_it_shows(drawn: Markup) -> None:
    picture = read(drawn)
    assert picture.get("role") == "img"
    named = {each.get("id"): each.text for each in picture if each.get("id")}
    assert [named[id] for id in picture.get("aria-labelledby", "").split()] == ["Appels aboutis", "Cardiologie : 80 %."]


@pytest.mark.parametrize("drawn", [BARS, RUN, STEPS], ids=["bars", "run", "steps"])
def test_no_style_stands_in_a_chart_for_the_browser_would_refuse_it(drawn: Markup) -> None:
    assert not {"style", "fill", "stroke"} & {name for each in read(drawn).iter() for name in each.attrib}


def test_a_bar_is_as_long_as_its_value() -> None:
    (lit,) = of_class(BARS, "bar")
    assert float(lit.get("width", "")) == pytest.approx(0.8 * (bars.WIDTH - bars.SAID - bars.GUTTER))


def test_a_line_with_too_few_calls_has_words_and_no_bar() -> None:
    assert len(of_class(BARS, "bar")) == 1
    assert "moins de 5" in words(BARS)


def test_the_interval_ends_where_it_says() -> None:
    middle, low, high = of_class(BARS, "whisker")
    assert (middle.get("x1"), middle.get("x2")) == (low.get("x1"), high.get("x1"))
    assert float(low.get("x1", "")) == bars.GUTTER + 0.5 * (bars.WIDTH - bars.SAID - bars.GUTTER)


def test_a_name_that_is_markup_stays_a_name() -> None:
    odd = bars.bars(WORDS, [Bar("<script>&", 0.5, '"')], bars.Scale(1.0, percent))
    assert words(odd)[-2:] == ["<script>&", '"']


def test_the_line_does_not_cross_a_week_without_a_value() -> None:
    assert of_class(RUN, "run") == []
    assert len(of_class(RUN, "dot")) == 1


def test_a_week_that_drifts_has_another_shape_and_not_only_another_colour() -> None:
    assert [each.tag for each in of_class(RUN, "drifts")] == ["polygon"]


def test_of_two_neighbours_the_higher_value_stands_higher() -> None:
    drawn = run.run(WORDS, [WEEKS[0], WEEKS[2]], run.Scale(0.0, 1.0, percent), None, "")
    (between,) = of_class(drawn, "run")
    assert float(between.get("y1", "")) < float(between.get("y2", ""))


def test_a_year_of_weeks_leaves_dates_out_rather_than_over_each_other() -> None:
    year = [Point(f"s{week}", 0.5, "") for week in range(52)]
    drawn = words(run.run(WORDS, year, run.Scale(0.0, 1.0, percent), 0.5, "médiane"))
    dates = [each for each in drawn if each.startswith("s")]
    assert dates[-1] == "s51"
    assert len(dates) <= (run.WIDTH - run.RIGHT - run.LEFT) / run.ROOM


def test_the_stairs_begin_with_nobody_and_go_on_to_the_end_of_the_axis() -> None:
    (stairs,) = of_class(STEPS, "run")
    corners = stairs.get("d", "")[1:].split(" L")
    assert corners[0] == f"{steps.LEFT:.1f} {steps.BOTTOM:.1f}"
    assert corners[-1] == f"{steps.WIDTH - steps.RIGHT:.1f} {(steps.BOTTOM + steps.TOP) / 2:.1f}"


def test_who_waits_has_a_mark_on_the_stairs() -> None:
    assert len(of_class(STEPS, "waiting")) == 1


def test_a_curve_with_nobody_called_back_is_level() -> None:
    flat = steps.steps(WORDS, [], steps.Scale(30.0, 6.0, hours, percent))
    (stairs,) = of_class(flat, "run")
    heights = {corner.split()[1] for corner in stairs.get("d", "")[1:].split(" L")}
    assert heights == {f"{steps.BOTTOM:.1f}"}


@pytest.mark.parametrize(
    ("highest", "top"), [(0.0, 1.0), (0.83, 1.0), (47.0, 50.0), (50.0, 50.0), (101.0, 125.0), (3.0, 3.0)]
)
def test_an_axis_ends_on_a_round_value_that_none_passes(highest: float, top: float) -> None:
    assert round_top([highest]) == top


@pytest.mark.parametrize("span", [0.003, 1.0, 7.0, 24.0, 60.0, 99.0, 1234.0])
def test_an_axis_has_three_to_six_marks(span: float) -> None:
    assert 3 <= len(Axis(0.0, span, 0.0, 100.0, str).marks) <= 6
    assert round_step(span) > 0


def test_what_stands_in_an_attribute_stays_there() -> None:
    assert element("g", class_='"><script>').count(">") == 2

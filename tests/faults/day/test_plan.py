"""A day is a function of its seed, large enough to mean something, and about nobody."""

import re
from collections import Counter
from itertools import accumulate, islice
from pathlib import Path

import pytest

from tests.faults.day import broken
from tests.faults.day.plan import VICTIMS, WARDS, Breaks, Leaves, Plan, Rung, plan, reactions
from tests.faults.day.run import ROOT
from tests.faults.day.scale import FULL, SMALL, sized

FICTION = re.compile(r"\+33(63998|19900)[0-9]{4}")


@pytest.fixture(scope="module")
def day() -> Plan:
    return plan(1, FULL)


def test_the_same_seed_is_the_same_day_and_another_is_another(day: Plan) -> None:
    assert plan(1, FULL) == day
    assert plan(2, FULL) != day
    assert plan(1, SMALL) != day


def test_a_full_day_is_as_large_as_was_asked_for(day: Plan) -> None:
    kills = [injury for injury in day.injuries if injury.breaks is Breaks.KILL]
    assert (len(day.callers), len(day.texters), len(day.writers)) == (300, 100, 100)
    assert len(kills) >= 200
    assert {kill.target.partition("-")[0] for kill in kills} == {*VICTIMS}
    assert {injury.breaks for injury in day.injuries} == {*Breaks}


def test_people_hang_up_at_every_stage_of_every_ward(day: Plan) -> None:
    assert {caller.leaves for caller in day.callers} == {*Leaves}
    assert {caller.ward for caller in day.callers} == {*WARDS}
    assert any(caller.hidden for caller in day.callers)


def test_telephones_do_all_that_telephones_do_and_the_same_the_next_time() -> None:
    first, again = (list(islice(reactions(1, "+33639980001"), 200)) for _ in range(2))
    assert first == again
    assert {*first} == {*Rung}
    assert list(islice(reactions(2, "+33639980001"), 200)) != first


def test_nobody_is_called_who_exists_and_nobody_is_two(day: Plan) -> None:
    numbers = [caller.number for caller in day.callers] + [texter.number for texter in day.texters]
    numbers += [caller.call_back for caller in day.callers if caller.hidden]
    assert [number for number in numbers if not FICTION.fullmatch(number)] == []
    assert Counter(numbers).most_common(1)[0][1] == 1
    assert len({writer.address for writer in day.writers}) == len(day.writers)


def test_the_clocks_of_the_carrier_and_of_the_house_never_differ_by_a_minute(day: Plan) -> None:
    jumps = [injury.amount for injury in day.injuries if injury.breaks is Breaks.CLOCK_JUMPS]
    assert max(map(abs, accumulate(jumps))) < 60
    assert min(jumps) < 0 < max(jumps)


def test_things_break_from_the_first_call_on_and_then_no_more(day: Plan) -> None:
    times = [injury.at for injury in day.injuries]
    assert times == sorted(times)
    assert times[0] < 5
    full = {injury.at for injury in day.injuries if injury.breaks is Breaks.DISK_FREE}
    assert max(at for at in times if at not in full) <= FULL.injured


def test_what_is_asked_otherwise_is_otherwise() -> None:
    asked = sized(5, None, 0, 7, small=True)
    assert (asked.calls, asked.texts, asked.letters, asked.kills) == (5, SMALL.texts, 0, 7)
    assert sized(None, None, None, None, small=False) == FULL


@pytest.mark.parametrize("name", broken.PATCHES)
def test_what_breaks_the_line_on_purpose_still_fits_the_code(name: str, tmp_path: Path) -> None:
    patch = broken.PATCHES[name]
    path = tmp_path / patch.path
    path.parent.mkdir()
    path.write_text((ROOT / patch.path).read_text())
    broken.apply(tmp_path, patch)
    assert patch.wrong in path.read_text()
    with pytest.raises(ValueError, match="mend the patch"):
        broken.apply(tmp_path, patch)

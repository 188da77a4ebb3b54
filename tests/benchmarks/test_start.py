"""The start of a house is measured against a bare server's, its stop with a webhook in hand, its weight under load."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import cpu, stage, start
from benchmarks.carrier import Web
from benchmarks.memory import Load, kind_of, pss
from benchmarks.stage import Stage
from benchmarks.start import Figures, Plan, Round, Stopped
from config.servers import Urls

STOPPED = Stopped(seconds=2.0, answered=True, code=0)
ROUND = Round(ready=12.0, ready_cpu=9.0, bare=1.5, bare_cpu=1.0, stopped=STOPPED, bare_stopped=0.4)
STEADY = [100.0, 110.0, 112.0, 112.0, 112.0, 113.0, 113.0, 113.0]
FIGURES = Figures((ROUND,), {"web": 80.0}, {"web": 93.0, "tick": 20.0}, Load(range(1, 9), STEADY))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("python", "-m", "gunicorn", "-c", "python:config.gunicorn"), "web"),
        (("python", "-m", "config.worker"), "worker"),
        (("python", "-m", "config.tick"), "tick"),
        (("python", "-m", "config.mail"), "mail"),
        (("python", "-m", "config.cli", "serve"), "serve"),
        (("sh",), "other"),
    ],
)
def test_a_process_is_known_by_its_command(words: Sequence[str], kind: str) -> None:
    assert kind_of(words) == kind


def test_what_a_process_weighs_is_its_share(tmp_path: Path) -> None:
    (tmp_path / "smaps_rollup").write_text("Rss:  4096 kB\nPss:  2048 kB\nPss_Anon:  1024 kB\n")
    assert pss(tmp_path) == 2.0
    assert pss(tmp_path / "gone") == 0.0


@pytest.mark.parametrize(
    ("megabytes", "flat"),
    [
        (STEADY, True),
        ([50.0, 90.0, 100.0, 100.0, 100.0, 100.0, 101.9, 101.9], True),
        ([100.0, 100.0, 100.0, 101.0, 102.0, 103.0, 103.0, 103.0], False),
        ([100.0 + each for each in range(40)], False),
    ],
)
def test_a_house_that_grows_under_load_is_not_flat(megabytes: list[float], flat: bool) -> None:
    assert Load(range(len(megabytes)), megabytes).flat is flat


@pytest.mark.parametrize(
    ("stopped", "says"),
    [
        (STOPPED, "met"),
        (replace(STOPPED, answered=False), "missed"),
        (replace(STOPPED, code=1), "missed"),
    ],
)
def test_a_webhook_that_is_cut_off_misses_the_aim(stopped: Stopped, says: str) -> None:
    shown = start.table(replace(FIGURES, rounds=(ROUND, replace(ROUND, stopped=stopped))))
    assert f"stopped without cutting a call: {says}" in shown
    assert "× 8.0 of bare Flask's 1.5 s" in shown
    assert "+0.9%" in shown


@pytest.fixture
def house(servers: Urls, database_url: str, redis_url: str, tmp_path: Path) -> Iterator[tuple[Stage, dict[str, str]]]:
    urls = Urls(database_url, redis_url)
    with stage.furnished(urls) as engine:
        env = stage.environment(urls, tmp_path, "token")
        nobody = Web(0, 0)
        yield Stage(engine, "token", nobody, nobody, None), env


@pytest.mark.alone
def test_a_house_starts_is_weighed_and_stops_with_an_sms_in_hand(
    house: tuple[Stage, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, env = house
    monkeypatch.setattr(start, "LOADS", 4)
    found = start.figures(here, env, tmp_path, Plan(rounds=1, requests=40), lambda said: None)
    [once] = found.rounds
    assert (once.stopped.answered, once.stopped.code) == (True, 0)
    assert 0 < once.bare < once.ready
    assert found.load.requests[-1] >= 20
    if cpu.PROC.is_dir():
        assert found.at_start.keys() == {"serve", "web", "worker", "tick", "mail"}
        assert all(weight > 1 for weight in found.after.values())
    assert "stopped without cutting a call: met" in start.table(found)

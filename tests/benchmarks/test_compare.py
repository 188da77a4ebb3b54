"""A run is compared with the one that is kept by what its webhooks are of their floors."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare import Comparison, Worse, compare, newest

OF = {"per_second": 0.8, "p99": 2.0, "app_cpu": 1.0}


def row(step: str = "key", at_once: int = 10, requests: int = 1000, **floors: Any) -> dict[str, Any]:
    return {"step": step, "at_once": at_once, "requests": requests, "of_floor": OF, "of_same": OF} | floors


def run(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"rows": [row("floor_read", of_floor=None, of_same=None), *rows]}


@pytest.mark.parametrize(
    ("now", "worse"),
    [
        ({}, []),
        ({"per_second": 0.69}, []),
        ({"per_second": 0.67}, [Worse("key", 10, "requests a second", 0.8, 0.67)]),
        ({"per_second": 1.9, "p99": 0.1}, []),
        ({"p99": 2.29}, []),
        ({"p99": 2.31}, [Worse("key", 10, "p99", 2.0, 2.31)]),
        (
            {"per_second": 0.1, "p99": 9.0},
            [Worse("key", 10, "requests a second", 0.8, 0.1), Worse("key", 10, "p99", 2.0, 9.0)],
        ),
    ],
)
def test_more_than_fifteen_per_cent_worse_is_told(now: dict[str, float], worse: list[Worse]) -> None:
    assert compare(run(row(of_same=OF | now)), run(row())) == Comparison(worse, [])


@pytest.mark.parametrize(("now", "kept"), [(999, 1000), (1000, 999)])
def test_of_a_few_requests_the_slowest_say_nothing(now: int, kept: int) -> None:
    slow = row(requests=now, of_same=OF | {"p99": 9.0})
    assert compare(run(slow), run(row(requests=kept))).worse == []


def test_a_run_from_before_the_floor_with_the_same_sql_is_compared_by_the_other() -> None:
    kept = row()
    del kept["of_same"]
    good, bad = OF | {"per_second": 0.8}, OF | {"per_second": 0.1}
    assert compare(run(row(of_floor=good, of_same=bad)), run(kept)).worse == []
    assert len(compare(run(row(of_floor=bad, of_same=good)), run(kept)).worse) == 1


def test_what_the_kept_run_does_not_have_is_said() -> None:
    found = compare(run(row("sms"), row("key", 200), row("key", 10)), run(row("key", 10)))
    assert found == Comparison([], [("sms", 10), ("key", 200)])
    assert "not in the kept file: sms (10), key (200)" in str(found)
    assert "more than 15%: nothing" in str(found)


def test_who_is_worse_is_named_with_both_figures() -> None:
    said = str(compare(run(row(of_same=OF | {"per_second": 0.5})), run(row())))
    assert "more than 15%: 1\n  key (10 at once): requests a second 0.50 of its floor's, kept 0.80" in said
    assert "not in the kept file" not in said


def test_the_newest_run_that_is_kept_counts(tmp_path: Path) -> None:
    for name in ("2026-11-21", "2026-12-01", "latest", "figures", "2026-12-02-ladder"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"rows": []}))
    assert newest(tmp_path).stem == "2026-12-01"
    with pytest.raises(FileNotFoundError):
        newest(tmp_path / "elsewhere")


def test_a_kept_run_is_not_worse_than_itself() -> None:
    kept = json.loads(newest().read_text(encoding="utf-8"))
    assert compare(kept, kept) == Comparison([], [])

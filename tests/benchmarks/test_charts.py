"""The pictures of a run: drawn from its file alone, readable by whoever reads SVG."""

import json
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from benchmarks.charts import SHARE, main, pictures
from benchmarks.compare import RESULTS

SVG = "{http://www.w3.org/2000/svg}"
STEPS = ("floor_write", "key", "same_key", "sms", "same_sms")


def row(place: int, step: str, at_once: int) -> dict[str, Any]:
    same = {"per_second": 0.75 if step == "sms" else 0.85, "p99": 1.5}
    floor = step.startswith(("floor", "same"))
    figures = {"per_second": 100.0 + place, "p99": 10.0 * place}
    return {"step": step, "at_once": at_once, **figures, "of_same": None if floor else same}


RUN = {"rows": [row(place, *each) for place, each in enumerate(product(STEPS, (1, 10, 50, 200)))]}


def test_each_webhook_has_a_panel_with_three_lines() -> None:
    drawn = pictures(RUN)
    for name in ("webhooks_requests.svg", "webhooks_p99.svg"):
        root = ElementTree.fromstring(drawn[name])
        lines = [line.get("class") for line in root.iter(f"{SVG}polyline")]
        assert lines == ["bare", "same", "ours"] * 2
        assert all(len(str(line.get("points")).split()) == 4 for line in root.iter(f"{SVG}polyline"))
        said = ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]
        assert {"a key at the menu", "an SMS comes in", "1", "10", "50", "200"} <= set(said)


def test_who_falls_short_of_the_aim_is_lit() -> None:
    root = ElementTree.fromstring(pictures(RUN)[SHARE])
    assert [bar.get("class") for bar in root.iter(f"{SVG}rect")] == ["bar", "bar lit"]
    assert [bar.text for bar in root.iter(f"{SVG}text") if bar.get("class") == "lit"] == ["an SMS comes in", "0.75"]


def test_a_picture_stands_alone() -> None:
    for drawn in pictures(RUN).values():
        root = ElementTree.fromstring(drawn)
        assert root.tag == f"{SVG}svg"
        assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
        assert root.find(f"{SVG}style") is not None
        assert root.findtext(f"{SVG}title")


def test_the_same_run_is_drawn_the_same(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    for folder in ("once", "twice"):
        done = CliRunner().invoke(main, [str(tmp_path / "run.json"), "--into", str(tmp_path / folder)])
        assert done.exit_code == 0, done.output
        assert done.output.count(".svg") == 3
    files = sorted(file.name for file in (tmp_path / "once").iterdir())
    assert files == sorted(pictures(RUN))
    assert all((tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes() for name in files)


@pytest.mark.parametrize("file", sorted(RESULTS.glob("????-??-??.json")), ids=lambda file: file.stem)
def test_every_run_that_is_kept_can_be_drawn(file: Path) -> None:
    for drawn in pictures(json.loads(file.read_text(encoding="utf-8"))).values():
        ElementTree.fromstring(drawn)

"""A script that reads only the exported files and the code book finds the figures of the page, one by one."""

import ast
import csv
import io
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from callbacks.evaluation import exporting, packing
from callbacks.evaluation.pseudonyms import Pseudonyms
from callbacks.figures import keeping, read
from callbacks.figures.definitions import INDICATORS, Statistic, Table
from callbacks.figures.periods import Level, Period, Scope
from callbacks.figures.report import Figure, Report
from config import clock
from tests.callbacks.evaluation.month import AFTERWARDS, COCHIN, WARDS, Month

SCRIPT = Path(__file__).parents[3] / "docs" / "evaluation" / "read.py"
NOVEMBER, GASTRO = Period.month(2026, 11), "avicenne-gastro"
Lines = Mapping[str, list[dict[str, str]]]


@pytest.fixture
def conn(database: Engine) -> Iterator[Connection]:
    Month(database)
    with database.connect() as connection:
        yield connection


@pytest.fixture
def page(conn: Connection) -> Connection:
    """The register whose days are added up, as the page has them."""
    with conn.engine.begin() as before:
        clock.start_at(before, AFTERWARDS, 1)
    keeping.keep(conn.engine)
    return conn


@pytest.fixture
def folder(conn: Connection, tmp_path: Path) -> Path:
    for name, content in exporting.files(conn, NOVEMBER, Pseudonyms(b"e" * 32), "fr", AFTERWARDS).items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def found(folder: Path, *asked: str) -> Lines:
    """What the script writes, by indicator; it runs where nothing of ours can be imported."""
    command = [sys.executable, "-I", str(SCRIPT), str(folder), *asked]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True)
    lines: dict[str, list[dict[str, str]]] = {}
    for line in csv.DictReader(io.StringIO(done.stdout)):
        lines.setdefault(line["code"], []).append(line)
    return lines


def number(written: str) -> float | None:
    return float(written) if written else None


def same(written: str, ours: float | None) -> bool:
    theirs = number(written)
    return theirs is None if ours is None else theirs is not None and math.isclose(theirs, ours, abs_tol=1e-9)


def differences(figure: Figure, lines: list[dict[str, str]]) -> Iterator[str]:
    """Where the script says something else than the page."""
    if figure.indicator.statistic is Statistic.TABLE:
        theirs = {(line["row"], line["column"]): number(line["value"]) for line in lines}
        if theirs != dict(figure.cells):
            yield f"{figure.indicator.code}: {theirs} {figure.cells}"
        return
    (line,) = lines
    first, third = figure.quartiles or (None, None)
    ours = {"first_quartile": first, "third_quartile": third, "p90": figure.p90}
    for name in ("value", "numerator", "denominator", "low", "high"):
        ours[name] = getattr(figure, name)
    yield from (
        f"{figure.indicator.code}.{name}: {line[name]} {mine}"
        for name, mine in ours.items()
        if not same(line[name], mine)
    )
    excluded = "; ".join(f"{code} {many}" for code, many in sorted(figure.excluded.items()))
    if (line["excluded"], int(line["missing"])) != (excluded, figure.missing):
        yield f"{figure.indicator.code}: {line['excluded']}, {line['missing']} missing; {excluded}, {figure.missing}"


def all_differences(report: Report, lines: Lines) -> Iterator[str]:
    """Of a ward the files have no polls: they name the hospital alone."""
    of_polls = {each.code for each in INDICATORS if Table.POLLS in each.tables}
    known = [figure for figure in report.figures if figure.indicator.code not in of_polls - lines.keys()]
    for figure in known:
        yield from differences(figure, lines.get(figure.indicator.code, []))
    if report.scope.level is not Level.WARD and len(known) < len(report.figures):
        yield "no polls"


def test_the_evaluators_find_the_figures_of_the_page(page: Connection, folder: Path) -> None:
    lines, report = found(folder), read.report(page, Scope.everything(), NOVEMBER, AFTERWARDS)
    assert [
        fault for figure in report.figures for fault in differences(figure, lines.get(figure.indicator.code, []))
    ] == []
    shown = [figure for figure in report.figures if figure.value is not None or figure.cells]
    assert {figure.indicator.statistic for figure in shown} == set(Statistic)
    assert len(shown) > 25
    of_one = {("--hospital", "Cochin"): Scope.hospital(COCHIN), ("--ward", GASTRO): Scope.ward(WARDS[GASTRO][0])}
    for asked, scope in of_one.items():
        report = read.report(page, scope, NOVEMBER, AFTERWARDS)
        assert list(all_differences(report, found(folder, *asked))) == []
        assert any(figure.suppressed for figure in report.figures)


def test_a_file_that_was_changed_on_the_way_is_refused(tmp_path: Path) -> None:
    for name, content in packing.summed({"calls.csv": b"result\nanswered\n"}).items():
        (tmp_path / name).write_bytes(content.replace(b"answered", b"lost"))
    command = [sys.executable, "-I", str(SCRIPT), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "calls.csv" in done.stderr


def test_the_time_before_stands_beside_it_with_the_difference(folder: Path, tmp_path: Path) -> None:
    with (folder / "before_after.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(each.statistic is not Statistic.TABLE for each in INDICATORS)
    for row in rows:
        if row["indicator"] == "answered":
            row |= {"before_numerator": "56", "before_denominator": "70"}
    kept = tmp_path / "kept.csv"
    with kept.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    ((line,),) = found(folder, "--before", str(kept)).values()
    after = float(line["after"])
    assert math.isclose(float(line["difference"]), after - 0.8)
    assert float(line["low"]) < after - 0.8 < float(line["high"])


def test_the_script_imports_nothing_of_ours() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    imported = [each.names[0].name for each in ast.walk(tree) if isinstance(each, ast.Import)]
    imported += [str(each.module) for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    assert {name.split(".")[0] for name in imported} <= {*sys.stdlib_module_names, "pandas"}

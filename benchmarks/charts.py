"""`python -m benchmarks.charts FILE`: the webhooks of a run as pictures in docs/benchmarks/; the same file, the same
pictures. Dashes and dots tell the lines apart, never a colour alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from markupsafe import Markup

from benchmarks.compare import Document, read
from benchmarks.steps import FLOORS, SAME, STEPS
from web.charts import bars
from web.charts.marks import Axis, Words, drawing, element, line, round_top, words_at

INTO = Path(__file__).parents[1] / "docs" / "benchmarks"
ABREAST, WIDTH, HEIGHT = 2, 380, 190  # panels side by side; of a panel
LEFT, RIGHT, TOP, BOTTOM = 56, 362, 34, 160  # of its field
LEGEND = 34  # above them
BUSY, AIM = 50, 0.8
STYLE = """
svg{background:#fff;font:12px sans-serif}text{fill:#444}text.lit{fill:#000;font-weight:600}.grid{stroke:#ddd}
.bar{fill:#8aa6c1}.bar.lit{fill:#1f4e79}.median{stroke:#000;stroke-dasharray:5 4}.ours,.same,.bare{fill:none}
.ours{stroke:#1f4e79;stroke-width:2.5}.same{stroke:#b3541e;stroke-width:2;stroke-dasharray:7 4}
.bare{stroke:#666;stroke-width:1.5;stroke-dasharray:2 3}.dot{fill:#1f4e79}
"""
SERIES = {"ours": "the application", "same": "the floor with its SQL", "bare": "the floor with one statement"}
Rows = Mapping[tuple[str, int], Mapping[str, float]]  # by step, so many at once


@dataclass(frozen=True)
class Figure:
    """What a picture of panels shows: a column of the rows."""

    file: str
    column: str
    title: str
    told: str


FIGURES: Sequence[Figure] = (
    Figure(
        "webhooks_requests.svg",
        "per_second",
        "Requests a second, by how many at once",
        "A panel for each webhook: the application beside the floor that does the same SQL and a floor with one "
        "statement; more is better.",
    ),
    Figure(
        "webhooks_p99.svg",
        "p99",
        "The slowest hundredth (p99), milliseconds, by how many at once",
        "A panel for each webhook: the application beside the floor that does the same SQL and a floor with one "
        "statement; less is better.",
    ),
)
SHARE = "webhooks_share.svg"


def pictures(run: Document) -> dict[str, str]:
    """SVG by the name of its file."""
    rows: Rows = {(row["step"], row["at_once"]): row for row in run["rows"]}
    rungs = sorted({row["at_once"] for row in run["rows"]})
    return {each.file: _panels(each, rows, rungs) for each in FIGURES} | {SHARE: _shares(run)}


def _names(rows: Rows) -> list[str]:
    """The application's own steps, in their order."""
    return [name for name in SAME if any(step == name for step, _ in rows)]


# Panels -----------------------------------------------------------------------------------------------------------


def _panels(figure: Figure, rows: Rows, rungs: Sequence[int]) -> str:
    names = _names(rows)
    height = LEGEND + HEIGHT * -(-len(names) // ABREAST)
    places = [(WIDTH * (each % ABREAST), LEGEND + HEIGHT * (each // ABREAST)) for each in range(len(names))]
    drawn = (_panel(name, figure.column, rows, rungs, *at) for name, at in zip(names, places, strict=True))
    words = Words(figure.file.removesuffix(".svg"), figure.title, figure.told)
    return _alone(drawing(words, WIDTH * ABREAST, height, *_legend(), *drawn), WIDTH * ABREAST, height)


def _legend() -> Iterator[Markup]:
    yield element("style", Markup(STYLE))
    for place, (look, said) in enumerate(SERIES.items()):
        x = LEFT + 235 * place
        yield line(x, 18, x + 30, 18, look)
        yield words_at(x + 36, 22, said)


def _panel(name: str, column: str, rows: Rows, rungs: Sequence[int], left: int, top: int) -> Markup:
    series = {look: _values(step, column, rows, rungs) for look, step in _whose(name).items()}
    highest = round_top(value for values in series.values() for _, value in values)
    up = Axis(0.0, highest, float(top + BOTTOM), float(top + TOP), lambda mark: f"{mark:g}")
    across = [left + LEFT + (RIGHT - LEFT) * (place + 0.5) / len(rungs) for place in range(len(rungs))]
    says = next(step.says for step in STEPS if step.name == name)
    return element(
        "g",
        words_at(left + LEFT, top + TOP - 12, says, class_="lit"),
        *_grid(up, left),
        *(words_at(x, top + BOTTOM + 18, str(rung), "middle") for x, rung in zip(across, rungs, strict=True)),
        *(part for look, values in reversed(series.items()) for part in _run(look, values, across, up)),
    )


def _whose(name: str) -> dict[str, str]:
    """The step behind each line of a panel."""
    own = next(step for step in STEPS if step.name == name)
    return {"ours": name, "same": SAME[name].name, "bare": FLOORS[own.kind].name}


def _values(step: str, column: str, rows: Rows, rungs: Sequence[int]) -> list[tuple[int, float]]:
    """Of the rungs that were measured, by their place."""
    return [(place, rows[step, rung][column]) for place, rung in enumerate(rungs) if (step, rung) in rows]


def _grid(up: Axis, left: int) -> Iterator[Markup]:
    for mark in up.marks:
        y = up.place(mark)
        yield line(left + LEFT, y, left + RIGHT, y, "grid")
        yield words_at(left + LEFT - 8, y + 4, up.label(mark), "end")


def _run(look: str, values: Sequence[tuple[int, float]], across: Sequence[float], up: Axis) -> Iterator[Markup]:
    points = [(across[place], up.place(value)) for place, value in values]
    if len(points) > 1:
        yield element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=look)
    for x, y in points if look == "ours" else ():
        yield element("circle", cx=x, cy=y, r=3.5, class_="dot")


# Shares -----------------------------------------------------------------------------------------------------------


def _shares(run: Document) -> str:
    """Of the requests a second of the floor that does the same SQL; who falls short of the aim is lit."""
    found = [(row["step"], row["of_same"]) for row in run["rows"] if row["at_once"] == BUSY and row.get("of_same")]
    says = {step.name: step.says for step in STEPS}
    rows = [
        bars.Bar(says.get(name, name), of["per_second"], f"{of['per_second']:.2f}", lit=of["per_second"] < AIM)
        for name, of in found
    ]
    top = round_top([1.0, *(of["per_second"] for _, of in found)])
    words = Words(
        SHARE.removesuffix(".svg"),
        f"Requests a second, of the floor that does the same SQL, {BUSY} at once",
        f"A bar for each webhook; the aim is {AIM} of the floor's.",
    )
    scale = bars.Scale(top, lambda mark: f"{mark:g}")
    chart = bars.bars(words, rows, scale, bars.Median(AIM, f"aim {AIM}"))
    styled = Markup(str(chart).replace("</desc>", f"</desc><style>{STYLE}</style>", 1))
    return _alone(styled, bars.WIDTH, bars.TOP + bars.ROW * len(rows) + bars.FOOT)


def _alone(chart: Markup, width: int, height: int) -> str:
    """A file of its own, not a part of a page."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    return head + str(chart).removeprefix("<svg ") + "\n"


def draw(file: Path, into: Path = INTO) -> list[Path]:
    """Write the pictures of the run in `file`; their names."""
    into.mkdir(parents=True, exist_ok=True)
    found = [(into / name, svg) for name, svg in pictures(read(file)).items()]
    for path, svg in found:
        path.write_text(svg, encoding="utf-8")
    return [path for path, _ in found]


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=INTO, help="The folder of pictures.")
def main(file: Path, into: Path) -> None:
    """Draw the webhooks of the run in FILE."""
    print(*draw(file, into), sep="\n")


if __name__ == "__main__":
    main()

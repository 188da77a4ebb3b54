"""The table for a reader, the JSON for a comparison with another day."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks import where
from benchmarks.measure import Plan, Ratios, Row

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("flask", "gunicorn", "sqlalchemy", "psycopg", "twilio", "werkzeug")
HEAD = (
    f"{'at once':>7}  {'step':<28}{'req/s':>7}{'p50 ms':>8}{'p99 ms':>8}"
    f"{'app µs':>8}{'pg µs':>7}{'MB':>5}{'refused':>8}"
    f"  {'of floor':>8}{'of SQL':>7}{'p99 ×':>7}{'cpu ×':>7}"
)
BUSY = 50  # at once: where a tail is judged


@dataclass(frozen=True)
class Aim:
    """What we want of a step; `missed` says whether a row falls short of it."""

    says: str
    missed: Callable[[Row], bool]


AIMS: Sequence[Aim] = (
    Aim(
        "at least 0.8 of the requests a second of the floor that does the same SQL",
        lambda row: row.same is not None and row.same.per_second < 0.8,
    ),
    Aim(
        f"p99 at most 2 times that floor's, {BUSY} at once",
        lambda row: row.same is not None and row.at_once == BUSY and row.same.p99 > 2,
    ),
    Aim("nothing refused, up to 200 at once", lambda row: row.median.refused > 0),
)


def table(rows: Sequence[Row]) -> str:
    """All rows, and the aims with what falls short of them."""
    lines: list[str] = [HEAD]
    for row in rows:
        if row is rows[0] or row.step is rows[0].step:
            lines.append("")
        lines.append(_line(row))
    return "\n".join([*lines, "", *_judged(rows)])


def _line(row: Row) -> str:
    each, bare, same = row.median, row.ratios, row.same
    spent = f"{_figure(each.app_cpu, 8, 0)}{_figure(each.postgres_cpu, 7, 0)}{_figure(each.megabytes, 5, 0)}"
    own = (
        f"{row.at_once:>7}  {row.step.says:<28}{each.per_second:>7.0f}{each.p50:>8.1f}{each.p99:>8.1f}"
        f"{spent}{each.refused:>8}"
    )
    if bare is None or same is None:
        return own
    against = f"{same.per_second:>7.2f}{same.p99:>7.2f}{_figure(same.app_cpu, 7, 2)}"
    return f"{own}  {bare.per_second:>8.2f}{against}"


def _figure(value: float | None, width: int, digits: int) -> str:
    return f"{'—':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _judged(rows: Sequence[Row]) -> Iterator[str]:
    for aim in AIMS:
        short = [f"{row.step.says} ({row.at_once})" for row in rows if aim.missed(row)]
        yield f"{aim.says}: " + (f"missed by {', '.join(short)}" if short else "met")


def write(rows: Sequence[Row], plan: Plan, engine: Engine, into: Path, besides: Mapping[str, Any]) -> None:
    """One JSON document; `besides`: what was measured besides, by its name there."""
    into.parent.mkdir(parents=True, exist_ok=True)
    document = {
        **where.circumstances(engine, PACKAGES),
        "plan": _plan(plan),
        "rows": [_row(row) for row in rows],
        "aims": _aims(rows),
        **besides,
    }
    into.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _plan(plan: Plan) -> dict[str, Any]:
    return {"rounds": plan.rounds, "requests": {str(at_once): count for at_once, count in plan.requests.items()}}


def _row(row: Row) -> dict[str, Any]:
    return {
        "step": row.step.name,
        "kind": row.step.kind,
        "at_once": row.at_once,
        **_rounded(asdict(row.median)),
        "of_floor": _against(row.ratios),
        "of_same": _against(row.same),
    }


def _against(ratios: Ratios | None) -> dict[str, Any] | None:
    return None if ratios is None else _rounded(asdict(ratios))


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}


def _aims(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {"aim": aim.says, "missed_by": [[row.step.name, row.at_once] for row in rows if aim.missed(row)]}
        for aim in AIMS
    ]

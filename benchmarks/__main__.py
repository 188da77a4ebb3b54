"""`python -m benchmarks`: a table on standard output, a JSON file beside it."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import structlog

from benchmarks import compare, intake, measure, profiling, report, ring, rota, stage, start, understood


@click.command()
@click.option("--quick", is_flag=True, help="A few minutes, for a look.")
@click.option("--profile", is_flag=True, help="Say where the time of a step goes, instead.")
@click.option("--hours", type=float, default=0.0, help="Weigh the processes under load for so long.")
@click.option("--compare", "compares", is_flag=True, help="Fail if a webhook is worse than in the newest kept run.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The kept run to compare with, instead of the newest.",
)
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The JSON file to write, instead of results/latest.json (a profile: results/profile.json).",
)
def main(quick: bool, profile: bool, hours: float, compares: bool, against: Path | None, into: Path | None) -> None:
    """What a call costs, against bare floors; a rota of ten years; written advice; the start, and the time to ring."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))  # standard output is the table's
    if profile:
        print(profiling.run(into or report.RESULTS / "profile.json"))
        return
    kept = compare.read(against or compare.newest()) if compares or against else None
    into = into or report.RESULTS / "latest.json"
    print(_run(measure.QUICK if quick else measure.FULL, quick, hours, into))
    if kept is not None:
        found = compare.compare(compare.read(into), kept)
        print(f"\n{found}")
        sys.exit(1 if found.worse else 0)


def _run(plan: measure.Plan, quick: bool, hours: float, into: Path) -> str:
    starting = replace(start.QUICK if quick else start.FULL, hours=hours)
    besides: dict[str, Any] = {}
    with stage.servers() as (urls, folder), stage.on(urls, folder) as ready:
        rows = measure.rows(ready, plan, tell)

        def keep(**part: Any) -> None:
            """After each part: what was measured stays, whatever becomes of the next."""
            besides.update(part)
            report.write(rows, plan, ready.engine, into, besides)

        keep()
        rotas = rota.figures(urls, rota.QUICK if quick else rota.FULL, tell)
        keep(rota=rota.document(rotas))
        taken = intake.figures(ready, urls, folder, intake.QUICK if quick else intake.FULL, tell)
        parts = [understood.figures(part) for part in understood.PARTS]
        keep(written={"understood": understood.document(parts), "taken": intake.document(taken)})
        begun = start.figures(ready, stage.environment(urls, folder, ready.token), folder, starting, tell)
        rings = ring.figures(urls)
        keep(start=start.document(begun), ring=ring.document(rings))
    tables = (report.table(rows), rota.table(rotas), intake.table(taken), understood.table(parts))
    return "\n\n".join((*tables, start.table(begun), ring.table(rings)))


def tell(said: str) -> None:
    """Progress is no result."""
    print(said, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""`python -m benchmarks`: a table on standard output, a JSON file beside it."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from benchmarks import intake, measure, profiling, report, ring, rota, stage, start, understood


@click.command()
@click.option("--quick", is_flag=True, help="Half a minute, for a look.")
@click.option("--profile", is_flag=True, help="Say where the time of a step goes, instead.")
@click.option("--hours", type=float, default=0.0, help="Weigh the processes under load for so long.")
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    default=report.RESULTS / "latest.json",
    help="The JSON file to write.",
)
def main(quick: bool, profile: bool, hours: float, into: Path) -> None:
    """What a call costs, against bare floors; a rota of ten years; written advice; the start, and the time to ring."""
    if profile:
        print(profiling.table())
        return
    plan = measure.QUICK if quick else measure.FULL
    starting = replace(start.QUICK if quick else start.FULL, hours=hours)
    with stage.servers() as (urls, folder), stage.on(urls, folder) as ready:
        rows = measure.rows(ready, plan, tell)
        rotas = rota.figures(urls, rota.QUICK if quick else rota.FULL, tell)
        taken = intake.figures(ready, urls, folder, intake.QUICK if quick else intake.FULL, tell)
        begun = start.figures(ready, stage.environment(urls, folder, ready.token), folder, starting, tell)
        rings = ring.figures(urls)
        parts = [understood.figures(part) for part in understood.PARTS]
        written = {"understood": understood.document(parts), "taken": intake.document(taken)}
        besides = {"written": written, "start": start.document(begun), "ring": ring.document(rings)}
        report.write(rows, plan, rotas, ready.engine, into, besides)
    tables = (report.table(rows), rota.table(rotas), intake.table(taken), understood.table(parts))
    print(*tables, start.table(begun), ring.table(rings), sep="\n\n")


def tell(said: str) -> None:
    """Progress is no result."""
    print(said, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

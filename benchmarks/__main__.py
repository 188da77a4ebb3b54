"""`python -m benchmarks`: a table on standard output, a JSON file beside it."""

import sys
from pathlib import Path

import click

from benchmarks import measure, profiling, report, stage


@click.command()
@click.option("--quick", is_flag=True, help="Half a minute, for a look.")
@click.option("--profile", is_flag=True, help="Say where the time of a step goes, instead.")
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    default=report.RESULTS / "latest.json",
    help="The JSON file to write.",
)
def main(quick: bool, profile: bool, into: Path) -> None:
    """What a call costs, against bare floors."""
    if profile:
        print(profiling.table())
        return
    plan = measure.QUICK if quick else measure.FULL
    with stage.ready() as ready:
        rows = measure.rows(ready, plan, tell)
        report.write(rows, plan, ready.engine, into)
    print(report.table(rows))


def tell(said: str) -> None:
    """Progress is no result."""
    print(said, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""The table of a day, for a terminal and for docs/reliability.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.day.evidence import Evidence
from tests.faults.day.judge import Line, examples
from tests.faults.day.plan import Breaks

BEGIN, END = "<!-- made by `make faults`: begin -->", "<!-- made by `make faults`: end -->"


def in_words(evidence: Evidence, lines: Sequence[Line]) -> str:
    """What broke, what was seen, line by line; what does not hold, with examples."""
    text = [f"seed {evidence.plan.seed}, {evidence.seconds:.0f} s: {caused(evidence)}", ""]
    for line in lines:
        text.append(f"{'  ' if line.holds else '!!'} {line.what:>6}  {line.sentence}: {line.seen}")
        if not line.holds:
            text.append(f"           {examples(line.wrong)}")
    broken = sum(not line.holds for line in lines)
    text += ["", "all of it holds" if not broken else f"{broken} of {len(lines)} lines do not hold"]
    return "\n".join(text)


def caused(evidence: Evidence) -> str:
    """What was done to the line, counted."""
    scale = evidence.plan.scale
    done = {each: evidence.done[each] for each in Breaks if each not in (Breaks.KILL, Breaks.DISK_FREE)}
    others = ", ".join(f"{each.value} {count} times" for each, count in done.items() if count)
    people = f"{scale.calls} calls, {scale.texts} SMS, {scale.letters} e-mails; {len(evidence.kills)} SIGKILLs"
    return f"{people}; {others}"


def as_markdown(days: Mapping[int, tuple[Evidence, Sequence[Line]]]) -> str:
    """One column a seed."""
    head = ["", "what must hold", *(f"seed {seed}" for seed in days)]
    rows = [head, ["---"] * len(head)]
    columns = [lines for _, lines in days.values()]
    for place, line in enumerate(columns[0]):
        cells = [_cell(lines[place]) for lines in columns]
        rows.append([line.what, line.sentence, *cells])
    caused_by = [f"* seed {seed}: {caused(evidence)}; {evidence.seconds:.0f} s" for seed, (evidence, _) in days.items()]
    return "\n".join([*caused_by, "", *(f"| {' | '.join(row)} |" for row in rows)])


def write_into(page: Path, text: str) -> None:
    """Put it between the markers of the page. ValueError when they are not there."""
    before, found, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"{page} has no place for the table")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def _cell(line: Line) -> str:
    return line.seen if line.holds else f"**broken**: {line.seen}; {examples(line.wrong)}"

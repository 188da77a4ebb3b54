"""Rows as a table for a terminal. Pure."""

from collections.abc import Iterable, Sequence

from config.carrier_setup.findings import Row, Speaker, State

ORDER = {state: place for place, state in enumerate((State.DIFFERS, State.WELL, State.LOOK))}


def table(rows: Sequence[Row], speaker: Speaker, *, also_well: bool = True) -> list[str]:
    """What differs first, then what is well; at the end what somebody must look at."""
    shown = sorted((row for row in rows if also_well or row.state is not State.WELL), key=lambda row: ORDER[row.state])
    told = [row for row in shown if row.state is not State.LOOK]
    looked = [row for row in shown if row.state is State.LOOK]
    lines = _lines(told, speaker)
    if looked:
        lines += ["", speaker.say("yourself"), *_lines(looked, speaker)]
    return lines


def _lines(rows: Iterable[Row], speaker: Speaker) -> list[str]:
    rows = list(rows)
    states = {state: speaker.say(str(state)) for state in State}
    first = max(map(len, states.values()))
    second = max((len(row.what) for row in rows if row.state is not State.LOOK), default=0)
    lines: list[str] = []
    for row in rows:
        lines.append(f"{states[row.state]:<{first}}  {row.what:<{second}}  {row.current}".rstrip())
        margin = " " * (first + 2)
        if row.should:
            lines.append(f"{margin}{speaker.say('should')} {row.should}")
        if row.mend:
            lines.append(f"{margin}-> {row.mend}")
    return lines

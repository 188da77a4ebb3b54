"""What is printed of a run: how many requests, to which doors, with which answers; the slowest; what grew."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.fuzz import growth
from tests.fuzz.doors import Done
from tests.fuzz.rounds import Fault, Tally

SHOWN = 200  # characters of a target


def lines(done: Iterable[Done], wall: float) -> Iterator[str]:
    """The report."""
    all_done, total = list(done), Tally()
    for each in all_done:
        total.add(each.tally)
    rate = total.shots / total.seconds if total.seconds else 0.0
    yield f"{total.shots} requests at {len(total.doors)} doors in {wall:.0f} s; {rate:.0f} a second and process"
    yield "answers: " + ", ".join(f"{status} × {count}" for status, count in sorted(total.statuses.items()))
    yield ""
    yield f"{'requests':>8} {'ms each':>8} {'slowest':>8}  door"
    for door, count in sorted(total.doors.items(), key=lambda item: item[0].partition(" ")[2]):
        yield f"{count:>8} {1000 * total.spent[door] / count:>8.1f} {1000 * total.slowest[door]:>8.0f}  {door}"
    yield ""
    yield "rows written in one round, at most: " + ", ".join(
        f"{name} {rows}" for name, rows in total.rows.most_common(8)
    )
    for number, each in enumerate(all_done):
        if each.held:
            first, last = each.held[0], each.held[-1]
            yield (
                f"process {number}: {first.bytes >> 20} MB, {first.threads} threads, {first.files} files after "
                f"{first.shots} requests; {last.bytes >> 20} MB, {last.threads}, {last.files} after {last.shots}"
            )
    yield from found(total.faults)


def faults(done: Iterable[Done]) -> list[str]:
    """Why the run has failed: each kind of fault once, and what grew."""
    all_done = list(done)
    return [
        *(line for each in all_done for line in found(each.tally.faults)),
        *(line for each in all_done for line in growth.grown(each.held)),
    ]


def found(faults: Iterable[Fault]) -> Iterator[str]:
    """A line or two for each kind of fault at each door."""
    kinds: dict[tuple[str, str], Fault] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for fault in faults:
        kind = (fault.shot.door, fault.says)
        counts[kind] += 1
        kinds.setdefault(kind, fault)
    for (door, says), count in counts.most_common():
        fault = kinds[door, says]
        yield f"FAULT × {count} at {door or 'every door'}: {says}"
        shot = fault.shot
        yield f"  as {shot.role}: {shot.method} {shot.target[:SHOWN]!r}; to play it again: --round {fault.round}"

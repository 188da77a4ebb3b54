"""Which reference a request gets: six digits that no other has, as it is spoken, keyed and texted.

By chance, for as long as chance finds a free one soon; then the next that is free. A reference is never given twice, so
that there is an end: NoneLeft.
"""

import secrets
from collections.abc import Iterator

from sqlalchemy import Connection, text

from callbacks import alarms

ALL = range(100_000, 1_000_000)  # never a leading zero: it is keyed and spoken
DRAWS = 20  # in vain, they say that hardly any is free: one in eight, where nine in ten are taken
LOOKS = 20  # as often, somebody else may take what was found free


class NoneLeft(LookupError):
    """Each of them is a request's."""


# In the order of the index, as far as a gap: each is read beside the one behind it. All have six digits.
_NEXT_FREE = text(
    """
    select cast(taken + 1 as text) from (
        select cast(reference as integer) as taken,
            lead(cast(reference as integer), 1, :end) over (order by reference) as behind
        from requests where reference >= :since and reference <= :last) as kept
    where behind > taken + 1 limit 1"""
)


def offered(conn: Connection, among: range = ALL) -> Iterator[str]:
    """One by one: DRAWS by chance, then such as were free a moment ago; who has one of those says `scarce`."""
    drawn = ""
    for _ in range(DRAWS):
        drawn = str(among[secrets.randbelow(len(among))])
        yield drawn
    yield from _free_from(conn, drawn, among)
    yield str(among[0])
    yield from _free_from(conn, str(among[0]), among)


def scarce(conn: Connection) -> None:
    """The operator must know long before the last is given."""
    alarms.raise_alarm(conn, "references_scarce", "references_scarce")


def _free_from(conn: Connection, since: str, among: range) -> Iterator[str]:
    """The next that is free, asked for anew each time: what was free a moment ago may be somebody's now."""
    values = {"since": since, "last": str(among[-1]), "end": among[-1] + 1}
    for _ in range(LOOKS):
        found = conn.execute(_NEXT_FREE, values).scalar_one_or_none()
        if found is None:
            return
        yield found

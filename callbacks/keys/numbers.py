"""Numbers brought to lie as they should: sealed with the newest key, or in clear when SEAL_NUMBERS is off again."""

from collections import Counter
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, Text, case, func, select, update
from sqlalchemy.exc import IntegrityError

from callbacks.keys.places import Numbers
from config import sealed_numbers
from config.sealed_numbers import MARK, Lying

CLEAR_IN_JSON = r'"\+[0-9]{6,15}"'


def astray(place: Numbers) -> ColumnElement[bool]:
    """Whether a number of this row lies otherwise than it should."""
    head = sealed_numbers.ours().head
    if not head:
        return func.strpos(place.lying, MARK) > 0
    if place.in_json:
        return func.replace(place.lying, head, "").regexp_match(f"{CLEAR_IN_JSON}|{MARK}")
    return (func.length(place.lying) > 0) & ~func.starts_with(place.lying, head)


def is_opened(value: Any) -> bool:
    """Whether all that was sealed in it could be opened."""
    return MARK not in str(value)


def write(conn: Connection, place: Numbers, rows: dict[Any, Any]) -> int:
    """Write these again, by their ids, as they should lie; how many were."""
    try:
        with conn.begin_nested():
            for id, value in rows.items():
                conn.execute(update(place.column.table).where(place.key == id).values({place.column: value}))
        return len(rows)
    except IntegrityError:
        # Two rows of one number, of which there may be one, while they lie differently: the next round finds one over.
        return sum(write(conn, place, {id: value}) for id, value in rows.items()) if len(rows) > 1 else 0


def by_key(conn: Connection, place: Numbers) -> Counter[bytes | None]:
    """How many rows lie under which key's id; None: in clear."""
    counts: Counter[bytes | None] = Counter()
    for known, number in conn.execute(_in_json(place) if place.in_json else _alone(place)):
        counts[bytes.fromhex(known) if known else None] += number
    return counts


def _alone(place: Numbers) -> Any:
    known = case((func.starts_with(place.lying, MARK), func.split_part(place.lying, ":", 2)))
    return select(known, func.count()).where(func.length(place.lying) > 0).group_by(known)


def _in_json(place: Numbers) -> Any:
    """Each key once a row."""
    pattern = Lying(f"{MARK}([0-9a-f]+):|{CLEAR_IN_JSON}")
    each = select(
        place.key.label("id"), func.regexp_matches(place.lying, pattern, "g", type_=ARRAY(Text)).label("found")
    ).subquery()
    known = each.c.found[1]
    return select(known, func.count(each.c.id.distinct())).group_by(known)

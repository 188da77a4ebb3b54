"""What a month says of missing pathways: lines reported wrong, calls out of scope, questions that were another line's.

By clinical ward, for the hospital's referent with general practice: counts alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

OTHER_LINE = ("AUTRE_LIGNE", "REORIENTE")
OUT_OF_SCOPE = "HORS_CHAMP"


@dataclass(frozen=True)
class Pathway:
    """What was said of a ward's line in a month."""

    ward: str
    wrong: int  # reports that its entry in the directory is wrong
    outside: int  # not a doctor, or a patient
    elsewhere: int  # another line was the right one


def read(conn: Connection, hospital_id: int, since: datetime, until: datetime) -> list[Pathway]:
    """The wards of this hospital of which anything was said from `since` to before `until`, by name."""
    values: Mapping[str, object] = {
        "hospital": hospital_id,
        "since": since,
        "until": until,
        "elsewhere": list(OTHER_LINE),
        "outside": OUT_OF_SCOPE,
    }
    return [Pathway(**row._mapping) for row in conn.execute(_SAID, values)]


# A request that a call became is one question, not two: of calls, only those that a senior took at once.
_SAID = text(
    """
    with asked as (
        select coalesce(r.about_id, r.ward_id) as ward_id, r.kind, r.outcome as ended, a.outcome as assessed
        from requests r left join assessments a on a.request_id = r.id and a.side = 'hospital'
        where r.created_at >= :since and r.created_at < :until
        union all
        select c.ward_id, c.kind, c.outcome, a.outcome
        from calls c left join assessments a on a.call_id = c.id and a.side = 'hospital'
        where c.started_at >= :since and c.started_at < :until and c.direction = 'inbound' and c.result = 'answered'
    ), said as (
        select ward_id, kind = 'directory' as wrong,
            :outside in (coalesce(ended, ''), coalesce(assessed, '')) as outside,
            coalesce(ended = any(:elsewhere), false) or coalesce(assessed = any(:elsewhere), false) as elsewhere
        from asked
    )
    select w.name as ward, count(*) filter (where s.wrong) as wrong, count(*) filter (where s.outside) as outside,
        count(*) filter (where s.elsewhere) as elsewhere
    from wards w join said s on s.ward_id = w.id
    where w.hospital_id = :hospital and (s.wrong or s.outside or s.elsewhere)
    group by w.id, w.name order by w.name, w.id"""
)

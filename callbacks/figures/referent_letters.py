"""Once a month, to each hospital's referent with general practice: which pathways are missing, by ward. By e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from callbacks import outbox
from callbacks.figures import pathways, post
from callbacks.figures.pathways import Pathway
from callbacks.figures.post import Copy
from callbacks.house import House
from config import texts
from config.clock import Moment
from scheduling import store
from scheduling.rota import Ward

SMALL = 5  # fewer answers than so could be recognised, in a letter that anybody may forward


@dataclass(frozen=True)
class Month:
    """A month that is over, on a hospital's clock."""

    first: date
    since: datetime
    until: datetime


def month_before(now: datetime, timezone: str) -> Month:
    """The one before the month of this instant, there."""
    zone = ZoneInfo(timezone)
    following = now.astimezone(zone).date().replace(day=1)
    first = (following - timedelta(days=1)).replace(day=1)
    since, until = (datetime.combine(day, time(), zone) for day in (first, following))
    return Month(first, since, until)


def tell(conn: Connection, moment: Moment, house: House) -> int:
    """Write what was not written yet. How many letters."""
    if house.mail_address is None or not conn.execute(_ALONE).scalar_one():
        return 0  # without an address nothing leaves; else another tick is at it
    hospital_of = {row.id: row.hospital_id for row in conn.execute(_REFERENTS)}
    lines = [ward for ward in store.wards(conn) if ward.id in hospital_of]
    return sum(
        post.of_line(ward, "referent_letter.failed", partial(_apart, conn, moment, house, ward, hospital_of[ward.id]))
        for ward in lines
    )


def _apart(conn: Connection, moment: Moment, house: House, ward: Ward, hospital_id: int) -> int:
    """What fails for one line undoes nothing of another's."""
    with conn.begin_nested():
        return _tell(conn, moment, house, ward, hospital_id)


def _tell(conn: Connection, moment: Moment, house: House, ward: Ward, hospital_id: int) -> int:
    if not post.is_day(ward, moment):
        return 0
    month = month_before(moment.now, ward.timezone)
    wanted = post.unwritten(conn, list(post.copies(f"month:{month.first:%Y-%m}", ward)))
    if not wanted:
        return 0
    said = pathways.read(conn, hospital_id, month.since, month.until)
    return outbox.put(conn, [_message(copy, said, month, house, moment) for copy in wanted], moment)


def _message(copy: Copy, said: Sequence[Pathway], month: Month, house: House, moment: Moment) -> outbox.Message:
    values = {
        "hospital": copy.ward.hospital,
        "month": f"{month.first:%m/%Y}",
        "lines": lines(said, house.language),
        "link": f"{house.public_url}/figures",
    }
    subject, body = (texts.say(f"mail.figures_month{part}", house.language, **values) for part in ("_subject", ""))
    return copy.message(subject, body, moment)


def lines(said: Sequence[Pathway], language: str) -> str:
    """A line a ward; that nothing was said is a line too. Pure."""
    if not said:
        return texts.say("mail.figures_month_nothing", language)
    return "\n".join(
        texts.say(
            "mail.figures_month_line",
            language,
            ward=each.ward,
            wrong=each.wrong,  # what is wrong in a directory is nobody's secret
            outside=_count(each.outside, language),
            elsewhere=_count(each.elsewhere, language),
        )
        for each in said
    )


def _count(count: int, language: str) -> str:
    return texts.say("mail.figures_few", language, small=SMALL) if 0 < count < SMALL else str(count)


_ALONE = text("select pg_try_advisory_xact_lock(hashtext('referent_letters'))")
_REFERENTS = text("select id, hospital_id from wards where role = 'referent'")

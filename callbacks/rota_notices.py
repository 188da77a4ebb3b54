"""What is wrong with a ward's rota, told to its editors while there is time: by day, once a day, what is new.

By SMS; by e-mail to who has no mobile, where the house has an address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from callbacks import editors, outbox
from callbacks.editors import Editor
from callbacks.house import House
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.quiet import quiet_hours
from config import texts
from config.clock import Moment
from config.texts import gsm7
from scheduling import checks, store
from scheduling.check_words import sentence
from scheduling.checks import Concern
from scheduling.rota import Ward


@dataclass(frozen=True)
class Notice:
    """What the editors of a ward hear: how much there is to mend, and the most pressing of what is new."""

    ward: Ward
    count: int
    first: Concern
    day: str  # of the hospital: there is one a day


def tell(conn: Connection, moment: Moment, house: House) -> int:
    """Tell the editors of each ward what they were not told yet. How many messages were written."""
    if not conn.execute(_ALONE).scalar_one():
        return 0  # another tick is at it
    by_day = [ward for ward in store.wards(conn) if quiet_hours(moment.now, ZoneInfo(ward.timezone)) is None]
    found = [each for each in checks.concerns(conn, moment.now, by_day) if _matters(each, moment)]
    return sum(_tell(conn, moment, house, ward, [each for each in found if each.ward == ward]) for ward in by_day)


def _matters(concern: Concern, moment: Moment) -> bool:
    """Of a ward that is being prepared only what will hurt once it is live: its page shows the rest."""
    return concern.ward.is_live(concern.at or moment.now)


def _tell(conn: Connection, moment: Moment, house: House, ward: Ward, found: Sequence[Concern]) -> int:
    # What was mended is forgotten, so that it is news when it comes back.
    conn.execute(_FORGET, {"ward": ward.id, "keys": [concern.key for concern in found]})
    told = set(conn.execute(_TOLD, {"ward": ward.id}).scalars())
    news = [concern for concern in found if concern.key not in told]
    if not news:
        return 0
    day = f"{moment.now.astimezone(ZoneInfo(ward.timezone)):%Y-%m-%d}"
    notice = Notice(ward, len(found), news[0], day)
    messages = [_message(moment, house, notice, each) for each in _told(conn, house, ward)]
    if not messages or conn.execute(_TODAY, {"keys": [message.key for message in messages]}).scalar_one():
        return 0
    conn.execute(_REMEMBER, [{"ward": ward.id, "key": key, "now": moment.now} for key in {each.key for each in news}])
    return outbox.put(conn, messages, moment)


def _told(conn: Connection, house: House, ward: Ward) -> list[Editor]:
    return editors.of_ward(conn, ward.id, by_mail=house.mail_address is not None)


def _message(moment: Moment, house: House, notice: Notice, to: Editor) -> Message:
    ward = notice.ward
    values = {
        "ward": ward.name,
        "count": notice.count,
        "first": sentence(_unnamed(notice.first), to.language),
        "link": f"{house.public_url}/checks",
    }
    key, detail = f"to_mend:{ward.id}:{notice.day}:{to.account_id}", dict[str, object](ward=ward.id)
    if to.has_mobile:
        body = gsm7.fit(texts.template("sms.to_mend", to.language), values, shorten=("ward", "first"))
        return Message(key, Purpose.TO_MEND, Channel.SMS, to.phone, None, None, body, moment.now, detail)
    subject, body = (texts.say(f"mail.to_mend{part}", to.language, **values) for part in ("_subject", ""))
    detail |= {"subject": subject}
    return Message(key, Purpose.TO_MEND, "email", to.email, None, None, body, moment.now, detail)


def _unnamed(concern: Concern) -> Concern:
    """Which other ward it is about may be none of his business."""
    return replace(concern, values={name: "" if name == "other" else value for name, value in concern.values.items()})


_ALONE = text("select pg_try_advisory_xact_lock(hashtext('rota_notices'))")
_FORGET = text("delete from told_concerns where ward_id = :ward and not (key = any(:keys))")
_TOLD = text("select key from told_concerns where ward_id = :ward")
_REMEMBER = text("insert into told_concerns (ward_id, key, at) values (:ward, :key, :now) on conflict do nothing")
_TODAY = text("select exists (select from outbox where key = any(:keys))")

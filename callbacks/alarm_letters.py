"""What stands in the way of the promise, written to ALERT_EMAIL: each alarm once a day, for as long as it stands."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from callbacks import alarms, outbox
from callbacks.alarms import Alarm
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from config import texts
from config.clock import Moment

MOST = 20  # letters a day and house would hide the one that counts
# That no letter leaves is told by no letter; that the line is dead, by its own way (callbacks.canary_watch); that a
# figure drifts, once a week to who can do something about it (callbacks.figures.ward_letters).
NOT_HERE = frozenset({"mail_out", "line_dead", "drift"})
ZONE = ZoneInfo("Europe/Paris")  # of who runs the line; its hospitals may lie elsewhere


def tell(conn: Connection, moment: Moment, house: House) -> int:
    """Write what was not written today. How many letters."""
    if house.alert_email is None or house.mail_address is None:
        return 0
    standing = [alarm for alarm in alarms.standing(conn) if alarm.kind not in NOT_HERE]
    return outbox.put(conn, [_message(each, house.alert_email, house, moment) for each in standing[:MOST]], moment)


def _message(alarm: Alarm, recipient: str, house: House, moment: Moment) -> Message:
    values = {
        "kind": alarm.kind,
        "detail": ", ".join(f"{name} {value}" for name, value in sorted(alarm.detail.items())) or "–",
        "count": alarm.count,
        "since": texts.written_time(alarm.first_at, ZONE, house.language),
        "last": texts.written_time(alarm.last_at, ZONE, house.language),
        "address": house.public_url,
    }
    subject, body = (texts.say(f"mail.alarm{part}", house.language, **values) for part in ("_subject", ""))
    key = f"alarm:{alarm.key}:{moment.now.astimezone(ZONE):%Y-%m-%d}"
    return Message(key, Purpose.ALARM, "email", recipient, None, None, body, moment.now, {"subject": subject})

"""Who must know that a senior did not confirm his shift: himself, the head of ward, who looks after the rota."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from callbacks import editors, outbox
from callbacks.handover import SHIFT_WORDS
from callbacks.house import House
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.promise import channels
from callbacks.purposes import Purpose
from callbacks.quiet import by_day
from callbacks.wording import until_words
from config import numbers, texts
from config.clock import Moment
from config.texts import gsm7
from scheduling.rota import Person, Ward


@dataclass(frozen=True)
class Absence:
    """Somebody did not say that he is there; `instead` None: nobody could take his place."""

    presence_id: int
    ward: Ward
    absent: Person
    refused: bool  # he said no
    instead: Person | None
    until: datetime

    @property
    def zone(self) -> ZoneInfo:
        """In which its times are said, and its quiet hours fall."""
        return ZoneInfo(self.ward.timezone)

    @property
    def words(self) -> str:
        """The key, in `sms`, of what is told."""
        if self.instead is None:
            return "presence_hole" if self.refused else "presence_nobody"
        return "presence_refused" if self.refused else "presence_taken_over"


def tell(conn: Connection, moment: Moment, house: House, absence: Absence) -> None:
    """Write each who must know a message, once. By day; the head at once when nobody is left."""
    messages = [*_to_himself(moment, house, absence), *_to_the_head(moment, house, absence)]
    messages += [
        _message(absence, f"account:{each.account_id}", Channel.SMS, each.phone, None, body, _by_day(moment, absence))
        for each in editors.of_ward(conn, absence.ward.id)
        if (body := _body(moment, house, absence, each.language, link=f" {house.public_url}/rota"))
    ]
    outbox.put(conn, messages, moment)


def _to_himself(moment: Moment, house: House, absence: Absence) -> Iterator[Message]:
    """Who did not answer learns that he stays behind the other; who said no was told in the call."""
    who = absence.absent
    if absence.refused or absence.instead is None or channels(who, (Channel.SMS,)) != (Channel.SMS,):
        return
    values = {"ward": absence.ward.name, "next": absence.instead.name}
    body = gsm7.fit(texts.template("sms.presence_stepped_down", house.language), values, shorten=("ward", "next"))
    yield _message(absence, "self", Channel.SMS, who.phone, who.id, body, moment.now)


def _to_the_head(moment: Moment, house: House, absence: Absence) -> Iterator[Message]:
    """The head of ward, else the coordinator, else the house, when nobody is left."""
    pressing = absence.instead is None
    who = absence.ward.head or absence.ward.coordinator
    at = moment.now if pressing else _by_day(moment, absence)
    body = _body(moment, house, absence, house.language, link="")
    if who is not None and who.id != absence.absent.id:
        (channel,) = channels(who, (Channel.SMS,))
        if channel is Channel.SMS or pressing:
            words = body if channel is Channel.SMS else SHIFT_WORDS
            yield _message(absence, f"person:{who.id}", channel, who.phone, who.id, words, at)
    elif pressing and house.alert_phone is not None and numbers.is_mobile(house.alert_phone):
        yield _message(absence, "house", Channel.SMS, house.alert_phone, None, body, at)


def _body(moment: Moment, house: House, absence: Absence, language: str, *, link: str) -> str:
    values = {
        "ward": absence.ward.name,
        "absent": absence.absent.name,
        "next": absence.instead.name if absence.instead else "",
        "until": until_words(absence.until, moment.now, absence.zone, language),
        "link": link,
    }
    template = texts.template(f"sms.{absence.words}", language)
    return gsm7.fit(template, values, shorten=("ward", "absent", "next"), drop=("until", "link"))


def _message(
    absence: Absence, to: str, channel: Channel, phone: str, person_id: int | None, body: str, at: datetime
) -> Message:
    detail: dict[str, object] = {"ward": absence.ward.id}
    key = f"absence:{absence.presence_id}:{to}"
    return Message(key, Purpose.ABSENCE, channel, phone, person_id, None, body, at, detail)


def _by_day(moment: Moment, absence: Absence) -> datetime:
    return by_day(moment.now, absence.zone)

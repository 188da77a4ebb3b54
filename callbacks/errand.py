"""What is needed to tell somebody of a request: the request, the moment, how the house presents itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from callbacks import links, outbox, wording
from callbacks.house import House
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.promise import RequestView, channels
from callbacks.purposes import Purpose
from config.clock import Moment
from scheduling.rota import Person

CALL_WORDS = "voice.alert_offer"  # the catalogue key that a call to somebody of the ward speaks


@dataclass(frozen=True)
class Tidings:
    """What somebody is told: why, in which words (a key of `sms`), under which key it is one message."""

    purpose: Purpose
    words: str
    key: str
    at: datetime | None = None  # not before; None: at once
    detail: Mapping[str, object] = field(default_factory=dict)

    def key_for(self, person: Person, channel: Channel) -> str:
        """What makes it one message to this person."""
        return f"{self.key}:{person.id}:{channel}"


@dataclass(frozen=True)
class Errand:
    """One request to tell of, inside one transaction."""

    conn: Connection
    view: RequestView
    moment: Moment
    house: House

    def link(self, person_id: int, request_id: int | None = None) -> str:
        """The address of this person's page of the request, or of another one."""
        wanted = self.view.id if request_id is None else request_id
        token = links.token_for(self.conn, wanted, person_id, self.moment.now, self.house.secret_key)
        return links.url(self.house.public_url, token)

    def send(self, person: Person, tidings: Tidings, by: Channel = Channel.SMS) -> bool:
        """Write the message; who cannot be texted is phoned. Whether it was new."""
        (channel,) = channels(person, (by,))
        body = CALL_WORDS
        if channel is Channel.SMS:
            body = wording.to_ward(self.house, tidings.words, self.view, self.link(person.id))
        message = Message(
            key=tidings.key_for(person, channel),
            purpose=tidings.purpose,
            channel=channel,
            recipient=person.phone,
            person_id=person.id,
            request_id=self.view.id,
            body=body,
            due_at=tidings.at or self.moment.now,
            detail=dict(tidings.detail),
        )
        return outbox.put(self.conn, [message], self.moment) == 1

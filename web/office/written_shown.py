"""What waits to be sorted, in the visitor's words and on the clock of his wards. Values in, words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import Connection

from callbacks.written import pictures, situation, sorting, voicemail
from callbacks.written import store as rows
from callbacks.written.dialogue import Owed
from callbacks.written.incoming import Channel
from callbacks.written.pictures import Picture
from callbacks.written.situation import Writer
from callbacks.written.sorting import ToSort, Words
from callbacks.written.voicemail import Sound
from config import numbers
from config.numbers import PARIS
from scheduling import store
from scheduling.accounts.roles import Account
from scheduling.rota import Ward
from web import attached
from web.office.board_shown import short
from web.office.guard import Visitor

SOON = timedelta(hours=6)  # a quarter of the promise, as on the board


def _writer(conn: Connection, one: ToSort) -> Writer:
    """Who stands behind it; of who spoke, by the number of his call ("": hidden)."""
    if one.channel != Channel.VOICE:
        return situation.writer(conn, Channel(one.channel), one.sender)
    talk = rows.talk_of(conn, one.id)
    caller = voicemail.spoken(conn, talk).caller if talk else None
    return Writer(Channel.VOICE, "") if caller is None else situation.writer(conn, Channel.SMS, caller)


def may_sort(account: Account, one: ToSort) -> bool:
    """Whether it may be for a ward of his; when nothing is known of that, for whoever edits any."""
    return account.edits and (not one.ward_ids or any(account.may_edit(ward_id) for ward_id in one.ward_ids))


def waiting(visitor: Visitor) -> list["Shown"]:
    """What he may sort, the most pressing first."""
    if not visitor.account.edits:
        return []
    found = sorting.waiting(visitor.conn, visitor.moment.now)
    wards = {ward.id: ward for ward in store.wards(visitor.conn)} if found else {}
    return [
        Shown(visitor, one, tuple(wards[id] for id in one.ward_ids if id in wards))
        for one in found
        if may_sort(visitor.account, one)
    ]


@dataclass(frozen=True)
class Shown:
    """One of them. `wards`: those it may be for."""

    visitor: Visitor
    one: ToSort
    wards: tuple[Ward, ...]

    @property
    def mood(self) -> str:
        """calm, soon or late."""
        left = self.one.due_at - self.visitor.moment.now
        return "late" if left <= timedelta() else "soon" if left < SOON else "calm"

    @property
    def time_left(self) -> str:
        """How long until its promise ends, or since."""
        left = self.one.due_at - self.visitor.moment.now
        hours, minutes = divmod(abs(int(left.total_seconds())) // 60, 60)
        side = "late" if left <= timedelta() else "left"
        return self.visitor.say(f"board.{side}", hours=hours, minutes=f"{minutes:02}")

    @property
    def risky_at(self) -> datetime:
        """From here on it presses."""
        return self.one.due_at - SOON

    @property
    def due(self) -> str:
        """Until when it must be sorted and answered."""
        return self.at(self.one.due_at)

    @property
    def came(self) -> str:
        """When it came, and by which way."""
        return self.visitor.say(f"sorting.came_{self.one.channel}", at=self.at(self.one.created_at))

    @property
    def why(self) -> str:
        """What is not clear."""
        spoken = "voice" if self.one.channel == Channel.VOICE else "nothing"
        return self.visitor.say(f"sorting.why_{self.one.question or spoken}")

    @property
    def where(self) -> str:
        """The wards it may be for."""
        return ", ".join(f"{ward.name} ({ward.hospital})" for ward in self.wards)

    @property
    def messages(self) -> str:
        """How many messages it is made of."""
        return self.visitor.say("sorting.messages", count=self.one.messages)

    def at(self, instant: datetime) -> str:
        """ "14:05" today, with its day on another."""
        zone = self.wards[0].timezone if self.wards else PARIS
        return short(instant, zone, self.visitor.language, self.visitor.moment.now)


@dataclass(frozen=True)
class Opened:
    """What was written and who wrote it, for who has opened it. `owed`: his requests to which it may belong."""

    shown: Shown
    words: Sequence[Words]
    found: Sequence[Picture]
    writer: Writer
    owed: Sequence[Owed]
    sounds: Sequence[Sound]

    @classmethod
    def of(cls, shown: Shown) -> "Opened":
        """All of it."""
        conn, one = shown.visitor.conn, shown.one
        words = sorting.words(conn, shown.visitor.desk.box, one.id)
        writer = _writer(conn, one)
        found = pictures.of(conn, [each.id for each in words])
        return cls(shown, words, found, writer, situation.owed(conn, writer), voicemail.sounds(conn, one.id))

    @property
    def kind(self) -> str:
        """What he seems to ask for."""
        return sorting.understood(self.shown.visitor.conn, self.words)

    @property
    def sender(self) -> str:
        """His number or address, and his name if he is on file."""
        sender = self.writer.sender
        address = numbers.national(sender) if sender.startswith("+") else sender
        if not sender:
            address = self.shown.visitor.say("sorting.hidden")
        names = [each.name for each in self.writer.practitioners]
        if self.writer.person is not None:
            names.append(self.writer.person.name)
        return f"{address} ({', '.join(names)})" if names else address

    def at(self, message: Words) -> str:
        """When it came."""
        return self.shown.at(message.at)

    def heard_at(self, sound: Sound) -> str:
        """When it was spoken."""
        return self.shown.at(self.shown.one.created_at if len(self.sounds) == 1 else sound.at)

    def address_of(self, sound: Sound) -> str:
        """Where its sound is."""
        return url_for("unsorted.sound", dialogue_id=self.shown.one.id, recording_id=sound.id)

    def files(self, message: Words) -> list[attached.File]:
        """What came with a message."""
        visitor = self.shown.visitor
        mine = [each for each in self.found if each.written_id == message.id]
        return [attached.file(each, visitor.desk.box, self._address, visitor.language) for each in mine]

    def _address(self, picture: Picture) -> str:
        return url_for(
            "unsorted.file", dialogue_id=self.shown.one.id, written_id=picture.written_id, seq=picture.seq
        )  # fmt: skip
